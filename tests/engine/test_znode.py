"""Rules Z1 to Z5 in a whole run: the right ensemble, the same znode, last, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kazoo.security import make_acl

from janitor.cleanup import znodeguards
from janitor.errors import JanitorError, Refusal, UsageError
from janitor.events import Answered, Waiting, ZnodeProgress
from janitor.sandbox.gate import Gate
from janitor.secret import Secret
from janitor.zookeeper import session, survey
from tests.clock import HANGS
from tests.engine.conftest import Make
from tests.engine.scene import Ran, Scene, secret_free
from tests.zookeeper.exhibitor import Exhibitor
from tests.zookeeper.secure import issued, secure_server
from tests.zookeeper.server import SUPER, ZooKeeperServer
from tests.zookeeper.service import abandon_service, register_master
from tests.zookeeper.trees import everything_below, grow

PATH = "/dcos-service-kafka"


def leader_id(scene: Scene) -> str:
    """The id of the leading master."""
    return scene.sandbox.call(lambda: scene.sandbox.world.masters[0].id)


def state(ran: Ran) -> str:
    assert ran.outcome.znode is not None
    return ran.outcome.znode.state


# --- Z1 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "znode, kind",
    [("", UsageError), ("/", UsageError), ("a/../b", UsageError), ("a//b", UsageError)]
    + [(path, Refusal) for path in ("mesos", "/mesos/", "/mesos/x", "marathon", "zookeeper/quota", "universe")],
)
def test_z1_nothing_is_contacted_for_a_znode_that_cannot_be_meant(
    scene: Scene, znode: str, kind: type[JanitorError]
) -> None:
    with pytest.raises(kind):
        scene.run(znode=znode)
    assert scene.control.requests() == []


@pytest.mark.parametrize("znode", ["dcos-service-kafka", "/dcos-service-kafka", "/dcos-service-kafka/"])
def test_z1_a_slash_at_either_end_is_optional(scene: Scene, znode: str) -> None:
    scene.is_clean(scene.run(znode=znode))


# --- Z2 ---------------------------------------------------------------------------------------------------------------


def test_z2_the_ensemble_of_another_cluster_is_refused(scene: Scene) -> None:
    register_master(scene.client, "/mesos", "the-master-of-another-cluster")
    text = scene.run().refused("Z2")
    assert "the-master-of-another-cluster" in text
    assert leader_id(scene) in text
    assert "--zookeeper" in text
    assert scene.znode()
    scene.run(overrides=frozenset({"live-owner", "live-znode", "shared-role", "filtered-view"})).refused("Z2")


def test_z2_the_right_ensemble(scene: Scene) -> None:
    register_master(scene.client, "/mesos", leader_id(scene))
    scene.is_clean(scene.run())


def test_a_zookeeper_that_speaks_tls_alone(make: Make, tmp_path: Path) -> None:
    scene = make()
    scene.kafka()
    certificates = issued(tmp_path)
    with secure_server(certificates, client_auth="need") as (address, server), server.connected() as client:
        client.create(f"{PATH}/brokers", b"x", makepath=True)
        scene.target = replace(
            scene.target,
            zookeeper=address,
            zookeeper_tls=True,
            zookeeper_ca=str(certificates / "ca.pem"),
            zookeeper_cert=str(certificates / "client.pem"),
        )
        ran = scene.run()
        assert (ran.status, state(ran)) == (0, "gone")
        assert client.exists(PATH) is None


def test_a_ca_for_zookeeper_that_is_not_there_is_said_before_anything_is_contacted(scene: Scene) -> None:
    scene.target = replace(scene.target, zookeeper_tls=True, zookeeper_ca="/no/such/file")
    with pytest.raises(UsageError, match="--zookeeper-ca /no/such/file"):
        scene.run()
    assert scene.control.requests() == []


def test_z2_masters_register_at_the_path_of_their_flag(make: Make, zookeeper: ZooKeeperServer) -> None:
    scene = make(zk="zk://zk-1.zk:2181/clusters/one")
    scene.kafka()
    register_master(scene.client, "/mesos", "the-master-of-another-cluster")
    register_master(scene.client, "/clusters/one", leader_id(scene))
    scene.is_clean(scene.run())


def test_z2_without_an_option_the_masters_own_ensemble(make: Make, zookeeper: ZooKeeperServer) -> None:
    """Its flag may hold credentials: they are neither used nor shown."""
    scene = make(zk=f"zk://mesos:hunter2-secret@{zookeeper.address}/mesos", registers=True)
    scene.kafka()
    ran = scene.run(target={"zookeeper": None})
    scene.is_clean(ran)
    secret_free(ran, "hunter2-secret")


@pytest.mark.parametrize("named", [False, True])
def test_z2_an_ensemble_in_which_the_masters_should_be_and_are_not_is_refused(
    make: Make, zookeeper: ZooKeeperServer, named: bool
) -> None:
    scene = make(zk=f"zk://{zookeeper.address}/mesos")
    scene.kafka()
    text = scene.run(target={"zookeeper": zookeeper.address if named else None}).refused("Z2")
    assert "none is registered" in text
    assert scene.znode()
    register_master(scene.client, "/mesos", leader_id(scene))
    scene.is_clean(scene.run(target={"zookeeper": zookeeper.address if named else None}))


@pytest.mark.parametrize("loopback", ["127.0.0.1", "localhost"])
def test_z2_a_loopback_address_in_the_flag_is_the_masters_own(
    make: Make, zookeeper: ZooKeeperServer, loopback: str
) -> None:
    """Our own machine has a ZooKeeper at that port, too, with a znode of the same name: it is left alone."""
    with ZooKeeperServer(host="127.0.0.2", port=zookeeper.port) as theirs, theirs.connected() as client:
        scene = make(address="127.0.0.2", zk=f"zk://{loopback}:{zookeeper.port}/mesos", registers=True)
        scene.kafka()
        abandon_service(client, "kafka")
        ran = scene.run(target={"zookeeper": None})
        assert (ran.status, state(ran), scene.held()) == (0, "gone", [])
        assert client.exists(PATH) is None
        assert scene.znode(f"{PATH}/FrameworkID")


def test_l4_a_flag_that_cannot_be_read_is_no_fault_of_the_command_line(make: Make) -> None:
    scene = make(zk="zk://mesos:hunter2/secret@zk-1.zk:2181/mesos")
    scene.kafka()
    ran = scene.run(target={"zookeeper": None})
    assert "--zookeeper" in ran.refused("L4", 5)
    secret_free(ran, "hunter2")
    scene.is_clean(scene.run())


def test_z2_a_chroot(scene: Scene) -> None:
    """What is meant lies below it; the tree of the same name outside stays."""
    inner = scene.client
    inner.ensure_path("/chroot")
    grow(inner, ["/chroot/dcos-service-kafka", "/chroot/dcos-service-kafka/a", "/chroot/other"])
    outside = list(everything_below(inner, PATH))
    ran = run_below(scene, "/chroot")
    assert (ran.status, state(ran)) == (0, "gone")
    assert list(everything_below(inner, "/chroot")) == ["/chroot", "/chroot/other"]
    assert list(everything_below(inner, PATH)) == outside


def run_below(scene: Scene, chroot: str) -> Ran:
    """A run whose znodes are below a chroot; the tree there may change, and is checked by who calls."""
    scene.unwatched = chroot
    return scene.run(target={"zookeeper": scene.zookeeper.address + chroot})


@pytest.fixture
def exhibitor(zookeeper: ZooKeeperServer) -> Iterator[Exhibitor]:
    with Exhibitor(zookeeper, auth=SUPER) as started:
        yield started


def test_z2_a_named_exhibitor_alone_is_used(scene: Scene, exhibitor: Exhibitor, nobody: str) -> None:
    ran = scene.run(target={"exhibitor": exhibitor.url, "exhibitor_given": True, "zookeeper": None})
    scene.is_clean(ran)
    assert ran.outcome.znode is not None
    assert "Exhibitor" in ran.outcome.znode.how
    assert any(request.startswith("DELETE") for request in exhibitor.requests)


def test_z2_the_ensemble_behind_exhibitor_is_compared_too(scene: Scene, exhibitor: Exhibitor) -> None:
    register_master(scene.client, "/mesos", "the-master-of-another-cluster")
    scene.run(target={"exhibitor": exhibitor.url, "exhibitor_given": True, "zookeeper": None}).refused("Z2")
    assert not any(request.startswith("DELETE") for request in exhibitor.requests)


def test_z2_with_both_given_exhibitor_is_left_alone(scene: Scene, exhibitor: Exhibitor) -> None:
    scene.is_clean(scene.run(target={"exhibitor": exhibitor.url, "exhibitor_given": True}))
    assert exhibitor.requests == []


def test_z2_o4_what_exhibitor_cannot_read_stops_the_run(scene: Scene, exhibitor: Exhibitor) -> None:
    exhibitor.unplugged = True
    ran = scene.run(target={"exhibitor": exhibitor.url, "exhibitor_given": True, "zookeeper": None})
    assert (ran.status, ran.writes, scene.znode()) == (5, [], True)


def test_l4_a_chroot_that_does_not_exist_is_no_missing_znode(scene: Scene) -> None:
    ran = run_below(scene, "/prdo")
    assert (ran.status, ran.rules, ran.writes) == (5, ["L4"], [])
    assert "chroot /prdo does not exist" in ran.outcome.blocked[0].message


# --- O4: who lives there ----------------------------------------------------------------------------------------------


def test_o4_a_live_node_in_a_large_tree_wherever_it_is(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(znodeguards, "SESSION_TIMEOUT", 0.4)
    monkeypatch.setattr(survey, "AGAIN_UP_TO", 1000)
    grow(scene.client, [f"{PATH}/many", *(f"{PATH}/many/{n}" for n in range(1001))])
    live = f"{PATH}/leader-curator/_c_0-latch-0000000001"
    scene.client.create(live, ephemeral=True, makepath=True)
    assert live in scene.run().refused("O4")
    assert (len(scene.held()), scene.znode(live)) == (11, True)
    scene.client.delete(live)
    scene.is_clean(scene.run())


def test_o4_a_large_tree_is_walked_again_before_it_is_deleted_when_the_first_walk_is_old(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that came to life in an unusual place meanwhile loses nothing, not even what is persistent."""
    monkeypatch.setattr(survey, "AGAIN_UP_TO", 1000)
    grow(scene.client, [f"{PATH}/many", *(f"{PATH}/many/{n}" for n in range(1001))])
    live = f"{PATH}/many/latch"

    def a_minute_later() -> None:
        scene.client.create(live, ephemeral=True)
        scene.clock.jump(61)

    scene.recorder.on(Answered, a_minute_later, nth=5)
    ran = scene.run(timeout=2 * HANGS, concurrency=1)
    assert (ran.status, ran.rules) == (6, ["O4"]), ran.outcome
    assert (len(scene.client.get_children(f"{PATH}/many")), scene.znode(live)) == (1002, True)
    scene.client.delete(live)
    scene.is_clean(scene.run())


