"""A service of the 1.x generation on a cluster in containers."""

from __future__ import annotations

import re

from janitor.sandbox.dcos.services_control import ServicesControl
from janitor.sandbox.services import Service
from janitor.sandbox.znodes import leave_service
from tests.container.cluster import Cluster

DONE = "Cleanup completed successfully.\n"


def install(cluster: Cluster, name: str, principal: str, *, role: str = "", port: int = 9092) -> Service:
    """A package of 1.x runs under this name: app, framework, reservations and volumes on every agent, znode."""
    found = re.search(r"^  Control +(\S+)$", cluster.said, re.MULTILINE)
    assert found is not None, cluster.said
    services = ServicesControl(found[1])
    services.run_package(f"/{name}", package=name, framework=name)
    services.close()
    service = Service(name, role=role, principal=principal)
    framework = service.subscribe(cluster.control)
    for agent in cluster.control.truth()["agents"]:
        service.reserve(cluster.control, agent, port=port)
    leave_service(cluster.zookeeper, name, framework, ["broker-0"])
    return service
