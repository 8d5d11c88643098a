"""app.py: that it compiles, serves where the platform looks for it, and finds what it loads."""

from __future__ import annotations

import ast
import functools
import posixpath
import re
import sys
from collections.abc import Iterator, Mapping, Sequence

from xihe_hooks.data import WEIGHT_SUFFIXES, Data
from xihe_hooks.git.entries import Entry
from xihe_hooks.git.repository import Tree
from xihe_hooks.language import Text, show
from xihe_hooks.readers.config_json import Config, weights
from xihe_hooks.readers.python_source import DOWNLOADS, Source, is_join, is_loader, last_name, name_of, of_gradio, place
from xihe_hooks.readers.requirements_txt import Row, canonical, within
from xihe_hooks.rules.facts import enough, every_path, nearest, own_modules
from xihe_hooks.rules.rule import MOST, Finding, Rule, Severity, rule

BLOCKING = {"block_thread", "wait", "join", "sleep", "serve_forever", "run_forever", "input", "pause"}
ROUTES = {"add_api_route", "api_route", "get", "head", "mount", "route"}
SERVING = {"launch", "serve_forever", "run_app", "run_simple", "run_until_complete"}
# Where a program is handed over, what it does cannot be read here.
ELSEWHERE = {"exec", "eval", "system", "run_path", "run_module", "import_module", "Popen", "execv", "execvp", "call"}
PRESENT = ("/tmp/", "/dev/", "/proc/", "/sys/", "/etc/", "/usr/", "/var/")
PRIVATE = r"/(?:home|Users|root|mnt|media|data|opt|Volumes)/|[A-Za-z]:[\\/]|\\\\"
HUBS = {"hub.load", "mindspore_hub.load", "mshub.load", "torch.hub.load"}
HUB_KINDS = ("huggingface/", "models/", "spaces/")  # how gradio.load names what it fetches
ZOOS = {"mindnlp", "transformers"}
WEB = r"(?i)(?:https?|ftp)://"
LOCAL = r"(?![~/]|[A-Za-z][A-Za-z0-9+.-]*:)[^\0\n:*?<>|{}%\\]*\.[A-Za-z0-9]{1,8}\Z"
MEDIA = (".avi", ".bmp", ".gif", ".jpeg", ".jpg", ".mp3", ".mp4", ".png", ".wav", ".webp")
# The modules of Python that nearly every package imports.
COMMON = {
    *(
        "abc",
        "ast",
        "asyncio",
        "base64",
        "bisect",
        "calendar",
        "collections",
        "concurrent",
        "contextlib",
        "copy",
        "csv",
    ),
    *("dataclasses", "datetime", "decimal", "email", "enum", "functools", "html", "http", "inspect", "json", "logging"),
    *("numbers", "operator", "platform", "queue", "random", "secrets", "select", "signal", "socket", "ssl", "string"),
    *("struct", "subprocess", "tempfile", "threading", "token", "tokenize", "types", "typing", "uuid", "warnings"),
}


@functools.lru_cache(maxsize=64)
def mentions(node: ast.AST, variable: str) -> bool:
    """Whether a string of an expression has the name of a variable in it."""
    strings = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
    return any(isinstance(value, str) and variable in value for value in strings)


