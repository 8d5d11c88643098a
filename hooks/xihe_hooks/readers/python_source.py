"""Reads Python source by its syntax tree: what it imports, what it calls, and with which strings."""

import ast
import bisect
import io
import itertools
import posixpath
import re
import tokenize
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, TypeGuard

CATCH = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}
# Calls whose strings are names of files. Of methods the last part of the name counts.
LOADERS = {
    *("open", "load", "load_checkpoint", "load_model", "load_weights", "load_state_dict", "load_mindir", "loadtxt"),
    *("imread", "read_csv", "read_json", "read_image", "InferenceSession", "CascadeClassifier", "Path", "PurePath"),
    *("with_name", "joinpath", "from_pretrained", "load_onnx", "readNet", "readNetFromONNX", "genfromtxt", "truetype"),
}


# Calls that read the file that they are given first, or that the path in front of them is.
READERS = {
    *("imread", "load", "loadtxt", "genfromtxt", "read_csv", "read_excel", "read_image", "read_json", "read_table"),
    *("truetype", "CascadeClassifier", "readNet", "VideoCapture"),
}
OPENERS = {"open", *(f"{module}.open" for module in ("bz2", "codecs", "gzip", "io", "lzma", "tarfile", "wave"))}
OPENERS |= {"Image.open", "PIL.Image.open"}
PATH_READERS = {"read_text", "read_bytes"}
# Calls that look for a file; what they name need not be in the repository.
LOOKS = {"exists", "isfile", "is_file", "isdir", "is_dir", "access", "glob"}
# Calls that make a file or a folder, or run a program that may.
MAKES = {
    *("mkdir", "makedirs", "touch", "write_text", "write_bytes", "save", "savefig", "savetxt", "savez"),
    *("save_checkpoint", "imwrite", "to_csv", "to_json", "dump", "to_excel", "export", "copy", "copyfile", "copy2"),
    *("move", "extractall", "unpack_archive", "VideoWriter"),
    *("call", "run", "check_call", "check_output", "system", "Popen", "popen"),
}
# Calls that fetch what their strings name from elsewhere.
DOWNLOADS = {
    *("urlretrieve", "hf_hub_download", "snapshot_download", "download", "download_url", "load_dataset", "wget"),
    *("load_state_dict_from_url", "get_file", "download_url_to_file", "cached_download", "download_folder"),
}
UNWRITTEN = "NotImplementedError"  # what a function raises that is still to be written
MOST_PARTS = 3000
MOST_STEPS = 50  # names, calls and strings in the expression of a path; nobody writes more
DEEPEST = 20  # folders around a file


class Fault(NamedTuple):
    """Why it does not compile. newer: the running Python takes it, the one that was asked for does not."""

    message: str
    line: int | None
    column: int | None
    newer: bool = False


class Import(NamedTuple):
    """One imported module. guarded: its absence is caught, or it is for type checkers only."""

    name: str
    line: int
    column: int
    guarded: bool
    level: int = 0


