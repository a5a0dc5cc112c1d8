"""What an uninstall needs of the world, as protocols; `janitor.connect` has what answers them."""

from __future__ import annotations

from typing import Protocol

from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.job import Job
from janitor.cleanup.look import Wants
from janitor.cleanup.outcome import Outcome
from janitor.dcos.marathon import App
from janitor.dcos.scheduler import Forced, Plan, PodInstance
from janitor.mesos.cluster import Unknown
from janitor.zookeeper.backup import Saved


class SchedulerCalls(Protocol):
    """The calls to one scheduler; what each gives and raises is told by `janitor.dcos.scheduler`."""

    def plans(self) -> tuple[str, ...]: ...

    def plan(self, name: str) -> Plan: ...

    def force_complete(self, plan: str, phase: str | None = None, step: str | None = None) -> Forced: ...

    def pods(self) -> tuple[PodInstance, ...]: ...

    def replace_pod(self, pod: str) -> None: ...

    def framework_id(self) -> str | None: ...


class Site(Protocol):
    """A DC/OS cluster, from inside or through Admin Router. Every method raises JanitorError."""

    @property
    def reach(self) -> tuple[str, ...]:
        """The options that name this cluster, for commands to paste. No secrets."""

    def look(self, wants: Wants) -> Inventory:
        """A settled look at Mesos, and at the znode where it is wanted."""

    def znode(self, inventory: Inventory, path: str) -> ZnodeView | Unknown:
        """One look at a znode, in the ensemble of the cluster that was looked at."""

    def save_znode(self, path: str, directory: str) -> Saved | None:
        """Save a znode as it is in a new file there, and delete nothing; None where there is no such znode."""

    def apps(self) -> tuple[App, ...]:
        """Every app of Marathon."""

    def scheduler(self, name: str) -> SchedulerCalls:
        """The scheduler of the service of this name."""

    def start_uninstall(self, package: str, app_id: str) -> str:
        """Have Cosmos uninstall it; gives the package's own notes."""

    def delete_app(self, app_id: str) -> None:
        """Have Marathon delete it."""

    def shut_down(self, framework_id: str, principal: str | None) -> None:
        """Have the master tear the framework of this principal down."""

    def clean(self, job: Job) -> Outcome:
        """The drop-in's clean-up."""

    def dcos_version(self) -> tuple[int, int] | None:
        """(major, minor), None when it cannot be told."""

    def token_expires_in(self) -> float | None:
        """Seconds until the token expires, None when there is none or it does not say."""
