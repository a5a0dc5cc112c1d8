"""What the command line asks of the rest of Janitor: one seam, imported only when there is work, replaced in tests."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from janitor.cleanup.job import Job
    from janitor.cleanup.outcome import Outcome
    from janitor.connect import DcosSite
    from janitor.dcos.marathon import App
    from janitor.events import View
    from janitor.patience import Patience, Stop
    from janitor.target import Limits, Target
    from janitor.transport.http import Reply


def _without(limits: Limits, loading: float) -> Limits:
    """The limits, with the seconds not counted in which the libraries were loaded: a slow disk takes no time away."""
    if limits.began is None:
        return limits
    return dataclasses.replace(limits, began=limits.began + loading)


class Marathon(Protocol):
    """The two calls that removing oneself takes. Both raise JanitorError."""

    def app(self, id: str, /) -> App | None: ...
    def delete(self, id: str, /) -> Reply: ...


class Engine:
    """The real one."""

    def clean(self, job: Job, target: Target, limits: Limits, *, view: View, stop: Stop) -> Outcome:
        """Clean up. Raises JanitorError only for what is wrong before there is an outcome."""
        loading = time.monotonic()
        from janitor.connect import run_clean

        return run_clean(job, target, _without(limits, time.monotonic() - loading), view=view, stop=stop)

    def site(self, target: Target, limits: Limits, *, view: View, stop: Stop) -> DcosSite:
        """A DC/OS cluster for the commands that look at a whole service. Raises JanitorError."""
        loading = time.monotonic()
        from janitor.connect import DcosSite

        return DcosSite(target, _without(limits, time.monotonic() - loading), view=view, stop=stop)

    def marathon(self, target: Target, patience: Patience) -> Marathon:
        """A client for Marathon. Raises JanitorError."""
        from janitor.connect import marathon

        return marathon(target, patience)
