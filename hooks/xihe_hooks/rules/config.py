"""config.json: how each version of the start script reads it, and what it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from xihe_hooks.data import WEIGHT_SUFFIXES, Data, key_eras
from xihe_hooks.git.entries import Entry
from xihe_hooks.language import Text, show
from xihe_hooks.readers.config_json import Config, Weight, trim, weights
from xihe_hooks.readers.python_source import Source, place
from xihe_hooks.rules.facts import MOST_NAMES, Model, Origin, every_path, gib, is_typo_of
from xihe_hooks.rules.rule import MOST, Finding, Place, Rule, Severity, rule

SILENT = Text(
    "启动脚本无法读取 config.json 时会立即退出；从 2022-11-24 的版本起，日志里没有任何原因。",
    "The start script exits at once if it cannot read config.json; since the version of 2022-11-24 the log gives no "
    "reason.",
)
EXAMPLE = Text(
    '请写成 {"pretrain": "账号/仓库/文件.ckpt", "model_path": ["账号/仓库/文件.ckpt"]}；不需要权重时删除 config.json。',
    'Write {"pretrain": "owner/repository/file.ckpt", "model_path": ["owner/repository/file.ckpt"]}; if you need no weights, '
    "delete config.json.",
)
BOTH_KEYS = """
    inference/config.json
        {
          "pretrain": "zhangsan/digits-model/best.ckpt",
          "model_path": ["zhangsan/digits-model/best.ckpt"]
        }
