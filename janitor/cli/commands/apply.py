"""`janitor apply FILE`: do exactly what a saved plan says."""

from __future__ import annotations

from janitor.cli.arguments.commands import Apply
from janitor.cli.results import Cleaned
from janitor.cli.session import Session


def run(asked: Apply, session: Session) -> Cleaned:
    """Clean up what the plan names. Raises JanitorError only for what keeps it from beginning."""
    return Cleaned.of(session.clean(asked.job), detailed=asked.detailed)
