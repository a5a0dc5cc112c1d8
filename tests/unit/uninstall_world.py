"""A cluster with one service, as plain values that a test changes between two looks, and between two questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.job import Job
from janitor.cleanup.look import Wants
from janitor.cleanup.outcome import Outcome
from janitor.dcos.marathon import App
from janitor.dcos.scheduler import Forced, Phase, Plan, PodInstance, SchedulerAway, Step
from janitor.errors import HttpStatus
from janitor.exits import Exit
from janitor.mesos.cluster import Agent, Framework, Roll, TaskPlace, Unknown
from janitor.uninstall.situation import Choice, Did, Situation
from janitor.uninstall.survey import Surveyor
from janitor.zookeeper.backup import Saved
from tests.unit.builders import HOUR, agent, framework, look, reserved, snapshot, znode_view

LABELS = {"DCOS_PACKAGE_NAME": "kafka", "DCOS_COMMONS_UNINSTALL": "true"}


def app(version: str = "v1", *, labels: Mapping[str, str] = LABELS, **env: str) -> App:
    return App("/kafka", None, (), None, env, labels, version, 1, ())


UNINSTALLING = app(SDK_UNINSTALL="true")


def owned(framework_id: str, *, host_number: int = 1) -> Agent:
    """An agent with a reservation that names the framework."""
    return agent(f"S{host_number}", reserved(labels={"framework_id": framework_id, "resource_id": f"r-{framework_id}"}))


def plan_of(status: str, host: str = "s1.example") -> Plan:
    steps = (Step("s1", "unreserve-r-F1", status),)
    phases = (Phase("p1", f"unreserve-resources-{host}", status, "parallel", steps),)
    return Plan("deploy", status, "dependency", phases)


@dataclass
class World:
    """What is there now. `scheduler`: what it answers when it is asked for its plan; None when it does not answer.

    before    question -> what happens right before it is answered, once
    asked     every question so far
    written   every write so far: (what, of what, by which leader); `refuses` fails each with a 503
    jobs      every clean-up so far
    """

    apps: tuple[App, ...] = ()
    frameworks: tuple[Framework, ...] = ()
    agents: tuple[Agent, ...] = ()
    tasks: tuple[TaskPlace, ...] | Unknown = ()
    znodes: dict[str, bool | Unknown] = field(default_factory=dict)
    plan: Plan | None = None
    pods: tuple[PodInstance, ...] | None = None
    claimed: str | None = None
    dcos: tuple[int, int] | None = (2, 0)
    roll: Roll | Unknown | None = None
    age: float | None = HOUR
    leader: str = "M1"
    now: float = 1000.0
    before: dict[str, Callable[[], object]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    written: list[tuple[str, str, str]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    refuses: bool = False
    on_write: Callable[[str, str], object] = lambda _what, _of: None

    def write(self, what: str, of: str) -> None:
        self.written.append((what, of, self.leader))
        if self.refuses:
            raise HttpStatus("https://cluster answered 503", status=503, body="busy", url="https://cluster")
        self.on_write(what, of)

    def answer(self, question: str) -> None:
        self.before.pop(question, lambda: None)()
        self.asked.append(question)


@dataclass
class Site:
    """Answers from a `World`, as the protocol of `janitor.uninstall.site` has it."""

    world: World
    reach: tuple[str, ...] = ()

    def look(self, wants: Wants) -> Inventory:
        world = self.world
        world.answer("look")
        seen = snapshot(
            *world.agents,
            frameworks=world.frameworks,
            tasks=world.tasks,
            age=world.age,
            leader=world.leader,
            roll=world.roll,
        )
        return look(seen, now=world.now)

    def znode(self, inventory: Inventory, path: str) -> ZnodeView | Unknown:
        self.world.answer("znode")
        exists = self.world.znodes.get(path.strip("/"), False)
        return exists if isinstance(exists, Unknown) else znode_view(path=path, exists=exists)

    def save_znode(self, path: str, directory: str) -> Saved | None:
        self.world.write("save", path)
        return Saved(f"{directory}/file", 3) if self.world.znodes.get(path.strip("/")) else None

    def apps(self) -> tuple[App, ...]:
        self.world.answer("apps")
        return self.world.apps

    def scheduler(self, name: str) -> Scheduler:
        return Scheduler(self.world)

    def dcos_version(self) -> tuple[int, int] | None:
        self.world.answer("dcos")
        return self.world.dcos

    def token_expires_in(self) -> float | None:
        return None

    def start_uninstall(self, package: str, app_id: str) -> str:
        self.world.write("start", app_id)
        return ""

    def delete_app(self, app_id: str) -> None:
        self.world.write("delete", app_id)

    def shut_down(self, framework_id: str, principal: str | None) -> None:
        self.world.write("shutdown", framework_id)

    def clean(self, job: Job) -> Outcome:
        self.world.jobs.append(job)
        self.world.write("clean", job.role or "")
        return Outcome(Exit.CLEAN, True, True, "1.9.0", (), None)


@dataclass
class Scheduler:
    world: World

    def plans(self) -> tuple[str, ...]:
        return ("deploy",)

    def plan(self, name: str) -> Plan:
        self.world.answer("plan")
        if self.world.plan is None:
            raise SchedulerAway("502")
        return self.world.plan

    def pods(self) -> tuple[PodInstance, ...]:
        self.world.answer("pods")
        if self.world.pods is None:
            raise SchedulerAway("502")
        return self.world.pods

    def framework_id(self) -> str | None:
        self.world.answer("framework_id")
        return self.world.claimed

    def force_complete(self, plan: str, phase: str | None = None, step: str | None = None) -> Forced:
        self.world.write("force", step or "")
        return Forced(False, "")

    def replace_pod(self, pod: str) -> None:
        self.world.write("replace", pod)


@dataclass
class Watched:
    """One run's looks at `kafka`."""

    world: World
    choice: Choice = field(default_factory=Choice)

    def __post_init__(self) -> None:
        self.site = Site(self.world)
        self.surveyor = Surveyor(self.site, "kafka", self.choice)

    def did(self, what: Did) -> None:
        """This run did that."""
        self.surveyor.memory = self.surveyor.memory.did(what)

    def tore_down(self, framework_id: str) -> None:
        """This run shut that framework down."""
        self.surveyor.memory = self.surveyor.memory.tore_down(framework_id, self.world.leader)

    def look(self, after: float = 1.0, **changes: object) -> Situation:
        """So many seconds later, with these changes to the world."""
        self.world.now += after
        for name, value in changes.items():
            assert hasattr(self.world, name)
            setattr(self.world, name, value)
        return self.surveyor.look()


def installed() -> World:
    """An SDK service that runs, with a reservation and its znode."""
    return World(
        apps=(app(),),
        frameworks=(framework("F1"),),
        agents=(owned("F1"),),
        znodes={"dcos-service-kafka": True},
    )


def completed(framework_id: str = "F1") -> Framework:
    return framework(framework_id, ended=5.0)
