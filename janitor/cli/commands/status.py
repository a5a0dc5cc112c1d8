"""`janitor status NAME`: where the service stands, what is stuck and why, and the exact next command."""

from __future__ import annotations

from janitor.cli.arguments.commands import Status
from janitor.cli.results import Stands
from janitor.cli.session import Session
from janitor.exits import Exit
from janitor.uninstall.explain import standing
from janitor.uninstall.lost import check_lost
from janitor.uninstall.situation import WaitLimits
from janitor.uninstall.survey import Surveyor


def run(asked: Status, session: Session) -> Stands:
    """One look. Ends with 0 when nothing of it is left, 10 when something is, 5 when that could not be told."""
    situation = Surveyor(session.site, asked.name, asked.choice, without_marathon=True).look()
    check_lost(asked.choice, situation)
    stands = standing(situation, asked.choice, WaitLimits())
    status = {True: Exit.FOUND, False: Exit.CLEAN, None: Exit.FAILED}[stands.left]
    return Stands(situation, stands, status=status)
