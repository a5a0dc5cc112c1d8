"""What the scripts share: they wait for another apt. The real apt-get, on folders of its own."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    if shutil.which("apt-get") is None:
        pytest.skip("there is no apt-get here")
    folder = tmp_path / "lists"
    (folder / "partial").mkdir(parents=True)
    return folder


def update(lists: Path, wait: int) -> subprocess.Popen[str]:
    """`apt-get update` without a source, as the scripts run it: it takes the lock, and asks nobody."""
    options = f"-o Dir::State::lists={lists} -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=/dev/null"
    return subprocess.Popen(
        ["bash", "-c", f". '{ROOT}/scripts/prepare.sh'; apt_get {options} update"],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "APT_WAIT": str(wait)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def other_apt(lists: Path) -> Iterator[object]:
    """Holds the lock as another apt does, until it is closed."""
    with (lists / "lock").open("w") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        yield held


def test_another_apt_is_waited_for(lists: Path, other_apt: object) -> None:
    with update(lists, wait=120) as running:
        assert running.stderr is not None
        said = running.stderr.readline()
        assert "Waiting for it, up to 120 seconds" in said
        assert f"Could not get lock {lists}/lock" in said
        other_apt.close()  # type: ignore[attr-defined]
        rest = running.stderr.read()
    assert (running.returncode, rest) == (0, "")


def test_another_apt_that_does_not_end_is_an_error(lists: Path, other_apt: object) -> None:
    with update(lists, wait=2) as running:
        _, said = running.communicate()
    assert running.returncode == 100
    assert said.count(f"Could not get lock {lists}/lock") == 2


def test_any_other_error_is_not_waited_for(lists: Path) -> None:
    shutil.rmtree(lists)
    lists.write_text("a file where a folder is wanted")
    with update(lists, wait=120) as running:
        _, said = running.communicate()
    assert running.returncode == 100
    assert "Waiting" not in said
