"""What the control API can do to SDK services and to Cosmos: the verbs of `/services/`, and their client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from janitor.sandbox.control_wire import Remote, awaited
from janitor.sandbox.dcos.cluster import Dcos
from janitor.sandbox.dcos.cosmos import Patience
from janitor.sandbox.dcos.sdk.process import Process
from janitor.sandbox.dcos.sdk.spec import Asked, package_labels, spec_of
from janitor.sandbox.dcos.sdk.uninstall import Uninstall

Json = dict[str, Any]


class ServicesVerbs:
    """Services go by their names. They raise ValueError and KeyError for what makes no sense."""

    def __init__(self, dcos: Dcos) -> None:
        self._dcos = dcos

    def _find(self, name: str) -> Process:
        return self._dcos.services.find(name)

    @awaited
    async def run(self, name: str = "kafka", **spec: Unpack[Asked]) -> str:
        """An SDK service is installed and deployed; its framework's id.

        `sdk` is the SDK's release, `agents` where its pods go, the rest fields of `sdk.spec.Spec` (`pods`: of `Pod`).
        """
        process = await self._dcos.services.run(spec_of(name, **spec))
        return process.state.framework_id or ""

    def run_package(
        self,
        name: str,
        *,
        package: str | None = None,
        version: str = "1.1.9-0.10.0.0",
        framework: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        """A package without an uninstall of its own runs: Cosmos deletes its app and tears down `framework`."""
        package = package or name.strip("/").rpartition("/")[2]
        known = {"DCOS_SERVICE_NAME": name, **package_labels(package, version, framework or name), **(labels or {})}
        self._dcos.marathon.run({"id": name, "cmd": f"./{package}-scheduler", "labels": known})

    @awaited
    async def uninstall(self, name: str) -> None:
        """Cosmos begins to uninstall it."""
        spec = self._find(name).spec
        authorization = f"token={self._dcos.iam.issue('sandbox')}"
        await self._dcos.cosmos.uninstall({"packageName": spec.package_name, "appId": spec.app_id}, authorization)

    @awaited
    async def restart(self, name: str) -> None:
        """Its scheduler crashes, and its app starts a new process; what it kept in memory is gone."""
        await self._dcos.services.restart(name)

    @awaited
    async def stop(self, name: str) -> None:
        """Its scheduler ends, and nobody starts it until `restart`; its app stays in Marathon."""
        await self._dcos.services.stop(name)

    def break_down(self, name: str, broken: bool = True) -> None:
        """From now on every process of its scheduler ends as soon as it starts: it never comes back."""
        self._find(name).faults.broken = broken

    def answer(self, name: str, status: int | None) -> None:
        """Its scheduler answers this status (502, 503) and nothing else; None: as it should."""
        self._find(name).faults.status = status

    def err(self, name: str, error: str | None) -> None:
        """Its plans have this error: ERROR, 417; None: they have none."""
        self._find(name).faults.error = error

    def hold(self, name: str, held: bool = True) -> None:
        """Its scheduler takes no offers: nothing goes on, until it is let go."""
        self._find(name).held = held

    def look(self, name: str) -> Json:
        """Its framework_id, whether it is `running` and `uninstalling`, its process's `exit_code`, its `url`, the
        status of its `plans`, and by pod instance its `tasks`: id, agent, resource_ids."""
        process = self._find(name)
        return {
            "framework_id": process.state.framework_id,
            "running": process.running,
            "uninstalling": isinstance(process.work, Uninstall),
            "plans": {name: plan.status for name, plan in process.work.plans.items()} if process.work else {},
            "exit_code": process.exit_code,
            "url": process.url,
            "tasks": {
                each.pod: {
                    "id": each.task_id,
                    "agent": each.agent_id,
                    "resource_ids": [r.resource_id for r in each.reserved],
                }
                for each in process.state.tasks.values()
            },
        }

    @awaited
    async def restart_cosmos(self) -> None:
        """Cosmos forgets what it did in the background: who is about to end, ends as a zombie."""
        await self._dcos.cosmos.forget()

    def pace_cosmos(self, *, every: float = 0.1, tries: int = 10_000) -> None:
        """How Cosmos goes on in the background from now on: see `cosmos.Patience`."""
        self._dcos.cosmos.patience = Patience(every, tries)

    def watching(self) -> int:
        """How many uninstalls Cosmos goes on with in the background."""
        return self._dcos.cosmos.watching


class ServicesControl(Remote, ServicesVerbs, room="services"):
    """What can be done to the sandbox's SDK services and its Cosmos, from any process."""
