"""The process of an SDK scheduler: it starts, takes its lock, registers, and works until it is stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from janitor.sandbox.dcos.sdk.deploy import Deploy
from janitor.sandbox.dcos.sdk.link import Link, Removed
from janitor.sandbox.dcos.sdk.spec import Spec
from janitor.sandbox.dcos.sdk.state import State, Store
from janitor.sandbox.dcos.sdk.uninstall import Uninstall
from janitor.sandbox.dcos.sdk.znodes import NoState
from janitor.sandbox.mesos.masters import Door
from janitor.sandbox.mesos.world import World

UNINSTALL_VARIABLE = "SDK_UNINSTALL"

LOST_LOCK, FRAMEWORK_REMOVED, ALREADY_UNINSTALLING = 8, 6, 11
"""Exit codes of the process (dcos-commons: SchedulerUtils, ProcessExit.java)."""


@dataclass
class Faults:
    """What goes wrong with a scheduler, on command.

    `broken` ends every process as soon as it starts; `status` (502, 503) is all that is answered; `error` makes the
    plans ERROR, which is answered 417.
    """

    broken: bool = False
    status: int | None = None
    error: str | None = None


class Process:
    """One service's scheduler: as many processes, one after another, as its app is started.

    `door` is where they listen, `every` the seconds between two sets of offers. `exit_code` is how the last one ended;
    None while it runs, or was stopped. `held` keeps it from taking offers.
    """

    def __init__(self, world: World, spec: Spec, store: Store, door: Door, url: str, *, every: float = 0.05) -> None:
        self.spec = spec
        self.url = url
        self.faults = Faults()
        self.exit_code: int | None = None
        self.held = False
        self._world = world
        self._store = store
        self._door = door
        self._every = every
        self._task: asyncio.Task[None] | None = None
        self.link = Link(world, spec, url)
        self.work: Deploy | Uninstall | None = None
        self.state = State(spec.name)

    async def start(self, env: Mapping[str, str]) -> None:
        """A new process, with this environment; it has seen one set of offers when this returns."""
        await self.stop()
        self.exit_code = None
        if self.faults.broken:
            self.exit_code = 1
            return
        try:
            self.state = State.read(self.spec.name, await asyncio.to_thread(self._store.open))
            self.link = Link(self._world, self.spec, self.url)
            await self._begin(UNINSTALL_VARIABLE in env)
        except NoState:
            await self._exit(LOST_LOCK)

    async def _begin(self, uninstall: bool) -> None:
        if self.state.uninstalling and not uninstall:
            await self._exit(ALREADY_UNINSTALLING)
            return
        if uninstall:
            self.state.uninstalling = True
            work: Deploy | Uninstall = Uninstall(self.spec, self.state, self.link)
        else:
            work = Deploy(self.spec, self.state, self.link)
        await (self._save() if self.state.framework_id is not None or not uninstall else self._wipe())
        self.work = work
        self._door.open()
        await self._once(work)
        if self.work is work:
            self._task = asyncio.get_running_loop().create_task(self._live(work))

    async def stop(self) -> None:
        """The process is killed: nobody answers, the framework is disconnected, the lock is free."""
        task, self._task = self._task, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._door.shut()
        self.work = None
        self.link.disconnect()
        await asyncio.to_thread(self._store.close)

    @property
    def running(self) -> bool:
        """Whether a process is there."""
        return self.work is not None

    async def _exit(self, code: int) -> None:
        self.exit_code = code
        await self.stop()

    async def _live(self, work: Deploy | Uninstall) -> None:
        while self.work is work:
            await asyncio.sleep(self._every)
            await self._once(work)

    async def _once(self, work: Deploy | Uninstall) -> None:
        """One set of offers, and what follows from it."""
        try:
            if isinstance(work, Uninstall) and work.over:
                return
            if self.link.framework_id is None and self.link.possible:
                self.state.framework_id = self.link.subscribe(self.state.framework_id)
                await self._save()
            self.link.check()
            if self.held or not self.link.connected:
                return
            if work.offers():
                await self._save()
            if isinstance(work, Uninstall) and work.ready_to_deregister():
                await self._finish(work)
        except Removed:
            await self._exit(FRAMEWORK_REMOVED)
        except NoState:
            await self._exit(LOST_LOCK)

    async def _finish(self, work: Uninstall) -> None:
        if self.spec.release.wipes_first:
            await self._wipe()
            await self._teardown()
        else:
            self.state.framework_id = None
            await self._save()
            await self._teardown()
            await self._wipe()
        work.deregistered()

    async def _teardown(self) -> None:
        """The framework is torn down, by the next leader where this one has just died."""
        while not self.link.connected:
            self.link.check()
            await asyncio.sleep(self._every)
        self.link.teardown()

    async def _save(self) -> None:
        await asyncio.to_thread(self._store.write, self.state.nodes())

    async def _wipe(self) -> None:
        await asyncio.to_thread(self._store.wipe)
