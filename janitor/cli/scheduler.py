"""A service's scheduler as the commands ask it: one that restarts is waited for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from janitor.dcos.scheduler import RESTARTING, RESTARTS_WITHIN, SchedulerAway
from janitor.errors import OutOfTime, Trouble
from janitor.events import Waiting
from janitor.message import do
from janitor.uninstall.service import unknown
from janitor.words import called, command, own_command

if TYPE_CHECKING:
    from janitor.cli.session import Session
    from janitor.connect import DcosSite
    from janitor.dcos.scheduler import Scheduler

T = TypeVar("T")


def answered(session: Session, name: str, ask: Callable[[Scheduler], T]) -> T:
    """What `ask` brings back from the scheduler of this service, which may be restarting: then it is waited for.

    Raises UsageError for a service that there is none of, Trouble for a scheduler that does not come back or that
    Marathon is not to run, and what `ask` raises.
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
        what = f"the scheduler of {name.strip('/')} to answer. {RESTARTING}: {last[0].why}"
        session.view(Waiting(what, waited, patience.at_most(waited)))

    try:
        return patience.poll(attempt, every=0.2, at_most=2.0, on_wait=on_wait)[0]
    except OutOfTime:
        if not last:
            raise
        plain = name.strip("/")
        status = own_command(site.reach, "status", plain)
        raise Trouble(
            f"The scheduler of {plain} did not answer within {patience.timeout:.0f} s",
            why=last[0].why,
            remedy=do("Look at its task in Marathon, and where the service stands:", status).also(
                "If it never comes back:", own_command(site.reach, "uninstall", plain, "--manual")
            ),
        ) from None


def _check_known(site: DcosSite, name: str) -> None:
    """Raise UsageError, with the names that come near, when Marathon knows no such app; Trouble when it is stopped."""
    wanted = name.strip("/")
    apps = site.apps()
    known = [app for app in apps if wanted in (app.id.strip("/"), app.labels.get("DCOS_SERVICE_NAME", "").strip("/"))]
    if not known:
        raise unknown(name, apps, site.frameworks(), site.reach)
    if all(app.instances == 0 for app in known):
        raise Trouble(
            f"The scheduler of {wanted} does not run.",
            why=f"Marathon is to run 0 instances of its app {called(known[0].id)}",
            remedy=do("Start it, then run the same again:", command("dcos", "marathon", "app", "start", known[0].id)),
        )


def sent(session: Session, name: str, order: Callable[[Scheduler], T], *see: str) -> T:
    """What the scheduler answers to an order, which is sent once: after a restart its steps and tasks are others.

    see: the words of the command that shows whether it was carried out. Raises Trouble when no answer comes, and what
    `order` raises.
    """
    site = session.site
    try:
        return order(site.scheduler(name))
    except SchedulerAway as error:
        raise Trouble(
            error.message.what,
            why=error.why,
            remedy=do(
                "It is not known whether the scheduler carried this out. See how it stands, then run the same again:",
                own_command(site.reach, *see),
            ),
        ) from None
