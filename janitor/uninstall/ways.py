"""Which way a service is uninstalled, and why. Pure."""

from __future__ import annotations

from dataclasses import replace

from janitor.errors import UsageError
from janitor.message import Again, do
from janitor.uninstall.memory import Memory
from janitor.uninstall.seen import Seen
from janitor.uninstall.service import SDK_LABEL, Service
from janitor.uninstall.situation import Choice, Way
from janitor.words import Word, own_command


def way_of(service: Service, seen: Seen, memory: Memory, choice: Choice) -> tuple[Way, str]:
    """(the way, why). Raises UsageError for a way that it cannot go."""
    if memory.way is not None and not way_is_open(service, memory):
        return memory.way, memory.why_way
    package = choice.package or service.package
    fits, why = choose_way(service.uninstalls_itself, package is not None, seen.dcos)
    if choice.way == "legacy" and fits == "modern":
        manual = own_command(seen.reach, "uninstall", Word(service.name), *replace(choice, way="manual").words)
        raise UsageError(
            f"With --legacy, too, Cosmos lets the scheduler of {service.name} uninstall itself.",
            why=f"it has the label {SDK_LABEL}",
            remedy=do("Leave the option out:", Again(without=["--legacy"])).also("Or go the manual way:", manual),
        )
    return (fits, why) if choice.way is None else (choice.way, "you chose it")


def way_is_open(service: Service, memory: Memory) -> bool:
    """Whether the way is (still) to be chosen: by the first app that is seen, since later it loses what told it."""
    if memory.way is None or memory.service is None:
        return True
    comes = memory.service.app is None and service.app is not None
    return comes and not memory.done and not memory.end_seen


def choose_way(labelled: bool, has_package: bool, dcos: tuple[int, int] | None) -> tuple[Way, str]:
    """Which way fits, and why.

    labelled: the app carries the label that Cosmos goes by; dcos: (major, minor), None when that cannot be told.
    """
    if labelled and (dcos is None or dcos >= (1, 10)):
        return "modern", "its scheduler uninstalls itself (label DCOS_COMMONS_UNINSTALL)"
    if labelled and dcos is not None:
        return "legacy", f"DC/OS {dcos[0]}.{dcos[1]} cannot have a scheduler uninstall itself (1.10 and later can)"
    if has_package:
        return "legacy", "its package cannot uninstall itself (no label DCOS_COMMONS_UNINSTALL)"
    return "manual", "it is no package of Cosmos, or its app is gone"