def test_o4_through_exhibitor_a_large_tree_is_unknown(scene: Scene, exhibitor: Exhibitor) -> None:
    grow(scene.client, [f"{PATH}/many", *(f"{PATH}/many/{n}" for n in range(1001))])
    target = {"exhibitor": exhibitor.url, "exhibitor_given": True, "zookeeper": None}
    text = scene.run(target=target).refused("O4", 5)
    assert "more than 1000 znodes" in text
    assert "--zookeeper" in text
    assert "live-znode" in text
    scene.is_clean(scene.run(target=target, overrides=frozenset({"live-znode"})))


def test_o4_a_service_that_begins_while_it_is_deleted_is_left_alone(scene: Scene) -> None:
    def start() -> None:
        scene.client.create(f"{PATH}/lock/live", b"scheduler", ephemeral=True, makepath=True)
        scene.client.create(f"{PATH}/FrameworkID-new", b"new")

    grow(scene.client, [f"{PATH}/topics/t{number}" for number in range(2000)])
    scene.recorder.on(ZnodeProgress, start, when=lambda progress: progress.deleted > 0)
    ran = scene.run()
    assert (ran.status, ran.rules, state(ran), scene.held()) == (6, ["O4"], "kept", [])
    assert (scene.znode(f"{PATH}/lock/live"), scene.znode(f"{PATH}/FrameworkID-new")) == (True, True)
    assert "Deleted before" in ran.outcome.blocked[0].message
    assert ran.outcome.znode is not None
    assert ran.outcome.znode.nodes > 0


