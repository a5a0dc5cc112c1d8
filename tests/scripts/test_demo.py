"""The first command of the README: a person sees a whole clean-up, a scan and a sweep, and it went as it says."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.clock import HANGS
from tests.zookeeper.server import zookeeper_or_skip

ROOT = Path(__file__).parents[2]
PREPARED = ROOT / ".venv" / "prepared"


def prepared() -> bool:
    """Whether the environment is one that ./scripts/test made: no test installs packages beside others that run."""
    told = PREPARED.read_text().splitlines() if PREPARED.exists() else [""]
    return told[0].endswith(f" {PREPARED.parent}") and "extra: dev" in told


def test_the_demonstration_goes_as_it_says() -> None:
    zookeeper_or_skip()
    if not prepared():
        reason = "The environment was not made by ./scripts/test."
        pytest.fail(reason, pytrace=False) if os.environ.get("CI") == "true" else pytest.skip(reason)
    done = subprocess.run(
        [ROOT / "scripts" / "demo"],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=HANGS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    _, before, cleaning, after, again, refused, scanned, swept, rest, end = done.stdout.split("\n=== ")
    assert "kafka-role" in before
    assert "Cleanup completed successfully." in cleaning
    assert "kafka" not in after.partition("\n")[2]
    assert "hdfs-role" in after
    assert "(exit status 0)" in again
    assert "(exit status 6)" in refused
    assert "janitor clean -r nifi-role -p nifi-principal -z dcos-service-nifi" in scanned
    assert "nifi" in swept
    assert "nifi" not in rest
    assert end.startswith("Done ===")
