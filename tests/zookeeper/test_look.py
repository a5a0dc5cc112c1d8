"""What a look says: which znode it is, what lives in it (rule O4), what could not be read (rule L4), who leads (Z2)."""

from __future__ import annotations

import pytest
from kazoo.client import KazooClient
from kazoo.protocol.serialization import Create2
from kazoo.security import OPEN_ACL_UNSAFE, make_acl

from janitor.errors import ZooKeeperTrouble
from janitor.patience import Patience
from janitor.transport.http import Http
from janitor.transport.trust import Trust
from janitor.zookeeper import survey
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.ensemble import Ensemble
from janitor.zookeeper.exhibitor import ExhibitorEnsemble
from janitor.zookeeper.paths import parse_hosts
from tests.clock import HANGS
from tests.zookeeper.exhibitor import Exhibitor
from tests.zookeeper.server import ZooKeeperServer
from tests.zookeeper.service import abandon_service, register_master
from tests.zookeeper.trees import everything_below, grow, silently

NOBODY = [make_acl("digest", "nobody:x", all=True)]


def test_a_znode_that_is_not_there(client: KazooClient, ensemble: Ensemble) -> None:
    found = ensemble.look("/dcos-service-nothing")
    assert (found.path, found.exists, found.czxid) == ("/dcos-service-nothing", False, None)
    assert (found.ephemerals, found.unread) == ((), ())


def test_o4_an_abandoned_service_is_seen_and_nothing_lives_in_it(client: KazooClient, ensemble: Ensemble) -> None:
    path = abandon_service(client, "kafka")
    found = ensemble.look(path)
    assert found.exists
    assert found.czxid == client.exists(path).czxid
    assert (found.ephemerals, found.unread) == ((), ())


def test_all_nodes_are_counted_directly(client: KazooClient, direct: KazooEnsemble) -> None:
    path = abandon_service(client, "kafka", brokers=7)
    assert direct.look(path).nodes == len(list(everything_below(client, path)))


def test_o4_a_live_lease_is_seen_and_the_persistent_nodes_around_it_are_not(
    client: KazooClient, ensemble: Ensemble
) -> None:
    path = abandon_service(client, "kafka", live_lock=True)
    (lease,) = client.get_children(f"{path}/lock/leases")
    assert ensemble.look(path).ephemerals == (f"{path}/lock/leases/{lease}",)


@pytest.mark.parametrize(
    "place", ["lock", "lock/locks/x", "brokers/ids/0", "controller", "hadoop-ha/hdfs/ActiveStandbyElectorLock"]
)
def test_o4_every_live_place_is_looked_at(client: KazooClient, ensemble: Ensemble, place: str) -> None:
    live = f"/cassandra/{place}"
    client.create(live, ephemeral=True, makepath=True)
    assert ensemble.look("/cassandra").ephemerals == (live,)


class _CreateContainer(Create2):
    """What Curator sends for the parents of a lock; kazoo cannot by itself (ZooKeeper, ZooDefs.OpCode)."""

    type = 19


def test_o4_a_container_which_curator_makes_a_locks_parent_is_not_live(client: KazooClient, ensemble: Ensemble) -> None:
    client.create("/x")
    created = client.handler.async_result()
    container = 4
    client._call(_CreateContainer("/x/lock", b"", OPEN_ACL_UNSAFE, container), created)
    created.get(timeout=HANGS)
    client.create("/x/lock/keeps-it")
    assert ensemble.look("/x").ephemerals == ()


def test_o4_an_ephemeral_node_anywhere_is_seen(client: KazooClient, ensemble: Ensemble) -> None:
    client.create("/cassandra/some/where", ephemeral=True, makepath=True)
    assert ensemble.look("/cassandra").ephemerals == ("/cassandra/some/where",)


def test_o4_in_a_tree_of_any_size_every_node_is_looked_at(client: KazooClient, direct: KazooEnsemble) -> None:
    grow(client, ["/large", "/large/many"])
    grow(client, (f"/large/many/{n}" for n in range(11_000)))
    client.create("/large/leader-curator/latch", ephemeral=True, makepath=True)
    told: list[int] = []
    found = direct.look("/large", None, told.append)
    assert (found.ephemerals, found.unread, found.nodes) == (("/large/leader-curator/latch",), (), 11_004)
    assert told == sorted(told)
    assert told


