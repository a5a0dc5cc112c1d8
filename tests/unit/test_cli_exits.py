"""The table of exit statuses: every error has one, every one has a meaning."""

from __future__ import annotations

import inspect

import pytest

from janitor import errors
from janitor.cli import exits
from janitor.cli.exits import MEANINGS, Exit
from janitor.errors import JanitorError

# By hand, from the rules: the class, and what the process ends with.
EXPECTED: dict[type[JanitorError], int] = {
    errors.UsageError: 1,
    errors.BadUrl: 3,
    errors.LoginRefused: 4,
    errors.Refusal: 6,
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
    errors.TooOld: 5,
    errors.ZooKeeperTrouble: 5,
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
    error = kind.__new__(kind)
    JanitorError.__init__(error, "x")
    assert exits.of(error) == EXPECTED[kind]


def test_status_of_an_interruption() -> None:
    assert exits.of(errors.Interrupted(2)) == 130
    assert exits.of(errors.Interrupted(15)) == 143


def test_every_status_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Exit)
    assert sorted(MEANINGS) == [0, 1, 3, 4, 5, 6, 10, 130, 143]
    assert exits.meaning(130) == MEANINGS[Exit.SIGINT]
    assert exits.meaning(129) == "interrupted"
