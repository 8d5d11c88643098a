"""The repository that an example of a rule describes, made for real, and what is found in it."""

import subprocess

from helpers import commit, git
from xihe_hooks.commands.push import judge_push
from xihe_hooks.data import platform
from xihe_hooks.git.hooks import HookState
from xihe_hooks.git.outgoing import parse
from xihe_hooks.git.repository import Repository
from xihe_hooks.readers.example import read_example
from xihe_hooks.rules.facts import Facts, parameters
from xihe_hooks.rules.kind import recognise
from xihe_hooks.rules.registry import run

from .fakes import APP, CONFIG, MODEL, POINTER, PROJECT, REQUIREMENTS

USUAL = {".py": APP, ".json": CONFIG, ".txt": REQUIREMENTS, ".ckpt": POINTER, ".gitattributes": MODEL[".gitattributes"]}
ERAS = {"XC114": "M3"}  # rules about a version of the platform that is not judged unless it is asked for
# What hooks and git-lfs have done elsewhere, for rules that are not about it.
HARMLESS = {"hooks": HookState("runs", lfs=True), "lfs_objects": lambda oid: True}


def make(folder, rule, example):
    """Make the repository, with those beside it, and run the example's commands in it but for the push.

    Names alone are all that there is; contents and commands are about a repository that is in order otherwise.
    """
    parts = read_example(example)
    commands = [part.line[2:] for part in parts if part.line.startswith("$ ")]
    files = {part.line: part.content.encode() for part in parts if not part.line.startswith("$ ")}
    here = {line: content for line, content in files.items() if not line.startswith("../")}
    if commands or any(here.values()) or not here:
        here = {**(MODEL if rule.kinds == ("model",) else PROJECT), **here}
    git_init(folder)
    for line, content in {**files, **here}.items():
        write(folder, line, content)
    git(folder, "add", "--all")
    for line in here:
        if " @ " in line:
            path, _, _ = line.partition(" @ ")
            git(folder, "update-index", "--add", "--cacheinfo", f"160000,{'5' * 40},{path}")
    for beside in {line.split("/")[1] for line in files if line.startswith("../")}:
        commit(folder.parent / beside)
    if "git push" in example:
        git(folder, "init", "--quiet", "--bare", "../remote.git")
        git(folder, "remote", "add", "origin", "../remote.git")
        commit(folder)
        git(folder, "push", "--quiet", "origin", "main")
    before_push = [each for each in commands if not each.startswith("git push")]
    subprocess.run(["sh", "-ec", "\n".join(before_push)], cwd=folder, check=True, capture_output=True)


def git_init(folder):
    """Make an empty repository."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")


def write(folder, line, content):
    """Write what a line of an example names."""
    path, _, target = line.partition(" -> ")
    path, _, size = path.partition(" (")
    file = folder / path
    if " @ " in path:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    if target:
        file.symlink_to(target)
    elif size:
        number, unit = size.rstrip(")").split()
        large = POINTER.replace(b"300000", b"%d" % (int(number) << 30))  # what git-lfs keeps of it
        file.write_bytes(large if unit == "GiB" else b"x" * (int(number) << 10))
    else:
        name = file.name if file.name.startswith(".") else file.suffix
        file.write_bytes(content or USUAL.get(name, USUAL.get(name + "s", b"")))


def judge(folder, rule, example):
    """What is found in the repository, at the commit or, where the example pushes, at that push."""
    if "git push" in example:
        repository = Repository.find(folder)
        tip, sent = (git(folder, "rev-parse", name).strip() for name in ("main", "origin/main"))
        update = parse(f"refs/heads/main {tip} refs/heads/main {sent}\n".encode())
        return judge_push(repository, [repository.index()], update, "origin", "../remote.git")[1]
    found = run(facts_of(folder, rule), ERAS.get(rule.id))
    return [each for each in found if each.ignored is None]


def facts_of(folder, rule):
    """What is known of the repository at a commit."""
    repository = Repository.find(folder)
    given = {name: value for name, value in HARMLESS.items() if name not in parameters(rule.check)}
    return Facts(repository=repository, kind=recognise(repository.index(), platform()), **given)


def changed_lines(path, bad, good):
    """Numbers of the lines of a file that the good example has otherwise; None where it is not about its content."""
    old, new = ({part.line: part.content for part in read_example(each)}.get(path, "") for each in (bad, good))
    if not old:
        return None
    kept = new.split("\n")
    return {number for number, line in enumerate(old.split("\n"), 1) if line not in kept}
