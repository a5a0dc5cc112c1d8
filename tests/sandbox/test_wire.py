"""Who may look, what is hidden, TLS, latency, the log, and the ways in which a server can be gone."""

from __future__ import annotations

import base64
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
import trustme

from janitor.sandbox.control import ControlError
from janitor.sandbox.mesos.settings import duration
from tests.clock import HANGS
from tests.conformance.client import Master, dynamic
from tests.sandbox.conftest import Start

ROLE, PRINCIPAL = "kafka-role", "kafka-principal"
NONE = {"type": "NONE"}


def test_a_token_is_asked_for_and_known(start: Start) -> None:
    sandbox = start(tokens={"a.b.c": "ops"})
    master = Master(sandbox.master_url)
    assert master.get("slaves").status_code == 401
    assert master.get("slaves", headers={"Authorization": "token=a.b.c"}).status_code == 200
    assert master.get("slaves", headers={"Authorization": "token=a.b.d"}).status_code == 401
    assert master.get("/version").status_code == 200


def test_basic_credentials_are_exact(start: Start) -> None:
    sandbox = start(users={"ops": "secret"})
    master = Master(sandbox.master_url)
    plain = base64.b64encode(b"ops:secret").decode()
    assert master.get("slaves", headers={"Authorization": f"Basic {plain}"}).status_code == 200
    assert master.get("slaves", headers={"Authorization": f"basic {plain}"}).status_code == 401
    answer = master.get("slaves")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="mesos-master-readonly"'


def test_a_hidden_view_looks_clean_but_for_its_sums(start: Start) -> None:
    """Rule L5."""
    acls = {"view_roles": [{"principals": {"values": ["viewer"]}, "roles": NONE}]}
    sandbox = start(users={"viewer": "v", "ops": "o"}, acls=acls)
    sandbox.control.reserve(sandbox.agents[0], ROLE, PRINCIPAL, cpus=1)
    hidden, whole = Master(sandbox.master_url, ("viewer", "v")), Master(sandbox.master_url, ("ops", "o"))
    assert len(whole.reserved(sandbox.agents[0], ROLE)) == 1
    slave = hidden.slave(sandbox.agents[0])
    assert slave is not None
    assert slave["reserved_resources_full"] == {}
    assert slave["resources"]["cpus"] - slave["unreserved_resources"]["cpus"] == 1.0


def test_frameworks_can_be_hidden_and_are_still_counted(start: Start) -> None:
    """Rule L5: against master/frameworks_active."""
    acls = {"view_frameworks": [{"principals": {"values": ["viewer"]}, "users": NONE}]}
    sandbox = start(users={"viewer": "v"}, acls=acls)
    sandbox.control.subscribe("kafka", ROLE, PRINCIPAL)
    master = Master(sandbox.master_url, ("viewer", "v"))
    assert master.call("GET_FRAMEWORKS").json()["get_frameworks"]["frameworks"] == []
    assert master.get("/metrics/snapshot").json()["master/frameworks_active"] == 1.0


def test_rights_can_be_changed_while_it_runs(start: Start) -> None:
    sandbox = start(users={"ops": "o"})
    agent = sandbox.agents[0]
    master = Master(sandbox.master_url, ("ops", "o"))
    sandbox.control.set_access(
        acls={"unreserve_resources": [{"principals": {"values": ["ops"]}, "reserver_principals": NONE}]}
    )
    sandbox.control.reserve(agent, ROLE, PRINCIPAL, cpus=1)
    answer = master.form("unreserve", slaveId=agent, resources=master.reserved(agent, ROLE))
    assert (answer.status_code, answer.text) == (403, "403 Forbidden.")
    sandbox.control.set_access(acls={})
    assert master.form("unreserve", slaveId=agent, resources=master.reserved(agent, ROLE)).status_code == 202


