"""What else an uninstall meets: neighbours, folders, shared roles, interruptions, and another service of the name."""

from __future__ import annotations

import itertools

import pytest

from janitor.errors import Interrupted, Trouble, UsageError
from janitor.events import Event, PlanSeen, RequestSent, Told, Warned
from janitor.exits import Exit
from janitor.patience import Stop
from janitor.sandbox.services import Service
from tests.uninstall.conftest import Make
from tests.uninstall.scene import SOON, Scene, Uninstalled, token

# --- names ------------------------------------------------------------------------------------------------------------


def test_a_service_in_a_folder(scene: Scene) -> None:
    """Role and znode with `__`, principal and Admin Router's route with slashes."""
    scene.services.run("/prod/kafka")
    scene.services.run("kafka", pods=[{"kind": "kafka", "count": 1, "task": "broker", "port": 9999}])
    ran = scene.uninstall("prod/kafka")
    scene.is_gone(ran, "/prod/kafka", "prod__kafka-role")
    assert "/prod/kafka-principal" in ran.text
    assert "/kafka" in scene.dcos.apps()
    assert scene.znode("kafka")
    assert scene.held("kafka-role") != []


def test_the_name_of_a_folder_alone_is_not_enough(scene: Scene) -> None:
    scene.services.run("/prod/kafka")
    with pytest.raises(UsageError) as caught:
        scene.uninstall("kafka")
    assert "There is no service kafka" in caught.value.message
    assert caught.value.remedy == "Did you mean prod/kafka?"


def test_ambiguous_frameworks_are_listed(scene: Scene) -> None:
    first = scene.control.subscribe("kafka", "kafka-role", "kafka-principal")
    second = scene.control.subscribe("kafka", "kafka-role", "kafka-principal")
    with pytest.raises(UsageError) as caught:
        scene.uninstall("kafka")
    assert f"2 frameworks are named kafka: {first} (active), {second} (active)" in caught.value.message
    assert "janitor service shutdown ID" in (caught.value.remedy or "")


def test_of_two_frameworks_of_the_name_the_scheduler_knows_its_own(scene: Scene) -> None:
    old = scene.control.subscribe("kafka", "kafka-role", "kafka-principal")
    scene.control.disconnect(old)
    new = scene.services.run("kafka")
    situation = scene.look("kafka")
    assert [framework.id for framework in situation.frameworks] == [new]
    assert [framework.id for framework in situation.strangers] == [old]


def blind_to(scene: Scene, *roles: str) -> None:
    """Log in as somebody who sees these roles only; Mesos asks who looks, as in strict mode."""
    shown = {"values": list(roles)} if roles else {"type": "NONE"}
    acls = {"permissive": True, "view_roles": [{"principals": {"values": ["viewer"]}, "roles": shown}]}
    scene.control.set_access(tokens={"the-token": "viewer"}, acls=acls)
    scene.credentials = token("the-token")


def test_a_filtered_view_is_not_a_missing_service(scene: Scene) -> None:
    """Rule L5: who may see nothing cannot tell that there is nothing."""
    scene.abandoned("kafka")
    scene.remove_znode("kafka")
    scene.control.forget(scene.abandoned_ids["kafka"])
    blind_to(scene)
    with pytest.raises(Trouble) as caught:
        scene.uninstall("kafka")
    assert "It is not known whether there is a service kafka: this view is filtered" in caught.value.message


def test_who_sees_the_service_alone_can_uninstall_it(scene: Scene) -> None:
    """Rule L5: a role of which something was visible is visible everywhere, also when nothing of it is left."""
    scene.services.run("kafka")
    scene.services.run("hdfs", pods=[{"kind": "name", "count": 2, "task": "node", "port": 9003}])
    blind_to(scene, "kafka-role")
    ran = scene.uninstall("kafka")
    assert (ran.status, ran.ended.why) == (0, ""), ran.ended
    assert scene.held("kafka-role") == []
    assert not scene.znode()


# --- roles ------------------------------------------------------------------------------------------------------------


GROUP = {"MARATHON_APP_ENFORCE_GROUP_ROLE": "true", "MESOS_ALLOCATION_ROLE": "prod"}


def test_a_group_role_is_shared_and_the_neighbours_stay(scene: Scene) -> None:
    """Quota-aware roles (SDK 0.57 on DC/OS 2.0): everything of the group is reserved under one role."""
    port = {"kind": "node", "count": 2, "task": "server", "port": 9200}
    scene.services.run("/prod/kafka", role="prod", env=GROUP)
    neighbour = scene.services.run("/prod/elastic", role="prod", env=GROUP, pods=[port])
    before = len(scene.held("prod"))
    ran = scene.uninstall("/prod/kafka")
    assert (ran.status, ran.ended.why) == (0, ""), ran.ended
    assert "Role prod is shared with others" in ran.text
    left = scene.held("prod")
    assert 0 < len(left) < before
    assert {_label(item, "framework_id") for item in left} == {neighbour}
    assert not scene.znode("prod__kafka")
    assert scene.znode("prod__elastic")


