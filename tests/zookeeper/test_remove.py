"""Removing a znode: all of it, only it, and proven (rules Z1, Z3, Z4, Z5)."""

from __future__ import annotations

import itertools
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kazoo.client import KazooClient
from kazoo.security import make_acl

from janitor import rules
from janitor.errors import Interrupted, Refusal, ZooKeeperTrouble
from janitor.patience import Patience
from janitor.secret import Secret
from janitor.zookeeper import sweep, transactions, walk
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.ensemble import Care, Ensemble
from janitor.zookeeper.paths import parse_hosts
from tests.clock import HANGS
from tests.zookeeper.server import SUPER, ZooKeeperServer
from tests.zookeeper.service import abandon_service
from tests.zookeeper.trees import everything_below, fell, grow, remove, silently, snapshot

READ_ONLY = [make_acl("world", "anyone", read=True)]
NOBODY = [make_acl("digest", "nobody:x", all=True)]


def test_z3_an_abandoned_service_goes_and_its_neighbours_stay(client: KazooClient, ensemble: Ensemble) -> None:
    path = abandon_service(client, "kafka")
    neighbours = [abandon_service(client, name) for name in ("kafka2", "kafk", "team__kafka")]
    before = snapshot(client, *neighbours)
    removed = remove(ensemble, path)
    assert removed.state == "gone"
    assert client.exists(path) is None
    assert snapshot(client, *neighbours) == before


def test_z3_what_is_missing_is_a_success_also_the_second_time(client: KazooClient, ensemble: Ensemble) -> None:
    path = abandon_service(client, "kafka")
    assert remove(ensemble, path).state == "gone"
    again = remove(ensemble, path)
    assert (again.state, again.nodes, again.sweeps) == ("missing", 0, 0)


def test_everything_deleted_is_counted_and_told_on_the_way(client: KazooClient, direct: KazooEnsemble) -> None:
    grow(client, ["/x", *(f"/x/{n}" for n in range(1500)), *(f"/x/7/{n}" for n in range(600))])
    told: list[int] = []
    removed = direct.remove("/x", direct.look("/x").czxid, lambda deleted, _: told.append(deleted))
    assert (removed.state, removed.nodes, removed.sweeps, removed.how) == ("gone", 2101, 1, "zookeeper")
    assert told == sorted(told)
    assert len(told) > 3
    assert told[-1] == 2101


def test_z3_a_deep_tree(client: KazooClient, direct: KazooEnsemble) -> None:
    """Deeper than Python recurses."""
    chain = list(itertools.accumulate(["/deep"] + ["/d"] * 1100))
    grow(client, chain)
    assert remove(direct, "/deep").nodes == 1101
    assert client.exists("/deep") is None


def test_z3_a_node_with_more_children_than_one_answer_of_1_mb_lists(client: KazooClient, direct: KazooEnsemble) -> None:
    grow(client, ["/wide", *(f"/wide/{'n' * 80}{n}" for n in range(15_000))])
    assert remove(direct, "/wide").nodes == 15_001


def test_z3_transactions_of_long_paths_stay_below_what_the_server_reads(
    client: KazooClient, direct: KazooEnsemble
) -> None:
    grow(client, ["/long"])
    names = [f"/long/{n}{'é' * 4000}" for n in range(200)]  # 1.6 MB of paths in UTF-8
    for name in names:
        client.create(name)
    removed = remove(direct, "/long")
    assert (removed.nodes, removed.sweeps) == (201, 1)


Tree = dict[str, "Tree"]
trees: st.SearchStrategy[Tree] = st.recursive(
    st.just({}), lambda inner: st.dictionaries(st.sampled_from("abcdefgh"), inner, max_size=5), max_leaves=40
)


def _paths(root: str, tree: Tree) -> list[str]:
    return [root, *(path for name, below in tree.items() for path in _paths(f"{root}/{name}", below))]


@given(tree=trees, operations=st.integers(1, 4), held=st.integers(0, 6))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_z3_trees_of_any_shape_go_however_small_the_bounds_are(
    client: KazooClient, direct: KazooEnsemble, monkeypatch: pytest.MonkeyPatch, tree: Tree, operations: int, held: int
) -> None:
    monkeypatch.setattr(transactions, "OPERATIONS", operations)
    monkeypatch.setattr(walk, "NAMES_HELD", held)
    client.ensure_path("/beside/it")
    before = snapshot(client, "/beside")
    paths = _paths("/tree", tree)
    grow(client, paths)
    removed = remove(direct, "/tree")
    assert (removed.state, removed.nodes, removed.sweeps) == ("gone", len(paths), 1)
    assert client.exists("/tree") is None
    assert snapshot(client, "/beside") == before


