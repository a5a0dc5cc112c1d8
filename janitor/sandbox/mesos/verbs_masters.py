"""Verbs about masters: who leads, who may ask, how time goes, and what is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from janitor.sandbox.mesos.settings import Pace
from janitor.sandbox.mesos.verbs_base import OnCluster


class MasterVerbs(OnCluster):
    """Masters go by their number; the first is 0."""

    def fail_over(self, *, lose_in_flight: bool = False, by_hand: bool = False) -> None:
        """The leader is killed. `by_hand`: each phase waits for `step_failover`."""
        if by_hand:
            self._world.settings.pace = Pace(None, None, None, None, None)
        self._world.failover.begin(lose_in_flight=lose_in_flight)

    def next_step_of_failover(self, name: str) -> None:
        """Let a later step be the next one: agents come back in any order."""
        self._world.failover.advance(name)

    def step_failover(self) -> str | None:
        """The next phase: elect, recover, agent ID, framework ID; None when it was over."""
        return self._world.failover.step()

    def finish_failover(self) -> list[str]:
        """All phases that are left."""
        return list(iter(self._world.failover.step, None))

    def forget_leader(self) -> None:
        """The masters that do not lead know of no leader: 503 `No leader elected`."""
        self._world.forget_leader()

    def stop_master(self, index: int) -> None:
        """A master that does not lead ends (for the leader: `fail_over`)."""
        self._world.masters[index].stop()

    def start_master(self, index: int) -> None:
        """A stopped master runs again; it leads when nobody else does."""
        self._world.failover.start_master(self._world.masters[index])

    def advance(self, seconds: float) -> float:
        """Move the cluster's clock; its new time."""
        self._world.clock.advance(seconds)
        return self._world.clock.now()

    def elected_ago(self, seconds: float) -> None:
        """Let the leader have been elected so long ago; its process began no later."""
        elected = self._world.clock.now() - seconds
        self._leader().elected = elected
        if self._world.leading is not None:
            self._world.leading.start_time = min(self._world.leading.start_time, elected)
        self._leader().touch()

    def set_access(
        self,
        *,
        users: Mapping[str, str] | None = None,
        tokens: Mapping[str, str] | None = None,
        acls: Mapping[str, Any] | None = None,
    ) -> None:
        """Users with their secrets, DC/OS tokens with their principals, ACLs in Mesos's form; None: as before."""
        access = self._world.access
        access.users = access.users if users is None else dict(users)
        access.tokens = access.tokens if tokens is None else dict(tokens)
        access.acls = access.acls if acls is None else dict(acls)
        for view in self._world.leader.agents.values() if self._world.leader else ():
            self._leader().touch(view)

    def set(self, **settings: Any) -> None:
        """Settings by name, see `mesos.settings`: latency, apply_delay, ping_timeout, zk, ...; `pace` as a mapping."""
        known = {field.name for field in fields(self._world.settings)}
        for name, value in settings.items():
            if name not in known:
                raise ValueError(f"no setting {name}")
            setattr(self._world.settings, name, Pace(**value) if name == "pace" else value)

    def hold_operations(self) -> None:
        """Accepted operations reach no agent until they are released."""
        self._world.settings.apply_delay = None

    def release_operations(self, count: int | None = None) -> None:
        """Held operations arrive, the oldest `count` or all; later ones are held until `set(apply_delay=...)`."""
        self._world.network.release(count)
