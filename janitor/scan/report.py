"""What a scan came to, as one value: every holding with its verdict and its command, and the totals. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from janitor.cleanup.asked import right_principal
from janitor.cleanup.job import Job
from janitor.cleanup.near import nearest
from janitor.exits import Exit
from janitor.holdings.amounts import Amounts, total
from janitor.holdings.holding import Holding, unread_holding
from janitor.holdings.judge import judge, judge_unread, judge_znode, untold
from janitor.holdings.known import all_holdings, unread
from janitor.holdings.verdict import Judgement, Seen, StateNode, Verdict
from janitor.mesos.cluster import Agent, Unknown
from janitor.mesos.reserved import capacity
from janitor.message import Message, notice_of
from janitor.words import MOST_NAMES, Word, called, did_you_mean, in_order, listed, own_command

REMOVED_BY_SWEEP = frozenset({Verdict.ABANDONED, Verdict.ZNODE_ONLY})
"""Verdicts of what may be removed as it stands."""

LEFT = frozenset({*REMOVED_BY_SWEEP, Verdict.UNINSTALLING})
"""Verdicts with which a scan ends with 10."""


@dataclass(frozen=True, slots=True)
class Found:
    """One line of a scan: a holding, or a znode alone (`holding` None).

    removal   the clean-up that removes it and nothing else; None where it is not for removing
    """

    holding: Holding | None
    judgement: Judgement
    removal: Job | None = None

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    @property
    def command(self) -> tuple[str, ...]:
        """Words to type after `janitor`: what removes it, or tells more of it; () where there is nothing to type."""
        if self.removal is not None:
            return "clean", *self.removal.options
        name = self.judgement.service
        return ("status", Word(name)) if name and self.verdict in (Verdict.UNINSTALLING, Verdict.DISCONNECTED) else ()

    @property
    def identity(self) -> tuple[str | None, ...]:
        """What tells it from every other line, in another scan, too."""
        if self.holding is not None:
            one = self.holding
            return one.role, one.principal, one.label, one.framework_id, "dynamic" if one.dynamic else "static"
        return ("", self.judgement.znode.path if self.judgement.znode else None)

    @property
    def amounts(self) -> Amounts:
        return self.holding.amounts if self.holding is not None else Amounts()

    @property
    def role(self) -> str:
        """Its role, "" for a znode alone."""
        return self.holding.role if self.holding is not None else ""


@dataclass(frozen=True, slots=True)
class Machine:
    """An agent that is registered. capacity: what it has, reserved or not; nothing where it does not tell."""

    agent_id: str
    host: str
    served: bool
    capacity: Amounts


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
    machines       all registered agents, those of which nothing is reserved, too
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
    machines: tuple[Machine, ...] = ()

    @property
    def status(self) -> Exit:
        """FOUND when something is abandoned or half uninstalled."""
        return Exit.FOUND if any(one.verdict in LEFT for one in self.found) else Exit.CLEAN

    def of(self, *verdicts: Verdict) -> tuple[Found, ...]:
        """What has one of these verdicts."""
        return tuple(one for one in self.found if one.verdict in verdicts)

    def unknown_of(self, found: Found) -> tuple[str, ...]:
        """What is missing to know of this one alone: what the whole view does not tell is in `untold`."""
        return tuple(line for line in found.judgement.missing if line not in self.untold)

    def sweeping(self, reach: tuple[str, ...]) -> str:
        """The command that shows what a sweep would remove; "" where that is nothing, or not all of it is shown here.

        reach: the options that name the cluster.
        """
        swept = self.of(Verdict.ABANDONED) and not self.left_out
        return own_command(reach, "sweep", "--dry-run") if swept else ""

    def only(self, verdicts: Iterable[Verdict] = (), role: str | None = None) -> Scan:
        """The same with some lines alone: of these verdicts, and of roles that `role` matches as a shell pattern."""
        chosen = frozenset(verdicts) or frozenset(Verdict)
        found = tuple(
            one
            for one in self.found
            if one.verdict in chosen and (role is None or (one.role and fnmatchcase(one.role, role)))
        )
        notices = () if role is None else tuple(not_reserved(role, self.found))
        left_out = self.left_out + len(self.found) - len(found)
        return replace(self, found=found, notices=(*self.notices, *notices), left_out=left_out)


def not_reserved(role: str, found: Iterable[Found]) -> Iterator[str]:
    """That no reserved role is matched by this shell pattern, and what comes near; nothing where one is."""
    roles = {one.role for one in found if one.role}
    if not any(fnmatchcase(one, role) for one in roles):
        yield f"Nothing is reserved for a role {called(role)}. {there_are(role, roles)}"


def there_are(name: str, known: Iterable[str]) -> str:
    """What there is, for somebody who looks for a typing mistake: names that come near, else the first few."""
    known = sorted(known, key=in_order)
    near = did_you_mean(map(called, nearest(name.strip("/"), known)))
    return near or (f"There are: {listed(known, MOST_NAMES)}." if known else "There are none.")


def scan(seen: Seen) -> Scan:
    """Judge everything in the cluster. What of an agent cannot be read is unknown, with the reason (rule L4)."""
    snapshot = seen.snapshot
    judged = [(one, judge(one, seen)) for one in all_holdings(seen)]
    for role in sorted({one.role for one in unread(seen) if one.role is not None}):
        there = [one for one in unread(seen) if one.role == role]
        unknown = unread_holding(role, there)
        judged.append((unknown, judge_unread(unknown, there)))
    nodes = () if isinstance(seen.znodes, Unknown) else seen.znodes
    of_holdings = {one.znode.path for _, one in judged if one.znode is not None}
    alone = [judgement for node in nodes if (judgement := judge_znode(node, seen, of_holdings))]
    of_role: dict[str, list[Holding]] = {}
    for holding, _ in judged:
        of_role.setdefault(holding.role, []).append(holding)
    found = [_found(holding, judgement, of_role[holding.role]) for holding, judgement in judged]
    found += [Found(None, judgement, _znode_removal(judgement)) for judgement in alone]
    roll = snapshot.roll
    registered = {agent.id for agent in snapshot.agents}
    known = frozenset() if isinstance(roll, Unknown) else roll.admitted | roll.unreachable
    machines = tuple(map(_machine, snapshot.agents))
    return Scan(
        url=snapshot.leader.url,
        version=snapshot.leader.version,
        at=snapshot.leader.asked_at,
        agents=len(snapshot.agents),
        away=sum(not agent.served for agent in snapshot.agents),
        expected=len((known | {agent.id for agent in snapshot.recovered}) - registered),
        capacity=total(machine.capacity for machine in machines),
        found=_with_znodes(sorted(found, key=_order), seen),
        untold=untold(seen),
        notices=_notices(seen),
        machines=machines,
    )


def _machine(agent: Agent) -> Machine:
    has = Amounts(capacity(agent.totals)) if agent.totals is not None else Amounts()
    return Machine(agent.id, agent.host, agent.served, has)


FIRST = (
    Verdict.ABANDONED,
    Verdict.ZNODE_ONLY,
    Verdict.UNINSTALLING,
    Verdict.AGENTS_AWAY,
    Verdict.UNKNOWN,
    Verdict.DISCONNECTED,
    Verdict.IN_USE,
)
"""The verdicts in the order in which a scan shows them: what can be removed comes first."""


def _order(one: Found) -> tuple[int, float, float, float, str, str]:
    """What can be removed first, and of that what frees most."""
    amounts = one.amounts
    name = one.role or (one.judgement.znode.path if one.judgement.znode else "")
    return FIRST.index(one.verdict), -amounts.disk_mb, -amounts.mem_mb, -amounts.cpus, name, str(one.judgement.service)


def _notices(seen: Seen) -> tuple[str, ...]:
    """Each source that could not be read: what that means, why, and what to do about it."""
    sources = (
        ("Marathon could not be read, so that nothing is known of any app.", seen.apps),
        ("ZooKeeper could not be read, so that no znode is shown.", seen.znodes),
    )
    return tuple(notice_of(Message(what, of.why), of.remedy) for what, of in sources if isinstance(of, Unknown))


def takes(job: Job, holding: Holding) -> bool:
    """Whether this clean-up of a role selects something of the holding (rule S1): of static ones, their volumes.

    It is compared as a clean-up compares, exactly: what is selected, not whose it is.
    """
    if holding.role != job.role or not right_principal(holding.principal, job):
        return False
    if holding.dynamic:
        return not job.labels or (holding.label, holding.framework_id) in job.labels
    return not job.labels and holding.amounts.volumes > 0


def _found(holding: Holding, judgement: Judgement, of_role: Iterable[Holding]) -> Found:
    """The line of a holding. What is abandoned, and can be removed only together with something else, is unknown."""
    if judgement.verdict is not Verdict.ABANDONED:
        return Found(holding, judgement)
    removal = Job(role=holding.role, principal=holding.principal)
    beside = [one for one in of_role if one is not holding and takes(removal, one)]
    if beside and holding.labelled and holding.framework_id is not None:
        removal = replace(removal, labels=((holding.label, holding.framework_id),))
        beside = [one for one in beside if takes(removal, one)]
    if not beside:
        return Found(holding, judgement, removal)
    owner = beside[0].framework_id or beside[0].principal or "nobody"
    kind = "" if beside[0].dynamic else "volumes on static "
    missing = f"How to remove it alone: its clean-up would take the {kind}reservations of {called(owner)}, too."
    return Found(holding, replace(judgement, verdict=Verdict.UNKNOWN, missing=(*judgement.missing, missing)))


def _with_znodes(found: list[Found], seen: Seen) -> tuple[Found, ...]:
    """The znode of a service goes with the last of what it holds; it stays where something else may still use it.

    What does not take it along says why.
    """
    users: dict[StateNode, list[int]] = {}
    for number, one in enumerate(found):
        if one.holding is not None and one.judgement.znode is not None:
            users.setdefault(one.judgement.znode, []).append(number)
    for node, numbers in users.items():
        removed = [number for number in numbers if found[number].removal is not None]
        why = _stays(node, [found[number] for number in numbers], seen) if removed else ""
        if not why and removed and (removal := found[removed[-1]].removal) is not None:
            last = removed.pop()
            found[last] = replace(found[last], removal=replace(removal, znode=node.path.strip("/")))
            why = "The znode goes with the last of what its service holds."
        for number in removed:
            judgement = found[number].judgement
            found[number] = replace(found[number], judgement=replace(judgement, evidence=(*judgement.evidence, why)))
    return tuple(found)


def _stays(node: StateNode, users: Collection[Found], seen: Seen) -> str:
    """Why the znode of these stays when all of them goes that can; "" where it goes, too."""
    kept = next((one for one in users if one.removal is None), None)
    if kept is not None:
        return f"The znode stays: its service also has role {called(kept.role)}, and that is not called abandoned."
    alone = judge_znode(node, seen, before=[one.holding for one in users if one.holding])
    if alone is None:
        return "The znode stays: nothing tells whose it is."
    if alone.verdict is Verdict.ZNODE_ONLY:
        return ""
    if alone.missing:
        return f"The znode stays. Not known: {Message.of(alone.missing[0]).what}"
    return f"The znode stays. {alone.evidence[0]}"


def _znode_removal(judgement: Judgement) -> Job | None:
    if judgement.verdict is not Verdict.ZNODE_ONLY or judgement.znode is None:
        return None
    return Job(znode=judgement.znode.path.strip("/"))
