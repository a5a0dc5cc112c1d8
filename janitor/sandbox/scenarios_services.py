"""Services to uninstall, each with what may stand in the way of that.

SDK services here are alive: their schedulers do what the sandbox's Mesos lets them do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from janitor.sandbox.scenarios import Built, Scenario, Site
from janitor.sandbox.services import LARGE_AGENT, Service
from janitor.sandbox.znodes import leave_service, write_system_trees

BROKER = {"kind": "kafka", "count": 3, "task": "broker"}
DATA = {"kind": "data", "count": 3, "task": "node", "port": 9003, "volume": 10000}
NODE = {"kind": "node", "count": 2, "task": "server", "port": 9042}

_STATUS = ("See where it stands, and what is stuck:", "janitor status kafka {reach}")
_UNINSTALL = ("Uninstall it, to the end:", "janitor uninstall kafka {reach}")


def _agents(site: Site, built: Built, *names: str) -> list[str]:
    """Large agents, each on a host of its own; their ids."""
    for number, name in enumerate(names, 1):
        built.agents[name] = site.control.add_agent(LARGE_AGENT, hostname=f"10.0.1.{number}")
    return list(built.agents.values())


def _run(site: Site, built: Built, name: str, pods: list[dict[str, Any]], **spec: Any) -> None:
    """An SDK service, running on the agents there are."""
    framework = site.services.run(name, pods=pods, agents=list(built.agents.values()), **spec)
    role, principal = spec.get("role", ""), spec.get("principal", "")
    built.services[name] = Service(name, role, principal, tells_framework=True, framework_id=framework)


def _live(site: Site, **spec: Any) -> Built:
    """Kafka on three agents, HDFS beside it, a spare agent."""
    built = Built()
    if site.zookeeper is not None:
        built.znodes += write_system_trees(site.zookeeper)
    _agents(site, built, "a", "b", "c", "spare")
    spare = built.agents.pop("spare")
    _run(site, built, "kafka", [BROKER], **spec)
    _run(site, built, "hdfs", [DATA])
    built.agents["spare"] = spare
    return built


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen")
        time.sleep(0.02)


def _left(site: Site, name: str) -> set[str]:
    """The agents on which the scheduler of a service still knows reservations of its own."""
    tasks = site.services.look(name)["tasks"].values()
    return {task["agent"] for task in tasks if task["resource_ids"]}


def build_live(site: Site) -> Built:
    """A running SDK service, and another one beside it."""
    return _live(site)


def _uninstalling_without(site: Site, take_away: Callable[[str], None], **spec: Any) -> Built:
    """An uninstall that has done what it could while one agent is away."""
    built = _live(site, **spec)
    away = built.agents["c"]
    take_away(away)
    site.services.uninstall("kafka")
    _until(lambda: _left(site, "kafka") == {away}, "the uninstall of everything else")
    return built


def build_stuck_agent(site: Site) -> Built:
    """One agent is unreachable: its steps wait for it."""

    def lose(agent: str) -> None:
        site.control.stop_agent(agent)
        site.control.mark_unreachable(agent)

    return _uninstalling_without(site, lose)


def build_gone_agent(site: Site) -> Built:
    """One agent was marked gone: its steps wait for ever."""
    return _uninstalling_without(site, site.control.mark_gone)


def build_drained_agent(site: Site) -> Built:
    """One agent was drained by an operator: nothing of it is offered until it is reactivated."""
    return _uninstalling_without(site, site.control.drain_agent)


def build_held_offers(site: Site) -> Built:
    """Another framework in the role holds offers with everything that the scheduler waits for."""
    built = _live(site)
    control, services = site.control, site.services
    services.hold("kafka")
    for task in services.look("kafka")["tasks"].values():
        control.end_task(built.services["kafka"].framework_id, task["id"])
    greedy = built.services["greedy"] = Service("greedy", role="kafka-role")
    greedy.subscribe(control, holds_offers=True)
    services.uninstall("kafka")
    _until(lambda: bool(services.look("kafka")["uninstalling"]), "the scheduler's restart")
    services.hold("kafka", False)
    return built


def build_zombie(site: Site) -> Built:
    """The scheduler has done everything, and Cosmos has given up before that."""
    built = _live(site)
    site.services.pace_cosmos(tries=0)
    site.services.uninstall("kafka")
    _until(lambda: site.services.look("kafka")["plans"] == {"deploy": "COMPLETE"}, "the uninstall")
    _until(lambda: built.services["kafka"].framework_id not in site.control.truth()["frameworks"], "the teardown")
    site.services.pace_cosmos()
    return built


def build_no_scheduler(site: Site) -> Built:
    """The scheduler was told to uninstall, and no process of it lives long enough to begin."""
    built = _live(site)
    site.services.break_down("kafka")
    site.services.uninstall("kafka")
    _until(lambda: site.services.look("kafka")["exit_code"] is not None, "the scheduler's restart")
    return built


def build_legacy(site: Site) -> Built:
    """Kafka 1.x under a name of its own: role and znode follow from the name, the principal from the package."""
    control, name = site.control, "kafka-dev"
    built = Built()
    agents = _agents(site, built, "a", "b", "c")
    kafka = built.services[name] = Service(name, principal="kafka-principal")
    kafka.subscribe(control)
    for agent in agents:
        kafka.reserve(control, agent)
        kafka.run(control, agent)
    migration = {"DCOS_MIGRATION_API_VERSION": "v1", "DCOS_MIGRATION_API_PATH": "/v1/plan"}
    site.services.run_package(name, package="kafka", labels=migration)
    if site.zookeeper is not None:
        built.znodes += write_system_trees(site.zookeeper)
        built.znodes.append(leave_service(site.zookeeper, name, kafka.framework_id, ("broker-0", "broker-1")))
    return built


def build_shared_role(site: Site) -> Built:
    """Two services in their group's role, and what a third one left there."""
    built = Built()
    if site.zookeeper is not None:
        built.znodes += write_system_trees(site.zookeeper)
    agents = _agents(site, built, "a", "b", "c")
    env = {"MARATHON_APP_ENFORCE_GROUP_ROLE": "true", "MESOS_ALLOCATION_ROLE": "team01"}
    _run(site, built, "/team01/kafka", [BROKER], role="team01", env=env)
    _run(site, built, "/team01/cassandra", [NODE], role="team01", env=env)
    old = built.services["/team01/old"] = Service("/team01/old", role="team01", tells_framework=True)
    old.subscribe(site.control)
    for agent in agents[:2]:
        old.reserve(site.control, agent, port=9200)
    old.abandon(site.control)
    return built


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
            "On your word that the agent never returns:",
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