def test_a_group_role_by_hand_takes_only_what_names_the_framework(scene: Scene) -> None:
    """The manual way leaves everything reserved: the clean-up has to tell its own from the neighbours'."""
    port = {"kind": "node", "count": 2, "task": "server", "port": 9200}
    framework = scene.services.run("/prod/kafka", role="prod", env=GROUP)
    neighbour = scene.services.run("/prod/elastic", role="prod", env=GROUP, pods=[port])
    neighbours = sum(_label(item, "framework_id") == neighbour for item in scene.held("prod"))
    ran = scene.uninstall("/prod/kafka", way="manual")
    assert (ran.status, ran.ended.why) == (0, ""), ran.ended
    left = [_label(item, "framework_id") for item in scene.held("prod")]
    assert left == [neighbour] * neighbours
    assert framework not in left


def test_a_role_migration_leaves_nothing_under_either_role(scene: Scene) -> None:
    framework = scene.services.run("kafka", role="prod", env={**GROUP, "ENABLE_ROLE_MIGRATION": "true"})
    old = {"resource_id": "old", "framework_id": framework}
    scene.control.reserve(scene.agents[0], "kafka-role", "kafka-principal", cpus=1, labels=old)
    ran = scene.uninstall("kafka")
    assert (ran.status, ran.ended.why) == (0, ""), ran.ended
    assert (scene.held("prod"), scene.held("kafka-role")) == ([], [])


def test_pre_reserved_roles(make: Make) -> None:
    """Refinements of a static reservation: `slave_public/kafka-role` goes, what it refines stays."""
    scene = make("1.9")
    agent = scene.control.add_agent({"mem": 1000}, static={"slave_public": {"cpus": 4, "mem": 8000, "disk": 9000}})
    scene.rehearsal.built.agents["public"] = agent
    scene.abandoned("kafka", on=scene.agents[:3])
    refines = [{"role": "slave_public", "type": "STATIC"}]
    labels = {"resource_id": "refined"}
    scene.control.reserve(agent, "slave_public/kafka-role", "kafka-principal", cpus=1, labels=labels, refines=refines)
    situation = scene.look("kafka")
    assert set(situation.service.roles) == {"kafka-role", "slave_public/kafka-role"}
    ran = scene.uninstall("kafka")
    scene.is_gone(ran)
    assert scene.held("slave_public/kafka-role") == []
    assert sum(item["name"] == "cpus" for item in scene.control.held_by(agent, "slave_public")) == 1


def _label(item: dict[str, object], key: str) -> str | None:
    stack = item["reservations"]
    assert isinstance(stack, list)
    labels = stack[-1].get("labels", {}).get("labels", [])
    return next((label["value"] for label in labels if label["key"] == key), None)


# --- interruptions ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [None, "manual"])
def test_interrupted_at_any_point_it_is_resumed_by_running_it_again(make: Make, way: str | None) -> None:
    """Stopped at every step that it tells of, and at requests between; each run goes on where the one before was."""
    scene = make()
    scene.services.run("kafka")
    ends: list[int] = []
    for number in itertools.count(1):
        if way is None and len(ends) <= 3:  # between the first runs the cluster does not come to the end by itself
            scene.services.hold("kafka", len(ends) < 3)
        stop = Stop()
        scene.recorder.on(Told, lambda stop=stop: stop.raise_(2), nth=3)  # type: ignore[misc]  # a default binds it
        scene.recorder.on(RequestSent, lambda stop=stop: stop.raise_(2), nth=15 + 8 * number)  # type: ignore[misc]
        ran = _run(scene, stop, way)
        ends.append(ran.status)
        if ran.status != 130:
            break
        assert "Stopped" in ran.ended.why or "stopped" in ran.ended.why or ran.ended.cleanups, ran.ended
        assert "janitor uninstall kafka" in (ran.ended.remedy or "")
        assert number < 40
    assert ends[-1] == 0, ran.ended
    assert len(ends) > 3, ends
    scene.is_gone(ran)


def _run(scene: Scene, stop: Stop, way: str | None) -> Uninstalled:
    from janitor.uninstall.ended import Ended

    try:
        return scene.uninstall(way=way, stop=stop)
    except Interrupted:  # the first look had not been taken
        return Uninstalled(Ended(Exit.SIGINT, None, "Stopped.", "janitor uninstall kafka"), [], [])


