"""What a name means: app, frameworks, roles, principals; and what is left for the clean-up of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from janitor.dcos.marathon import App
from janitor.errors import UsageError
from janitor.holdings.holding import Reserved
from janitor.mesos.cluster import Framework
from janitor.uninstall.closing import summary
from janitor.uninstall.missing import Missing
from janitor.uninstall.remains import cleanup_jobs, comeback_commands
from janitor.uninstall.service import Service, UnknownService, identify, is_uninstalling, unknown
from janitor.uninstall.situation import Choice, Situation
from tests.unit.builders import agent, framework, snapshot

GROUP = {"MARATHON_APP_ENFORCE_GROUP_ROLE": "true", "MESOS_ALLOCATION_ROLE": "prod"}


def app(id: str, *, labels: dict[str, str] | None = None, env: dict[str, str] | None = None) -> App:
    return App(id, None, (), None, env or {}, labels or {}, None, 1, ())


def seen(
    name: str,
    *apps: App,
    frameworks: tuple[Framework, ...] = (),
    reserved: tuple[Reserved, ...] = (),
    later: frozenset[str] = frozenset(),
) -> Service:
    return identify(name, apps, frameworks, reserved, later=later)


@pytest.mark.parametrize("name", ["kafka", "/kafka", "kafka/"])
def test_by_its_app(name: str) -> None:
    found = seen(name, app("/kafka"), app("/kafka2"), app("/prod/kafka"))
    assert (found.name, found.app_id, found.roles, found.principals, found.znode) == (
        "kafka",
        "/kafka",
        ("kafka-role",),
        ("kafka-principal",),
        "dcos-service-kafka",
    )
    assert found.known_from == "its app"
    assert found.shared_roles == ()


def test_by_the_name_that_admin_router_knows() -> None:
    found = seen("kafka", app("/infra/brokers", labels={"DCOS_SERVICE_NAME": "kafka"}))
    assert (found.name, found.scheduler_name) == ("infra/brokers", "kafka")
    with pytest.raises(UsageError) as caught:
        seen("kafka", *(app(id, labels={"DCOS_SERVICE_NAME": "kafka"}) for id in ("/a/kafka", "/b/kafka")))
    assert "2 apps go by the name kafka: /a/kafka, /b/kafka." in caught.value.message
    assert not isinstance(caught.value, UnknownService)


def test_the_framework_of_another_app_is_no_framework_of_the_app_with_that_id() -> None:
    """An app that serves pages has the id `team`; the Marathon of the team is another app."""
    of_team = App("/marathon-team", "./bin/start --framework_name team", (), None, {}, {}, None, 1, ())
    registered = framework("f-team", name="team")
    with pytest.raises(UsageError) as caught:
        seen("team", app("/team"), of_team, frameworks=(registered,))
    assert caught.value.message == (
        "App /team goes by the name team, and app /marathon-team is started as the framework of that name."
    )
    assert "Give marathon-team if you mean the framework." in str(caught.value.remedy)
    assert seen("marathon-team", app("/team"), of_team, frameworks=(registered,)).framework_ids == {"f-team"}
    # An app that tells its framework's name has that one, and not the other's.
    tells = app("/team", env={"FRAMEWORK_NAME": "/team/db"})
    both = (registered, framework("f-db", name="/team/db"))
    assert seen("team", tells, of_team, frameworks=both).framework_ids == {"f-db"}
    # Two that are started alike: which framework is meant is asked of the scheduler, as ever.
    alike = app("/team", env={"FRAMEWORK_NAME": "team"})
    assert seen("team", alike, of_team, frameworks=(registered,)).framework_ids == {"f-team"}


def test_in_a_folder() -> None:
    found = seen("/prod/kafka", app("/prod/kafka", env={"FRAMEWORK_NAME": "/prod/kafka"}))
    assert (found.roles, found.principals, found.znode) == (
        ("prod__kafka-role",),
        ("/prod/kafka-principal",),
        "dcos-service-prod__kafka",
    )
    derived = seen("prod/kafka")
    assert derived.principals == ("/prod/kafka-principal",)
    assert derived.known_from == "the SDK's rules"


def test_what_its_framework_says_goes_before_the_rules() -> None:
    registered = framework("F1", "kafka", "kafka-role", "slave_public/kafka-role", "slave_public", principal="account")
    found = seen("kafka", frameworks=(registered,))
    assert found.roles == ("kafka-role", "slave_public/kafka-role")
    assert found.principals == ("account", "kafka-principal")
    assert found.framework_ids == {"F1"}
    over = seen("kafka", frameworks=(framework("F1", "kafka", principal="account", ended=10.0),))
    assert (over.framework_ids, over.principals) == (frozenset({"F1"}), ("account", "kafka-principal"))


def test_who_reserved_under_its_own_role_is_its_principal() -> None:
    """Kafka 1.x reserves as the package's principal, whatever the service is called."""
    held = (Reserved("events-role", "kafka-principal", None, 9), Reserved("slave_public/events-role", "x", None, 1))
    found = seen("events", app("/events"), reserved=held)
    assert found.principals == ("events-principal", "kafka-principal", "x")
    assert found.roles == ("events-role", "slave_public/events-role")
    assert seen("events", reserved=held).known_from == "its reservations"


