"""Standard output: the original's transcript, written from values (rule C2).

The lines are the original's, in its order, so that a script which reads them goes on working: agents by id, the words
of the master as text. A stage is written when it is over, for all agents. `Cleanup completed successfully.` is written
exactly when a clean-up ran and ended with 0 (rule P3). What is new, and what went wrong, is on stderr instead.
"""

from __future__ import annotations

from janitor.cleanup.outcome import AgentRecord, Answer, Outcome, ZnodeRecord
from janitor.cli.arguments.commands import Clean
from janitor.cli.environment import Channel
from janitor.cli.results import Cleaned, Result
from janitor.cli.views.face import Face
from janitor.events import Stage
from janitor.exits import Exit, Success
from janitor.numbers import whole

SUCCESS = "Cleanup completed successfully."
RESULTS: dict[Success, str] = {
    "removed": "Everything that you named is removed and proven gone.",
    "not-found": "Nothing that you named was found.",
    "would-remove": "A run would remove what was found.",
}
NOUNS: dict[Stage, str] = {"destroy": "volume", "unreserve": "resource"}
PLANNED: dict[Stage, str] = {"destroy": "destroyed", "unreserve": "unreserved"}


class Transcript(Face):
    """Writes one run of `clean` to `out`."""

    def __init__(self, out: Channel, asked: Clean) -> None:
        self._out = out
        self._job = asked.job
        self._target = asked.common.target
        self._verbose = asked.common.show.verbose

    def opening(self) -> None:
        """The first line, before anything is contacted."""
        job, target = self._job, self._target
        self._out.line(
            f"Master: {target.mesos} Exhibitor: {target.exhibitor} Role: {job.role or ''} "
            f"Principal: {job.principal or ''} ZK Path: {job.znode or ''}"
        )

    def show(self, result: Result) -> None:
        """Everything else, once the run is over."""
        if isinstance(result, Cleaned):
            self.ending(result.outcome)
        else:
            self.tail(result.status)

    def ending(self, outcome: Outcome) -> None:
        """How the clean-up went."""
        if not outcome.ran:
            self._out.line()
            self._out.line("Nothing to do!")
        elif _before_the_first_stage(outcome):
            pass  # the reason is on stderr
        else:
            self._stages(outcome)
        if outcome.result is not None:
            self._out.line(RESULTS[outcome.result])
            self._out.line("Dry run: nothing was changed." if outcome.dry_run else SUCCESS)
        else:
            self.tail(outcome.status)

    def tail(self, status: Exit) -> None:
        """What the original says last after a failure; its usage text is not repeated, since it hid the reason."""
        if self._job.dry_run:
            self._out.line("Dry run: nothing was changed.")
        if status == Exit.FAILED and not self._verbose:
            self._out.line()
            self._out.line('Retry command with "-v" to enable verbose logging.')

    def _stages(self, outcome: Outcome) -> None:
        failed = _failed_stage(outcome)
        if outcome.resources:
            self._stage("destroy", "Destroying volumes...", outcome)
            if failed != "destroy" or any(_answers(agent, "unreserve") for agent in outcome.agents):
                self._stage("unreserve", "Unreserving resources...", outcome)
        if failed is not None:
            self._out.line(f"Deleting {NOUNS[failed]}s failed, skipping other steps.")
        elif outcome.znode is not None and outcome.znode.state != "kept":
            self._znode(outcome.znode, dry_run=outcome.dry_run)

    def _stage(self, stage: Stage, heading: str, outcome: Outcome) -> None:
        self._out.line()
        self._out.line(f"{NOUNS[stage].capitalize()}s that would be {PLANNED[stage]}:" if outcome.dry_run else heading)
        if number := _version_number(outcome.version):
            self._out.line(f"Mesos version: {outcome.version} => {number}")
        for agent in sorted(outcome.agents, key=lambda agent: agent.agent_id):
            self._agent(stage, agent, dry_run=outcome.dry_run)

    def _agent(self, stage: Stage, agent: AgentRecord, *, dry_run: bool) -> None:
        role = self._job.role or ""
        count = agent.volumes if stage == "destroy" else agent.items
        answers = _answers(agent, stage)
        if not answers and not agent.items and role not in agent.roles:
            if not agent.roles:
                self._out.line(f"No reserved resources for any role on slave {agent.agent_id}")
            else:
                known = ", ".join(agent.roles)
                where = f"on slave {agent.agent_id}. Known roles are: [{known}]"
                self._out.line(f"No reserved resources for role '{role}' {where}")
            return
        if dry_run and count:
            what = f"would be {PLANNED[stage]}."
        elif answers:
            what = "deleting..."
        else:
            what = "nothing was sent." if count else "nothing to delete."
        self._out.line(f"Found {count} {NOUNS[stage]}(s) for role '{role}' on slave {agent.agent_id}, {what}")
        for answer in answers:
            self._out.line(f"{answer.status} {answer.words}" if answer.status else f"No answer: {answer.words}")
        if stage == "destroy" and answers and answers[-1].status == 409 and agent.proof is None:
            for line in ("###", "Is a framework using these resources still installed?", "###"):
                self._out.line(line)

    def _znode(self, znode: ZnodeRecord, *, dry_run: bool) -> None:
        self._out.line()
        self._out.line("Znode that would be deleted:" if dry_run else "Deleting zk node...")
        if dry_run and znode.state == "missing":
            self._out.line(f"none: there is no {znode.path}")
        elif znode.state == "planned":
            below = f" and {znode.nodes - 1} below it" if znode.nodes > 1 else ""
            self._out.line(f"{znode.path}{below}")
        elif znode.state == "failed":
            self._out.line(f"Deleting znode '{self._job.znode}' failed.")
        elif znode.state == "root-left":
            self._out.line(f"Successfully emptied znode '{self._job.znode}'; the empty node itself stays.")
        else:
            # Exhibitor answers 200 whatever it did, so that is the one code which the original ever printed here; a
            # script may look for it. Gone is what was re-checked, through ZooKeeper as well as through Exhibitor.
            self._out.line(f"Successfully deleted znode '{self._job.znode}' (code=200), if znode existed.")


