"""Whole v0 documents of a master: /slaves, /frameworks, /state, /state-summary, /registrar(1)/registry."""

from __future__ import annotations

from janitor.sandbox.mesos import flags, show_agents, show_frameworks, show_master
from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.leader import Leader
from janitor.sandbox.mesos.masters import Master
from janitor.sandbox.mesos.state import State
from janitor.sandbox.mesos.viewer import Viewer


def slaves(leader: Leader, viewer: Viewer, only: str | None) -> Json:
    """/slaves; `only` is the agent that `?slave_id=` names."""
    listed = (view for key, view in leader.agents.items() if only in (None, key))
    recovered = (agent for key, agent in leader.recovered.items() if only in (None, key))
    shown: Json = {"slaves": show_agents.listed(show_agents.slave(view, viewer) for view in listed)}
    if viewer.version.since(1, 2):
        shown["recovered_slaves"] = [show_agents.recovered_v0(agent) for agent in recovered]
    return shown


def frameworks(leader: Leader, viewer: Viewer, only: str | None = None) -> Json:
    """/frameworks, and the same part of /state."""
    version = viewer.version
    running = [one for key, one in leader.frameworks.items() if only in (None, key) and viewer.framework(one)]
    over = [one for one in leader.completed if only in (None, one.info.id) and viewer.framework(one)]
    return {
        "frameworks": [show_frameworks.framework_v0(one, version) for one in running],
        "completed_frameworks": [show_frameworks.framework_v0(one, version) for one in over],
    }


def state(state: State, master: Master, leader: Leader, viewer: Viewer) -> Json:
    """/state"""
    version = state.version
    views = list(leader.agents.values())
    shown: Json = {
        "version": str(version),
        **show_master.BUILD,
        "start_time": master.start_time,
        "elected_time": leader.elected,
    }
    shown |= {"id": master.id, "pid": master.pid, "hostname": master.hostname}
    if version.master_capabilities:
        shown["capabilities"] = list(version.master_capabilities)
    shown["activated_slaves"] = float(sum(view.active for view in views))
    shown["deactivated_slaves"] = float(sum(not view.active for view in views))
    if version.since(1, 2):
        shown["unreachable_slaves"] = float(len(state.registry.unreachable))
    shown["leader"] = master.pid
    if version.since(1, 1):
        shown["leader_info"] = {
            "id": master.id,
            "pid": master.pid,
            "port": master.port,
            "hostname": master.hostname,
        }
    if viewer.flags():
        shown["flags"] = flags.shown(state, master)
    shown["slaves"] = [show_agents.agent_v0(view, viewer) for view in views]
    if version.since(1, 2):
        shown["recovered_slaves"] = [show_agents.recovered_v0(agent) for agent in leader.recovered.values()]
    shown |= frameworks(leader, viewer)
    shown |= {"orphan_tasks": [], "unregistered_frameworks": []}
    return shown


def state_summary(master: Master, leader: Leader, viewer: Viewer) -> Json:
    """/state-summary"""
    agents = [
        {**show_agents.agent_v0(view, viewer), **show_agents.task_counts(leader, view, viewer)}
        for view in leader.agents.values()
    ]
    shown = [one for one in leader.frameworks.values() if viewer.framework(one)]
    return {
        "hostname": master.hostname,
        "slaves": agents,
        "frameworks": [show_frameworks.framework_summary(one, viewer.version) for one in shown],
    }


def registry(state: State, master: Master) -> Json:
    """/registrar(1)/registry; `{}` on a master that does not lead. Keys are sorted, as by the real one."""
    if state.leading is not master:
        return {}
    known = state.registry
    admitted = []
    for agent_id, deactivated in known.admitted.items():
        element: Json = {"info": show_agents.registry_info(state.agents[agent_id])}
        if state.version.since(1, 9):
            element = {"deactivated": deactivated, **element}
        admitted.append(element)
    shown: Json = {"master": {"info": show_master.master_info(state, master)}, "slaves": {"slaves": admitted}}
    for name, lost in (("unreachable", known.unreachable), ("gone", known.gone)):
        away = []
        for agent_id, since in lost.items():
            element = {"id": {"value": agent_id}, "timestamp": show_agents.nanoseconds(since)}
            if name == "unreachable" and state.version.since(1, 9):
                element = {"deactivated": False, **element}
            away.append(element)
        if away:
            shown[name] = {"slaves": away}
        elif name in known.used:
            shown[name] = {}
    return dict(sorted(shown.items()))
