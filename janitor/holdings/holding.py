"""Holdings: what one owner holds, over all agents. Every reserved item of every agent is in exactly one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

from janitor.errors import Unreadable
from janitor.holdings.amounts import Amounts, Tally, total
from janitor.holdings.owners import FRAMEWORK_LABELS, MARATHON_TASK, Owner, naming_label, only_ones
from janitor.mesos.cluster import Agent
from janitor.mesos.resources import RESOURCE_ID, Kind, Resource

_Shown: TypeAlias = tuple[Agent, str, tuple[Resource, ...]]
"""An agent, a role, and what is reserved for it there."""

_NOBODY: Mapping[int, str] = {}

MOST_TASKS = 100
"""Ids of Marathon's tasks that a holding keeps: they only tell the names of its apps."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a holding has on one agent. `served`: the agent answers."""

    agent_id: str
    host: str
    served: bool
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class Reserved:
    """What of a holding says the same of its owner, and how many items: all name one framework, or they name none.

    label: the key of the label that names the framework; sdk: some have the label of the SDK's reservations.
    """

    role: str
    principal: str | None
    framework_id: str | None
    items: int
    label: str = FRAMEWORK_LABELS[0]
    sdk: bool = False


@dataclass(frozen=True)
class Holding:
    """What one owner holds.

    role           the top of the reservation stack
    principal      who reserved it, None where nobody is named
    framework_id   the framework that the reservations name in a label, None where they name none
    label          the key of that label: `framework_id`, or Marathon's `marathon_framework_id`
    dynamic        it was reserved at run time; else an agent's own configuration holds it
    parts          what names the framework, and what names none and joined it (rule O3)
    tasks          ids of Marathon's tasks that it was reserved for, some of them where there are very many
    shares         by agent, sorted by its id
    holders        ids of registered frameworks that hold some of it by its mark, as far as that is told
    """

    role: str
    principal: str | None
    framework_id: str | None
    label: str
    dynamic: bool
    parts: tuple[Reserved, ...]
    tasks: frozenset[str]
    shares: tuple[Share, ...]
    holders: frozenset[str] = frozenset()

    @property
    def labelled(self) -> bool:
        """Whether every reservation of it names its framework; else some name none, and joined it."""
        return all(part.framework_id is not None for part in self.parts)

    @property
    def sdk(self) -> bool:
        """Whether reservations of it have the label of the SDK."""
        return any(part.sdk for part in self.parts)

    @property
    def owner(self) -> Owner:
        """Who reserved it: the framework, where one is named."""
        return Owner(self.framework_id, self.principal if self.framework_id is None else None)

    @cached_property
    def amounts(self) -> Amounts:
        """All of it together; worked out once, since ten thousand agents may have a share."""
        return total(share.amounts for share in self.shares)

    @property
    def removable(self) -> int:
        """How many items a clean-up can ask for: of what agents' own configuration reserves the volumes (rule S1)."""
        return self.amounts.items if self.dynamic else self.amounts.volumes

    @property
    def away(self) -> tuple[Share, ...]:
        """What is on agents that do not answer."""
        return tuple(share for share in self.shares if not share.served)


class Key(NamedTuple):
    """Whose an item is. One is made for every item, and a tuple is the quickest of values."""

    role: str
    principal: str | None
    dynamic: bool
    framework_id: str | None = None
    label: str = FRAMEWORK_LABELS[0]


class _Pile:
    """What is found of one owner while the agents are read."""

    __slots__ = ("by_agent", "holders", "sdk", "tasks")

    def __init__(self) -> None:
        self.by_agent: dict[str, Tally] = {}
        self.sdk = False
        self.tasks: set[str] = set()
        self.holders: set[str] = set()

    def add(self, agent_id: str, item: Resource, held: Mapping[int, str]) -> None:
        tally = self.by_agent.get(agent_id)
        if tally is None:
            tally = self.by_agent[agent_id] = Tally()
        tally.add(item)
        top = item.kind.stack[-1] if item.kind.stack else None
        if top is None:
            return
        self.sdk = self.sdk or top.label(RESOURCE_ID) is not None
        if not self.sdk and len(self.tasks) < MOST_TASKS and (task := top.label(MARATHON_TASK)):
            self.tasks.add(task)
        if held:
            self.holders.update(held[mark] for mark in item_marks(item) if mark in held)


def item_marks(item: Resource) -> tuple[int, ...]:
    """Hashes of what tells this item from others, whoever shows it: its resource_id, and its volume in its role."""
    return marks_of(item.kind, () if item.volume_id is None else (item.volume_id,))


def marks_of(kind: Kind, volumes: Iterable[str]) -> tuple[int, ...]:
    """The same of all items of one kind. volumes: the ids of the persistent volumes among them."""
    top = kind.stack[-1] if kind.stack else None
    if top is None:
        return ()
    resource_id = top.label(RESOURCE_ID)
    of_volumes = tuple([hash(("volume", top.role, volume)) for volume in volumes])
    return of_volumes if resource_id is None else (hash((RESOURCE_ID, resource_id)), *of_volumes)


