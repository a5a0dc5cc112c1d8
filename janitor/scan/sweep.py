"""Removing everything that is abandoned, holding by holding, with the engine of the clean-up and all its checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Protocol

from janitor.cleanup.job import Job
from janitor.cleanup.outcome import Outcome
from janitor.errors import Bug, Interrupted, JanitorError, UsageError
from janitor.events import Told, View
from janitor.exits import Exit
from janitor.holdings.naming import plain, service_of_znode, written
from janitor.holdings.verdict import Verdict
from janitor.mesos.roles import service_of
from janitor.message import Again, Message
from janitor.scan import gather as gathering
from janitor.scan.report import REMOVED_BY_SWEEP, Found, Scan, not_reserved, scan, takes, there_are
from janitor.words import called, command, own_command


class Site(gathering.Site, Protocol):
    """A cluster that can be cleaned up."""

    def clean(self, job: Job) -> Outcome:
        """The drop-in's clean-up. Raises JanitorError only for what is wrong before there is an outcome."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be removed.

    znodes    znodes without any reservation, too
    role      only roles that this shell pattern matches
    service   only this service
    protect   shell patterns of roles and services that stay, whatever else is said; each has to match something
    protect_always   the same, of a list for every cluster: one that matches nothing here is no mistake
    backup    the directory in which each znode is saved before it is deleted, a file for each; None for nowhere
    """

    znodes: bool = False
    role: str | None = None
    service: str | None = None
    protect: tuple[str, ...] = ()
    protect_always: tuple[str, ...] = ()
    backup: str | None = None


@dataclass(frozen=True, slots=True)
class Swept:
    """One holding that was to go, and what came of it. No outcome: nothing was tried, and `why` says why not."""

    found: Found
    outcome: Outcome | None = None
    why: str = ""

    @property
    def gone(self) -> bool:
        """Whether it is removed, and proven gone."""
        return self.outcome is not None and self.outcome.status == Exit.CLEAN


@dataclass(frozen=True, slots=True)
class Sweep:
    """How a sweep ended.

    scan        what was seen before anything was removed
    chosen      what was to go, in order
    protected   what would have gone, and stays since it is protected
    swept       what came of each; empty after a dry run
    notices     what was named and matches nothing, or nothing that may go
    stopped     what ended it early: a surprise, an error, a signal; "" for nothing; a Message where it has a reason
    signal      the status of the signal that ended it; None where none did
    backup      the directory in which each znode is saved first; None for nowhere
    """

    scan: Scan
    chosen: tuple[Found, ...]
    protected: tuple[Found, ...]
    swept: tuple[Swept, ...] = ()
    notices: tuple[str, ...] = ()
    stopped: str = ""
    dry_run: bool = False
    signal: Exit | None = None
    backup: str | None = None

    @property
    def status(self) -> Exit:
        """FAILED when anything stayed that was to go; a signal's own when one ended it."""
        if self.signal is not None:
            return self.signal
        stayed = bool(self.stopped) or not all(one.gone for one in self.swept)
        return Exit.FAILED if stayed else Exit.CLEAN


def sweep(
    site: Site,
    choice: Choice,
    view: View,
    confirm: Callable[[Sequence[Found]], None],
    reach: tuple[str, ...] = (),
    *,
    dry_run: bool = False,
) -> Sweep:
    """Scan, show, ask, and remove one holding after the other.

    confirm: raises when it is not confirmed; it gets what would go. reach: the options that name the cluster.
    It stops at the first surprise: what was shown has changed. One that cannot be proven gone stops no other.
    Raises UsageError for a pattern of `protect` that matches nothing, before anything is written, and JanitorError when
    Mesos cannot be read.
    """
    before = scan(gathering.gather(site, view))
    chosen, protected = choose(before, choice)
    notices = tuple(unmatched(before, choice))
    begun = Sweep(before, chosen, protected, notices=notices, dry_run=dry_run, backup=choice.backup)
    if not chosen or dry_run:
        return begun
    confirm(chosen)
    done: list[Swept] = []
    stopped = ""
    signal: Exit | None = None
    try:
        for number, found in enumerate(chosen):
            now = scan(gathering.gather(site, view))
            stopped = surprised(chosen[number:], now)
            if stopped:
                break
            view(Told(f"Removing {name_of(found)} ({number + 1} of {len(chosen)})"))
            outcome = site.clean(_job(found, now, reach, choice.backup)).whole(partial(_alone, found, reach))
            done.append(Swept(found, outcome))
            if outcome.status in (Exit.SIGINT, Exit.SIGTERM) and outcome.error is not None:
                stopped, signal = outcome.error[0], outcome.status
                break
            if outcome.blocked:
                stopped = Message(f"{name_of(found)} is kept.", outcome.blocked[0].message)
                break
    except Interrupted as error:  # what was removed until then is told
        stopped, signal = error.message, error.exit_status
    except JanitorError as error:
        stopped = error.message
    except Exception as error:
        stopped = Bug(error).message
    rest = tuple(Swept(found, why="not tried, since the sweep had stopped") for found in chosen[len(done) :])
    return replace(begun, swept=(*done, *rest), stopped=stopped, signal=signal)