class Source(NamedTuple):
    """One module. Where there is a fault, it has neither imports nor calls."""

    path: str
    fault: Fault | None = None
    imports: tuple[Import, ...] = ()
    calls: tuple[ast.Call, ...] = ()
    nodes: tuple[ast.AST, ...] = ()
    constants: Mapping[str, ast.expr] = MappingProxyType({})
    made: frozenset[str] = frozenset()

    def resolve(self, node: ast.AST | None) -> ast.AST | None:
        """Return what a name stands for, where the module says so once, else the node itself."""
        return self.constants.get(node.id, node) if isinstance(node, ast.Name) else node

    def value(self, node: ast.AST | None) -> object:
        """Return the constant that a node is or stands for, or None."""
        resolved = self.resolve(node)
        return resolved.value if isinstance(resolved, ast.Constant) else None

    def keywords(self, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
        """Yield the keyword arguments by name, also those of `**settings`, a dict written out in the module."""
        for each in call.keywords:
            if each.arg is not None:
                yield each.arg, each.value
                continue
            given = self.resolve(each.value)
            if isinstance(given, ast.Dict):
                for key, value in zip(given.keys, given.values, strict=True):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value, value
            elif isinstance(given, ast.Call) and name_of(given.func) == "dict":
                yield from ((word.arg, word.value) for word in given.keywords if word.arg is not None)

    def keyword(self, call: ast.Call, name: str) -> ast.expr | None:
        """Return the value of a keyword argument, or None."""
        return next((value for key, value in self.keywords(call) if key == name), None)

    def strings(self, call: ast.Call, seen: set[int] | None = None) -> Iterator[ast.Constant]:
        """Yield the strings among a call's arguments, also in nested expressions and behind the module's own names.

        What is in `seen` is passed over, and what is yielded goes into it: calls that share one are gone through in the
        time that the module takes, however many of them are given the same long list.
        """
        stack: list[ast.AST] = [*call.args, *(keyword.value for keyword in call.keywords)]
        seen = set() if seen is None else seen  # names may also stand for each other
        while stack:
            node = stack.pop()
            resolved = self.resolve(node) or node
            if id(resolved) in seen or isinstance(resolved, (ast.JoinedStr, ast.Lambda)):
                continue
            seen.add(id(resolved))
            if isinstance(resolved, ast.Constant) and isinstance(resolved.value, str):
                yield resolved
            if isinstance(resolved, ast.Call) and last_name(resolved) in DOWNLOADS:
                continue  # what it names lies elsewhere
            stack += ast.iter_child_nodes(resolved)

    def files(self) -> Iterator[ast.Constant]:
        """Yield the paths that are given to a loader or joined, each once: the whole path, or what is known of it."""
        seen: set[int] = set()
        for node in self.nodes:
            if (isinstance(node, ast.Call) and is_loader(node)) or _is_division(node):
                yield from self._files_in(node, seen)

    def _files_in(self, node: ast.AST, seen: set[int]) -> Iterator[ast.Constant]:
        stack = [node]
        while stack:
            resolved = self.resolve(stack.pop())
            if resolved is None or id(resolved) in seen or isinstance(resolved, (ast.JoinedStr, ast.Lambda)):
                continue
            seen.add(id(resolved))
            if path := self._beside(resolved):
                seen.update(id(each) for each in ast.walk(resolved))
                yield path
            elif not (isinstance(resolved, ast.Call) and last_name(resolved) in DOWNLOADS):
                stack += ast.iter_child_nodes(resolved)

    def makes(self, path: str) -> bool:
        """Whether the module itself writes or fetches a file, or a folder that holds it."""
        parts = posixpath.normpath(path).split("/", DEEPEST)[:DEEPEST]
        above = itertools.accumulate(parts, "{}/{}".format)
        return "." in self.made or not self.made.isdisjoint(above)

    def reads(self) -> Iterator[tuple[ast.Constant, bool]]:
        """Yield the strings that name a file beside app.py which is read, and whether a failure to read it is caught.

        What the module makes is left out, and what it looks for. A file whose name goes to a function that nobody knows
        may be made by it, which counts as caught.
        """
        caught, passed = self._caught(), self._passed()
        seen: set[int] = set()
        sought = {name for call in self.calls for name in self._sought(call, seen)}
        for call in self.calls:
            name = self._beside(self._read(call))
            if name is not None and name.value not in sought and not self.makes(str(name.value)):
                yield name, id(call) in caught or name.value in passed

    def examples(self) -> Iterator[ast.Constant]:
        """Yield the strings that are `examples`, as Gradio's pages are given them, except what the module makes."""
        seen: set[int] = set()
        stack = [each for each in self._examples() if not self._beside(each)]
        while stack:
            node = self.resolve(stack.pop())
            if node is None or id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
                stack += node.elts
            elif isinstance(node, ast.Dict):
                stack += node.values
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                stack += [node.left, node.right]
            elif (name := self._beside(node)) and not self.makes(str(name.value)):
                yield name

    def example_folders(self) -> Iterator[ast.Constant]:
        """Yield the strings that Gradio takes for folders of examples: those that are no list."""
        for each in self._examples():
            if (name := self._beside(each)) and not self.makes(str(name.value)):
                yield name

    def _examples(self) -> Iterator[ast.expr]:
        """What Gradio's pages are given as examples."""
        for call in self.calls:
            if of_gradio(call) or last_name(call) in ("Examples", "Interface"):
                first = call.args[:1] if last_name(call) == "Examples" else []
                yield from (each for each in (self.keyword(call, "examples"), *first) if each is not None)

    def unwritten(self) -> Iterator[ast.FunctionDef]:
        """Yield the module's own functions that do no more than raise NotImplementedError, or a class of the module's."""
        bases = {each.name: each.bases for each in self.nodes if isinstance(each, ast.ClassDef)}
        raised = {name for name, each in bases.items() if any(name_of(base) == UNWRITTEN for base in each)} | {
            UNWRITTEN
        }
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef) and node.col_offset == 0:
                *before, last = node.body
                words = all(isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) for each in before)
                given = last.exc if isinstance(last, ast.Raise) else None
                called = given.func if isinstance(given, ast.Call) else given
                if words and called is not None and name_of(called) in raised:
                    yield node

    def _caught(self) -> set[int]:
        """What lies in the body of a try statement: each node is gone to once, though such bodies lie in each other."""
        caught: set[int] = set()
        for each in self.nodes:
            if isinstance(each, ast.Try):
                stack: list[ast.AST] = list(each.body)
                while stack:
                    node = stack.pop()
                    if id(node) not in caught:
                        caught.add(id(node))
                        stack += ast.iter_child_nodes(node)
        return caught

    def _beside(self, node: ast.AST | None) -> ast.Constant | None:
        """The path that an expression stands for, where the app finds it: "a/b", Path("a") / "b", or joined to its folder.

        It lies where the last string of the expression does.
        """
        steps = iter(range(MOST_STEPS))  # names may stand for each other
        path = self._path(node, steps)
        return path if path and path.value else None

    def _path(self, node: ast.AST | None, steps: Iterator[int]) -> ast.Constant | None:
        node = self.resolve(node)
        if node is None or next(steps, None) is None:
            return None
        if isinstance(node, ast.Constant):
            return node if isinstance(node.value, str) else None
        if _is_own_folder(node):
            return ast.Constant("")
        if _is_division(node):
            return self._joined([node.left, node.right], steps)
        if not isinstance(node, ast.Call) or not node.args:
            return None
        if is_join(node):
            return self._joined(node.args, steps)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "joinpath":
            return self._joined([node.func.value, *node.args], steps)
        return self._path(node.args[0], steps) if len(node.args) == 1 and _is_path(node.func) else None

    def _joined(self, parts: Sequence[ast.expr], steps: Iterator[int]) -> ast.Constant | None:
        path = ast.Constant("")
        for part in parts:
            end = self._path(part, steps)
            if end is None:
                return None
            path = ast.copy_location(ast.Constant(posixpath.join(str(path.value), str(end.value))), end)
        return path

    def _read(self, call: ast.Call) -> ast.AST | None:
        """What a call reads, if it reads a file: its first argument, or the path that it is a method of."""
        name = name_of(call.func)
        first = call.args[0] if call.args else None
        if name in OPENERS:
            return None if self._writes(call, 1) else first
        last = last_name(call)
        if of_gradio(call) or name.endswith(("Interface.load", "Blocks.load")):
            return None  # gradio.load takes what lies on a hub
        if isinstance(call.func, ast.Attribute) and (last in PATH_READERS or name == ".open"):
            return None if self._writes(call, 0) else call.func.value
        return first if last in READERS else None

    def _writes(self, call: ast.Call, position: int) -> bool:
        given = [*call.args[position : position + 1], *(word.value for word in call.keywords if word.arg == "mode")]
        modes = (self.value(each) for each in given)
        return any(isinstance(mode, str) and set("wax+") & set(mode) for mode in modes)

    def _sought(self, call: ast.Call, seen: set[int]) -> Iterator[object]:
        """The strings of a call that looks for a file."""
        if last_name(call) in LOOKS:
            yield from (each.value for each in self._named(call, seen))

    def _named(self, call: ast.Call, seen: set[int]) -> Iterator[ast.Constant]:
        """The strings of a call, and that of the path which it is a method of."""
        yield from self.strings(call, seen)
        front = self._beside(call.func.value) if isinstance(call.func, ast.Attribute) else None
        if front:
            yield front

    def _passed(self) -> set[object]:
        """The strings that are given to a function of which nobody knows whether it reads or writes."""
        known = LOADERS | READERS | PATH_READERS | OPENERS | {"print", "str"}
        unknown = (
            call for call in self.calls if last_name(call) not in known and not is_join(call) and not of_gradio(call)
        )
        given = (each for call in unknown for each in (*call.args, *(word.value for word in call.keywords)))
        return {value for each in given if isinstance(value := self.value(each), str)}

    def _making(self, assigned: Mapping[str, Sequence[ast.expr]]) -> Iterator[str]:
        """Paths that the module writes or fetches, or names to a program that may; "." for all that is beside it."""
        seen: set[int] = set()
        names: set[str] = set()  # such as those that are assigned anew for each download
        for call in self.calls:
            if last_name(call) in MAKES | DOWNLOADS or (name_of(call.func) in OPENERS and self._writes(call, 1)):
                given = (*call.args, *(word.value for word in call.keywords))
                names |= {each.id for each in given if isinstance(each, ast.Name)}
                yield from (path for node in self._named(call, seen) for path in _paths(node))
        yield from (path for name in names for value in assigned.get(name, ()) for path in _paths(value))