def test_o1_the_owners_are_looked_at_before_every_further_sweep(scene: Scene) -> None:
    def start() -> None:
        scene.control.subscribe("kafka", "kafka-role", "kafka-principal")
        scene.client.create(f"{PATH}/new", b"new")

    scene.recorder.on(ZnodeProgress, start, when=lambda progress: progress.deleted > 0)
    ran = scene.run()
    assert (ran.status, ran.rules, state(ran)) == (6, ["O1"], "kept")
    assert scene.znode(f"{PATH}/new")


# --- Z4: Enterprise ---------------------------------------------------------------------------------------------------


def test_z4_a_root_that_may_not_be_deleted_is_left_empty_and_named(scene: Scene, zookeeper: ZooKeeperServer) -> None:
    with zookeeper.enterprise_root():
        for _ in range(2):
            ran = scene.run()
            assert (ran.status, state(ran)) == (0, "root-left"), ran.outcome
            assert list(everything_below(scene.client, PATH)) == [PATH]
            assert ran.outcome.znode is not None
            assert "docker run --rm --network host" in str(ran.outcome.znode.remedy)
            assert "--zookeeper-auth-file" in str(ran.outcome.znode.remedy)
    scene.is_clean(scene.run())


def test_z4_exhibitor_removes_it(scene: Scene, zookeeper: ZooKeeperServer, exhibitor: Exhibitor) -> None:
    with zookeeper.enterprise_root():
        ran = scene.run(target={"exhibitor": exhibitor.url})
    scene.is_clean(ran)
    assert [request for request in exhibitor.requests if request.startswith("DELETE")] == [
        "DELETE /exhibitor/v1/explorer/znode/dcos-service-kafka"
    ]


