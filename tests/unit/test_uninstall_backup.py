"""With --backup: a scheduler that deletes its znode itself is told to begin only when the znode is saved (rule Z6)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from janitor.errors import BackupTrouble
from janitor.mesos.cluster import Unknown
from janitor.patience import Patience
from janitor.uninstall.drive import Driver
from janitor.uninstall.ended import Ended
from janitor.uninstall.situation import Choice
from janitor.uninstall.survey import Surveyor
from janitor.zookeeper.backup import Saved
from tests.unit.uninstall_world import Site, World, installed

CHOICE = Choice(backup="/kept")


@dataclass
class FullDisk(Site):
    tried: list[str] = field(default_factory=list)

    def save_znode(self, path: str, directory: str) -> Saved | None:
        self.tried.append(path)
        raise BackupTrouble("The backup cannot be written into /kept.", why="No space left on device")


class Steps:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> bool:
        self.now += max(seconds, 0.1)
        return False


def run(site: Site, *, yes: bool = True, **settings: Any) -> Ended:
    clock = Steps()
    return Driver(
        site=site,
        surveyor=Surveyor(site, "kafka", CHOICE),
        choice=CHOICE,
        patience=Patience(5.0, clock=clock, sleep=clock.sleep),
        view=lambda _: None,
        confirm=lambda _question, _name: yes,
        **settings,
    ).run()


def world(**changes: Any) -> World:
    made = installed()
    made.znodes["dcos-service-kafka"] = True
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("site", "why"),
    [
        (FullDisk(world()), "No space left on device"),
        (Site(world(znodes={"dcos-service-kafka": Unknown("connection refused")})), "connection refused"),
    ],
    ids=["a full disk", "no ZooKeeper"],
)
def test_z6_what_cannot_be_saved_is_not_begun(site: Site, why: str) -> None:
    ended = run(site)
    assert (ended.status, ended.taken, site.world.written) == (5, (), [])
    assert why in str(ended.why)


@pytest.mark.parametrize("settings", [{"yes": False}, {"dry_run": True}], ids=["not confirmed", "a dry run"])
def test_z6_nothing_is_saved_where_nothing_is_begun(settings: dict[str, Any]) -> None:
    site = Site(world())
    run(site, **settings)
    assert site.world.written == []


def test_z6_it_is_saved_once_and_before_the_start() -> None:
    site = Site(world())
    ended = run(site)
    assert ended.taken[0] == "Save dcos-service-kafka in /kept/file (3 nodes)"
    assert [what for what, _, _ in site.world.written[:2]] == ["save", "start"]
    assert [what for what, _, _ in site.world.written].count("save") == 1