@rule
class XA101(Rule):
    slug = "app-syntax-error"
    title = Text("app.py 能由平台的 Python 编译", "app.py compiles under the platform's Python")
    why = Text(
        "平台最后公开的镜像是 Python 3.9；app.py 或它导入的模块有语法错误时，启动失败。",
        "The last published image has Python 3.9; if app.py or a module that it imports has a syntax error, the "
        "start fails.",
    )
    remedy = Text("请改正此处的语法错误。", "Correct the syntax error.")
    bad = """
        inference/app.py
            import gradio as gr

            page = gr.Interface(str, "text", "text"
            page.launch()
    """
    good = """
        inference/app.py
            import gradio as gr

            page = gr.Interface(str, "text", "text")
            page.launch()
    """
    since = "0.1.0"
    sources = ("image",)

    def check(
        self, sources: Sequence[Source], inference: Mapping[str, Entry], folder: str, python: str, platform: Data
    ) -> Iterator[Finding]:
        read = {source.path for source in sources}
        if enough(sources) and any(own_modules(source, inference, folder) - read for source in sources):
            what = Text(
                f"应用导入的模块太多或太大，只检查了其中 {len(sources)} 个",
                f"The app imports so many or such large modules that only {len(sources)} of them are checked",
            )
            remedy = Text(
                "请合并模块，或把不用的模块移出 inference/。",
                "Merge modules, or move those that are not used out of inference/.",
            )
            yield self.found(sources[0].path, what, severity="warning", remedy=remedy)
        minor = ".".join(python.split(".")[:2])
        known = python == platform["image"]["python"]
        for source in sources:
            fault = source.fault
            if fault and fault.newer:
                yield self.found(
                    source.path,
                    Text(
                        f"Python {minor} 没有这种语法：{show(fault.message)}",
                        f"Python {minor} does not have this syntax: {show(fault.message)}",
                    ),
                    at=(fault.line, fault.column),
                    severity="error" if known else "warning",
                )
            elif fault:
                yield self.found(
                    source.path,
                    Text(f"无法编译：{show(fault.message)}", f"This does not compile: {show(fault.message)}"),
                    at=(fault.line, fault.column),
                )


@rule
class XA102(Rule):
    slug = "app-does-not-serve"
    title = Text("app.py 启动网页服务并一直运行", "app.py starts a server and keeps running")
    why = Text(
        "平台等待网页首页返回 200；如果 app.py 自己结束，即使退出码是 0，也算失败。",
        "The platform waits until the front page returns 200; if app.py ends, even with exit code 0, the start has "
        "failed.",
    )
    remedy = Text(
        "请在最后调用 launch()，不加 prevent_thread_lock。", "Call launch() at the end, without prevent_thread_lock."
    )
    bad = """
        inference/app.py
            import gradio as gr

            page = gr.Interface(str, "text", "text")
            page.launch(prevent_thread_lock=True)
    """
    good = """
        inference/app.py
            import gradio as gr

            page = gr.Interface(str, "text", "text")
            page.launch()
    """
    since = "0.1.0"
    sources = ("start",)

    def check(self, app: Source | None, sources: Sequence[Source]) -> Iterator[Finding]:
        if not app or any(source.fault for source in sources):
            return
        calls = [(source, call) for source in sources for call in source.calls]
        if not any(self._serves(call) or last_name(call) in ELSEWHERE for _, call in calls):
            yield self.found(
                app.path, Text("没有启动网页服务：找不到 launch()", "No server is started: there is no launch()")
            )
        if any(last_name(call) in BLOCKING for _, call in calls) or any(
            isinstance(node, ast.While) for source in sources for node in source.nodes
        ):
            return
        for source, call in calls:
            lock = source.keyword(call, "prevent_thread_lock")
            if last_name(call) == "launch" and source.value(lock) is True:
                yield self.found(
                    source.path,
                    Text(
                        "prevent_thread_lock=True 使 app.py 立即结束",
                        "With prevent_thread_lock=True app.py ends at once",
                    ),
                    at=place(lock or call),
                )

    def _serves(self, call: ast.Call) -> bool:
        return last_name(call) in SERVING or name_of(call.func).endswith(
            ("uvicorn.run", "app.run", "server.run", ".queue.launch")
        )


