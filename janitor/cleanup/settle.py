"""Wait until the agents had a chance to do what they were sent, so that the next look finds it done."""

from __future__ import annotations

from janitor.cleanup.cluster import MasterCalls
from janitor.cleanup.prove import touching
from janitor.cleanup.selection import Selection
from janitor.errors import HttpStatus, NoAnswer, OutOfTime
from janitor.events import View, Waiting
from janitor.mesos.cluster import Operation
from janitor.patience import Patience

AT_MOST = 5.0
"""Seconds. An agent does its work in milliseconds; one that does not is for the next look to explain."""


def settle(master: MasterCalls, version: str, selection: Selection, patience: Patience, view: View) -> None:
    """Poll the operations under way, a small answer, before the next look, a large one.

    Returns at once where the master does not tell them, and when it does not answer: the look then says more.
    Raises Interrupted on a signal.
    """

    since, within = patience.clock(), patience.within(AT_MOST)

    def on_wait() -> None:
        view(Waiting("the agents to do what they were sent", patience.clock() - since, within.timeout))

    def probe() -> bool | None:
        pending = master.operations(version)
        busy = pending is not None and any(_ours(operation, selection) for operation in pending)
        return None if busy else True

    try:
        within.poll(probe, every=0.02, at_most=0.5, on_wait=on_wait)
    except (OutOfTime, NoAnswer, HttpStatus):
        return


def _ours(operation: Operation, selection: Selection) -> bool:
    agent_id = operation.agent_id or ""
    return touching(agent_id, selection.of(agent_id), (operation,)) is not None
