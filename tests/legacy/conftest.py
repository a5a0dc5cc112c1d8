"""A laptop for each test, with either generation of the CLI."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.legacy.laptop import Laptop, kafka

NewLaptop = Callable[..., Laptop]


@pytest.fixture(params=["python", "go"])
def generation(request: pytest.FixtureRequest) -> str:
    """Of the CLI."""
    chosen: str = request.param
    return chosen


@pytest.fixture
def laptop(tmp_path: Path, generation: str) -> NewLaptop:
    """`laptop(name, **changed)`: one before a cluster with a Kafka; see `laptop.kafka`."""

    def new(name: str = "/kafka", shell: str = "/bin/sh", **changed: Any) -> Laptop:
        return Laptop(tmp_path, kafka(generation, name, **changed), shell)

    return new
