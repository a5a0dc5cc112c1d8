"""A small world in which decided work is done, lost, refused or undone: agents, and a master's view of them.

Written from what masters and agents were seen to do: a 202 changes the master's view at once, and the agent later; a
message that is lost comes back with the agent; operations are all or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from janitor.mesos.cluster import Agent, Operation, OwnState, Roll, Snapshot
from janitor.mesos.resources import Resource
from tests.unit.builders import WITH_FEEDBACK, Item, agent, operation, own_state, snapshot

Fate = Literal["done", "lost", "refused", "done, unheard", "not done, unheard"]


@dataclass(frozen=True)
class Reply:
    """What a master answers to a write."""

    status: int
    text: str


class NoReply(Exception):
    """The connection was lost before an answer came."""


@dataclass
class Place:
    """One agent: what it has (`truth`), what the master believes it has (`view`), and how it is connected."""

    id: str
    truth: list[Item]
    view: list[Item]
    state: Literal["active", "disconnected", "unreachable", "recovered", "gone"] = "active"
    capabilities: frozenset[str] = WITH_FEEDBACK
    under_way: list[tuple[str, list[Item]]] = field(default_factory=list)

    def register(self) -> None:
        """The agent comes (back): the master believes what it says, and drops what was under way."""
        self.state, self.view, self.under_way = "active", list(self.truth), []

    def shown(self) -> Agent:
        return agent(self.id, *self.view, active=self.state == "active", capabilities=self.capabilities)


@dataclass
class World:
    """A master and its agents. `tells` says whether the master has GET_OPERATIONS."""

    places: dict[str, Place]
    tells: bool = True
    fates: list[Fate] = field(default_factory=list)
    sent: list[Item] = field(default_factory=list)

    def snapshot(self) -> Snapshot:
        listed = [one for one in self.places.values() if one.state in ("active", "disconnected")]
        pending: list[Operation] | None = None
        if self.tells:
            pending = [
                operation(one.id, *items, type=type)
                for one in listed
                if one.capabilities == WITH_FEEDBACK
                for type, items in one.under_way
            ]
        own: dict[str, OwnState] = {one.id: own_state(*one.truth) for one in listed if one.state == "active"}
        return snapshot(
            *(one.shown() for one in listed),
            recovered=[one.id for one in self.places.values() if one.state == "recovered"],
            pending=pending,
            own=own,
            roll=Roll(
                admitted=frozenset(one.id for one in listed),
                unreachable=frozenset(one.id for one in self.places.values() if one.state == "unreachable"),
                gone=frozenset(one.id for one in self.places.values() if one.state == "gone"),
            ),
        )

    # --- the two writes, as a master takes them ----------

    def destroy_volumes(self, agent_id: str, volumes: Sequence[Resource]) -> Reply:
        return self._write("DESTROY", agent_id, [json.loads(item.raw) for item in volumes])

    def unreserve(self, agent_id: str, items: Sequence[Resource]) -> Reply:
        return self._write("UNRESERVE", agent_id, [json.loads(item.released()) for item in items])

    def _write(self, type: str, agent_id: str, wanted: list[dict[str, object]]) -> Reply:
        _refuse_what_rule_d2_forbids(wanted)
        place = self.places[agent_id]
        assert place.state == "active", f"a write to {agent_id}, which does not answer (rule D3)"
        fate = self.fates.pop(0) if self.fates else "done"
        if fate == "not done, unheard":
            raise NoReply
        if fate == "refused":
            return Reply(409, "{} does not contain what was asked for")
        change = _destroyed if type == "DESTROY" else _unreserved
        try:
            after, touched = change(place.view, wanted)
        except LookupError as error:
            return Reply(409 if type == "UNRESERVE" else 400, str(error))
        self.sent += touched
        place.view = after
        if fate == "lost" or place.under_way:  # messages stay in order: what follows a lost one does not arrive either
            place.under_way.append((type, touched))
        else:
            place.truth, _ = change(place.truth, wanted)
        if fate == "done, unheard":
            raise NoReply
        return Reply(202, "")


def _refuse_what_rule_d2_forbids(wanted: list[dict[str, object]]) -> None:
    assert wanted, "an empty list"
    assert len({json.dumps(item.get("provider_id")) for item in wanted}) == 1, "two providers"
    for item in wanted:
        assert "allocation_info" not in item
        scalar = item["scalar"]
        assert isinstance(scalar, dict)
        assert scalar["value"] > 0, "an item without a value: it kills the master"


def _destroyed(items: list[Item], wanted: list[dict[str, object]]) -> tuple[list[Item], list[Item]]:
    """The items after these volumes are gone. Raises LookupError when one of them is not there."""
    after, touched = list(items), []
    for shown in wanted:
        found = next((item for item in after if json.loads(item.json()) == shown and item.volume is not None), None)
        if found is None:
            raise LookupError("Invalid DESTROY operation: Persistent volumes not found")
        after.remove(found)
        after.append(replace(found, volume=None, volume_principal=None, shared=False))
        touched.append(found)
    return _merged(after), touched


def _unreserved(items: list[Item], wanted: list[dict[str, object]]) -> tuple[list[Item], list[Item]]:
    """The items after these amounts are taken off. Raises LookupError when they are not there."""
    after, touched = list(items), []
    for shown in wanted:
        scalar = shown["scalar"]
        assert isinstance(scalar, dict)
        amount = float(scalar["value"])
        found = next((item for item in after if item.volume is None and _same_kind(item, shown, amount)), None)
        if found is None:
            raise LookupError("{} does not contain what was asked for")
        assert found.stack[-1].type == "DYNAMIC", "not dynamically reserved"
        assert isinstance(found.value, float)
        after.remove(found)
        if found.value > amount:
            after.append(replace(found, value=found.value - amount))
        touched.append(found)
    return after, touched


def _same_kind(item: Item, shown: dict[str, object], amount: float) -> bool:
    assert isinstance(item.value, float)
    return item.value >= amount and json.loads(replace(item, value=amount).json()) == shown


def _merged(items: list[Item]) -> list[Item]:
    """As a master shows it: amounts without a volume that differ in nothing else are one item."""
    merged: list[Item] = []
    for item in items:
        same = next(
            (
                one
                for one in merged
                if one.volume is None and item.volume is None and replace(one, value=item.value) == item
            ),
            None,
        )
        if same is None:
            merged.append(item)
        else:
            assert isinstance(same.value, float)
            assert isinstance(item.value, float)
            merged[merged.index(same)] = replace(same, value=same.value + item.value)
    return merged
