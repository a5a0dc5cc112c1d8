"""A znode that is saved before it is deleted, and put back: nothing is lost (rule Z6), nothing written over (Z7)."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kazoo.client import KazooClient
from kazoo.protocol.serialization import Create
from kazoo.protocol.states import ZnodeStat
from kazoo.security import ACL, make_acl, make_digest_acl

from janitor import rules
from janitor.errors import BackupTrouble, Interrupted, Refusal, UsageError, ZooKeeperTrouble
from janitor.patience import Patience
from janitor.secret import Secret
from janitor.zookeeper import saving, walk
from janitor.zookeeper.backup import Backup, Saved
from janitor.zookeeper.backupfile import BackupFile
from janitor.zookeeper.backupformat import Header, Node, Permission
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.ensemble import Care
from janitor.zookeeper.exhibitor import ExhibitorEnsemble
from janitor.zookeeper.paths import parse_hosts
from janitor.zookeeper.restoring import Restored
from janitor.zookeeper.saving import Saver
from janitor.zookeeper.sweep import Sweep
from janitor.zookeeper.znode import Removed
from tests.zookeeper.server import SUPER, ZooKeeperServer
from tests.zookeeper.trees import everything_below, fell, grow

Tree = dict[str, tuple[bytes | None, list[ACL]]]

OPEN = [make_acl("world", "anyone", all=True)]
READ_ONLY = [make_acl("world", "anyone", read=True), make_acl("ip", "10.1.1.1", all=True)]
KAFKA = [make_digest_acl("kafka", "secret", all=True)]


@pytest.fixture
def super_user(zookeeper: ZooKeeperServer) -> Iterator[KazooEnsemble]:
    """The ensemble, asked as the super user, who may read everything."""
    ensemble = KazooEnsemble(parse_hosts(zookeeper.address), Patience(600), auth=Secret(SUPER))
    yield ensemble
    ensemble.close()


@pytest.fixture
def backup(tmp_path: Path) -> Backup:
    return Backup(str(tmp_path))


def tree(client: KazooClient, path: str) -> Tree:
    """Data and ACL of everything, read by the super user."""
    return {each: (client.get(each)[0], client.get_acls(each)[0]) for each in everything_below(client, path)}


def unusual(client: KazooClient) -> Tree:
    """A tree with everything that is unusual."""
    grow(client, ["/x", "/x/a", *(f"/x/a/{n}" for n in range(300))], bytes(range(256)))
    client.create("/x/empty", b"")
    client.create("/x/none", None)
    client.create("/x/none/below", None)
    client.create("/x/ein Name \u00e4\u00f6\u00fc \u65e5\u672c\u8a9e 'a' \"b\" \\", b"\xff\x00\n")
    client.create("/x/large", os.urandom(300_000))
    client.create("/x/large2", os.urandom(300_000))
    client.create("/x/shown", b"s", acl=READ_ONLY)
    client.create("/x/kafka's", b"secret", acl=KAFKA)
    client.create("/x/kafka's/own", b"secret", acl=KAFKA)
    client.create("/x/kafka's/own/below", b"secret", acl=KAFKA)
    return tree(client, "/x")


def remove(ensemble: KazooEnsemble, backup: Backup, path: str = "/x", *, even_live: bool = False) -> Removed:
    care = Care(even_live=even_live, backup=backup)
    return ensemble.remove(path, ensemble.look(path).czxid, lambda *_: None, care)


def saved(backup: Backup) -> Saved:
    assert backup.saved is not None
    return backup.saved


def file_of(backup: Backup) -> BackupFile:
    return BackupFile(saved(backup).file, lambda: None)


def quiet(done: int, doing: str) -> None:
    """Take the progress, and say nothing."""


def restore_until(zookeeper: ZooKeeperServer, backup: Backup, enough: Callable[[int], bool]) -> Restored:
    """Restore it in a session of its own, which a signal ends once so many nodes are enough."""
    patience = Patience(600)
    ensemble = KazooEnsemble(parse_hosts(zookeeper.address), patience)

    def interrupt(done: int, doing: str) -> None:
        if enough(done):
            patience.stop.raise_(2)

    try:
        done = ensemble.restore(file_of(backup), interrupt)
    finally:
        ensemble.close()
    assert isinstance(done.error, Interrupted)
    return done


def test_z6_z7_what_was_saved_comes_back_equal_in_data_acl_and_shape(
    client: KazooClient, super_user: KazooEnsemble, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Binary, empty and no data; blanks and characters beyond ASCII in names; ACLs that let nobody else create."""
    monkeypatch.setattr(saving, "NAMES_HELD", 20)
    monkeypatch.setattr(walk, "CHUNK", 50)
    before = unusual(client)
    assert remove(super_user, backup).state == "gone"
    assert saved(backup).nodes == len(before)
    restored = super_user.restore(file_of(backup), quiet)
    assert (restored.created, restored.equal, restored.unread.count) == (len(before), True, 0)
    assert tree(client, "/x") == before


