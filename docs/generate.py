"""Write the generated pages of docs/{zh,en} and fill the blocks that show files; `nox -s docs` runs it."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import yaml
from nox.project import load_toml

HERE = Path(__file__).resolve().parent
TOP = HERE.parent
LANGUAGES = ("zh", "en")
README = {"zh": "README.zh-CN.md", "en": "README.md"}
BLOCK = re.compile(
    r"^(?P<indent> *)<!-- from (?P<path>\S+)(?P<names>(?: \S+)*) -->\n(?:\n(?P=indent)```.*?^(?P=indent)```\n)?",
    re.MULTILINE | re.DOTALL,
)
ADDRESS = re.compile(r"(?:~|git\+https://[^\s`\"]+)/copier-xihe\b")  # as pip, uv and copier take it
REPO = re.compile(r"(?<= - repo: )\S+/copier-xihe\b")  # as pre-commit takes it
GET = re.compile(r"^.*<!-- template -->$", re.MULTILINE)
KINDS = {".py": "python", ".json": "json", ".in": "text", ".gitattributes": "text"}

PACKAGE = TOP / "hooks/xihe_hooks"
SCHEMA = PACKAGE / "config.schema.json"
COMPILED = ("platform", "packages")  # YAML for people, and JSON of the same name for the hooks
TEXTS = yaml.safe_load((HERE / "texts.yml").read_text("utf-8"))


class _Loader(yaml.SafeLoader):
    """Reads copier's !include, which always gives a list."""


_Loader.add_constructor(
    "!include",
    lambda loader, node: [yaml.safe_load(path.read_text("utf-8")) for path in sorted(TOP.glob(str(node.value)))],
)


def generated(language: str, rendered: Path) -> dict[str, str]:
    """Return the pages that are made from the repository's data, by name."""
    pages = {
        "rules.md": _run(language, "rules", "--format", "markdown"),
        "questions.md": "\n".join(_questions(language)),
        "platform.md": "\n".join(_platform(language)),
        "commands.md": "\n".join(_commands(language, rendered)),
    }
    return {name: text.rstrip() + "\n" for name, text in pages.items()}


def compiled(name: str) -> str:
    """Return a YAML file of the hooks as JSON: loading YAML takes as long as the rest of a commit's check."""
    facts = yaml.safe_load((PACKAGE / f"{name}.yml").read_text("utf-8"))
    return json.dumps(facts, indent=1, ensure_ascii=False, default=str) + "\n"


def config_schema() -> str:
    """Return the JSON schema of config.json, as the platform reads it, for editors and check-jsonschema."""
    platform = yaml.safe_load((PACKAGE / "platform.yml").read_text("utf-8"))
    part = r"(?!\.\.?(?:/|$))[^\s/\\*?\[]+"
    taken = "|".join(re.escape(platform["files"][each]) for each in ("app", "config", "requirements"))
    more = platform["weights"]["parts"] - 1
    path = {
        "type": "string",
        "pattern": rf"^(?!.*/(?:{taken})/*\s*$)\s*/*{part}(?:/{part}){{{more},}}/*\s*$",
        "examples": ["owner/repository/file.ckpt"],
    }
    shapes: dict[str, dict[str, Any]] = {
        "string": {"anyOf": [{"const": ""}, {"$ref": "#/definitions/path"}]},
        "list of strings": {"type": "array", "items": {"$ref": "#/definitions/path"}, "uniqueItems": True},
    }
    properties = {
        key: {"description": " / ".join(TEXTS["schema"][key].values()).format(**facts), **shapes[facts["type"]]}
        for key, facts in platform["config_keys"].items()
    }
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": " / ".join(TEXTS["schema"]["title"].values()),
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "definitions": {"path": path},
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def filled(text: str, rendered: Path) -> str:
    """Put the file, or the parts of it that are named, under each `<!-- from PATH NAME... -->`."""

    def block(found: re.Match[str]) -> str:
        path, names = found["path"], found["names"].split()
        file = next(place / path for place in (rendered, TOP) if (place / path).is_file())
        content = file.read_text("utf-8")
        shown = _parts(content, names) if names else content.rstrip()
        kind = KINDS[file.suffix or file.name]
        lines = [f"<!-- from {path}{found['names']} -->", "", f'```{kind} title="{path}"', *shown.splitlines(), "```"]
        return "".join(f"{found['indent']}{line}".rstrip() + "\n" for line in lines)

    return BLOCK.sub(block, text)


def published_address() -> str | None:
    """Return the template's address, Template of project.urls in pyproject.toml, such as https://HOST/OWNER/copier-xihe.

    None as long as it is published nowhere: what readers type then names their own clone.
    """
    address: str | None = load_toml(TOP / "pyproject.toml")["project"].get("urls", {}).get("Template")
    return address


