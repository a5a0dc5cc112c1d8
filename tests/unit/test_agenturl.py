"""What an agent says of itself becomes an address and the name of its process, or nothing (rule P2, invariant 6)."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from janitor.errors import Unreadable
from janitor.mesos.agenturl import at_its_own_address, behind_router
from janitor.transport.urls import split

ROUTER = "https://dcos.example/agent/"
ID = "9b0a7c3e-5c6d-4a8e-9f0b-0c1d2e3f4a5b-S12"


@pytest.mark.parametrize(
    "pid, direct, routed",
    [
        ("slave(1)@10.0.0.7:5051", "http://10.0.0.7:5051/slave(1)/state", f"{ROUTER}{ID}/slave(1)/state"),
        ("slave(23)@127.0.0.1:65535", "http://127.0.0.1:65535/slave(23)/state", f"{ROUTER}{ID}/slave(23)/state"),
        ("slave@10.0.0.7:5051", "http://10.0.0.7:5051/slave/state", f"{ROUTER}{ID}/slave/state"),
        ("slave(1)@[2001:db8::7]:5051", "http://[2001:db8::7]:5051/slave(1)/state", f"{ROUTER}{ID}/slave(1)/state"),
        ("slave(1)@2001:db8::7:5051", "http://[2001:db8::7]:5051/slave(1)/state", f"{ROUTER}{ID}/slave(1)/state"),
    ],
)
def test_the_pid_of_an_agent(pid: str, direct: str, routed: str) -> None:
    assert at_its_own_address(ID, pid, "http") == direct
    assert behind_router(ROUTER, ID, pid) == routed


def test_through_admin_router_the_usual_process_stands_in_for_a_pid_that_is_not_told() -> None:
    assert behind_router(ROUTER, ID, "") == f"{ROUTER}{ID}/slave(1)/state"


NO_PID = [
    "../../service/evil/collect?x=@10.0.0.9:5051",
    "latest/meta-data/iam?x=@127.0.0.2:5051",
    "slave(1)@169.254.169.254:80",
    "slave(1)@10.0.0.7:5051/service/evil",
    "slave(1)@10.0.0.7:5051?x=",
    "slave(1)@evil.example:5051",
    "slave(1)@user@10.0.0.7:5051",
    "slave(1)@0.0.0.0:5051",
    "slave(1)@224.0.0.1:5051",
    "slave(1)@[fe80::1%eth0]:5051",
    "slave(1)@10.0.0.7",
    "slave(1)@10.0.0.7:",
    "slave(1)@10.0.0.7:0",
    "slave(1)@10.0.0.7:65536",
    "slave(1)@10.0.0.7:\u0665\u0660\u0665\u0661",
    "slave(1)@010.0.0.7:5051",
    "slave(1)\n@10.0.0.7:5051",
    "slave(x)@10.0.0.7:5051",
    "slave(..)@10.0.0.7:5051",
    "master@10.0.0.7:5050",
    "@10.0.0.7:5051",
    "slave(1)",
]


@pytest.mark.parametrize("pid", NO_PID)
def test_what_is_no_pid_is_asked_nothing(pid: str) -> None:
    with pytest.raises(Unreadable, match="is no address of an agent"):
        at_its_own_address(ID, pid, "http")
    with pytest.raises(Unreadable, match="is no address of an agent"):
        behind_router(ROUTER, ID, pid)


@pytest.mark.parametrize(
    "agent_id", ["", ".", "..", "../x", "a/b", "a%2fb", "S1?x=", "S1#", "S 1", "S1\n", "a..b", "-S1"]
)
def test_what_is_no_id_is_asked_nothing(agent_id: str) -> None:
    with pytest.raises(Unreadable, match="is no id of an agent"):
        behind_router(ROUTER, agent_id, "slave(1)@10.0.0.7:5051")


@given(st.text(), st.text())
@example(ID, "slave(1)@10.0.0.7:5051")
def test_whatever_it_says_the_request_stays_below_the_agents(agent_id: str, pid: str) -> None:
    with contextlib.suppress(Unreadable):
        url = behind_router(ROUTER, agent_id, pid)
        assert _below_the_agents(url, agent_id)


def _below_the_agents(url: str, agent_id: str) -> bool:
    origin, target = split(url)
    inside = target.startswith(f"/agent/{agent_id}/slave") and target.endswith("/state")
    return str(origin) == "https://dcos.example" and inside and target.count("/") == 4 and "?" not in target


def test_a_refusal_is_short() -> None:
    with pytest.raises(Unreadable) as caught:
        at_its_own_address("S" * 100_000, "x" * 1_000_000, "http")
    assert len(caught.value.message) < 300