"""
JSON_FAULTS = {
    "bom": Text(
        "文件以 BOM（EF BB BF）开头，不是有效的 JSON",
        "The file begins with a BOM (EF BB BF), which JSON does not allow",
    ),
    "utf-16": Text("文件是 UTF-16 编码，平台按 UTF-8 读取", "The file is UTF-16; the platform reads UTF-8"),
    "encoding": Text("文件不是 UTF-8 编码", "The file is not UTF-8"),
    "blank": Text(
        "文件只有空白，平台把它当作无效的 JSON",
        "The file contains only white space, which the platform rejects as invalid JSON",
    ),
    "comma": Text("最后一项后面多了逗号", "There is a comma after the last item"),
    "comment": Text("JSON 不允许注释", "JSON does not allow comments"),
    "quotes": Text("JSON 只接受半角双引号和半角标点", "JSON accepts only straight double quotes and ASCII punctuation"),
    "deep": Text("嵌套太深，无法读取", "It is nested too deeply to read"),
    "syntax": Text("不是有效的 JSON", "This is not valid JSON"),
    "large": Text(
        "文件太大，平台不接受，因此没有检查", "The file is larger than the platform accepts, and was not checked"
    ),
}
JSON_REMEDIES = {
    "bom": Text(
        "请保存为不带 BOM 的 UTF-8，或运行 xihe-hooks check --fix。",
        "Save it as UTF-8 without BOM, or run xihe-hooks check --fix.",
    ),
    "utf-16": Text("请保存为不带 BOM 的 UTF-8。", "Save it as UTF-8 without BOM."),
    "encoding": Text("请保存为不带 BOM 的 UTF-8。", "Save it as UTF-8 without BOM."),
    "blank": Text(
        "不需要权重时请删除该文件或清空到 0 字节。", "If you need no weights, delete the file, or empty it to 0 bytes."
    ),
    "comma": Text("请删除这个逗号。", "Delete that comma."),
    "comment": Text("请删除注释。", "Delete the comment."),
    "quotes": Text('请改用半角的 " 、: 和 ,。', 'Use the ASCII characters ", : and , instead.'),
}


def key_of(config: Config, platform: Data, raw: str) -> str:
    """Return the first key that gives a path."""
    return next((key for key in platform["config_keys"] if key in config.givers.get(raw, ())), "")


def at(config: Config, platform: Data, raw: str) -> Place:
    """Return where a path is written."""
    return config.place(raw, key_of(config, platform, raw))


def eras_of(config: Config, platform: Data, raw: str) -> tuple[str, ...]:
    """Return the eras that read a path, by the keys that give it; the empty tuple where all do."""
    eras = key_eras(platform)
    read = [era for key in platform["config_keys"] if key in config.givers.get(raw, ()) for era in eras[key]]
    return () if len(read) == sum(map(len, eras.values())) else tuple(read)


@rule
class XC101(Rule):
    slug = "config-not-json"
    title = Text("config.json 是有效的 JSON", "config.json is valid JSON")
    why = SILENT
    remedy = EXAMPLE
    bad = """
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/best.ckpt",
              "model_path": ["zhangsan/digits-model/best.ckpt"],
            }
    """
    good = BOTH_KEYS
    since = "0.1.0"
    sources = ("eras.P1", "eras.M1")
    fix = Text("删除文件开头的 BOM。", "removes a BOM at the start of the file.")

    def check(self, config: Config | None) -> Iterator[Finding]:
        if config and config.fault:
            what = JSON_FAULTS[config.fault.why]
            where = (config.fault.line, config.fault.column)
            yield self.found(config.path, what, at=where, remedy=JSON_REMEDIES.get(config.fault.why))


@rule
class XC102(Rule):
    slug = "config-without-key"
    title = Text(
        "config.json 是对象，并且有平台读取的键",
        "config.json is an object with a key that the platform reads",
    )
    why = SILENT
    remedy = EXAMPLE
    bad = """
        inference/config.json
            {"modelpath": ["zhangsan/digits-model/best.ckpt"]}
    """
    good = BOTH_KEYS
    since = "0.1.0"
    sources = ("eras.P1", "eras.M1")

    def check(self, config: Config | None, platform: Data) -> Iterator[Finding]:
        if not config or config.fault or any(config.has(key) for key in platform["config_keys"]):
            return
        wanted = Text("、".join(platform["config_keys"]), " or ".join(platform["config_keys"]))
        if not isinstance(config.data, dict):
            yield self.found(
                config.path, Text("最外层不是对象（{…}）", "The outermost value is not an object ({...})"), at=(1, 1)
            )
            return
        for key in config.data:
            likely = next((each for each in platform["config_keys"] if is_meant(key, each)), None)
            if likely:
                yield self.found(
                    config.path,
                    Text(f"键 {show(key)} 应为 {likely}", f"The key {show(key)} must be {likely}"),
                    at=config.place(key),
                    remedy=Text(f"请把 {show(key)} 改为 {likely}。", f"Change {show(key)} to {likely}."),
                )
                return
        yield self.found(config.path, Text(f"没有键 {wanted.zh}", f"There is no key {wanted.en}"), at=(1, 1))


def is_meant(key: str, wanted: str) -> bool:
    """Whether a key is likely the wanted one misspelt: pretrained, pretrain_url, modelPath, model-paths."""
    plain, known = (re.sub("[^a-z]", "", each.lower()) for each in (key[:40], wanted))
    return key != wanted and (plain == known or is_typo_of(plain, known) or plain.removesuffix("url") == known)


@rule
class XC103(Rule):
    slug = "config-missing-model-path"
    title = Text(
        "config.json 有平台现在读取的键 model_path",
        "config.json has model_path, the key that the platform reads now",
    )
    why = Text(
        "教程写的键是 pretrain；从 2022-11-24 的版本起，启动脚本只读 model_path，没有它就会失败，并且没有提示。",
        "The tutorial's key is pretrain; since the version of 2022-11-24 the start script reads only model_path, "
        "and fails with no message if it is missing.",
    )
    remedy = Text(
        "请添加 model_path，值为路径的列表；xihe-hooks check --fix 会照 pretrain 添加。",
        "Add model_path, a list of paths; xihe-hooks check --fix adds it from pretrain.",
    )
    bad = """
        inference/config.json
            {"pretrain": "zhangsan/digits-model/best.ckpt"}
    """
    good = BOTH_KEYS
    since = "0.1.0"
    sources = ("eras.M1", "config_keys.model_path")
    fix = Text(
        "按 pretrain 添加 model_path，其余不变。",
        "adds model_path with the path of pretrain, and changes nothing else.",
    )

    def check(self, config: Config | None, platform: Data) -> Iterator[Finding]:
        if config and config.has("pretrain") and not config.has("model_path"):
            yield self.found(
                config.path,
                Text("只有 pretrain，没有 model_path", "There is pretrain, but no model_path"),
                at=config.place("pretrain"),
                eras=key_eras(platform)["model_path"],
            )


@rule
class XC104(Rule):
    slug = "config-missing-pretrain"
    title = Text("config.json 也有教程所写的键 pretrain", "config.json also has pretrain, the tutorial's key")
    why = Text(
        "最早的启动脚本只读 pretrain。两个键都写时，除 2023-07-15 的版本外都能启动。",
        "The first start script reads only pretrain. With both keys, every version starts except that of 2023-07-15.",
    )
    remedy = Text(
        "请添加 pretrain，值为一个路径；xihe-hooks check --fix 会照 model_path 添加。",
        "Add pretrain with one path; xihe-hooks check --fix adds it from model_path.",
    )
    bad = """
        inference/config.json
            {"model_path": ["zhangsan/digits-model/best.ckpt"]}
    """
    good = BOTH_KEYS
    since = "0.1.0"
    sources = ("eras.P1", "config_keys.pretrain")
    fix = Text(
        "model_path 只有一个路径时，按它添加 pretrain，其余不变。",
        "adds pretrain with the path of model_path where there is only one, and changes nothing else.",
    )
    severity = "warning"

    def check(self, config: Config | None, platform: Data) -> Iterator[Finding]:
        if config and config.has("model_path") and not config.has("pretrain"):
            several = Text(
                "请添加 pretrain，写上最重要的一个路径：最早的启动脚本只能下载一个权重。",
                "Add pretrain with the path that matters most: the first start script fetches one file only.",
            )
            yield self.found(
                config.path,
                Text("只有 model_path，没有 pretrain", "There is model_path, but no pretrain"),
                at=config.place("model_path"),
                eras=key_eras(platform)["pretrain"],
                severity="error",  # in the versions that read it
                remedy=several if len(config.paths("model_path")) > 1 else None,
            )


@rule
class XC105(Rule):
    slug = "config-wrong-type"
    title = Text("pretrain 是字符串，model_path 是字符串的列表", "pretrain is a string, model_path a list of strings")
    why = Text(
        "model_path 若是字符串，会被逐个字符读取；pretrain 若是列表，脚本会立即退出。只有 2022-10-31 的版本在日志里说明原因。",
        "If model_path is a string, it is read letter by letter; if pretrain is a list, the script exits at once. "
        "Only the version of 2022-10-31 gives the reason in its log.",
    )
    remedy = EXAMPLE
    bad = """
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/best.ckpt",
              "model_path": "zhangsan/digits-model/best.ckpt"
            }
    """
    good = BOTH_KEYS
    since = "0.1.0"
    sources = ("config_keys.pretrain", "config_keys.model_path")

    def check(self, config: Config | None, platform: Data) -> Iterator[Finding]:
        eras = key_eras(platform)
        for key, wanted in platform["config_keys"].items():
            if not config or config.fault or not config.has(key):
                continue
            reading, value = config.read(key, wanted["type"]), config.value(key)
            single = wanted["type"] == "string"
            where, severity = config.place(key), self.severity
            if reading.fault == "item":
                item = json_type(reading.odd)
                what = Text(
                    f"{key} 的第 {reading.item} 项是{item.zh}，应为字符串",
                    f"Item {reading.item} of {key} is {item.en}, not a string",
                )
            elif reading.fault or (not single and value and not isinstance(value, list)):
                severity = "warning" if isinstance(value, dict) else "error"  # whose keys are gone through
                found, due = json_type(value), Text("字符串", "a string") if single else Text("列表", "a list")
                what = Text(f"{key} 是{found.zh}，应为{due.zh}", f"{key} is {found.en}, not {due.en}")
            else:
                continue
            yield self.found(config.path, what, at=where, eras=eras[key], severity=severity)


def json_type(value: object) -> Text:
    """Name the type of a JSON value."""
    names = {
        bool: Text("布尔值", "a boolean"),
        dict: Text("对象", "an object"),
        float: Text("数字", "a number"),
        int: Text("数字", "a number"),
        list: Text("列表", "a list"),
        str: Text("字符串", "a string"),
    }
    return names.get(type(value), Text("空值 null", "null"))


@rule
class XC106(Rule):
    slug = "config-path-incomplete"
    title = Text("config.json 的每个路径都指向一个文件", "Each path in config.json names a file")
    why = Text(
        "路径须为 账号/仓库/…/文件。启动脚本使用路径时没有加引号，因此空格会把它拆开，*、? 和 [ 会被展开。",
        "A path has the form owner/repository/.../file. The start script does not quote it, so spaces split it, and "
        "*, ? and [ are expanded.",
    )
    remedy = Text(
        "请写成 账号/仓库/文件，至少三部分，用 / 分隔，不含空格和特殊字符。",
        "Write owner/repository/file: at least three parts with / between them, and no spaces or special characters.",
    )
    bad = """
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/best.ckpt",
              "model_path": ["zhangsan/digits-model/best.ckpt", "digits-model/labels.txt"]
            }
    """
    good = """
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/best.ckpt",
              "model_path": ["zhangsan/digits-model/best.ckpt", "zhangsan/digits-model/labels.txt"]
            }
    """
    since = "0.1.0"
    sources = ("weights",)

    def check(self, config: Config | None, models: Mapping[str, Model], platform: Data) -> Iterator[Finding]:
        read: dict[str, tuple[str, ...]] = {}
        for key, eras in key_eras(platform).items():
            if config and not isinstance(config.value(key), str):
                paths = config.read(key, platform["config_keys"][key]["type"]).paths
            else:  # a string that should be a list is one fault, not one a letter
                paths = config.paths(key) if config and config.value(key) else ()
            for raw in dict.fromkeys(paths):
                read[raw] = (*read.get(raw, ()), *eras)
        for raw, eras in read.items():
            if config and (fault := path_fault(raw, platform["weights"]["parts"], models)):
                what, severity = fault
                yield self.found(config.path, what, at=at(config, platform, raw), eras=eras, severity=severity)


def config_lists(platform: Data) -> list[str]:
    """Return the keys whose value is a list."""
    return [key for key, wanted in platform["config_keys"].items() if wanted["type"] != "string"]


def path_fault(raw: str, least: int, models: Mapping[str, Model]) -> tuple[Text, Severity] | None:
    """Say what keeps a path from naming a file, as an error; or, as a warning, what it names a file in spite of."""
    path, shown, weight = trim(raw), show(raw), Weight.of(raw)
    parts = path.split("/")
    if not path:
        return Text("路径是空的", "The path is empty"), "error"
    if "\\" in path:
        return Text(
            f"{shown} 用了反斜杠，平台只接受 /", f"{shown} contains backslashes; the platform accepts only /"
        ), "error"
    if set(" \t\n") & set(path):
        whole = weight and (weight.owner, weight.repository, weight.path) == _stripped(parts)
        what = Text(f"{shown} 中有空白，会被拆成几个路径", f"{shown} contains white space, which splits the path")
        return what, "warning" if whole else "error"
    if len(parts) < least:
        what = Text(
            f"{shown} 只有 {len(parts)} 部分，至少要 {least} 部分",
            f"{shown} has only {len(parts)} part(s), but needs at least {least}",
        )
        return what, "error"
    if "" in parts:
        what = Text(f"{shown} 中有连续的 //", f"{shown} contains //")
        return what, "warning" if weight else "error"
    if {".", ".."} & set(parts):
        inside = weight and not weight.path.startswith("..")
        what = Text(f"{shown} 中有 . 或 .. 这样的部分", f"{shown} contains a part . or ..")
        return what, "warning" if inside else "error"
    if set("*?[") & set(path):
        beside = models.get(weight.repository) if weight else None
        there = weight and beside and weight.path in beside.paths
        what = Text(f"{shown} 中有 *、? 或 [", f"{shown} contains *, ? or [")
        return what, "warning" if there or not set("*?") & set(path) else "error"
    if any(character.isspace() or not character.isprintable() for character in path):
        what = Text(f"{shown} 中有空白或控制字符", f"{shown} contains white space or a control character")
        return what, "warning"
    return None


def _stripped(parts: Sequence[str]) -> tuple[str, str, str]:
    """The owner, the repository and the file, without the blanks that the shell drops between them."""
    return parts[0].strip(" \t\n"), parts[1].lstrip(" \t\n"), "/".join(parts[2:])


@rule
class XC107(Rule):
    slug = "config-same-file-name"
    title = Text("每个权重只写一次，文件名各不相同", "Each weight is named once, and no two share a file name")
    why = Text(
        "权重都放进 inference/，只保留文件名：文件名相同时，后一个会覆盖前一个且没有提示；同一个小文件写两次时，第二次会找不到。",
        "All weights are put into inference/, keeping only the file name: if two share a name, the last one replaces "
        "the first with no message, and a small file that is named twice is not found the second time.",
    )
    remedy = Text(
        "请删除重复的一项，或在模型仓库中改名。", "Delete the second one, or rename it in the model repository."
    )
    bad = """
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/best.ckpt",
              "model_path": ["zhangsan/digits-model/best.ckpt", "zhangsan/letters-model/best.ckpt"]
            }
    """
    good = """
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/best.ckpt",
              "model_path": ["zhangsan/digits-model/best.ckpt", "zhangsan/letters-model/letters.ckpt"]
            }
    """
    since = "0.1.0"
    sources = ("weights",)

    def check(self, config: Config | None, models: Mapping[str, Model], platform: Data) -> Iterator[Finding]:
        if not config:
            return
        for key in config_lists(platform):
            yield from self._repeated(config, key, key_eras(platform)[key], models)

    def _repeated(
        self, config: Config, key: str, eras: tuple[str, ...], models: Mapping[str, Model]
    ) -> Iterator[Finding]:
        seen: dict[str, str] = {}
        for raw in config.paths(key):
            path = trim(raw)
            name = path.rpartition("/")[2]
            if not name:
                continue
            where = config.place(raw, key)
            if seen.get(name) == path:
                weight = Weight.of(raw)
                model = models.get(weight.repository) if weight else None
                small = weight and model and model.kinds.get(weight.path) == "file"
                what = Text(f"{show(path)} 写了两次", f"{show(path)} is named twice")
                severity: Severity = "error" if small else "warning"
                yield self.found(config.path, what, at=where, eras=eras, severity=severity)
            elif name in seen:
                yield self.found(
                    config.path,
                    Text(
                        f"{show(path)} 与 {show(seen[name])} 的文件名相同，只会留下一个",
                        f"{show(path)} and {show(seen[name])} share a file name; only one of them is kept",
                    ),
                    at=where,
                    eras=eras,
                )
            seen[name] = path


@rule
class XC108(Rule):
    slug = "config-weight-replaces-file"
    title = Text("权重不覆盖项目自己的文件", "No weight replaces a file of the project")
    why = Text(
        "权重放进 inference/ 时只保留文件名，会覆盖同名的文件且没有提示，甚至覆盖 app.py。",
        "A weight is put into inference/ under its file name and replaces a file of that name with no message, even "
        "app.py.",
    )
    remedy = Text("请在模型仓库中改名，或改项目中文件的名字。", "Rename one of the two.")
    bad = """
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/best.ckpt",
              "model_path": ["zhangsan/digits-model/best.ckpt", "zhangsan/digits-model/labels.json"]
            }
        inference/labels.json
    """
    good = """
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/best.ckpt",
              "model_path": ["zhangsan/digits-model/best.ckpt"]
            }
        inference/labels.json
    """
    since = "0.1.0"
    sources = ("weights",)

    def check(
        self, config: Config | None, inference: Mapping[str, Entry], folder: str, platform: Data
    ) -> Iterator[Finding]:
        names = {path.partition("/")[0] for path in inference} | {
            platform["files"][each] for each in ("app", "config", "requirements")
        }
        for weight in weights(every_path(config, platform)):
            if config and weight.name in names:
                yield self.found(
                    config.path,
                    Text(
                        f"权重 {show(weight.name)} 会替换 {folder}/{show(weight.name)}",
                        f"The weight {show(weight.name)} would replace {folder}/{show(weight.name)}",
                    ),
                    at=at(config, platform, weight.raw),
                    eras=eras_of(config, platform, weight.raw),
                )


@rule
class XC109(Rule):
    slug = "config-keys-disagree"
    title = Text("pretrain 与 model_path 一致", "pretrain and model_path agree")
    why = Text(
        "启动脚本的各个版本只读其中一个键；两者不一致时，应用得到哪个权重取决于平台的版本。",
        "Each version of the start script reads only one of the keys; if they disagree, the version decides which "
        "weights the app gets.",
    )
    remedy = Text("请让 pretrain 等于 model_path 中的一项。", "Make pretrain one of the items of model_path.")
    bad = """
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/old.ckpt",
              "model_path": ["zhangsan/digits-model/best.ckpt"]
            }
    """
    good = BOTH_KEYS
    since = "0.1.0"
    sources = ("eras.P1", "eras.M1")
    severity = "warning"

    def check(self, config: Config | None, platform: Data) -> Iterator[Finding]:
        if not config or not all(config.has(key) for key in platform["config_keys"]):
            return
        given = {key: {trim(raw) for raw in config.paths(key)} - {""} for key in platform["config_keys"]}
        one, many = given["pretrain"], given["model_path"]
        if bool(one) != bool(many) or not one <= many:
            yield self.found(
                config.path,
                Text("pretrain 的路径不在 model_path 中", "The path of pretrain is not in model_path"),
                at=config.place("pretrain"),
            )


@rule
class XC110(Rule):
    slug = "config-ignored-key"
    title = Text("config.json 的键没有重复，也没有拼错", "No key of config.json is repeated or misspelt")
    why = Text(
        "键重复时最后一个有效，不认识的键会被忽略，两种情况都没有提示。",
        "If a key is repeated, the last one counts, and unknown keys are ignored; there is no message for either.",
    )
    remedy = Text("请只保留一个键，并写对它的名称。", "Keep only one key, and spell it correctly.")
    bad = """
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/best.ckpt",
              "model_path": ["zhangsan/digits-model/best.ckpt"],
              "modelPath": ["zhangsan/digits-model/labels.txt"]
            }
    """
    good = """
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/best.ckpt",
              "model_path": ["zhangsan/digits-model/best.ckpt", "zhangsan/digits-model/labels.txt"]
            }
    """
    since = "0.1.0"
    sources = ("config_keys.model_path",)
    severity = "warning"

    def check(self, config: Config | None, platform: Data) -> Iterator[Finding]:
        if not config or not isinstance(config.data, dict):
            return
        for key in config.duplicates:
            yield self.found(
                config.path,
                Text(f"键 {show(key)} 出现多次", f"The key {show(key)} is given more than once"),
                at=config.place(key),
            )
        keys = platform["config_keys"]
        if any(config.has(key) for key in keys):
            for key in config.data:
                likely = next((each for each in keys if key not in keys and is_meant(key, each)), None)
                if likely:
                    yield self.found(
                        config.path,
                        Text(
                            f"键 {show(key)} 会被忽略；是不是 {likely}？",
                            f"The key {show(key)} is ignored; did you mean {likely}?",
                        ),
                        at=config.place(key),
                    )


@rule
class XC111(Rule):
    slug = "config-weight-not-fetched"
    title = Text("应用加载的权重由 config.json 下载", "config.json fetches the weights that the app loads")
    why = Text(
        "权重放在 app.py 旁边，只保留文件名，不保留文件夹；用别的名称打不开。",
        "Weights are put beside app.py, keeping only the file name, not the folders; they cannot be opened under any "
        "other name.",
    )
    remedy = Text(
        "请在 config.json 中写上它在模型仓库中的路径，并按文件名加载。",
        "Add its path in the model repository to config.json, and load it by its file name.",
    )
    bad = """
        inference/app.py
            from pathlib import Path

            import gradio as gr
            import mindspore as ms

            weights = ms.load_checkpoint(str(Path(__file__).with_name("last.ckpt")))
            gr.Interface(str, "text", "text").launch()
    """
    good = """
        inference/app.py
            from pathlib import Path

            import gradio as gr
            import mindspore as ms

            weights = ms.load_checkpoint(str(Path(__file__).with_name("best.ckpt")))
            gr.Interface(str, "text", "text").launch()
    """
    since = "0.1.0"
    sources = ("weights",)
    follows = ("XC102", "XL103", "XL104", "XL106")

    def check(
        self, config: Config | None, sources: Sequence[Source], inference: Mapping[str, Entry], platform: Data
    ) -> Iterator[Finding]:
        if config and config.fault:
            return
        fetched = dict.fromkeys(weight.name for weight in weights(every_path(config, platform)))
        for source in sources:
            for node in source.files():
                path = str(node.value).removeprefix("./")
                local = path.endswith(WEIGHT_SUFFIXES) and not re.match(r"[a-z]+://|/|[A-Za-z]:|.*[*?]", path)
                if local and path not in inference and path not in fetched and not source.makes(path):
                    yield self._missing(source, path, fetched, place(node))

    def _missing(self, source: Source, path: str, fetched: Mapping[str, None], where: Place) -> Finding:
        name = path.replace("\\", "/").rpartition("/")[2]
        if name in fetched:
            return self.found(
                source.path,
                Text(
                    f"应用加载 {show(path)}，而权重就在 app.py 旁边，名为 {show(name)}",
                    f"The app loads {show(path)}, but the weights are beside app.py, as {show(name)}",
                ),
                at=where,
                remedy=Text(f"请改为 {show(name)}。", f"Change it to {show(name)}."),
            )
        names = ", ".join(show(each) for each in list(fetched)[:3])
        instead = Text(f"，它下载的是 {names}", f"; it fetches {names}") if names else Text("", "")
        return self.found(
            source.path,
            Text(
                f"应用加载 {show(path)}，项目中没有它，config.json 也不下载它{instead.zh}",
                f"The app loads {show(path)}, which is not in the project and which config.json does not "
                f"fetch{instead.en}",
            ),
            at=where,
            remedy=Text(
                f'请改为加载 Path(__file__).with_name("{names}")，或在 config.json 中写上 {show(name)} 的路径。',
                f'Load Path(__file__).with_name("{names}") instead, or add the path of {show(name)} to config.json.',
            )
            if len(fetched) == 1
            else None,
        )


@rule
class XC112(Rule):
    slug = "config-file-not-in-model"
    title = Text("config.json 所列的文件在模型仓库中", "The files that config.json names are in the model repository")
    why = Text(
        "平台从模型仓库复制这些文件，路径区分大小写；找不到时启动失败，网页上可能没有原因。",
        "The platform copies these files from the model repository, and their paths are case-sensitive; if one is "
        "missing, the start fails, sometimes with no reason on the page.",
    )
    remedy = Text(
        "请改正 config.json，或在模型仓库中 git add 该文件。",
        "Correct config.json, or git add the file in the model repository.",
    )
    bad = """
        ../digits-model/Best.ckpt
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/best.ckpt",
              "model_path": ["zhangsan/digits-model/best.ckpt"]
            }
    """
    good = """
        ../digits-model/best.ckpt
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/best.ckpt",
              "model_path": ["zhangsan/digits-model/best.ckpt"]
            }
    """
    since = "0.1.0"
    sources = ("weights",)

    def check(self, config: Config | None, models: Mapping[str, Model], platform: Data) -> Iterator[Finding]:
        sought = 0
        for weight in weights(every_path(config, platform)):
            model = models.get(weight.repository)
            if not config or not model:
                continue
            fault: tuple[Text, Text | None, Severity] | None = None
            if model.owner not in (None, weight.owner):
                fault = self._of_another(weight, model)
            elif weight.path in model.staged:
                fault = self._staged(weight, model)
            elif weight.path not in model.paths:
                fault = (*self._missing(weight.path, model, sought < MOST), "error")
                sought += 1
            elif model.kinds.get(weight.path) in ("link", "dangling"):
                fault = self._link(weight, model)
            if fault:
                what, remedy, severity = fault
                where, eras = at(config, platform, weight.raw), eras_of(config, platform, weight.raw)
                yield self.found(config.path, what, at=where, eras=eras, remedy=remedy, severity=severity)

    def _of_another(self, weight: Weight, model: Model) -> tuple[Text, Text, Severity]:
        what = Text(
            f"../{model.name} 是 {show(model.owner)} 的仓库，这里写的是 {show(weight.owner)}",
            f"../{model.name} is a repository of {show(model.owner)}, but this names {show(weight.owner)}",
        )
        remedy = Text(
            f"如果指的是旁边的仓库，请改为 {show(model.owner)}；如果是 {show(weight.owner)} 的同名仓库，可以不改。",
            f"If you mean the repository beside the project, write {show(model.owner)}; if you mean the repository of "
            f"that name that belongs to {show(weight.owner)}, leave it.",
        )
        return what, remedy, "warning"

    def _staged(self, weight: Weight, model: Model) -> tuple[Text, Text, Severity]:
        what = Text(
            f"{show(weight.path)} 在 ../{model.name} 中还没有提交",
            f"{show(weight.path)} is not committed in ../{model.name} yet",
        )
        return what, Text("请先提交并推送模型仓库。", "Commit and push the model repository first."), "warning"

    def _link(self, weight: Weight, model: Model) -> tuple[Text, Text, Severity]:
        what = Text(
            f"{show(weight.path)} 在 ../{model.name} 中是符号链接，平台只移动链接本身，应用打不开它",
            f"{show(weight.path)} is a symbolic link in ../{model.name}; the platform moves the link alone, and the "
            "app cannot open it",
        )
        return what, Text("请写链接所指的文件。", "Name the file that the link points to."), "error"

    def _missing(self, path: str, model: Model, seek: bool) -> tuple[Text, Text | None]:
        beside = f"../{model.name}"
        what = Text(f"{beside} 中没有 {show(path)}", f"There is no {show(path)} in {beside}")
        if not seek:
            return what, None
        if any(each.startswith(path + "/") for each in model.paths):
            return Text(
                f"{show(path)} 在 {beside} 中是文件夹，须写出其中的文件",
                f"{show(path)} is a folder in {beside}; name a file in it",
            ), None
        close = sorted(each for each in model.paths if abs(len(each) - len(path)) <= 2)[:MOST_NAMES]
        likely = next((each for each in close if is_typo_of(each, path)), None)
        return what, (likely and Text(f"是不是 {show(likely)}？", f"Did you mean {show(likely)}?")) or None


@rule
class XC113(Rule):
    slug = "config-unlikely-name"
    title = Text("平台接受账号和仓库的名称", "Owner and repository have names that the platform accepts")
    why = Text(
        "创建仓库时，平台的网页不接受其他名称；以 - 开头的账号会被两个版本的启动脚本当作命令的选项。",
        "The platform's page accepts no other names for a new repository; two versions of the start script mistake "
        "an owner that begins with - for a command option.",
    )
    remedy = Text("请按平台网页上的写法改正。", "Write the name as the platform's page shows it.")
    bad = """
        inference/config.json
            {
              "pretrain": "zhangsan/digits--model/best.ckpt",
              "model_path": ["zhangsan/digits--model/best.ckpt"]
            }
    """
    good = BOTH_KEYS
    since = "0.1.0"
    sources = ("names.account", "names.repository")
    severity = "warning"

    def check(self, config: Config | None, platform: Data) -> Iterator[Finding]:
        for weight in weights(every_path(config, platform)):
            if not config:
                continue
            where = at(config, platform, weight.raw)
            for name, wanted in ((weight.owner, "account"), (weight.repository, "repository")):
                limits = platform["names"][wanted]
                if not re.search(limits["pattern"], name) or len(name) > limits["length"][1]:
                    shown = show(name)
                    what = Text(
                        f"平台的网页不接受名称 {shown}", f"The platform's page does not accept the name {shown}"
                    )
                    impossible = re.search(r"[^\w.-]", name, re.ASCII)
                    yield self.found(config.path, what, at=where, severity="error" if impossible else "warning")
            if weight.owner.startswith("-"):
                what = Text(f"账号 {show(weight.owner)} 以 - 开头", f"The owner {show(weight.owner)} begins with -")
                yield self.found(config.path, what, at=where, eras=("M2", "M4"), severity="error")


@rule
class XC114(Rule):
    slug = "config-refused-in-2023"
    title = Text("2023-07-15 的版本拒绝一切 config.json", "The version of 2023-07-15 rejects every config.json")
    why = Text(
        "这个版本的启动脚本在错误的位置寻找 config.json，因此任何非空的文件都会使启动失败，直到 2023-10-19；只有用 --era M3 检查时才报告。",
        "The start script of that version looks for config.json in the wrong place, so any file that is not empty "
        "fails the start, until 2023-10-19. It is reported only with --era M3.",
    )
    remedy = Text(
        "对于这个版本，请把权重放进项目，并删除 config.json。",
        "For that version, keep the weights in the project and delete config.json.",
    )
    bad = """
        inference/app.py
        inference/config.json
        inference/requirements.txt
    """
    good = """
        inference/app.py
        inference/best.ckpt (190 KB)
        inference/requirements.txt
    """
    since = "0.1.0"
    sources = ("eras.M3",)

    def check(self, config: Config | None, platform: Data) -> Iterator[Finding]:
        eras = [era for era, facts in platform["eras"].items() if not facts["judged"]]
        if config:
            yield self.found(
                config.path,
                Text(
                    "这个版本的平台拒绝非空的 config.json",
                    "This version of the platform rejects a config.json that is not empty",
                ),
                eras=eras,
            )


@rule
class XC115(Rule):
    slug = "config-model-in-project"
    title = Text("项目没有占用模型仓库的位置", "The project does not take the place of a model repository")
    why = Text(
        "启动脚本把模型克隆到 账号/仓库，与项目在同一个文件夹中；那里已有文件夹时不再克隆，就找不到权重。",
        "The start script clones a model into owner/repository, beside the project; if that folder already exists, "
        "the script does not clone, so the weights are not found.",
    )
    remedy = Text("请给模型仓库换一个名字。", "Give the model repository another name.")
    bad = """
        $ git remote add origin https://source-xihe.mindspore.cn/zhangsan/digits.git
        inference/config.json
            {
              "pretrain": "digits/inference/best.ckpt",
              "model_path": ["digits/inference/best.ckpt"]
            }
    """
    good = """
        $ git remote add origin https://source-xihe.mindspore.cn/zhangsan/digits.git
        inference/config.json
            {
              "pretrain": "digits/digits-model/best.ckpt",
              "model_path": ["digits/digits-model/best.ckpt"]
            }
    """
    since = "0.3.0"
    sources = ("eras.M2",)

    def check(self, config: Config | None, origin: Origin | None, platform: Data) -> Iterator[Finding]:
        for weight in weights(every_path(config, platform)):
            taken = origin and (weight.owner, weight.repository) == (origin.name, platform["files"]["folder"])
            if config and taken:
                what = Text(
                    f"{show(weight.owner)}/{show(weight.repository)} 是项目自己的文件夹",
                    f"{show(weight.owner)}/{show(weight.repository)} is the project's own folder",
                )
                yield self.found(config.path, what, at=at(config, platform, weight.raw), eras=("M2", "M4"))


@rule
class XC116(Rule):
    slug = "config-models-too-large"
    title = Text("用到的模型仓库放得进平台的磁盘", "The model repositories that are used fit on the platform's disk")
    why = Text(
        "启动时，项目和 config.json 所列的每个模型仓库都放在同一块磁盘上，权重还要再占一份空间。",
        "At a start, the project and every model repository that config.json names are on one disk, and the weights "
        "need their space a second time.",
    )
    remedy = Text(
        "请去掉不用的权重，或把要用的权重单独放进一个模型仓库。",
        "Remove weights that are not used, or put the ones that are used into a model repository of their own.",
    )
    bad = """
        ../digits-model/best.ckpt (11 GiB)
        ../letters-model/letters.ckpt (11 GiB)
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/best.ckpt",
              "model_path": ["zhangsan/digits-model/best.ckpt", "zhangsan/letters-model/letters.ckpt"]
            }
    """
    good = """
        ../digits-model/best.ckpt (9 GiB)
        ../letters-model/letters.ckpt (9 GiB)
        inference/config.json
            {
              "pretrain": "zhangsan/digits-model/best.ckpt",
              "model_path": ["zhangsan/digits-model/best.ckpt", "zhangsan/letters-model/letters.ckpt"]
            }
    """
    since = "0.3.0"
    sources = ("limits.disk_bytes",)
    severity = "warning"

    def check(self, config: Config | None, models: Mapping[str, Model], platform: Data) -> Iterator[Finding]:
        most, total = platform["limits"]["disk_bytes"]["value"], sum(model.size for model in models.values())
        if config and len(models) > 1 and total > most:
            what = Text(
                f"{len(models)} 个模型仓库共有 {gib(total)}，平台的磁盘只有 {gib(most)}",
                f"The {len(models)} model repositories need {gib(total)}, but the platform's disk has {gib(most)}",
            )
            yield self.found(config.path, what)