def _answers(agent: AgentRecord, stage: Stage) -> list[Answer]:
    return [answer for answer in agent.answers if answer.stage == stage]


def _before_the_first_stage(outcome: Outcome) -> bool:
    """Whether it ended by a refusal, a login or a signal before there was anything to tell of a stage."""
    sent = any(agent.answers for agent in outcome.agents)
    return (bool(outcome.blocked) and not sent) or (not _looked(outcome) and outcome.status != Exit.FAILED)


def _looked(outcome: Outcome) -> bool:
    return bool(outcome.agents) or bool(outcome.version)


def _failed_stage(outcome: Outcome) -> Stage | None:
    """Which stage the original would name as failed: the first one that left something behind."""
    if outcome.status == Exit.CLEAN or not outcome.resources:
        return None
    left = {leftover.agent_id for leftover in outcome.leftovers}
    unfinished = [agent for agent in outcome.agents if agent.agent_id in left]
    if any(agent.volumes and not _succeeded(agent, "destroy") for agent in unfinished):
        return "destroy"
    if left:
        return "unreserve"
    return "destroy" if outcome.error and not _looked(outcome) else None


def _succeeded(agent: AgentRecord, stage: Stage) -> bool:
    answers = _answers(agent, stage)
    return bool(answers) and answers[-1].status is not None and 200 <= answers[-1].status < 300


def _version_number(version: str) -> int | None:
    """The original's arithmetic: 1.4.0 is 104, 0.28.1 is 28."""
    major, _, rest = version.partition(".")
    numbers = whole(major), whole(rest.partition(".")[0])
    return 100 * numbers[0] + numbers[1] if numbers[0] is not None and numbers[1] is not None else None