@rule
class XA103(Rule):
    slug = "app-own-port-or-address"
    title = Text("端口和地址没有写死", "Port and address are not hard-coded")
    why = Text(
        "平台用环境变量 GRADIO_SERVER_PORT 和 GRADIO_SERVER_NAME 指定端口和地址；代码中写死的值会覆盖它们，平台会一直等到超时。",
        "The platform sets the port and the address through GRADIO_SERVER_PORT and GRADIO_SERVER_NAME; a value in "
        "the code overrides them, and the platform waits until it times out.",
    )
    remedy = Text(
        "请删除 server_port、server_name 和对这些环境变量的赋值。",
        "Remove server_port, server_name and any assignment to these variables.",
    )
    bad = """
        inference/app.py
            import gradio as gr

            page = gr.Interface(str, "text", "text")
            page.launch(server_name="127.0.0.1")
    """
    good = """
        inference/app.py
            import gradio as gr

            page = gr.Interface(str, "text", "text")
            page.launch()
    """
    since = "0.1.0"
    sources = ("start",)

    def check(self, sources: Sequence[Source], platform: Data) -> Iterator[Finding]:
        wanted = platform["start"]["environment"]
        for source in sources:
            for call in source.calls:
                if last_name(call) == "launch":
                    for name in ("server_port", "server_name"):
                        if value := source.keyword(call, name):
                            yield from self._setting(source, value, name, wanted, f"GRADIO_{name.upper()}")
                elif name_of(call.func).endswith(("uvicorn.run", "app.run")):
                    yield from self._server(source, call, wanted)
            for node in source.nodes:
                if isinstance(node, ast.Assign):
                    yield from self._assigned(source, node, wanted)

    def _setting(
        self, source: Source, node: ast.expr, name: str, wanted: Mapping[str, str], variable: str
    ) -> Iterator[Finding]:
        resolved = source.resolve(node) or node
        value = source.value(resolved)
        if isinstance(resolved, ast.Constant):
            usual = show(value) == wanted[variable]
            if value is None or (usual and name != "server_port"):
                return
            yield self.found(
                source.path,
                Text(
                    f"{name} 写成了 {show(value)}，而平台通过 {variable} 指定它",
                    f"{name} is {show(value)}, but the platform sets it through {variable}",
                ),
                at=place(resolved),
                severity="warning" if usual else "error",
            )
        elif not mentions(resolved, variable):
            yield self.found(
                source.path,
                Text(f"{name} 可能与 {variable} 不同", f"{name} may differ from {variable}"),
                at=place(node),
                severity="warning",
            )

    def _server(self, source: Source, call: ast.Call, wanted: Mapping[str, str]) -> Iterator[Finding]:
        for name, variable in (("port", "GRADIO_SERVER_PORT"), ("host", "GRADIO_SERVER_NAME")):
            value = source.keyword(call, name)
            if value is not None:
                yield from self._setting(source, value, name, wanted, variable)
            elif not any(each.arg is None for each in call.keywords):  # no **settings
                what = Text(
                    f"{name_of(call.func)} 没有 {name}，默认值不是平台的 {wanted[variable]}",
                    f"{name_of(call.func)} has no {name}, and its default is not the platform's {wanted[variable]}",
                )
                fix = f'os.environ["{variable}"]'
                remedy = Text(f"请写 {name}={fix}（端口须转为 int）。", f"Pass {name}={fix} (convert a port to int).")
                yield self.found(source.path, what, at=place(call), remedy=remedy)

    def _assigned(self, source: Source, node: ast.Assign, wanted: Mapping[str, str]) -> Iterator[Finding]:
        for target in node.targets:
            if isinstance(target, ast.Subscript) and name_of(target.value).endswith("environ"):
                variable = source.value(target.slice)
                value = source.value(node.value)
                if isinstance(variable, str) and variable in wanted and value is not None and value != wanted[variable]:
                    yield self.found(
                        source.path,
                        Text(
                            f"{variable} 被设为 {show(value)}，平台要的是 {wanted[variable]}",
                            f"{variable} is set to {show(value)}; the platform needs {wanted[variable]}",
                        ),
                        at=place(node),
                    )


