"""A DC/OS cluster with a real ZooKeeper, a service on it, and an uninstall that is driven over HTTP."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from unittest.mock import patch

from kazoo.client import KazooClient

from janitor import connect
from janitor.cli.engine import Engine
from janitor.connect import DcosSite
from janitor.events import Event, PlanSeen, Told, Waiting, Warned
from janitor.patience import Patience, Stop
from janitor.sandbox.rehearsal import Rehearsal
from janitor.sandbox.services import Service
from janitor.sandbox.znodes import leave_service
from janitor.secret import Secret
from janitor.target import Credentials, Limits, Run, Target
from janitor.uninstall.drive import Driver
from janitor.uninstall.ended import Ended
from janitor.uninstall.situation import Choice, Situation, WaitLimits
from janitor.uninstall.survey import Surveyor
from tests.cli.terminal import Ran, janitor
from tests.clock import HANGS, Clock
from tests.engine.scene import Recorder

Item = dict[str, Any]
SOON = WaitLimits(zombie_after=0.3, scheduler_away=1.0)
"""For a test in which what is waited for never comes; in any other, a slow machine would be taken for a dead one."""


class Answers:
    """Confirms what it is told to, and remembers what it was asked: (question, the name to type)."""

    def __init__(self, answer: bool | Callable[[str, str], bool] = True) -> None:
        self._answer = answer
        self.asked: list[tuple[str, str]] = []

    def __call__(self, question: str, name: str) -> bool:
        self.asked.append((question, name))
        return self._answer if isinstance(self._answer, bool) else self._answer(question, name)


@dataclass
class Uninstalled:
    """One run: how it ended, what was told, and what was asked."""

    ended: Ended
    events: list[Event]
    asked: list[tuple[str, str]]

    @property
    def status(self) -> int:
        return self.ended.status

    @property
    def text(self) -> str:
        """Everything that an operator read."""
        words = [f"{one.text} {' '.join(one.details)}" for one in self.events if isinstance(one, Told)]
        words += [f"{one.text} {one.remedy or ''}" for one in self.events if isinstance(one, Warned)]
        words += [one.what for one in self.events if isinstance(one, Waiting)]
        return "\n".join([*words, self.ended.why, self.ended.remedy or ""])

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class Scene:
    """One cluster, and the runs on it."""

    rehearsal: Rehearsal
    client: KazooClient
    credentials: Credentials = field(default_factory=Credentials)
    recorder: Recorder = field(default_factory=Recorder)
    clock: Clock = field(default_factory=Clock)
    """Of the next run, as the recorder is."""
    abandoned_ids: dict[str, str] = field(default_factory=dict)

    @property
    def control(self) -> Any:
        return self.rehearsal.sandbox.control

    @property
    def services(self) -> Any:
        return self.rehearsal.services

    @property
    def dcos(self) -> Any:
        return self.rehearsal.dcos_control

    @property
    def agents(self) -> list[str]:
        return list(self.rehearsal.built.agents.values())

    @property
    def url(self) -> str:
        return self.rehearsal.dcos.url

    # --- a run ------------------------------------------------------------------------------------------------------

    def site(self, timeout: float = HANGS, stop: Stop | None = None, **target: Any) -> DcosSite:
        where = Target(dcos_url=self.url, credentials=self.credentials, **target)
        with patch.object(connect, "Patience", partial(Patience, clock=self.clock)):
            return DcosSite(Run(where, Limits(timeout, 4), self.recorder, stop or Stop()))

    def uninstall(
        self,
        name: str = "kafka",
        *,
        confirm: bool | Callable[[str, str], bool] = True,
        timeout: float = HANGS,
        limits: WaitLimits = WaitLimits(),  # noqa: B008  # frozen
        dry_run: bool = False,
        stop: Stop | None = None,
        **choice: Any,
    ) -> Uninstalled:
        """Drive it to its end; what is given else is the operator's Choice."""
        asked = Answers(confirm)
        chosen = Choice(**choice)
        site = self.site(timeout, stop)
        try:
            driver = Driver(
                site=site,
                surveyor=Surveyor(site, name, chosen),
                choice=chosen,
                patience=site.patience,
                view=self.recorder,
                confirm=asked,
                limits=limits,
                every=0.05,
                dry_run=dry_run,
            )
            ended = driver.run()
        finally:
            site.close()
            recorder, self.recorder = self.recorder, Recorder()
            self.clock = Clock()
        return Uninstalled(ended, recorder.events, asked.asked)

    def look(self, name: str = "kafka", **choice: Any) -> Situation:
        """One look at a service."""
        site = self.site()
        try:
            return Surveyor(site, name, Choice(**choice)).look()
        finally:
            site.close()

    def janitor(self, *argv: str, **settings: Any) -> Ran:
        """The command line, in this process."""
        return janitor(*argv, "--dcos-url", self.url, engine=Engine(), **settings)

    # --- services ---------------------------------------------------------------------------------------------------

    def legacy(self, name: str, *, principal: str = "", package: bool = True) -> str:
        """A scheduler that cannot uninstall itself, with a broker on each agent; its framework's id."""
        service = Service(name, principal=principal)
        framework = service.subscribe(self.control)
        for number, agent in enumerate(self.agents):
            service.reserve(self.control, agent, port=9092 + number)
            service.run(self.control, agent)
        if package:
            self.services.run_package(name)
        else:
            self.dcos.run_app({"id": f"/{name}", "cmd": "./scheduler", "labels": {"DCOS_SERVICE_NAME": name}})
        leave_service(self.client, name, framework, [f"{name}-0-broker"])
        return framework

    def app_without_package(self, name: str) -> str:
        return self.legacy(name, package=False)

    def begun(self, sdk: str = "0.57.3") -> str:
        """Kafka on three agents, told to uninstall, taking no offers yet; the agent of its second broker."""
        self.services.run("kafka", sdk=sdk)
        agent: str = self.services.look("kafka")["tasks"]["kafka-1"]["agent"]
        self.services.hold("kafka")
        self.services.uninstall("kafka")
        Patience(HANGS).poll(lambda: True if self.services.look("kafka")["uninstalling"] else None)
        return agent

    def remove_app(self, name: str) -> None:
        """As `dcos marathon app remove` does."""
        request = urllib.request.Request(f"{self.url}/service/marathon/v2/apps/{name}", method="DELETE")
        urllib.request.urlopen(request, timeout=HANGS).close()
        Patience(HANGS).poll(lambda: True if f"/{name}" not in self.dcos.apps() else None)

    def abandoned(self, name: str, *, on: Sequence[str] = (), port: int = 9092) -> str:
        """Torn down long ago, and nothing of it cleaned; its framework's id."""
        service = Service(name)
        framework = service.subscribe(self.control)
        for number, agent in enumerate(on or self.agents):
            service.reserve(self.control, agent, port=port + number)
        service.abandon(self.control)
        self.abandoned_ids[name] = framework
        leave_service(self.client, name, framework, [f"{name}-0-broker"])
        return framework

    def remove_znode(self, name: str) -> None:
        self.client.delete(f"/dcos-service-{name}", recursive=True)

    # --- what is there ----------------------------------------------------------------------------------------------

    def held(self, role: str) -> list[Item]:
        """What agents really hold of a role, whatever a master says."""
        return [item for agent in self.agents for item in self.control.held_by(agent, role)]

    def znode(self, name: str = "kafka") -> bool:
        return self.client.exists(f"/dcos-service-{name}") is not None

    def get(self, path: str) -> Any:
        """What Admin Router answers, as the SDK's tests ask it."""
        headers = {"Authorization": f"token={self.credentials.token.reveal()}"} if self.credentials.token else {}
        with urllib.request.urlopen(urllib.request.Request(self.url + path, headers=headers), timeout=HANGS) as answer:
            return json.load(answer)

    def is_gone(self, ran: Uninstalled, name: str = "kafka", role: str | None = None) -> None:
        """It ended with 0, and everybody who could know better agrees."""
        escaped = name.strip("/").replace("/", "__")
        role = role or f"{escaped}-role"
        assert (ran.status, ran.ended.why) == (0, ""), ran.ended
        assert self.held(role) == []
        assert not self.znode(escaped)
        assert "/" + name.strip("/") not in self.dcos.apps()
        self.accepted(name, role)

    def accepted(self, name: str, role: str) -> None:
        """The SDK's own acceptance rule (dcos-commons: testing/sdk_install.py)."""
        summary = self.get("/mesos/state-summary")
        for agent in summary["slaves"]:
            assert not agent["reserved_resources"].get(role), agent
        assert name not in [framework["name"] for framework in summary["frameworks"]]


def token(text: str) -> Credentials:
    return Credentials(token=Secret(text))


def statuses(ran: Uninstalled) -> list[str]:
    """How the plan went: the status of each tree that was shown, without repetitions."""
    shown = [event.tree[0].rpartition("(")[2].rstrip(")") for event in ran.events if isinstance(event, PlanSeen)]
    return [status for number, status in enumerate(shown) if number == 0 or shown[number - 1] != status]
