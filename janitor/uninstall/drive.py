"""Drive an uninstall to its end: look, next step, do it, and again. What is left is explained, never guessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from janitor.cleanup.outcome import Outcome
from janitor.dcos.scheduler import Plan
from janitor.errors import BackupTrouble, NotConfirmed
from janitor.events import PlanSeen, Told, View, Warned
from janitor.exits import Exit
from janitor.holdings.groups import Telling
from janitor.mesos.cluster import Unknown
from janitor.message import Message
from janitor.patience import Patience
from janitor.uninstall.account import Account
from janitor.uninstall.act import Actor
from janitor.uninstall.actions import Action, CleanUp, Done, Force, Next, ReplacePod, StartUninstall, Stuck, WaitFor
from janitor.uninstall.before import warnings
from janitor.uninstall.ended import Ended
from janitor.uninstall.explain import introduction
from janitor.uninstall.lost import check_lost
from janitor.uninstall.next_step import next_step
from janitor.uninstall.pacing import LONGEST_PAUSE, Pacing
from janitor.uninstall.relook import check_unchanged, other_frameworks, overtaken
from janitor.uninstall.remains import cleanup_jobs
from janitor.uninstall.site import Site
from janitor.uninstall.situation import Choice, Situation, WaitLimits
from janitor.uninstall.survey import Surveyor
from janitor.uninstall.tree import draw
from janitor.words import called, counted
from janitor.zookeeper.backup import masked

Confirm = Callable[[str, str], bool]
"""Asked before what cannot be undone: (question, the name to type) -> whether it was confirmed."""

TOKEN_SOON = 3600.0
"""Seconds: Cosmos goes on with this run's token for as long as the uninstall takes."""

MOST_TOLD = 20
"""Steps of one cause that are told one by one while they are forced."""


