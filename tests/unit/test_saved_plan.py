"""A plan as a file: whole or not at all, and never over another file, on a file system of any kind."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from janitor.cleanup.approved import Approved
from janitor.cleanup.job import Job
from janitor.errors import Trouble, UsageError
from janitor.records.plan import SavedPlan, check_new, plan_of, save


@pytest.fixture(autouse=True)
def no_hard_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on FAT, and where a desktop's Docker shares a directory of the host."""

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refused)


def plan() -> SavedPlan:
    return plan_of(
        Job(role="kafka-role"), Approved(None, {}, {}, None), url="http://m:5050/", version="1.9.0", nodes=None
    )


def test_it_is_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "kafka.plan"
    check_new(str(path), "--save")
    save(plan(), str(path), "--save")
    assert os.listdir(tmp_path) == ["kafka.plan"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert b'"role": "kafka-role"' in path.read_bytes()
    with pytest.raises(UsageError, match="is there already"):
        check_new(str(path), "--save")


@pytest.mark.parametrize("kind", ["file", "empty file", "link to nothing", "directory"])
def test_what_came_meanwhile_stays(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "kafka.plan"
    if kind == "directory":
        path.mkdir()
    elif kind == "link to nothing":
        path.symlink_to(tmp_path / "nothing")
    else:
        path.write_text("mine" if kind == "file" else "")
    with pytest.raises(Trouble, match="is there by now: no plan is overwritten"):
        save(plan(), str(path), "--save")
    assert os.listdir(tmp_path) == ["kafka.plan"]
    assert kind != "file" or path.read_text() == "mine"


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_disk_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(Trouble) as raised:
        save(plan(), str(tmp_path / "kafka.plan"), "--save")
    assert raised.value.message.why == "Input/output error"
    assert os.listdir(tmp_path) == []
