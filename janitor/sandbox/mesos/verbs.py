"""What the control API can do to a cluster: the verbs of `/mesos/`."""

from __future__ import annotations

from janitor.sandbox.mesos.verbs_agents import AgentVerbs
from janitor.sandbox.mesos.verbs_frameworks import FrameworkVerbs
from janitor.sandbox.mesos.verbs_masters import MasterVerbs
from janitor.sandbox.mesos.verbs_seen import SeenVerbs


class Verbs(AgentVerbs, FrameworkVerbs, MasterVerbs, SeenVerbs):
    """All of them; they raise ValueError, KeyError and TypeError for what makes no sense: the server answers 400."""