@rule
class XA104(Rule):
    slug = "app-path-of-one-machine"
    title = Text("文件路径相对于 app.py", "File paths are relative to app.py")
    why = Text(
        "平台在 inference/ 中启动应用，那里只有仓库的文件和下载的权重；您电脑上的绝对路径、从仓库根目录算起的路径都不存在。",
        "The platform starts the app in inference/, with the repository's files and the weights. Absolute paths on "
        "your machine do not exist there, and neither do paths that start from the top of the repository.",
    )
    remedy = Text(
        "请把文件放在 app.py 旁边，用 Path(__file__).with_name(...) 打开。",
        "Put the file beside app.py and open it as Path(__file__).with_name(...).",
    )
    bad = """
        inference/app.py
            import gradio as gr

            labels = open("/home/zhangsan/digits/inference/labels.txt").read()
            gr.Interface(labels.find, "text", "number").launch()
        inference/labels.txt
    """
    good = """
        inference/app.py
            from pathlib import Path
            import gradio as gr

            labels = Path(__file__).with_name("labels.txt").read_text()
            gr.Interface(labels.find, "text", "number").launch()
        inference/labels.txt
    """
    since = "0.1.0"
    sources = ("start",)

    def check(self, sources: Sequence[Source], inference: Mapping[str, Entry], platform: Data) -> Iterator[Finding]:
        top = platform["files"]["folder"] + "/"
        for source in sources:
            for node in source.files():
                path = str(node.value)
                plain = path.removeprefix("./")
                if plain.startswith(top) and plain not in inference:
                    what = Text(
                        f"{show(path)} 从仓库根目录算起，而应用在 {top} 中运行",
                        f"{show(path)} starts from the top of the repository, but the app runs in {top}",
                    )
                    inside = plain.removeprefix(top)
                    remedy = Text(f"请写 {show(inside)}。", f"Write {show(inside)}.") if inside else None
                    yield self.found(source.path, what, at=place(node), remedy=remedy)
                elif re.match(PRIVATE, path) or (re.match(r"/\w", path) and not path.startswith(PRESENT)):
                    what = Text(f"{show(path)} 是本机的绝对路径", f"{show(path)} is an absolute path on your machine")
                    severity: Severity = "error" if re.match(PRIVATE, path) else "warning"
                    name = show(path.rstrip("/").rpartition("/")[2])
                    remedy = Text(
                        f'请把它放在 app.py 旁边，写成 Path(__file__).with_name("{name}")。',
                        f'Put it beside app.py and open it as Path(__file__).with_name("{name}").',
                    )
                    yield self.found(source.path, what, at=place(node), remedy=remedy, severity=severity)


@rule
class XA105(Rule):
    slug = "app-module-outside"
    title = Text("自己的模块都在 inference 中", "Local modules are in inference/")
    why = Text(
        "平台在 inference/ 中运行 python3 ./app.py，无法导入仓库其他位置的模块。",
        "The platform runs python3 ./app.py in inference/; modules elsewhere in the repository cannot be imported "
        "from there.",
    )
    remedy = Text("请把模块移到 app.py 旁边。", "Move the module beside app.py.")
    bad = """
        inference/app.py
            import gradio as gr
            from src.lenet import predict

            gr.Interface(predict, "image", "label").launch()
        src/lenet.py
    """
    good = """
        inference/app.py
            import gradio as gr
            from lenet import predict

            gr.Interface(predict, "image", "label").launch()
        inference/lenet.py
    """
    since = "0.1.0"
    sources = ("start",)

    def check(
        self,
        app: Source | None,
        sources: Sequence[Source],
        roots: frozenset[str],
        own: frozenset[str],
        platform: Data,
    ) -> Iterator[Finding]:
        folder = platform["files"]["folder"]
        extended = any(_extends_path(node) for source in sources for node in source.nodes)
        for source in sources:
            for each in source.imports:
                top, _, rest = each.name.partition(".")
                where = (each.line, each.column)
                if each.level and app and source.path == app.path:
                    what = Text(
                        "app.py 作为脚本运行，不能使用相对导入",
                        "app.py runs as a script, so it cannot use relative imports",
                    )
                    remedy = Text("请去掉前面的点。", "Remove the leading dots.")
                    yield self.found(source.path, what, at=where, remedy=remedy)
                elif each.level or each.guarded or extended or top in sys.stdlib_module_names or top in own:
                    continue
                elif top == folder:
                    what = Text(
                        f"在 {folder}/ 中没有名为 {folder} 的模块", f"Inside {folder}/ there is no module {folder}"
                    )
                    instead = Text(f"请导入 {show(rest)}。", f"Import {show(rest)} instead.") if rest else None
                    yield self.found(source.path, what, at=where, remedy=instead)
                elif top in roots:
                    yield self.found(
                        source.path,
                        Text(f"模块 {show(top)} 在 {folder}/ 之外", f"The module {show(top)} is outside {folder}/"),
                        at=where,
                    )