def _paths(node: ast.expr) -> Iterator[str]:
    """What a string names: a path, or in a command each of its words, and what wget calls it here."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        for word in node.value.split():
            yield posixpath.normpath(word)
            yield word.rpartition("/")[2]


def last_name(call: ast.Call) -> str:
    """Return the last part of what is called: `launch` of `page.launch`."""
    return name_of(call.func).rpartition(".")[2]


def name_of(node: ast.AST) -> str:
    """Return the dotted name of what is called: `gr.Interface`, or `.launch` where it is called on a result."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "")
    return ".".join(reversed(parts))


def is_loader(call: ast.Call) -> bool:
    """Whether the strings that the call is given are names of files."""
    return last_name(call) in LOADERS or is_join(call)


def is_join(call: ast.Call) -> bool:
    """Whether a call joins the parts of a path."""
    return name_of(call.func).endswith("path.join")


def of_gradio(call: ast.Call) -> bool:
    """Whether what is called is Gradio's, by the name that everybody gives the package."""
    return name_of(call.func).partition(".")[0] in ("gr", "gradio")


def _is_division(node: ast.AST) -> TypeGuard[ast.BinOp]:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)


def _is_path(called: ast.expr) -> bool:
    """Whether a call with one argument is no more than that argument as a path."""
    return name_of(called) in ("str", "Path", "pathlib.Path", "PurePath") or _of_file(called, "with_name")


