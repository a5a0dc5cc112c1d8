"""Whole v1 documents of a master: what GET_AGENTS, GET_FRAMEWORKS, GET_TASKS and their kin answer."""

from __future__ import annotations

from janitor.sandbox.mesos import show_agents, show_frameworks, show_master, show_tasks
from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.leader import Leader
from janitor.sandbox.mesos.masters import Master
from janitor.sandbox.mesos.state import State
from janitor.sandbox.mesos.viewer import Viewer


def agents_v1(leader: Leader, viewer: Viewer) -> Json:
    """get_agents; lists that are empty are left out before 1.10."""
    always = viewer.version.since(1, 10)
    shown: Json = {}
    if leader.agents or always:
        shown["agents"] = show_agents.listed(show_agents.agent_v1(view, viewer) for view in leader.agents.values())
    if viewer.version.since(1, 2) and (leader.recovered or always):
        shown["recovered_agents"] = [
            show_agents.info_v1(agent, viewer, recovered=True) for agent in leader.recovered.values()
        ]
    return shown


def frameworks_v1(leader: Leader, viewer: Viewer) -> Json:
    """get_frameworks; lists that are empty are left out before 1.10."""
    lists = {"frameworks": leader.frameworks.values(), "completed_frameworks": leader.completed}
    shown = {
        name: [show_frameworks.framework_v1(one, leader, viewer) for one in ones if viewer.framework(one)]
        for name, ones in lists.items()
    }
    return shown if viewer.version.since(1, 10) else {name: ones for name, ones in shown.items() if ones}


def tasks_v1(leader: Leader, viewer: Viewer) -> Json:
    """get_tasks; lists that are empty are left out before 1.10."""
    every = [one for one in (*leader.frameworks.values(), *leader.completed) if viewer.framework(one)]
    every = [one for one in every if viewer.tasks(one)]
    lists = {
        "tasks": [task for one in every for task in one.tasks.values()],
        "unreachable_tasks": [task for one in every for task in one.unreachable_tasks],
        "completed_tasks": [task for one in every for task in one.completed_tasks],
    }
    shown = {name: [show_tasks.task_v1(task, viewer) for task in tasks] for name, tasks in lists.items()}
    return shown if viewer.version.since(1, 10) else {name: tasks for name, tasks in shown.items() if tasks}


def operations_v1(leader: Leader, viewer: Viewer) -> Json:
    """get_operations: what is pending, hidden as a whole where one of its resources is."""
    shown = []
    for operation in leader.pending():
        if len(viewer.resources(operation.items)) != len(operation.items):
            continue
        items = show_agents.written_inside(operation.items, viewer.version)
        kind = operation.kind
        whose = {} if operation.framework_id is None else {"framework_id": {"value": operation.framework_id}}
        shown.append(
            {
                **whose,
                "agent_id": {"value": operation.agent_id},
                "info": {"type": kind.value, kind.value.lower(): {kind.plural: items}},
                "latest_status": {"state": "OPERATION_PENDING", "agent_id": {"value": operation.agent_id}},
                "uuid": {"value": show_tasks.base64_of(operation.uuid)},
            }
        )
    return {"operations": shown} if shown else {}


def state_v1(leader: Leader, viewer: Viewer) -> Json:
    """get_state"""
    return {
        "get_tasks": tasks_v1(leader, viewer),
        "get_executors": {},
        "get_frameworks": frameworks_v1(leader, viewer),
        "get_agents": agents_v1(leader, viewer),
    }


def master_v1(state: State, master: Master, leader: Leader) -> Json:
    """get_master; its times are there from 1.5 on."""
    info = show_master.master_info(state, master)
    if not state.version.since(1, 10):
        # The v1 enum did not have QUOTA_V2 yet; the message stays, its type is dropped.
        info["capabilities"] = [{} if c["type"] == "QUOTA_V2" else c for c in info.get("capabilities", [])]
        if not info["capabilities"]:
            del info["capabilities"]
    shown: Json = {"master_info": info}
    if state.version.since(1, 5):
        shown |= {"start_time": master.start_time, "elected_time": leader.elected}
    return shown