def test_what_was_begun_goes_on_when_the_watching_stops(scene: Scene) -> None:
    scene.services.run("kafka")
    scene.services.pace_cosmos(every=3600.0)
    stop = Stop()
    scene.recorder.on(PlanSeen, lambda: stop.raise_(2))
    ran = scene.uninstall(stop=stop)
    assert ran.status == 130
    assert ran.ended.why == "The watching was stopped; the uninstall goes on in the cluster."
    assert scene.services.look("kafka")["uninstalling"]


# --- another service of the same name ---------------------------------------------------------------------------------


def test_a_service_installed_meanwhile_is_left_alone(scene: Scene) -> None:
    """Another framework id: the new one's app, framework, reservations and znode are not touched."""
    old = scene.services.run("kafka")
    installed: list[str] = []

    def install() -> None:
        scene.remove_app("kafka")
        installed.append(scene.services.run("kafka"))

    scene.recorder.on(PlanSeen, install, when=lambda event: "(COMPLETE)" in event.tree[0])
    scene.services.pace_cosmos(every=3600.0)
    ran = scene.uninstall()
    assert ran.status == 0, ran.ended
    assert len(installed) == 1
    assert installed[0] != old
    assert "another service, which is left alone" in ran.ended.why
    _untouched(scene, installed[0])


def test_installed_meanwhile_on_the_manual_way(scene: Scene) -> None:
    """The old one's reservations, which name its framework, go; nothing else does."""
    old = scene.services.run("kafka")
    installed: list[str] = []

    def install(event: Event) -> bool:
        if not installed and isinstance(event, Told) and event.text.startswith("Shut down framework"):
            installed.append("")
        return False

    def after_shutdown() -> None:
        if installed == [""]:
            scene.remove_znode("kafka")  # else the new scheduler would take the old one's id, and Mesos refuse it
            installed[0] = scene.services.run(
                "kafka", pods=[{"kind": "node", "count": 2, "task": "server", "port": 9200}]
            )

    scene.recorder.on(Told, lambda: None, when=install)
    # The first look after the shutdown begins with a request for the leader.
    scene.recorder.on(RequestSent, after_shutdown, when=lambda event: event.url.endswith("/slaves"), nth=None)
    ran = scene.uninstall(way="manual")
    assert installed[0] not in ("", old)
    assert ran.status == 0, ran.ended
    held = [_label(item, "framework_id") for item in scene.held("kafka-role")]
    assert set(held) == {installed[0]}
    _untouched(scene, installed[0])


def _untouched(scene: Scene, framework: str) -> None:
    assert "/kafka" in scene.dcos.apps()
    told = scene.services.look("kafka")
    assert (told["framework_id"], told["running"], told["uninstalling"]) == (framework, True, False)
    assert scene.znode()
    assert any(_label(item, "framework_id") == framework for item in scene.held("kafka-role"))


# --- what belongs to it, in whatever role -----------------------------------------------------------------------------


def _left_in(scene: Scene, name: str, role: str, *, tells: bool = True, principal: str = "") -> str:
    """What is left of a service in a role that its name does not tell; its framework's id."""
    service = Service(name, role=role, principal=principal, tells_framework=tells)
    framework = service.subscribe(scene.control)
    for number, agent in enumerate(scene.agents[:2]):
        service.reserve(scene.control, agent, port=9500 + number)
    service.abandon(scene.control)
    return framework


@pytest.mark.parametrize("known_by", ["its completed framework", "its principal alone"])
def test_what_is_left_in_a_groups_role_goes_and_the_neighbours_stay(scene: Scene, known_by: str) -> None:
    """The app is gone, and with it what told the group's role."""
    port = {"kind": "node", "count": 2, "task": "server", "port": 9200}
    neighbour = scene.services.run("/team01/elastic", role="team01", env=TEAM, pods=[port])
    neighbours = sum(_label(item, "framework_id") == neighbour for item in scene.held("team01"))
    old = _left_in(scene, "/team01/old", "team01", tells=known_by == "its completed framework")
    if known_by == "its principal alone":
        scene.control.forget(old)
    status = scene.janitor("status", "team01/old")
    assert status.status == 10
    assert "reserved:   14 reservations (team01 by /team01/old-principal: 14)" in status.stdout
    ran = scene.uninstall("team01/old")
    assert (ran.status, ran.ended.why) == (0, ""), ran.ended
    assert "its reservations in team01" in ran.ended.summary
    assert [_label(item, "framework_id") for item in scene.held("team01")] == [neighbour] * neighbours
    if known_by == "its completed framework":
        again = scene.uninstall("team01/old")
        assert again.status == 0, again.ended
        assert again.ended.summary.startswith("Nothing of service team01/old was found: no app /team01/old, ")


TEAM = {"MARATHON_APP_ENFORCE_GROUP_ROLE": "true", "MESOS_ALLOCATION_ROLE": "team01"}


