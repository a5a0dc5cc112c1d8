"""What the control API can do to SDK services and to Cosmos: the verbs of `/services/`, and their typed client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from janitor.sandbox.control import Room
from janitor.sandbox.dcos.cluster import Dcos
from janitor.sandbox.dcos.cosmos import Patience
from janitor.sandbox.dcos.sdk.process import Process
from janitor.sandbox.dcos.sdk.spec import package_labels, spec_of
from janitor.sandbox.dcos.sdk.uninstall import Uninstall

Json = dict[str, Any]


class ServicesVerbs:
    """One method for each verb, JSON in and out. Raises ValueError and KeyError for what makes no sense."""

    def __init__(self, dcos: Dcos) -> None:
        self._dcos = dcos

    def _find(self, name: str) -> Process:
        return self._dcos.services.find(name)

    async def run(self, **spec: Any) -> str:
        """An SDK service is installed and deployed; its framework's id. See `sdk.spec.spec_of`."""
        process = await self._dcos.services.run(spec_of(**spec))
        return process.state.framework_id or ""

    def run_package(self, name: str, package: str, version: str, framework: str, labels: Mapping[str, str]) -> None:
        """A package without an uninstall of its own runs."""
        labels = {"DCOS_SERVICE_NAME": name, **package_labels(package, version, framework), **labels}
        self._dcos.marathon.run({"id": name, "cmd": f"./{package}-scheduler", "labels": labels})

    async def uninstall(self, name: str) -> None:
        """As `dcos package uninstall` would begin it, by Cosmos, with a token of its own."""
        spec = self._find(name).spec
        authorization = f"token={self._dcos.iam.issue('sandbox')}"
        await self._dcos.cosmos.uninstall({"packageName": spec.package_name, "appId": spec.app_id}, authorization)

    async def restart(self, name: str) -> None:
        """A new process of its scheduler."""
        await self._dcos.services.restart(name)

    async def stop(self, name: str) -> None:
        """Its scheduler ends, and is not started again."""
        await self._dcos.services.stop(name)

    def break_down(self, name: str, broken: bool) -> None:
        """Every process of its scheduler ends as soon as it starts."""
        self._find(name).faults.broken = broken

    def answer(self, name: str, status: int | None) -> None:
        """Its scheduler answers this and nothing else."""
        self._find(name).faults.status = status

    def err(self, name: str, error: str | None) -> None:
        """Its plans have an error."""
        self._find(name).faults.error = error

    def hold(self, name: str, held: bool) -> None:
        """Its scheduler takes no offers."""
        self._find(name).held = held

    def look(self, name: str) -> Json:
        """What it is about; see `ServicesControl.look`."""
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

    async def restart_cosmos(self) -> None:
        """What it did in the background is forgotten."""
        await self._dcos.cosmos.forget()

    def pace_cosmos(self, every: float, tries: int) -> None:
        """How it goes on in the background."""
        self._dcos.cosmos.patience = Patience(every, tries)

    def watching(self) -> int:
        """How many uninstalls Cosmos goes on with in the background."""
        return self._dcos.cosmos.watching


class ServicesControl(Room):
    """What can be done to the sandbox's SDK services and its Cosmos, from any process. Services go by their names."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "services")

    def run(self, name: str = "kafka", *, sdk: str = "0.57.3", agents: Sequence[str] = (), **spec: Any) -> str:
        """An SDK service is installed and deployed; its framework's id.

        `sdk` is the SDK's release, `agents` where its pods go, the rest fields of `sdk.spec.Spec` (`pods`: of `Pod`).
        """
        framework: str = self.call("run", name=name, sdk=sdk, agents=list(agents), **spec)
        return framework

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
        more = dict(labels or {})
        self.call("run_package", name=name, package=package, version=version, framework=framework or name, labels=more)

    def uninstall(self, name: str) -> None:
        """Cosmos begins to uninstall it."""
        self.call("uninstall", name=name)

    def restart(self, name: str) -> None:
        """Its scheduler crashes, and its app starts a new process; what it kept in memory is gone."""
        self.call("restart", name=name)

    def stop(self, name: str) -> None:
        """Its scheduler ends, and nobody starts it until `restart`; its app stays in Marathon."""
        self.call("stop", name=name)

    def break_down(self, name: str, broken: bool = True) -> None:
        """From now on every process of its scheduler ends as soon as it starts: it never comes back."""
        self.call("break_down", name=name, broken=broken)

    def answer(self, name: str, status: int | None) -> None:
        """Its scheduler answers this status (502, 503) and nothing else; None: as it should."""
        self.call("answer", name=name, status=status)

    def err(self, name: str, error: str | None) -> None:
        """Its plans have this error: ERROR, 417; None: they have none."""
        self.call("err", name=name, error=error)

    def hold(self, name: str, held: bool = True) -> None:
        """Its scheduler takes no offers: nothing goes on, until it is let go."""
        self.call("hold", name=name, held=held)

    def look(self, name: str) -> Json:
        """Its framework_id, whether it is `running` and `uninstalling`, its process's `exit_code`, its `url`, the
        status of its `plans`, and by pod instance its `tasks`: id, agent, resource_ids."""
        told: Json = self.call("look", name=name)
        return told

    def restart_cosmos(self) -> None:
        """Cosmos forgets what it did in the background: who is about to end, ends as a zombie."""
        self.call("restart_cosmos")

    def pace_cosmos(self, *, every: float = 0.1, tries: int = 10_000) -> None:
        """How Cosmos goes on in the background from now on: see `cosmos.Patience`."""
        self.call("pace_cosmos", every=every, tries=tries)

    def watching(self) -> int:
        """How many uninstalls Cosmos goes on with in the background."""
        count: int = self.call("watching")
        return count
