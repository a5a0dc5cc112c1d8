"""Commands that are printed for pasting: names in them come from the cluster, and are quoted for a shell."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import janitor

ROOT = Path(janitor.__file__).parent

_BEGUN = re.compile(r"(?:\b(?:janitor|dcos|docker)(?: [a-z./-]+)*|(?<![\w-])--?[a-z][a-z_-]*)[ =]$")
"""Text at whose end a command, or an option of one, goes on with something that is filled in."""

_ELSEWHERE = ("cli/manual.py", "cli/guides.py", "cli/arguments/options.py", "cli/arguments/verbs.py",
              "cli/commands/version.py", "cli/completion.py", "cli/manpage.py", "rules.py", "sandbox/")  # fmt: skip
"""Where options and commands are described by our own words, the version is shown, and a cluster is played."""


def _filled_in(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, text) of every f-string in which a command is continued by a bare value."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        for before, after in zip(node.values, node.values[1:], strict=False):
            text = before.value if isinstance(before, ast.Constant) else ""
            if isinstance(after, ast.FormattedValue) and isinstance(text, str) and _BEGUN.search(text):
                yield node.lineno, text


def sources() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*.py")):
        if not path.relative_to(ROOT).as_posix().startswith(_ELSEWHERE):
            yield path


def test_no_message_fills_a_value_into_a_command_by_itself() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in sources()
        for line, text in _filled_in(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []


def test_only_the_one_module_quotes_for_a_shell() -> None:
    users = [
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if re.search(r"\bshlex\.(quote|join)\b|from shlex\b", path.read_text("utf-8")) and path != ROOT / "words.py"
    ]
    assert users == []


@pytest.mark.parametrize(
    "text",
    [
        'f"janitor uninstall {name}"',
        'f"Force them: janitor uninstall {name} --manual"',
        'f"dcos node reactivate {agent}"',
        'f"docker run {image}"',
        'f"Say --label framework_id={id}, or --lost-agent {agent}"',
        'f"-p {principal}"',
    ],
)
def test_the_search_finds_such_messages(text: str) -> None:
    assert list(_filled_in(ast.parse(text)))
