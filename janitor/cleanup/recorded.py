"""What a clean-up records of itself (docs/records.md), and a pinned selection as it stands in files. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Raw

from janitor import journal
from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.job import Job
from janitor.cleanup.outcome import Outcome
from janitor.cleanup.pins import Pin, Pins
from janitor.cleanup.work import AgentWork
from janitor.events import Stage
from janitor.journal import Call, Level, Pinned
from janitor.mesos.resources import Amount, Kind, Reservation, Resource

CALLS: dict[Stage, Call] = {"destroy": "DESTROY_VOLUMES", "unreserve": "UNRESERVE_RESOURCES"}

LONGEST_ERROR = 2000
"""Characters of an error that are kept."""


def asked(job: Job) -> journal.Asked:
    """What a clean-up was asked for."""
    return journal.Asked(
        role=job.role,
        principal=job.principal,
        any_principal=job.any_principal,
        labels=[*job.labels],
        znode=job.znode,
        overrides=sorted(job.overrides),
        lost_agents=[*job.lost_agents],
        dry_run=job.dry_run,
        approved=job.approved is not None,
    )


def cluster(inventory: Inventory, url: str) -> journal.Cluster:
    """The cluster of a look. url: where the master is, ending in a slash."""
    snapshot = inventory.snapshot
    return journal.Cluster(
        name=snapshot.flags.cluster, master_id=snapshot.leader.id, version=snapshot.leader.version, api=f"{url}api/v1"
    )


def selected(agent_id: str, host: str, pins: Pins) -> journal.Selected:
    """What was selected on an agent."""
    return journal.Selected(agent_id=agent_id, host=host, items=[*written(pins)])


def intents(round_: int, work: Sequence[AgentWork]) -> Iterator[journal.Intent]:
    """What a round is about to send, one request after the other; those item by item together."""
    for step in work:
        stages: tuple[tuple[Stage, Sequence[Resource]], ...] = (
            ("destroy", step.volumes),
            ("unreserve", step.reservations),
        )
        for stage, items in stages:
            if items:
                yield journal.Intent(
                    round=round_,
                    agent_id=step.agent_id,
                    host=step.host,
                    call=CALLS[stage],
                    resources=as_sent(stage, items),
                )


def as_sent(stage: Stage, items: Sequence[Resource]) -> list[Raw]:
    """The resources in the form in which they are sent (rule D1)."""
    return [Raw(item.raw if stage == "destroy" else item.released()) for item in items]


def znode_intent(view: ZnodeView) -> journal.ZnodeIntent:
    """The znode that is about to be deleted."""
    znode = view.znode
    return journal.ZnodeIntent(path=znode.path, ensemble=view.ensemble, czxid=znode.czxid, nodes=znode.nodes)


def cleaned(outcome: Outcome) -> journal.Cleaned:
    """How a clean-up ended."""
    error = " ".join(part for part in outcome.error if part) if outcome.error is not None else None
    return journal.Cleaned(
        status=outcome.status,
        result=outcome.result,
        rounds=outcome.rounds,
        blocked=[blocked.cited for blocked in outcome.blocked],
        leftovers=[journal.Left(one.agent_id, one.host, one.item, one.words) for one in outcome.leftovers],
        error=error[:LONGEST_ERROR] if error else None,
    )


def written(pins: Pins) -> Iterator[Pinned]:
    """Pins as they stand in a file."""
    for kind, pin in pins.items():
        amount = pin.amount
        yield Pinned(
            name=kind.name,
            reservations=[Level(one.type, one.role, one.principal, [*one.labels]) for one in kind.stack],
            thousandths=amount.thousandths,
            ranges=[*amount.intervals],
            members=sorted(amount.members),
            volumes=sorted(pin.volumes),
            items=pin.items,
            provider=kind.provider,
            source=kind.source,
            creator=kind.creator,
        )


def read(found: Sequence[Pinned]) -> Pins:
    """Pins out of a file."""
    pins: dict[Kind, Pin] = {}
    for one in found:
        stack = []
        for level in one.reservations:
            stack.append(Reservation(level.type, level.role, level.principal, tuple(level.labels)))
        kind = Kind(one.name, tuple(stack), one.provider, one.source, one.creator)
        amount = Amount(one.thousandths, tuple(one.ranges), frozenset(one.members))
        pins[kind] = Pin(amount, frozenset(one.volumes), one.items)
    return Pins(pins)
