"""A real forward proxy, Debian's tinyproxy, and a real reverse proxy, Debian's nginx."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from janitor.sandbox.ports import claimed_port
from tests.clock import HANGS


def program_or_skip(name: str, package: str) -> str:
    """The program, or the test is skipped with the reason; on CI (CI=true) that is a failure."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        why = f"A real {name} is needed (Debian: {package})."
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return found


@dataclass
class Running:
    """A program that listens on 127.0.0.1, and the file in which it writes down what it is asked."""

    port: int
    log: Path

    @property
    def asked(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def tinyproxy(*lines: str) -> Iterator[Running]:
    """A forward proxy, with these further lines of its configuration (`BasicAuth user password`)."""
    program = program_or_skip("tinyproxy", "tinyproxy-bin")

    def configuration(port: int, folder: Path) -> str:
        base = [f"Port {port}", "Listen 127.0.0.1", "Allow 127.0.0.1", "Timeout 600", "MaxClients 100"]
        return "\n".join([*base, f'LogFile "{folder / "log"}"', "LogLevel Connect", *lines, ""])

    with _running([program, "-d", "-c"], configuration) as running:
        yield running


@contextmanager
def nginx(server: str) -> Iterator[Running]:
    """A reverse proxy: `server` are the lines of its `server` block, `{port}` and `{folder}` filled in."""
    program = program_or_skip("nginx", "nginx")

    def configuration(port: int, folder: Path) -> str:
        temporary = "".join(
            f"{name}_temp_path {folder / name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return (
            f"daemon off; master_process off; pid {folder / 'pid'}; error_log {folder / 'errors'};\n"
            f"events {{}}\nhttp {{\naccess_log {folder / 'log'};\n{temporary}"
            f"server {{\n{server.replace('{port}', str(port)).replace('{folder}', str(folder))}\n}}\n}}\n"
        )

    with _running([program, "-c"], configuration) as running:
        yield running


@contextmanager
def _running(command: list[str], configuration: Callable[[int, Path], str]) -> Iterator[Running]:
    """The program at a port that no other test gets meanwhile."""
    with tempfile.TemporaryDirectory() as name, claimed_port() as port:
        folder = Path(name)
        (folder / "conf").write_text(configuration(port, folder))
        (folder / "log").touch()
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen([*command, str(folder / "conf")], stdout=output, stderr=output)
        try:
            if not _answers(process, port):
                said = (folder / "output").read_text(errors="replace")
                pytest.fail(f"{command[0]} did not start: {said}")
            yield Running(port, folder / "log")
        finally:
            process.terminate()
            process.wait(HANGS)


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether it listens, before it ends."""
    ends = time.monotonic() + HANGS
    while process.poll() is None and time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return process.poll() is None
    return False