def _extends_path(node: ast.AST) -> bool:
    """Whether Python is told to look for modules in further folders, or in another one; in which is not worked out."""
    if isinstance(node, ast.Call):
        return (
            name_of(node.func) in ("os.chdir", "chdir", "site.addsitedir") or ".sys.path." in f".{name_of(node.func)}"
        )
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    return any(name_of(target) == "sys.path" or _is_slice_of_path(target) for target in targets)


def _is_slice_of_path(target: ast.AST) -> bool:
    return isinstance(target, ast.Subscript) and name_of(target.value) == "sys.path"


@rule
class XA106(Rule):
    slug = "app-module-hides-package"
    title = Text("inference 中没有与软件包同名的模块", "No module in inference has the name of a package")
    why = Text(
        "Python 先找 app.py 旁边的模块：与软件包或标准库同名的文件会被优先导入，其他软件包导入的也会是它。",
        "Python looks beside app.py first: a file with the name of a package or of a standard module is imported "
        "instead of it, by other packages too.",
    )
    remedy = Text("请给自己的模块改名。", "Rename the module.")
    bad = """
        inference/app.py
        inference/config.json
        inference/json.py
        inference/requirements.txt
    """
    good = """
        inference/app.py
        inference/config.json
        inference/read_json.py
        inference/requirements.txt
    """
    since = "0.1.0"
    sources = ("image", "packages")

    def check(
        self,
        inference: Mapping[str, Entry],
        config: Config | None,
        requirements: Sequence[Row],
        folder: str,
        packages: Data,
        platform: Data,
    ) -> Iterator[Finding]:
        fetched = {weight.name for weight in weights(every_path(config, platform))} - inference.keys()
        installed = {row.name for row in requirements}
        installed |= {canonical(name) for name in platform["image"]["packages"]}
        for path in [*inference, *sorted(fetched)]:
            name = path.removesuffix("/__init__.py") if path.endswith("/__init__.py") else path.removesuffix(".py")
            if "/" in name or name == path:
                continue
            provided = {canonical(each) for each in packages["distributions"].get(name, [name])}
            if provided & installed:
                yield self.found(
                    f"{folder}/{path}",
                    Text(f"会代替要安装的软件包 {name} 被导入", f"This file hides the package {name}"),
                )
            elif name in sys.stdlib_module_names:
                yield self.found(
                    f"{folder}/{path}",
                    Text(f"会代替标准库的 {name} 被导入", f"This file hides the standard module {name}"),
                    severity="error" if name in COMMON else "warning",
                )


