"""What is seen of a service while it goes: one value, from which `next_step` follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from janitor.dcos.scheduler import RESTARTS_WITHIN, Plan
from janitor.holdings.holding import Reserved
from janitor.holdings.stuck import StuckStep
from janitor.mesos.cluster import Framework, Snapshot, Unknown
from janitor.rules import CLUSTER_FRAMEWORK
from janitor.uninstall.missing import Missing
from janitor.uninstall.pods import AwayPod
from janitor.uninstall.service import Service
from janitor.words import Word, own_command

Way = Literal["modern", "legacy", "manual"]
Did = Literal["start", "delete", "shutdown", "clean"]
"""What a run can have done; `clean` only when nothing was left then."""

UNINSTALL_PHASES = (
    "kill-tasks",
    "unreserve-resources",
    "resource-phase",
    "tls-cleanup",
    "deregister-service",
    "deregister-phase",
)
"""The phases of an uninstall, by SDK version; its plan has the name `deploy` like any other."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What the operator wants: a way (None: the one that fits), and how much may be done.

    force_missing  force exactly the steps that are safe to force
    cluster_framework  end a framework of the cluster's own, on the operator's word
    lost_agents    agent ids or hosts that never return, on the operator's word
    znode          where the service keeps its state, on the operator's word
    no_znode       it keeps none, on the operator's word
    backup         the directory in which its znode is saved before it is deleted; None for nowhere
    """

    way: Way | None = None
    package: str | None = None
    force_missing: bool = False
    lost_agents: tuple[str, ...] = ()
    znode: str | None = None
    no_znode: bool = False
    cluster_framework: bool = False
    backup: str | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """The same as options of `janitor uninstall`: a command that goes on has to want the same."""
        words = [] if self.way is None else [f"--{self.way}"]
        words += ["--package", self.package] if self.package is not None else []
        words += ["--force-complete-missing"] if self.force_missing else []
        words += [word for agent in self.lost_agents for word in ("--lost-agent", agent)]
        words += ["-z", self.znode] if self.znode is not None else []
        words += ["--no-znode"] if self.no_znode else []
        words += ["--backup", self.backup] if self.backup is not None else []
        return (*words, "--override", CLUSTER_FRAMEWORK) if self.cluster_framework else tuple(words)


@dataclass(frozen=True, slots=True)
class WaitLimits:
    """How long the driver waits for others, in seconds, before it says that something is wrong."""

    zombie_after: float = 60.0
    scheduler_away: float = RESTARTS_WITHIN
    pods_elsewhere: float = 600.0


@dataclass(frozen=True, slots=True)
class Away:
    """The scheduler does not answer: its words, and for how many seconds already."""

    why: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Situation:
    """A settled look at a service.

    service        with the app as it is now
    way            how it is uninstalled; `why_way` says why so
    frameworks     registered ones that belong to it
    strangers      registered ones of its name that came later: another service, left alone
    shut_down      ids of frameworks that this run had this very leader tear down
    replaced       the app is another one of the same name, installed after this one's end was seen
    plan           the uninstall plan; None when there is no scheduler to ask, or it does not uninstall yet
    complete_for   seconds since the plan was first seen COMPLETE
    stuck          its unreserve steps that are not COMPLETE
    given_up       steps that are COMPLETE, or were forced, though an agent may hold their reservation still
    missing        agents that do not answer and may hold something of it
    away_pods      pods whose agent is away; only looked for before a modern uninstall
    moved_pods     those that this run had replaced
    kept_pods      those that the operator chose not to replace
    replaced_for   seconds since the first pod was replaced, 0 for none
    tasks          how many tasks of its frameworks have not ended
    reserved       what it holds reserved
    untold         what may be its own, and nothing tells: it is left alone
    seen_roles     its roles of which this run has ever seen something: all of them is visible then (rule L5)
    hidden         what this view hides of an agent, where nothing of the service's roles is visible (rule L5)
    znode          whether it exists, Unknown when that could not be told
    done           what this run did already
    reach          the options that name the cluster, for the commands that are printed
    no_apps        why Marathon could not be read: whether it has an app is not known then
    started_by     id of an app of another id that is started as a framework of its name; "" for none
    """

    service: Service
    way: Way
    snapshot: Snapshot
    why_way: str = ""
    frameworks: tuple[Framework, ...] = ()
    strangers: tuple[Framework, ...] = ()
    shut_down: frozenset[str] = frozenset()
    replaced: bool = False
    plan: Plan | Away | None = None
    complete_for: float = 0.0
    stuck: tuple[StuckStep, ...] = ()
    given_up: tuple[StuckStep, ...] = ()
    missing: tuple[Missing, ...] = ()
    away_pods: tuple[AwayPod, ...] = ()
    moved_pods: frozenset[str] = frozenset()
    kept_pods: frozenset[str] = frozenset()
    replaced_for: float = 0.0
    tasks: int | Unknown = 0
    reserved: tuple[Reserved, ...] = ()
    untold: tuple[Reserved, ...] = ()
    seen_roles: frozenset[str] = frozenset()
    hidden: str = ""
    znode: bool | Unknown = False
    done: frozenset[Did] = frozenset()
    reach: tuple[str, ...] = ()
    no_apps: Unknown | None = None
    started_by: str = ""

    def paste(self, *words: str) -> str:
        """A command of Janitor's own for this cluster, to be pasted."""
        return own_command(self.reach, *words)

    def paste_uninstall(self, choice: Choice) -> str:
        """The command that uninstalls this service in this way."""
        return self.paste("uninstall", Word(self.service.name), *choice.words)


def is_uninstall_plan(plan: Plan) -> bool:
    """Whether the plan is an uninstall's. An empty one is what a scheduler shows that has nothing left to do."""
    return all(phase.name.startswith(UNINSTALL_PHASES) for phase in plan.phases)
