"""Which release learned what: the releases between those that were recorded behave as Mesos's history says."""

from __future__ import annotations

import pytest

from janitor.sandbox.mesos.version import Version
from tests.conformance.client import Master, dynamic
from tests.sandbox.conftest import Start

RELEASES = ["1.0", "1.1", "1.3", "1.5", "1.6", "1.7", "1.8", "1.10", "1.11"]


@pytest.mark.parametrize("release", RELEASES)
def test_each_release_has_its_calls_fields_and_words(start: Start, release: str) -> None:
    sandbox = start(version=release, masters=2)
    master, since = Master(sandbox.master_url), Version.parse(release).since
    (slave, *_) = master.slaves()
    assert ("port" in slave) == since(1, 2)
    assert ("capabilities" in slave) == since(1, 3)
    assert ("unreserved_resources_full" in slave) == since(1, 4)
    assert ("deactivated" in slave) == since(1, 9)
    assert ("recovered_slaves" in master.get("slaves").json()) == since(1, 2)
    assert ("RESOURCE_PROVIDER" in slave.get("capabilities", [])) == since(1, 7)

    assert ("elected_time" in master.call("GET_MASTER").json()["get_master"]) == since(1, 5)
    assert ("elected_time" in master.get("state").json()) is True
    assert (master.call("GET_OPERATIONS").status_code == 200) == since(1, 6)
    assert (master.call("DRAIN_AGENT", agent_id={"value": slave["id"]}).status_code == 200) == since(1, 9)
    unknown = master.call("TEARDOWN", framework_id={"value": "x"})
    assert (unknown.text == "No framework found with specified ID") == since(1, 5)
    assert ("frameworks" in master.call("GET_FRAMEWORKS").json()["get_frameworks"]) == since(1, 10)

    assert (master.get("state.json").status_code == 200) != since(1, 8)
    assert (master.get("nope").text == "404 Not Found.") == since(1, 8)
    assert (rb"\/" in master.get("flags").content) != since(1, 7)
    empty = master.form("unreserve", slaveId=slave["id"], resources=[])
    assert (empty.status_code == 400) == since(1, 5)
    missing = master.form("unreserve").text
    assert missing.endswith("in the request body") == since(1, 2)
    asked = Master(sandbox.masters[1]).get("slaves?slave_id=x").headers["Location"]
    assert asked.endswith("?slave_id=x") == since(1, 1)


@pytest.mark.parametrize("release", RELEASES)
def test_the_words_of_a_409(start: Start, release: str) -> None:
    sandbox = start(version=release)
    item = dynamic("cpus", 1, "r", "p")
    answer = Master(sandbox.master_url).form("unreserve", slaveId=sandbox.agents[0], resources=[item])
    since = Version.parse(release).since
    assert answer.status_code == 409
    assert answer.text.startswith("Invalid UNRESERVE Operation: ") != since(1, 5)
    wanted = "cpus(reservations: [(DYNAMIC,r,p)]):1" if since(1, 4) else "cpus(r, p):1"
    assert answer.text.endswith(f" does not contain {wanted}")


@pytest.mark.parametrize("release", ["1.5", "1.9"])
def test_agents_of_1_5_may_opt_in_to_confirm_operations(start: Start, release: str) -> None:
    sandbox = start(version=release, agents=[{"capabilities": ["MULTI_ROLE", "RESOURCE_PROVIDER"]}])
    agent = sandbox.agents[0]
    sandbox.control.reserve(agent, "r", "p", cpus=1)
    master = Master(sandbox.master_url)
    sandbox.control.disconnect_agent(agent)
    master.form("unreserve", slaveId=agent, resources=master.reserved(agent, "r"))
    sandbox.control.start_agent(agent)
    assert len(master.reserved(agent, "r")) == 1


@pytest.mark.parametrize("text", ["", "one", "1", "1.2.3.4"])
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(ValueError, match=r"invalid literal|not a Mesos version"):
        Version.parse(text)
