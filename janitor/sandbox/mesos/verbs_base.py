"""What every verb works on."""

from __future__ import annotations

from janitor.sandbox.mesos.cluster import Cluster
from janitor.sandbox.mesos.leader import Leader
from janitor.sandbox.mesos.world import World


class OnCluster:
    """Verbs on a cluster; they belong to its loop's thread."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @property
    def _world(self) -> World:
        return self._cluster.world

    def _leader(self) -> Leader:
        return self._world.lead()