def _is_own_folder(node: ast.AST) -> bool:
    """Whether a node is the folder of the module, in which the app also runs."""
    if isinstance(node, ast.Call) and name_of(node.func).endswith("path.dirname"):
        return _is_own_path(*node.args[:1])
    if isinstance(node, ast.Call) and name_of(node.func) in ("os.getcwd", "Path.cwd", "pathlib.Path.cwd"):
        return True
    return isinstance(node, ast.expr) and _of_file(node, "parent")


def _of_file(node: ast.expr, attribute: str) -> bool:
    """Whether a node is an attribute of Path(__file__), be it resolved."""
    if not isinstance(node, ast.Attribute) or node.attr != attribute:
        return False
    path = node.value
    while isinstance(path, ast.Call) and isinstance(path.func, ast.Attribute) and not path.args:
        if path.func.attr not in ("resolve", "absolute"):
            return False
        path = path.func.value
    return isinstance(path, ast.Call) and name_of(path.func).endswith("Path") and _is_own_path(*path.args[:1])


def _is_own_path(node: ast.expr | None = None) -> bool:
    """Whether a node is __file__, be it made absolute."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and last_name(node) in ("abspath", "realpath"):
        node = node.args[0]
    return node is not None and name_of(node) == "__file__"


def place(node: ast.AST) -> tuple[int | None, int | None]:
    """Line and column of a node, both from 1."""
    line, column = getattr(node, "lineno", None), getattr(node, "col_offset", None)
    return line, None if column is None else column + 1


def read_source(path: str, source: bytes, version: tuple[int, int]) -> Source:
    """Parse a module; the syntax of Python above the version is a fault."""
    if _endless(source):
        return Source(path, Fault(f"a dotted name has more than {MOST_PARTS} parts", None, None))
    try:
        module = _parse(source, version)
        if not source.isascii():
            _count_characters(module, source)
        return _describe(path, module)
    except SyntaxError as error:
        fault = _fault(error)
    except (ValueError, RecursionError, MemoryError) as error:
        return Source(path, Fault(str(error) or type(error).__name__, None, None))
    try:
        _parse(source, None)
    except SyntaxError as error:
        return Source(path, _fault(error))
    except (ValueError, RecursionError, MemoryError):
        return Source(path, fault)
    return Source(path, fault._replace(newer=True))


def _endless(source: bytes) -> bool:
    """Whether an import names what Python itself would read for long: its time grows with the square of the parts."""
    lines = source.replace(b"\\\r\n", b"").replace(b"\\\n", b"").splitlines()
    return any(line.count(b".") > MOST_PARTS and b"import" in line for line in lines)


def _fault(error: SyntaxError) -> Fault:
    # Of a file as a whole, Python tells line 0 or column 0 or -1.
    line, column = ((number if number and number > 0 else None) for number in (error.lineno, error.offset))
    return Fault(error.msg, line, column if line else None)


def _parse(source: bytes, version: tuple[int, int] | None) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source, feature_version=version)


def _count_characters(module: ast.Module, source: bytes) -> None:
    """Let columns count characters, as those of syntax errors do; `ast` counts the bytes of UTF-8."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    lines = re.split("\r\n|\r|\n", source.decode(encoding))
    starts: dict[int, list[int]] = {}  # of each character, in bytes
    for node in ast.walk(module):
        line = getattr(node, "lineno", 0)
        if 0 < line <= len(lines) and isinstance(node, (ast.expr, ast.stmt)) and not lines[line - 1].isascii():
            if line not in starts:
                sizes = (len(character.encode()) for character in lines[line - 1])
                starts[line] = list(itertools.accumulate(sizes, initial=0))
            node.col_offset = bisect.bisect_left(starts[line], node.col_offset)