def test_z7_anybody_puts_back_what_only_others_may_read(
    client: KazooClient, super_user: KazooEnsemble, direct: KazooEnsemble, backup: Backup
) -> None:
    before = unusual(client)
    remove(super_user, backup)
    restored = direct.restore(file_of(backup), quiet)
    assert restored.equal
    assert [path for path, _ in restored.unread.first] == ["/x/kafka's", "/x/kafka's/own", "/x/kafka's/own/below"]
    assert tree(client, "/x") == before


def test_the_file_is_for_its_owner_alone_and_named_by_server_znode_and_time(
    client: KazooClient, direct: KazooEnsemble, backup: Backup, tmp_path: Path
) -> None:
    grow(client, ["/x", "/x/y z"])
    remove(direct, backup, "/x/y z")
    (file,) = tmp_path.iterdir()
    assert str(file) == saved(backup).file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.name.startswith("127.0.0.1_x__y-z_20")
    assert file.name.endswith(".jsonl.gz")


def test_a_parent_that_is_missing_is_created_and_named(
    client: KazooClient, direct: KazooEnsemble, backup: Backup
) -> None:
    grow(client, ["/x", "/x/y", "/x/y/z"])
    remove(direct, backup, "/x/y/z")
    fell(client, "/x")
    restored = direct.restore(file_of(backup), quiet)
    assert restored.parents == ("/x", "/x/y")
    assert restored.equal


@pytest.mark.parametrize("ends_early", [False, True])
def test_below_a_missing_parent_anybody_puts_back_what_only_others_may_use(
    client: KazooClient,
    super_user: KazooEnsemble,
    direct: KazooEnsemble,
    zookeeper: ZooKeeperServer,
    backup: Backup,
    ends_early: bool,
) -> None:
    """The parent gets the znode's own ACL at the end, also where the run that created it was interrupted."""
    client.create("/p")
    client.create("/p/x", b"r", acl=KAFKA)
    client.create("/p/x/a", b"s", acl=KAFKA)
    before = tree(client, "/p/x")
    remove(super_user, backup, "/p/x")
    fell(client, "/p")
    if ends_early:
        done = restore_until(zookeeper, backup, lambda _: True)
        assert len(client.get_acls("/p")[0]) == 2
        assert done.open
    restored = direct.restore(file_of(backup), quiet, go_on=ends_early)
    assert (restored.equal, restored.open) == (True, False)
    assert tree(client, "/p/x") == before
    assert client.get_acls("/p")[0] == KAFKA


def test_a_quota_is_named_in_the_file(client: KazooClient, direct: KazooEnsemble, backup: Backup) -> None:
    """The server remembers a quota until its end: so no other test uses this name."""
    grow(client, ["/limited"])
    client.create("/zookeeper/quota/limited/zookeeper_limits", b"count=5,bytes=-1", makepath=True)
    client.create("/zookeeper/quota/limited/zookeeper_stats", b"count=1,bytes=4")
    remove(direct, backup, "/limited")
    assert file_of(backup).header.quota == "count=5,bytes=-1"


class CreateContainer(Create):
    """ZooKeeper's request for a container (ZooDefs.OpCode.createContainer), which kazoo does not have."""

    type = 19


