"""The command itself, which is killed (SIGKILL) as soon as ZooKeeper has confirmed some deletions of a large tree."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace

from janitor.cleanup.job import Job
from janitor.cleanup.outcome import Outcome
from janitor.cli.engine import Engine
from janitor.cli.main import main
from janitor.events import Event, ZnodeProgress
from janitor.target import Run

ENOUGH = 1000
"""Confirmed deletions: more than a service keeps beside its topics, and less than what may be under way at once."""


class Dying(Engine):
    def clean(self, job: Job, run: Run) -> Outcome:
        def told(event: Event) -> None:
            run.view(event)
            if isinstance(event, ZnodeProgress) and event.deleted >= ENOUGH:
                os.kill(os.getpid(), signal.SIGKILL)

        return super().clean(job, replace(run, view=told))


if __name__ == "__main__":
    sys.exit(main(engine=Dying()))
