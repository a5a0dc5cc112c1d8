"""What the command line asks of the rest of Janitor: one seam, imported only when there is work, replaced in tests."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from janitor.cleanup.job import Job
    from janitor.cleanup.outcome import Outcome
    from janitor.connect import DcosSite
    from janitor.dcos.marathon import App
    from janitor.journal import Journal
    from janitor.patience import Patience
    from janitor.target import Run, Target
    from janitor.transport.http import Reply


class Marathon(Protocol):
    """The two calls that removing oneself takes. Both raise JanitorError."""

    def app(self, id: str, /) -> App | None: ...
    def delete(self, id: str, /) -> Reply: ...


class Engine:
    """The real one."""

    def clean(self, job: Job, run: Run) -> Outcome:
        """Clean up. Raises JanitorError only for what is wrong before there is an outcome."""
        loading = time.monotonic()
        from janitor.connect import run_clean

        return run_clean(job, _without(run, time.monotonic() - loading))

    def site(self, run: Run) -> DcosSite:
        """A DC/OS cluster for the commands that look at a whole service. Raises JanitorError."""
        loading = time.monotonic()
        from janitor.connect import DcosSite

        return DcosSite(_without(run, time.monotonic() - loading))

    def marathon(self, target: Target, patience: Patience, journal: Journal | None = None) -> Marathon:
        """A client for Marathon; `journal` takes down what it deletes. Raises JanitorError."""
        from janitor.connect import marathon

        return marathon(target, patience, journal)


def _without(run: Run, loading: float) -> Run:
    return replace(run, limits=run.limits.without(loading))
