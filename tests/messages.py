"""Every text that Janitor can show, found in its sources: `python -m tests.messages` writes the lists of them anew.

The lists are in tests/unit/messages, one for each room. They are there to be read: as the messages stand in one place,
function by function, what is said twice, or in odd words, is seen. A test holds them to the sources.

    clusters_own
      {name} is one of the cluster's own frameworks: every service that it runs ends with it.
      do: Name the service to end. See what there is:
        $ janitor service list --inactive {reach}

A text that is put together is shown with its parts: `{name}` is filled in, `(one|other)` is one of the two, `[more]`
may be there, and what a variable has stands before its use (`what = may own the znode`). A command begins with `$`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import janitor

ROOT = Path(janitor.__file__).parent
LISTS = Path(__file__).parent / "unit" / "messages"
RENEW = "python -m tests.messages"

ELSEWHERE = (
    "cli/guides.py",
    "cli/manual.py",
    "cli/manpage.py",
    "cli/completion.py",
    "cli/arguments/options.py",
    "cli/arguments/verbs.py",
    "rules.py",
    "sandbox/",
)
"""Help, which docs/options.md holds, and tests of the help; the rules, which docs/rules.md holds; and the rehearsal
cluster, which says what Mesos and DC/OS say."""

_WORDS = re.compile(r"[A-Za-z0-9,.:;)}\"'][ ]+[A-Za-z0-9({\"']")
"""Two words: what is shown to a person, as against a key, a path or a word of a protocol."""

_NOT_SHOWN = {"compile", "match", "search", "fullmatch", "sub", "split", "findall", "finditer", "getLogger", "debug"}
_NOT_SHOWN |= {"NotImplementedError", "AssertionError", "TypeError", "strftime", "TypeVar", "NewType"}
"""Calls whose texts are patterns, or go to the log."""

_SHOWN_AS_IT_IS = {"Word", "called", "foreign", "str", "harmless", "span", "utc", "repr", "plain", "tuple", "sorted"}
"""Calls that give their first argument as it may be shown."""

_COMMANDS = {"command", "own_command", "Again", "paste", "paste_uninstall", "clean_command"}


def name_of(call: ast.Call) -> str:
    """The last name of what is called."""
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


# --- one expression as a text -----------------------------------------------------------------------------------------


def template(node: ast.expr) -> str:
    """An expression that gives a text, with what is filled in in braces."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(map(template, values))
        case ast.FormattedValue(value=value):
            return template(value)
        case ast.BinOp(left=left, op=ast.Add(), right=right) if is_text(node):
            return template(left) + template(right)
        case ast.IfExp(body=one, orelse=other) if is_text(one) or is_text(other):
            return _one_of(template(one), template(other))
        case ast.BoolOp(op=ast.Or(), values=[first, ast.Constant(value=str(text))]):
            return f"({template(first)}|{text})" if text else template(first)
        case ast.Call() if name_of(node) in _COMMANDS:
            return command_line(node)
        case ast.Call() if name_of(node) == "counted" and len(node.args) == 2:
            number, noun = map(template, node.args)
            return f"{number} {noun}s"
        case ast.Call(args=[first, *_]) if name_of(node) in _SHOWN_AS_IT_IS:
            return template(first)
        case ast.Call(args=[ast.GeneratorExp(elt=each), *_]) if name_of(node) in ("join", "listed"):
            return f"{template(each)}, ..."
        case ast.Call(args=[first, *_]) if name_of(node) in ("join", "listed", "map"):
            return f"{template(node.args[-1] if name_of(node) == 'map' else first)}, ..."
    return "{" + _filled_in(node) + "}"


def _one_of(one: str, other: str) -> str:
    return f"({one}|{other})" if one and other else f"[{one or other}]"


