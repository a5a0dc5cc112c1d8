"""From what a run saw and did to its Outcome: start from failure; success is the last thing that is set (rule P3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from janitor.cleanup.answers import is_redirected
from janitor.cleanup.approved import Approved
from janitor.cleanup.asked import asks_for_resources
from janitor.cleanup.awaited import Awaited
from janitor.cleanup.decide import Decision
from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.outcome import THE_PROOF, AgentRecord, Answer, Blocked, Leftover, Outcome, ZnodeRecord
from janitor.cleanup.proof import Proof
from janitor.dcos.permissions import remedy_of
from janitor.errors import JanitorError
from janitor.exits import Exit
from janitor.message import Again, Remedy, do
from janitor.words import own_command
from janitor.zookeeper.znode import Znode

AGAIN = do("Run this again. It goes on where this run ended:", Again())


@dataclass(slots=True)
class Course:
    """What a run gathers on its way to the Outcome."""

    job: Job
    started: float
    ended: float = 0.0
    version: str = ""
    rounds: int = 0
    answers: list[Answer] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    proofs: dict[str, Proof] = field(default_factory=dict)
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    decision: Decision | None = None
    znode: ZnodeRecord | None = None
    znode_seen: Znode | None = None
    cluster: str | None = None
    refused: Blocked | None = None
    error: JanitorError | None = None
    _waiting: dict[str, float] = field(default_factory=dict)

    def looked(self, inventory: Inventory, decision: Decision) -> None:
        """Take in a look and what was decided on it."""
        for agent in inventory.snapshot.agents:
            self.roles.setdefault(agent.id, tuple(sorted(agent.reserved)))
            self.hosts.setdefault(agent.id, agent.host)
        if isinstance(inventory.znode, ZnodeView):
            self.znode_seen = inventory.znode.znode
        self.decision = decision
        self.cluster = inventory.snapshot.flags.cluster
        self.proofs = {**self.proofs, **decision.proofs}

    def waiting_since(self, what: str, now: float) -> float:
        """Since when this is waited for."""
        return self._waiting.setdefault(what, now)


def outcome_of(course: Course, memory: Memory) -> Outcome:
    """The end of the run, as a value."""
    job, decision = course.job, course.decision
    blocked = tuple(_blocked(decision, course))
    leftovers = tuple(_leftovers(course, memory))
    znode = course.znode or _untouched_znode(course, hindered=bool(blocked or leftovers))
    return Outcome(
        status=_status(course, blocked, leftovers, znode),
        ran=True,
        resources=asks_for_resources(job),
        version=course.version,
        agents=_records(course, memory),
        znode=znode,
        blocked=blocked,
        leftovers=leftovers,
        notices=tuple(course.notices),
        error=_told(course.error) if course.error is not None else None,
        dry_run=job.dry_run,
        rounds=course.rounds,
        seconds=max(0.0, course.ended - course.started),
        seen=_seen(course, memory) if job.dry_run and decision is not None else None,
    )


def _seen(course: Course, memory: Memory) -> Approved:
    selection = memory.selection
    return Approved(
        cluster=course.cluster,
        pins={agent_id: selection.of(agent_id) for agent_id in sorted(selection.holders)},
        hosts={agent_id: selection.hosts.get(agent_id, "") for agent_id in sorted(selection.holders)},
        znode=memory.root,
    )


def bare_outcome_of(course: Course) -> Outcome:
    """The end of a run of which no more can be said: the answers that came, and the error."""
    return Outcome(
        status=course.error.exit_status if course.error is not None else Exit.FAILED,
        ran=True,
        resources=asks_for_resources(course.job),
        version=course.version,
        agents=tuple(
            AgentRecord(agent_id, answers[0].host, (), 0, 0, tuple(answers), None)
            for agent_id, answers in sorted(_answers(course).items())
        ),
        znode=course.znode or _untouched_znode(course, hindered=True),
        notices=tuple(course.notices),
        error=_told(course.error) if course.error is not None else None,
        dry_run=course.job.dry_run,
        rounds=course.rounds,
    )


def _told(error: JanitorError) -> tuple[str, str | None]:
    return error.message, error.remedy or remedy_of(error)


def _status(
    course: Course, blocked: tuple[Blocked, ...], leftovers: tuple[Leftover, ...], znode: ZnodeRecord | None
) -> Exit:
    if course.error is not None:
        return course.error.exit_status
    if blocked:
        return blocked[0].status
    if leftovers or course.decision is None:
        return Exit.FAILED
    if znode is not None and znode.state in ("kept", "failed"):
        return Exit.FAILED
    if not course.decision.clean and not course.job.dry_run:
        return Exit.FAILED
    return Exit.CLEAN


def _blocked(decision: Decision | None, course: Course) -> list[Blocked]:
    """The refusal that ended the run; or why the znode stays, once nothing else stands in its way (rule S5)."""
    if decision is None:
        return []
    if course.refused is not None:
        blocked = course.refused
    elif decision.blocked is not None:
        blocked = decision.blocked
    elif decision.kept is not None and (decision.clean or course.job.dry_run):
        blocked = decision.kept
    else:
        return []
    return [replace(blocked, lift=_lift(blocked, course.job))]


def _lift(blocked: Blocked, job: Job) -> Again | None:
    """The command that lifts it: this run's own, or the one for the same job where it is part of another command."""
    if blocked.override is None:
        return None
    lifted = own_command(job.reach, *job.options, "--override", blocked.override)
    return Again("--override", blocked.override, otherwise=lifted)


