"""What an SDK service is called where (dcos-commons: SchedulerUtils, FrameworkConfig; its tests have these names)."""

from __future__ import annotations

import pytest

from janitor.dcos.endpoints import direct, through_admin_router
from janitor.dcos.naming import Names, escape, names_of_service, near_names, principal_of, role_of, znode_of
from janitor.errors import BadUrl, UsageError


@pytest.mark.parametrize(
    "name, escaped", [("kafka", "kafka"), ("/kafka", "kafka"), ("/a/b/kafka", "a__b__kafka"), ("a/kafka", "a__kafka")]
)
def test_names(name: str, escaped: str) -> None:
    assert escape(name) == escaped
    assert role_of(name) == f"{escaped}-role"
    assert znode_of(name) == f"dcos-service-{escaped}"
    assert principal_of(name) == f"{name}-principal"


@pytest.mark.parametrize(
    "env, roles, principals",
    [
        ({}, ("kafka-role",), ("kafka-principal",)),
        ({"MESOS_ALLOCATION_ROLE": "slave_public"}, ("kafka-role",), ("kafka-principal",)),
        ({"MESOS_ALLOCATION_ROLE": "prod"}, ("prod",), ("kafka-principal",)),
        (
            {"MESOS_ALLOCATION_ROLE": "slave_public", "MARATHON_APP_ENFORCE_GROUP_ROLE": "true"},
            ("slave_public",),
            ("kafka-principal",),
        ),
        (
            {"MESOS_ALLOCATION_ROLE": "prod", "MARATHON_APP_ENFORCE_GROUP_ROLE": "true"},
            ("prod",),
            ("kafka-principal",),
        ),
        ({"MARATHON_APP_ENFORCE_GROUP_ROLE": "true"}, ("kafka-role",), ("kafka-principal",)),
        (
            {"MESOS_ALLOCATION_ROLE": "prod", "ENABLE_ROLE_MIGRATION": "true"},
            ("prod", "kafka-role"),
            ("kafka-principal",),
        ),
        ({"SERVICE_ROLE": "brokers", "SERVICE_PRINCIPAL": "account"}, ("brokers",), ("account",)),
        ({"FRAMEWORK_PRINCIPAL": "", "DCOS_SERVICE_ACCOUNT": "sa"}, ("kafka-role",), ("sa",)),
    ],
)
def test_what_the_environment_of_a_scheduler_says(
    env: dict[str, str], roles: tuple[str, ...], principals: tuple[str, ...]
) -> None:
    assert names_of_service("kafka", env) == Names(roles, principals, "dcos-service-kafka")


@pytest.mark.parametrize(
    "name, near",
    [("kafak", ("kafka",)), ("elastic", ("/prod/elastic",)), ("nothing", ()), ("/kafk", ("kafka",))],
)
def test_near_names(name: str, near: tuple[str, ...]) -> None:
    assert near_names(name, ["kafka", "/prod/elastic", "hdfs", "hdfs"]) == near


@pytest.mark.parametrize(
    "url", ["https://x.example", "https://x.example/", "https://x.example/#/", "https://x.example#/a"]
)
def test_a_clusters_url_as_it_is_copied_from_a_browser(url: str) -> None:
    where = through_admin_router(url)
    assert where.router == "https://x.example/"
    assert where.mesos == "https://x.example/mesos/master/"
    assert where.marathon == "https://x.example/service/marathon/v2/apps/"
    assert where.exhibitor == "https://x.example/exhibitor/"
    assert where.agents == "https://x.example/agent/"
    assert where.login == "https://x.example/acs/api/v1/auth/login"
    assert where.metadata == "https://x.example/dcos-metadata/"
    assert where.service("/prod/kafka") == "https://x.example/service/prod/kafka/"


def test_what_is_no_url_or_no_name() -> None:
    with pytest.raises(BadUrl):
        through_admin_router("x.example")
    for name in ("..", "a/../b", "a//b", "", "/"):
        with pytest.raises(UsageError):
            through_admin_router("https://x.example").service(name)
    assert direct("http://m:5050/master/", "http://n/", "http://e/").service("a b") == "http://m/service/a%20b/"