def test_z3_what_is_too_much_to_be_held_at_once_is_listed_later_in_the_same_sweep(
    client: KazooClient, direct: KazooEnsemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "NAMES_HELD", 1)
    grow(client, ["/x", *(f"/x/{n}" for n in range(500)), *(f"/x/{n}/y" for n in range(500))])
    removed = remove(direct, "/x")
    assert (removed.nodes, removed.sweeps) == (1001, 1)


def test_z3_what_appears_meanwhile_goes_in_a_further_sweep(client: KazooClient, direct: KazooEnsemble) -> None:
    grow(client, ["/x", "/x/a", "/x/b", "/x/b/c"])
    late = iter(["/x/late", "/x/later"])

    def create_something(deleted: int, doing: str) -> None:
        if path := next(late, None):
            client.create(path)

    removed = direct.remove("/x", direct.look("/x").czxid, create_something)
    assert removed.state == "gone"
    assert removed.sweeps > 1
    assert removed.nodes == 6
    assert client.exists("/x") is None


@pytest.mark.parametrize("ephemeral", [False, True])
def test_z3_a_service_that_still_writes_is_named_and_not_fought_for_ever(
    client: KazooClient, direct: KazooEnsemble, ephemeral: bool
) -> None:
    """One whose nodes are ephemeral comes so far only on the operator's word."""
    grow(client, ["/x", "/x/a"])
    numbers = itertools.count()

    def live_on(deleted: int, doing: str) -> None:
        client.create(f"/x/lease-{next(numbers)}", ephemeral=ephemeral)

    with pytest.raises(ZooKeeperTrouble, match="new znodes still appear after 5 sweeps") as trouble:
        direct.remove("/x", direct.look("/x").czxid, live_on, Care(even_live=True))
    session, _ = client.client_id
    assert ("/x/lease-" in trouble.value.message) == ephemeral
    assert (f"{session:#x}" in trouble.value.message) == ephemeral
    assert client.exists("/x") is not None


def test_what_is_gone_before_we_come_to_it_is_a_success(client: KazooClient, direct: KazooEnsemble) -> None:
    """Two clean-ups at once: each deletes what the other is about to."""
    grow(client, ["/x", *(f"/x/{n}" for n in range(1000)), *(f"/x/{n}/y" for n in range(1000))])
    doomed = iter(range(999, 400, -1))

    def race(deleted: int, doing: str) -> None:
        for n in itertools.islice(doomed, 100):
            for path in (f"/x/{n}/y", f"/x/{n}"):
                if client.exists(path):
                    client.delete(path)

    assert direct.remove("/x", direct.look("/x").czxid, race).state == "gone"
    assert client.exists("/x") is None


# Rule Z5: the root is the one that was seen.


def test_z5_another_znode_of_that_name_stays(client: KazooClient, ensemble: Ensemble) -> None:
    path = abandon_service(client, "kafka")
    seen = ensemble.look(path).czxid
    client.delete(path, recursive=True)
    abandon_service(client, "kafka")
    before = snapshot(client, path)
    for czxid in (seen, None):
        with pytest.raises(ZooKeeperTrouble, match="created meanwhile"):
            ensemble.remove(path, czxid, silently)
    assert snapshot(client, path) == before


def test_z5_a_root_that_is_written_meanwhile_is_looked_at_again(client: KazooClient, direct: KazooEnsemble) -> None:
    grow(client, ["/x", "/x/a"])
    writes = iter([b"new"])

    def write_once(deleted: int, doing: str) -> None:
        if data := next(writes, None):
            client.set("/x", data)

    assert direct.remove("/x", direct.look("/x").czxid, write_once).sweeps == 2


def test_z5_a_root_that_is_created_anew_in_the_middle_loses_nothing(client: KazooClient, direct: KazooEnsemble) -> None:
    """The same names are there again, and so is the version that a new root has."""
    grow(client, ["/x", *(f"/x/{n}" for n in range(3000)), *(f"/x/{n}/y" for n in range(0, 3000, 3))])
    czxid = client.exists("/x").czxid
    new = iter([["/x", *(f"/x/{n}" for n in range(3000)), "/x/FrameworkID"]])

    def install_again(deleted: int, doing: str) -> None:
        if paths := next(new, None):
            fell(client, "/x")
            grow(client, paths)

    with pytest.raises(ZooKeeperTrouble, match="created meanwhile"):
        direct.remove("/x", czxid, install_again)
    assert len(list(everything_below(client, "/x"))) == 3002


