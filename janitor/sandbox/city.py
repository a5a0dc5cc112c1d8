"""A whole city: forty agents, and services in every state in which one can be found on a cluster.

What is written here is what the services themselves write: the labels of the DC/OS SDK and of Marathon, the znodes of
SDK schedulers and of Spark's dispatcher.
"""

from __future__ import annotations

import uuid

from janitor.sandbox.scenarios import Built, Scenario, Site
from janitor.sandbox.services import LARGE_AGENT, Service
from janitor.sandbox.services_built import GROUP_ENV, left, run_service, until
from janitor.sandbox.znodes import leave_service, leave_spark, write_system_trees

AGENTS = 40
TWO_WEEKS = 14 * 24 * 3600.0
CLERK = "clerk"
"""From whom the role of `vault` is hidden, where everybody asks for a token."""


def build_city(site: Site) -> Built:
    """Everything. Each service has agents of its own, but for a few that share some."""
    built = Built()
    if site.zookeeper is not None:
        built.znodes += write_system_trees(site.zookeeper)
    for number in range(1, AGENTS):
        name = f"agent-{number}"
        built.agents[name] = site.control.add_agent(LARGE_AGENT, hostname=f"10.0.2.{number}")
    built.agents["public"] = site.control.add_agent(
        {"mem": 1000},
        static={"slave_public": {"cpus": 4, "mem": 15000, "disk": 50000, "ports": "[1-21, 23-5050, 5052-32000]"}},
        attributes={"public_ip": "true"},
        hostname=f"10.0.2.{AGENTS}",
    )
    agents = list(built.agents.values())
    _abandoned(site, built, agents[18:26])
    _abandoned_by_marathon(site, built, agents[26:28])
    _abandoned_by_spark(site, built)
    _only_a_znode(site, built)
    _in_use(site, built, agents[:8])
    _a_group(site, built, agents[8:11])
    _disconnected(site, built, agents[14:18])
    _run_by_marathon(site, built, agents[28])
    _capacity(site, agents[29:33])
    _half_uninstalled(site, built, agents[11:14])
    _abandon(site, built, Service("minio", tells_framework=True), agents[36:37], port=9000)
    _hidden(site, built, agents[33:36])
    built.agents |= {"away": agents[25], "disconnected": agents[36], "drained": agents[13]}
    _go_away(site, agents[25], agents[36])
    return built


def _go_away(site: Site, first: str, second: str) -> None:
    """Two agents die. The first is unreachable; the second is listed, and not active, for twenty minutes.

    DC/OS's masters wait for 20 pings, and remove one agent in 20 minutes (dcos/dcos: gen/dcos-config.yaml).
    """
    site.control.set(removal_rate_limit="1/20mins", ping_timeout=0.01)
    site.control.stop_agent(first)
    until(lambda: not site.control.truth()["agents"][first]["registered"], "the loss of an agent")
    site.control.set(ping_timeout=15.0, ping_limit=20)
    site.control.stop_agent(second)


def _in_use(site: Site, built: Built, agents: list[str]) -> None:
    """Kafka and HDFS, some agents shared: apps in Marathon, frameworks that are active."""
    run_service(site, built, "kafka", pods=[{"kind": "kafka", "count": 5, "task": "broker"}], agents=agents[:5])
    data = {"kind": "data", "count": 6, "task": "node", "port": 9003, "volume": 10000}
    run_service(site, built, "hdfs", pods=[data], agents=agents[2:])


def _a_group(site: Site, built: Built, agents: list[str]) -> None:
    """The role of the group team01: a service that lives, and what one that is gone has left there."""
    brokers = {"kind": "kafka", "count": 3, "task": "broker"}
    run_service(site, built, "/team01/kafka", pods=[brokers], agents=agents, role="team01", env=GROUP_ENV)
    _abandon(site, built, Service("/team01/old", role="team01", tells_framework=True), agents[:2], port=9200)


def _disconnected(site: Site, built: Built, agents: list[str]) -> None:
    """Elastic: its app was deleted, its scheduler is gone; its tasks run on until the failover timeout is over."""
    elastic = built.services["elastic"] = Service("elastic", tells_framework=True)
    elastic.subscribe(site.control, failover_timeout=TWO_WEEKS)
    for agent in agents:
        elastic.reserve(site.control, agent, port=9300)
        elastic.run(site.control, agent)
    _leave_znode(site, built, elastic)
    site.control.disconnect(elastic.framework_id)


def _half_uninstalled(site: Site, built: Built, agents: list[str]) -> None:
    """Cassandra: its uninstall has given back what it could, and waits for an agent that is drained."""
    pods = [{"kind": "node", "count": 3, "task": "server", "port": 9042}]
    run_service(site, built, "cassandra", pods=pods, agents=agents)
    drained = agents[-1]
    site.control.drain_agent(drained)
    site.services.uninstall("cassandra")
    until(lambda: left(site, "cassandra") == {drained}, "the uninstall of everything else")


def _abandoned(site: Site, built: Built, agents: list[str]) -> None:
    """By SDK schedulers that were torn down: NiFi, Druid (one of its agents goes away later), and DSE.

    DSE is of an SDK before 0.57.3, which put no framework's id on reservations, and the master does not remember it.
    """
    _abandon(site, built, Service("nifi", tells_framework=True), agents[:4], port=8900)
    _abandon(site, built, Service("druid", tells_framework=True), agents[5:], port=8910)
    _abandon(site, built, Service("dse"), agents[3:6], port=8920)
    site.control.forget(built.services["dse"].framework_id)


