"""Services to uninstall, each with what may stand in the way of that.

SDK services here are alive: their schedulers do what the sandbox's Mesos lets them do.
"""

from __future__ import annotations

from collections.abc import Callable

from janitor.sandbox.scenarios import Built, Scenario, Site
from janitor.sandbox.services_built import (
    build_drained_agent,
    build_gone_agent,
    build_held_offers,
    build_legacy,
    build_live,
    build_no_scheduler,
    build_shared_role,
    build_stuck_agent,
    build_zombie,
)

_STATUS = ("See where it stands, and what is stuck:", "janitor status kafka {reach}")
_UNINSTALL = ("Uninstall it, to the end:", "janitor uninstall kafka {reach}")


SDK_UNINSTALLS, AGENTS_GO, AGENTS_DRAIN, GROUP_ROLES = (1, 4), (1, 5), (1, 9), (1, 9)
"""Since which Mesos (DC/OS 1.10, Mesos 1.5, Mesos 1.9, DC/OS 2.0)."""


def _scenario(
    description: str,
    build: Callable[[Site], Built],
    *commands: tuple[str, str],
    agents: int = 4,
    since: tuple[int, int] = SDK_UNINSTALLS,
) -> Scenario:
    return Scenario(description, build, agents, commands, since=since)


_BRING_BACK = (
    "The agent comes back (the uninstall then goes on by itself):",
    """curl -s {control}/mesos/start_agent -d '{{"agent": "{agents[c]}"}}'""",
)

SERVICES: dict[str, Scenario] = {
    "kafka-live": _scenario(
        "a running SDK service, HDFS beside it",
        build_live,
        _STATUS,
        ("The drop-in refuses, since Kafka is alive:", "{janitor} -m {master} -r kafka-role -p kafka-principal"),
        ("Say what an uninstall would do first:", "janitor uninstall kafka {reach} --dry-run"),
        _UNINSTALL,
    ),
    "kafka-stuck-agent": _scenario(
        "an uninstall under way that waits for an unreachable agent",
        build_stuck_agent,
        _STATUS,
        (
            "If the agent is permanently lost:",
            "janitor uninstall kafka {reach} --force-complete-missing --lost-agent {agents[c]}",
        ),
        _BRING_BACK,
    ),
    "kafka-gone-agent": _scenario(
        "an uninstall under way that waits for an agent that was marked gone",
        build_gone_agent,
        _STATUS,
        ("Force what cannot end, and go on:", "janitor uninstall kafka {reach} --force-complete-missing"),
        since=AGENTS_GO,
    ),
    "kafka-drained-agent": _scenario(
        "an uninstall under way that waits for an agent that was drained",
        build_drained_agent,
        _STATUS,
        (
            "Put the agent back into service (the uninstall then goes on by itself):",
            """curl -s {control}/mesos/reactivate_agent -d '{{"agent": "{agents[c]}"}}'""",
        ),
        _UNINSTALL,
        since=AGENTS_DRAIN,
    ),
    "kafka-held-offers": _scenario(
        "an uninstall under way that waits for what another framework is offered",
        build_held_offers,
        _STATUS,
        ("Let that framework go (the uninstall then goes on by itself):", "janitor service shutdown greedy {reach}"),
        _UNINSTALL,
    ),
    "kafka-zombie": _scenario(
        "an uninstall that is complete, its scheduler still in Marathon",
        build_zombie,
        _STATUS,
        _UNINSTALL,
    ),
    "kafka-no-scheduler": _scenario(
        "an uninstall whose scheduler never comes back",
        build_no_scheduler,
        _STATUS,
        ("Go the manual way:", "janitor uninstall kafka {reach} --manual"),
    ),
    "kafka-legacy": _scenario(
        "a running Kafka of the 1.x packages, which cannot uninstall themselves",
        build_legacy,
        ("See where it stands:", "janitor status kafka-dev {reach}"),
        ("Uninstall it, to the end:", "janitor uninstall kafka-dev {reach}"),
        agents=3,
        since=(1, 0),
    ),
    "shared-role": _scenario(
        "two services in one group's role, and what is left there of a third",
        build_shared_role,
        ("Refused, since several own it:", "{janitor} -m {master} -r team01 --dry-run"),
        (
            "Clean up what is left of the third alone:",
            "{janitor} -m {master} -r team01 -p /team01/old-principal --label framework_id={frameworks[/team01/old]}",
        ),
        ("Uninstall one, and leave the other alone:", "janitor uninstall team01/kafka {reach}"),
        agents=3,
        since=GROUP_ROLES,
    ),
}