@pytest.mark.parametrize("writes", [0, 1, 15, 40])
def test_z5_the_root_keeps_its_data_and_has_a_version_that_no_new_one_has(
    client: KazooClient, direct: KazooEnsemble, writes: int
) -> None:
    grow(client, ["/x", "/x/a"], b"mine")
    for _ in range(writes):
        client.set("/x", b"mine")

    def live_here(deleted: int, doing: str) -> None:
        client.create("/x/live", ephemeral=True)

    with pytest.raises(Refusal):
        direct.remove("/x", client.exists("/x").czxid, live_here)
    data, stat = client.get("/x")
    assert (data, stat.version) == (b"mine", max(writes, 16))


def test_z5_a_root_with_much_data_is_written_within_the_limits_of_a_transaction(
    client: KazooClient, direct: KazooEnsemble
) -> None:
    client.create("/x", b"d" * 1_000_000)
    client.create("/x/a")
    assert remove(direct, "/x").state == "gone"


def test_z5_a_root_that_may_not_be_written_is_deleted_as_it_was_seen(
    client: KazooClient, direct: KazooEnsemble
) -> None:
    grow(client, ["/x", "/x/a", "/x/a/b"])
    client.set_acls("/x", [make_acl("world", "anyone", read=True, delete=True)])
    assert remove(direct, "/x").state == "gone"


# Rule O4, while it is deleted.


def test_o4_an_ephemeral_node_is_never_deleted_whatever_was_seen_before(
    zookeeper: ZooKeeperServer, client: KazooClient, direct: KazooEnsemble
) -> None:
    """ZooKeeper itself refuses the transaction, however late the node became one."""
    grow(client, ["/x", "/x/1", "/x/3", "/x/3/y"])
    client.create("/x/2", ephemeral=True)
    one = direct._session
    guard = sweep.Guard("/x", 0)

    def below(client: KazooClient) -> list[str]:
        swept = sweep.Sweep(one, client, guard, lambda _: None)
        assert swept._together(["/x/1", "/x/2"]) == ["/x/1", "/x/2"]
        with pytest.raises(sweep.Lives, match="/x/2"):
            swept._delete(["/x/2", "/x/1"])
        with pytest.raises(sweep.Lives, match="/x/2"):
            swept._delete_by_stat(["/x/2"])
        return sorted(client.get_children("/x"))

    assert "2" in one.run(below)


def test_o4_who_begins_to_live_there_meanwhile_is_left_alone(client: KazooClient, direct: KazooEnsemble) -> None:
    grow(client, ["/x", *(f"/x/{n}" for n in range(1200)), *(f"/x/{n}/y" for n in range(1200))])
    starts = iter(["/x/lock/live"])

    def start(deleted: int, doing: str) -> None:
        if live := next(starts, None):
            client.create("/x/FrameworkID", b"new")
            client.create(live, b"scheduler", ephemeral=True, makepath=True)

    with pytest.raises(Refusal, match="/x/lock/live") as refusal:
        direct.remove("/x", client.exists("/x").czxid, start)
    assert (refusal.value.rule.code, refusal.value.override) == ("O4", "live-znode")
    assert client.exists("/x/lock/live") is not None
    assert client.get("/x/FrameworkID")[0] == b"new"


def test_o4_what_lives_there_before_the_first_sweep_keeps_all_of_it(client: KazooClient, ensemble: Ensemble) -> None:
    """The look of the run may be minutes old."""
    grow(client, ["/x", "/x/a", "/x/a/b"])
    czxid = ensemble.look("/x").czxid
    client.create("/x/a/live", ephemeral=True)
    with pytest.raises(Refusal, match="/x/a/live") as refusal:
        ensemble.remove("/x", czxid, silently)
    assert refusal.value.rule.code == "O4"
    assert sorted(everything_below(client, "/x")) == ["/x", "/x/a", "/x/a/b", "/x/a/live"]


def test_o5_on_the_operators_word_live_nodes_are_deleted_too(client: KazooClient, ensemble: Ensemble) -> None:
    client.create("/x/lock/live", ephemeral=True, makepath=True)
    removed = ensemble.remove("/x", ensemble.look("/x").czxid, silently, Care(even_live=True))
    assert removed.state == "gone"
    assert client.exists("/x") is None