def addressed(text: str, language: str, address: str | None) -> str:
    """Name the template by this address in every command, and before `<!-- template -->` say how a reader gets it."""
    text = ADDRESS.sub(f"git+{address}" if address else "~/copier-xihe", text)
    text = REPO.sub(address or "/home/zhangsan/copier-xihe", text)
    get = TEXTS["template"]["published" if address else "clone"][language].format(address=address)
    return GET.sub(f"{get} <!-- template -->", text)


def written(language: str) -> list[Path]:
    """Return the pages of a language: its README, and all of its documentation."""
    return [TOP / README[language], *(HERE / language).rglob("*.md")]


def _parts(source: str, names: list[str]) -> str:
    """Return the functions, classes and assignments of these names, `__main__` for what runs as a script."""
    nodes: dict[str, ast.stmt] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            nodes[node.targets[0].id] = node
        elif isinstance(node, ast.If):
            nodes["__main__"] = node
        elif hasattr(node, "name"):
            nodes[node.name] = node
    lines = source.splitlines()
    starts = [
        min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))]) for node in nodes.values()
    ]
    places = dict(zip(nodes, starts, strict=True))
    return "\n\n\n".join("\n".join(lines[places[name] - 1 : nodes[name].end_lineno]) for name in names)


def _say(part: str, key: str, language: str) -> str:
    """Return the text of this key, or the key itself where it has none."""
    return TEXTS[part][key][language] if key in TEXTS[part] else f"`{key}`"


def _half(text: str, language: str) -> str:
    """Return one language of a prompt that holds both."""
    return text.split(" / ", 1)[0 if language == "zh" else -1].strip()


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    cells = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return ["| " + " | ".join(row) + " |" for row in cells] + [""]


def _platform(language: str) -> list[str]:
    platform = yaml.safe_load((PACKAGE / "platform.yml").read_text("utf-8"))
    lines = _head("platform", language)
    for section, facts in platform.items():
        lines += [f"## {_say('sections', section, language)}", ""]
        lines += [TEXTS["notes"][section][language], ""] if section in TEXTS["notes"] else []
        dated = {key: value for key, value in facts.items() if isinstance(value, dict) and "date" in value}
        lines += _dated_facts(dated, language) if dated else _facts(section, facts, language)
    return lines


def _dated_facts(facts: dict[str, Any], language: str) -> list[str]:
    found = dict.fromkeys(key for value in facts.values() for key in value)
    columns = [key for key in found if key != "pattern"]  # the note says it in words
    rows = [
        [_say("words", key, language), *(_cell(column, value.get(column, ""), language) for column in columns)]
        for key, value in facts.items()
        if key != "not_text"  # nor is this one more than a pattern
    ]
    return _table(["", *(_say("words", column, language) for column in columns)], rows)


def _facts(section: str, facts: dict[str, Any], language: str) -> list[str]:
    rows = [
        [
            _say("words", f"{section}.{key}" if f"{section}.{key}" in TEXTS["words"] else key, language),
            _cell(key, value, language),
        ]
        for key, value in facts.items()
        if key not in ("date", "source")
    ]
    origin = TEXTS["texts"]["from"][language].format(**facts)
    return [*_table(["", _say("words", "value", language)], rows), origin, ""]


def _cell(key: str, value: Any, language: str) -> str:
    if isinstance(value, bool):
        return _say("texts", "yes" if value else "no", language)
    if str(value) in TEXTS["values"]:
        return _say("values", str(value), language)
    if value == []:
        return _say("texts", "none", language)
    if key in ("date", "source") or isinstance(value, int) or not value:
        return str(value) if value else ""
    if key == "length":
        return "–".join(map(str, value))
    if key == "command":
        return f"`{' '.join(value)}`"
    if isinstance(value, dict):
        value = [f"{name}={text}" if text else name for name, text in value.items()]
    return ", ".join(f"`{each}`" for each in value) if isinstance(value, list) else f"`{value}`"


def _questions(language: str) -> list[str]:
    asked = yaml.load((TOP / "copier.yml").read_text("utf-8"), Loader=_Loader)
    environment = jinja2.Environment(
        extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
        loader=jinja2.FileSystemLoader(TOP),
        undefined=jinja2.StrictUndefined,
    )
    about = next(each for each in asked["demos"]["default"] if each["name"] == asked["demo"]["default"])
    context = {"language": language, "user": "", "project_name": about["project"], "model_name": "-", "about": about}
    context |= {"platform": asked["platform_files"]["default"][0]}
    context |= {key: asked[key]["default"] for key in ("stacks", "demos")}

    def rendered(template: str, **more: str) -> str:
        return environment.from_string(template).render({**context, **more})

    lines = _head("questions", language)
    for name, question in asked.items():
        if not name.startswith("_") and question.get("when") is not False:
            lines += [f"## {name}", "", *_question(name, question, language, rendered), ""]
    return lines