def _describe(path: str, module: ast.Module) -> Source:
    imports: list[Import] = []
    nodes: list[ast.AST] = []
    for node, guarded in _walk(module):
        nodes.append(node)
        if isinstance(node, ast.Import):
            imports += [Import(a.name, node.lineno, node.col_offset + 1, guarded) for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            imports += _imported(node, guarded)
    nodes.sort(key=lambda node: (getattr(node, "lineno", 0), getattr(node, "col_offset", 0)))
    imports.sort(key=lambda each: (each.line, each.column))
    calls = tuple(node for node in nodes if isinstance(node, ast.Call))
    assigned = _assigned(nodes)
    source = Source(path, None, tuple(imports), calls, tuple(nodes), _constants(module, nodes, assigned))
    return source._replace(made=frozenset(source._making(assigned)) - {""})


def _imported(node: ast.ImportFrom, guarded: bool) -> Iterator[Import]:
    where = (node.lineno, node.col_offset + 1, guarded, node.level)
    if node.module:
        yield Import(node.module, *where)
    else:  # from . import model
        yield from (Import(alias.name, *where) for alias in node.names)


def _walk(module: ast.Module) -> Iterator[tuple[ast.AST, bool]]:
    # A stack of its own: generated code nests deeper than Python may recurse.
    stack: list[tuple[ast.AST, bool]] = [(module, False)]
    while stack:
        node, guarded = stack.pop()
        yield node, guarded
        if isinstance(node, ast.Try) and any(_catches(handler) for handler in node.handlers):
            stack += [(child, True) for child in node.body]
            stack += [(child, guarded) for child in (*node.handlers, *node.orelse, *node.finalbody)]
        elif isinstance(node, ast.If) and name_of(node.test).endswith("TYPE_CHECKING"):
            stack += [(child, True) for child in node.body]
            stack += [(child, guarded) for child in node.orelse]
        else:
            stack += [(child, guarded) for child in ast.iter_child_nodes(node)]


def _catches(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(name_of(each).rpartition(".")[2] in CATCH for each in types)


def _constants(
    module: ast.Module, nodes: Iterable[ast.AST], assigned: Mapping[str, Sequence[ast.expr]]
) -> Mapping[str, ast.expr]:
    """What is assigned once at the top of the module, or in all of it and bound in no other way."""
    bound = Counter(name for node in nodes for name in _bound(node))
    once = {name: values[0] for name, values in assigned.items() if bound[name] == 1}
    top = _assigned(module.body)
    return once | {name: values[0] for name, values in top.items() if len(values) == 1}


def _assigned(nodes: Iterable[ast.AST]) -> Mapping[str, Sequence[ast.expr]]:
    """The values that names are given in plain assignments."""
    values: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    values.setdefault(target.id, []).append(node.value)
    return values


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that a node binds, without those below it."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.partition(".")[0]
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)) and node.name:
        yield node.name
