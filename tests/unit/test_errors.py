"""The tree of errors: each class ends a command with a status of the table, whatever its server said."""

from __future__ import annotations

import inspect

import pytest

from janitor import errors, rules
from janitor.errors import Bug, HttpStatus, Interrupted, JanitorError, Refusal
from janitor.exits import Exit

CLASSES = [
    one
    for _, one in inspect.getmembers(errors, inspect.isclass)
    if issubclass(one, JanitorError) and one.__module__ == errors.__name__
]


def instance(kind: type[JanitorError]) -> JanitorError:
    if issubclass(kind, Interrupted):
        return kind(15)
    if issubclass(kind, Refusal):
        return kind("refused", rule=rules.O1)
    if issubclass(kind, HttpStatus):
        return kind("refused", status=403, body="403 Forbidden.", url="http://m/")
    if issubclass(kind, Bug):
        return kind(ZeroDivisionError("oops"))
    return kind("failed")


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_no_error_ends_a_command_well(kind: type[JanitorError]) -> None:
    assert instance(kind).exit_status in {*Exit} - {Exit.CLEAN, Exit.FOUND}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_error_is_drawn_in_the_tree_and_carries_its_message(kind: type[JanitorError]) -> None:
    assert kind.__name__ in (errors.__doc__ or "")
    assert instance(kind).message
    assert str(instance(kind)) == instance(kind).message


def test_the_status_of_an_answer_is_the_servers_own() -> None:
    error = instance(errors.Forbidden)
    assert isinstance(error, HttpStatus)
    assert (error.status, error.exit_status) == (403, Exit.FAILED)


@pytest.mark.parametrize(("signum", "status"), [(2, 130), (15, 143)])
def test_a_signal_ends_with_128_and_its_number(signum: int, status: int) -> None:
    assert Interrupted(signum).exit_status == status
