"""The SDK services of a cluster: a scheduler for each app of theirs, as Marathon starts, restarts and stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from janitor.sandbox.dcos.marathon import Deployment, Marathon
from janitor.sandbox.dcos.sdk.process import Process
from janitor.sandbox.dcos.sdk.spec import Spec
from janitor.sandbox.dcos.sdk.state import Memory, Store
from janitor.sandbox.dcos.sdk.wire import scheduler_app
from janitor.sandbox.dcos.sdk.znodes import Znodes
from janitor.sandbox.mesos.world import World
from janitor.sandbox.serve import Host
from janitor.sandbox.znodes import service_znode


class SdkServices:
    """Schedulers by the id of their app. `zookeeper` is HOST:PORT of a real one, in which they keep their state.

    Belongs to the loop of `host`. `znodes` are the paths that they have written below.
    """

    def __init__(self, host: Host, world: World, marathon: Marathon, zookeeper: str | None) -> None:
        self._host = host
        self._world = world
        self._marathon = marathon
        self._zookeeper = zookeeper
        self.processes: dict[str, Process] = {}
        self.znodes: set[str] = set()
        self._lock = asyncio.Lock()
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self, spec: Spec) -> Process:
        """Install a service: its app runs in Marathon, its scheduler has deployed what there is room for."""
        if spec.app_id in self.processes:
            raise ValueError(f"{spec.app_id} is there already")
        made: list[Process] = []
        served = await self._host.add(scheduler_app(lambda: made[0]))
        store: Store = Memory()
        if self._zookeeper is not None:
            store = Znodes(self._zookeeper, service_znode(spec.name))
            self.znodes.add(service_znode(spec.name))
        process = Process(self._world, spec, store, served, served.url)
        made.append(process)
        self.processes[spec.app_id] = process
        app = self._marathon.run(spec.app(), served.url)
        app.runs = lambda: process.running
        async with self._lock:  # the last process of an app of this name ends first
            await process.start(dict(app.definition["env"]))
        return process

    def find(self, name: str) -> Process:
        """The scheduler of the service of this name. Raises KeyError."""
        return self.processes["/" + name.strip("/")]

    async def restart(self, name: str) -> None:
        """A new process of the same app, as after a crash."""
        process = self.find(name)
        env = self._marathon.apps[process.spec.app_id].definition["env"]
        async with self._lock:
            await process.start(env)

    async def stop(self, name: str) -> None:
        """The process ends and is not started again; its app stays."""
        async with self._lock:
            await self.find(name).stop()

    def accepted(self, deployment: Deployment) -> None:
        """Marathon begins a deployment: the old process is killed first (MARATHON_SINGLE_INSTANCE_APP)."""
        process = self.processes.get(deployment.app)
        if process is not None:
            if deployment.action == "StopApplication":
                del self.processes[deployment.app]
            self._do(process.stop())

    def finished(self, deployment: Deployment) -> None:
        """And ends it: the new process runs. Where an app was stopped there is none, or one of another app."""
        if deployment.action == "StopApplication":
            return
        process = self.processes.get(deployment.app)
        app = self._marathon.apps.get(deployment.app)
        if process is not None and app is not None:
            self._do(process.start(dict(app.definition["env"])))

    async def close(self) -> None:
        """Every process ends."""
        for task in list(self._under_way):
            await asyncio.gather(task, return_exceptions=True)
        for process in self.processes.values():
            await process.stop()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        async def one_after_another() -> None:
            async with self._lock:
                await work

        task = asyncio.get_running_loop().create_task(one_after_another())
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