def _question(name: str, question: dict[str, Any], language: str, rendered: Callable[..., str]) -> list[str]:
    colon, stop = ("：", "。") if language == "zh" else (": ", ".")
    lines = [_half(rendered(question["help"]), language) + stop, ""]
    if "default" in question:
        lines.append(f"- {_say('texts', 'default', language)}{colon}`{rendered(question['default'])}`")
    else:
        lines.append(f"- {_say('texts', 'no_default', language)}")
    if "validator" in question:  # what it says of an empty answer is what it allows
        allowed = rendered(question["validator"], **{name: ""}).strip()
        lines.append(f"- {_say('texts', 'allowed', language)}{colon}{allowed}")
    choices = question.get("choices", {})
    if isinstance(choices, str):
        choices = dict(yaml.safe_load(rendered(choices)))
    if choices:
        head = [_say("texts", word, language) for word in ("choice", "meaning")]
        rows = [[f"`{value}`", rendered(label)] for label, value in choices.items()]
        lines += ["", *_table(head, rows)[:-1]]
    return lines


def _commands(language: str, rendered: Path) -> list[str]:
    lines = [*_head("commands", language), "## xihe-hooks", ""]
    names = re.findall(r"^    ([a-z][a-z-]*)  ", _help(language), re.MULTILINE)
    for name in ("", *(each for each in names if each != "pre-push")):  # which only git runs
        lines += [f"## xihe-hooks {name}", ""] if name else []
        lines += ["```text", _help(language, *name.split()).strip(), "```", ""]
    noxfile = ast.parse((rendered / "digits" / "noxfile.py").read_text("utf-8"))
    functions = [node for node in noxfile.body if isinstance(node, ast.FunctionDef) and node.decorator_list]
    rows = [[f"`nox -s {each.name}`", ast.get_docstring(each) or ""] for each in functions]
    lines += [f"## {_say('texts', 'sessions', language)}", "", _say("texts", "sessions_about", language), ""]
    return lines + _table([_say("texts", word, language) for word in ("session", "does")], rows)


def _head(page: str, language: str) -> list[str]:
    return [f"# {_say('texts', page, language)}", "", _say("texts", f"{page}_about", language), ""]


def _help(language: str, *command: str) -> str:
    return _run(language, *command, "--help")


def _run(language: str, *arguments: str) -> str:
    """Return what xihe-hooks of this working tree prints."""
    environment = {**os.environ, "PYTHONPATH": str(TOP / "hooks"), "PYTHONIOENCODING": "utf-8"}
    environment |= {"XIHE_HOOKS_LANG": language, "COLUMNS": "88"}
    line = [sys.executable, "-m", "xihe_hooks", *arguments]
    return subprocess.run(line, check=True, capture_output=True, encoding="utf-8", env=environment).stdout


def twins_apart() -> list[str]:
    """Return the pages that exist in one language only."""
    pages = [{page.relative_to(HERE / language) for page in (HERE / language).rglob("*.md")} for language in LANGUAGES]
    return sorted(page.as_posix() for page in pages[0] ^ pages[1])


def broken_links() -> list[str]:
    """Return links and pictures that lead to no file where GitHub shows the page, as "page: link"."""
    return [
        f"{page.relative_to(TOP)}: {link}"
        for page in [*TOP.glob("README*.md"), *HERE.rglob("*.md")]
        for link in re.findall(r'(?:\]\(|src=")(?!https?:)([^)"#\s]+)', page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]


def main() -> int:
    """Write every page of both languages from the renders in a folder, and say what is wrong with the rest."""
    rendered = Path(sys.argv[1])
    SCHEMA.write_text(config_schema(), "utf-8")
    for name in COMPILED:
        (PACKAGE / f"{name}.json").write_text(compiled(name), "utf-8")
    for language in LANGUAGES:
        for name, text in generated(language, rendered / language).items():
            (HERE / language / name).write_text(text, "utf-8")
        for page in written(language):
            text = filled(page.read_text("utf-8"), rendered / language)
            page.write_text(addressed(text, language, published_address()), "utf-8")
    wrong = [f"no twin: {page}" for page in twins_apart()] + [f"broken link: {link}" for link in broken_links()]
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
