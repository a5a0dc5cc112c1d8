"""The table of exit statuses: every error has one, every one has a meaning, and nobody writes one as a number."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

import pytest

from janitor import errors, exits
from janitor.errors import JanitorError
from janitor.exits import MEANINGS, Exit
from tests.unit.test_imports import TREES, room

# By hand, from the rules: the class, and what the process ends with.
EXPECTED: dict[type[JanitorError], int] = {
    errors.UsageError: 1,
    errors.BadUrl: 3,
    errors.LoginRefused: 4,
    errors.Refusal: 6,
    errors.NotConfirmed: 6,
    errors.Trouble: 5,
    errors.NoAnswer: 5,
    errors.Unreachable: 5,
    errors.Untrusted: 5,
    errors.OutOfTime: 5,
    errors.BadAnswer: 5,
    errors.HttpStatus: 5,
    errors.Unauthorized: 4,
    errors.Forbidden: 5,
    errors.Unreadable: 5,
    errors.Bug: 5,
    errors.Incomplete: 5,
    errors.TooOld: 5,
    errors.LoginPage: 5,
    errors.ZooKeeperTrouble: 5,
    errors.BackupTrouble: 5,
    errors.NotRecorded: 5,
}


def test_no_error_is_without_a_status() -> None:
    known = {
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, JanitorError) and kind not in (JanitorError, errors.Interrupted)
    }
    assert known == set(EXPECTED)


@pytest.mark.parametrize("kind", EXPECTED, ids=lambda kind: kind.__name__)
def test_status_of_each_error(kind: type[JanitorError]) -> None:
    assert kind.exit_status == EXPECTED[kind]


def test_every_status_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Exit)
    assert sorted(MEANINGS) == [0, 1, 3, 4, 5, 6, 10, 130, 143]
    assert exits.meaning(Exit.SIGINT) == "interrupted (Ctrl-C)"
    assert exits.meaning(Exit.CLEAN, "not-found") == "nothing that you named was found"


def _called(node: ast.expr) -> str:
    """The last part of a name: `status` of `outcome.status`, `Outcome` of `outcome.Outcome(...)`."""
    if isinstance(node, ast.Call):
        return _called(node.func)
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def literal_statuses(tree: ast.AST) -> Iterator[str]:
    """Where a number of the table stands for a status: compared, assigned, given, or the default of a field.

    What the types cannot find: an IntEnum compares with any number, and a class variable without a type takes one.
    """
    for node in ast.walk(tree):
        pairs: list[tuple[ast.expr | None, ast.expr | None]] = []
        if isinstance(node, ast.Compare):
            pairs = [(node.left, one) for one in node.comparators]
        elif isinstance(node, ast.Assign):
            pairs = [(target, node.value) for target in node.targets]
        elif isinstance(node, ast.AnnAssign):
            pairs = [(node.target, node.value)]
        elif isinstance(node, ast.Call):
            pairs = [(ast.Name(given.arg or ""), given.value) for given in node.keywords]
        for name, value in pairs:
            if name is None or value is None or _called(name) not in ("status", "exit_status"):
                continue
            for one in ast.walk(value):
                if isinstance(one, ast.Constant) and type(one.value) is int and one.value in {*Exit}:
                    yield f"line {one.lineno}: {ast.unparse(node)}"


def test_a_number_that_stands_for_a_status_is_found() -> None:
    code = "a.status == 6; status = 5 if x else 0; Outcome(status=1); e.exit_status not in (0, 10); s.status = 130"
    assert len([*literal_statuses(ast.parse(code))]) == 7
    assert [
        *literal_statuses(ast.parse("reply.status == 404; status = Exit.FAILED; most = 5; Reply(status=200)"))
    ] == []


def test_no_status_is_written_as_a_number() -> None:
    found = {name: [*literal_statuses(tree)] for name, tree in TREES if room(name) != "sandbox"}
    assert {name: lines for name, lines in found.items() if lines} == {}