@dataclass(slots=True)
class Driver:
    """One uninstall. every: seconds between two looks when something moves."""

    site: Site
    surveyor: Surveyor
    choice: Choice
    patience: Patience
    view: View
    confirm: Confirm
    limits: WaitLimits = field(default_factory=WaitLimits)
    every: float = 1.0
    dry_run: bool = False
    _actor: Actor = field(init=False)
    _pacing: Pacing = field(init=False)
    _telling: Telling = field(default_factory=Telling)
    _saved: bool = False

    def __post_init__(self) -> None:
        self._actor = Actor(self.site, self.surveyor, self.view)
        self._pacing = Pacing(self.patience, self.view, self.every)

    def run(self) -> Ended:
        """Go on to the end.

        Raises UsageError for a service that is not there, and what keeps a first look from being taken; everything
        after that is in the result.
        """
        situation = self.surveyor.look()
        check_lost(self.choice, situation)
        account = Account(self.choice, situation, situation)
        try:
            following = self._next(situation)
            if isinstance(following, Stuck) and following.status == Exit.REFUSED:
                return account.ended(following.status, following.why, following.remedy)
            self.view(Told(f"Service {called(situation.service.name)}", introduction(situation, self.choice)))
            for warning in warnings(situation, self.choice):
                self.view(warning)
            return self._to_the_end(account)
        except Exception as error:
            return account.ended_by(error)

    def _to_the_end(self, account: Account) -> Ended:
        begins = True
        while True:
            situation = account.last
            following = self._next(situation)
            self._show(situation)
            if isinstance(following, Stuck):
                return account.ended(following.status, following.why, following.remedy)
            if isinstance(following, Done):
                return account.done(following)
            if self.dry_run:
                return self._rehearsed(account, following)
            if not isinstance(following, CleanUp) and (isinstance(following, WaitFor) or following.ask is None):
                self._save_znode(account)
            if isinstance(following, WaitFor):
                self._pacing.wait(following.what)
            elif isinstance(following, CleanUp):
                if begins:
                    self._confirm_the_rest(following, account)
                failed = self._clean(account, following)
                if failed is not None:
                    return account.ended(failed.status, "The clean-up at the end is not complete.", account.go_on())
            elif isinstance(following, Force):
                self._force(account)
            else:
                self._take(following, account)
            self._look_again(account)
            begins = False

    def _next(self, situation: Situation) -> Next:
        return next_step(situation, self.choice, self.limits)

    def _show(self, situation: Situation) -> None:
        """The plan as it stands, and each reason why a step does not end, once."""
        if isinstance(situation.plan, Plan):
            self.view(PlanSeen(situation.plan.name, draw(situation.plan)))
        for text in self._telling.of(situation.stuck):
            self.view(Told(text))

    def _look_again(self, account: Account) -> Situation:
        account.last = self.surveyor.look_again(self.patience, self.view, every=self.every, at_most=LONGEST_PAUSE)
        return account.last

    def _take(self, action: Action, account: Account) -> None:
        """Ask where it cannot be undone, then do it."""
        situation = account.last
        if isinstance(action, StartUninstall):
            self._warn_of_the_token()
        if action.ask is not None:
            name = action.pod if isinstance(action, ReplacePod) else situation.service.name
            if not self.confirm(action.ask, name):
                if isinstance(action, ReplacePod):
                    self.surveyor.memory = self.surveyor.memory.kept(action.pod)
                    return
                if account.taken:
                    raise NotConfirmed(f"Not confirmed: {action.what.rstrip('.')}.", remedy=account.go_on())
                raise NotConfirmed("Not confirmed: nothing was done.")
            after = self._look_again(account)
            if not overtaken(action, after) or other_frameworks(situation, after):
                check_unchanged(action, situation, after, self._next(after), done=bool(account.taken))
            if overtaken(action, after):
                return
            situation = after
            self._save_znode(account)
        self.view(Told(f"{action.what.rstrip('.')}."))
        if self._actor.take(action, situation):
            account.taken.append(action.what)
        else:
            self.patience.pause(self.every)

    def _confirm_the_rest(self, action: CleanUp, account: Account) -> None:
        """Ask before a clean-up that a run begins with: nothing was confirmed yet, and it destroys data."""
        situation = account.last
        items = sum(held.items for held in situation.reserved)
        rest = [counted(items, "reservation")] if items else []
        rest += [f"the znode {called(situation.service.znode)}"] if situation.znode is not False else []
        if not rest:
            return
        name = situation.service.name
        if not self.confirm(f"Remove what is left of {name} ({' and '.join(rest)})? Its data is lost.", name):
            raise NotConfirmed("Not confirmed: nothing was done.")
        after = self._look_again(account)
        check_unchanged(action, situation, after, self._next(after), done=False)

    def _save_znode(self, account: Account) -> None:
        """Save it before anything is done, where its scheduler deletes it itself. Raises BackupTrouble.

        What a clean-up deletes in the end, the clean-up saves.
        """
        situation, directory = account.last, self.choice.backup
        if self._saved or directory is None or situation.way != "modern" or self.choice.no_znode:
            return
        path = situation.service.znode
        if isinstance(situation.znode, Unknown):
            raise BackupTrouble(
                f"Its scheduler deletes {called(path)}, and it cannot be saved before that.",
                why=situation.znode.why,
                remedy="Leave --backup out to go on without.",
            )
        saved = self.site.save_znode(path, directory) if situation.znode else None
        self._saved = True
        if saved is None:
            self.view(Warned(f"There is no {called(path)}: nothing of it is saved."))
            return
        done = f"Save {called(path)} in {called(saved.file)} ({counted(saved.nodes, 'node')})"
        self.view(Told(f"{done}.", ("Its scheduler may still write there: what it writes from now on is not in it.",)))
        if saved.masked:
            self.view(Warned(masked(saved.masked)))
        account.taken.append(done)

    def _force(self, account: Account) -> None:
        """Force what this look found safe, until it is too old to go by; the first that may not be done ends it."""
        began = self.patience.clock()
        told: Counter[str] = Counter()
        situation = account.last
        while isinstance(action := self._next(situation), Force) and action.stuck is not None:
            cause = action.stuck.cause
            told[cause] += 1
            if told[cause] <= MOST_TOLD:
                self.view(Told(f"{action.what.rstrip('.')}."))
            elif told[cause] == MOST_TOLD + 1:
                self.view(Told("The other steps of the same cause are forced, too."))
            if not self._actor.take(action, situation):
                return
            account.taken.append(action.what)
            situation = replace(situation, stuck=tuple(one for one in situation.stuck if one is not action.stuck))
            if self.patience.clock() - began > LONGEST_PAUSE:
                return
            self.patience.check("forcing what cannot end")

    def _warn_of_the_token(self) -> None:
        expires = self.site.token_expires_in()
        if expires is not None and expires < TOKEN_SOON:
            left = f"expires in {max(1, round(expires / 60))} minutes" if expires > 0 else "has expired"
            why = (
                "Cosmos uses this token after the run, too. When the token is refused, Cosmos stops without a message."
            )
            self.view(Warned(Message(f"The token {left}.", why)))

    def _clean(self, account: Account, action: CleanUp) -> Outcome | None:
        """The clean-ups, one after another; the first that did not end with 0, if any."""
        self.view(Told(f"{action.what.rstrip('.')}."))
        for job in cleanup_jobs(account.last, self.choice, dry_run=self.dry_run):
            outcome = self.site.clean(job)
            account.cleanups.append(outcome)
            if outcome.status != Exit.CLEAN:
                return outcome
        self.surveyor.memory = self.surveyor.memory.did("clean")
        if not self.dry_run:
            account.taken.append(action.what)
        return None

    def _rehearsed(self, account: Account, following: Action | WaitFor) -> Ended:
        """A dry run: what a run would do now; of a clean-up, how that would end."""
        if isinstance(following, CleanUp):
            failed = self._clean(account, following)
            return account.ended(failed.status if failed is not None else Exit.CLEAN, next=following.what)
        return account.ended(
            Exit.CLEAN, next=following.what if isinstance(following, Action) else f"wait for {following.what}"
        )
