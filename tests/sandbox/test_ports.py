"""Ports that are chosen before they are bound."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from janitor.sandbox import ports
from janitor.sandbox.ports import claimed_port
from tests.clock import HANGS

CLAIM = """
import sys
from janitor.sandbox import ports
ports._PORTS, ports._TRIES = range(int(sys.argv[1]), int(sys.argv[1]) + 1), 1
try:
    with ports.claimed_port() as port:
        print("claimed")
except OSError as error:
    print(error)
"""


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Leaves one port to choose from."""

    def choose(port: int) -> None:
        monkeypatch.setattr(ports, "_PORTS", range(port, port + 1))
        monkeypatch.setattr(ports, "_TRIES", 1)

    return choose


def test_a_claimed_port_is_nobody_elses_in_any_process(only: Callable[[int], None]) -> None:
    with claimed_port() as port:
        only(port)
        with pytest.raises(OSError, match="no port is free"), claimed_port():
            pass
        ran = subprocess.run(
            [sys.executable, "-c", CLAIM, str(port)], capture_output=True, text=True, timeout=HANGS, check=True
        )
        assert ran.stdout == "no port is free at 127.0.0.1\n"


def test_a_port_at_which_somebody_listens_is_not_given(only: Callable[[int], None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        only(somebody.getsockname()[1])
        with pytest.raises(OSError, match="no port is free"), claimed_port():
            pass


def test_nothing_is_left_of_a_claim() -> None:
    with claimed_port() as port:
        lock = Path(tempfile.gettempdir()) / f"janitor-port-{port}.lock"
        assert lock.exists()
        with socket.create_server(("127.0.0.1", port)):
            pass
    assert not lock.exists()
