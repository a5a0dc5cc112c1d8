"""`janitor sweep`: remove everything that a scan calls abandoned, after its list was shown and confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from janitor import exits
from janitor.cli.arguments.commands import Sweep
from janitor.cli.results import SweptUp
from janitor.cli.session import Session
from janitor.cli.views.scan import much, prose, table, znodes_of
from janitor.connect import expect_backup
from janitor.events import Told
from janitor.scan.report import Found
from janitor.scan.sweep import sweep
from janitor.target import Target
from janitor.words import counted

INDENT = 2
"""Columns by which what is told below a heading is indented."""


def run(asked: Sweep, session: Session) -> SweptUp:
    """Scan, ask, and remove. Raises JanitorError for what keeps it from beginning, and NotConfirmed."""
    target = asked.common.target
    if asked.choice.backup is not None:
        expect_backup(asked.choice.backup, target)

    def confirm(chosen: Sequence[Found]) -> None:
        name = cluster_name(target)
        width = session.width - INDENT if session.width is not None else None
        heading = "This will go, with all data in it:"
        listed = (*table(chosen, width), *prose(znodes_of(chosen), width))
        session.view(Told(heading, listed))
        # Nobody is asked about what was not shown, not even with --quiet.
        unseen = "\n".join((heading, *listed, "")) if asked.common.show.quiet and not asked.yes else ""
        question = (
            f"{unseen}Remove {counted(len(chosen), 'holding')} ({much(chosen, znodes=True)}) from the cluster {name}?"
        )
        session.insist(question, name, yes=asked.yes)

    done = sweep(session.site, asked.choice, session.view, confirm, target.reach, dry_run=asked.dry_run)
    changes = asked.dry_run and bool(done.chosen)
    return SweptUp(done, target.reach, status=exits.of_dry_run(done.status, changes=changes, detailed=asked.detailed))


def cluster_name(target: Target) -> str:
    """What a person types to say which cluster is meant: the host of its URL."""
    url = target.dcos_url if target.dcos_url is not None else target.mesos
    return urlsplit(url).hostname or url
