"""What can be done to a sandbox's Mesos, from any process: the client of `mesos.verbs`."""

from __future__ import annotations

from janitor.sandbox.control_wire import ControlError, Remote
from janitor.sandbox.mesos.verbs import Verbs

__all__ = ["Control", "ControlError"]


class Control(Remote, Verbs, room="mesos"):
    """All verbs of `Verbs`. Agents and frameworks are named by their ids. Raises `ControlError`."""
