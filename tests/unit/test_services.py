"""Which reservations are a service's: by framework, by role, by principal, in all roles."""

from __future__ import annotations

import pytest

from janitor.holdings.holding import Reserved
from janitor.holdings.services import Marks, marks_of, reservations
from tests.unit.builders import agent, framework, reserved, static

OURS = framework("F1", "old", "team01", principal="account", ended=600.0)
LIVING = framework("F2", "neighbour", "team01", principal="neighbour-principal")
SAME_ACCOUNT = framework("F3", "third", "team01", principal="account")


def marks(*others: object, principals: tuple[str, ...] = ("account",)) -> Marks:
    return marks_of("team01/old", [OURS], [OURS, *others], principals, frozenset())  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("held", "its"),
    [
        (Reserved("team01", "account", "F1", 1), True),
        (Reserved("anything", "whoever", "F1", 1, "marathon_framework_id"), True),
        (Reserved("team01", "account", None, 1), True),
        (Reserved("team01", "account", "forgotten", 1), True),
        (Reserved("team01", "account", "F2", 1), False),
        (Reserved("team01", "neighbour-principal", None, 1), False),
        (Reserved("team01", None, None, 1), False),
        (Reserved("another-role", "account", None, 1), False),
        (Reserved("team01__old-role", "whoever", None, 1), True),
        (Reserved("slave_public/team01__old-role", "whoever", "forgotten", 1), True),
        (Reserved("team01__old-role", "whoever", "F2", 1), False),
    ],
)
def test_whose_they_are(held: Reserved, its: bool) -> None:
    assert marks(LIVING).hold(held) is its


def test_a_principal_of_several_tells_nothing() -> None:
    """What names its framework is told apart all the same; the rest is nobody's to remove, and is named."""
    several = marks(SAME_ACCOUNT)
    nameless = Reserved("team01", "account", None, 3)
    assert (several.hold(nameless), several.untold(nameless)) == (False, True)
    named = Reserved("team01", "account", "F1", 3)
    assert (several.hold(named), several.untold(named)) == (True, False)
    assert not marks(LIVING).untold(nameless)


def test_a_role_of_another_name_is_its_own_where_its_framework_has_it() -> None:
    """FRAMEWORK_ROLE or SERVICE_ROLE may be `data-role`: there, the principal tells, and no name."""
    ended = framework("F1", "kafka", "data-role", principal="account", ended=600.0)
    its = marks_of("kafka", [ended], [ended, LIVING], ("account",), frozenset(), ["data-role"])
    for held, own in (
        (Reserved("data-role", "account", None, 1), True),
        (Reserved("data-role", "neighbour-principal", None, 1), False),
        (Reserved("data-role", "account", "F2", 1), False),
        (Reserved("other-role", "account", None, 1), False),
    ):
        assert its.hold(held) is own, held
    several = marks_of("kafka", [ended], [ended, SAME_ACCOUNT], ("account",), frozenset(), ["data-role"])
    nameless = Reserved("data-role", "account", None, 1)
    assert (several.hold(nameless), several.untold(nameless)) == (False, True)


def test_what_names_neither_a_framework_nor_a_principal_in_its_role_is_told() -> None:
    its = marks_of("team01/old", [OURS], [OURS], ("account",), frozenset(), ["team01", "slave_public"])
    told = [Reserved(role, None, None, 1) for role in ("team01", "slave_public", "other", "kafka-role")]
    assert [its.untold(held) for held in told] == [True, False, False, False]
    assert not any(its.hold(held) for held in told)


def test_reservations_are_counted_by_what_tells_whose_they_are() -> None:
    items = [
        reserved("cpus", 1.0, role="r", principal="p", labels={"framework_id": "F", "resource_id": "1"}),
        reserved("mem", 1.0, role="r", principal="p", labels={"framework_id": "F", "resource_id": "2"}),
        reserved("cpus", 2.0, role="r", principal="p", labels={"marathon_framework_id": "M", "marathon_task_id": "t"}),
        reserved("cpus", 3.0, role="s", principal="q"),
        static("mem", 3.0, role="s"),
    ]
    assert set(reservations([agent("S1", *items)])) == {
        Reserved("r", "p", "F", 2, "framework_id", True),
        Reserved("r", "p", "M", 1, "marathon_framework_id", False),
        Reserved("s", "q", None, 1, "framework_id", False),
    }