@rule
class XA107(Rule):
    slug = "app-downloads"
    title = Text("启动和预测时不下载", "Nothing is downloaded at the start or for a prediction")
    why = Text(
        "平台不保证能访问外网，启动总共只有约 5 分钟；权重应通过 config.json 从模型仓库下载。",
        "The platform does not guarantee internet access, and a start may take about five minutes in all; use "
        "config.json to fetch weights from the model repository.",
    )
    remedy = Text(
        "请把文件放进模型仓库或项目，按文件名加载。",
        "Put the file into the model repository or the project, and load it by its file name.",
    )
    bad = """
        inference/app.py
            import gradio as gr
            import mindspore as ms

            ms.load_checkpoint("https://example.com/best.ckpt")
            gr.Interface(str, "text", "text").launch()
    """
    good = """
        inference/app.py
            from pathlib import Path
            import gradio as gr
            import mindspore as ms

            ms.load_checkpoint(str(Path(__file__).with_name("best.ckpt")))
            gr.Interface(str, "text", "text").launch()
    """
    since = "0.1.0"
    sources = ("limits.start_seconds",)
    severity = "warning"

    def check(
        self, sources: Sequence[Source], inference: Mapping[str, Entry], config: Config | None, platform: Data
    ) -> Iterator[Finding]:
        near = {path.partition("/")[0] for path in inference}
        near |= {weight.name for weight in weights(every_path(config, platform))}
        for source in sources:
            seen: set[int] = set()
            for call in source.calls:
                name = name_of(call.func)
                if fault := self._fault(source, call, name, seen) or self._from_hub(source, call, name, near):
                    yield self.found(
                        source.path, Text(f"{show(name)}：{fault.zh}", f"{show(name)}: {fault.en}"), at=place(call)
                    )
                thumbnail = source.keyword(call, "thumbnail")
                if re.match(WEB, show(source.value(thumbnail))):
                    what = Text(
                        "thumbnail 是网址，访客的浏览器会从那里下载",
                        "The thumbnail is a URL, from which visitors' browsers would fetch it",
                    )
                    remedy = Text("请去掉 thumbnail。", "Remove thumbnail.")
                    yield self.found(source.path, what, at=place(thumbnail or call), remedy=remedy)

    def _fault(self, source: Source, call: ast.Call, name: str, seen: set[int]) -> Text | None:
        if source.value(source.keyword(call, "pretrained")) is True:
            return Text("pretrained=True 会下载权重", "pretrained=True downloads weights")
        if (last_name(call) in DOWNLOADS and not _is_of_gradio(source, call)) or name in HUBS:
            return Text("在运行时下载", "downloads at run time")
        if (
            is_loader(call)
            and not is_join(call)
            and any(re.match(WEB, str(each.value)) for each in source.strings(call, seen))
        ):
            return Text("从网址加载", "loads from a URL")
        return None

    def _from_hub(self, source: Source, call: ast.Call, name: str, near: set[str]) -> Text | None:
        first = source.value(call.args[0]) if call.args else None
        last_part = name.rpartition(".")[2]
        if last_part == "pipeline" and any(each.name.partition(".")[0] in ZOOS for each in source.imports):
            local = isinstance(source.keyword(call, "model"), ast.Constant) or len(call.args) > 1
            return None if local else Text("按任务名下载默认模型", "downloads the default model of a task")
        if not isinstance(first, str):
            return None
        if last_part == "load" and first.startswith(HUB_KINDS):
            return Text(f"下载 {show(first)}", f"downloads {show(first)}")
        if last_part == "from_pretrained" and not first.startswith((".", "/")) and first.partition("/")[0] not in near:
            return Text(f"按名字下载 {show(first)}", f"downloads {show(first)} by its name")
        return None


def _is_of_gradio(source: Source, call: ast.Call) -> bool:
    """Whether a call is gradio.media's get_file, which gives a file of the package."""
    imported = {each.name for each in source.imports}
    return last_name(call) == "get_file" and (of_gradio(call) or "gradio.media" in imported)