def test_o1_the_owners_are_asked_again_before_every_further_sweep(client: KazooClient, direct: KazooEnsemble) -> None:
    grow(client, ["/x", "/x/a"])
    late = iter(["/x/late"])
    asked: list[int] = []

    def create_something(deleted: int, doing: str) -> None:
        if path := next(late, None):
            client.create(path)

    def refuse() -> None:
        asked.append(len(client.get_children("/x")))
        raise Refusal("it has an owner", rule=rules.O1)

    with pytest.raises(Refusal, match="it has an owner"):
        direct.remove("/x", client.exists("/x").czxid, create_something, Care(owners_again=refuse))
    assert asked == [1]
    assert list(everything_below(client, "/x")) == ["/x", "/x/late"]


def test_z3_nodes_below_which_nobody_may_create_are_deleted_after_a_look_at_each(
    client: KazooClient, direct: KazooEnsemble
) -> None:
    """What shows that a node is not ephemeral takes a permission that its deletion does not."""
    grow(client, ["/x", "/x/a", "/x/b", "/x/b/c"])
    for path in ("/x/a", "/x/b/c"):
        client.set_acls(path, READ_ONLY)
    removed = remove(direct, "/x")
    assert (removed.state, removed.nodes) == ("gone", 4)


def test_two_at_once_come_to_the_same_end(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    grow(client, ["/x", *(f"/x/{n}" for n in range(1500)), *(f"/x/{n}/y" for n in range(1500))])
    czxid = client.exists("/x").czxid
    ended: list[str] = []

    def one() -> None:
        ensemble = KazooEnsemble(parse_hosts(zookeeper.address), Patience(HANGS))
        ended.append(ensemble.remove("/x", czxid, silently).state)
        ensemble.close()

    threads = [threading.Thread(target=one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 3
    assert set(ended) <= {"gone", "missing"}
    assert client.exists("/x") is None


# Rule Z1, right at the request.


@pytest.mark.parametrize("path", ["/mesos", "/zookeeper/quota", "/universe"])
def test_z1_nothing_protected_is_deleted_whoever_asks(client: KazooClient, ensemble: Ensemble, path: str) -> None:
    client.ensure_path(path)
    with pytest.raises(Refusal):
        remove(ensemble, path)
    assert client.exists(path) is not None


def test_z1_the_chroot_counts(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    grow(client, ["/mesos", "/mesos/x", "/prod", "/prod/mesos", "/prod/mesos/x", "/prod/y"])
    with pytest.raises(Refusal):
        _with_chroot(zookeeper, "/mesos", "/x")
    assert _with_chroot(zookeeper, "/prod", "/mesos") == "gone"
    assert sorted(everything_below(client, "/prod")) == ["/prod", "/prod/y"]
    assert client.exists("/mesos/x") is not None


def _with_chroot(zookeeper: ZooKeeperServer, chroot: str, path: str) -> str:
    ensemble = KazooEnsemble(parse_hosts(zookeeper.address + chroot), Patience(HANGS))
    try:
        return remove(ensemble, path).state
    finally:
        ensemble.close()


# What ZooKeeper denies (rule Z4).


def test_denied_below_the_root_is_named_and_the_rest_goes(client: KazooClient, direct: KazooEnsemble) -> None:
    grow(client, ["/x", "/x/a", "/x/kept", "/x/kept/1", "/x/kept/2", "/x/z", "/x/z/z"])
    client.set_acls("/x/kept", READ_ONLY)
    with pytest.raises(ZooKeeperTrouble) as trouble:
        remove(direct, "/x")
    assert trouble.value.denied
    assert "/x/kept/" in trouble.value.message
    assert "NoAuth" in trouble.value.message
    assert sorted(everything_below(client, "/x")) == ["/x", "/x/kept", "/x/kept/1", "/x/kept/2"]


@pytest.mark.parametrize("even_live", [False, True])
def test_a_node_that_may_not_be_listed_is_named_when_something_is_in_it(
    client: KazooClient, direct: KazooEnsemble, even_live: bool
) -> None:
    """Whether something lives in it cannot be told, and so all of it stays; on the operator's word the rest goes."""
    grow(client, ["/x", "/x/empty", "/x/hidden", "/x/hidden/1"])
    client.set_acls("/x/empty", NOBODY)
    client.set_acls("/x/hidden", NOBODY)
    with pytest.raises(ZooKeeperTrouble) as trouble:
        direct.remove("/x", direct.look("/x").czxid, silently, Care(even_live=even_live))
    assert trouble.value.denied
    assert "/x/hidden" in trouble.value.message
    left = ["/x", "/x/hidden", "/x/hidden/1"] + ([] if even_live else ["/x/empty"])
    assert sorted(everything_below(client, "/x")) == sorted(left)


def test_a_root_that_may_not_be_listed_is_named(client: KazooClient, direct: KazooEnsemble) -> None:
    grow(client, ["/x", "/x/1"])
    client.set_acls("/x", NOBODY)
    with pytest.raises(ZooKeeperTrouble) as trouble:
        remove(direct, "/x")
    assert trouble.value.denied
    assert client.exists("/x/1") is not None


def _service_with_empty_root(client: KazooClient) -> str:
    path = abandon_service(client, "kafka")
    assert client.exists(path).dataLength == 0
    return path


def test_z4_on_enterprise_the_empty_root_is_left_and_said_to_be_also_the_second_time(
    zookeeper: ZooKeeperServer, client: KazooClient, direct: KazooEnsemble
) -> None:
    path = _service_with_empty_root(client)
    with zookeeper.enterprise_root():
        removed = remove(direct, path)
        assert (removed.state, removed.how) == ("root-left", "zookeeper")
        assert removed.words == f"KeeperErrorCode = NoAuth for {path}"
        assert list(everything_below(client, path)) == [path]
        again = remove(direct, path)
        assert (again.state, again.nodes) == ("root-left", 0)


def test_z4_a_client_on_the_masters_own_loopback_may_delete_the_root(
    zookeeper: ZooKeeperServer, client: KazooClient, direct: KazooEnsemble
) -> None:
    path = _service_with_empty_root(client)
    with zookeeper.enterprise_root(loopback="127.0.0.1"):
        assert remove(direct, path).state == "gone"


def test_z4_the_super_user_may_delete_the_root(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    path = _service_with_empty_root(client)
    ensemble = KazooEnsemble(parse_hosts(zookeeper.address), Patience(HANGS), auth=Secret(SUPER))
    with zookeeper.enterprise_root():
        assert remove(ensemble, path).state == "gone"
    ensemble.close()


def test_z4_an_empty_lock_may_be_left_with_the_root(
    zookeeper: ZooKeeperServer, client: KazooClient, direct: KazooEnsemble
) -> None:
    client.ensure_path("/x/lock")
    client.set_acls("/x", READ_ONLY)
    with zookeeper.enterprise_root():
        assert remove(direct, "/x").state == "root-left"


@pytest.mark.parametrize(
    ("paths", "data"),
    [(["/x"], b"data"), (["/x", "/x/other"], b""), (["/x", "/x/lock", "/x/lock/1"], b"")],
    ids=["data", "another child", "a lock with something in it"],
)
def test_z4_anything_else_that_is_left_with_the_root_is_trouble(
    zookeeper: ZooKeeperServer, client: KazooClient, direct: KazooEnsemble, paths: list[str], data: bytes
) -> None:
    grow(client, paths, data)
    for path in paths:
        client.set_acls(path, READ_ONLY)
    with zookeeper.enterprise_root(), pytest.raises(ZooKeeperTrouble) as trouble:
        remove(direct, "/x")
    assert trouble.value.denied
    assert trouble.value.remedy is not None
    assert "127.0.0.1:2181" in trouble.value.remedy
    assert "--zookeeper-auth-file" in trouble.value.remedy


# Interrupted.


def test_a_signal_stops_it_in_the_middle_and_a_second_run_goes_on(
    zookeeper: ZooKeeperServer, client: KazooClient, direct: KazooEnsemble
) -> None:
    grow(client, ["/x", *(f"/x/{n}" for n in range(12_000))])
    patience = Patience(HANGS)
    interrupted = KazooEnsemble(parse_hosts(zookeeper.address), patience)
    czxid = interrupted.look("/x").czxid
    with pytest.raises(Interrupted) as raised:
        interrupted.remove("/x", czxid, lambda deleted, _: patience.stop.raise_(15) if deleted else None)
    interrupted.close()
    assert raised.value.signum == 15
    left = len(client.get_children("/x"))
    assert 6_000 < left < 12_000  # what was sent ahead is all that is still done
    assert direct.remove("/x", czxid, silently).nodes == left + 1
    assert client.exists("/x") is None
