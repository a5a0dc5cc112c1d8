"""Named clusters to rehearse on and to test with, built over the control API.

SCENARIOS["kafka"].build(Site(control, dcos, services, zookeeper_client))

Those with an uninstall to rehearse are in `scenarios_services`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from kazoo.client import KazooClient

from janitor.sandbox.control import Control
from janitor.sandbox.dcos.control import DcosControl
from janitor.sandbox.dcos.services_control import ServicesControl
from janitor.sandbox.services import LARGE_AGENT, Service
from janitor.sandbox.znodes import leave_service, write_system_trees

BROKERS = ("kafka-0-broker", "kafka-1-broker", "kafka-2-broker")


@dataclass(frozen=True)
class Site:
    """What a scenario is built on. Without a ZooKeeper client there are no znodes. `agents` is for those that scale."""

    control: Control
    dcos: DcosControl
    services: ServicesControl
    zookeeper: KazooClient | None = None
    agents: int = 3


@dataclass
class Built:
    """What came of it: the services by name, agents by what they are for, and the top-level znodes written."""

    services: dict[str, Service] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)
    znodes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scenario:
    """A cluster that has a name, and so many agents: always, or (`scales`) unless told otherwise.

    `commands` are what to try on it, each with what it is for; what stands in braces is filled in, see
    `Rehearsal.commands`. Those of `with_znode` take their place where there is a ZooKeeper. `since` is the first Mesos
    on which it can happen.
    """

    description: str
    build: Callable[[Site], Built]
    agents: int
    commands: tuple[tuple[str, str], ...]
    with_znode: tuple[tuple[str, str], ...] = ()
    scales: bool = False
    since: tuple[int, int] = (1, 0)


def build_kafka(site: Site) -> Built:
    """Kafka, removed without an uninstall, on a cluster on which others live.

    Three brokers, each with volume, cpus, mem, disk and ports; a fourth agent holds cpus and mem of it and no volume;
    HDFS lives on the same agents; Marathon runs something on the public agent, which is reserved statically.
    """
    control = site.control
    built = Built()
    names = ("broker-0", "broker-1", "broker-2", "no-volume")
    for name in names:
        built.agents[name] = control.add_agent(LARGE_AGENT, attributes={"rack": f"r{len(built.agents) % 2}"})
    built.agents["public"] = control.add_agent(
        {"mem": 1000},
        static={"slave_public": {"cpus": 4, "mem": 15000, "disk": 50000, "ports": "[1-21, 23-5050, 5052-32000]"}},
        attributes={"public_ip": "true"},
    )

    marathon = built.services["marathon"] = Service("marathon", role="slave_public", principal="dcos_marathon")
    marathon.subscribe(control, holds_offers=False)
    control.run_task(
        marathon.framework_id, built.agents["broker-0"], role="slave_public", name="web", cpus=0.5, mem=128
    )

    hdfs = built.services["hdfs"] = Service("hdfs")
    hdfs.subscribe(control)
    for number, name in enumerate(names[:3]):
        hdfs.reserve(control, built.agents[name], volume=10000, port=9003 + number)
        hdfs.run(control, built.agents[name])
    site.dcos.run_app(_scheduler_app("hdfs"))

    kafka = built.services["kafka"] = Service("kafka")
    kafka.subscribe(control)
    for name in names[:3]:
        kafka.reserve(control, built.agents[name])
        kafka.run(control, built.agents[name])
    kafka.reserve(control, built.agents["no-volume"], volume=None)
    kafka.abandon(control)

    if site.zookeeper is not None:
        built.znodes += write_system_trees(site.zookeeper)
        built.znodes.append(leave_service(site.zookeeper, "kafka", kafka.framework_id, BROKERS))
        built.znodes.append(leave_service(site.zookeeper, "hdfs", hdfs.framework_id, ("name-0", "data-0", "data-1")))
        lease = f"{hdfs.znode}/lock/leases/_c_0-lease-0000000000"
        site.zookeeper.create(lease, b"10.0.0.4", ephemeral=True)
    return built


def build_big(site: Site) -> Built:
    """Many agents, 20 reserved items on each: an abandoned service's and a living one's, half each."""
    control = site.control
    built = Built()
    gone, living = Service("kafka"), Service("hdfs")
    built.services = {"kafka": gone, "hdfs": living}
    gone.subscribe(control)
    living.subscribe(control)
    for number in range(site.agents):
        built.agents[f"agent-{number}"] = control.add_agent(LARGE_AGENT)
    names = list(built.agents.values())
    for start in range(0, len(names), 50):
        with control.batch():
            for agent in names[start : start + 50]:
                for service, port in ((gone, 9092), (living, 9003)):
                    service.reserve(control, agent, port=port)
                    for extra in range(3):
                        labels = {"resource_id": f"{agent}-{extra}"}
                        control.reserve(agent, service.role, service.principal, labels=labels, cpus=0.1)
    gone.abandon(control)
    if site.zookeeper is not None:
        built.znodes += write_system_trees(site.zookeeper)
        built.znodes.append(leave_service(site.zookeeper, "kafka", gone.framework_id, BROKERS))
    return built


def build_plain(site: Site) -> Built:
    """Agents, and nothing on them."""
    return Built(agents={f"agent-{n}": site.control.add_agent(LARGE_AGENT) for n in range(site.agents)})


def _scheduler_app(name: str) -> dict[str, object]:
    labels = {
        "DCOS_SERVICE_NAME": name,
        "DCOS_PACKAGE_NAME": name,
        "DCOS_PACKAGE_FRAMEWORK_NAME": name,
        "DCOS_COMMONS_API_VERSION": "v1",
        "DCOS_COMMONS_UNINSTALL": "true",
        "MARATHON_SINGLE_INSTANCE_APP": "true",
    }
    return {"id": f"/{name}", "cmd": f"./{name}-scheduler/bin/{name} ./{name}-scheduler/svc.yml", "labels": labels}


_ROLE = "{janitor} -m {master} -r kafka-role -p kafka-principal"
_LOOK = (
    "See what is reserved for it, agent by agent:",
    "curl -s {curl}{master}slaves | python3 -m json.tool | grep -n kafka-role",
)

SCENARIOS: dict[str, Scenario] = {
    "kafka": Scenario(
        "an abandoned Kafka on four agents, HDFS and Marathon alive beside it",
        build_kafka,
        5,
        (
            ("Say what a clean-up would do:", _ROLE + " --dry-run"),
            ("Clean up:", _ROLE),
            ("Refused, since HDFS is alive:", "{janitor} -m {master} -r hdfs-role -p hdfs-principal"),
            _LOOK,
        ),
        (
            ("Say what a clean-up would do:", _ROLE + " -z dcos-service-kafka --dry-run"),
            ("Clean up; run again, it finds nothing:", _ROLE + " -z dcos-service-kafka"),
            ("The same, the znode through Exhibitor:", _ROLE + " -z dcos-service-kafka -e {exhibitor}"),
            (
                "Refused, since HDFS is alive:",
                "{janitor} -m {master} -r hdfs-role -p hdfs-principal -z dcos-service-hdfs",
            ),
            _LOOK,
        ),
    ),
    "big": Scenario(
        "an abandoned Kafka and a living HDFS on every one of many agents",
        build_big,
        1000,
        (("Clean up:", _ROLE),),
        (("Clean up:", _ROLE + " -z dcos-service-kafka"),),
        scales=True,
    ),
    "plain": Scenario(
        "agents with nothing on them",
        build_plain,
        3,
        (("There is nothing to clean up:", _ROLE),),
        scales=True,
        since=(0, 28),
    ),
}
