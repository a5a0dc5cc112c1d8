"""Exhibitor: alone, and for the root that only a client on a master may delete (rule Z4)."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from kazoo.client import KazooClient
from kazoo.security import make_acl

from janitor.errors import Interrupted, ZooKeeperTrouble
from janitor.patience import Patience
from janitor.transport.http import Http
from janitor.transport.trust import Trust
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.ensemble import Ensemble
from janitor.zookeeper.exhibitor import ATTEMPTS, ExhibitorEnsemble
from janitor.zookeeper.paths import parse_hosts
from janitor.zookeeper.removal import BothWays
from tests.clock import HANGS
from tests.zookeeper.exhibitor import Exhibitor
from tests.zookeeper.server import ZooKeeperServer
from tests.zookeeper.service import abandon_service, register_master
from tests.zookeeper.trees import everything_below, grow, remove

READ_ONLY = [make_acl("world", "anyone", read=True)]


def hasty() -> Patience:
    """A patience whose waits take no time."""
    return Patience(HANGS, sleep=lambda _: False)


@pytest.fixture
def hurried(exhibitor: Exhibitor) -> Iterator[ExhibitorEnsemble]:
    """The ensemble through Exhibitor, without waiting between attempts."""
    http = Http(trust=Trust([exhibitor.url]), patience=Patience(HANGS))
    yield ExhibitorEnsemble(http, exhibitor.url, hasty())
    http.close()


def deletions(exhibitor: Exhibitor) -> list[str]:
    return [request for request in exhibitor.requests if request.startswith("DELETE")]


# Alone.


def test_exactly_the_znode_is_asked_for(
    client: KazooClient, exhibitor: Exhibitor, through_exhibitor: ExhibitorEnsemble
) -> None:
    path = abandon_service(client, "team/kafka")
    removed = remove(through_exhibitor, path)
    assert (removed.state, removed.how, removed.words) == ("gone", "exhibitor", "OK")
    assert deletions(exhibitor) == ["DELETE /exhibitor/v1/explorer/znode/dcos-service-team__kafka"]


@pytest.mark.parametrize("name", ["a b", "a?b=c", "a#b", "a%2Fb", "größe"])
def test_a_name_that_urls_give_a_meaning_to_is_deleted_and_nothing_else(
    client: KazooClient, through_exhibitor: ExhibitorEnsemble, name: str
) -> None:
    grow(client, [f"/{name}", f"/{name}/x", "/a", "/a/b"])
    assert remove(through_exhibitor, f"/{name}").state == "gone"
    assert client.exists(f"/{name}") is None
    assert list(everything_below(client, "/a")) == ["/a", "/a/b"]


def test_z4_its_answer_is_its_body_a_denial_with_status_200_is_trouble(
    zookeeper: ZooKeeperServer, client: KazooClient
) -> None:
    grow(client, ["/x", "/x/kept", "/x/kept/1"])
    client.set_acls("/x/kept", READ_ONLY)
    with Exhibitor(zookeeper) as anybody:
        http = Http(trust=Trust([anybody.url]), patience=Patience(HANGS))
        with pytest.raises(ZooKeeperTrouble, match="NoAuth") as trouble:
            remove(ExhibitorEnsemble(http, anybody.url, hasty()), "/x")
        http.close()
        assert len(deletions(anybody)) == 1
    assert trouble.value.denied


def test_z4_an_exhibitor_that_may_not_delete_the_root_leaves_it(
    zookeeper: ZooKeeperServer, client: KazooClient
) -> None:
    path = abandon_service(client, "kafka")
    with Exhibitor(zookeeper) as anybody, zookeeper.enterprise_root():
        http = Http(trust=Trust([anybody.url]), patience=Patience(HANGS))
        removed = remove(ExhibitorEnsemble(http, anybody.url, hasty()), path)
        http.close()
    assert (removed.state, removed.words) == ("root-left", f"KeeperErrorCode = NoAuth for {path}")
    assert list(everything_below(client, path)) == [path]


def test_an_answer_that_is_lost_is_looked_for(
    client: KazooClient, exhibitor: Exhibitor, hurried: ExhibitorEnsemble
) -> None:
    path = abandon_service(client, "kafka")
    exhibitor.lost_answers = 1
    removed = remove(hurried, path)
    assert removed.state == "gone"
    assert len(deletions(exhibitor)) == 1


def test_what_stops_half_way_is_asked_for_again_but_not_for_ever(
    client: KazooClient, exhibitor: Exhibitor, hurried: ExhibitorEnsemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = abandon_service(client, "kafka")
    answers = iter([{"message": f"KeeperErrorCode = NotEmpty for {path}", "succeeded": False}] * 3)
    really = exhibitor.delete
    monkeypatch.setattr(exhibitor, "delete", lambda asked: next(answers, None) or really(asked))
    assert remove(hurried, path).sweeps == 4
    assert client.exists(path) is None

    abandon_service(client, "kafka")
    exhibitor.requests.clear()
    never = {"message": "KeeperErrorCode = ConnectionLoss", "succeeded": False}
    monkeypatch.setattr(exhibitor, "delete", lambda _: never)
    with pytest.raises(ZooKeeperTrouble, match="ConnectionLoss"):
        remove(hurried, path)
    assert len(deletions(exhibitor)) == ATTEMPTS


def test_succeeded_and_still_there_is_not_believed(
    client: KazooClient, exhibitor: Exhibitor, hurried: ExhibitorEnsemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = abandon_service(client, "kafka")
    monkeypatch.setattr(exhibitor, "delete", lambda _: {"message": "OK", "succeeded": True})
    with pytest.raises(ZooKeeperTrouble):
        remove(hurried, path)


def test_node_changes_that_are_disabled_are_a_denial(
    client: KazooClient, exhibitor: Exhibitor, through_exhibitor: ExhibitorEnsemble
) -> None:
    path = abandon_service(client, "kafka")
    exhibitor.node_changes = False
    with pytest.raises(ZooKeeperTrouble, match="403") as trouble:
        remove(through_exhibitor, path)
    assert trouble.value.denied


def test_an_exhibitor_that_is_not_there_is_trouble_that_names_the_option() -> None:
    with socket.socket() as claim:
        claim.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{claim.getsockname()[1]}/"
        http = Http(trust=Trust([url]), patience=Patience(HANGS))
        with pytest.raises(ZooKeeperTrouble) as trouble:
            ExhibitorEnsemble(http, url, Patience(HANGS)).look("/x")
        http.close()
    assert url in trouble.value.message
    assert trouble.value.remedy is not None


def test_what_is_no_exhibitor_is_trouble(client: KazooClient, exhibitor: Exhibitor) -> None:
    url = f"{exhibitor.url}some/where/"
    http = Http(trust=Trust([url]), patience=Patience(HANGS))
    with pytest.raises(ZooKeeperTrouble, match="404"):
        ExhibitorEnsemble(http, url, Patience(HANGS)).look("/x")
    http.close()


def test_the_deadline_and_a_signal_end_waiting_for_exhibitor(client: KazooClient, exhibitor: Exhibitor) -> None:
    abandon_service(client, "kafka")
    patience = Patience(HANGS)
    http = Http(trust=Trust([exhibitor.url]), patience=patience)
    ensemble = ExhibitorEnsemble(http, exhibitor.url, patience)
    patience.stop.raise_(15)
    with pytest.raises(Interrupted):
        ensemble.look("/dcos-service-kafka")
    late = Patience(0)
    with pytest.raises(ZooKeeperTrouble):
        ExhibitorEnsemble(http.with_patience(late), exhibitor.url, late).look("/dcos-service-kafka")
    http.close()


# Both ways.


@pytest.fixture
def both(direct: KazooEnsemble, hurried: ExhibitorEnsemble) -> BothWays:
    return BothWays(direct, hurried)


def test_z4_exhibitor_deletes_the_root_that_zookeeper_would_not_let_us(
    zookeeper: ZooKeeperServer, client: KazooClient, exhibitor: Exhibitor, both: BothWays
) -> None:
    path = abandon_service(client, "kafka")
    count = len(list(everything_below(client, path)))
    with zookeeper.enterprise_root():
        removed = remove(both, path)
    assert (removed.state, removed.how, removed.nodes) == ("gone", "exhibitor", count)
    assert client.exists(path) is None
    assert len(deletions(exhibitor)) == 1


def test_z4_exhibitor_is_left_alone_when_zookeeper_is_enough(
    client: KazooClient, exhibitor: Exhibitor, both: BothWays
) -> None:
    assert remove(both, abandon_service(client, "kafka")).how == "zookeeper"
    assert exhibitor.requests == []


def test_z4_another_ensembles_exhibitor_deletes_nothing(
    zookeeper: ZooKeeperServer,
    client: KazooClient,
    exhibitor: Exhibitor,
    both: BothWays,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = abandon_service(client, "kafka")
    other = {"bytes": "", "str": "", "stat": "czxid: 1, ephemeralOwner: 0, dataLength: 0, numChildren: 0"}
    monkeypatch.setattr(exhibitor, "node_data", lambda _: other)
    with zookeeper.enterprise_root():
        removed = remove(both, path)
    assert removed.state == "root-left"
    assert "NoAuth" in removed.words
    assert deletions(exhibitor) == []


def test_z4_a_root_in_which_something_appeared_is_not_deleted_through_exhibitor(
    zookeeper: ZooKeeperServer, client: KazooClient, exhibitor: Exhibitor, both: BothWays
) -> None:
    path = abandon_service(client, "kafka")

    def return_to_life(deleted: int, doing: str) -> None:
        if "Exhibitor" in doing:
            client.ensure_path(f"{path}/Tasks/new")

    with zookeeper.enterprise_root():
        removed = both.remove(path, both.look(path).czxid, return_to_life)
    assert removed.state == "root-left"
    assert "not empty" in removed.words
    assert deletions(exhibitor) == []
    assert client.exists(f"{path}/Tasks/new") is not None


@pytest.mark.parametrize("fault", ["unplugged", "node changes"])
def test_z4_whatever_exhibitor_does_the_root_is_left_and_its_words_are_told(
    zookeeper: ZooKeeperServer, client: KazooClient, exhibitor: Exhibitor, both: BothWays, fault: str
) -> None:
    path = abandon_service(client, "kafka")
    exhibitor.unplugged = fault == "unplugged"
    exhibitor.node_changes = fault != "node changes"
    with zookeeper.enterprise_root():
        removed = remove(both, path)
    assert removed.state == "root-left"
    assert "Exhibitor at" in removed.words


def test_both_ways_ask_zookeeper_itself_for_everything_else(
    client: KazooClient, exhibitor: Exhibitor, both: BothWays, direct: KazooEnsemble
) -> None:
    path = abandon_service(client, "kafka", live_lock=True)
    register_master(client, "/masters", "the-id")
    assert both.look(path) == direct.look(path)
    assert both.master_id("/masters") == "the-id"
    assert both.name == direct.name
    assert exhibitor.requests == []
    both.close()


def test_z4_the_full_path_goes_to_exhibitor_which_knows_no_chroot(
    zookeeper: ZooKeeperServer, client: KazooClient, hurried: ExhibitorEnsemble
) -> None:
    grow(client, ["/prod", "/prod/x", "/prod/x/y", "/x", "/x/y"], b"")
    client.set_acls("/prod", [make_acl("world", "anyone", create=True, read=True)])
    inside: Ensemble = BothWays(KazooEnsemble(parse_hosts(f"{zookeeper.address}/prod"), Patience(HANGS)), hurried)
    assert remove(inside, "/x").how == "exhibitor"
    inside.close()
    assert list(everything_below(client, "/prod")) == ["/prod"]
    assert list(everything_below(client, "/x")) == ["/x", "/x/y"]
