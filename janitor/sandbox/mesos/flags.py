"""The master's flags: what it shows of them, and what its leader obeys."""

from __future__ import annotations

from janitor.sandbox.mesos.masters import Master
from janitor.sandbox.mesos.settings import duration, interval, seconds_of
from janitor.sandbox.mesos.state import State

_OLD_NAMES = {
    "agent_ping_timeout": "slave_ping_timeout",
    "agent_removal_rate_limit": "slave_removal_rate_limit",
    "agent_reregister_timeout": "slave_reregister_timeout",
    "authenticate_agents": "authenticate_slaves",
    "max_agent_ping_timeouts": "max_slave_ping_timeouts",
    "recovery_agent_removal_limit": "recovery_slave_removal_limit",
}
"""A flag is shown by the name by which it was set (stout flags.hpp: effective_name)."""


def shown(state: State, master: Master) -> dict[str, str]:
    """The master's flags, as texts."""
    settings = state.settings
    readonly = str(state.access.asks).lower()
    texts = {
        "agent_ping_timeout": duration(settings.ping_timeout),
        "agent_reregister_timeout": "10mins",
        "allocation_interval": "1secs",
        "authenticate_agents": "false",
        "authenticate_frameworks": "false",
        "authenticate_http_readonly": readonly,
        "authenticate_http_readwrite": readonly,
        "authorizers": "local",
        "hostname": master.hostname,
        "http_authenticators": "basic",
        "ip": master.hostname,
        "max_agent_ping_timeouts": str(settings.ping_limit),
        "max_completed_frameworks": "50",
        "max_completed_tasks_per_framework": "1000",
        "port": str(master.port),
        "quorum": str(len(state.masters) // 2 + 1),
        "recovery_agent_removal_limit": "100%",
        "registry": "replicated_log",
        "version": "false",
        "work_dir": "/var/lib/mesos/master",
        "zk": settings.zk,
        "zk_session_timeout": "10secs",
    }
    if settings.removal_rate_limit:
        texts["agent_removal_rate_limit"] = settings.removal_rate_limit
    if settings.old_flag_names or not state.version.since(1, 0):
        texts = {_OLD_NAMES.get(name, name): value for name, value in texts.items()}
    return dict(sorted({**texts, **settings.flags}.items()))


def ping_window(state: State) -> float:
    """Seconds without an answer until an agent is to be removed. The leader obeys the flags that it shows."""
    timeout, misses = _obeyed(state, "agent_ping_timeout"), _obeyed(state, "max_agent_ping_timeouts")
    return seconds_of(timeout) * int(misses) if timeout and misses else state.settings.ping_window


def removal_interval(state: State) -> float:
    """Seconds between two removals, by the leader's flags; 0 where it does not limit them."""
    rate = _obeyed(state, "agent_removal_rate_limit")
    return interval(rate) if rate else 0.0


def _obeyed(state: State, name: str) -> str:
    if state.leading is None:
        return ""
    seen = shown(state, state.leading)
    return seen.get(name) or seen.get(_OLD_NAMES[name], "")
