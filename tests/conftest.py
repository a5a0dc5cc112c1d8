"""For all tests: SIGINT as in a terminal, and which tests stay together when several processes share them.

A shell ignores SIGINT for what it runs in the background, and programs that are started from there inherit that; the
tests that send it would then wait for ever.
"""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With pytest-xdist: a file's tests stay together, and those of the one Docker engine do, too."""
    for item in items:
        where = item.path.relative_to(TESTS)
        group = "container" if where.parts[0] == "container" else str(where)
        item.add_marker(pytest.mark.xdist_group(group))
