"""`janitor uninstall NAME`: start it, watch it, explain what is stuck, finish it."""

from __future__ import annotations

import dataclasses

from janitor import exits
from janitor.cli.arguments.commands import Uninstall
from janitor.cli.results import Uninstalled
from janitor.cli.session import Session
from janitor.connect import expect_backup
from janitor.uninstall.drive import Driver
from janitor.uninstall.survey import Surveyor


def run(asked: Uninstall, session: Session) -> Uninstalled:
    """Uninstall the service to its end. Raises JanitorError only for what keeps it from beginning."""
    if asked.choice.backup is not None:
        expect_backup(asked.choice.backup, asked.common.target)
    driver = Driver(
        site=session.site,
        surveyor=Surveyor(session.site, asked.name, asked.choice),
        choice=asked.choice,
        patience=session.site.patience,
        view=session.view,
        confirm=session.confirm(yes=asked.yes),
        dry_run=asked.dry_run,
    )
    ended = driver.run()
    status = exits.of_dry_run(ended.status, changes=ended.would_change, detailed=asked.detailed)
    return Uninstalled(dataclasses.replace(ended, status=status), status=status)
