"""What the commands that look at a whole service share: a connection, a screen, and a scheduler that answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from janitor.cli import logs
from janitor.cli.arguments.commands import Common
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.views.live import Screen, watch
from janitor.cli.views.report import Report
from janitor.dcos.scheduler import SchedulerAway
from janitor.errors import OutOfTime, Trouble
from janitor.events import Waiting
from janitor.target import Run
from janitor.uninstall.service import unknown
from janitor.words import command

if TYPE_CHECKING:
    from janitor.connect import DcosSite
    from janitor.dcos.scheduler import Scheduler

T = TypeVar("T")

RESTARTS_WITHIN = 60.0
"""Seconds in which a scheduler that restarts is back: its task starts, and Admin Router's list of services is renewed
every 25 s."""


@contextmanager
def at_site(common: Common, env: Environment, engine: Engine) -> Iterator[tuple[DcosSite, Screen, Report]]:
    """A cluster that is logged in to, what shows events, and what tells the rest; closed at the end.

    Raises JanitorError for what keeps a login from succeeding.
    """
    logs.configure(common.show.log_level, env.err)
    report = Report(env.err, quiet=common.show.quiet)
    if common.target.insecure:
        report.warning("--insecure: no certificate is verified, and whoever answers gets the token.", always=True)
    for text in common.notices:
        report.notice(text)
    with env.signals.politely(), watch(env, common.show, report) as screen:
        site = engine.site(Run(common.target, common.limits, screen, env.stop))
        try:
            site.login()
            yield site, screen, report
        finally:
            site.close()


def answered(site: DcosSite, name: str, screen: Screen, ask: Callable[[Scheduler], T]) -> T:
    """What `ask` brings back from the scheduler of this service, which may be restarting: then it is waited for.

    Raises UsageError for a service that there is none of, Trouble for a scheduler that does not come back, and what
    `ask` raises.
    """
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
        screen(Waiting(f"the scheduler of {name} to answer: {last[0].message}", waited, patience.timeout))

    try:
        return patience.poll(attempt, every=0.2, at_most=2.0, on_wait=on_wait)[0]
    except OutOfTime:
        if not last:
            raise
        plain = name.strip("/")
        raise Trouble(
            f"The scheduler of {plain} did not answer within {patience.timeout:.0f} s: {last[0].message}",
            remedy=f"Look at its task in Marathon, and at {command('janitor', 'status', plain)}. "
            f"If it never comes back: {command('janitor', 'uninstall', plain, '--manual')}",
        ) from None


def _check_known(site: DcosSite, name: str) -> None:
    """Raise UsageError, with the names that come near, when Marathon knows no such app."""
    wanted = name.strip("/")
    apps = site.apps()
    if not any(wanted in (app.id.strip("/"), app.labels.get("DCOS_SERVICE_NAME", "").strip("/")) for app in apps):
        raise unknown(name, apps, site.frameworks())
