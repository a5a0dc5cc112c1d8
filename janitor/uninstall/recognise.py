"""Which service is meant, which frameworks are its own, and what is not forgotten of it when it goes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from janitor.errors import UsageError
from janitor.mesos.cluster import Framework, Unknown
from janitor.message import do
from janitor.uninstall.memory import Memory
from janitor.uninstall.seen import Seen
from janitor.uninstall.service import Service, identify, is_uninstalling
from janitor.uninstall.situation import Choice
from janitor.words import called, listed, own_command


@dataclass(frozen=True, slots=True)
class Recognised:
    """The service, its registered frameworks, and those of its name that came later: another service's."""

    service: Service
    frameworks: tuple[Framework, ...]
    strangers: tuple[Framework, ...]


def recognise(seen: Seen, memory: Memory) -> Recognised:
    """The service, with all that was known of it before.

    Its own frameworks are those of the first look; a leader that is younger than a minute may not know them yet (rule
    O2). Raises UsageError when nothing tells which service, or which framework, is meant.
    """
    service = _identified(seen)
    named = _registered(service, seen.snapshot.frameworks)
    own = memory.own
    if not memory.settled:
        own |= frozenset(framework.id for framework in _meant(named, service, seen))
    ours = tuple(framework for framework in named if framework.id in own)
    strangers = tuple(framework for framework in named if framework.id not in own)
    if strangers:
        service = _identified(seen, later=frozenset(framework.id for framework in strangers))
    return Recognised(_with_what_was_known(service, memory.service), ours, strangers)


def to_be_told_apart(seen: Seen, memory: Memory) -> Service | None:
    """The service whose scheduler has to say which framework is its own; None where that is known, or it cannot.

    Raises UsageError as `identify` does.
    """
    if memory.settled:
        return None
    service = _identified(seen)
    if service.app is None or is_uninstalling(service.app):
        return None
    return service if len(_registered(service, seen.snapshot.frameworks)) > 1 else None


def places_of(service: Service, memory: Memory, choice: Choice) -> tuple[str, ...]:
    """The znodes to look at, the likeliest first. What the operator names goes first, then the one that was found."""
    if choice.no_znode:
        return ()
    settled = choice.znode if choice.znode is not None else memory.place
    places = (settled,) if settled is not None else service.places or (service.znode,)
    return tuple(place.strip("/") for place in places)


def _identified(seen: Seen, later: frozenset[str] = frozenset()) -> Service:
    return identify(seen.name, seen.apps, seen.snapshot.frameworks, seen.reserved, later=later)


def _registered(service: Service, frameworks: Iterable[Framework]) -> list[Framework]:
    return [one for one in frameworks if one.id in service.framework_ids and not one.completed]


def _meant(named: list[Framework], service: Service, seen: Seen) -> list[Framework]:
    """The frameworks that are meant. Of several, the one that its scheduler says is its own.

    Raises UsageError when nothing tells which is meant.
    """
    if len(named) <= 1:
        return named
    told = None if isinstance(seen.claimed, Unknown) else seen.claimed
    meant = [one for one in named if one.id == told] or [one for one in named if one.active]
    if len(meant) == 1 and service.app is not None:
        return meant
    ids = listed((f"{one.id} ({'active' if one.active else 'inactive'})" for one in named), 20)
    raise UsageError(
        f"{len(named)} frameworks are named {called(service.name)}: {ids}.",
        remedy=do("Shut down those that are over, one by one:", own_command(seen.reach, "service", "shutdown", "ID")),
    )


def _with_what_was_known(seen: Service, before: Service | None) -> Service:
    """What its app and its framework told is not forgotten when they go."""
    if before is None:
        return seen
    ids = (before.framework_ids | seen.framework_ids) - seen.marks.others
    principals = tuple(dict.fromkeys([*before.principals, *seen.principals]))
    marks = replace(
        seen.marks,
        framework_ids=ids,
        principals=frozenset(principals),
        shared=before.marks.shared | seen.marks.shared,
        roles=before.marks.roles | seen.marks.roles,
    )
    gone = seen.app is None
    return replace(
        seen,
        name=before.name,
        known_from=before.known_from if gone else seen.known_from,
        framework_ids=ids,
        roles=tuple(dict.fromkeys([*before.roles, *seen.roles])),
        principals=principals,
        marks=replace(marks, name=before.name),
        places=before.places if gone else seen.places,
        place_told=before.place_told or seen.place_told,
        znode=before.znode if gone else seen.znode,
    )
