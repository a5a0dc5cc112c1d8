"""A plan in a file: what a dry run saw, to be approved by somebody else and then applied exactly (rule S6)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec import Struct

import janitor
from janitor import rules
from janitor.cleanup import recorded
from janitor.cleanup.approved import Approved
from janitor.cleanup.job import Job
from janitor.cleanup.outcome import Outcome
from janitor.errors import JanitorError, Refusal, Trouble, UsageError
from janitor.exits import Exit
from janitor.journal import Pinned
from janitor.message import do
from janitor.namedfile import Reading, read_named
from janitor.records.log import user, utc_now
from janitor.rules import Override
from janitor.target import Target
from janitor.words import Word, called, command, foreign, own_command

LARGEST = 1 << 30
"""Bytes. Half a million reservations take some 200 MB."""

CLOCKS_DIFFER = 300.0
"""Seconds by which the clocks of two machines may differ."""

_SAVE_ANEW = "Do the dry run again with --save FILE, and have the new plan approved."


class SavedJob(Struct, forbid_unknown_fields=True):
    """What the clean-up was asked for."""

    role: str | None
    principal: str | None
    any_principal: bool
    labels: list[tuple[str, str]]
    znode: str | None
    overrides: list[Override]
    lost_agents: list[str]


class SavedCluster(Struct, forbid_unknown_fields=True):
    """The cluster: the URL by which it was named, and its name by the masters' own flag, null without one."""

    url: str
    name: str | None
    mesos_version: str


class SavedAgent(Struct, forbid_unknown_fields=True):
    """What goes from one agent."""

    agent_id: str
    host: str
    items: list[Pinned]


class SavedPlan(Struct, forbid_unknown_fields=True):
    """A plan: nothing goes but what is in it.

    saved   when, in UTC
    znode   the czxid of the znode's root: 0 where there was none, null where none was asked for
    nodes   how many znodes there were, null where they were not counted
    digest  of all the rest: it shows that the file was altered by mistake. It is no signature
    """

    janitor_plan: Literal[1]
    janitor: str
    saved: str
    user: str
    host: str
    cluster: SavedCluster
    job: SavedJob
    agents: list[SavedAgent]
    znode: int | None
    nodes: int | None
    digest: str = ""

    @property
    def right_digest(self) -> str:
        """The digest that it should have."""
        content = msgspec.json.encode(msgspec.structs.replace(self, digest=""), order="sorted")
        return f"sha256:{hashlib.sha256(content).hexdigest()}"

    @property
    def approved(self) -> Approved:
        """What it says goes."""
        pins = {one.agent_id: recorded.read(one.items) for one in self.agents}
        return Approved(self.cluster.name, pins, {one.agent_id: one.host for one in self.agents}, self.znode)


def plan_of(job: Job, seen: Approved, *, url: str, version: str, nodes: int | None) -> SavedPlan:
    """The plan of a dry run. url: how the cluster was named."""
    plan = SavedPlan(
        janitor_plan=1,
        janitor=janitor.__version__,
        saved=utc_now(),
        user=user(),
        host=socket.gethostname(),
        cluster=SavedCluster(url, seen.cluster, version),
        job=SavedJob(
            role=job.role,
            principal=job.principal,
            any_principal=job.any_principal,
            labels=[*job.labels],
            znode=job.znode,
            overrides=sorted(job.overrides),
            lost_agents=[*job.lost_agents],
        ),
        agents=[
            SavedAgent(agent_id, seen.hosts.get(agent_id, ""), [*recorded.written(pins)])
            for agent_id, pins in seen.pins.items()
        ],
        znode=seen.znode,
        nodes=nodes,
    )
    plan.digest = plan.right_digest
    return plan


def check_new(path: str, source: str) -> None:
    """Raise UsageError where a plan could not be saved: there is a file, or no directory to write to."""
    named = f"{source} {path}"
    folder = os.path.dirname(path) or "."
    if os.path.lexists(path):
        raise UsageError(
            f"{named} is there already: no plan is overwritten.", remedy="Name another file, or remove it."
        )
    if not os.path.isdir(folder):
        raise UsageError(f"{named}: there is no such directory.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{named} cannot be written: this user may not write to the directory.")