def test_z4_an_exhibitor_of_another_ensemble_is_not_asked_to_delete(scene: Scene, zookeeper: ZooKeeperServer) -> None:
    """It shows no such znode, or one with another czxid."""
    with ZooKeeperServer() as elsewhere, elsewhere.connected() as client, Exhibitor(elsewhere) as other:
        abandon_service(client, "kafka")
        with zookeeper.enterprise_root():
            ran = scene.run(target={"exhibitor": other.url})
        assert (ran.status, state(ran)) == (0, "root-left")
        assert not any(request.startswith("DELETE") for request in other.requests)
        assert client.exists(PATH)


def test_z4_the_super_user_removes_it(scene: Scene, zookeeper: ZooKeeperServer) -> None:
    with zookeeper.enterprise_root():
        ran = scene.run(target={"zookeeper_auth": Secret(SUPER)})
    scene.is_clean(ran)
    secret_free(ran, SUPER)


def test_z4_a_subtree_that_may_not_be_deleted_is_a_failure(scene: Scene) -> None:
    scene.client.set_acls(f"{PATH}/Tasks", [make_acl("world", "anyone", read=True)])
    ran = scene.run()
    assert (ran.status, state(ran), scene.held()) == (5, "failed", [])
    assert ran.outcome.znode is not None
    assert f"{PATH}/Tasks" in ran.outcome.znode.words
    assert "NoAuth" in ran.outcome.znode.words


# --- Z5: last, and the same one ---------------------------------------------------------------------------------------


def test_z5_a_znode_that_was_replaced_meanwhile_stays(scene: Scene) -> None:
    def replace_it() -> None:
        scene.client.delete(PATH, recursive=True)
        abandon_service(scene.client, "kafka")

    scene.recorder.on(Answered, replace_it)
    ran = scene.run()
    assert (ran.status, state(ran), scene.held(), scene.znode(f"{PATH}/FrameworkID")) == (5, "kept", [], True)


