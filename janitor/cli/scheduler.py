"""A service's scheduler as the commands ask it: one that restarts is waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from janitor.dcos.scheduler import SchedulerAway
from janitor.errors import OutOfTime, Trouble
from janitor.events import Waiting
from janitor.message import do
from janitor.uninstall.service import unknown
from janitor.words import own_command

if TYPE_CHECKING:
    from janitor.cli.session import Session
    from janitor.connect import DcosSite
    from janitor.dcos.scheduler import Scheduler

T = TypeVar("T")

RESTARTS_WITHIN = 60.0
"""Seconds in which a scheduler that restarts is back: its task starts, and Admin Router's list of services is renewed
every 25 s."""


def answered(session: Session, name: str, ask: Callable[[Scheduler], T]) -> T:
    """What `ask` brings back from the scheduler of this service, which may be restarting: then it is waited for.

    Raises UsageError for a service that there is none of, Trouble for a scheduler that does not come back, and what
    `ask` raises.
    """
    site = session.site
    scheduler = site.scheduler(name)
    patience = site.patience.within(RESTARTS_WITHIN)
    last: list[SchedulerAway] = []

    def attempt() -> tuple[T] | None:
        try:
            return (ask(scheduler),)
        except SchedulerAway as error:
            if not last:
                _check_known(site, name)
            last[:] = [error]
            return None

    def on_wait() -> None:
        waited = patience.timeout - patience.remaining()
        session.view(Waiting(f"the scheduler of {name} to answer: {last[0].message}", waited, patience.timeout))

    try:
        return patience.poll(attempt, every=0.2, at_most=2.0, on_wait=on_wait)[0]
    except OutOfTime:
        if not last:
            raise
        plain = name.strip("/")
        status = own_command(site.reach, "status", plain)
        raise Trouble(
            f"The scheduler of {plain} did not answer within {patience.timeout:.0f} s",
            why=last[0].message,
            remedy=do("Look at its task in Marathon, and where the service stands:", status).also(
                "If it never comes back:", own_command(site.reach, "uninstall", plain, "--manual")
            ),
        ) from None


def _check_known(site: DcosSite, name: str) -> None:
    """Raise UsageError, with the names that come near, when Marathon knows no such app."""
    wanted = name.strip("/")
    apps = site.apps()
    if not any(wanted in (app.id.strip("/"), app.labels.get("DCOS_SERVICE_NAME", "").strip("/")) for app in apps):
        raise unknown(name, apps, site.frameworks(), site.reach)
