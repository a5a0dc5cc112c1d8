"""The audit log as a file: whole lines, whoever else writes there; what cannot be recorded stops the run."""

from __future__ import annotations

import errno
import json
import os
import threading
import tracemalloc
from pathlib import Path

import pytest
from msgspec import Raw

from janitor.cli.views.history import lines
from janitor.errors import NotRecorded, UsageError
from janitor.journal import Answer, Level, Pinned, Selected, Write
from janitor.records import history
from janitor.records.audited import audited
from janitor.records.log import AuditLog
from janitor.redact import Redactor
from janitor.secret import Secret


def opened(path: Path, redact: Redactor | None = None) -> AuditLog:
    return AuditLog(str(path), "--audit-log", redact or Redactor())


def answer(number: int) -> Answer:
    return Answer(write=number, status=202, words="x" * 5000)


def test_lines_of_several_runs_and_threads_never_mix(tmp_path: Path) -> None:
    """Each line is whole, and those of one run are numbered without a gap."""
    logs = [opened(tmp_path / "log") for _ in range(3)]
    threads = [
        threading.Thread(target=lambda log=log: [log.record(answer(number)) for number in range(40)])
        for log in logs
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [json.loads(line) for line in (tmp_path / "log").read_bytes().splitlines()]
    assert len(lines) == 240
    for log in logs:
        assert [line["number"] for line in lines if line["run"] == log.run] == list(range(1, 81))


def test_the_file_is_made_for_its_owner_alone_and_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "log"
    opened(path).record(answer(1))
    opened(path).record(answer(2), sync=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_bytes().splitlines()) == 2


def test_a_line_that_was_cut_off_stays_alone_and_is_told(tmp_path: Path) -> None:
    path = tmp_path / "log"
    first = opened(path)
    first.record(answer(1))
    path.write_bytes(path.read_bytes() + b'{"event":"answer","wri')
    second = opened(path)
    second.record(answer(2))
    path.write_bytes(path.read_bytes() + b'{"event":"end"')
    told = history.read(str(path))
    assert ([run.run for run in told.runs], told.unreadable) == ([first.run, second.run], [2, 4])


def test_a_line_without_end_is_none_of_ours_and_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever file was named: one with gigabytes between two line breaks, here for short 20 MB."""
    monkeypatch.setattr(history, "LONGEST_LINE", 500_000)
    path = tmp_path / "log"
    log = opened(path)
    log.record(answer(1))
    before = path.stat().st_size
    os.truncate(path, before + 20_000_000)
    log.record(answer(2))
    tracemalloc.start()
    told = history.read(str(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert ([run.run for run in told.runs], told.unreadable) == ([log.run], [2])
    assert peak < 5_000_000


@pytest.mark.parametrize(
    "odd",
    [b"\xff\xfe", b"\\ud800", b'","b":' + b"9" * 5000 + b',"c":"', b'","b":1e400,"c":"'],
    ids=["latin-1", "half a character", "a number of 5000 digits", "a number beyond measure"],
)
def test_a_resource_that_cannot_be_read_is_no_bug(tmp_path: Path, odd: bytes) -> None:
    path = tmp_path / "log"
    log = opened(path)
    log.record(Write(write=1, call="UNRESERVE_RESOURCES", agent_id="S1", host="h", resources=[Raw(b'{"a":"ODD"}')]))
    log.record(answer(1))
    path.write_bytes(path.read_bytes().replace(b"ODD", odd))
    told = history.read(str(path))
    assert told.unreadable == [1]
    assert [*lines(told)][-1].startswith("1 line of the log cannot be read (1)")
    assert [audited(run).run for run in told.runs] == [log.run]


def test_a_full_disk_is_told_and_nothing_is_recorded_after_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = opened(tmp_path / "log")
    log.record(answer(1))
    write, left = os.write, [10, 0]

    def full(descriptor: int, content: bytes) -> int:
        room = left.pop(0)
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, content[:room])

    monkeypatch.setattr(os, "write", full)
    for _ in range(2):
        with pytest.raises(NotRecorded, match="No space left on device"):
            log.record(answer(2))
    monkeypatch.undo()
    with pytest.raises(NotRecorded, match="No space left on device"):
        log.record(answer(3))
    assert history.read(str(tmp_path / "log")).unreadable == [2]


def test_a_file_that_is_removed_meanwhile_is_no_log(tmp_path: Path) -> None:
    log = opened(tmp_path / "log")
    (tmp_path / "log").unlink()
    with pytest.raises(NotRecorded, match="removed while this run wrote to it"):
        log.record(answer(1), sync=True)


@pytest.mark.parametrize("kind", ["fifo", "directory", "no directory", "device", "not ours"])
def test_what_can_be_no_log_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    def forbidden(*_: object) -> int:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    path, words = tmp_path / "log", "is no regular file"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
        words = "is a directory"
    elif kind == "no directory":
        path, words = tmp_path / "none" / "log", "there is no such directory"
    elif kind == "device":
        path = Path("/dev/null")
    else:
        words = "cannot be written: this user may not"
        monkeypatch.setattr(os, "open", forbidden)
    with pytest.raises(UsageError, match=words):
        opened(path)


def test_secrets_are_in_no_line_and_resources_are_as_the_master_wrote_them(tmp_path: Path) -> None:
    """A resource is the cluster's own: with a word of it blanked, it could not be reserved again."""
    redact = Redactor()
    redact.hide(Secret("hunter2-hunter2"))
    log = opened(tmp_path / "log", redact)
    plain = b'{"name": "cpus",\n "scalar": {"value": 0.1234567}}'
    telling = b'{"name":"cpus","url":"http://joe:pw@host/","labels":["hunter2-hunter2"],"user":"me@there"}'
    for raw in (plain, telling):
        write = Write(
            write=1, agent_id="hunter2-hunter2-S1", host="h", call="UNRESERVE_RESOURCES", resources=[Raw(raw)]
        )
        log.record(write, sync=True)
    quoted = 'no such resource: "hunter2-hunter2" at http://joe:pw@host/'
    log.record(Answer(write=1, status=409, words=quoted))
    selected = Pinned(name="cpus", reservations=[Level("DYNAMIC", "hunter2-hunter2", "hunter2-hunter2", [])])
    log.record(Selected(agent_id="S1", host="hunter2-hunter2", items=[selected]))
    first, second, third, fourth = map(json.loads, (tmp_path / "log").read_text().splitlines())
    assert '{"name":"cpus","scalar":{"value":0.1234567}}' in (tmp_path / "log").read_text()
    assert second["resources"] == [
        {"name": "cpus", "url": "http://joe:pw@host/", "labels": ["hunter2-hunter2"], "user": "me@there"}
    ]
    assert first["agent_id"] == second["agent_id"] == "hunter2-hunter2-S1"
    assert third["words"] == 'no such resource: "***" at http://***@host/'
    assert fourth["items"][0]["reservations"][0]["role"] == "hunter2-hunter2"
    assert fourth["host"] == "***"
