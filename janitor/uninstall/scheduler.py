"""The scheduler of a service as an operator asks it: one that restarts is waited for, and an order is sent once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from janitor.dcos.scheduler import (
    RESTARTS_WITHIN,
    NoSuchElement,
    Plan,
    PodInstance,
    SchedulerAway,
    to_answer,
)
from janitor.errors import BadAnswer, LoginPage, OutOfTime, Trouble, UsageError
from janitor.events import View, Waiting
from janitor.holdings.services import apps_of
from janitor.mesos.cluster import Framework
from janitor.message import do
from janitor.patience import Patience
from janitor.uninstall.service import unknown
from janitor.uninstall.site import SchedulerCalls, Site
from janitor.words import Word, called, command, listed, own_command

T = TypeVar("T")

_NOT_KNOWN = "It is not known whether the scheduler carried this out. See how it stands, then run the same again:"


class Cluster(Site, Protocol):
    """The cluster of the service, and until when it may be asked."""

    patience: Patience

    def frameworks(self) -> tuple[Framework, ...]:
        """Every framework that the master knows."""


class AskedScheduler:
    """The scheduler of the service `name`. Where it restarts, it is waited for, and `view` is told.

    Every method raises UsageError for a service that there is none of, and Trouble for a scheduler that does not come
    back or that Marathon is not to run.
    """

    def __init__(self, site: Cluster, name: str, view: View) -> None:
        self._site = site
        self._name = name
        self._view = view

    def plan(self, plan_name: str) -> Plan:
        """The plan. Raises UsageError with those that exist when there is none of the name."""

        def ask(scheduler: SchedulerCalls) -> Plan:
            try:
                return scheduler.plan(plan_name)
            except LoginPage:
                raise
            except (NoSuchElement, BadAnswer) as error:
                try:
                    known = scheduler.plans()
                except (NoSuchElement, BadAnswer):
                    raise UsageError(
                        f"{self._name} has no plans: it is no SDK service.",
                        why=error.message,
                        remedy=do("See what it is:", self._status),
                    ) from None
                if isinstance(error, BadAnswer):
                    raise
                raise UsageError(
                    f"There is no plan {plan_name} of {self._name}.", remedy=f"Its plans: {listed(known, 20)}"
                ) from None

        return self._answered(ask)

    def pods(self) -> tuple[PodInstance, ...]:
        """Its pods. Raises UsageError where it serves none."""

        def ask(scheduler: SchedulerCalls) -> tuple[PodInstance, ...]:
            try:
                return scheduler.pods()
            except LoginPage:
                raise
            except (NoSuchElement, BadAnswer) as error:
                raise UsageError(
                    f"{self._name} serves no pods: it is being uninstalled, or it is no SDK service.",
                    why=error.message,
                    remedy=do("See what it is:", self._status),
                ) from None

        return self._answered(ask)

    def send(self, order: Callable[[SchedulerCalls], T], *see: str) -> T:
        """What it answers to an order, which is sent once: after a restart its steps and tasks are others.

        see: the words of the command that shows whether it was carried out. Raises Trouble when no answer comes, and
        what `order` raises.
        """
        try:
            return order(self._site.scheduler(self._name))
        except SchedulerAway as error:
            raise Trouble(
                error.message.what,
                why=error.why,
                remedy=do(_NOT_KNOWN, own_command(self._site.reach, *see)),
            ) from None

    @property
    def _plain(self) -> str:
        return self._name.strip("/")

    @property
    def _status(self) -> str:
        return own_command(self._site.reach, "status", Word(self._plain))

    def _answered(self, ask: Callable[[SchedulerCalls], T]) -> T:
        """What `ask` brings back, and raises."""
        scheduler = self._site.scheduler(self._name)
        patience = self._site.patience.within(RESTARTS_WITHIN)
        last: list[SchedulerAway] = []

        def attempt() -> tuple[T] | None:
            try:
                return (ask(scheduler),)
            except SchedulerAway as error:
                if not last:
                    self._check_known()
                last[:] = [error]
                return None

        def on_wait() -> None:
            waited = patience.timeout - patience.remaining()
            self._view(Waiting(to_answer(self._plain, last[0].why), waited, patience.at_most(waited)))

        try:
            return patience.poll(attempt, every=0.2, at_most=2.0, on_wait=on_wait)[0]
        except OutOfTime:
            if not last:
                raise
            raise Trouble(
                f"The scheduler of {self._plain} did not answer within {patience.timeout:.0f} s",
                why=last[0].why,
                remedy=do("Look at its task in Marathon, and where the service stands:", self._status).also(
                    "If it never comes back:", own_command(self._site.reach, "uninstall", Word(self._plain), "--manual")
                ),
            ) from None

    def _check_known(self) -> None:
        """Raise UsageError, with near names, when Marathon knows no such app; Trouble when it is stopped."""
        apps = self._site.apps()
        known = apps_of(self._plain, apps)
        if not known:
            raise unknown(self._name, apps, self._site.frameworks(), self._site.reach)
        if all(app.instances == 0 for app in known):
            start = command("dcos", "marathon", "app", "start", known[0].id)
            raise Trouble(
                f"The scheduler of {self._plain} does not run.",
                why=f"Marathon is to run 0 instances of its app {called(known[0].id)}",
                remedy=do("Start it, then run the same again:", start),
            )
