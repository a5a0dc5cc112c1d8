"""Which ensemble is asked, and whether masters have to be registered in it (rule Z2)."""

from __future__ import annotations

import pytest

from janitor.errors import ZooKeeperTrouble
from janitor.zookeeper.choice import Choice
from janitor.zookeeper.paths import Hosts, is_loopback

LOOPBACK = [
    *("localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "localhost6", "zk.localhost", "ip6-localhost"),
    *("127.0.0.1", "127.0.1.1", "127.1", "0.0.0.0", "0", "::1", "0:0:0:0:0:0:0:1", "::", "::ffff:127.0.0.1"),
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_a_name_or_an_address_of_the_machine_that_uses_it(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "128.0.0.1", "12.7.0.1", "zk-1.zk", "leader.mesos", "localhost.example.com", "fe80::1", "00a"]
)
def test_any_other_name_or_address(host: str) -> None:
    assert not is_loopback(host)


def choice(zookeeper: str | None = None, flag: str | None = None, machine: str = "10.0.0.1") -> Choice:
    return Choice(zookeeper, "no", flag, machine)


def test_what_was_named_is_asked_as_it_was_named() -> None:
    assert choice("127.0.0.1:2182/x", "zk://zk-1.zk:2181/mesos").hosts() == Hosts((("127.0.0.1", 2182),), "/x")


def test_without_a_name_it_is_the_flags_without_its_path() -> None:
    asked = choice(flag="zk://user:secret@zk-1.zk:2181,zk-2.zk:2182/clusters/one")
    assert asked.hosts() == Hosts((("zk-1.zk", 2181), ("zk-2.zk", 2182)), "")
    assert asked.mesos_path() == "/clusters/one"


@pytest.mark.parametrize("host", [host for host in LOOPBACK if ":" not in host] + ["[::1]", "[::]"])
def test_a_loopback_address_in_the_flag_stands_for_the_masters_host(host: str) -> None:
    asked = choice(flag=f"zk://{host}:2182,zk-2.zk:2181/mesos")
    assert asked.hosts() == Hosts((("10.0.0.1", 2182), ("zk-2.zk", 2181)), "")


def test_two_loopback_names_are_one_server() -> None:
    assert choice(flag="zk://localhost:2181,127.0.0.1:2181/mesos").hosts() == Hosts((("10.0.0.1", 2181),), "")


def test_without_a_flag_it_is_the_masters_host_at_the_usual_port() -> None:
    asked = choice(machine="10.0.0.7")
    assert (asked.hosts(), asked.mesos_path()) == (Hosts((("10.0.0.7", 2181),), ""), "/mesos")
    assert not asked.masters_register()


def test_a_flag_that_cannot_be_read_is_trouble_where_it_is_needed() -> None:
    with pytest.raises(ZooKeeperTrouble) as trouble:
        choice(flag="zk://user:se/cret@zk-1.zk:2181/mesos").hosts()
    assert "--zookeeper" in str(trouble.value.remedy)
    assert "cret" not in trouble.value.message
    named = choice("zk-1.zk", "zk://user:se/cret@zk-1.zk:2181/mesos")
    assert (named.hosts(), named.mesos_path()) == (Hosts((("zk-1.zk", 2181),), ""), "/mesos")
    assert not named.masters_register()


@pytest.mark.parametrize(
    ("zookeeper", "flag", "expected"),
    [
        (None, "zk://zk-1.zk:2181/mesos", True),
        (None, None, False),
        ("zk-1.zk:2181,other:2181", "zk://zk-1.zk:2181,zk-2.zk:2181/mesos", True),
        ("zk-1.zk:2182", "zk://zk-1.zk:2181/mesos", False),
        ("10.0.0.1:2181", "zk://127.0.0.1:2181/mesos", True),
        ("127.0.0.1:2181", "zk://127.0.0.1:2181/mesos", False),
        ("zk-1.zk", None, False),
    ],
)
def test_masters_register_where_their_flag_says(zookeeper: str | None, flag: str | None, expected: bool) -> None:
    assert choice(zookeeper, flag).masters_register() is expected


def test_masters_register_behind_admin_router_and_not_behind_any_exhibitor() -> None:
    flag = "zk://zk-1.zk:2181/mesos"
    assert Choice(None, "behind Admin Router", flag, "dcos.example.com").masters_register()
    assert not Choice(None, "named", flag, "10.0.0.1").masters_register()
    assert not Choice(None, "behind Admin Router", None, "dcos.example.com").masters_register()


def test_where_masters_register_as_it_was_named_goes_before_their_flag() -> None:
    """`-m zk://...`: it is named from here, so that a loopback address in it is this machine."""
    named = Choice(None, "no", "zk://zk-9.zk:2181/other", "10.0.0.1", "zk://127.0.0.1:2182,zk-2.zk:2181/clusters/one")
    assert named.hosts() == Hosts((("127.0.0.1", 2182), ("zk-2.zk", 2181)), "")
    assert named.mesos_path() == "/clusters/one"
    assert named.masters_register()
    elsewhere = Choice("zk-3.zk:2181", "no", None, "10.0.0.1", "zk://zk-2.zk:2181/mesos")
    assert elsewhere.hosts() == Hosts((("zk-3.zk", 2181),), "")
    assert not elsewhere.masters_register()
