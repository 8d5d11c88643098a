"""Layout: the folder and the files that the platform looks for, by their exact names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from xihe_hooks.data import Data
from xihe_hooks.git.entries import SYMLINK, Entry
from xihe_hooks.git.outgoing import Push
from xihe_hooks.git.repository import Tree
from xihe_hooks.language import Text, paths, show, to_run
from xihe_hooks.readers import answers
from xihe_hooks.readers.config_json import Config
from xihe_hooks.readers.example_json import NAME as EXAMPLE
from xihe_hooks.readers.example_json import read_example
from xihe_hooks.rules.facts import Origin, is_typo_of, link_target, read, resolve
from xihe_hooks.rules.rule import Finding, Rule, rule

LAYOUT = """
    inference/app.py
    inference/config.json
    inference/requirements.txt
"""


def tops(paths: Mapping[str, Entry]) -> set[str]:
    """Return the first parts of the paths."""
    return {path.partition("/")[0] for path in paths}


def misspelt(names: AbstractSet[str], wanted: str) -> list[str]:
    """Return the names that are likely meant as the wanted one, nothing where that one is there."""
    return [] if wanted in names else sorted(name for name in names if is_typo_of(name, wanted))


def move(old: str, new: str) -> Text:
    """Return the command that renames a file."""
    otherwise = Text(f"请用 git mv 把它改名为 {show(new)}。", f"Rename it to {show(new)} with git mv.")
    return to_run(["git", "mv", *paths(old, new)], otherwise=otherwise)


@rule
class XL101(Rule):
    slug = "layout-missing-inference"
    title = Text("应用在文件夹 inference 中", "The app is in the folder inference")
    why = Text(
        "平台只从仓库根目录下名为 inference 的文件夹启动应用，名称区分大小写。",
        "The platform starts the app only from the folder inference at the top of the repository; the name is "
        "case-sensitive.",
    )
    remedy = Text(
        "请把 app.py 和它用到的文件放进 inference/。", "Put app.py and the files that it uses into inference/."
    )
    bad = """
        Inference/app.py
        Inference/config.json
        Inference/requirements.txt
    """
    good = LAYOUT
    since = "0.1.0"
    sources = ("files",)
    fix = Text("文件夹名只是拼错时，改名。", "renames a folder whose name is misspelt.")

    def check(self, tree: Tree, platform: Data) -> Iterator[Finding]:
        wanted, app = platform["files"]["folder"], platform["files"]["app"]
        if wanted in tree.entries or tree.entries.under(wanted):
            return
        names = tree.entries.tops
        likely = misspelt(names, wanted)
        if likely:
            yield self.found(
                likely[0],
                Text(
                    f"文件夹 {show(likely[0])} 应命名为 {wanted}，平台找不到它",
                    f"The folder {show(likely[0])} must be named {wanted}; the platform does not find it",
                ),
                remedy=move(likely[0], wanted),
            )
        elif app in names:
            yield self.found(
                app,
                Text(
                    f"{app} 在仓库根目录，平台只运行 {wanted}/{app}",
                    f"{app} is at the top of the repository, but the platform runs only {wanted}/{app}",
                ),
                remedy=Text(
                    f"请运行 mkdir {wanted} && git mv {app} {wanted}/，并移动它用到的文件。",
                    f"Run mkdir {wanted} && git mv {app} {wanted}/, and move the files that it uses.",
                ),
            )
        else:
            yield self.found("", Text(f"没有文件夹 {wanted}", f"There is no folder {wanted}"))


@rule
class XL102(Rule):
    slug = "layout-missing-app"
    title = Text("启动文件是 inference/app.py", "The entry point is inference/app.py")
    why = Text(
        "平台在 inference/ 中运行 python3 ./app.py；没有这个文件时启动失败，从 2023-10-19 的版本起网页上没有原因。",
        "The platform runs python3 ./app.py in inference/; if the file is missing, the start fails, and since the "
        "version of 2023-10-19 the page gives no reason.",
    )
    remedy = Text("请把启动文件命名为 inference/app.py。", "Name the entry point inference/app.py.")
    bad = """
        inference/demo.py
        inference/config.json
        inference/requirements.txt
    """
    good = LAYOUT
    since = "0.1.0"
    sources = ("files", "eras.M4")
    fix = Text("文件名只是拼错时，改名。", "renames a file whose name is misspelt.")
    unsafe_fix = Text(
        "inference/ 中只有一个 .py 文件时，把它改名为 app.py；没有 .py 文件而根目录有 app.py 时，把它移到 inference/ 中。",
        "renames the only .py file of inference/ to app.py; if there is none, moves an app.py at the top into "
        "inference/.",
    )

    def check(self, tree: Tree, inference: Mapping[str, Entry], folder: str, platform: Data) -> Iterator[Finding]:
        wanted = platform["files"]["app"]
        if not inference or wanted in inference:
            return
        scripts = [name for name in sorted(inference) if name.endswith(".py") and "/" not in name]
        likely = misspelt(tops(inference), wanted) or (scripts if len(scripts) == 1 else [])
        if likely:
            yield self.found(
                f"{folder}/{likely[0]}",
                Text(
                    f"启动文件应命名为 {wanted}，而不是 {show(likely[0])}",
                    f"The entry point must be named {wanted}, not {show(likely[0])}",
                ),
                remedy=move(f"{folder}/{likely[0]}", f"{folder}/{wanted}"),
            )
        elif wanted in tree.entries:
            yield self.found(
                wanted,
                Text(
                    f"{wanted} 在仓库根目录，平台只运行 {folder}/{wanted}",
                    f"{wanted} is at the top of the repository, but the platform runs only {folder}/{wanted}",
                ),
                remedy=move(wanted, f"{folder}/{wanted}"),
            )
        else:
            yield self.found(folder, Text(f"{folder}/ 中没有 {wanted}", f"There is no {wanted} in {folder}/"))


@rule
class XL103(Rule):
    slug = "layout-misspelt-file"
    title = Text("config.json 和 requirements.txt 拼写正确", "config.json and requirements.txt are spelt correctly")
    why = Text(
        "这两个文件都可以没有：拼错时平台不会提示，而是不下载权重、不安装依赖就启动。",
        "Both files are optional: if one is misspelt, the platform starts without weights or without installing "
        "anything, and there is no message.",
    )
    remedy = Text("请改为准确的文件名。", "Rename the file to the exact name.")
    bad = """
        inference/app.py
        inference/config.json
        inference/requirments.txt
    """
    good = LAYOUT
    since = "0.1.0"
    sources = ("files",)
    fix = Text("把拼错的文件改名。", "renames the misspelt file.")

    def check(self, tree: Tree, inference: Mapping[str, Entry], folder: str, platform: Data) -> Iterator[Finding]:
        names = tops(inference)
        for wanted in (platform["files"]["config"], platform["files"]["requirements"]):
            likely = misspelt(names, wanted)
            tree.read_ahead(f"{folder}/{name}" for name in likely)
            for name in likely:
                yield self.found(
                    f"{folder}/{name}",
                    Text(
                        f"{show(name)} 应命名为 {wanted}，平台不会读取它",
                        f"{show(name)} must be named {wanted}; the platform does not read it",
                    ),
                    remedy=move(f"{folder}/{name}", f"{folder}/{wanted}"),
                    severity="error" if self._counts(tree, f"{folder}/{name}", wanted, platform) else "warning",
                )
            if wanted in names:
                yield from self._strays(names, wanted, folder)

    def _counts(self, tree: Tree, path: str, wanted: str, platform: Data) -> bool:
        # Another JSON file may well be called configs.json; one that holds the platform's keys is meant for it.
        content = read(tree, path) or b""
        return wanted != platform["files"]["config"] or any(key.encode() in content for key in platform["config_keys"])

    def _strays(self, names: set[str], wanted: str, folder: str) -> Iterator[Finding]:
        for name in sorted(name for name in names if is_typo_of(name, wanted)):
            yield self.found(
                f"{folder}/{name}",
                Text(
                    f"{show(name)} 与 {wanted} 只差几个字母；平台只读取后者",
                    f"{show(name)} differs from {wanted} by only a few letters, but the platform reads only the latter",
                ),
                remedy=self._remove(f"{folder}/{name}"),
                severity="warning",
            )

    def _remove(self, path: str) -> Text:
        otherwise = Text("请用 git rm 删除它。", "remove it with git rm.")
        command = to_run(["git", "rm", *paths(path)], otherwise=otherwise)
        return Text(f"如果多余，{command.zh}", f"If it is not needed, {command.en[0].lower()}{command.en[1:]}")


@rule
class XL104(Rule):
    slug = "layout-file-at-top"
    title = Text(
        "config.json 和 requirements.txt 在 inference 中",
        "config.json and requirements.txt are in inference/",
    )
    why = Text(
        "平台只读取 inference/ 中的这两个文件，根目录下的同名文件不起作用。",
        "The platform reads these two files only in inference/; at the top of the repository they have no effect.",
    )
    remedy = Text("请把它移到 inference/ 中。", "Move it into inference/.")
    bad = """
        inference/app.py
        inference/config.json
        requirements.txt
    """
    good = LAYOUT
    since = "0.1.0"
    sources = ("files",)
    unsafe_fix = Text("把它移到 inference/ 中。", "moves the file into inference/.")
    severity = "warning"

    def check(self, tree: Tree, inference: Mapping[str, Entry], folder: str, platform: Data) -> Iterator[Finding]:
        for name in (platform["files"]["config"], platform["files"]["requirements"]):
            if inference and name in tree.entries and name not in inference:
                yield self.found(
                    name,
                    Text(
                        f"{name} 在仓库根目录，平台只读取 {folder}/{name}",
                        f"{name} is at the top of the repository, but the platform reads only {folder}/{name}",
                    ),
                    remedy=move(name, f"{folder}/{name}"),
                )


@rule
class XL105(Rule):
    slug = "layout-link-outside"
    title = Text("符号链接不离开它们的文件夹", "Symbolic links do not leave their folder")
    why = Text(
        "新版本的启动脚本要求 config.json 实际位于 inference/ 内；指向仓库之外的链接在平台上是失效的。",
        "Newer start scripts require config.json itself to be in inference/; a link that points outside the "
        "repository is broken on the platform.",
    )
    remedy = Text("请用文件本身代替链接。", "Replace the link with the file itself.")
    bad = """
        demo/config.json
        inference/app.py
        inference/config.json -> ../demo/config.json
        inference/requirements.txt
    """
    good = LAYOUT
    since = "0.1.0"
    sources = ("eras.M4",)

    def check(
        self, tree: Tree, inference: Mapping[str, Entry], config: Config | None, folder: str, platform: Data
    ) -> Iterator[Finding]:
        files = platform["files"]
        inside = tuple(era for era, facts in platform["eras"].items() if not facts["outside"])
        if folder != files["folder"] and (config or not inference):  # without config.json the link is nobody's matter
            yield from self._folder(files["folder"], folder, bool(inference), inside)
        for name, entry in inference.items():
            if entry.mode == SYMLINK:
                yield from self._file(tree, f"{folder}/{name}", folder, files, inside)

    def _folder(self, name: str, target: str, found: bool, inside: tuple[str, ...]) -> Iterator[Finding]:
        if found:
            yield self.found(
                name,
                Text(f"{name} 是指向 {show(target)} 的符号链接", f"{name} is a symbolic link to {show(target)}"),
                eras=inside,
                remedy=to_run(
                    ["git", "rm", name],
                    ["git", "mv", *paths(target, name)],
                    otherwise=Text(
                        f"请用 git rm 删除链接，再用 git mv 把文件夹改名为 {name}。",
                        f"Remove the link with git rm, then rename the folder to {name} with git mv.",
                    ),
                ),
            )
        else:
            yield self.found(
                name,
                Text(
                    f"{name} 是指向 {show(target)} 的符号链接，后者不在仓库中",
                    f"{name} is a symbolic link to {show(target)}, which is not in the repository",
                ),
            )

    def _file(
        self, tree: Tree, path: str, folder: str, files: Mapping[str, str], inside: tuple[str, ...]
    ) -> Iterator[Finding]:
        target, end = link_target(tree, path), resolve(tree, path)
        needed = path in (
            f"{folder}/{files['app']}",
            f"{folder}/{files['config']}",
            f"{folder}/{files['requirements']}",
        )
        if end is None and not tree.entries.has_folder(target):
            yield self.found(
                path,
                Text(
                    f"符号链接指向 {show(target)}，它不在仓库中",
                    f"The symbolic link points to {show(target)}, which is not in the repository",
                ),
                severity="error" if needed else "warning",
            )
        elif path == f"{folder}/{files['config']}" and not (end or target).startswith(folder + "/"):
            yield self.found(
                path,
                Text(
                    f"{files['config']} 是指向 {folder}/ 之外的符号链接：{show(target)}",
                    f"{files['config']} is a symbolic link that points outside {folder}/, to {show(target)}",
                ),
                eras=inside,
            )


@rule
class XL106(Rule):
    slug = "layout-folder-for-file"
    title = Text("config.json 和 requirements.txt 是文件", "config.json and requirements.txt are files")
    why = Text(
        "启动脚本会读取这个名称的文件；如果它是文件夹，启动失败。",
        "The start script reads whatever has this name; if it is a folder, the start fails.",
    )
    remedy = Text("请给文件夹改名。", "Rename the folder.")
    bad = """
        inference/app.py
        inference/config.json
        inference/requirements.txt/base.txt
    """
    good = LAYOUT
    since = "0.3.0"
    sources = ("files",)

    def check(self, tree: Tree, folder: str, platform: Data) -> Iterator[Finding]:
        for name in (platform["files"]["config"], platform["files"]["requirements"]):
            path = f"{folder}/{name}"
            linked = path in tree.entries and tree.entries[path].mode == SYMLINK
            if tree.entries.has_folder(link_target(tree, path) if linked else path):
                yield self.found(path, Text(f"{name} 是文件夹", f"{name} is a folder"))


@rule
class XL107(Rule):
    slug = "layout-name-not-text"
    title = Text("账号和项目的名称不像数字或布尔值", "Account and project names do not look like numbers or booleans")
    why = Text(
        "平台把名称不加引号地写进 YAML；看起来像数字或布尔值的名称会变成别的类型，项目无法启动。",
        "The platform writes the names into YAML without quotes; a name that looks like a number or a boolean is "
        "read as one, so the project does not start.",
    )
    remedy = Text("请在平台上改用其他名称。", "Rename it on the platform.")
    bad = """
        $ git remote add origin https://source-xihe.mindspore.cn/zhangsan/1e5.git
    """
    good = """
        $ git remote add origin https://source-xihe.mindspore.cn/zhangsan/digits.git
    """
    since = "0.3.0"
    sources = ("names.not_text",)

    def check(self, origin: Origin | None, platform: Data) -> Iterator[Finding]:
        for name in origin or ():
            if re.search(platform["names"]["not_text"]["pattern"], name):
                yield self.found(
                    "", Text(f"YAML 不会把 {show(name)} 读作字符串", f"YAML does not read {show(name)} as text")
                )


@rule
class XL108(Rule):
    slug = "layout-template-on-one-machine"
    title = Text("模板的地址别人也能访问", "The template's address works for others too")
    why = Text(
        "仓库记录了生成它的模板的地址，更新和提交前的检查都从那里获取；如果地址是您电脑上的文件夹，别人无法访问。",
        "A repository records the address of its template, from which updates and the checks before a commit are "
        "fetched. Nobody else can reach a folder on your machine.",
    )
    remedy = Text(
        "请在 .copier-answers.yml、.pre-commit-config.yaml 和 noxfile.py 中换成模板的公开地址；如果只在这台电脑上使用，可以不改。",
        "Replace it with the template's public address in .copier-answers.yml, .pre-commit-config.yaml and "
        "noxfile.py; leave it if you work only on this machine.",
    )
    bad = """
        .copier-answers.yml
            _src_path: /home/zhangsan/copier-xihe
        $ git push origin main
    """
    good = """
        .copier-answers.yml
            _src_path: https://example.com/copier-xihe.git
        $ git push origin main
    """
    since = "0.3.0"
    severity = "warning"
    kinds = ("project", "model")

    def check(self, tree: Tree, push: Push | None) -> Iterator[Finding]:
        address = answers.parse(answers.tracked(tree) or b"").get("_src_path", "")
        if push and re.match(r"[/~]|file:|[A-Za-z]:[/\\]", address):
            yield self.found(
                answers.NAME,
                Text(
                    f"模板的地址 {show(address)} 是这台电脑上的文件夹",
                    f"The template's address {show(address)} is a folder on this machine",
                ),
            )


@rule
class XL109(Rule):
    slug = "layout-example-missing"
    title = Text("example.json 所说的图片在 inference 中", "The pictures that example.json names are in inference/")
    why = Text(
        "nox -s smoke 把 example.json 里的示例发送给应用，并核对结果；没有图片就无法试用。",
        "nox -s smoke sends the example in example.json to the app and checks the result, which it cannot do without "
        "the picture.",
    )
    remedy = Text(
        "请把一张模型能正确识别的图片放到那里，并在 answer 中写明预期结果。",
        "Put a picture there that the model recognises correctly, and write the expected result as answer.",
    )
    bad = """
        inference/example.json
            {"input": "cat.jpg", "answer": "cat"}
    """
    good = """
        inference/example.json
            {"input": "cat.jpg", "answer": "cat"}
        inference/cat.jpg
    """
    since = "0.3.0"
    severity = "warning"

    def check(self, tree: Tree, inference: Mapping[str, Entry], folder: str) -> Iterator[Finding]:
        path = f"{folder}/{EXAMPLE}"
        source = read(tree, path) if EXAMPLE in inference else None
        example = read_example(source) if source else None
        for name in example.pictures if example else ():
            if name not in inference:
                what = Text(f"{show(name)} 不在 {folder}/ 中", f"{show(name)} is not in {folder}/")
                yield self.found(path, what)
