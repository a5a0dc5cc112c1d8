"""Waiting for the agents to do what they were sent: never said to last longer than the run may."""

from __future__ import annotations

from typing import cast

import pytest

from janitor.cleanup.cluster import MasterCalls
from janitor.cleanup.memory import Memory
from janitor.cleanup.settle import AT_MOST, settle
from janitor.events import Event, Waiting
from janitor.mesos.cluster import Operation
from janitor.patience import Patience
from tests.unit.builders import agent, job, look, operation, reserved, snapshot


class Busy:
    """A master that has an operation pending for ever."""

    def operations(self, version: str) -> tuple[Operation, ...]:
        return (operation("S1", reserved()),)


@pytest.mark.parametrize(("timeout", "at_most"), [(900.0, AT_MOST), (3.0, 3.0)])
def test_a_wait_is_said_to_last_no_longer_than_the_run(timeout: float, at_most: float) -> None:
    selection = Memory().after_look(look(snapshot(agent("S1", reserved()))), job()).selection
    now, told = [100.0], list[Event]()

    def sleep(seconds: float) -> bool:
        now[0] += seconds
        return False

    patience = Patience(timeout, clock=lambda: now[0], sleep=sleep)
    settle(cast("MasterCalls", Busy()), "1.12.0", selection, patience, told.append)
    assert told
    assert {each.at_most for each in told if isinstance(each, Waiting)} == {at_most}
