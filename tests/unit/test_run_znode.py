"""The znode goes last, and only if it is still the one that was seen at the start (rule Z5)."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from janitor import rules
from janitor.cleanup.memory import Memory
from janitor.cleanup.outcome import Blocked, ZnodeRecord
from janitor.cleanup.znode import remove_znode, root_left_remedy
from janitor.errors import JanitorError, OutOfTime, Refusal, ZooKeeperTrouble
from janitor.events import Event, ZnodeProgress, silent
from janitor.exits import Exit
from janitor.zookeeper.ensemble import CARE, Care, Looking, Progress, unheard
from janitor.zookeeper.znode import Removed, Znode
from tests.unit.builders import ZNODE, job, look, snapshot, znode_view

PATH = f"/{ZNODE}"


@dataclass
class Ensemble:
    """Takes down what it is asked to remove, and ends as it was told."""

    end: Removed | JanitorError = field(default_factory=lambda: Removed("gone", 7, 1, "zookeeper", ""))
    asked: list[tuple[str, int | None]] = field(default_factory=list)
    name: str = "ZooKeeper at 10.0.0.1:2181"

    def look(self, path: str, before: Znode | None = None, tell: Looking = unheard) -> Znode:
        raise AssertionError

    def master_id(self, mesos_path: str) -> str | None:
        raise AssertionError

    def beside(self, path: str) -> tuple[str, ...]:
        raise AssertionError

    def remove(self, path: str, czxid: int | None, progress: Progress, care: Care = CARE) -> Removed:
        self.asked.append((path, czxid))
        progress(3, "deleting")
        if isinstance(self.end, JanitorError):
            raise self.end
        return self.end

    def close(self) -> None:
        raise AssertionError


def removed(ensemble: Ensemble, *, first: int | None = 77, last: int | None = 77) -> ZnodeRecord:
    """The record of a removal; `first` and `last` are the czxids of the first and the last look, None for no znode."""
    views = [znode_view(exists=czxid is not None, czxid=czxid) for czxid in (first, last)]
    memory = Memory()
    for view in views:
        memory = memory.after_look(look(snapshot(), znode=view), job(znode=ZNODE))
    record, refused = remove_znode(ensemble, views[-1], PATH, memory, silent)
    assert refused is None
    return record


def test_z5_the_znode_of_the_first_look_is_deleted() -> None:
    ensemble = Ensemble()
    record = removed(ensemble)
    assert ensemble.asked == [(PATH, 77)]
    assert (record.path, record.state, record.nodes, record.how) == (PATH, "gone", 7, ensemble.name)


@pytest.mark.parametrize("first", [None, 66])
def test_z5_one_that_appeared_or_was_replaced_meanwhile_is_kept(first: int | None) -> None:
    ensemble = Ensemble()
    record = removed(ensemble, first=first)
    assert ensemble.asked == []
    assert record.state == "kept"
    assert record.words
    assert record.remedy


@pytest.mark.parametrize("first", [None, 77])
def test_z3_a_missing_znode_is_success_and_nothing_is_asked(first: int | None) -> None:
    ensemble = Ensemble()
    assert removed(ensemble, first=first, last=None).state == "missing"
    assert ensemble.asked == []


def test_z5_a_znode_whose_identity_was_never_told_is_kept() -> None:
    memory = Memory().after_look(look(snapshot(), znode=znode_view(czxid=None)), job(znode=ZNODE))
    record, _ = remove_znode(Ensemble(), znode_view(czxid=None), PATH, memory, silent)
    assert record.state == "kept"


def test_z4_an_empty_root_that_may_not_be_removed_is_named_with_what_removes_it() -> None:
    record = removed(Ensemble(Removed("root-left", 6, 1, "zookeeper", "NoAuth")))
    assert (record.state, record.words) == ("root-left", "NoAuth")
    assert record.remedy is not None
    assert "--network host" in record.remedy
    assert f"-z {PATH} --zookeeper 127.0.0.1:2181" in record.remedy
    assert "--zookeeper-auth-file" in record.remedy


def test_z4_the_command_for_a_master_reaches_the_same_cluster_there() -> None:
    reach = (
        *("-m", "http://10.0.0.1:5050/", "-e", "http://x:8181/", "--zookeeper", "zk1:2281,zk2:2281/dcos"),
        *("--zookeeper-tls", "--ca-cert", "/etc/ca.pem", "--mesos-principal", "ops", "--insecure"),
    )
    remedy = root_left_remedy("/kafka", "/dcos/kafka", reach)
    assert remedy.ways[0].text == "To remove it, on a master, where the files that it names have to be, too:"
    assert remedy.commands[0] == (
        "docker run --rm --network host -v /etc/ca.pem:/etc/ca.pem:ro IMAGE /janitor.py -z /kafka --zookeeper "
        "127.0.0.1:2281/dcos -m http://10.0.0.1:5050/ --zookeeper-tls --ca-cert /etc/ca.pem --mesos-principal ops "
        "--insecure"
    )
    plain = root_left_remedy("kafka", "/kafka", ()).commands[0]
    assert plain == "docker run --rm --network host IMAGE /janitor.py -z kafka --zookeeper 127.0.0.1:2181"


def test_z3_what_zookeeper_does_to_us_is_in_the_record() -> None:
    record = removed(Ensemble(ZooKeeperTrouble("half done", remedy="again")))
    assert (record.state, record.words, record.remedy) == ("failed", "half done", "again")


def test_o4_what_stopped_the_deletion_is_a_refusal_and_the_record_tells_how_far_it_came() -> None:
    memory = Memory().after_look(look(snapshot(), znode=znode_view()), job(znode=ZNODE))
    lives = Refusal("it lives", rule=rules.O4, remedy="stop it")
    record, refused = remove_znode(Ensemble(lives), znode_view(), PATH, memory, silent)
    assert (record.state, record.nodes, record.words) == ("kept", 3, "The deletion stopped after 3 znodes.")
    assert refused == Blocked(rules.O4, Exit.REFUSED, "it lives", "stop it")


def test_what_mesos_does_to_us_in_the_midst_of_it_is_in_the_record_too() -> None:
    record = removed(Ensemble(OutOfTime("too late")))
    assert (record.state, record.nodes, record.words) == ("failed", 3, "too late")


def test_progress_becomes_events() -> None:
    events: list[Event] = []
    memory = Memory().after_look(look(snapshot(), znode=znode_view()), job(znode=ZNODE))
    remove_znode(Ensemble(), znode_view(), PATH, memory, events.append)
    assert events == [ZnodeProgress(PATH, 3, "deleting")]
