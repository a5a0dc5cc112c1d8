"""Whose a znode or a role is, by its name (rules O4, L6, S4, S5)."""

from __future__ import annotations

import pytest

from janitor.holdings.naming import (
    implied_by_znode,
    keeps_state,
    names_of,
    plain,
    role_by_znode,
    service_of_znode,
    written,
    znode_by_role,
)


@pytest.mark.parametrize(
    ("path", "names", "service", "role"),
    [
        ("/dcos-service-kafka", ("kafka",), "kafka", "kafka-role"),
        ("dcos-service-kafka", ("kafka",), "kafka", "kafka-role"),
        ("/dcos-service-a__b", ("a__b",), "a/b", "a__b-role"),
        ("/prod/dcos-service-kafka", ("kafka",), "kafka", "kafka-role"),
        ("/dcos-service-a/b", ("a", "a__b"), "a", "a-role"),
        ("/cassandra", (), None, None),
        ("/universe/x", (), "x", None),
        ("/universe/x/state", (), "x", None),
        ("/universe", (), None, None),
        ("/spark_mesos_dispatcher", (), "spark", None),
        ("/spark_mesos_dispatcher_s2", (), "s2", None),
        ("/spark_mesos_dispatcher__path_to_spark", (), "path_to_spark", None),
        ("/spark_mesos_dispatcher_", (), None, None),
        ("/dcos-service-", (), None, None),
    ],
)
def test_the_service_that_a_znode_names(
    path: str, names: tuple[str, ...], service: str | None, role: str | None
) -> None:
    assert (names_of(path), service_of_znode(path), role_by_znode(path)) == (names, service, role)


@pytest.mark.parametrize(
    ("name", "path", "kept"),
    [
        *((name, "/dcos-service-kafka", True) for name in ("kafka", "/kafka", "kafka/")),
        *((name, "/dcos-service-a__b__c", True) for name in ("/a/b/c", "a/b/c", "a__b__c", "a__b/c")),
        *((name, "/dcos-service-a/b", True) for name in ("a", "/a", "a/b", "/a/b", "a__b")),
        ("kafka2", "/dcos-service-kafka", False),
        ("", "/dcos-service-kafka", False),
        ("kafka", "/kafka", False),
        ("spark", "/spark_mesos_dispatcher", True),
        ("s2", "/spark_mesos_dispatcher", False),
        ("s2", "/spark_mesos_dispatcher_s2", True),
        ("/path/to/spark", "/spark_mesos_dispatcher__path_to_spark", True),
        ("marathon-user", "/universe/marathon-user/state", True),
        ("", "/spark_mesos_dispatcher_", False),
    ],
)
def test_o4_whether_a_service_of_a_name_keeps_its_state_there(name: str, path: str, kept: bool) -> None:
    assert keeps_state(name, path) is kept


@pytest.mark.parametrize(
    ("path", "role", "implied"),
    [
        ("/dcos-service-kafka", "kafka-role", True),
        ("/dcos-service-kafka", "slave_public/kafka-role", True),
        ("/dcos-service-a__b", "a__b-role", True),
        ("/dcos-service-a/b", "a__b-role", True),
        ("/chroot/dcos-service-kafka", "kafka-role", True),
        ("/dcos-service-kafka/Tasks", "kafka-role", True),
        ("/dcos-service-kafka", "kafka2-role", False),
        ("/dcos-service-kafka", "kafka", False),
        ("/kafka", "kafka-role", False),
        ("/dcos-service-", "-role", False),
    ],
)
def test_s5_the_roles_that_a_service_znode_implies(path: str, role: str, implied: bool) -> None:
    assert implied_by_znode(path, role) is implied


@pytest.mark.parametrize(
    ("role", "znode"),
    [
        ("kafka-role", "dcos-service-kafka"),
        ("slave_public/a__b-role", "dcos-service-a__b"),
        ("kafka", "dcos-service-kafka"),
    ],
)
def test_s4_the_znode_that_a_role_implies(role: str, znode: str) -> None:
    assert znode_by_role(role) == znode


def test_names_of_one_service_are_one() -> None:
    assert {plain(name) for name in ("/a/b", "a/b", "a__b", "a/b/")} == {"a__b"}
    assert {written(name) for name in ("/a/b", "a/b", "a__b", "a/b/")} == {"a/b"}
