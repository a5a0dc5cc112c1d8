"""`janitor scan`: what everything in the cluster is held by, what is abandoned, and the command that removes it."""

from __future__ import annotations

from janitor.cli.arguments.commands import Scan
from janitor.cli.results import Scanned
from janitor.cli.session import Session
from janitor.scan.gather import gather
from janitor.scan.report import scan


def run(asked: Scan, session: Session) -> Scanned:
    """One look at everything. Raises JanitorError when Mesos itself cannot be read."""
    found = scan(gather(session.site, session.view)).only(asked.only, asked.role)
    return Scanned(found, asked.common.target.reach, status=found.status)
