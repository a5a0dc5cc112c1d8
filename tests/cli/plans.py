"""A saved plan, for command lines that want one."""

from __future__ import annotations

import tempfile
from pathlib import Path

from janitor.cleanup.approved import Approved
from janitor.cleanup.job import Job
from janitor.records.plan import plan_of, save

_FOLDER = tempfile.TemporaryDirectory(prefix="janitor-plans-")


def write_plan(path: Path) -> Path:
    """A plan by which one znode goes, saved just now."""
    job = Job(znode="dcos-service-kafka", dry_run=True)
    seen = Approved(cluster="test", pins={}, hosts={}, znode=7)
    save(plan_of(job, seen, url="http://leader.mesos:5050/master/", version="1.11.0", nodes=3), str(path), "--save")
    return path


PLAN = write_plan(Path(_FOLDER.name) / "kafka.plan")
"""One for the whole session."""