def _filled_in(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{_filled_in(value)}.{name}"
        case ast.Call():
            return f"{name_of(node)}()"
        case ast.Starred(value=value):
            return _filled_in(value)
        case ast.Subscript(value=value):
            return f"{_filled_in(value)}[]"
    text = ast.unparse(node)
    return text if len(text) <= 30 else "..."


def is_text(node: ast.expr) -> bool:
    """Whether this gives a text of which something is written in it."""
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return is_text(left) or is_text(right)
        case ast.IfExp(body=one, orelse=other):
            return is_text(one) or is_text(other)
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(map(is_text, values))
    return False


# --- a command --------------------------------------------------------------------------------------------------------


def command_line(call: ast.Call) -> str:
    """A command that is made, as far as it is written there."""
    words = [template(word) for word in call.args]
    match name_of(call):
        case "own_command":
            reach, *words = words
            return " ".join(["janitor", *words, *([] if reach == "{()}" else ["{reach}"])])
        case "paste":
            return " ".join(["janitor", *words, "{reach}"])
        case "paste_uninstall":
            return f"janitor uninstall {{name}} {_changed('choice', call)} {{reach}}"
        case "clean_command":
            return f"janitor {_changed('job', call)} {{reach}}"
        case "Again":
            without = [one for key in call.keywords if key.arg == "without" for one in _texts(key.value)]
            less = f" (without {', '.join(without)})" if without else ""
            return " ".join(["{this command}", *words]) + less
    return " ".join(words)


def _changed(what: str, call: ast.Call) -> str:
    """What a command is made of, with what is changed in it: `{job, znode=None}`."""
    replaced = call.args[-1]
    changes = replaced.keywords if isinstance(replaced, ast.Call) else []
    return "{" + ", ".join([what, *(ast.unparse(one) for one in changes)]) + "}"


def _texts(node: ast.expr) -> list[str]:
    return (
        [template(one) for one in node.elts] if isinstance(node, ast.List | ast.Tuple | ast.Set) else [template(node)]
    )


# --- a module ---------------------------------------------------------------------------------------------------------


@dataclass
class Function:
    """name: as it is written in its module; lines: its texts, in the order of the source."""

    name: str
    lines: list[str] = field(default_factory=list)


class Reader:
    """Reads one module. errors: the names of the classes of errors, whose texts are shown even if they are one word."""

    def __init__(self, tree: ast.Module, errors: frozenset[str]) -> None:
        self.errors = errors
        self.functions = [Function("")]
        self._at = [self.functions[0]]
        for node in tree.body:
            self._read(node)

    def _read(self, node: ast.AST, label: str = "", depth: int = 0, *, shown: bool = False) -> None:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                outer = self._at[-1].name
                inner = Function(f"{outer}.{name}" if outer else name)
                self.functions.append(inner)
                self._at.append(inner)
                for one in node.body:
                    self._read(one)
                self._at.pop()
            case ast.Expr(value=ast.Constant(value=str())) | ast.Assert() | ast.Compare() | ast.arguments():
                pass  # documentation; what no operator reads
            case ast.match_case(guard=guard, body=body):
                for part in [*([guard] if guard else []), *body]:
                    self._read(part)
            case ast.AnnAssign(target=target, value=value):
                if value is not None:
                    self._read(value, f"{ast.unparse(target)} = ")
            case ast.Assign(targets=[target, *_], value=value):
                self._read(value, f"{ast.unparse(target)} = ")
            case ast.Call():
                self._read_call(node, label, depth, shown=shown)
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    self._read(value, f"{_key(key)}: ", depth)
            case ast.expr() if is_text(node):
                text = template(node)
                if shown or _WORDS.search(text):
                    self._add(f"{label}{text}", depth)
                if not isinstance(node, ast.Constant):
                    self._read_parts(node, depth + 1)
            case ast.Subscript(value=value):
                self._read(value, "", depth)
            case _:
                for child in ast.iter_child_nodes(node):
                    self._read(child, label, depth, shown=shown)

    def _read_call(self, call: ast.Call, label: str, depth: int, *, shown: bool) -> None:
        name = name_of(call)
        if name in _NOT_SHOWN:
            return
        if name in _COMMANDS:
            self._add(f"{label if ' = ' in label else ''}$ {command_line(call)}", depth)
            for keyword in call.keywords:
                if keyword.arg == "otherwise":
                    self._read(keyword.value, "", depth + 1)
            return
        if isinstance(call.func, ast.Attribute):
            self._read(call.func.value, label, depth, shown=shown)
        advice = name in ("do", "also", "Way")
        shown = shown or advice or name == "Message" or name in self.errors
        for number, argument in enumerate(call.args):
            if advice and number and is_text(argument):
                self._add(f"$ {template(argument)}", depth + 1)
            elif advice:
                self._read(argument, "" if number else "do: ", depth + bool(number), shown=not number)
            else:
                why = name == "Message" and number == 1
                self._read(argument, "why: " if why else label if not number else "", depth, shown=shown and not number)
        for keyword in call.keywords:
            self._read(keyword.value, f"{keyword.arg}: ", depth, shown=shown and keyword.arg == "why")

    def _read_parts(self, node: ast.expr, depth: int) -> None:
        """What is called inside of a text, with texts of its own."""
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and name_of(part) not in {"counted", *_SHOWN_AS_IT_IS}:
                for argument in [*part.args, *(keyword.value for keyword in part.keywords)]:
                    self._read(argument, "", depth)

    def _add(self, line: str, depth: int) -> None:
        one_line = line.replace("\\", "\\\\").replace("\n", "\\n")
        self._at[-1].lines.append("  " * depth + one_line)


def _key(key: ast.expr | None) -> str:
    return "..." if key is None else ast.unparse(key).strip("'")


# --- all of them ------------------------------------------------------------------------------------------------------


def errors() -> frozenset[str]:
    """The names of the classes of errors."""
    known = {"JanitorError", "Unknown"}
    bases = [
        (node.name, {ast.unparse(base) for base in node.bases})
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    ]
    while more := {name for name, of in bases if of & known} - known:
        known |= more
    return frozenset(known)


def sources() -> Iterator[Path]:
    """The modules whose texts are listed."""
    for path in sorted(ROOT.rglob("*.py")):
        if not path.relative_to(ROOT).as_posix().startswith(ELSEWHERE):
            yield path


def texts_of(path: Path, known: frozenset[str]) -> list[Function]:
    """The functions of a module that have a text."""
    read = Reader(ast.parse(path.read_text("utf-8")), known).functions
    return [function for function in read if function.lines]


def lists() -> dict[str, str]:
    """Name of a file in LISTS -> what it has to hold."""
    known = errors()
    rooms: dict[str, list[str]] = {}
    for path in sources():
        relative = path.relative_to(ROOT)
        functions = texts_of(path, known)
        if functions:
            room = rooms.setdefault(relative.parts[0] if len(relative.parts) > 1 else "janitor", [])
            room.append(f"## {relative.as_posix()}\n")
            for function in functions:
                body = "\n".join(f"  {line}" for line in function.lines)
                room.append(f"{function.name or '(the module)'}\n{body}\n")
    head = f"What janitor/{{}} says. This is made from the sources: {RENEW}\n"
    return {f"{name}.txt": "\n".join([head.format(name), *parts]) for name, parts in sorted(rooms.items())}


def main() -> int:
    LISTS.mkdir(exist_ok=True)
    wanted = lists()
    for path in LISTS.glob("*.txt"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (LISTS / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