@dataclass(frozen=True, slots=True)
class Unread:
    """What of an agent cannot be read (rule L4): one role, or, where that is None, all that is reserved there."""

    agent: Agent
    role: str | None
    why: str


def holdings(agents: Iterable[Agent]) -> tuple[Holding, ...]:
    """Every holding of the cluster, as `readable_holdings` gives them.

    Raises Unreadable for an agent whose items cannot be read (rule L4).
    """

    def must_be_read() -> Iterator[_Shown]:
        for agent in agents:
            for role, items in agent.by_role():
                if isinstance(items, Unreadable):
                    raise items
                yield agent, role, items

    return _of_items(must_be_read(), _NOBODY)


def readable_holdings(
    agents: Iterable[Agent], held: Mapping[int, str] = _NOBODY
) -> tuple[tuple[Holding, ...], tuple[Unread, ...]]:
    """Every holding of the cluster, sorted by role, principal and framework; and what cannot be read.

    held: mark of an item -> the framework that holds it. Reservations that name no framework belong to the one
    framework that the same principal names in the same role, if there is exactly one (rule O3).
    """
    unread: list[Unread] = []

    def shown() -> Iterator[_Shown]:
        for agent in agents:
            try:
                for role, items in agent.by_role():
                    if isinstance(items, Unreadable):
                        unread.append(Unread(agent, role, items.message))
                    else:
                        yield agent, role, items
            except Unreadable as error:
                unread.append(Unread(agent, None, error.message))

    return _of_items(shown(), held), tuple(unread)


def unread_holding(role: str, unread: Iterable[Unread]) -> Holding:
    """What is there of a role, and cannot be read: nobody knows how much, or whose it is."""
    shares = (Share(one.agent.id, one.agent.host, one.agent.served, Amounts()) for one in unread)
    return Holding(role, None, None, FRAMEWORK_LABELS[0], True, (), frozenset(), tuple(shares))


def holdings_of_role(agents: Iterable[Agent], role: str) -> tuple[Holding, ...]:
    """The same of one role alone. What an agent shows of it and cannot be read is no evidence of anything (rule L4)."""
    return _of_items(((agent, role, readable(agent, role)) for agent in agents), _NOBODY)


def readable(agent: Agent, role: str) -> tuple[Resource, ...]:
    """What an agent shows of a role; nothing where that cannot be read, which is no evidence of anything (rule L4)."""
    try:
        return agent.resources(role)
    except Unreadable:
        return ()


def _of_items(shown: Iterable[_Shown], held: Mapping[int, str]) -> tuple[Holding, ...]:
    by_id: dict[str, Agent] = {}
    piles: dict[Key, _Pile] = {}
    for agent, role, items in shown:
        by_id[agent.id] = agent
        for item in items:
            key = key_of(role, item)
            pile = piles.get(key)
            if pile is None:
                pile = piles[key] = _Pile()
            pile.add(agent.id, item, held)
    return tuple(
        sorted(
            (_holding(key, members, by_id) for key, members in _joined(piles).items()),
            key=lambda one: (one.role, one.principal or "", one.framework_id or "", one.dynamic),
        )
    )


def key_of(role: str, item: Resource) -> Key:
    kind: Kind = item.kind
    top = kind.stack[-1] if kind.stack else None
    dynamic = top is not None and top.type == "DYNAMIC"
    principal = top.principal if top is not None and dynamic else kind.principal
    named = naming_label(kind)
    if named is None:
        return Key(role, principal, dynamic)
    return Key(role, principal, dynamic, named[1], named[0])


def _joined(piles: Mapping[Key, _Pile]) -> dict[Key, dict[Key, _Pile]]:
    """The piles of one owner together: those without a framework beside those of the only one that is named."""
    only = only_ones(((key.role, key.principal), key) for key in piles if key.framework_id is not None and key.dynamic)
    found: dict[Key, dict[Key, _Pile]] = {}
    for key, pile in piles.items():
        joins = key.framework_id is None and key.dynamic
        owner = only.get((key.role, key.principal), key) if joins else key
        found.setdefault(owner, {})[key] = pile
    return found


def _holding(key: Key, by_key: Mapping[Key, _Pile], agents: Mapping[str, Agent]) -> Holding:
    piles = by_key.values()
    ids = sorted({agent_id for pile in piles for agent_id in pile.by_agent})
    shares = [
        Share(
            agent_id,
            agents[agent_id].host,
            agents[agent_id].served,
            total(pile.by_agent[agent_id].amounts() for pile in piles if agent_id in pile.by_agent),
        )
        for agent_id in ids
    ]
    return Holding(
        role=key.role,
        principal=key.principal,
        framework_id=key.framework_id,
        label=key.label,
        dynamic=key.dynamic,
        parts=tuple(_part(one, by_key[one]) for one in sorted(by_key, key=lambda one: one.framework_id or "")),
        tasks=frozenset(task for pile in piles for task in pile.tasks),
        shares=tuple(shares),
        holders=frozenset(one for pile in piles for one in pile.holders),
    )


def _part(key: Key, pile: _Pile) -> Reserved:
    items = sum(tally.items for tally in pile.by_agent.values())
    return Reserved(key.role, key.principal, key.framework_id, items, key.label, pile.sdk)