def test_a_group_role_is_shared() -> None:
    env = {"FRAMEWORK_NAME": "/prod/kafka", "ENABLE_ROLE_MIGRATION": "true", **GROUP}
    found = seen("/prod/kafka", app("/prod/kafka", env=env))
    assert found.roles == ("prod", "prod__kafka-role")
    assert found.shared_roles == ("prod",)
    marks = replace(found.marks, framework_ids=frozenset({"F1"}), others=frozenset({"F2"}))
    for held, its in (
        (Reserved("prod", "p", "F1", 1), True),
        (Reserved("prod", "/prod/kafka-principal", "F2", 1), False),
        (Reserved("prod", "/prod/kafka-principal", None, 1), True),
        (Reserved("prod", "p", None, 1), False),
        (Reserved("prod", None, None, 1), False),
        (Reserved("prod__kafka-role", "whoever", "F9", 1), True),
        (Reserved("dev", "/prod/kafka-principal", "F1", 1), True),
    ):
        assert marks.hold(held) is its, held


@pytest.mark.parametrize(
    "name, remedy",
    [
        ("kafak", "Did you mean kafka?"),
        ("elastic", "Did you mean prod/elastic?"),
        ("zzz", "See what there is: janitor service list --inactive"),
    ],
)
def test_unknown_with_what_comes_near(name: str, remedy: str) -> None:
    error = unknown(name, [app("/kafka")], [framework("F1", "/prod/elastic")])
    assert isinstance(error, UnknownService)
    assert error.remedy == remedy
    with pytest.raises(UsageError, match="empty"):
        seen("/")


def test_uninstalling_is_any_value() -> None:
    assert is_uninstalling(app("/kafka", env={"SDK_UNINSTALL": "w00t"}))
    assert not is_uninstalling(app("/kafka"))


# --- what is left -----------------------------------------------------------------------------------------------------


def own(*who: tuple[str, str | None]) -> tuple[Reserved, ...]:
    """Reservations under its own role, by (principal, framework id)."""
    return tuple(Reserved("kafka-role", principal, framework_id, 3) for principal, framework_id in who)


def situation(service: Service, *reserved: Reserved, **more: Any) -> Situation:
    return replace(Situation(service, "manual", snapshot(agent("S1", active=False)), reserved=reserved), **more)


OWN = seen("kafka", frameworks=(framework("F1", "kafka", ended=600.0),))
SHARED = replace(
    seen("/prod/kafka", app("/prod/kafka", env={"FRAMEWORK_NAME": "/prod/kafka", **GROUP})),
    framework_ids=frozenset({"F1"}),
)


def test_one_clean_up_for_each_principal_and_the_znode_last() -> None:
    held = (
        Reserved("kafka-role", "a", "F1", 3),
        Reserved("kafka-role", "a", "F2", 3),
        Reserved("kafka-role", "b", None, 1),
    )
    jobs = cleanup_jobs(situation(OWN, *held, seen_roles=frozenset({"kafka-role"})), Choice(lost_agents=("S1",)))
    assert [(job.role, job.principal, job.labels, job.znode) for job in jobs] == [
        ("kafka-role", "a", (), None),
        ("kafka-role", "b", (), "dcos-service-kafka"),
    ]
    assert all(job.lost_agents == ("S1",) and job.role_seen and not job.dry_run for job in jobs)


def test_nothing_left_is_proven_all_the_same() -> None:
    (job,) = cleanup_jobs(situation(OWN), Choice(), dry_run=True)
    assert (job.role, job.principal, job.znode, job.dry_run) == ("kafka-role", "kafka-principal", OWN.znode, True)
    assert not job.role_seen


