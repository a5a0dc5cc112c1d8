"""Which way a service is uninstalled, and why. Pure."""

from __future__ import annotations

from dataclasses import replace

from janitor.errors import UsageError
from janitor.uninstall.memory import Memory
from janitor.uninstall.seen import Seen
from janitor.uninstall.service import SDK_LABEL, Service
from janitor.uninstall.situation import Choice, Way
from janitor.words import own_command


def way_of(service: Service, seen: Seen, memory: Memory, choice: Choice) -> tuple[Way, str]:
    """(the way, why): settled at the first look, since on its way a service loses what told it.

    Raises UsageError for a way that it cannot go.
    """
    if memory.way is not None:
        return memory.way, memory.why_way
    package = choice.package or service.package
    fits, why = choose_way(service.uninstalls_itself, package is not None, seen.dcos)
    if choice.way == "legacy" and fits == "modern":
        manual = own_command(seen.reach, "uninstall", service.name, *replace(choice, way="manual").words)
        raise UsageError(
            f"--legacy: Cosmos would have the scheduler of {service.name} uninstall itself all the same: it "
            f"has the label {SDK_LABEL}.",
            remedy=f"Leave the option out, or go the manual way: {manual}",
        )
    return (fits, why) if choice.way is None else (choice.way, "you said so")


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