def _alone(found: Found, reach: tuple[str, ...], again: Again) -> str:
    """The clean-up of one holding, as a command of its own."""
    return own_command((*reach, *again.more), *found.command)


def choose(seen: Scan, choice: Choice) -> tuple[tuple[Found, ...], tuple[Found, ...]]:
    """What goes, and what is protected from it. Raises UsageError for a pattern that protects nothing at all."""
    for pattern in choice.protect:
        if not any(_matches(found, pattern) for found in seen.found):
            raise UsageError(
                f"{command('--protect', pattern)} matches no role and no service, so that it protects nothing.",
                remedy=f"Is it mistyped? {there_are(pattern, _every_name(seen))}",
            )
    verdicts = REMOVED_BY_SWEEP if choice.znodes else {Verdict.ABANDONED}
    meant = [found for found in seen.found if found.removal is not None and found.verdict in verdicts]
    meant = [found for found in meant if _is_meant(found, choice)]
    patterns = (*choice.protect, *choice.protect_always)
    safe = [found for found in meant if any(_matches(found, pattern) for pattern in patterns)]
    return tuple(found for found in meant if found not in safe), tuple(safe)


def unmatched(seen: Scan, choice: Choice) -> Iterator[str]:
    """What of --role and --only-service matches nothing, or nothing that may go, in words.

    It is no error, since a second run finds nothing more of what the first one removed (rule S4).
    """
    if choice.role is not None:
        yield from not_reserved(choice.role, seen.found)
    if choice.service is None:
        return
    of_it = [found for found in seen.found if _is_meant(found, Choice(service=choice.service))]
    if not of_it:
        names = {written(found.judgement.service) for found in seen.found if found.judgement.service}
        yield f"Nothing is held by a service {called(choice.service)}. {there_are(choice.service, names)}"
    for found in of_it:
        if found.verdict is Verdict.ZNODE_ONLY and not choice.znodes:
            yield f"{name_of(found)} stays. With --znodes it is removed, too."
        elif found.removal is None:
            verdict = found.verdict.value.replace("_", " ")
            why = found.judgement.missing or found.judgement.evidence
            yield f"{name_of(found)} stays, since it is {verdict}: {' '.join(why)}"


def _is_meant(found: Found, choice: Choice) -> bool:
    """Whether it is of the role and of the service that were named."""
    if choice.role is not None and not (found.role and fnmatchcase(found.role, choice.role)):
        return False
    return choice.service is None or plain(found.judgement.service or "") == plain(choice.service)


def _every_name(seen: Scan) -> frozenset[str]:
    return frozenset(name for found in seen.found for name in _names(found))


def surprised(expected: Iterable[Found], now: Scan) -> str:
    """What changed since the list was shown, in words; "" for nothing. More is a change, and so is less."""
    there = {found.identity: found for found in now.found}
    for found in expected:
        again = there.get(found.identity)
        if again is None:
            return Message(f"{name_of(found)} is gone.", "somebody else removes things at this moment")
        if again.verdict is not found.verdict:
            verdict = again.verdict.value.replace("_", " ")
            why = again.judgement.missing or again.judgement.evidence
            return Message(f"{name_of(found)} is {verdict} by now.", " ".join(why))
        before = found.holding.shares if found.holding is not None else ()
        if (again.holding.shares if again.holding is not None else ()) != before:
            return f"{name_of(found)} does not hold what was shown any more, or holds it on other agents."
        for other in now.found:
            taken = other.holding is not None and found.removal is not None and takes(found.removal, other.holding)
            if taken and other.identity != found.identity:
                return Message(f"{name_of(other)} is new.", f"the clean-up of {name_of(found)} would remove it, too")
    return ""


def name_of(found: Found) -> str:
    """What a line of a scan is called in a sentence."""
    if found.holding is None:
        return f"znode {called(found.judgement.znode.path)}" if found.judgement.znode is not None else "a znode"
    by = f" by {called(found.holding.principal)}" if found.holding.principal else ""
    return f"role {called(found.role)}{by}"


def _names(found: Found) -> tuple[str, ...]:
    """All that a person may call it by: its role, its service in each spelling, and its znode."""
    service, znode = found.judgement.service or "", found.judgement.znode
    names = [found.role, service, plain(service), service_of(found.role) or ""]
    names += [znode.path, service_of_znode(znode.path) or ""] if znode is not None else []
    return tuple(dict.fromkeys(name.strip("/") for name in names if name))


def _matches(found: Found, pattern: str) -> bool:
    return any(fnmatchcase(name, pattern.strip("/")) for name in _names(found))


def _job(found: Found, now: Scan, reach: tuple[str, ...], backup: str | None) -> Job:
    """The clean-up of it. The znode stays while something else of its service is there, protected or not chosen."""
    removal = found.removal
    assert removal is not None, "only what may be removed is chosen"
    path = found.judgement.znode.path if found.judgement.znode is not None else None
    if any(
        one.identity != found.identity and one.judgement.znode and one.judgement.znode.path == path for one in now.found
    ):
        removal = replace(removal, znode=None)
    return replace(removal, reach=reach, backup=backup)