def _abandon(site: Site, built: Built, service: Service, agents: list[str], *, port: int) -> None:
    built.services[service.name] = service
    service.subscribe(site.control, failover_timeout=TWO_WEEKS)
    for agent in agents:
        service.reserve(site.control, agent, port=port)
        service.run(site.control, agent)
    _leave_znode(site, built, service)
    service.abandon(site.control)


def _leave_znode(site: Site, built: Built, service: Service) -> None:
    if site.zookeeper is not None:
        tasks = [f"node-{number}-server" for number in range(len(service.agents))]
        built.znodes.append(leave_service(site.zookeeper, service.name, service.framework_id, tasks))


def _abandoned_by_marathon(site: Site, built: Built, agents: list[str]) -> None:
    """A Marathon on Marathon that was torn down; on each agent there is what a resident task of it held."""
    dev = built.services["marathon-dev"] = Service("marathon-dev")
    dev.subscribe(site.control)
    for agent in agents:
        _reside(site, dev, agent, "postgres")
    dev.abandon(site.control)


def _run_by_marathon(site: Site, built: Built, agent: str) -> None:
    """The cluster's own Marathon, and a resident task of it that runs."""
    marathon = built.services["marathon"] = Service("marathon", role="slave_public", principal="dcos_marathon")
    marathon.subscribe(site.control)
    _reside(site, marathon, agent, "mysql")
    volume = {"containerPath": "data", "mode": "RW", "persistent": {"size": 4096}}
    app = {"id": "/mysql", "cmd": "mysqld", "container": {"type": "MESOS", "volumes": [volume]}}
    site.dcos.run_app({**app, "residency": {"taskLostBehavior": "WAIT_FOREVER"}})


def _reside(site: Site, marathon: Service, agent: str, app: str) -> None:
    """A task with a persistent volume, reserved as Marathon does it (TaskLabels.scala, LocalVolumeId)."""
    task = f"{app}.instance-{uuid.uuid4()}._app.1"
    labels = {"marathon_framework_id": marathon.framework_id, "marathon_task_id": task}
    role, principal = marathon.role, marathon.principal
    site.control.reserve(agent, role, principal, labels=labels, cpus=1, mem=2048)
    volume = f"{app}#data#{uuid.uuid4()}"
    site.control.create_volume(agent, role, volume, 4096, principal, labels=labels, path="data")
    site.control.run_task(marathon.framework_id, agent, role=role, name=app)


def _abandoned_by_spark(site: Site, built: Built) -> None:
    """Spark's dispatcher, torn down: it reserves nothing, and leaves its znode."""
    spark = built.services["spark"] = Service("spark", role="*", principal="spark")
    spark.subscribe(site.control)
    if site.zookeeper is not None:
        built.znodes.append(leave_spark(site.zookeeper))
    spark.abandon(site.control)


def _only_a_znode(site: Site, built: Built) -> None:
    """A znode of a service of which the cluster knows nothing any more."""
    if site.zookeeper is not None:
        known = f"{uuid.uuid4()}-0004"
        built.znodes.append(leave_service(site.zookeeper, "confluent-kafka", known, ("kafka-0-broker",)))


def _capacity(site: Site, agents: list[str]) -> None:
    """What an operator has reserved ahead for those to come: no labels, no framework, no volume."""
    for agent in agents:
        site.control.reserve(agent, "analytics", "ops", cpus=4, mem=16000, disk=20000)


def _hidden(site: Site, built: Built, agents: list[str]) -> None:
    """Vault: the clerk may see neither its role nor its framework."""
    vault = built.services["vault"] = Service("vault", tells_framework=True)
    vault.subscribe(site.control, user="vault")
    for agent in agents:
        vault.reserve(site.control, agent, port=8200)
        vault.run(site.control, agent)
    site.dcos.run_app({"id": "/vault", "cmd": "./vault", "labels": {"DCOS_SERVICE_NAME": "vault"}})
    clerk = {"principals": {"values": [CLERK]}}
    roles = sorted({service.role for service in built.services.values()} - {vault.role, "*"})
    names = [*roles, "analytics"]
    site.control.set_access(
        acls={
            "view_roles": [{**clerk, "roles": {"values": names}}, {**clerk, "roles": {"type": "NONE"}}],
            "view_frameworks": [{**clerk, "users": {"values": ["root"]}}, {**clerk, "users": {"type": "NONE"}}],
        }
    )


_NIFI = "{janitor} -m {master} -r nifi-role -p nifi-principal"
_SCAN = ("See what holds what, and what is abandoned:", "janitor scan {reach}")
_OTHERS = (
    ("See what an uninstall waits for:", "janitor status cassandra {reach}"),
    ("Refused, since it is alive:", "{janitor} -m {master} -r kafka-role -p kafka-principal"),
    ("Refused, since the group's other services live:", "{janitor} -m {master} -r team01 --dry-run"),
    ("One of its agents is away, and is named:", "{janitor} -m {master} -r druid-role -p druid-principal --dry-run"),
)

CITY: dict[str, Scenario] = {
    "city": Scenario(
        "services in every state: in use, disconnected, stuck, abandoned",
        build_city,
        AGENTS,
        (_SCAN, ("Clean up one that is abandoned:", _NIFI), *_OTHERS),
        (_SCAN, ("Clean up one that is abandoned:", _NIFI + " -z dcos-service-nifi"), *_OTHERS),
        since=(1, 9),
    ),
}
