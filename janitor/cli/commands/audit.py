"""`janitor audit list FILE` and `janitor audit show FILE`."""

from __future__ import annotations

from janitor.cli.arguments.local import AuditList, AuditShow
from janitor.cli.environment import Environment
from janitor.cli.results import HistoryRead
from janitor.records.history import read


def run(asked: AuditList | AuditShow, _env: Environment) -> HistoryRead:
    """Read the log. Raises UsageError for a file that is none."""
    if isinstance(asked, AuditShow):
        return HistoryRead(read(asked.file, asked.run))
    return HistoryRead(read(asked.file), brief=True)
