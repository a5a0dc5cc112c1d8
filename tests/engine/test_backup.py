"""`--backup` and `janitor restore`, whole: what is deleted can be taken back (rules Z6, Z7)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from janitor.cli.engine import Engine
from tests.cli.documents import document
from tests.cli.terminal import Ran, janitor
from tests.engine.scene import PRINCIPAL, ROLE, ZNODE, Scene
from tests.engine.test_audit import events, recorded
from tests.zookeeper.trees import everything_below

PATH = f"/{ZNODE}"


def run(scene: Scene, *words: str, stdin: str = "", **environ: str) -> Ran:
    assert scene.target.zookeeper is not None
    where = ("-m", scene.target.mesos, "-n", scene.target.marathon, "--zookeeper", scene.target.zookeeper)
    return janitor(*words, *where, environ=environ, stdin=stdin, engine=Engine())


def clean(scene: Scene, *more: str, **environ: str) -> Ran:
    return run(scene, "-r", ROLE, "-p", PRINCIPAL, "-z", ZNODE, *more, **environ)


def shape(scene: Scene) -> dict[str, tuple[Any, Any]]:
    return {
        path: (scene.client.get(path)[0], scene.client.get_acls(path)[0])
        for path in everything_below(scene.client, PATH)
    }


def test_z6_z7_a_service_is_removed_and_its_znode_taken_back(scene: Scene, tmp_path: Path) -> None:
    before, log = shape(scene), tmp_path / "log"
    kept = tmp_path / "kept"
    kept.mkdir()

    rehearsed = clean(scene, "--backup", str(kept), "--dry-run")
    assert (rehearsed.status, f"  saved before that in {kept}\n" in rehearsed.stderr) == (0, True)
    assert list(kept.iterdir()) == []

    ran = clean(scene, "--output", "json", JANITOR_BACKUP=str(kept), JANITOR_AUDIT_LOG=str(log))
    znode = document(ran)["outcome"]["znode"]
    (file,) = kept.iterdir()
    assert (ran.status, znode["state"], znode["backup"], znode["saved"]) == (0, "gone", str(file), len(before))
    assert f"  {len(before)} nodes of it saved in {file}\n" in ran.stderr
    assert not scene.znode()

    restore = ("restore", str(file))
    looked = run(scene, *restore, "--dry-run", "--detailed-exitcode")
    assert (looked.status, scene.znode()) == (10, False)
    assert f"A run would put {PATH} back ({len(before)} nodes). Nothing was changed." in looked.stdout
    unasked = run(scene, *restore)
    assert (unasked.status, scene.znode()) == (6, False)
    back = run(scene, *restore, "--yes", JANITOR_AUDIT_LOG=str(log))
    assert back.status == 0, back.stderr
    assert f"{PATH}: {len(before)} of {len(before)} nodes created" in back.stdout
    assert "Compared with the backup: everything is there as it was saved." in back.stdout
    assert shape(scene) == before

    again = document(run(scene, *restore, "--yes", "--output", "json"))
    assert (again["status"], again["error"]["rule"], again["error"]["rule_name"]) == (6, "Z7", "nothing-over")
    assert again["error"]["commands"][0].endswith(f"ls {PATH}")
    assert "--continue" in again["error"]["commands"][1]
    going_on = document(run(scene, *restore, "--yes", "--continue", "--output", "json"))
    assert (going_on["status"], going_on["created"], going_on["equal"]) == (0, 0, True)

    lines = recorded(log)
    assert events(lines)[-5:] == ["end", "begin", "restore_intent", "restore_end", "end"]
    assert next(line for line in lines if line["event"] == "znode_end")["backup"] == str(file)
    shown = janitor("audit", "show", str(log)).stdout
    assert f"    saved first in {file}\n" in shown
    assert f"  Znode {PATH}: put back from {file}, {len(before)} of {len(before)} nodes created\n" in shown


def test_z6_a_directory_that_is_not_there_ends_it_before_anything_is_contacted(scene: Scene, tmp_path: Path) -> None:
    for more in ((), ("--dry-run",)):
        ran = clean(scene, "--backup", str(tmp_path / "missing"), *more)
        assert ran.status == 5
        assert "there is no such directory" in ran.stderr
    assert scene.control.requests() == []
    assert scene.znode()


def test_z6_an_empty_variable_is_no_backup_that_nobody_wants(scene: Scene) -> None:
    assert clean(scene, JANITOR_BACKUP="").status == 1
    assert scene.control.requests() == []


@pytest.mark.parametrize(
    "words",
    [
        ("clean", "-z", ZNODE, "-e", "http://127.0.0.1:1/"),
        ("uninstall", "kafka", "--dcos-url", "http://127.0.0.1:1"),
        ("sweep", "--dcos-url", "http://127.0.0.1:1"),
    ],
)
def test_z6_through_exhibitor_alone_it_is_refused_before_anything_is_contacted(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    told = document(janitor(*words, "--backup", str(tmp_path), "--output", "json", engine=Engine()))
    assert (told["status"], told["error"]["kind"]) == (5, "BackupTrouble")
    assert "Exhibitor shows no ACLs" in told["error"]["message"]
    assert "--zookeeper HOST:PORT" in told["error"]["commands"][0]


def test_a_restore_contacts_nothing_but_the_zookeeper_that_is_named(scene: Scene, tmp_path: Path) -> None:
    clean(scene, "--backup", str(tmp_path))
    (file,) = tmp_path.iterdir()
    scene.control.clear_requests()
    assert run(scene, "restore", str(file), "--yes").status == 0
    assert scene.control.requests() == []


def test_a_restore_asks_the_master_for_its_zookeeper_where_none_is_named(scene: Scene, tmp_path: Path) -> None:
    """The sandbox's master has no flag: its own host is asked, at ZooKeeper's port, whoever is there."""
    clean(scene, "--backup", str(tmp_path))
    (file,) = tmp_path.iterdir()
    scene.control.clear_requests()
    janitor("restore", str(file), "--dry-run", "-m", scene.target.mesos, "--timeout", "5s", engine=Engine())
    assert scene.control.requests() != []
    alone = janitor("restore", str(file), "--yes", "--dcos-url", "http://127.0.0.1:1", engine=Engine())
    assert (alone.status, "only Exhibitor is reached" in alone.stderr) == (1, True)


def test_a_damaged_file_ends_it_before_zookeeper_is_asked(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jsonl.gz"
    damaged.write_bytes(b"\x1f\x8b\x08\x00")
    words = ("restore", str(damaged), "--yes", "--zookeeper", "127.0.0.1:1", "--output", "json")
    told = json.loads(janitor(*words, engine=Engine()).stdout)
    assert (told["status"], told["error"]["kind"]) == (5, "BackupTrouble")