def test_z6_the_znode_is_saved_where_the_operator_wants_it() -> None:
    choice = Choice(backup="/backup")
    assert [job.backup for job in cleanup_jobs(situation(OWN), choice)] == ["/backup"]
    assert choice.words == ("--backup", "/backup"), "a command that goes on saves it, too"


def test_in_a_shared_role_its_own_only() -> None:
    held = (Reserved("prod", "p", "F1", 3),)
    (job,) = cleanup_jobs(situation(SHARED, *held), Choice())
    assert (job.role, job.principal, job.labels) == ("prod", "p", (("framework_id", "F1"),))
    (job,) = cleanup_jobs(situation(SHARED), Choice())
    assert (job.role, job.principal, job.labels) == ("prod", None, (("framework_id", "F1"),))
    (job,) = cleanup_jobs(situation(replace(SHARED, framework_ids=frozenset())), Choice())
    assert job.role == "prod__kafka-role", "without an id the shared role may not be asked for at all"


def test_what_is_in_a_role_of_another_name_is_removed_too() -> None:
    """An SDK before 0.57.3 names no framework in its reservations, and an option gave its service another role."""
    held = (Reserved("data-role", "kafka-principal", None, 4),)
    over = framework("F1", "kafka", "data-role", principal="kafka-principal", ended=600.0)
    service = seen("kafka", frameworks=(over,), reserved=held)
    assert service.shared_roles == ()
    for reserved in (held, ()):
        (job,) = cleanup_jobs(situation(service, *reserved), Choice())
        assert (job.role, job.principal, job.labels) == ("data-role", "kafka-principal", ())
    several = seen("kafka", frameworks=(over, framework("F2", "hdfs", principal="kafka-principal")))
    (job,) = cleanup_jobs(situation(several), Choice())
    assert (job.role, job.principal, job.labels) == ("data-role", None, (("framework_id", "F1"),))


def test_what_nothing_tells_apart_is_not_called_absent() -> None:
    untold = (Reserved("prod", None, None, 2), Reserved("prod", "account", None, 1))
    first = situation(OWN, frameworks=(framework(),))
    assert summary(first, replace(first, frameworks=(), untold=untold), Choice(no_znode=True)) == (
        "Service kafka is gone: framework F1. There was no app /kafka, no reservation that is known to be its own. "
        "2 reservations without a principal in role prod stay: they name no framework, so that nothing tells whose "
        "they are. 1 reservation of principal account in role prod stays: it names no framework, and another framework "
        "has the same principal, so that nothing tells whose it is."
    )


def test_beside_another_service_of_the_name_only_what_names_the_old_framework() -> None:
    held = (
        Reserved("kafka-role", "a", "F1", 3),
        Reserved("kafka-role", "a", "F2", 3),
        Reserved("kafka-role", "a", None, 3),
    )
    (job,) = cleanup_jobs(situation(OWN, *held, strangers=(framework("F2"),)), Choice())
    assert (job.labels, job.znode) == ((("framework_id", "F1"),), None)
    (job,) = cleanup_jobs(situation(OWN, *held, replaced=True), Choice())
    assert (job.labels, job.znode) == ((("framework_id", "F1"),), None)


def test_the_way_back_is_pinned_to_what_was_given_up() -> None:
    given_up = [
        Missing("S1", "", True, "is marked gone", "marked gone", frozenset({"r1", "r2"})),
        Missing("S2", "", True, "is marked gone", "marked gone", frozenset({"r1"})),
        Missing("S3", "", False, "is disconnected", "disconnected", frozenset({"r3"})),
    ]
    assert comeback_commands(given_up, situation(OWN, reach=("--dcos-url", "https://x"))) == (
        "janitor clean -r kafka-role -p kafka-principal --label resource_id=r1 --label resource_id=r2 "
        "--dcos-url https://x",
    )
    assert comeback_commands([], situation(OWN)) == ()
    one = [replace(given_up[1], resource_ids=frozenset({"r1"}))]
    events = seen("events", reserved=(Reserved("events-role", "kafka-principal", None, 9),))
    assert comeback_commands(one, situation(events)) == ("janitor clean -r events-role --label resource_id=r1",), (
        "nobody knows as which of its principals it was reserved"
    )
    several = replace(SHARED, roles=("prod",), principals=("a", "b"))
    assert comeback_commands(one, situation(several)) == (
        "janitor clean -r prod -p a --label resource_id=r1",
        "janitor clean -r prod -p b --label resource_id=r1",
    )