def test_masters_and_agents_behind_tls_refuse_plain_http(start: Start, tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    certificate, key, trusted = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "ca.pem"
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    issued.private_key_pem.write_to_path(str(key))
    authority.cert_pem.write_to_path(str(trusted))
    pair = (str(certificate), str(key))
    sandbox = start(tls=pair, agent_tls=pair)
    assert sandbox.master_url.startswith("https://")
    assert len(Master(sandbox.master_url, verify=str(trusted)).slaves()) == 3
    with pytest.raises(requests.exceptions.SSLError):
        Master(sandbox.master_url).slaves()
    with pytest.raises(requests.ConnectionError):
        Master(sandbox.master_url.replace("https", "http")).slaves()


def test_latency_delays_requests_side_by_side(start: Start) -> None:
    """One after the other they would take two minutes."""
    sandbox = start(latency=1.0)
    begin = time.monotonic()
    with ThreadPoolExecutor(120) as pool:
        answers = list(pool.map(lambda _: Master(sandbox.master_url).get("health").status_code, range(120)))
    took = time.monotonic() - begin
    assert answers == [200] * 120
    assert 1.0 <= took < 118


def test_the_log_tells_what_was_written_and_keeps_no_secret(start: Start) -> None:
    sandbox = start(users={"ops": "hidden-secret"})
    master = Master(sandbox.master_url, ("ops", "hidden-secret"))
    master.slaves()
    master.call("GET_AGENTS")
    assert sandbox.control.writes() == []
    master.form("unreserve", slaveId="x", resources=[dynamic("cpus", 1, ROLE)])
    (write,) = sandbox.control.writes()
    assert (write["path"], write["status"], write["authorization"]) == ("/master/unreserve", 400, True)
    assert sandbox.control.counts()["/master/slaves"] == 1
    assert "hidden-secret" not in repr(sandbox.control.requests())
    sandbox.control.clear_requests()
    assert sandbox.control.requests() == []


def test_metrics_are_served_twice_a_second(start: Start) -> None:
    sandbox = start(metrics_per_second=20)
    master = Master(sandbox.master_url)
    begin = time.monotonic()
    for _ in range(5):
        master.get("/metrics/snapshot")
    assert time.monotonic() - begin >= 4 / 20


def test_large_answers_are_packed_for_who_can_unpack_them(start: Start) -> None:
    sandbox = start()
    master = Master(sandbox.master_url)
    packed, plain = master.get("slaves"), master.get("slaves", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.json() == plain.json()


def test_the_ping_window_is_in_the_flags(start: Start) -> None:
    """Rule P2 reads it there."""
    sandbox = start(ping_timeout=0.1, ping_limit=3)
    flags = Master(sandbox.master_url).get("flags").json()["flags"]
    assert (flags["agent_ping_timeout"], flags["max_agent_ping_timeouts"]) == ("100ms", "3")
    assert "agent_removal_rate_limit" not in flags


def test_flags_are_shown_by_the_names_by_which_they_were_set(start: Start) -> None:
    sandbox = start("1.4", ping_limit=20, old_flag_names=True, removal_rate_limit="1/20mins")
    flags = Master(sandbox.master_url).get("flags").json()["flags"]
    assert (flags["slave_ping_timeout"], flags["max_slave_ping_timeouts"]) == ("15secs", "20")
    assert flags["slave_removal_rate_limit"] == "1/20mins"
    assert not [name for name in flags if "agent_" in name]


@pytest.mark.parametrize(
    "seconds, text",
    [(15, "15secs"), (75, "75secs"), (600, "10mins"), (1.5, "1500ms"), (0.05, "50ms"), (0, "0ns"), (1209600, "2weeks")],
)
def test_durations_are_printed_as_mesos_does(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_agents_may_ask_who_looks(start: Start) -> None:
    sandbox = start(tokens={"t": "ops"}, agents_ask=True)
    allowed = {"Authorization": "token=t"}
    (slave, *_) = Master(sandbox.master_url).get("slaves", headers=allowed).json()["slaves"]
    url = f"http://{slave['pid'].partition('@')[2]}/slave(1)/state"
    refused = requests.get(url, timeout=HANGS)
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Basic realm="mesos-agent-readonly"')
    assert requests.get(url, timeout=HANGS, headers=allowed).status_code == 200
    root = url.removesuffix("/slave(1)/state")
    refused = requests.post(f"{root}/api/v1", timeout=HANGS)
    assert refused.headers["WWW-Authenticate"] == 'Basic realm="mesos-agent-readwrite"'
    assert requests.get(f"{root}/slave(1)/health", timeout=HANGS).status_code == 200


def test_mistakes_at_the_control_api_are_told(start: Start) -> None:
    sandbox = start()
    with pytest.raises(ControlError, match="no-such-agent"):
        sandbox.control.freeze_agent("no-such-agent")
    with pytest.raises(ControlError, match="no setting colour"):
        sandbox.control.set(colour="red")
    with pytest.raises(ControlError, match="does not contain"):
        sandbox.control.reserve(sandbox.agents[0], ROLE, PRINCIPAL, cpus=1000)


def test_many_verbs_go_in_one_batch(start: Start) -> None:
    sandbox = start()
    with sandbox.control.batch():
        for agent in sandbox.agents:
            sandbox.control.reserve(agent, ROLE, PRINCIPAL, cpus=1)
    assert all(sandbox.control.held_by(agent, ROLE) for agent in sandbox.agents)


def test_nothing_is_left_running(start: Start) -> None:
    before = threading.active_count()
    sandbox = start()
    url = sandbox.master_url
    sandbox.stop()
    assert threading.active_count() == before
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=HANGS)