def _leftovers(course: Course, memory: Memory) -> list[Leftover]:
    """What is not proven gone. A run that ended before its end leaves what it still had to do, too."""
    decision = course.decision
    if decision is None or (decision.blocked is not None and not course.answers):
        return []
    left = list(decision.leftovers)
    if decision.clean:
        return left
    if course.job.dry_run:
        # A wait with an end of its own is one that a run gets over.
        return left + _awaited(wait for wait in decision.waits if wait.at_most is None)
    named = {(one.agent_id, one.item) for one in left}
    for agent_id, remaining in decision.left.items():
        done = memory.of(agent_id)
        words = done.words or "Not done when the run ended."
        remedy = _after_redirect(course.job) if done.bad is not None and is_redirected(done.bad) else AGAIN
        for item in remaining.selected:
            if (agent_id, str(item)) not in named:
                left.append(Leftover(agent_id, course.hosts.get(agent_id, ""), str(item), words, remedy))
    awaited = {wait.agent_id for wait in decision.waits}
    unread = "Its own state was not read before the run ended."
    left += [
        Leftover(agent_id, course.hosts.get(agent_id, ""), THE_PROOF, unread, AGAIN)
        for agent_id in sorted(decision.ask & memory.selection.holders)
        if not decision.left[agent_id].selected and agent_id not in awaited
    ]
    return left + _awaited(decision.waits)


def _after_redirect(job: Job) -> Remedy:
    """What to do where something before the master sends a write elsewhere: `there` may be anybody's."""
    router = "--dcos-url" in job.reach
    own = Again("--dcos-url", "https://CLUSTER") if router else Again("-m", "http://MASTER:5050/master/")
    whose = "cluster" if router else "master"
    return do(
        f"A proxy or a load balancer answers in the master's place. Name the {whose}'s own URL. Do not name the other "
        f"host unless you know that it is this {whose}: whatever is named gets the login.",
        own,
    )


def _awaited(waits: Iterable[Awaited]) -> list[Leftover]:
    return [Leftover("", "", THE_PROOF, f"Still waiting for {wait.what}.", wait.remedy or AGAIN) for wait in waits]


def _untouched_znode(course: Course, *, hindered: bool) -> ZnodeRecord | None:
    path = course.job.path
    if not path:
        return None
    if course.job.dry_run and not hindered and course.error is None:
        seen = course.znode_seen
        if seen is not None and not seen.exists:
            return ZnodeRecord(path, "missing")
        nodes = (seen.nodes or 0) if seen is not None else 0
        return ZnodeRecord(path, "planned", nodes=nodes, backup=course.job.backup or "")
    absent = course.znode_seen is not None and not course.znode_seen.exists
    last = "The znode goes last: only when all reservations and volumes are proven gone."
    return ZnodeRecord(path, "kept", words="There was none when it was looked for." if absent else last, absent=absent)


def _records(course: Course, memory: Memory) -> tuple[AgentRecord, ...]:
    answers = _answers(course)
    agent_ids = sorted(course.roles)
    return tuple(_record(agent_id, course, memory, answers.get(agent_id, ())) for agent_id in agent_ids)


def _answers(course: Course) -> dict[str, list[Answer]]:
    """agent id -> what was answered, in the order in which it came."""
    answers: dict[str, list[Answer]] = {}
    for answer in course.answers:
        answers.setdefault(answer.agent_id, []).append(answer)
    return answers


def _record(agent_id: str, course: Course, memory: Memory, answers: Iterable[Answer]) -> AgentRecord:
    pins = memory.selection.of(agent_id)
    return AgentRecord(
        agent_id=agent_id,
        host=course.hosts.get(agent_id, ""),
        roles=course.roles.get(agent_id, ()),
        volumes=pins.volume_count,
        items=pins.item_count,
        answers=tuple(answers),
        proof=course.proofs.get(agent_id),
        thousandths=pins.thousandths,
    )
