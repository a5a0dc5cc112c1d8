"""Which of two names may be meant by the other (rule S4)."""

from __future__ import annotations

import pytest

from janitor.cleanup.near import keys_mistaken_for, mistaken_for, nearest


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("kafka", "kafka-role"),
        ("kafka-role", "kafka"),
        ("kafak-role", "kafka-role"),
        ("kafka-rol", "kafka-role"),
        ("kfka-role", "kafka-role"),
        ("dev/kafak-role", "dev/kafka-role"),
        ("dev__kafka-role", "dev/kafka-role"),
        ("cassandra_prod-role", "cassandra-prod-role"),
        ("casandra-prod-role", "cassandra-prod-role"),
        ("hdfs1-role", "hfds1-role"),
    ],
)
def test_s4_a_typing_mistake(name: str, other: str) -> None:
    assert mistaken_for(name, other)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("kafka-role", "kafka-role"),
        ("kafka-role", "kafka2-role"),
        ("kafka1-role", "kafka2-role"),
        ("kafka-1-role", "kafka-2-role"),
        ("kafka-a-role", "kafka-b-role"),
        ("kafka-prod-role", "kafka-dev-role"),
        ("dev/kafka-role", "prod/kafka-role"),
        ("kafka-role", "slave_public/kafka-role"),
        ("kafka-role", "confluent-kafka-role"),
        ("kafka-role", "cassandra-role"),
        ("hdfs-role", "hbase-role"),
        ("prod", "dev"),
    ],
)
def test_s4_services_side_by_side_are_no_typing_mistake(name: str, other: str) -> None:
    assert not mistaken_for(name, other)


@pytest.mark.parametrize(
    ("key", "known", "meant"),
    [
        ("resouce_id", ["resource_id", "framework_id"], ("resource_id",)),
        ("framework_id", ["marathon_framework_id", "marathon_task_id"], ("marathon_framework_id",)),
        ("task_id", ["marathon_framework_id", "marathon_task_id"], ("marathon_task_id",)),
        ("frameworkid", ["framework_id"], ("framework_id",)),
        ("resource_id", ["framework_id"], ()),
        ("resource_id", ["resource_id"], ()),
        ("id", ["resource_id"], ()),
        ("zone1", ["zone2"], ()),
        ("pod", ["zone"], ()),
    ],
)
def test_s4_a_mistyped_key(key: str, known: list[str], meant: tuple[str, ...]) -> None:
    assert keys_mistaken_for(key, known) == meant


@pytest.mark.parametrize(
    ("name", "known", "found"),
    [
        ("dcos-service-kafak", ["dcos-service-cassandra", "dcos-service-kafka", "mesos"], ("dcos-service-kafka",)),
        ("kafka", ["hdfs-role", "kafka-role", "kafka2-role"], ("kafka-role", "kafka2-role")),
        ("kafka-role", ["kafka-role", "slave_public/kafka-role"], ("slave_public/kafka-role",)),
        ("kafka", ["dcos-service-prod__kafka"], ("dcos-service-prod__kafka",)),
        ("x", [], ()),
        ("aaaa", ["aaab", "aaac", "aaad", "aaae"], 4),
    ],
)
def test_s4_the_nearest_names_are_for_a_reader(name: str, known: list[str], found: tuple[str, ...] | int) -> None:
    near = nearest(name, known)
    assert (len(near) if isinstance(found, int) else near) == found
