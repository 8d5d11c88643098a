"""What a repository that never saw the template tells of itself: the answers that it would have been made with."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from xihe_hooks.commands.fix import Rename, plan
from xihe_hooks.data import WEIGHT_SUFFIXES, Data, platform
from xihe_hooks.git.repository import Repository, Tree
from xihe_hooks.language import Text, choose_language, show
from xihe_hooks.readers.config_json import Weight, read_config, weights
from xihe_hooks.readers.requirements_txt import Row, within
from xihe_hooks.rules.facts import Facts, Origin, every_path, read
from xihe_hooks.rules.gradio import XA109

MOST_TOPS = 500  # of the files and folders at the top, which an app there may use
MOST_SIBLINGS = 200
README = re.compile(r"(?i)readme(\.[\w-]+)*\Z")


class Answer(NamedTuple):
    """A proposed answer, and what it comes from."""

    value: str
    why: Text


class Reading:
    """A repository, and the same as it will be once its files have the names that the platform looks for.

    names  what those are called now, by their names then
    facts  of the repository then
    """

    def __init__(self, repository: Repository, kind: str) -> None:
        self.repository, self.kind = repository, kind
        self.now = Facts(repository=repository, kind=kind)
        self.names: dict[str, str] = {}
        tree: Tree = self.now["tree"]
        for rename in self._renames():
            self.names |= {
                rename.new + path.removeprefix(rename.path): self.names.get(path, path)
                for path in tree.entries
                if path == rename.path or path.startswith(f"{rename.path}/")
            }
            tree = tree.renamed(rename.path, rename.new)
        self.facts = Facts(repository=repository, kind=kind, tree=tree)

    def _renames(self) -> Iterator[Rename]:
        yield from (each for each in plan(self.now, unsafe=True) if isinstance(each, Rename))
        files, entries = self.now["platform"]["files"], self.now["tree"].entries
        if self.kind == "project" and not self.now["inference"] and files["app"] in entries:
            tops = (name for name in sorted(entries.tops) if not name.startswith(".") and not README.match(name))
            for name in itertools.islice(tops, MOST_TOPS):
                if name.endswith((".py", ".json", ".txt", ".in")) or any(
                    path.endswith(".py") for path in entries.under(name)
                ):
                    yield Rename("XL101", name, f"{files['folder']}/{name}", safe=False)

    @property
    def has_app(self) -> bool:
        """Whether there is any program that the platform could start, whatever its name."""
        return any(path.endswith(".py") and "/" not in path for path in self.facts["inference"])

    @property
    def named(self) -> list[Weight]:
        """The files that config.json names."""
        return list(weights(every_path(self.facts["config"], self.facts["platform"])))

    @property
    def wanted(self) -> list[str]:
        """The names of the weights that the app loads and the folder of the app does not hold, each once."""
        found = (str(node.value).removeprefix("./") for source in self.facts["sources"] for node in source.files())
        names = (path.rpartition("/")[2] for path in found if path.endswith(WEIGHT_SUFFIXES))
        return list(dict.fromkeys(name for name in names if name not in self.facts["inference"]))

    @property
    def readme(self) -> str | None:
        """Path of the README at the top; README.md goes first."""
        tops = [path for path in self.now["tree"].entries if "/" not in path and README.match(path)]
        return min(tops, key=lambda path: (path != "README.md", path), default=None)


def propose(reading: Reading, stacks: Sequence[Data], environment: Mapping[str, str]) -> dict[str, Answer]:
    """Return the answers that the repository gives, by the question; what it does not tell is left out."""
    proposed = {"language": _language(reading, environment), "demo": Answer("own", OWN)}
    proposed |= _names(reading)
    if reading.kind == "project":
        proposed["stack"] = _stack(reading, stacks)
    return proposed


OWN = Text("应用是您自己的", "the app is yours")
ORIGIN = Text("来自远程仓库 origin 的地址", "from the address of the remote origin")
CONFIG = Text("来自 config.json", "from config.json")
FOLDER = Text("文件夹的名称", "the folder's name")


def _language(reading: Reading, environment: Mapping[str, str]) -> Answer:
    text = (read(reading.now["tree"], reading.readme) or b"").decode("utf-8", "replace") if reading.readme else ""
    chinese, latin = len(re.findall("[\u4e00-\u9fff]", text)), len(re.findall("[A-Za-z]", text))
    if chinese or latin:  # a Chinese character says about as much as four letters
        return Answer("zh" if chinese * 4 > latin else "en", Text("README 的语言", "the language of the README"))
    return Answer(choose_language(None, None, environment), Text("您的语言设置", "your locale"))


def _names(reading: Reading) -> Iterator[tuple[str, Answer]]:
    origin: Origin | None = reading.now["origin"]
    own = Answer(origin.name, ORIGIN) if origin else Answer(reading.repository.top.name, FOLDER)
    if origin:
        yield "user", Answer(origin.owner, ORIGIN)
    if reading.kind == "project":
        yield "project_name", own
        yield "title", Answer(own.value, Text("项目的名称", "the project's name"))
        if first := next(iter(reading.named), None):
            if not origin:
                yield "user", Answer(first.owner, CONFIG)
            if first.owner == (origin.owner if origin else first.owner):
                yield "model_name", Answer(first.repository, CONFIG)
    else:
        yield "model_name", own
        if beside := _project_of(reading.repository.top, own.value):
            project, owner = beside
            why = Text(f"旁边的 {show(project)} 用到它", f"{show(project)}, beside it, uses it")
            yield "project_name", Answer(project, why)
            if not origin:
                yield "user", Answer(owner, why)


def _project_of(top: Path, model: str) -> tuple[str, str] | None:
    """Return the folder and the account of the project beside a model repository that uses it."""
    files, most = platform()["files"], platform()["limits"]["file_bytes"]["value"]
    for folder in itertools.islice(sorted(top.parent.iterdir()), MOST_SIBLINGS):
        file = folder / files["folder"] / files["config"]
        if file.is_file() and 0 < file.stat().st_size <= most:
            config = read_config("config.json", file.read_bytes())
            named = weights(every_path(config, platform()))
            if weight := next((each for each in named if each.repository == model), None):
                return folder.name, weight.owner
    return None


def _stack(reading: Reading, stacks: Sequence[Data]) -> Answer:
    """Choose the stack: by the Python that the pins need, then by the Gradio that is pinned or that the code speaks."""
    rows: Sequence[Row] = reading.facts["requirements"]
    pinned: str | None = reading.facts["gradio"]
    fitting = [each for each in stacks if _runs(rows, each["python"], reading.facts["packages"])] or list(stacks)
    if pinned:
        best = min(fitting, key=lambda each: abs(each["gradio"] - _major(pinned)))
        return Answer(
            best["name"], Text(f"requirements.txt 写的是 gradio {pinned}", f"requirements.txt pins gradio {pinned}")
        )
    spoken = _spoken(reading.facts, [each["gradio"] for each in stacks])
    image = _major(reading.facts["platform"]["image"]["packages"]["gradio"])
    best = min(fitting, key=lambda each: (spoken[each["gradio"]], abs(each["gradio"] - image)))
    if spoken[best["gradio"]] < 0 or max(spoken.values()) > 0:
        why = Text(f"代码是为 gradio {best['gradio']} 写的", f"the code is written for gradio {best['gradio']}")
    else:
        why = Text(
            "代码适合多个版本，采用平台镜像的",
            "the code works with several versions, so this is the one of the platform's image",
        )
    return Answer(best["name"], why)


OLD = ("inputs", "outputs")  # gradio 3 still has them, with a warning; who writes them writes for 2


def _spoken(facts: Facts, generations: Iterable[int]) -> Mapping[int, int]:
    """Return how many names and arguments of the app each generation of Gradio does not have; -1 for the one it is for."""
    counts = {}
    for generation in generations:
        shown = facts["packages"]["gradio"]["shown"]
        version = next(each for each in shown if _major(each) == generation)
        counts[generation] = sum(1 for _ in XA109().check(facts["sources"], version, facts["packages"]))
    nodes = (node for source in facts["sources"] for node in source.nodes)
    if counts.get(2) == 0 and any(getattr(node, "attr", None) in OLD for node in nodes):
        counts[2] = -1
    return counts


def _major(version: str) -> int:
    return int(version.partition(".")[0])


def _runs(rows: Sequence[Row], pythons: Sequence[str], packages: Data) -> bool:
    """Whether the pinned versions are known to run on the Pythons of a stack."""
    minors = [tuple(map(int, python.split("."))) for python in pythons]
    for known in packages["python"]:
        if any(row.name == known["package"] and row.pin and within(row.pin, known["versions"]) for row in rows):
            least, newest = (
                tuple(map(int, known[key].split("."))) if key in known else None for key in ("python", "newest")
            )
            if (least and max(minors) < least) or (newest and min(minors) > newest):
                return False
    return True


def as_data(proposed: Mapping[str, Answer]) -> dict[str, Any]:
    """Return the answers as copier takes them."""
    return {question: answer.value for question, answer in proposed.items()}
