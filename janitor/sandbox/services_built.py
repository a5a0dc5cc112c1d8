"""Builders of the clusters on which there is a service to uninstall, each with what may stand in the way of that.

SDK services here are alive: their schedulers do what the sandbox's Mesos lets them do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Unpack

from janitor.sandbox.dcos.sdk.spec import Asked
from janitor.sandbox.scenarios import Built, Site
from janitor.sandbox.services import LARGE_AGENT, Service
from janitor.sandbox.znodes import leave_service, write_system_trees

BROKER = {"kind": "kafka", "count": 3, "task": "broker"}
DATA = {"kind": "data", "count": 3, "task": "node", "port": 9003, "volume": 10000}
NODE = {"kind": "node", "count": 2, "task": "server", "port": 9042}

GROUP_ENV = {"MARATHON_APP_ENFORCE_GROUP_ROLE": "true", "MESOS_ALLOCATION_ROLE": "team01"}
"""What Marathon gives to the apps of the group team01, whose role is enforced."""


def large_agents(site: Site, built: Built, *names: str) -> list[str]:
    """Large agents, each on a host of its own; their ids."""
    for number, name in enumerate(names, 1):
        built.agents[name] = site.control.add_agent(LARGE_AGENT, hostname=f"10.0.1.{number}")
    return list(built.agents.values())


def run_service(site: Site, built: Built, name: str, **spec: Unpack[Asked]) -> None:
    """An SDK service, running on the agents there are."""
    spec.setdefault("agents", list(built.agents.values()))
    framework = site.services.run(name, **spec)
    role, principal = spec.get("role", ""), spec.get("principal", "")
    built.services[name] = Service(name, role, principal, tells_framework=True, framework_id=framework)


def _live(site: Site) -> Built:
    """Kafka on three agents, HDFS beside it, a spare agent."""
    built = Built()
    if site.zookeeper is not None:
        built.znodes += write_system_trees(site.zookeeper)
    large_agents(site, built, "a", "b", "c", "spare")
    spare = built.agents.pop("spare")
    run_service(site, built, "kafka", pods=[BROKER])
    run_service(site, built, "hdfs", pods=[DATA])
    built.agents["spare"] = spare
    return built


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for it. Raises TimeoutError after half a minute."""
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen")
        time.sleep(0.02)


def left(site: Site, name: str) -> set[str]:
    """The agents on which the scheduler of a service still knows reservations of its own."""
    tasks = site.services.look(name)["tasks"].values()
    return {task["agent"] for task in tasks if task["resource_ids"]}


def build_live(site: Site) -> Built:
    """A running SDK service, and another one beside it."""
    return _live(site)


def _uninstalling_without(site: Site, take_away: Callable[[str], None]) -> Built:
    """An uninstall that has done what it could while one agent is away."""
    built = _live(site)
    away = built.agents["c"]
    take_away(away)
    site.services.uninstall("kafka")
    until(lambda: left(site, "kafka") == {away}, "the uninstall of everything else")
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
    until(lambda: bool(services.look("kafka")["uninstalling"]), "the scheduler's restart")
    services.hold("kafka", False)
    return built


def build_zombie(site: Site) -> Built:
    """The scheduler has done everything, and Cosmos has given up before that."""
    built = _live(site)
    site.services.pace_cosmos(tries=0)
    site.services.uninstall("kafka")
    until(lambda: site.services.look("kafka")["plans"] == {"deploy": "COMPLETE"}, "the uninstall")
    until(lambda: built.services["kafka"].framework_id not in site.control.truth()["frameworks"], "the teardown")
    site.services.pace_cosmos()
    return built


def build_no_scheduler(site: Site) -> Built:
    """The scheduler was told to uninstall, and no process of it lives long enough to begin."""
    built = _live(site)
    site.services.break_down("kafka")
    site.services.uninstall("kafka")
    until(lambda: site.services.look("kafka")["exit_code"] is not None, "the scheduler's restart")
    return built


def build_legacy(site: Site) -> Built:
    """Kafka 1.x under a name of its own: role and znode follow from the name, the principal from the package."""
    control, name = site.control, "kafka-dev"
    built = Built()
    agents = large_agents(site, built, "a", "b", "c")
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
    agents = large_agents(site, built, "a", "b", "c")
    run_service(site, built, "/team01/kafka", pods=[BROKER], role="team01", env=GROUP_ENV)
    run_service(site, built, "/team01/cassandra", pods=[NODE], role="team01", env=GROUP_ENV)
    old = built.services["/team01/old"] = Service("/team01/old", role="team01", tells_framework=True)
    old.subscribe(site.control)
    for agent in agents[:2]:
        old.reserve(site.control, agent, port=9200)
    old.abandon(site.control)
    return built
