"""The steps of an uninstall, done. Whether one had its effect is told by the next look, never believed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from janitor.dcos.cosmos import CosmosRefused
from janitor.dcos.scheduler import NoSuchElement, SchedulerAway
from janitor.errors import HttpStatus, NoAnswer, OutOfTime, Trouble, Unreadable, Untrusted
from janitor.events import Told, View, Warned
from janitor.uninstall.site import Site
from janitor.uninstall.situation import Situation
from janitor.uninstall.steps import DeleteApp, Force, ReplacePod, ShutDown, StartUninstall, Step
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
class Actions:
    """Does steps."""

    site: Site
    surveyor: Surveyor
    view: View
    _forced: Counter[str] = field(default_factory=Counter)

    def take(self, step: Step, situation: Situation) -> bool:
        """Do one step. False when it may not have been done, for a reason that passes: look again.

        Raises JanitorError for what does not pass.
        """
        try:
            self._do(step, situation)
        except CosmosRefused as error:
            if error.type not in HALF_DONE and error.status not in _PASSING:
                raise
            self.view(Warned(error.message))
            if error.type not in HALF_DONE:
                return False
            self.surveyor.done.add("start")
        except (Unreadable, Untrusted, OutOfTime):
            raise
        except HttpStatus as error:
            if isinstance(step, ShutDown) and NO_SUCH_FRAMEWORK in error.body:
                return True
            if error.status not in _PASSING:
                raise
            self.view(Warned(error.message))
            return False
        except (NoAnswer, NoSuchElement, SchedulerAway) as error:
            self.view(Warned(error.message))
            return False
        return True

    def _do(self, step: Step, situation: Situation) -> None:
        if isinstance(step, StartUninstall):
            notes = self.site.start_uninstall(step.package, step.app_id)
            self.surveyor.done.add("start")
            if notes:
                lines = tuple(foreign(line) for line in notes.splitlines() if line.strip())
                self.view(Told("Its package says:", lines[:MOST_LINES]))
        elif isinstance(step, DeleteApp):
            self.site.delete_app(step.app_id)
            self.surveyor.done.add("delete")
        elif isinstance(step, ShutDown):
            self.site.shut_down(step.framework_id, step.principal)
            self.surveyor.done.add("shutdown")
        elif isinstance(step, ReplacePod):
            self.site.scheduler(situation.service.scheduler_name).replace_pod(step.pod)
            self.surveyor.moved_pods.add(step.pod)
        elif isinstance(step, Force):
            self._force(step, situation)

    def _force(self, step: Force, situation: Situation) -> None:
        stuck = step.stuck
        assert stuck is not None
        # By id: it is this very step of this very start of the scheduler; a restart forgets what was forced, and gives
        # new ids. Before SDK 0.30 a step cannot be addressed by its name anyway.
        key = stuck.step.id or stuck.step.name
        self._forced[key] += 1
        if self._forced[key] > MOST_FORCES:
            raise Trouble(f"{called(stuck.step.name)} was forced {MOST_FORCES} times and is not COMPLETE.")
        scheduler = self.site.scheduler(situation.service.scheduler_name)
        scheduler.force_complete(stuck.plan, stuck.phase.id or stuck.phase.name, key)
        if stuck.given_up:
            # At once: the next look may find neither the plan nor the scheduler.
            self.surveyor.given_up[stuck.resource_id] = stuck
