"""For all tests: SIGINT as in a terminal, no speed in Hypothesis, and which tests stay together in which process.

A shell ignores SIGINT for what it runs in the background, and programs that are started from there inherit that; the
tests that send it would then wait for ever.
"""

from __future__ import annotations

import signal
from pathlib import Path

import hypothesis
import pytest

# How long an example takes says how busy the machine is, and nothing about us.
hypothesis.settings.register_profile(
    "janitor",
    hypothesis.settings(),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("janitor")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With pytest-xdist: a file's tests stay together, and those of the one Docker engine do, too."""
    for item in items:
        where = item.path.relative_to(TESTS)
        group = "container" if where.parts[0] == "container" else str(where)
        item.add_marker(pytest.mark.xdist_group(group))
