"""What a run saw and did until now, and how it ends."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from janitor.cleanup.outcome import Outcome
from janitor.dcos.scheduler import RESTARTING, RESTARTS_WITHIN
from janitor.errors import Bug, Interrupted, JanitorError, NotConfirmed, OutOfTime, Refusal
from janitor.exits import Exit
from janitor.holdings.groups import explained
from janitor.message import Message, Remedy, all_of, do
from janitor.uninstall.actions import Done
from janitor.uninstall.closing import name_the_znode, summary, unknown_znode
from janitor.uninstall.ended import Ended
from janitor.uninstall.explain import ways_out
from janitor.uninstall.remains import comeback_commands, given_up
from janitor.uninstall.service import is_uninstalling
from janitor.uninstall.situation import Away, Choice, Situation
from janitor.words import Word

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Account:
    """first, last: the looks before anything was done, and until now. taken: what was done, in words."""

    choice: Choice
    first: Situation
    last: Situation
    taken: list[str] = field(default_factory=list)
    cleanups: list[Outcome] = field(default_factory=list)

    def ended(
        self, status: Exit, why: str = "", remedy: str | None = None, *, next: str = "", summary: str = ""
    ) -> Ended:
        """It ends here."""
        lost = given_up(self.last)
        return Ended(
            status=status,
            situation=self.last,
            why=why,
            summary=summary,
            remedy=remedy,
            next=next,
            taken=tuple(self.taken),
            cleanups=tuple(self.cleanups),
            given_up=lost,
            comebacks=comeback_commands(lost, self.last),
        )

    def done(self, following: Done) -> Ended:
        """Nothing is left to do. What was not looked at is not called gone: then it could not be told."""
        if following.why:
            return self.ended(Exit.CLEAN, following.why)
        untold = unknown_znode(self.last, self.choice)
        told = summary(self.first, self.last, self.choice)
        if untold:
            return self.ended(Exit.FAILED, f"{told} {untold}", name_the_znode(self.last, self.choice))
        return self.ended(Exit.CLEAN, summary=told)

    def ended_by(self, error: Exception) -> Ended:
        """It ends with this error. Of one that nobody expected, what was done until then is told all the same."""
        if isinstance(error, Interrupted):
            return self.ended(error.exit_status, self._interrupted(), self.go_on())
        if isinstance(error, OutOfTime):
            message = error.message if error.message.why else Message(error.message.what, self._explained())
            return self.ended(error.exit_status, message, self.go_on())
        if isinstance(error, (Refusal, NotConfirmed)):
            return self.ended(error.exit_status, error.cited, error.remedy)
        if isinstance(error, JanitorError):
            return self.ended(error.exit_status, error.message, error.remedy or self.go_on())
        _log.debug("what nobody expected:", exc_info=error)
        bug = Bug(error)
        return self.ended(bug.exit_status, bug.message, bug.remedy)

    def go_on(self) -> Remedy:
        """The commands that go on from here, and what can be done about what is stuck."""
        go_on, look = self.last.paste_uninstall(self.choice), self.last.paste("status", Word(self.last.service.name))
        where = do("To go on:", go_on).also("To see where it stands:", look)
        return all_of([where, ways_out(self.last, self.choice)]) or where

    def _interrupted(self) -> str:
        app = self.last.service.app
        if app is not None and is_uninstalling(app):
            return "The watching was stopped; the uninstall goes on in the cluster."
        return "Stopped." if self.taken else "Stopped before anything was done."

    def _explained(self) -> str:
        """Why it does not end: the scheduler's silence, or that of the steps that are left, each reason once."""
        if isinstance(self.last.plan, Away):
            silence = self.last.plan
            said = RESTARTING if silence.seconds < RESTARTS_WITHIN else "Its scheduler does not answer"
            return f"{said}: {silence.why}"
        return explained(self.last.stuck)