def test_z5_a_znode_that_is_created_anew_while_it_is_deleted_stays(scene: Scene) -> None:
    def install_again() -> None:
        scene.client.delete(PATH, recursive=True)
        abandon_service(scene.client, "kafka")

    grow(scene.client, [f"{PATH}/topics/t{number}" for number in range(2000)])
    scene.recorder.on(ZnodeProgress, install_again, when=lambda progress: progress.deleted > 0)
    ran = scene.run()
    assert (ran.status, state(ran), scene.held()) == (5, "failed", [])
    assert scene.znode(f"{PATH}/FrameworkID")
    assert scene.znode(f"{PATH}/Tasks/kafka-0-broker/TaskInfo")


def test_z5_a_znode_that_appeared_meanwhile_stays(scene: Scene) -> None:
    scene.client.delete(PATH, recursive=True)
    scene.recorder.on(Answered, lambda: abandon_service(scene.client, "kafka"))
    ran = scene.run()
    assert (ran.status, state(ran), scene.znode(f"{PATH}/FrameworkID")) == (5, "kept", True)


def test_z5_a_znode_that_somebody_else_deleted_is_success(scene: Scene) -> None:
    scene.recorder.on(Answered, lambda: scene.client.delete(PATH, recursive=True))
    ran = scene.run()
    scene.is_clean(ran)
    assert state(ran) == "missing"


def test_z5_the_ensemble_changes_hands_meanwhile(scene: Scene) -> None:
    """A master of another cluster registers there: not deleted any more, whatever was found before."""
    scene.recorder.on(Answered, lambda: register_master(scene.client, "/mesos", "another"))
    scene.unwatched = "/mesos"
    ran = scene.run()
    assert (ran.status, ran.rules, scene.znode()) == (6, ["Z2"], True)


# --- ZooKeeper that is away -------------------------------------------------------------------------------------------


def test_l4_an_unreachable_zookeeper_before_anything_is_written(
    scene: Scene, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "REFUSED_WITHIN", 0.6)
    ran = scene.run(target={"zookeeper": nobody})
    assert (ran.status, ran.writes, len(scene.held()), scene.znode()) == (5, [], 11, True)
    assert nobody in ran.outcome.blocked[0].message
    assert "Nothing was deleted" in ran.outcome.blocked[0].message


def test_l4_credentials_that_are_not_accepted_cost_nothing(scene: Scene) -> None:
    """A digest that no ACL names is simply nobody's."""
    ran = scene.run(target={"zookeeper_auth": Secret("nobody:at-all-secret")})
    scene.is_clean(ran)
    secret_free(ran, "at-all-secret")


@pytest.fixture
def wire(scene: Scene, zookeeper: ZooKeeperServer) -> Iterator[Gate]:
    """A gate before ZooKeeper; runs on the scene go through it."""
    with Gate("127.0.0.1", zookeeper.port) as opened:
        scene.target = replace(scene.target, zookeeper=opened.address)
        yield opened


def test_z3_a_connection_that_is_lost_in_the_middle_of_the_deletion(scene: Scene, wire: Gate) -> None:
    grow(scene.client, [f"{PATH}/topics/t{number}" for number in range(2000)])
    scene.recorder.on(ZnodeProgress, wire.reset_connections, nth=2)
    scene.is_clean(scene.run())
    assert wire.connections > 1


def test_l4_a_zookeeper_that_goes_away_after_the_writes(scene: Scene, wire: Gate) -> None:
    """It is waited for until the deadline; the outcome does not claim that nothing was done."""
    scene.recorder.on(Answered, wire.refuse_connections, nth=5)
    scene.recorder.on(Waiting, scene.clock.jump, when=lambda waiting: "connection refused" in waiting.what)
    ran = scene.run()
    assert (ran.status, scene.held(), scene.znode()) == (5, [], True)
    assert "othing was deleted" not in str(ran.outcome)
    wire.accept_connections()
    scene.is_clean(scene.run())
