"""Look at a service: everything that `next_step` decides on, gathered anew at each turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from janitor.cleanup.claims import SETTLED_AFTER, framework_id_of
from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.look import Wants
from janitor.dcos.marathon import App
from janitor.dcos.naming import znode_of
from janitor.dcos.scheduler import NoSuchElement, Plan, SchedulerAway
from janitor.errors import BadAnswer, Trouble, UsageError
from janitor.mesos.cluster import Agent, Framework, Snapshot, Unknown
from janitor.uninstall.next_step import choose_way
from janitor.uninstall.pods import AwayPod, away_pods
from janitor.uninstall.service import SDK_LABEL, Reserved, Service, UnknownService, identify, is_uninstalling
from janitor.uninstall.site import Site
from janitor.uninstall.situation import Away, Choice, Did, Situation, Way, is_uninstall_plan
from janitor.uninstall.stuck import stuck_steps
from janitor.words import command

PLAN = "deploy"
"""The uninstall's plan has the deployment's name (dcos-commons: UninstallPlanFactory)."""


@dataclass(slots=True)
class Surveyor:
    """Looks at one service, again and again. Remembers which frameworks are its own, and since when things are so.

    done, moved_pods and kept_pods are for whoever acts on what is seen: what was done, which pods were replaced, and
    which the operator chose to leave. why: why the way that was chosen applies.
    """

    site: Site
    name: str
    choice: Choice
    service: Service | None = None
    way: Way | None = None
    why: str = ""
    own: frozenset[str] = frozenset()
    done: set[Did] = field(default_factory=set)
    moved_pods: set[str] = field(default_factory=set)
    kept_pods: set[str] = field(default_factory=set)
    _settled: bool = False
    _since: dict[str, float] = field(default_factory=dict)
    _seen_roles: set[str] = field(default_factory=set)
    _ending: bool = False

    def look(self) -> Situation:
        """The situation now.

        Raises, at the first look, UsageError for a service that is not there or that is several, and Trouble when
        that cannot be told; at any, what the site raises.
        """
        znode = self.service.znode if self.service is not None else znode_of(self.name.strip("/"))
        # Apps before Mesos: when an uninstall ends in between, its app is still there, and nothing seems orphaned.
        apps = self.site.apps()
        inventory = self.site.look(Wants(counts=False, znode="/" + znode, tasks=True))
        snapshot, now = inventory.snapshot, inventory.now
        reserved = _reserved(snapshot)
        service = self._identified(apps, inventory, reserved)
        ours, strangers = self._frameworks(snapshot, service)
        foreign = frozenset(framework.id for framework in strangers)
        service = self.service = replace(service, framework_ids=service.framework_ids - foreign)
        way = self._choose(service)
        plan = self._plan(service, now)
        lost = self._lost(snapshot)
        held = tuple(one for one in reserved if service.holds(one))
        self._seen_roles |= {one.role for one in held}
        return Situation(
            service=service,
            way=way,
            snapshot=snapshot,
            frameworks=ours,
            strangers=strangers,
            replaced=self._replaced(service),
            plan=plan,
            complete_for=self._how_long("complete", isinstance(plan, Plan) and plan.complete, now),
            stuck=stuck_steps(plan, snapshot, service, lost) if isinstance(plan, Plan) else (),
            away_pods=self._away_pods(service, snapshot, lost),
            moved_pods=frozenset(self.moved_pods),
            kept_pods=frozenset(self.kept_pods),
            replaced_for=self._how_long("moved", bool(self.moved_pods), now),
            tasks=_running(snapshot, self.own),
            reserved=held,
            seen_roles=frozenset(self._seen_roles),
            hidden="" if self._seen_roles else _hidden(snapshot),
            znode=_znode(inventory),
            done=frozenset(self.done),
        )

    def _identified(self, apps: tuple[App, ...], inventory: Inventory, reserved: tuple[Reserved, ...]) -> Service:
        """The service as it is now, with what was known of it before."""
        snapshot, before = inventory.snapshot, self.service
        known = before is not None or _znode(inventory) is True
        try:
            seen = identify(self.name, apps, snapshot.frameworks, reserved, known=known)
        except UnknownService as error:
            untold = _hidden(snapshot) or (view.why if isinstance(view := _znode(inventory), Unknown) else "")
            if not untold:
                raise
            raise Trouble(
                f"Whether there is a service {self.name} cannot be told: {untold}",
                remedy=error.remedy or "Look with credentials that may see all of it.",
            ) from None
        if before is None:
            return seen
        if seen.app is None:  # what its app and its framework told is not forgotten when they go
            seen = replace(seen, known_from=before.known_from)
        return replace(
            seen,
            name=before.name,
            roles=tuple(dict.fromkeys([*before.roles, *seen.roles])),
            principals=tuple(dict.fromkeys([*before.principals, *seen.principals])),
        )

    def _choose(self, service: Service) -> Way:
        if self.way is None:
            package = self.choice.package or service.package
            labelled = service.uninstalls_itself
            dcos = self.site.dcos_version() if labelled else None
            fits, why = choose_way(labelled, package is not None, dcos)
            if self.choice.way == "legacy" and fits == "modern":
                manual = command("janitor", "uninstall", service.name, "--manual")
                raise UsageError(
                    f"--legacy: Cosmos would have the scheduler of {service.name} uninstall itself all the same: it "
                    f"has the label {SDK_LABEL}.",
                    remedy=f"Leave the option out, or go the manual way: {manual}",
                )
            self.way, self.why = (fits, why) if self.choice.way is None else (self.choice.way, "you said so")
        return self.way

    def _plan(self, service: Service, now: float) -> Plan | Away | None:
        """The uninstall plan, where the scheduler has begun one."""
        if service.app is None or not is_uninstalling(service.app) or self.way != "modern":
            self._how_long("away", False, now)
            return None
        try:
            plan = self.site.scheduler(service.scheduler_name).plan(PLAN)
        except (SchedulerAway, NoSuchElement, BadAnswer) as error:
            return Away(error.message, self._how_long("away", True, now))
        self._how_long("away", False, now)
        return plan if is_uninstall_plan(plan) else None

    def _how_long(self, what: str, so: bool, now: float) -> float:
        """For how many seconds it has been so, at every look."""
        if not so:
            self._since.pop(what, None)
            return 0.0
        return now - self._since.setdefault(what, now)

    def _frameworks(self, snapshot: Snapshot, service: Service) -> tuple[tuple[Framework, ...], tuple[Framework, ...]]:
        """(its own, those of the same name that came later), of the registered ones.

        Its own are those of the first look; a leader that is younger than a minute may not know them yet (rule O2).
        """
        named = [f for f in snapshot.frameworks if f.id in service.framework_ids and not f.completed]
        if not self._settled:
            self.own |= frozenset(framework.id for framework in self._told_apart(named, service))
            age = snapshot.leader.age
            self._settled = bool(self.own) or age is None or age >= SETTLED_AFTER
        ours = tuple(framework for framework in named if framework.id in self.own)
        return ours, tuple(framework for framework in named if framework.id not in self.own)

    def _told_apart(self, named: list[Framework], service: Service) -> list[Framework]:
        """The frameworks that are meant. Of several, the one that its scheduler says is its own.

        Raises UsageError when nothing tells which is meant.
        """
        if len(named) <= 1:
            return named
        told = None
        if service.app is not None and not is_uninstalling(service.app):
            try:
                told = self.site.scheduler(service.scheduler_name).framework_id()
            except (SchedulerAway, NoSuchElement, BadAnswer):
                told = None
        meant = [f for f in named if f.id == told] or [f for f in named if f.active]
        if len(meant) == 1 and service.app is not None:
            return meant
        listed = ", ".join(f"{f.id} ({'active' if f.active else 'inactive'})" for f in named)
        raise UsageError(
            f"{len(named)} frameworks are named {service.name}: {listed}.",
            remedy="Shut down those that are over, one by one: janitor service shutdown ID",
        )

    def _replaced(self, service: Service) -> bool:
        """Whether the app that is there now is another one: this service's end was seen before."""
        app = service.app
        if app is None:
            self._ending = self._ending or bool(self.done) or self._settled
            return False
        if is_uninstalling(app):
            self._ending = True
            return False
        return self._ending

    def _away_pods(self, service: Service, snapshot: Snapshot, lost: frozenset[str]) -> tuple[AwayPod, ...]:
        """Its pods on agents that are away, while its scheduler can still tell: before its uninstall."""
        app = service.app
        if self.way != "modern" or app is None or is_uninstalling(app) or "start" in self.done:
            return ()
        if all(agent.served for agent in snapshot.agents) and not _missing(snapshot):
            return ()
        try:
            pods = self.site.scheduler(service.scheduler_name).pods()
        except (SchedulerAway, NoSuchElement, BadAnswer):
            return ()
        return away_pods(pods, snapshot, self.own, lost)

    def _lost(self, snapshot: Snapshot) -> frozenset[str]:
        """Ids and hosts of agents that never return, on the operator's word."""
        words = frozenset(self.choice.lost_agents)
        known = [(agent.id, agent.host) for agent in snapshot.agents] + [(a.id, a.host) for a in snapshot.recovered]
        return words | {agent_id for agent_id, host in known if host in words}


