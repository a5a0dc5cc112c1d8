"""Through Admin Router one origin leads to every service: what the cluster says never chooses who gets the token."""

from __future__ import annotations

import json

import pytest

from janitor.errors import BadAnswer
from janitor.mesos.cluster import Agent, Unknown
from janitor.mesos.master import Master
from tests.faults.conftest import MakeHttp
from tests.faults.test_redirects import TOKEN, Holder, redirecting
from tests.faults.wire import WireServer, answer


def agent(pid: str, agent_id: str = "S1") -> Agent:
    return Agent(agent_id, "10.0.0.7", pid, True, False, "1.4.0", frozenset(), {})


def routed(make_http: MakeHttp, router: str) -> Master:
    http = make_http(f"{router}/mesos/master/", authorizer=Holder())
    return Master(http, f"{router}/mesos/master/", f"{router}/agent/")


@pytest.mark.parametrize("location", ["//{}/mesos/master/api/v1", "http://{}/mesos/master/api/v1"])
def test_nobody_else_is_taken_for_the_leader(make_http: MakeHttp, location: str) -> None:
    with (
        WireServer(answer(200, b'{"get_master": {"master_info": {"id": "m"}}}'), host="127.0.0.2") as stranger,
        WireServer(redirecting(307, lambda _: location.format(f"127.0.0.2:{stranger.port}"))) as router,
    ):
        master = routed(make_http, router.url)
        with pytest.raises(BadAnswer, match="another host: not followed"):
            master.leader()
        with pytest.raises(BadAnswer, match="another host: not followed"):
            master.agents()
    assert router.tokens == [TOKEN, TOKEN]
    assert stranger.requests == []


def test_an_agents_pid_chooses_no_service(make_http: MakeHttp) -> None:
    with WireServer(answer(404, b"no")) as router:
        said = routed(make_http, router.url).own_state(agent("../../service/evil/collect?x=@10.0.0.9:5051"))
    assert isinstance(said, Unknown)
    assert said.why == (
        "the pid of agent S1, '../../service/evil/collect?x=@10.0.0.9:5051', is no address of an agent "
        "(slave(1)@IP:PORT)"
    )
    assert router.requests == []


def test_an_agent_redirects_to_no_service(make_http: MakeHttp) -> None:
    """Its answer comes through Admin Router unchanged, the Location with it."""
    with WireServer(redirecting(302, lambda _: "/service/evil/collect")) as router:
        routed(make_http, router.url).own_state(agent("slave(1)@10.0.0.7:5051"))
    assert [(one.target, one.headers.get("authorization")) for one in router.requests[:2]] == [
        ("/agent/S1/slave(1)/state", TOKEN),
        ("/service/evil/collect", None),
    ]
    assert set(router.tokens[1:]) == {None}


def test_an_agent_at_its_own_address_sends_nobody_elsewhere(make_http: MakeHttp) -> None:
    with (
        WireServer(answer(200, json.dumps({"id": "S1"}).encode())) as inside,
        WireServer(redirecting(302, lambda _: f"{inside.url}/latest/meta-data")) as agent_server,
    ):
        master = Master(make_http(authorizer=Holder()), "http://127.0.0.1:5050/master/")
        said = master.own_state(agent(f"slave(1)@127.0.0.1:{agent_server.port}"))
    assert isinstance(said, Unknown)
    assert "another host: not followed" in said.why
    assert inside.requests == []
