"""A phase or a step by its name, its id, or the first characters of its id."""

from __future__ import annotations

import pytest

from janitor.dcos.elements import called_as, find
from janitor.dcos.scheduler import Step
from janitor.errors import UsageError

A, B = "0c1d2e3f-1111-2222-3333-444455556666", "0c1d2e3f-9999-2222-3333-444455556666"
STEPS = (
    Step(id="aaaa1111", name="node-10", status="PENDING"),
    Step(id="aaaa2222", name="aaaa", status="PENDING"),
    Step(id="bbbb3333", name=f"unreserve-{A}", status="PENDING"),
    Step(id="cccc4444", name=f"unreserve-{B}", status="PENDING"),
)


@pytest.mark.parametrize(
    "word, id",
    [("node-10", "aaaa1111"), ("bbbb3333", "bbbb3333"), ("bbbb", "bbbb3333"), ("aaaa1", "aaaa1111"),
     ("aaaa", "aaaa2222"), (f"unreserve-{A}"[:-9], "bbbb3333")],
)  # fmt: skip
def test_found(word: str, id: str) -> None:
    assert find("step", word, STEPS, "Phase p").id == id


@pytest.mark.parametrize("word", ["node-1", "bbb", "unreserve-", "unreserve-0c1", "nothing"])
def test_what_is_short_for_nothing(word: str) -> None:
    with pytest.raises(UsageError, match=f"Phase p has no step {word}") as caught:
        find("step", word, STEPS, "Phase p")
    assert "node-10" in str(caught.value.remedy)


def test_several_are_listed() -> None:
    with pytest.raises(UsageError, match="Phase p has 2 steps that begin with unreserve-0c1d") as caught:
        find("step", "unreserve-0c1d", STEPS, "Phase p")
    assert caught.value.remedy == f"Which one: unreserve-{A} (bbbb3333), unreserve-{B} (cccc4444)"


def test_messages_name_it_as_it_was_typed_or_by_its_name() -> None:
    assert [called_as(word, STEPS[0]) for word in ("node-10", "aaaa1111", "aaaa1")] == [
        "node-10",
        "aaaa1111",
        "node-10",
    ]
