"""One way to read a file that was named: bounded in size and time, told, and ended by a signal."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from janitor.errors import Interrupted, OutOfTime, UsageError
from janitor.namedfile import Reading, read_named
from janitor.patience import Patience, Stop
from tests.clock import HANGS


def read(path: Path | str, *, most: int = 1000, timeout: float = 30.0) -> bytes:
    return read_named(str(path), f"--file {path}", Reading(Patience(timeout)), most=most)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.fixture
def other_end(pipe: Path) -> Iterator[list[int]]:
    """Descriptors that a test opens on the pipe; closed after it."""
    opened: list[int] = []
    yield opened
    for descriptor in opened:
        os.close(descriptor)


def test_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1000)
    assert read(path) == b"x" * 1000
    assert read("/dev/null") == b""


def test_what_cannot_be_read_is_a_usage_error(tmp_path: Path, pipe: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"x" * 2049)
    for path, most, said in (
        (tmp_path, 1000, "is a directory; a file is wanted"),
        (tmp_path / "none", 1000, "there is no such file"),
        (pipe / "below", 1000, "cannot be read: Not a directory"),
        ("nul\0", 1000, "cannot be read: not a file name"),
        (large, 2048, "is too large: at most 2 KiB are read"),
        ("/dev/zero", 1024, "is too large: at most 1 KiB are read"),
    ):
        with pytest.raises(UsageError, match=said):
            read(path, most=most)


def test_an_unreadable_file_names_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Played, since root may read everything."""

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UsageError, match="this user may not"):
        read(tmp_path / "file")


def test_a_pipe_that_somebody_writes_to_later(pipe: Path) -> None:
    asked = threading.Event()
    told: list[tuple[str, float, float]] = []

    def on_wait(what: str, waited: float, at_most: float) -> None:
        told.append((what, waited, at_most))
        asked.set()

    def write() -> None:
        assert asked.wait(HANGS)
        with open(pipe, "wb") as file:
            for _ in range(3):
                file.write(b"abc")
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    reading = Reading(Patience(HANGS), on_wait)
    assert read_named(str(pipe), "--file pipe", reading, most=1000) == b"abcabcabc"
    writer.join()
    assert told[0][0] == "the writer of --file pipe to finish"
    assert told[0][1] >= 1.0
    assert told[0][2] == HANGS
    assert read_named(str(pipe), "--file pipe", reading, most=1000) == b"abcabcabc", "it comes out once"


@pytest.mark.parametrize("content", [b"token", b""])
def test_a_process_substitution_whose_writer_is_gone_already(content: bytes) -> None:
    """`<(echo token)` of a shell is /dev/fd/63."""
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    try:
        assert read(f"/dev/fd/{reader}") == content
    finally:
        os.close(reader)
        import janitor.namedfile

        janitor.namedfile._once.clear()  # the number of the descriptor will be another file's


def test_nobody_writes_to_it(pipe: Path) -> None:
    with pytest.raises(
        OutOfTime, match=r"Out of time after 0\.2 s waiting for --file .*/pipe: its writer has not finished"
    ):
        read(pipe, timeout=0.2)


def test_somebody_writes_and_does_not_end(pipe: Path, other_end: list[int]) -> None:
    other_end.append(os.open(pipe, os.O_RDWR))
    os.write(other_end[0], b"token\n")
    with pytest.raises(OutOfTime, match="its writer has not finished"):
        read(pipe, timeout=0.2)


def test_a_signal_ends_the_wait(pipe: Path) -> None:
    stop = Stop()
    reading = Reading(Patience(HANGS, stop=stop), lambda *_: stop.raise_(15))
    with pytest.raises(Interrupted):
        read_named(str(pipe), "--file pipe", reading, most=1000)
