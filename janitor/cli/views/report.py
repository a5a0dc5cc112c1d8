"""Standard error: what went wrong, what is left and what to do, and what an operator should know besides."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from janitor.cli.environment import Channel
from janitor.cli.results import Cleaned, Failed, ForceCompleted, Result, Stands, SweptUp, Uninstalled
from janitor.errors import JanitorError, Refusal
from janitor.exits import Exit, Success
from janitor.rules import Override
from janitor.words import command, counted, listed

if TYPE_CHECKING:
    from janitor.cleanup.outcome import Blocked, Leftover, Outcome, ZnodeRecord

LONGEST_LINE = 10_000
"""Characters of a line; what comes from elsewhere was cut long before, where it entered the message."""

MOST_NAMED = 20
"""Agents with leftovers of one cause that get a line each; the rest of them is counted."""

MOST_ITEMS = 10
"""Items that the line of one agent names; the rest of them is counted."""


class Report:
    """Writes to `err`. With `quiet`, only errors."""

    def __init__(self, err: Channel, *, quiet: bool = False) -> None:
        self._err = err
        self._quiet = quiet
        self._noticed: set[str] = set()

    def notice(self, text: str, remedy: str | None = None) -> None:
        """Something worth knowing, once each, and below it what to do."""
        if not self._quiet and text not in self._noticed:
            self._noticed.add(text)
            self._lines(f"Notice: {text}")
            if remedy:
                self._lines(remedy, indent="  ")

    def warning(self, text: str, *, always: bool = False) -> None:
        """Something to look at, once each; `always` even when only errors are wanted."""
        if (always or not self._quiet) and text not in self._noticed:
            self._noticed.add(text)
            self._lines(f"Warning: {text}")

    def told(self, text: str, details: tuple[str, ...] = ()) -> None:
        """A step that was taken, or what was found out, with its details below it: one line each."""
        if not self._quiet:
            self._err.line(text)
            for detail in details:
                self._err.line(f"  {detail}")

    def error(self, message: str, remedy: str | None = None) -> None:
        """What failed, and below it what to do."""
        self._lines(f"janitor: {message}")
        if remedy:
            self._lines(remedy, indent="  ")

    def result(self, result: Result) -> None:
        """What standard output does not tell of a result."""
        match result:
            case Cleaned(outcome):
                self.outcome(outcome)
            case Uninstalled(ended):
                for outcome in ended.cleanups:
                    self.outcome(outcome)
                if ended.why and ended.status != Exit.CLEAN:
                    self.error(ended.why, ended.remedy)
            case SweptUp(sweep):
                for one in sweep.swept:
                    if one.outcome is not None and not one.gone:
                        self.outcome(one.outcome)
                if sweep.stopped:
                    remedy = "Scan again, and start a new sweep when what it shows is what should go."
                    self.error(f"The sweep stopped: {sweep.stopped}", remedy)
            case Stands(_, standing) if standing.left is None:
                self.error(f"Whether something is left cannot be told: {standing.untold}")
            case ForceCompleted(_, forced) if not forced.already:
                self.notice("A restart of the scheduler forgets what was forced.")
            case Failed(error):
                self.failure(error)

    def failure(self, error: JanitorError) -> None:
        """An error that ended the run before there was an outcome."""
        self.error(error.cited, error.remedy)
        if isinstance(error, Refusal):
            self._lift(error.override, error.remedy)

    def outcome(self, outcome: Outcome) -> None:
        """What the transcript does not tell."""
        for text in outcome.notices:
            self.notice(text)
        if not self._quiet:
            self._proofs(outcome)
        self._leftovers(outcome.leftovers)
        for blocked in outcome.blocked:
            self._blocked(blocked)
        if outcome.error is not None:
            self.error(*outcome.error)
        emptied = outcome.znode is not None and outcome.znode.nodes > 0
        touched = emptied or any(agent.answers for agent in outcome.agents)
        if outcome.blocked and not touched:
            self._lines("Nothing was changed.", indent="  ")
        elif outcome.znode is not None:
            self._znode(outcome.znode)
        if not self._quiet and outcome.result is not None:
            self._lines(_summary(outcome, outcome.result))

    def _znode(self, znode: ZnodeRecord) -> None:
        """Say why it is still there, if it is."""
        if znode.state == "kept":
            self.error(f"The znode {znode.path} stays: {znode.words}", znode.remedy)
        elif znode.state == "failed":
            self.error(f"The znode {znode.path} could not be deleted: {znode.words}", znode.remedy)
        elif znode.state == "root-left":
            self.notice(
                f"The znode {znode.path} is empty, but may not be removed from here: {znode.words or 'access denied'}",
                znode.remedy,
            )

    def _proofs(self, outcome: Outcome) -> None:
        """Say how it is known that it is gone (rule P2)."""
        proofs = Counter(agent.proof.sentence for agent in outcome.agents if agent.items and agent.proof is not None)
        for proof, agents in sorted(proofs.items()):
            self.notice(f"Proven gone on {counted(agents, 'agent')}: {proof}")

    def _leftovers(self, leftovers: tuple[Leftover, ...]) -> None:
        """Name each one (rule P3); what is said and to be done once for all that share it."""
        if not leftovers:
            return
        agents = len({leftover.agent_id for leftover in leftovers if leftover.agent_id})
        where = f" on {counted(agents, 'agent')}" if agents else ""
        self._lines(f"janitor: {counted(len(leftovers), 'item')}{where} not proven gone:")
        groups: dict[tuple[str, str], list[Leftover]] = {}
        for leftover in leftovers:
            groups.setdefault((leftover.words, leftover.remedy), []).append(leftover)
        for (words, remedy), members in groups.items():
            self._by_agent(members)
            if words:
                self._lines(f"said: {words}", indent="    ")
            if remedy:
                self._lines(f"do:   {remedy}", indent="    ")

    def _by_agent(self, leftovers: list[Leftover]) -> None:
        """A line for each agent; what cannot be placed on one has a line of its own."""
        items: dict[tuple[str, str], list[str]] = {}
        for leftover in leftovers:
            items.setdefault((leftover.agent_id, leftover.host), []).append(leftover.item)
        agents = list(items.items())
        for (agent_id, host), held in agents[:MOST_NAMED]:
            at = f" ({host})" if host else ""
            where = f"agent {agent_id}{at}  " if agent_id else ""
            self._lines(f"{where}{listed(held, MOST_ITEMS)}", indent="  ")
        if rest := agents[MOST_NAMED:]:
            more = counted(sum(len(held) for _, held in rest), "more item")
            self._lines(f"and {more} on {counted(len(rest), 'agent')} (--output json names each)", indent="  ")

    def _blocked(self, blocked: Blocked) -> None:
        self.error(blocked.cited, blocked.remedy)
        for way in blocked.ways:
            self._lines(way, indent="  ")
        self._lift(blocked.override, blocked.remedy)

    def _lift(self, override: Override | None, remedy: str | None) -> None:
        lift = command("--override", override) if override is not None else ""
        if lift and lift not in (remedy or ""):
            self._lines(f"To go ahead all the same: {lift}", indent="  ")

    def _lines(self, text: str, indent: str = "") -> None:
        """One line: a line break in `text` comes from somebody else, and begins none of ours."""
        self._err.line(indent + text, LONGEST_LINE)


def _summary(outcome: Outcome, result: Success) -> str:
    """Which of its meanings the status 0 has, and of how much."""
    if result == "not-found":
        return "Nothing of what was asked for was found: there is nothing to remove."
    held = [agent for agent in outcome.agents if agent.items and (outcome.dry_run or agent.proof is not None)]
    items = sum(agent.items for agent in held)
    what = [f"{counted(items, 'item')} on {counted(len(held), 'agent')}"] if held else []
    znode = outcome.znode
    if znode is not None and znode.state in ("gone", "root-left", "planned"):
        nodes = f" ({counted(znode.nodes, 'node')})" if znode.nodes else ""
        but = ", but for its empty root" if znode.state == "root-left" else ""
        what.append(f"the znode {znode.path}{nodes}{but}")
    if result == "would-remove":
        return f"A run would remove {' and '.join(what)}; nothing was changed."
    given_up = [agent for agent in outcome.agents if agent.items and agent.proof is None]
    left = (
        f" Not proven, since these agents never return: {counted(sum(agent.items for agent in given_up), 'item')} on "
        f"{counted(len(given_up), 'agent')}."
    )
    return f"Removed and proven gone: {' and '.join(what) or 'nothing'}.{left if given_up else ''}"
