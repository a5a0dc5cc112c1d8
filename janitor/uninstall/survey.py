"""Look at a service: everything that `next_step` decides on, gathered anew at each turn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.look import Wants
from janitor.dcos.marathon import App
from janitor.dcos.scheduler import NoSuchElement, Plan, SchedulerAway
from janitor.errors import BadAnswer, Trouble, Unreadable, UsageError
from janitor.mesos.cluster import Framework, Snapshot, Unknown
from janitor.uninstall.belongs import Reserved, reservations
from janitor.uninstall.frameworks import Frameworks
from janitor.uninstall.lost import lost_agents
from janitor.uninstall.missing import missing_agents
from janitor.uninstall.next_step import choose_way
from janitor.uninstall.pods import AwayPod, away_pods
from janitor.uninstall.service import SDK_LABEL, Service, identify, is_uninstalling, unknown
from janitor.uninstall.site import Site
from janitor.uninstall.situation import Away, Choice, Did, Situation, Way, is_uninstall_plan
from janitor.uninstall.stuck import StuckStep, judged
from janitor.words import called, command

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
    done: set[Did] = field(default_factory=set)
    moved_pods: set[str] = field(default_factory=set)
    kept_pods: set[str] = field(default_factory=set)
    given_up: dict[str, StuckStep] = field(default_factory=dict)
    _since: dict[str, float] = field(default_factory=dict)
    _seen_roles: set[str] = field(default_factory=set)
    _ending: bool = False
    _place: str | None = None
    _frameworks: Frameworks = field(init=False)

    def __post_init__(self) -> None:
        self._frameworks = Frameworks(self.site)

    @property
    def own(self) -> frozenset[str]:
        """Ids of its own frameworks."""
        return self._frameworks.own

    def look(self) -> Situation:
        """The situation now.

        Raises, at the first look, UsageError for a service that is not there or that is several, and Trouble when
        that cannot be told; at any, what the site raises.
        """
        # Apps before Mesos: when an uninstall ends in between, its app is still there, and nothing seems orphaned.
        apps = self.site.apps()
        inventory = self.site.look(Wants(counts=False, tasks=True))
        snapshot, now = inventory.snapshot, inventory.now
        reserved = reservations(snapshot.agents)
        service, ours, strangers = self._identified(apps, snapshot, reserved)
        service, znode = self._with_znode(self._with_what_was_known(service), inventory)
        held = tuple(one for one in reserved if service.marks.hold(one))
        if self.service is None:
            self._check_there(service, apps, snapshot, held, znode)
        self.service = service
        way = self._choose(service)
        plan = self._plan(service, now)
        lost = lost_agents(self.choice, snapshot)
        stuck, given_up = judged(plan, snapshot, service, lost) if isinstance(plan, Plan) else ((), ())
        self.given_up.update({one.resource_id: one for one in given_up})
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
            stuck=stuck,
            missing=missing_agents(snapshot, service.framework_ids, lost, self.given_up.values()),
            away_pods=self._away_pods(service, snapshot, lost),
            moved_pods=frozenset(self.moved_pods),
            kept_pods=frozenset(self.kept_pods),
            replaced_for=self._how_long("moved", bool(self.moved_pods), now),
            tasks=_running(snapshot, self.own),
            reserved=held,
            untold=tuple(one for one in reserved if service.marks.untold(one)),
            seen_roles=frozenset(self._seen_roles),
            hidden="" if self._seen_roles else _hidden(snapshot),
            znode=znode,
            done=frozenset(self.done),
        )

    def _identified(
        self, apps: tuple[App, ...], snapshot: Snapshot, reserved: tuple[Reserved, ...]
    ) -> tuple[Service, tuple[Framework, ...], tuple[Framework, ...]]:
        """(the service, its registered frameworks, those of its name that came later and are another one's)."""
        service = identify(self.name, apps, snapshot.frameworks, reserved)
        ours, strangers = self._frameworks.split(snapshot, service)
        if strangers:
            later = frozenset(framework.id for framework in strangers)
            service = identify(self.name, apps, snapshot.frameworks, reserved, later=later)
        return service, ours, strangers

    def _with_znode(self, service: Service, inventory: Inventory) -> tuple[Service, bool | Unknown]:
        """With the znode that is its own, and whether it exists. Which one it is, is settled once one is seen.

        What the operator names goes first; then the one that the first look found, of those that it may have.
        """
        if self.choice.no_znode:
            return replace(service, place_told=True), False
        if self.choice.znode is not None:
            self._place = self.choice.znode
            service = replace(service, places=(self._place,), place_told=True)
        places = (self._place,) if self._place is not None else service.places or (service.znode,)
        seen: list[tuple[str, bool | Unknown]] = []
        for place in places:
            view = self.site.znode(inventory, "/" + place.strip("/"))
            seen.append((place, view.znode.exists if isinstance(view, ZnodeView) else view))
            if seen[-1][1] is True:
                break
        place, exists = next((one for one in seen if one[1] is not False), seen[0])
        if exists is True:
            self._place = place
        return replace(
            service, znode=place.strip("/"), place_told=service.place_told or self._place is not None
        ), exists

    def _check_there(
        self,
        service: Service,
        apps: tuple[App, ...],
        snapshot: Snapshot,
        held: tuple[Reserved, ...],
        znode: bool | Unknown,
    ) -> None:
        """Raise UsageError when there is no such service, and Trouble when that cannot be told."""
        named = self.choice.znode is not None or self.choice.no_znode  # who knows its znode knows the service
        if service.app is not None or service.framework_ids or held or znode is True or named:
            return
        error = unknown(self.name, apps, snapshot.frameworks)
        untold = _hidden(snapshot) or (znode.why if isinstance(znode, Unknown) else "")
        if not untold:
            raise error
        raise Trouble(
            f"Whether there is a service {called(self.name)} cannot be told: {untold}",
            remedy=error.remedy or "Look with credentials that may see all of it.",
        )

    def _with_what_was_known(self, seen: Service) -> Service:
        """What its app and its framework told is not forgotten when they go."""
        before = self.service
        if before is None:
            return seen
        ids = (before.framework_ids | seen.framework_ids) - seen.marks.others
        principals = tuple(dict.fromkeys([*before.principals, *seen.principals]))
        marks = replace(
            seen.marks,
            framework_ids=ids,
            principals=frozenset(principals),
            shared=before.marks.shared | seen.marks.shared,
        )
        gone = seen.app is None
        return replace(
            seen,
            name=before.name,
            known_from=before.known_from if gone else seen.known_from,
            framework_ids=ids,
            roles=tuple(dict.fromkeys([*before.roles, *seen.roles])),
            principals=principals,
            marks=replace(marks, name=before.name),
            places=before.places if gone else seen.places,
            place_told=before.place_told or seen.place_told,
            znode=before.znode if gone else seen.znode,
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
        except Unreadable:
            raise  # a login page, or another program: asking again does not help
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

    def _replaced(self, service: Service) -> bool:
        """Whether the app that is there now is another one: this service's end was seen before."""
        app = service.app
        if app is None:
            self._ending = self._ending or bool(self.done) or self._frameworks.settled
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


def _missing(snapshot: Snapshot) -> bool:
    """Whether the cluster should have agents, or had some, that are not registered."""
    roll = snapshot.roll
    return isinstance(roll, Unknown) or bool(roll.unreachable or roll.gone or snapshot.recovered)


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
