"""A scheduler in its normal life: it deploys its pods, and keeps them running."""

from __future__ import annotations

from janitor.sandbox.dcos.sdk.link import Link
from janitor.sandbox.dcos.sdk.plan import COMPLETE, PENDING, PREPARED, SERIAL, Phase, Plan, Step
from janitor.sandbox.dcos.sdk.spec import Pod, Spec
from janitor.sandbox.dcos.sdk.state import State

DEPLOY = "DeploymentStep"


class Deploy:
    """Plans `deploy` and `recovery`, and what they do at every set of offers."""

    def __init__(self, spec: Spec, state: State, link: Link) -> None:
        self._spec = spec
        self._state = state
        self._link = link
        self._pods = {instance: pod for pod in spec.pods for instance in pod.instances}
        self.replaced: set[str] = set()
        phases = [
            Phase(f"{pod.kind}-deploy", SERIAL, [self._step(pod, instance) for instance in pod.instances])
            for pod in spec.pods
        ]
        self.plan = Plan("deploy", SERIAL, phases)
        self.recovery = Plan("recovery", SERIAL)

    @property
    def plans(self) -> dict[str, Plan]:
        """By name."""
        return {"deploy": self.plan, "recovery": self.recovery}

    def _step(self, pod: Pod, instance: str) -> Step:
        done = f"{instance}-{pod.task}" in self._state.tasks
        return Step(f"{instance}:[{pod.task}]", DEPLOY, instance, COMPLETE if done else PENDING)

    def offers(self) -> bool:
        """One set of offers; whether the state has changed."""
        changed = self._run_again()
        while (step := next(self.plan.open_steps(DEPLOY), None)) is not None and self._launch(step):
            changed = True
        return changed

    def _launch(self, step: Step) -> bool:
        pod = self._pods[step.what]
        number = pod.instances.index(step.what)
        named = self._spec.agents
        first = [named[number % len(named)]] if named else []
        for agent_id in dict.fromkeys([*first, *self._link.agents()]):
            record = self._link.launch(pod, step.what, agent_id)
            if record is not None:
                self._state.tasks[record.name] = record
                step.status = COMPLETE
                return True
        step.status = PREPARED
        return False

    def _run_again(self) -> bool:
        """Tasks that ended run again where they were; those of a replaced pod on another agent."""
        changed = False
        for name, record in list(self._state.tasks.items()):
            if record.pod in self.replaced:
                changed |= self._replace(name)
            elif self._link.task_state(record.task_id) not in (None, "TASK_RUNNING", "TASK_STARTING"):
                changed |= self._link.run(record)
        return changed

    def _replace(self, name: str) -> bool:
        """A new instance elsewhere; what the old one held is no longer known here."""
        old = self._state.tasks[name]
        for agent_id in self._link.agents():
            record = self._link.launch(self._pods[old.pod], old.pod, agent_id) if agent_id != old.agent_id else None
            if record is not None:
                self._state.tasks[name] = record
                self.replaced.discard(old.pod)
                return True
        return False

    def restart(self, pod: str) -> list[str]:
        """POST /v1/pod/<pod>/restart: its tasks are killed, and run again where they are."""
        names = [name for name, record in self._state.tasks.items() if record.pod == pod]
        for name in names:
            self._link.kill(self._state.tasks[name].task_id)
        return names

    def replace(self, pod: str) -> list[str]:
        """POST /v1/pod/<pod>/replace: its tasks are killed, and run elsewhere on new reservations."""
        self.replaced.add(pod)
        return self.restart(pod)