def save(plan: SavedPlan, path: str, source: str) -> None:
    """Write a plan as a new file (mode 0600), whole or not at all. Raises Trouble."""
    named = f"{source} {path}"
    beside = f"{path}.{uuid.uuid4().hex[:8]}.part"
    content = msgspec.json.format(msgspec.json.encode(plan), indent=1) + b"\n"
    try:
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            _take_name(beside, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(beside)
    except FileExistsError:
        raise Trouble(f"{named} is there by now: no plan is overwritten.", remedy="Name another file.") from None
    except OSError as error:
        raise Trouble(f"{named} cannot be written.", why=foreign(error.strerror or str(error))) from None


def saved(outcome: Outcome, job: Job, target: Target, path: str, source: str) -> Outcome:
    """The outcome of a dry run once its plan is saved, which it tells; only where it saw all, and may remove it."""
    if outcome.result != "would-remove" or outcome.seen is None:
        why = "there is nothing to remove" if outcome.status == Exit.CLEAN else "it would not be whole"
        return replace(outcome, notices=(*outcome.notices, f"No plan was saved: {why}."))
    plan = plan_of(
        job,
        outcome.seen,
        url=target.dcos_url or target.mesos,
        version=outcome.version,
        nodes=outcome.znode.nodes if outcome.znode is not None else None,
    )
    try:
        save(plan, path, source)
    except JanitorError as error:
        return replace(outcome, error=(error.message, error.remedy), status=error.exit_status)
    apply = own_command(target.reach, "apply", Word(path))
    told = do(f"The plan is saved in {command(path)} ({plan.digest}).").also("To do that and nothing else:", apply)
    return replace(outcome, notices=(*outcome.notices, told))


def _take_name(beside: str, path: str) -> None:
    """Give a file its name, where there is no file of that name. Raises OSError, of which FileExistsError says that.

    The name is made first, by what no other program can make, too, and then renamed over. A hard link would do both at
    once, but many file systems have none: FAT, some of NFS, those that a desktop's Docker shares with the host.
    """
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        os.rename(beside, path)
    except BaseException:
        os.unlink(path)
        raise


def load(path: str, reading: Reading, max_age: float) -> SavedPlan:
    """Read a plan that was saved at most `max_age` seconds ago.

    Raises UsageError for what is none, and Refusal for one that was altered, or is too old.
    """
    named = f"The plan {path}"
    content = read_named(path, named, reading, most=LARGEST)
    try:
        plan = msgspec.json.decode(content, type=SavedPlan)
        saved = datetime.fromisoformat(plan.saved.replace("Z", "+00:00"))
        age = (datetime.now(UTC) - saved).total_seconds()
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as error:
        raise UsageError(f"{named} is not what --save writes.", why=foreign(str(error))) from None
    if plan.digest != plan.right_digest:
        raise Refusal(f"{named} was changed after it was saved.", rule=rules.S6, remedy=_SAVE_ANEW)
    if age > max_age or age < -CLOCKS_DIFFER:
        when = f"{plan.saved}, by the clock of {called(plan.host)}"
        old = "is older than --max-age allows" if age > 0 else "is from the future"
        raise Refusal(f"{named} {old}: it was saved at {when}.", rule=rules.S6, remedy=_SAVE_ANEW)
    return plan


def job_of(plan: SavedPlan, *, dry_run: bool, reach: tuple[str, ...]) -> Job:
    """The clean-up that does what the plan says."""
    asked = plan.job
    return Job(
        role=asked.role,
        principal=asked.principal,
        any_principal=asked.any_principal,
        labels=tuple(asked.labels),
        znode=asked.znode,
        overrides=frozenset(asked.overrides),
        lost_agents=tuple(asked.lost_agents),
        dry_run=dry_run,
        reach=reach,
        approved=plan.approved,
    )
