"""For all tests: SIGINT as in a terminal, no proxies, no speed in Hypothesis, and which tests share a process.

A shell ignores SIGINT for what it runs in the background, and programs that are started from there inherit that; the
tests that send it would then wait for ever.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

# How long an example takes says how busy the machine is, and nothing about us.
hypothesis.settings.register_profile(
    "janitor",
    hypothesis.settings(),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("janitor")

# The configuration file of whoever runs the tests is not theirs.
os.environ["XDG_CONFIG_HOME"] = "/nonexistent"

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# What a test asks is on this machine, whatever proxy the machine itself uses.
for _name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[_name]


class FilesTogether(LoadScopeScheduling):
    """With pytest-xdist: a file's tests stay together, and those of the one Docker engine do, too."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "container" if "container/" in file else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FilesTogether:
    return FilesTogether(config, log)


@pytest.fixture(scope="session")
def nobody() -> Iterator[str]:
    """HOST:PORT where connections are refused, for as long as the session lasts."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"
