"""What a scan came to, as one value: every holding with its verdict and its command, and the totals. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from janitor.exits import Exit
from janitor.holdings.amounts import Amounts, total
from janitor.holdings.holding import Holding, holdings
from janitor.holdings.judge import judge, judge_znode, untold
from janitor.holdings.verdict import Judgement, Seen, StateNode, Verdict
from janitor.mesos.cluster import Unknown
from janitor.mesos.reserved import capacity

REMOVED_BY_SWEEP = frozenset({Verdict.ABANDONED, Verdict.ZNODE_ONLY})
"""Verdicts of what may be removed as it stands."""

LEFT = frozenset({*REMOVED_BY_SWEEP, Verdict.UNINSTALLING})
"""Verdicts with which a scan ends with 10."""


@dataclass(frozen=True, slots=True)
class Found:
    """One line of a scan: a holding, or a znode alone (`holding` None).

    command   words to type after `janitor`, () where there is nothing to type
    """

    holding: Holding | None
    judgement: Judgement
    command: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    @property
    def amounts(self) -> Amounts:
        return self.holding.amounts if self.holding is not None else Amounts()

    @property
    def role(self) -> str:
        """Its role, "" for a znode alone."""
        return self.holding.role if self.holding is not None else ""


@dataclass(frozen=True, slots=True)
class Scan:
    """A whole cluster, as far as it was seen.

    url, version   of the master that leads
    at             when it was looked at, in epoch seconds by the master's own clock; None where that cannot be told
    agents, away   how many agents are registered; how many of them do not answer
    expected       agents that the registry knows and that are not registered
    capacity       what all registered agents have, reserved or not
    found          sorted: what would free the most comes first, by verdict
    untold         what this view does not tell: with anything of it nothing is called abandoned
    notices        sources that could not be read, and what is not known for it
    left_out       lines that are not shown, since others were asked for
    """

    url: str
    version: str
    at: float | None
    agents: int
    away: int
    expected: int
    capacity: Amounts
    found: tuple[Found, ...]
    untold: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    left_out: int = 0

    @property
    def status(self) -> Exit:
        """FOUND when something is abandoned or half uninstalled."""
        return Exit.FOUND if any(one.verdict in LEFT for one in self.found) else Exit.CLEAN

    def of(self, *verdicts: Verdict) -> tuple[Found, ...]:
        """What has one of these verdicts."""
        return tuple(one for one in self.found if one.verdict in verdicts)

    def only(self, verdicts: Iterable[Verdict] = (), role: str | None = None) -> Scan:
        """The same with some lines alone: of these verdicts, and of roles that `role` matches as a shell pattern."""
        chosen = frozenset(verdicts) or frozenset(Verdict)
        found = tuple(
            one
            for one in self.found
            if one.verdict in chosen and (role is None or (one.role and fnmatchcase(one.role, role)))
        )
        return replace(self, found=found, left_out=self.left_out + len(self.found) - len(found))


def scan(seen: Seen) -> Scan:
    """Judge everything in the cluster. Raises Unreadable where what agents hold cannot be read (rule L4)."""
    snapshot = seen.snapshot
    held = holdings(snapshot.agents)
    judged = [(one, judge(one, seen)) for one in held]
    nodes = () if isinstance(seen.znodes, Unknown) else seen.znodes
    alone = [judgement for node in nodes if (judgement := judge_znode(node, seen, (one for _, one in judged)))]
    owners = Counter((one.role, one.principal) for one in held if one.dynamic)
    last = {judgement.znode.path: holding for holding, judgement in judged if judgement.znode is not None}
    found = [Found(holding, judgement, _command(holding, judgement, owners, last)) for holding, judgement in judged]
    found += [Found(None, judgement, _znode_command(judgement)) for judgement in alone]
    roll = snapshot.roll
    registered = {agent.id for agent in snapshot.agents}
    known = frozenset() if isinstance(roll, Unknown) else roll.admitted | roll.unreachable
    return Scan(
        url=snapshot.leader.url,
        version=snapshot.leader.version,
        at=snapshot.leader.asked_at,
        agents=len(snapshot.agents),
        away=sum(not agent.served for agent in snapshot.agents),
        expected=len((known | {agent.id for agent in snapshot.recovered}) - registered),
        capacity=total(Amounts(capacity(agent.totals)) for agent in snapshot.agents if agent.totals is not None),
        found=tuple(sorted(found, key=_order)),
        untold=untold(seen),
        notices=_notices(seen),
    )


_FIRST = (
    Verdict.ABANDONED,
    Verdict.ZNODE_ONLY,
    Verdict.UNINSTALLING,
    Verdict.AGENTS_AWAY,
    Verdict.UNKNOWN,
    Verdict.DISCONNECTED,
    Verdict.IN_USE,
)


def _order(one: Found) -> tuple[int, float, float, float, str, str]:
    """What can be removed first, and of that what frees most."""
    amounts = one.amounts
    name = one.role or (one.judgement.znode.path if one.judgement.znode else "")
    return _FIRST.index(one.verdict), -amounts.disk_mb, -amounts.mem_mb, -amounts.cpus, name, str(one.judgement.service)


def _notices(seen: Seen) -> tuple[str, ...]:
    notices = []
    if isinstance(seen.znodes, Unknown):
        notices.append(f"ZooKeeper could not be read, so that no znode is shown: {seen.znodes.why}")
    return tuple(notices)


def _command(
    holding: Holding,
    judgement: Judgement,
    owners: Counter[tuple[str, str | None]],
    last: dict[str, Holding],
) -> tuple[str, ...]:
    """What removes exactly this holding, or what tells more of it."""
    name = judgement.service
    if judgement.verdict in (Verdict.UNINSTALLING, Verdict.DISCONNECTED) and name:
        return ("status", name)
    if judgement.verdict is not Verdict.ABANDONED:
        return ()
    words = ["clean", "-r", holding.role]
    words += ["-p", holding.principal] if holding.principal else []
    if holding.framework_id is not None and owners[holding.role, holding.principal] > 1:
        words += ["--label", f"{holding.label}={holding.framework_id}"]
    node: StateNode | None = judgement.znode
    if node is not None and last[node.path] is holding:  # the znode goes with the last of what its service holds
        words += ["-z", node.path.strip("/")]
    return tuple(words)


def _znode_command(judgement: Judgement) -> tuple[str, ...]:
    if judgement.verdict in (Verdict.UNINSTALLING, Verdict.DISCONNECTED) and judgement.service:
        return ("status", judgement.service)
    if judgement.verdict is not Verdict.ZNODE_ONLY or judgement.znode is None:
        return ()
    return ("clean", "-z", judgement.znode.path.strip("/"))