def test_of_a_marathon_on_marathon_what_names_its_framework_goes(scene: Scene) -> None:
    """Its reservations carry Marathon's own label, and its role is whatever it was started with."""
    framework = scene.control.subscribe("marathon-user", "users", "marathon-account")
    labels = {"marathon_framework_id": framework, "marathon_task_id": "t1"}
    scene.control.reserve(scene.agents[0], "users", "marathon-account", cpus=1, labels=labels)
    scene.control.reserve(scene.agents[0], "users", "another", cpus=1)
    scene.dcos.run_app(_marathon("universe/marathon-user"))
    scene.client.create("/universe/marathon-user/state", b"x", makepath=True)
    ran = scene.uninstall("marathon-user", way="manual")
    assert (ran.status, ran.ended.why) == (0, ""), ran.ended
    assert [item["reservations"][-1]["principal"] for item in scene.held("users")] == ["another"]
    assert scene.client.exists("/universe/marathon-user") is None
    assert "znode universe/marathon-user" in ran.ended.summary


def _marathon(znode: str) -> dict[str, object]:
    command = "bin/start --framework_name marathon-user --mesos_role users --zk zk://master.mesos:2181/" + znode
    return {"id": "/marathon-user", "cmd": command, "labels": {"DCOS_SERVICE_NAME": "marathon-user"}}


# --- its znode --------------------------------------------------------------------------------------------------------


def test_sparks_znode_is_its_own(scene: Scene) -> None:
    scene.control.subscribe("spark", "*", "spark-principal")
    scene.services.run_package("spark")
    scene.client.create("/spark_mesos_dispatcher/launchedDrivers/driver-1", b"x", makepath=True)
    ran = scene.uninstall("spark")
    assert (ran.status, ran.ended.why) == (0, ""), ran.ended
    assert scene.client.exists("/spark_mesos_dispatcher") is None
    assert "znode spark_mesos_dispatcher" in ran.ended.summary
    again = scene.uninstall("spark", znode="spark_mesos_dispatcher")
    assert again.status == 0
    assert again.ended.summary.startswith("Nothing of service spark was found: no app /spark, ")


def test_a_znode_that_nothing_tells_is_asked_for(scene: Scene) -> None:
    """It is said before the question, and the end is no success: what was not looked at is not gone."""
    scene.control.subscribe("jenkins", "*", "jenkins-principal")
    scene.services.run_package("jenkins")
    scene.client.create("/ci/state", b"x", makepath=True)
    ran = scene.uninstall("jenkins")
    assert ran.status == 5
    assert "It is not known where package jenkins keeps its state in ZooKeeper" in ran.of(Warned)[0].text
    assert "keeps its state in ZooKeeper. Checked: dcos-service-jenkins, " in ran.ended.why
    assert ran.ended.remedy == (
        f"Name its znode: janitor uninstall jenkins -z ZNODE --dcos-url {scene.url}. "
        f"If it has none, say so: janitor uninstall jenkins --no-znode --dcos-url {scene.url}"
    )
    assert scene.janitor("status", "jenkins").status == 5
    assert scene.janitor("status", "jenkins", "--no-znode").status == 0
    named = scene.janitor("uninstall", "jenkins", "--yes", "-z", "ci")
    assert named.status == 0, named.stderr
    assert scene.client.exists("/ci") is None


# --- the answer was to what had been shown ----------------------------------------------------------------------------


@pytest.mark.parametrize("way", [None, "manual"])
def test_a_service_installed_while_the_question_stands_is_not_the_one_that_was_meant(
    scene: Scene, way: str | None
) -> None:
    scene.services.run("kafka")
    installed: list[str] = []

    def install(_question: str, _name: str) -> bool:
        scene.remove_app("kafka")
        scene.remove_znode("kafka")
        pods = [{"kind": "node", "count": 2, "task": "server", "port": 9200}]
        installed.append(scene.services.run("kafka", pods=pods))
        return True

    ran = scene.uninstall(confirm=install, way=way)
    assert (ran.status, ran.ended.taken) == (6, ())
    assert "kafka changed while you were asked" in ran.ended.why
    assert "(rule O6 stale-answer)" in ran.ended.why
    assert "Nothing was done." in ran.ended.why
    _untouched(scene, installed[0])


def test_a_zombie_that_cosmos_removes_while_the_question_stands(scene: Scene) -> None:
    scene.services.run("kafka")
    scene.services.uninstall("kafka")
    scene.services.restart_cosmos()

    def remove(_question: str, _name: str) -> bool:
        scene.remove_app("kafka")
        return True

    ran = scene.uninstall(confirm=remove, limits=SOON)
    assert ran.status == 6
    assert "app /kafka is gone" in ran.ended.why
    scene.is_gone(scene.uninstall())
