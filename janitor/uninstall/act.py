"""What an uninstall does, done. Whether it had its effect is told by the next look, never believed."""

from __future__ import annotations

from dataclasses import dataclass

from janitor.dcos.cosmos import CosmosRefused
from janitor.dcos.scheduler import NoSuchElement, SchedulerAway
from janitor.errors import HttpStatus, NoAnswer, OutOfTime, Trouble, Unreadable, Untrusted
from janitor.events import Told, View, Warned
from janitor.uninstall.actions import Action, DeleteApp, Force, ReplacePod, ShutDown, StartUninstall
from janitor.uninstall.site import Site
from janitor.uninstall.situation import Did, Situation
from janitor.uninstall.survey import Surveyor
from janitor.words import called, foreign

MOST_FORCES = 5
"""How often the same step of the same start of a scheduler is forced before something else must be wrong."""

MOST_LINES = 20
"""Lines of a package's own words that are shown."""

HALF_DONE = ("IncompleteUninstall", "MultipleFrameworkIds")
"""Cosmos has deleted the app, and could not tear its framework down (cosmos: UninstallHandler)."""

NO_SUCH_FRAMEWORK = "No framework found"
"""A master's word for one that is gone already (mesos: src/master/http.cpp, _teardown)."""

_PASSING = (500, 502, 503, 504)


@dataclass(slots=True)
class Actor:
    """Does what comes next, and has it remembered."""

    site: Site
    surveyor: Surveyor
    view: View

    def take(self, action: Action, situation: Situation) -> bool:
        """Do it. False when it may not have been done, for a reason that passes: look again.

        Raises JanitorError for what does not pass.
        """
        try:
            self._do(action, situation)
        except CosmosRefused as error:
            if error.type not in HALF_DONE and error.status not in _PASSING:
                raise
            self.view(Warned(error.message))
            if error.type not in HALF_DONE:
                return False
            self._did("start")
        except (Unreadable, Untrusted, OutOfTime):
            raise
        except HttpStatus as error:
            if isinstance(action, ShutDown) and NO_SUCH_FRAMEWORK in error.body:
                self._tore_down(action, situation)
                return True
            if error.status not in _PASSING:
                raise
            self.view(Warned(error.message))
            return False
        except (NoAnswer, NoSuchElement, SchedulerAway) as error:
            self.view(Warned(error.message))
            return False
        return True

    def _do(self, action: Action, situation: Situation) -> None:
        if isinstance(action, StartUninstall):
            notes = self.site.start_uninstall(action.package, action.app_id)
            self._did("start")
            if notes:
                lines = tuple(foreign(line) for line in notes.splitlines() if line.strip())
                self.view(Told("Its package says:", lines[:MOST_LINES]))
        elif isinstance(action, DeleteApp):
            self.site.delete_app(action.app_id)
            self._did("delete")
        elif isinstance(action, ShutDown):
            self.site.shut_down(action.framework_id, action.principal)
            self._tore_down(action, situation)
        elif isinstance(action, ReplacePod):
            self.site.scheduler(situation.service.scheduler_name).replace_pod(action.pod)
            self.surveyor.memory = self.surveyor.memory.moved(action.pod)
        elif isinstance(action, Force):
            self._force(action, situation)

    def _force(self, action: Force, situation: Situation) -> None:
        stuck = action.stuck
        assert stuck is not None
        # By id: it is this very step of this very start of the scheduler; a restart forgets what was forced, and gives
        # new ids. Before SDK 0.30 a step cannot be addressed by its name anyway.
        key = stuck.step.id or stuck.step.name
        self.surveyor.memory = self.surveyor.memory.forcing(key)
        if self.surveyor.memory.forced[key] > MOST_FORCES:
            raise Trouble(f"{called(stuck.step.name)} was forced {MOST_FORCES} times and is not COMPLETE.")
        scheduler = self.site.scheduler(situation.service.scheduler_name)
        scheduler.force_complete(stuck.plan, stuck.phase.id or stuck.phase.name, key)
        if stuck.given_up:
            self.surveyor.memory = self.surveyor.memory.gave_up(stuck)

    def _did(self, what: Did) -> None:
        self.surveyor.memory = self.surveyor.memory.did(what)

    def _tore_down(self, action: ShutDown, situation: Situation) -> None:
        leader = situation.snapshot.leader.id
        self.surveyor.memory = self.surveyor.memory.tore_down(action.framework_id, leader)