def check_lost(choice: Choice, agents: Iterable[Agent]) -> None:
    """Raise UsageError when an agent that is said to be lost is there and answers (rule L6)."""
    for agent in agents:
        if agent.served and (agent.id in choice.lost_agents or agent.host in choice.lost_agents):
            raise UsageError(
                f"{command('--lost-agent', agent.id)}: this agent, on {agent.host}, is registered and answers: it is "
                "not lost.",
                remedy="Leave the option out.",
            )


def _missing(snapshot: Snapshot) -> bool:
    """Whether the cluster should have agents, or had some, that are not registered."""
    roll = snapshot.roll
    return isinstance(roll, Unknown) or bool(roll.unreachable or roll.gone or snapshot.recovered)


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


def _hidden(snapshot: Snapshot) -> str:
    """What this view hides of an agent, in words; "" for nothing (rule L5)."""
    for agent in snapshot.agents:
        if text := agent.hidden():
            return f"this view is filtered: agent {agent.id} on {agent.host} has {text} more than is shown."
    return ""


def _running(snapshot: Snapshot, own: frozenset[str]) -> int | Unknown:
    """How many tasks of these frameworks have not ended; a framework that is completed has none by definition."""
    if isinstance(snapshot.tasks, Unknown):
        return snapshot.tasks
    completed = frozenset(framework.id for framework in snapshot.frameworks if framework.completed)
    return sum(
        not task.ended for task in snapshot.tasks if task.framework_id in own and task.framework_id not in completed
    )


def _znode(inventory: Inventory) -> bool | Unknown:
    view = inventory.znode
    return view.znode.exists if isinstance(view, ZnodeView) else view or Unknown("it was not looked at")
