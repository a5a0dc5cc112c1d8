"""Names of roles (mesos: src/common/roles.cpp; rules S1, O3)."""

from __future__ import annotations

import pytest

from janitor.errors import UsageError
from janitor.mesos.roles import check_role, related, service_of


@pytest.mark.parametrize(
    "role", ["kafka-role", "*", "eng/front", "a__b__svc-role", "slave_public", "ü", "a.b", "a*b", ".a"]
)
def test_a_role_that_a_master_can_know_is_taken_as_it_is(role: str) -> None:
    assert check_role(role) == role


@pytest.mark.parametrize(
    "role",
    ["", "/a", "a/", "a//b", ".", "..", "a/..", "a/./b", "-a", "a/-b", "a b", "a\tb", "a\nb", "a\x7fb", "*/a", "a/*"],
)
def test_o5_an_invalid_role_is_a_usage_error_whatever_is_overridden(role: str) -> None:
    with pytest.raises(UsageError):
        check_role(role)


@pytest.mark.parametrize(
    ("one", "other", "refines"),
    [
        ("a", "a/b", True),
        ("a/b", "a", True),
        ("a", "a/b/c", True),
        ("a", "ab", False),
        ("a", "a", False),
        ("a/b", "a/c", False),
    ],
)
def test_s1_a_role_refines_another_by_whole_components(one: str, other: str, refines: bool) -> None:
    assert related(one, other) is refines


@pytest.mark.parametrize(
    ("role", "service"),
    [
        ("kafka-role", "kafka"),
        ("slave_public/kafka-role", "kafka"),
        ("a__b-role", "a__b"),
        ("-role", None),
        ("kafka", None),
        ("kafka-role/sub", None),
        ("*", None),
    ],
)
def test_o3_the_form_name_role(role: str, service: str | None) -> None:
    assert service_of(role) == service
