"""A cluster of three agents for each test, of the newest release unless the test names another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from janitor.sandbox import Sandbox

Start = Callable[..., Sandbox]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a sandbox with the arguments of `Sandbox`; all are stopped at the end."""
    with ExitStack() as stack:

        def start(*arguments: Any, **options: Any) -> Sandbox:
            return stack.enter_context(Sandbox(*arguments, **options))

        yield start