@rule
class XA108(Rule):
    slug = "app-login"
    title = Text("首页不要求登录", "The front page requires no login")
    why = Text(
        "首页 / 返回 200 或 401 时，平台认为应用已就绪；auth= 会改变首页的响应，访客也没有密码。",
        "The platform considers the app ready when / returns 200 or 401; auth= changes that response, and "
        "visitors have no password.",
    )
    remedy = Text("请去掉 auth。", "Remove auth.")
    bad = """
        inference/app.py
            import gradio as gr

            page = gr.Interface(str, "text", "text")
            page.launch(auth=("visitor", "secret"))
    """
    good = """
        inference/app.py
            import gradio as gr

            page = gr.Interface(str, "text", "text")
            page.launch()
    """
    since = "0.1.0"
    sources = ("start",)
    severity = "warning"

    def check(self, sources: Sequence[Source]) -> Iterator[Finding]:
        for source in sources:
            for call in source.calls:
                value = source.keyword(call, "auth") if last_name(call) == "launch" else None
                if value is not None and not (isinstance(value, ast.Constant) and value.value is None):
                    yield self.found(source.path, Text("launch() 有 auth", "launch() has auth"), at=place(value))


@rule
class XA110(Rule):
    slug = "app-file-not-in-git"
    title = Text("应用读取的文件在 inference 中", "The files that the app reads are in inference/")
    why = Text(
        "平台只有仓库里的文件和 config.json 下载的权重；没有加入 git 的文件在那里打不开。",
        "The platform has only the repository's files and the weights that config.json fetches; a file that was not "
        "added to git cannot be opened there.",
    )
    remedy = Text(
        "请把文件放在 app.py 旁边并运行 git add；大文件放进模型仓库，并写入 config.json。",
        "Put the file beside app.py and git add it; put a large file into the model repository and name it in "
        "config.json.",
    )
    bad = """
        inference/app.py
            from pathlib import Path
            import gradio as gr

            labels = Path(__file__).with_name("labels.txt").read_text()
            gr.Interface(labels.find, "text", "number").launch()
    """
    good = """
        inference/app.py
            from pathlib import Path
            import gradio as gr

            labels = Path(__file__).with_name("labels.txt").read_text()
            gr.Interface(labels.find, "text", "number").launch()
        inference/labels.txt
    """
    since = "0.2.0"
    sources = ("files",)
    follows = ("XC102", "XL103", "XL104", "XL106")

    def check(
        self,
        sources: Sequence[Source],
        tree: Tree,
        config: Config | None,
        folder: str,
        platform: Data,
        gradio: str | None,
        packages: Data,
    ) -> Iterator[Finding]:
        if config and config.fault:
            return
        at_start = gradio is None or within(gradio, packages["gradio"]["reads_examples"])
        fetched = {f"{folder}/{weight.name}" for weight in weights(every_path(config, platform))}
        present = sorted([*tree.entries.under(folder), *fetched])
        sought = 0
        for source in sources:
            for node, caught in source.reads():
                name = str(node.value)
                path = posixpath.normpath(posixpath.join(folder, name))
                if not re.match(LOCAL, name) or name.endswith(WEIGHT_SUFFIXES) or name.startswith(folder + "/"):
                    continue  # which is no file's name, or another rule's matter
                if path not in tree.entries and path not in fetched:
                    likely = nearest(present, path.rpartition("/")[2]) if sought < MOST else None
                    sought += 1
                    yield self._missing(source, node, likely, "warning" if caught else "error")
            for node in source.examples():
                path = posixpath.normpath(posixpath.join(folder, str(node.value)))
                local = re.match(LOCAL, str(node.value)) and str(node.value).lower().endswith(MEDIA)
                if local and path not in tree.entries and path not in fetched:
                    yield self._missing(source, node, None, "error" if at_start else "warning")
            for node in source.example_folders():
                path = posixpath.normpath(posixpath.join(folder, str(node.value)))
                if not posixpath.isabs(path) and not tree.entries.has_folder(path):
                    yield self._no_folder(source, node)

    def _no_folder(self, source: Source, node: ast.Constant) -> Finding:
        name = show(node.value)
        return self.found(
            source.path,
            Text(
                f"examples 是文件夹 {name}，而 git 中没有它，Gradio 因此退出",
                f"examples is the folder {name}, which is not in git, so Gradio exits",
            ),
            at=place(node),
            remedy=Text(
                "请把文件夹放在 app.py 旁边并运行 git add，或把 examples 写成列表。",
                "Put the folder beside app.py and git add it, or make examples a list.",
            ),
        )

    def _missing(self, source: Source, node: ast.Constant, likely: str | None, severity: Severity) -> Finding:
        name = str(node.value)
        folder = source.path.partition("/")[0] + "/"
        remedy = likely and Text(
            f"是不是 {show(likely.removeprefix(folder))}？", f"Did you mean {show(likely.removeprefix(folder))}?"
        )
        return self.found(
            source.path,
            Text(
                f"应用读取 {show(name)}，git 中没有它，config.json 也不下载它",
                f"The app reads {show(name)}, which is not in git and which config.json does not fetch",
            ),
            at=place(node),
            remedy=remedy or None,
            severity=severity,
        )


