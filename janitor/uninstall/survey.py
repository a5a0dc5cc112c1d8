"""Look at a service: everything that `next_step` decides on, gathered anew at each turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from janitor.cleanup.claims import framework_id_of
from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.look import Wants
from janitor.dcos.naming import znode_of
from janitor.dcos.scheduler import NoSuchElement, Plan, SchedulerAway
from janitor.errors import UsageError
from janitor.mesos.cluster import Agent, Framework, Snapshot, Unknown
from janitor.uninstall.next_step import choose_way
from janitor.uninstall.service import Reserved, Service, identify, is_uninstalling
from janitor.uninstall.site import Site
from janitor.uninstall.situation import Away, Choice, Situation, Way, is_uninstall_plan
from janitor.uninstall.stuck import stuck_steps

PLAN = "deploy"
"""The uninstall's plan has the deployment's name (dcos-commons: UninstallPlanFactory)."""


@dataclass(slots=True)
class Surveyor:
    """Looks at one service, again and again. Remembers which frameworks are its own, and since when things are so."""

    site: Site
    name: str
    choice: Choice
    service: Service | None = None
    way: Way | None = None
    why: str = ""
    own: frozenset[str] = frozenset()
    done: set[str] = field(default_factory=set)
    _complete_since: float | None = None
    _away_since: float | None = None
    _gone: bool = False

    def look(self) -> Situation:
        """The situation now. Raises UsageError for a service that is not there at the first look, and JanitorError."""
        inventory = self.site.look(Wants(counts=False, znode=znode_of(self.name.strip("/")), tasks=True))
        snapshot = inventory.snapshot
        apps = self.site.apps()
        exists = isinstance(inventory.znode, ZnodeView) and inventory.znode.znode.exists
        seen = identify(self.name, apps, snapshot.frameworks, _reserved(snapshot), znode=exists or self._known)
        service = self.service = self._merged(seen)
        way = self._choose(service)
        plan = self._plan(service, inventory.now)
        ours, strangers = self._frameworks(snapshot, service)
        return Situation(
            service=service,
            way=way,
            snapshot=snapshot,
            frameworks=ours,
            strangers=strangers,
            plan=plan,
            complete_for=self._complete_for(plan, inventory.now),
            stuck=stuck_steps(plan, snapshot, service, self._lost(snapshot)) if isinstance(plan, Plan) else (),
            tasks=_running(snapshot, self.own),
            reserved=tuple(one for one in _reserved(snapshot) if one.role in service.roles),
            znode=_znode(inventory),
            done=frozenset(self.done),
        )

    @property
    def _known(self) -> bool:
        """Whether the service was seen before: then it is known although nothing of it is left."""
        return self.service is not None

    def _merged(self, seen: Service) -> Service:
        """With the roles and principals that were known when its app was still there."""
        before = self.service
        if before is None:
            return seen
        return replace(
            seen,
            roles=tuple(dict.fromkeys([*before.roles, *seen.roles])) if not before.shared else before.roles,
            principals=before.principals
            if before.shared
            else tuple(dict.fromkeys([*before.principals, *seen.principals])),
            shared=before.shared,
            known_from=before.known_from,
        )

    def _choose(self, service: Service) -> Way:
        if self.way is None:
            if self.choice.way is not None:
                self.way, self.why = self.choice.way, "you said so"
            else:
                package = self.choice.package or service.package
                self.way, self.why = choose_way(
                    service.uninstalls_itself, package is not None, self.site.dcos_version()
                )
        return self.way

    def _plan(self, service: Service, now: float) -> Plan | Away | None:
        """The uninstall plan, where the scheduler has begun one."""
        if service.app is None or not is_uninstalling(service.app) or self.way != "modern":
            self._away_since = None
            return None
        try:
            plan = self.site.scheduler(service.scheduler_name).plan(PLAN)
        except (SchedulerAway, NoSuchElement) as error:
            if self._away_since is None:
                self._away_since = now
            return Away(error.message, now - self._away_since)
        self._away_since = None
        return plan if is_uninstall_plan(plan) else None

    def _complete_for(self, plan: Plan | Away | None, now: float) -> float:
        if not isinstance(plan, Plan) or not plan.complete:
            self._complete_since = None
            return 0.0
        if self._complete_since is None:
            self._complete_since = now
        return now - self._complete_since

    def _frameworks(self, snapshot: Snapshot, service: Service) -> tuple[tuple[Framework, ...], tuple[Framework, ...]]:
        """(its own, those of the same name that came later), of the registered ones."""
        named = [f for f in snapshot.frameworks if f.id in service.framework_ids and not f.completed]
        if not self.done and not self._gone:
            self.own |= frozenset(framework.id for framework in named)
        self._gone = self._gone or (bool(self.own) and not any(framework.id in self.own for framework in named))
        ours = tuple(framework for framework in named if framework.id in self.own)
        return ours, tuple(framework for framework in named if framework.id not in self.own)

    def _lost(self, snapshot: Snapshot) -> frozenset[str]:
        known = [(agent.id, agent.host) for agent in snapshot.agents] + [(a.id, a.host) for a in snapshot.recovered]
        of_host = {agent_id for agent_id, host in known if host in self.choice.lost_agents}
        return frozenset(self.choice.lost_agents) | of_host


def check_lost(choice: Choice, agents: Iterable[Agent]) -> None:
    """Raise UsageError when an agent that is said to be lost is there and answers (rule L6)."""
    for agent in agents:
        if agent.served and (agent.id in choice.lost_agents or agent.host in choice.lost_agents):
            raise UsageError(
                f"--lost-agent {agent.id}: this agent, on {agent.host}, is registered and answers: not lost."
            )


def _reserved(snapshot: Snapshot) -> tuple[Reserved, ...]:
    """Every dynamic reservation of the cluster, counted by role, principal and framework."""
    counts: Counter[tuple[str, str | None, str | None]] = Counter()
    for agent in snapshot.agents:
        for role in agent.reserved:
            for item in agent.resources(role):
                if item.dynamic:
                    counts[role, item.top.principal, framework_id_of(item.kind)] += 1
    ordered = sorted(counts.items(), key=repr)
    return tuple(Reserved(role, principal, framework, n) for (role, principal, framework), n in ordered)


def _running(snapshot: Snapshot, own: frozenset[str]) -> int | Unknown:
    if isinstance(snapshot.tasks, Unknown):
        return snapshot.tasks
    completed = frozenset(framework.id for framework in snapshot.frameworks if framework.completed)
    return sum(
        not task.ended for task in snapshot.tasks if task.framework_id in own and task.framework_id not in completed
    )


def _znode(inventory: Inventory) -> bool | Unknown:
    view = inventory.znode
    return view.znode.exists if isinstance(view, ZnodeView) else view or Unknown("it was not looked at")
