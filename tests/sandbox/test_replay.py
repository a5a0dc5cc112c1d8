"""Every recorded scenario of every release, sent to the sandbox: status, headers that matter, body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from janitor.sandbox import Sandbox
from tests.clock import HANGS
from tests.sandbox.recording import Names, Scenario, comparable, comparable_text, differences, scenarios

_PATH_DISK = {
    "name": "disk",
    "type": "SCALAR",
    "scalar": {"value": 4096},
    "disk": {"source": {"type": "PATH", "path": {"root": "/mnt/disk1"}}},
}
_AGENTS: list[dict[str, Any]] = [
    {},
    {"extra": [_PATH_DISK]},
    {
        "amounts": {"cpus": 4, "mem": 4096, "disk": 9000, "ports": "[31000-32000]"},
        "static": {"slave_public": {"cpus": 4, "mem": 2048, "disk": 5000}},
        "attributes": {"public_ip": "true"},
    },
]
_KAFKA = {"values": ["kafka-principal"]}
_OPS = {"values": ["ops"]}
_ANY, _NONE = {"type": "ANY"}, {"type": "NONE"}
_ACLS = {
    "permissive": False,
    "reserve_resources": [{"principals": _OPS, "roles": _ANY}, {"principals": _KAFKA, "roles": _ANY}],
    "unreserve_resources": [
        {"principals": _OPS, "reserver_principals": _ANY},
        {"principals": _KAFKA, "reserver_principals": _KAFKA},
    ],
    "create_volumes": [{"principals": _OPS, "roles": _ANY}, {"principals": _KAFKA, "roles": _ANY}],
    "destroy_volumes": [
        {"principals": _OPS, "creator_principals": _ANY},
        {"principals": _KAFKA, "creator_principals": _KAFKA},
    ],
    "teardown_frameworks": [{"principals": _OPS, "framework_principals": _ANY}],
    "view_roles": [{"principals": _OPS, "roles": _ANY}, {"principals": _KAFKA, "roles": _ANY}],
    "view_frameworks": [{"principals": _OPS, "users": _ANY}, {"principals": _KAFKA, "users": _ANY}],
    "view_flags": [{"principals": _OPS, "flags": _ANY}],
}
_USERS = {"ops": "ops-secret", "kafka-principal": "kafka-secret", "viewer": "viewer-secret"}

_HEADERS = ("Content-Type", "Location", "WWW-Authenticate", "Allow")
_MOMENT = 0.5
"""Recorded pauses from this long on were time enough for agents to do what they were sent."""


@contextmanager
def cluster(scenario: Scenario) -> Iterator[Sandbox]:
    """The cluster of a recording: one master (three in `leader`), three agents."""
    settings: dict[str, Any] = {"metrics_per_second": 0, "apply_delay": None, "executor_grace": None}
    if scenario.name == "auth":
        settings |= {"users": _USERS, "acls": _ACLS}
    masters = 3 if scenario.name == "leader" else 1
    with Sandbox(version=scenario.version, agents=_AGENTS, masters=masters, **settings) as sandbox:
        yield sandbox


class Replay:
    """One scenario, step by step."""

    def __init__(self, sandbox: Sandbox, session: requests.Session) -> None:
        self.sandbox = sandbox
        self.control = sandbox.control
        self.session = session
        addresses = [url.split("/")[2] for url in sandbox.masters]
        agents = sandbox.agents
        hosts = sandbox.call(lambda: [f"{a.hostname}:{a.port}" for a in sandbox.world.agents.values()])
        self.names = Names(
            {
                "master": addresses[0],
                "master_id": sandbox.call(lambda: sandbox.world.masters[0].id),
                **dict(zip(("other", "third"), addresses[1:], strict=False)),
                **{f"agent{number + 1}": agent for number, agent in enumerate(agents)},
                **{f"agent{number + 1}_address": host for number, host in enumerate(hosts)},
            }
        )
        self.clock = 0.0

    def run(self, steps: list[dict[str, Any]]) -> None:
        """All steps; an assertion names the exchange that differs."""
        for number, step in enumerate(steps):
            if step["t"] - self.clock >= _MOMENT:
                self.settle()
            self.clock = step["t"]
            if "event" in step:
                if "pause" in step["event"]:
                    self.arrive(steps[number:])
                self.happen(step["event"])
            else:
                if (step["request"].get("json") or {}).get("type") == "GET_OPERATIONS":
                    self.arrive(steps[number:])
                self.catch_up(step)
                self.exchange(number, step["note"], step["request"], step["response"])

    def settle(self) -> None:
        """Time passes: operations arrive, and an agent that stays away is lost."""
        self.control.release_operations()

    def arrive(self, steps: list[dict[str, Any]]) -> None:
        """Let as many operations arrive as had when the recording looked next; how long that took is chance."""
        accepted = 0
        for step in steps:
            if "event" in step:
                continue
            if (step["request"].get("json") or {}).get("type") == "GET_OPERATIONS":
                body = step["response"]["body"]
                listed = len(body["get_operations"].get("operations", [])) if isinstance(body, dict) else accepted
                held = self.control.truth()["held"]
                self.control.release_operations(max(0, held - (listed - accepted)))
                return
            accepted += step["response"]["status"] == 202

    def happen(self, event: dict[str, Any]) -> None:
        """What befell the cluster beside the requests."""
        if "subscribe" in event:
            self.subscribe(event["subscribe"])
        elif "disconnect" in event:
            self.control.disconnect(self.names.fill(event["disconnect"]))
        elif event.get("note") == "the task has been killed":
            self.control.finish_executors()
        elif event.get("stop") == "master":
            self.control.fail_over(by_hand=True)
        elif event.get("stop") == "third":
            self.control.stop_master(2)
        else:
            ((verb, who),) = event.items()
            agent = self.names.real[who]
            actions = {
                "stop": self.stop,
                "start": self.control.start_agent,
                "pause": self.control.freeze_agent,
                "resume": self.resume,
            }
            actions[verb](agent)

    def stop(self, agent: str) -> None:
        """An agent that was given time to do what it had been sent."""
        self.control.release_operations()
        self.control.stop_agent(agent)

    def resume(self, agent: str) -> None:
        """Messages had arrived while it was stopped; it does them now."""
        self.control.release_operations()
        self.control.thaw_agent(agent)

    def subscribe(self, what: dict[str, Any]) -> None:
        """A framework, with its task or its offers."""
        self.control.release_operations()
        framework = self.control.subscribe(
            what["name"], what["role"], what["principal"], holds_offers=what["holds_offers"]
        )
        self.names.real[what["framework"].strip("{}")] = framework
        if what["tasks_on"]:
            self.control.run_task(framework, self.names.fill(what["tasks_on"]))

    def catch_up(self, step: dict[str, Any]) -> None:
        """Bring about the phase that this exchange was recorded in: it is seen in the answer's status and lists."""
        note, body = step["note"], step["response"]["body"]
        if "unreachable" in note and self.control.truth()["agents"][self.names.real["agent1"]]["registered"]:
            self.control.mark_unreachable(self.names.real["agent1"])
        if not note.startswith("the leader is stopped: "):
            return
        if step["response"]["status"] == 307:
            return
        if self.control.truth()["leader"] is None:
            assert self.control.step_failover() == "elect"
        if step["response"]["status"] == 503 or body == {"slaves": [], "recovered_slaves": []}:
            return
        knows = isinstance(body, dict) or step["request"]["path"] == "/api/v1"
        if knows and self.control.truth()["failover"][:1] == ["recover"]:
            self.control.step_failover()
        for agent in self.returned(body):
            while any(name == f"agent {agent}" for name in self.control.truth()["failover"]):
                self.come_back(agent)

    def returned(self, body: Any) -> list[str]:
        """The agents that have registered again in this answer."""
        if not isinstance(body, dict):
            return []
        slaves = [each["id"] for each in body.get("slaves", [])]
        agents = [each["agent_info"]["id"]["value"] for each in body.get("get_agents", {}).get("agents", [])]
        return [self.names.fill(each) for each in slaves + agents]

    def come_back(self, agent: str) -> None:
        """One agent registers; the recorded order is not the sandbox's."""
        self.control.next_step_of_failover(f"agent {agent}")
        self.control.step_failover()

    def exchange(self, number: int, note: str, request: dict[str, Any], recorded: dict[str, Any]) -> None:
        """One request and its answer."""
        where = f"[{number}] {note}"
        answer = self.send(request)
        assert answer.status_code == recorded["status"], f"{where}: {answer.text[:500]}"
        for header in _HEADERS:
            expected = recorded["headers"].get(header)
            assert answer.headers.get(header) == (expected and self.names.fill(expected)), f"{where}: {header}"
        for header in ("Date", "Content-Length", "Transfer-Encoding"):
            assert (header in answer.headers) == (header in recorded["headers"]), f"{where}: {header}"
        body = recorded["body"]
        if isinstance(body, str):
            shown = self.names.blank(answer.text)
            assert comparable_text(shown) == comparable_text(body), where
        else:
            self.compare(where, json.loads(self.names.blank(answer.text)), body, note)

    def compare(self, where: str, shown: Any, body: Any, note: str) -> None:
        """JSON bodies; of flags and metrics, that what the sandbox shows has the recorded form."""
        if "flags" in note.lower():
            assert shown.keys() == body.keys(), where
            return
        if "metrics" in note:
            counted = {name for name in shown if name in body}
            assert {"master/elected", "master/frameworks_active", "master/slaves_active"} <= counted, where
            gauges = {name for name in counted if name.startswith(("master/slaves_", "master/frameworks_"))}
            assert {n: shown[n] for n in gauges} == {n: body[n] for n in gauges}, where
            return
        for document in (shown, body):
            document.pop("flags", None)
        different = differences(comparable(shown), comparable(body))
        assert not different, where + "\n" + "\n".join(different)

    def send(self, request: dict[str, Any]) -> requests.Response:
        """The request as it was recorded."""
        to = request["to"]
        address = self.names.real[f"{to}_address" if to.startswith("agent") else to]
        url = f"http://{address}{self.names.fill(request['path'])}"
        data: Any = None
        if "form" in request:
            data = {
                key: self.names.fill(value if isinstance(value, str) else json.dumps(value))
                for key, value in request["form"].items()
            }
        elif "json" in request:
            data = self.names.fill(json.dumps(request["json"]))
        elif "body" in request:
            data = self.names.fill(request["body"])
        auth = None
        if (who := request.get("auth")) == "wrong":
            auth = ("ops", "not-the-secret")
        elif who not in (None, "none"):
            auth = (who, _USERS[who])
        return self.session.request(
            request["method"],
            url,
            headers=request.get("headers"),
            data=data,
            auth=auth,
            allow_redirects=False,
            timeout=HANGS,
        )


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda scenario: f"{scenario.version}-{scenario.name}")
def test_the_sandbox_answers_as_the_master_did(scenario: Scenario) -> None:
    with cluster(scenario) as sandbox, requests.Session() as session:
        session.trust_env = False
        Replay(sandbox, session).run(scenario.steps)