@rule
class XA111(Rule):
    slug = "app-front-page-elsewhere"
    title = Text("首页 / 可以访问", "The front page / responds")
    why = Text(
        "平台轮询首页 /，返回 200 或 401 才算就绪；页面只挂载在其他路径时，平台会一直等到超时。",
        "The platform polls / until it returns 200 or 401; if the page is mounted only elsewhere, the platform waits "
        "until it times out.",
    )
    remedy = Text('请写 path="/"。', 'Write path="/".')
    bad = """
        inference/app.py
            import gradio as gr
            from server import app, serve

            page = gr.Interface(str, "text", "text")
            gr.mount_gradio_app(app, page, path="/gradio")
            serve(app)
        inference/server.py
    """
    good = """
        inference/app.py
            import gradio as gr
            from server import app, serve

            page = gr.Interface(str, "text", "text")
            gr.mount_gradio_app(app, page, path="/")
            serve(app)
        inference/server.py
    """
    since = "0.3.0"
    sources = ("start",)

    def check(self, sources: Sequence[Source]) -> Iterator[Finding]:
        calls = [(source, call) for source in sources for call in source.calls]
        first = [source.value(call.args[0]) for source, call in calls if call.args and last_name(call) in ROUTES]
        if "/" in first:
            return
        for source, call in calls:
            path = source.value(source.keyword(call, "path") or (call.args[2] if len(call.args) > 2 else None))
            if last_name(call) == "mount_gradio_app" and isinstance(path, str) and path.strip("/"):
                what = Text(
                    f"页面只在 {show(path)}，首页 / 没有响应", f"The page is only at {show(path)}; / does not respond"
                )
                yield self.found(source.path, what, at=place(call))


@rule
class XA112(Rule):
    slug = "app-function-unwritten"
    title = Text("应用调用的函数都已写好", "The functions that the app calls are written")
    why = Text(
        "只抛出 NotImplementedError 的函数还没有写好：调用它就会出错；如果启动时要用它，启动失败。",
        "A function that only raises NotImplementedError is not written yet: calling it is an error, and if the app "
        "needs it to start, the start fails.",
    )
    remedy = Text("请写好这个函数，并去掉 raise。", "Write the function, and remove the raise.")
    bad = """
        inference/app.py
            import gradio as gr


            def classify(picture):
                raise NotImplementedError


            gr.Interface(classify, "image", "label").launch()
    """
    good = """
        inference/app.py
            import gradio as gr


            def classify(picture):
                return {"cat": 0.9, "dog": 0.1}


            gr.Interface(classify, "image", "label").launch()
    """
    since = "0.3.0"

    def check(self, sources: Sequence[Source]) -> Iterator[Finding]:
        nodes = [node for source in sources for node in source.nodes]
        used = {node.id for node in nodes if isinstance(node, ast.Name)}
        used |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        for source in sources:
            for function in source.unwritten():
                if function.name in used:
                    yield self.found(
                        source.path,
                        Text(f"函数 {function.name} 还没有写好", f"The function {function.name} is not written yet"),
                        at=place(function.body[-1]),
                    )
