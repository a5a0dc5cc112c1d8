"""What the document of a scan is made of, as types, and how it is made from the scan. Pure."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from janitor.holdings.amounts import Amounts as Sum
from janitor.scan.report import Found, Scan
from janitor.words import own_command


class Amounts(Struct):
    """How much is reserved. `disk_mb` includes the volumes. MB are 2^20 bytes, as Mesos counts them."""

    cpus: float
    mem_mb: float
    disk_mb: float
    gpus: float
    volumes: int
    volumes_mb: float


class Share(Struct):
    """What is held on one agent; `away`: it does not answer."""

    agent_id: str
    host: str
    away: bool
    amounts: Amounts


class ServiceZnode(Struct):
    """Where a service keeps its state; `nodes` is null where they were not counted."""

    path: str
    nodes: int | None


class Holding(Struct):
    """What one owner holds; `role` is null for a znode alone. `command` removes it, or tells more of it.

    `missing` is what could not be known: without it nothing is called abandoned. `static`: an agent's own configuration
    reserves it. `since`: when the owner that is there registered, or when the one that is not there any more ended, in
    seconds since 1970; null where nothing tells.
    """

    verdict: Literal["in_use", "disconnected", "uninstalling", "abandoned", "znode_only", "agents_away", "unknown"]
    service: str | None
    role: str | None
    principal: str | None
    framework_id: str | None
    static: bool
    amounts: Amounts
    agents: list[Share]
    znode: ServiceZnode | None
    evidence: list[str]
    missing: list[str]
    since: float | None
    command: str | None


class Cluster(Struct):
    """The cluster that was scanned. `at` is when, in seconds since 1970 by the master's clock."""

    master: str
    mesos_version: str
    at: float | None
    agents: int
    agents_away: int
    agents_not_registered: int
    capacity: Amounts


def cluster_of(scan: Scan) -> Cluster:
    """The cluster that was scanned."""
    return Cluster(scan.url, scan.version, scan.at, scan.agents, scan.away, scan.expected, _amounts(scan.capacity))


def holdings_of(scan: Scan, reach: tuple[str, ...]) -> list[Holding]:
    """Every line of the scan; the commands name the cluster by the options `reach`."""
    return [holding_of(one, reach) for one in scan.found]


def holding_of(found: Found, reach: tuple[str, ...]) -> Holding:
    """One line of a scan."""
    judgement, holding = found.judgement, found.holding
    znode = judgement.znode
    return Holding(
        verdict=found.verdict.value,
        service=judgement.service,
        role=found.role or None,
        principal=holding.principal if holding else None,
        framework_id=holding.framework_id if holding else None,
        static=holding is not None and not holding.dynamic,
        amounts=_amounts(found.amounts),
        agents=[
            Share(share.agent_id, share.host, not share.served, _amounts(share.amounts))
            for share in (holding.shares if holding else ())
        ],
        znode=ServiceZnode(znode.path, znode.nodes) if znode else None,
        evidence=[*judgement.evidence],
        missing=[*judgement.missing],
        since=judgement.since,
        command=own_command(reach, *found.command) if found.command else None,
    )


def _amounts(amounts: Sum) -> Amounts:
    return Amounts(amounts.cpus, amounts.mem_mb, amounts.disk_mb, amounts.gpus, amounts.volumes, amounts.volumes_mb)