def test_o4_a_large_tree_is_walked_as_a_whole_once_in_a_run(
    client: KazooClient, direct: KazooEnsemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After that, what lived then and the usual places; a tree that was created anew is another one."""
    monkeypatch.setattr(survey, "AGAIN_UP_TO", 1000)
    monkeypatch.setattr(survey, "TOLD_EVERY", 500)
    grow(client, ["/large", "/large/lock", "/large/many"])
    grow(client, (f"/large/many/{n}" for n in range(1000)))
    client.create("/large/many/live", ephemeral=True)
    before = direct.look("/large")
    client.create("/large/lock/lease", ephemeral=True)
    told: list[int] = []
    again = direct.look("/large", before, told.append)
    assert again.ephemerals == ("/large/lock/lease", "/large/many/live")
    assert (again.czxid, again.nodes, again.unread) == (before.czxid, None, ())
    client.delete("/large/many/live")
    third = direct.look("/large", again, told.append)
    assert third.ephemerals == ("/large/lock/lease",)
    assert told == []
    client.delete("/large", recursive=True)
    client.create("/large/some/where", ephemeral=True, makepath=True)
    assert direct.look("/large", third).ephemerals == ("/large/some/where",)


def test_o4_a_small_tree_is_walked_as_a_whole_each_time(client: KazooClient, direct: KazooEnsemble) -> None:
    path = abandon_service(client, "kafka")
    before = direct.look(path)
    client.create(f"{path}/some/where", ephemeral=True, makepath=True)
    assert direct.look(path, before).ephemerals == (f"{path}/some/where",)


def test_o4_a_tree_that_has_become_large_meanwhile_is_looked_at_in_part(
    client: KazooClient, direct: KazooEnsemble
) -> None:
    grow(client, ["/x"])
    before = direct.look("/x")
    grow(client, (f"/x/{n}" for n in range(10_000)))
    client.create("/x/controller", ephemeral=True)
    found = direct.look("/x", before)
    assert (found.ephemerals, found.nodes) == (("/x/controller",), None)


def test_o4_of_very_many_live_nodes_some_are_named(client: KazooClient, direct: KazooEnsemble) -> None:
    client.create("/x")
    for n in range(150):
        client.create(f"/x/{n}", ephemeral=True)
    found = direct.look("/x")
    assert (len(found.ephemerals), found.nodes) == (100, 151)


def test_o4_through_exhibitor_every_node_of_a_thousand_is_looked_at(
    client: KazooClient, through_exhibitor: ExhibitorEnsemble
) -> None:
    grow(client, ["/x", "/x/a", *(f"/x/a/{n}" for n in range(997))])
    client.create("/x/a/live", ephemeral=True)
    found = through_exhibitor.look("/x")
    assert (found.ephemerals, found.unread, found.too_many) == (("/x/a/live",), (), None)


@pytest.mark.parametrize("parents", [["/x"], ["/x", "/x/a", "/x/a/b"]], ids=["in one place", "deeper"])
def test_o4_through_exhibitor_a_larger_tree_is_unknown(
    client: KazooClient, exhibitor: Exhibitor, through_exhibitor: ExhibitorEnsemble, parents: list[str]
) -> None:
    grow(client, [*parents, *(f"{parents[-1]}/{n}" for n in range(1001))])
    found = through_exhibitor.look("/x")
    assert (found.exists, found.unread, found.too_many) == (True, ("/x",), 1000)
    assert len(exhibitor.requests) < 20  # what is too much is not listed at all
    again = through_exhibitor.look("/x", found)
    assert (again.unread, again.too_many) == (("/x",), 1000)


def test_o4_through_exhibitor_later_looks_go_to_what_lived_and_to_the_usual_places(
    client: KazooClient, exhibitor: Exhibitor, through_exhibitor: ExhibitorEnsemble
) -> None:
    grow(client, ["/x", "/x/a", "/x/lock", *(f"/x/a/{n}" for n in range(50))])
    client.create("/x/a/live", ephemeral=True)
    before = through_exhibitor.look("/x")
    exhibitor.requests.clear()
    client.create("/x/lock/lease", ephemeral=True)
    assert through_exhibitor.look("/x", before).ephemerals == ("/x/a/live", "/x/lock/lease")
    assert len(exhibitor.requests) < 12


def test_l4_what_may_not_be_read_is_named(client: KazooClient, direct: KazooEnsemble) -> None:
    grow(client, ["/x", "/x/lock", "/x/lock/hidden", "/x/leaf"])
    client.set_acls("/x/lock", NOBODY)
    client.set_acls("/x/leaf", NOBODY)
    found = direct.look("/x")
    assert found.unread == ("/x/lock",)
    assert found.nodes is None


def test_l4_a_leaf_hides_nothing_and_is_told_to_be_live_without_being_read(
    client: KazooClient, direct: KazooEnsemble
) -> None:
    client.create("/x")
    client.create("/x/lock", ephemeral=True, acl=NOBODY)
    found = direct.look("/x")
    assert (found.ephemerals, found.unread, found.nodes) == (("/x/lock",), (), 2)


def test_l4_what_exhibitor_may_not_read_is_named(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    grow(client, ["/x", "/x/lock", "/x/lock/hidden"])
    client.set_acls("/x/lock", NOBODY)
    with Exhibitor(zookeeper) as anybody:
        patience = Patience(HANGS)
        http = Http(trust=Trust([anybody.url]), patience=patience)
        assert ExhibitorEnsemble(http, anybody.url, patience).look("/x").unread == ("/x/lock",)
        http.close()


def test_exhibitor_without_zookeeper_is_trouble_and_not_a_missing_znode(
    client: KazooClient, exhibitor: Exhibitor, through_exhibitor: ExhibitorEnsemble
) -> None:
    abandon_service(client, "kafka")
    exhibitor.unplugged = True
    with pytest.raises(ZooKeeperTrouble, match="ConnectionLoss"):
        through_exhibitor.look("/dcos-service-kafka")


@pytest.mark.parametrize("stat", ["czxid: 12, mzxid: 3", "a" * 300_000, "czxid: \u0663, ephemeralOwner: 0"])
def test_l4_a_stat_that_cannot_be_read_is_trouble_told_in_bounded_words(
    exhibitor: Exhibitor, through_exhibitor: ExhibitorEnsemble, monkeypatch: pytest.MonkeyPatch, stat: str
) -> None:
    monkeypatch.setattr(exhibitor, "node_data", lambda _: {"bytes": "", "str": "", "stat": stat})
    with pytest.raises(ZooKeeperTrouble, match="cannot read /x") as trouble:
        through_exhibitor.look("/x")
    assert len(trouble.value.message) < 1000


def test_a_znode_whose_data_reads_like_exhibitors_exception_is_there(
    client: KazooClient, through_exhibitor: ExhibitorEnsemble
) -> None:
    client.create("/x", b"Exception")
    assert through_exhibitor.look("/x").exists


def test_names_that_urls_give_a_meaning_to_are_asked_for_as_they_are(client: KazooClient, ensemble: Ensemble) -> None:
    for name in ("a b", "a?b=c", "a#b", "a%2Fb", "a;b", "a+b", "größe", "a&key=b"):
        client.create(f"/{name}")
        found = ensemble.look(f"/{name}")
        assert (found.exists, found.czxid) == (True, client.exists(f"/{name}").czxid)


def test_paths_are_meant_inside_the_chroot_and_told_in_full(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    client.create("/prod/x/lock", ephemeral=True, makepath=True)
    inside = KazooEnsemble(parse_hosts(f"{zookeeper.address}/prod"), Patience(HANGS))
    found = inside.look("/x")
    inside.close()
    assert (found.path, found.ephemerals) == ("/prod/x", ("/prod/x/lock",))


def test_s4_what_is_beside_a_znode_is_at_the_top_and_in_its_own_place(client: KazooClient, ensemble: Ensemble) -> None:
    for path in ("/dcos-service-kafka/x", "/universe/marathon-user"):
        client.ensure_path(path)
    beside = ensemble.beside("/universe/marathon-usr")
    assert {"dcos-service-kafka", "universe", "universe/marathon-user"} <= set(beside)
    assert not any(name.startswith("dcos-service-kafka/") for name in beside)
    assert list(beside) == sorted(beside)
    assert "dcos-service-kafka" in ensemble.beside("/nowhere/x")


def test_s4_what_is_beside_is_told_inside_the_chroot(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    for path in ("/prod/dcos-service-kafka", "/prod/universe/x"):
        client.ensure_path(path)
    inside = KazooEnsemble(parse_hosts(f"{zookeeper.address}/prod"), Patience(HANGS))
    try:
        assert inside.beside("/universe/y") == ("dcos-service-kafka", "universe", "universe/x")
    finally:
        inside.close()


def test_l4_names_that_may_not_be_listed_are_trouble(client: KazooClient, direct: KazooEnsemble) -> None:
    client.ensure_path("/universe")
    client.set_acls("/universe", NOBODY)
    with pytest.raises(ZooKeeperTrouble, match="denies listing /universe"):
        direct.beside("/universe/x")


def test_l4_a_chroot_that_is_not_there_is_trouble_and_not_a_missing_znode(
    zookeeper: ZooKeeperServer, client: KazooClient
) -> None:
    client.ensure_path("/prod")
    inside = KazooEnsemble(parse_hosts(f"{zookeeper.address}/prdo"), Patience(HANGS))
    with pytest.raises(ZooKeeperTrouble, match="chroot /prdo does not exist") as trouble:
        inside.look("/x")
    assert "--zookeeper" in str(trouble.value.remedy)
    with pytest.raises(ZooKeeperTrouble, match="chroot /prdo does not exist"):
        inside.remove("/x", None, silently)
    inside.close()
    there = KazooEnsemble(parse_hosts(f"{zookeeper.address}/prod"), Patience(HANGS))
    assert not there.look("/x").exists
    assert there.remove("/x", None, silently).state == "missing"
    there.close()


# Rule Z2: is it the ensemble of our master?


def test_z2_the_master_that_registered_first_leads(client: KazooClient, ensemble: Ensemble) -> None:
    client.ensure_path("/masters/log_replicas")
    client.create("/masters/info_0000000000", b"\x0a\x04old!", ephemeral=True)
    first = register_master(client, "/masters", "11111111-first")
    register_master(client, "/masters", "22222222-second")
    assert ensemble.master_id("/masters") == "11111111-first"
    client.delete(first)
    assert ensemble.master_id("/masters") == "22222222-second"


def test_z2_no_master_is_registered_there(client: KazooClient, ensemble: Ensemble) -> None:
    assert ensemble.master_id("/masters") is None
    client.ensure_path("/masters")
    client.create("/masters/info_0000000000", b"\x0a\x04old!", ephemeral=True)
    assert ensemble.master_id("/masters") is None


def test_z2_what_no_master_writes_is_trouble(client: KazooClient, ensemble: Ensemble) -> None:
    client.create("/masters/json.info_0000000001", b'{"hostname":"m1"}', makepath=True)
    with pytest.raises(ZooKeeperTrouble, match=r"/masters/json.info_0000000001"):
        ensemble.master_id("/masters")


def test_z2_masters_are_asked_for_outside_the_chroot(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    register_master(client, "/masters", "the-id")
    inside = KazooEnsemble(parse_hosts(f"{zookeeper.address}/prod"), Patience(HANGS))
    assert inside.master_id("/masters") == "the-id"
    inside.close()


def test_z2_masters_that_may_not_be_read_are_trouble(client: KazooClient, direct: KazooEnsemble) -> None:
    register_master(client, "/masters", "the-id")
    client.set_acls("/masters", NOBODY)
    with pytest.raises(ZooKeeperTrouble) as trouble:
        direct.master_id("/masters")
    assert trouble.value.denied