def test_o4_a_container_is_not_alive_and_comes_back_as_an_ordinary_node(
    client: KazooClient, direct: KazooEnsemble, backup: Backup
) -> None:
    """In the stat of a container ZooKeeper shows 0 as the session: a client cannot tell which nodes are containers."""
    asked = client.handler.async_result()
    client._call(CreateContainer("/x", b"data", OPEN, 4), asked)
    assert asked.get(timeout=60) == "/x"
    client.create("/x/below", b"")
    assert client.exists("/x").ephemeralOwner == 0
    assert direct.look("/x").ephemerals == ()
    assert remove(direct, backup).state == "gone"
    assert direct.restore(file_of(backup), quiet).equal


# --- what happens meanwhile -------------------------------------------------------------------------------------------


def after_saving(monkeypatch: pytest.MonkeyPatch, *acts: Callable[[], object]) -> None:
    """Do the first of these once everything is saved, and each of the others before the next sweep over it."""
    todo = iter(acts)
    below = Sweep.below

    def with_it(self: Sweep, root: str) -> None:
        next(todo, lambda: None)()
        below(self, root)

    monkeypatch.setattr(Sweep, "below", with_it)


def test_z6_what_changed_appeared_or_was_made_anew_since_is_saved_again_before_it_goes(
    client: KazooClient, direct: KazooEnsemble, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(client, ["/x", *(f"/x/{n}" for n in range(20)), "/x/p", "/x/p/q"])

    def meddle() -> None:
        client.set("/x/1", b"written")
        client.delete("/x/2")
        client.create("/x/2", b"made anew")  # of the same version as the one that was saved
        client.delete("/x/3")
        client.set("/x/p", b"a parent")
        client.create("/x/new/below", b"new", makepath=True)
        client.set("/x/new", b"newer")

    after_saving(monkeypatch, meddle)
    removed = remove(direct, backup)
    assert removed.state == "gone"
    assert (saved(backup).nodes, saved(backup).again) == (23 + 5, 5)
    assert direct.restore(file_of(backup), quiet).equal
    after = {path: data for path, (data, _) in tree(client, "/x").items()}
    expected = {"/x": b"data", "/x/p": b"a parent", "/x/p/q": b"data", "/x/new": b"newer", "/x/new/below": b"new"}
    expected |= {f"/x/{n}": b"data" for n in range(20)} | {"/x/1": b"written", "/x/2": b"made anew"}
    assert after == expected


def test_z6_a_node_that_is_written_right_before_its_deletion_stays_until_it_is_saved(
    client: KazooClient, direct: KazooEnsemble, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last look and the transaction: the version that was saved is not there any more.

    Once after a look at the parent alone, and once after a look at the node itself.
    """
    grow(client, ["/x", *(f"/x/{n}" for n in range(5))])
    together = Sweep._together
    writes = iter(["/x/3", "/x/2"])

    def late(self: Sweep, paths: list[str]) -> list[str]:
        if path := next(writes, None):
            client.set(path, b"at the last moment")
        return together(self, paths)

    monkeypatch.setattr(Sweep, "_together", late)
    removed = remove(direct, backup)
    assert (removed.state, removed.nodes, removed.sweeps) == ("gone", 6, 2)
    assert saved(backup).again == 2
    direct.restore(file_of(backup), quiet)
    assert client.get("/x/3")[0] == client.get("/x/2")[0] == b"at the last moment"


@pytest.mark.parametrize("made_anew", [False, True])
def test_z6_where_nobody_else_changed_what_is_below_a_node_its_children_are_not_looked_at(
    client: KazooClient, direct: KazooEnsemble, backup: Backup, monkeypatch: pytest.MonkeyPatch, made_anew: bool
) -> None:
    """Until somebody deletes a child and creates it anew, at the very version that was saved."""
    monkeypatch.setattr(walk, "CHUNK", 4)
    children = [f"/x/{n}" for n in range(12)]
    grow(client, ["/x", *children])
    client.set("/x/1", b"written")
    looked_at: list[str] = []
    anew: list[str] = []
    stats = Sweep._stats

    def looking(self: Sweep, paths: list[str]) -> Iterator[tuple[str, ZnodeStat]]:
        if made_anew and paths and looked_at == ["/x"]:
            anew.append(next(path for path in children if client.exists(path) and path != "/x/1"))
            client.delete(anew[0])
            client.create(anew[0], b"another")
        looked_at.extend(paths)
        return stats(self, paths)

    monkeypatch.setattr(Sweep, "_stats", looking)
    removed = remove(direct, backup)
    assert (removed.state, removed.nodes, removed.sweeps) == ("gone", 13, 1)
    assert looked_at.count("/x") == 3
    assert len(looked_at) == 3 + (8 if made_anew else 0)
    assert saved(backup).again == len(anew)
    direct.restore(file_of(backup), quiet)
    assert [client.get(path)[0] for path in anew] == [b"another"] * len(anew)
    assert client.get("/x/1")[0] == b"written"


def test_z6_of_more_written_nodes_than_are_remembered_each_is_looked_at(
    client: KazooClient, direct: KazooEnsemble, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "REMEMBERED", 2)
    grow(client, ["/x", *(f"/x/{n}" for n in range(5))])
    for number in range(4):
        client.set(f"/x/{number}", b"written")
    removed = remove(direct, backup)
    assert (removed.state, removed.nodes, removed.sweeps) == ("gone", 6, 1)
    assert (saved(backup).nodes, saved(backup).again) == (6, 0)


def test_z6_a_root_that_is_written_meanwhile_is_saved_again(
    client: KazooClient, direct: KazooEnsemble, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(client, ["/x", "/x/a"])
    after_saving(monkeypatch, lambda: client.set("/x", b"written"))
    assert remove(direct, backup).state == "gone"
    assert direct.restore(file_of(backup), quiet).equal
    assert client.get("/x")[0] == b"written"


def test_z6_a_disk_that_is_full_when_something_has_to_be_saved_again_keeps_that_and_the_file_whole(
    client: KazooClient, direct: KazooEnsemble, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(client, ["/x", "/x/a", "/x/b"])

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def meddle() -> None:
        client.set("/x/a", b"written")
        monkeypatch.setattr(os, "fsync", full)

    after_saving(monkeypatch, meddle)
    with pytest.raises(BackupTrouble, match="No space left on device; the disk is full"):
        remove(direct, backup)
    assert client.get("/x/a")[0] == b"written"
    assert [node.path for node in file_of(backup).nodes_in_order()] == ["/x", "/x/a", "/x/b"]
    assert os.listdir(backup.directory) == [os.path.basename(saved(backup).file)]


def test_z6_a_full_disk_keeps_the_znode_and_leaves_no_file(
    client: KazooClient, direct: KazooEnsemble, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(client, ["/x", "/x/a"])
    before = tree(client, "/x")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BackupTrouble, match="No space left on device"):
        remove(direct, backup)
    assert tree(client, "/x") == before
    assert client.exists("/x").version == 0
    assert os.listdir(backup.directory) == []


def test_z6_what_may_not_be_read_is_not_deleted(client: KazooClient, direct: KazooEnsemble, backup: Backup) -> None:
    grow(client, ["/x", "/x/a"])
    client.create("/x/secret", b"s", acl=KAFKA)
    with pytest.raises(ZooKeeperTrouble, match=r"denies reading /x/secret") as refused:
        remove(direct, backup)
    assert "--zookeeper-auth-file" in (refused.value.remedy or "")
    assert set(everything_below(client, "/x")) == {"/x", "/x/a", "/x/secret"}
    assert os.listdir(backup.directory) == []


def test_z6_an_ephemeral_node_is_named_only(client: KazooClient, direct: KazooEnsemble, backup: Backup) -> None:
    grow(client, ["/x", "/x/a"])
    client.create("/x/lives", b"l", ephemeral=True)
    with pytest.raises(Refusal) as refused:
        remove(direct, backup)
    assert refused.value.rule is rules.O4
    assert remove(direct, backup, even_live=True).state == "gone"
    assert (saved(backup).nodes, saved(backup).ephemerals) == (2, 1)
    restored = direct.restore(file_of(backup), quiet)
    assert (restored.equal, restored.created, restored.ephemerals) == (True, 2, 1)
    assert client.exists("/x/lives") is None


def test_z6_through_exhibitor_there_is_no_backup(
    client: KazooClient, through_exhibitor: ExhibitorEnsemble, backup: Backup
) -> None:
    grow(client, ["/x"])
    with pytest.raises(BackupTrouble, match="Exhibitor shows no ACLs"):
        through_exhibitor.remove("/x", through_exhibitor.look("/x").czxid, quiet, Care(backup=backup))
    assert client.exists("/x")


def test_z6_after_a_lost_connection_it_goes_on_with_the_same_file(
    client: KazooClient,
    zookeeper: ZooKeeperServer,
    direct: KazooEnsemble,
    backup: Backup,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grow(client, ["/x", *(f"/x/{n}" for n in range(50))])
    dropped = iter([True])

    def lose() -> None:
        if next(dropped, False):
            direct._session._handler._socket.shutdown(2)  # type: ignore[union-attr]

    save = Saver.read

    def read(self: Saver, asked: KazooClient, paths: list[str]) -> Iterator[saving.Asked]:
        lose()
        return save(self, asked, paths)

    monkeypatch.setattr(Saver, "read", read)
    after_saving(monkeypatch, lambda: direct._session._handler._socket.shutdown(2))  # type: ignore[union-attr]
    assert remove(direct, backup).state == "gone"
    assert file_of(backup).nodes == 51
    assert len(os.listdir(backup.directory)) == 1


# --- the restore ------------------------------------------------------------------------------------------------------


def test_z7_a_znode_that_is_there_is_left_alone(client: KazooClient, direct: KazooEnsemble, backup: Backup) -> None:
    grow(client, ["/x", "/x/a"])
    remove(direct, backup)
    client.create("/x", b"somebody else's")
    for put_back in (
        lambda: direct.expect_room(file_of(backup)),
        lambda: direct.restore(file_of(backup), quiet),
        lambda: direct.restore(file_of(backup), quiet, go_on=True),
    ):
        with pytest.raises(Refusal) as refused:
            put_back()
        assert refused.value.rule is rules.Z7
    assert {path: data for path, (data, _) in tree(client, "/x").items()} == {"/x": b"somebody else's"}


def test_z7_one_that_was_interrupted_goes_on(
    client: KazooClient, super_user: KazooEnsemble, direct: KazooEnsemble, zookeeper: ZooKeeperServer, backup: Backup
) -> None:
    before = unusual(client)
    remove(super_user, backup)
    done = restore_until(zookeeper, backup, lambda _: True)
    assert 0 < done.created < len(before)
    with pytest.raises(Refusal):
        direct.restore(file_of(backup), quiet)
    assert direct.restore(file_of(backup), quiet, go_on=True).equal
    assert tree(client, "/x") == before
    again = direct.restore(file_of(backup), quiet, go_on=True)
    assert (again.created, again.equal) == (0, True)


def test_z7_a_restore_that_goes_on_leaves_the_acl_of_somebody_elses_node(
    client: KazooClient, super_user: KazooEnsemble, backup: Backup
) -> None:
    """With the very data of the backup it may be a new instance of the service."""
    client.create("/x", b"r", acl=KAFKA)
    client.create("/x/a", b"s", acl=KAFKA)
    remove(super_user, backup)
    theirs = [make_acl("world", "anyone", all=True), make_digest_acl("other", "o", all=True)]
    client.create("/x", b"r", acl=theirs)
    restored = super_user.restore(file_of(backup), quiet, go_on=True)
    assert client.get_acls("/x")[0] == theirs
    assert [path for path, _ in restored.acls.first] == ["/x"]


def test_an_acl_that_the_server_does_not_know_is_closed_after_an_interruption_too(
    client: KazooClient,
    direct: KazooEnsemble,
    zookeeper: ZooKeeperServer,
    backup: Backup,
) -> None:
    """What the first run learned of the server, the second one has to see in what is there."""
    sasl = Permission(31, "sasl", "kafka")
    kafka = Permission(31, "digest", KAFKA[0].id.id)
    acls = {"/x": (sasl, kafka), "/x/none": (sasl,)}
    backup.begin(Header(path="/x", ensemble="", saved="", janitor="", czxid="0x1", zxid="0x1"), "here")
    backup.write([Node(path, "", acl, 0, 1) for path, acl in acls.items()] + [Node("/x/none/below", "", (kafka,), 0)])
    backup.finish()
    restore_until(zookeeper, backup, lambda nodes: nodes == 3)
    assert [len(client.get_acls(path)[0]) for path in acls] == [2, 2]
    direct.restore(file_of(backup), quiet, go_on=True)
    assert client.get_acls("/x")[0] == KAFKA
    assert client.get_acls("/x/none")[0] == [make_acl("world", "anyone")]


def test_an_acl_that_the_server_does_not_know_is_named_and_closes_the_node(
    client: KazooClient, direct: KazooEnsemble, backup: Backup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an ACL of schemes that this server lacks, the rest is set; where nothing is left, nobody may use the node."""
    grow(client, ["/x", "/x/a", "/x/b", "/x/c"])
    line = Saver.line

    def as_on_another(self: Saver, path: str, data: bytes | None, shown: object, acl: list[ACL]) -> object:
        known = {
            "/x/a": [make_acl("sasl", "kafka", all=True), *READ_ONLY],
            "/x/b": [make_acl("x509", "CN=k", all=True)],
        }
        return line(self, path, data, shown, known.get(path, acl))  # type: ignore[arg-type]

    monkeypatch.setattr(Saver, "line", as_on_another)
    remove(direct, backup)
    restored = direct.restore(file_of(backup), quiet)
    assert (restored.created, restored.equal, restored.acls.count) == (4, False, 2)
    assert [path for path, _ in restored.acls.first] == ["/x/a", "/x/b"]
    assert "scheme sasl" in restored.acls.first[0][1]
    assert client.get_acls("/x/a")[0] == READ_ONLY
    assert client.get_acls("/x/b")[0] == [make_acl("world", "anyone")]
    assert client.get_acls("/x/c")[0] == OPEN


def test_a_digest_that_was_not_shown_is_said_to_be_missing(
    client: KazooClient, direct: KazooEnsemble, super_user: KazooEnsemble, backup: Backup
) -> None:
    grow(client, ["/x"])
    client.create("/x/a", b"s", acl=[*KAFKA, make_acl("world", "anyone", read=True)])
    remove(direct, backup)
    assert saved(backup).masked == 1
    restored = super_user.restore(file_of(backup), quiet)
    assert [path for path, _ in restored.acls.first] == ["/x/a"]
    assert not restored.equal


def test_what_somebody_writes_while_it_is_restored_is_found(
    client: KazooClient, direct: KazooEnsemble, backup: Backup
) -> None:
    grow(client, ["/x", *(f"/x/{n}" for n in range(20))])
    remove(direct, backup)

    def meddle(done: int, doing: str) -> None:
        if client.exists("/x/new") is None:
            client.create("/x/new")
            client.set("/x/7", b"written")

    restored = direct.restore(file_of(backup), meddle)
    assert not restored.equal
    assert restored.unlike.first == [("/x/7", "its data is different"), ("/x", "there are 22 znodes by now")]


@pytest.mark.parametrize("path", ["/mesos", "/marathon/state"])
def test_z1_what_belongs_to_the_cluster_is_not_put_back(direct: KazooEnsemble, backup: Backup, path: str) -> None:
    backup.begin(Header(path=path, ensemble="", saved="", janitor="", czxid="0x1", zxid="0x1"), "here")
    backup.write([Node(path, "", (Permission(31, "world", "anyone"),), 0)])
    backup.finish()
    with pytest.raises(Refusal) as refused:
        direct.restore(file_of(backup), quiet)
    assert refused.value.rule is rules.Z1


def test_a_chroot_has_to_be_that_of_the_backup(
    client: KazooClient, zookeeper: ZooKeeperServer, direct: KazooEnsemble, backup: Backup
) -> None:
    grow(client, ["/x", "/x/a"])
    remove(direct, backup, "/x/a")
    for chroot, fits in (("/x", True), ("/y", False)):
        ensemble = KazooEnsemble(parse_hosts(zookeeper.address + chroot), Patience(600))
        try:
            if fits:
                assert ensemble.restore(file_of(backup), quiet).equal
            else:
                with pytest.raises(UsageError, match="is not below the chroot /y"):
                    ensemble.restore(file_of(backup), quiet)
        finally:
            ensemble.close()
