"""What the commands that look at a whole service share: a connection, a screen, and errors in good order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from janitor.cli import logs
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.sitesettings import SiteSettings
from janitor.cli.views.live import Screen, watch
from janitor.cli.views.report import Report

if TYPE_CHECKING:
    from janitor.connect import DcosSite


@contextmanager
def at_site(chosen: SiteSettings, env: Environment, engine: Engine) -> Iterator[tuple[DcosSite, Screen, Report]]:
    """A cluster that is logged in to, what shows events, and what tells the rest; closed at the end.

    Raises JanitorError for what keeps a login from succeeding.
    """
    logs.configure(chosen.show.log_level, env.err)
    report = Report(env.err, quiet=chosen.show.quiet)
    if chosen.target.insecure:
        report.warning("--insecure: no certificate is verified, and whoever answers gets the token.", always=True)
    for text in chosen.notices:
        report.notice(text)
    with env.signals.politely(), watch(env, chosen.show, report) as screen:
        site = engine.site(chosen.target, chosen.limits, view=screen, stop=env.stop)
        try:
            site.login()
            yield site, screen, report
        finally:
            site.close()
