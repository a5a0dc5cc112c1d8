"""A scheduler that uninstalls itself (dcos-commons: scheduler/uninstall/*).

It goes as far as Mesos lets it: kills reach agents that answer, and a reservation is given back when it is offered.
"""

from __future__ import annotations

from janitor.sandbox.dcos.sdk.link import Link, resource_id
from janitor.sandbox.dcos.sdk.plan import (
    COMPLETE,
    DEPENDENCY,
    PARALLEL,
    PREPARED,
    SERIAL,
    Phase,
    Plan,
    Step,
)
from janitor.sandbox.dcos.sdk.spec import Spec
from janitor.sandbox.dcos.sdk.state import State, TaskRecord

KILL, UNRESERVE, TLS, DEREGISTER = "TaskKillStep", "ResourceCleanupStep", "TLSCleanupStep", "DeregisterStep"


def uninstall_plan(spec: Spec, state: State) -> Plan:
    """The plan `deploy` of a scheduler that uninstalls, by release; empty when nothing is registered (any more)."""
    if state.framework_id is None:
        return Plan("deploy", DEPENDENCY if spec.release.dependency_plan else SERIAL)
    release, tasks = spec.release, list(state.tasks.values())
    if not release.named_steps:
        phases = [Phase("resource-phase", PARALLEL, _steps(tasks, ""))]
    else:
        phases = [Phase("kill-tasks", PARALLEL, [Step(f"kill-task-{t.task_id}", KILL, t.task_id) for t in tasks])]
        if release.phase_per_host:
            hosts = sorted({task.host for task in tasks})
            phases += [
                Phase(
                    f"unreserve-resources-{host}", PARALLEL, _steps([t for t in tasks if t.host == host], "unreserve-")
                )
                for host in hosts
            ]
        else:
            phases.append(Phase("unreserve-resources", PARALLEL, _steps(tasks, "unreserve-")))
        if spec.tls:
            phases.append(Phase("tls-cleanup", SERIAL, [Step("tls-cleanup", TLS)]))
    last = "deregister-service" if release.named_steps else "deregister-phase"
    phases.append(Phase(last, SERIAL, [Step("deregister", DEREGISTER)]))
    return Plan("deploy", DEPENDENCY if release.dependency_plan else SERIAL, phases)


def _steps(tasks: list[TaskRecord], prefix: str) -> list[Step]:
    ids = sorted({each.resource_id for task in tasks for each in task.reserved})
    return [Step(f"{prefix}{each}", UNRESERVE, each) for each in ids]


class Uninstall:
    """The uninstall of one service, set of offers by set of offers. `over` when nothing is registered (any more)."""

    def __init__(self, spec: Spec, state: State, link: Link) -> None:
        self._spec = spec
        self._state = state
        self._link = link
        # Before there were steps for it, every task was killed at the start.
        self._killed = set() if spec.release.named_steps else {task.task_id for task in state.tasks.values()}
        self.plan = uninstall_plan(spec, state)
        self.over = state.framework_id is None

    @property
    def plans(self) -> dict[str, Plan]:
        """By name; there is no other."""
        return {"deploy": self.plan}

    def offers(self) -> bool:
        """One set of offers, which may be empty; whether the state has changed."""
        for step in self.plan.open_steps(TLS):
            step.status = COMPLETE
        if self._spec.release.prepares_steps:
            for step in self.plan.open_steps(UNRESERVE):
                step.status = PREPARED
        changed = self._give_back()
        self._kill()
        return changed

    def _kill(self) -> None:
        """A step ends when the kill is sent, whoever gets it; it is sent again as long as the task runs."""
        for step in self.plan.open_steps(KILL):
            step.status = COMPLETE
            self._killed.add(step.what)
        for task_id in self._killed:
            self._link.kill(task_id)

    def _give_back(self) -> bool:
        """A step ends when its reservation is offered, and DESTROY and UNRESERVE are about to be sent."""
        steps = {step.what: step for step in self.plan.open_steps(UNRESERVE)}
        changed = False
        for view, items in self._link.offered():
            ours = {str(resource_id(item)): item for item in items if resource_id(item) in steps}
            if ours:
                self._link.give_back(view.agent.id, list(ours.values()))
                changed = True
            for each in ours:
                steps[each].status = COMPLETE
                self._forget(each)
        return changed

    def _forget(self, gone: str) -> None:
        for task in self._state.tasks.values():
            task.reserved = [each for each in task.reserved if each.resource_id != gone]

    def ready_to_deregister(self) -> bool:
        """Whether only that is left; the first time it says so by a step that is PREPARED, and False."""
        step = next(self.plan.open_steps(DEREGISTER), None)
        if step is None:
            return False
        waited = step.status == PREPARED
        step.status = PREPARED
        return waited

    def deregistered(self) -> None:
        """The framework is torn down: the plan is COMPLETE."""
        self.plan.phases[-1].steps[0].status = COMPLETE
        self.over = True
