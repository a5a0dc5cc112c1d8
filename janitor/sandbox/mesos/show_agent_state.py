"""What an agent says about itself: `/slave(1)/state`, `/slave(1)/flags`, and v1 GET_AGENT."""

from __future__ import annotations

from janitor.sandbox.mesos import show_agents
from janitor.sandbox.mesos.agents import Agent
from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.frameworks import Executor
from janitor.sandbox.mesos.settings import duration
from janitor.sandbox.mesos.show_master import BUILD
from janitor.sandbox.mesos.show_tasks import task_v0
from janitor.sandbox.mesos.state import State
from janitor.sandbox.mesos.text import printed


def flags(state: State, agent: Agent) -> dict[str, str]:
    """The agent's flags, as texts."""
    grace = state.settings.executor_grace
    return {
        "authenticate_http_readonly": "false",
        "executor_shutdown_grace_period": duration(5.0 if grace is None else grace),
        "hostname": agent.hostname,
        "master": state.settings.zk,
        "port": str(agent.port),
        "resources": ";".join(printed(item, state.version) for item in agent.static),
        "work_dir": "/var/lib/mesos/agent",
    }


def _executor(executor: Executor, state: State, *, over: bool) -> Json:
    task = task_v0(executor.task, state.version)
    running = not (over or executor.ending)
    return {
        "id": executor.id,
        "name": f"Command Executor (Task: {executor.task.id})",
        "source": executor.task.id,
        "container": (executor.task.statuses[0].container or "") if executor.task.statuses else "",
        "directory": f"/var/lib/mesos/agent/slaves/{executor.task.agent_id}/frameworks/{executor.framework_id}",
        "resources": show_agents.summary(executor.task.resources),
        "tasks": [task] if running else [],
        "queued_tasks": [],
        "completed_tasks": [] if running else [task],
    }


def _frameworks(agent: Agent, state: State) -> tuple[list[Json], list[Json]]:
    """Frameworks with a running executor, one that is shutting down included; and those that are over."""
    running: dict[str, Json] = {}
    over: dict[str, Json] = {}
    for executors, frameworks, ended in (
        (agent.executors.values(), running, False),
        (agent.past_executors, over, True),
    ):
        for executor in executors:
            info = state.schedulers[executor.framework_id].info
            blank: Json = {
                "id": info.id,
                "name": info.name,
                "user": info.user,
                "failover_timeout": info.failover_timeout,
                "checkpoint": info.checkpoint,
                "hostname": info.hostname,
                "principal": info.principal or "",
                "executors": [],
                "completed_executors": [],
            }
            shown = frameworks.setdefault(info.id, blank)
            where = "completed_executors" if ended else "executors"
            shown[where].append(_executor(executor, state, over=ended))
    return list(running.values()), [shown for key, shown in over.items() if key not in running]


def state(agent: Agent, state: State) -> Json:
    """/slave(1)/state: its own resources, whatever a master believes."""
    version = state.version
    used = [item for executor in agent.executors.values() for item in executor.task.resources]
    free = [item for item in agent.resources if not item.stack]
    shown: Json = {"version": str(agent.version), **BUILD, "start_time": agent.start_time, "id": agent.id}
    shown |= {"pid": agent.pid, "hostname": agent.hostname}
    if version.since(1, 4):
        shown["capabilities"] = list(agent.capabilities)
    shown |= {
        "resources": show_agents.summary(agent.resources),
        "reserved_resources": {
            role: show_agents.summary(own) for role, own in show_agents.by_role(agent.resources).items()
        },
        "unreserved_resources": show_agents.summary(free),
        "reserved_resources_full": {
            role: show_agents.written(own, version) for role, own in show_agents.by_role(agent.resources).items()
        },
    }
    if version.since(1, 4):
        shown |= {
            "unreserved_resources_full": show_agents.written(free, version),
            "reserved_resources_allocated": {
                role: show_agents.summary(own) for role, own in show_agents.by_role(used).items()
            },
            "unreserved_resources_allocated": show_agents.summary(item for item in used if not item.stack),
        }
    if version.since(1, 5):
        shown["resource_providers"] = []
    running, over = _frameworks(agent, state)
    shown |= {
        "attributes": agent.attributes,
        "master_hostname": "localhost",
        "flags": flags(state, agent),
        "frameworks": running,
        "completed_frameworks": over,
    }
    return shown


def agent_v1(agent: Agent, state: State) -> Json:
    """get_agent"""
    resources = show_agents.written_inside(agent.static, state.version)
    return {"agent_info": show_agents.agent_info(agent, resources, checkpoint=False)}
