"""The file of a backup: what is written is read; what was cut off, altered or never was one is not restored (Z6)."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kazoo.security import make_acl, make_digest_acl

from janitor.cli.environment import Channel
from janitor.cli.results import PutBack
from janitor.cli.views.report import Report
from janitor.errors import BackupTrouble, Interrupted, UsageError
from janitor.redact import Redactor
from janitor.zookeeper import backupfile
from janitor.zookeeper.backup import Backup, expect_writable, file_name
from janitor.zookeeper.backupfile import BackupFile
from janitor.zookeeper.backupformat import Ephemeral, Header, Node, Permission, encode
from janitor.zookeeper.kazoonode import same_acl
from janitor.zookeeper.restoring import Restored, batches

OPEN = (Permission(31, "world", "anyone"),)
HEADER = Header(
    path="/x", ensemble="10.0.0.5:2181", saved="2026-01-31T00:00:00Z", janitor="0.1.0", czxid="0x1", zxid="0x2"
)
NODES = [Node("/x", None, OPEN, 0, 2), Node("/x/a", "AAE=", OPEN, 3), Node("/x/\u00e4 b", "", OPEN, 0)]


def written(directory: Path, *again: Node | Ephemeral) -> Backup:
    """A finished backup of NODES and one ephemeral node; `again` is what was saved again, each on its own."""
    backup = Backup(str(directory))
    backup.begin(HEADER, "10.0.0.5")
    backup.write([*NODES, Ephemeral("/x/lives", "0x10")])
    backup.finish()
    for one in again:
        backup.add([one])
    return backup


def path_of(backup: Backup) -> Path:
    assert backup.saved is not None
    return Path(backup.saved.file)


def read(path: Path) -> BackupFile:
    return BackupFile(str(path), lambda: None)


def test_the_format_is_the_one_that_is_documented(tmp_path: Path) -> None:
    """docs/backup.md: who reads it without Janitor relies on it."""
    path = path_of(written(tmp_path, Node("/x/a", "Ag==", OPEN, 4)))
    lines: list[dict[str, Any]] = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    acl = [{"perms": 31, "scheme": "world", "id": "anyone"}]
    assert lines[0]["format"] == "janitor-znode-backup"
    assert lines[0]["version"] == 1
    assert lines[1:-1] == [
        {"is": "node", "path": "/x", "data": None, "acl": acl, "version": 0, "children": 2},
        {"is": "node", "path": "/x/a", "data": "AAE=", "acl": acl, "version": 3, "children": 0},
        {"is": "node", "path": "/x/\u00e4 b", "data": "", "acl": acl, "version": 0, "children": 0},
        {"is": "ephemeral", "path": "/x/lives", "session": "0x10"},
        {"is": "addition"},
        {"is": "node", "path": "/x/a", "data": "Ag==", "acl": acl, "version": 4, "children": 0},
    ]
    assert (lines[-1]["is"], lines[-1]["nodes"], lines[-1]["ephemerals"], lines[-1]["masked"]) == ("end", 4, 1, 0)
    page = (Path(__file__).parents[2] / "docs/backup.md").read_text()
    for line in lines:
        assert all(f"`{key}`" in page for key in line if key != "is"), line


def test_what_was_saved_last_counts_and_parents_come_first(tmp_path: Path) -> None:
    path = path_of(
        written(
            tmp_path,
            Node("/x/a", "Ag==", OPEN, 4),
            Node("/x/new", "", OPEN, 0, 1),
            Node("/x/new/below", "", OPEN, 0),
            Node("/x/a", "Aw==", OPEN, 5),
            Ephemeral("/x/\u00e4 b", "0x11"),
        )
    )
    found = read(path)
    assert [(node.path, node.content) for node in found.nodes_in_order()] == [
        ("/x", None),
        ("/x/a", b"\x03"),
        ("/x/new", b""),
        ("/x/new/below", b""),
    ]
    assert found.nodes == 4
    assert found.has_children(Node("/x/new", "", OPEN, 0, 0))
    assert not found.has_children(Node("/x/a", "", OPEN, 0, 0))


def test_what_went_before_its_parent_became_ephemeral_is_not_put_back(tmp_path: Path) -> None:
    """An ephemeral node has no children: below one that is not put back, nothing can be."""
    backup = Backup(str(tmp_path))
    backup.begin(HEADER, "10.0.0.5")
    backup.write([*NODES[:2], Node("/x/a/below", "", OPEN, 0), Node("/x/ab", "", OPEN, 0)])
    backup.finish()
    backup.add([Ephemeral("/x/a", "0x11")])
    assert [node.path for node in read(path_of(backup)).nodes_in_order()] == ["/x", "/x/ab"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([Ephemeral("/x", "0x10")], "nothing that can be put back"),
        ([NODES[1]], "the znode itself is missing"),
    ],
)
def test_a_backup_without_the_znode_itself_is_not_begun_with(
    tmp_path: Path, lines: list[Node | Ephemeral], words: str
) -> None:
    """The first is what --override live-znode saves of a znode that is an ephemeral node."""
    backup = Backup(str(tmp_path))
    backup.begin(HEADER, "10.0.0.5")
    backup.write(lines)
    backup.finish()
    with pytest.raises(BackupTrouble, match=words):
        read(path_of(backup))


@pytest.mark.parametrize("header", [True, False])
def test_json_that_is_nested_too_deep_is_no_backup(tmp_path: Path, header: bool) -> None:
    deep = b'"x":' + b"[" * 200_000 + b"]" * 200_000 + b"}\n"
    first = encode(HEADER)
    content = first.rstrip(b"}\n") + b"," + deep if header else first + b'{"is":"addition",' + deep
    path = tmp_path / "deep.jsonl.gz"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(BackupTrouble, match="is no backup" if header else "its line 2 cannot be read"):
        read(path)


def test_a_file_that_is_changed_after_it_was_checked_is_not_put_back(tmp_path: Path) -> None:
    """While the question waits for its answer, somebody else may put another file in its place."""
    path, other = path_of(written(tmp_path)), tmp_path / "other"
    found = read(path)
    other.write_bytes(path.read_bytes())
    other.rename(path)
    with pytest.raises(BackupTrouble, match="changed it while it was read"):
        list(found.nodes_in_order())


def test_a_file_that_was_cut_off_anywhere_is_damaged(tmp_path: Path) -> None:
    """Also where a member of gzip ends, and what is left reads well."""
    path = path_of(written(tmp_path, Node("/x/a", "Ag==", OPEN, 4)))
    whole = path.read_bytes()
    assert read(path).nodes == 3
    cut = tmp_path / "cut.jsonl.gz"
    for length in range(2, len(whole)):
        cut.write_bytes(whole[:length])
        with pytest.raises(BackupTrouble, match=r"is damaged|is no backup"):
            read(cut)
    assert whole.count(b"\x1f\x8b\x08") == 3


def test_a_file_in_which_a_byte_changed_is_damaged(tmp_path: Path) -> None:
    path = path_of(written(tmp_path))
    whole = path.read_bytes()
    changed = tmp_path / "changed.jsonl.gz"
    for place in range(10, len(whole), 3):
        changed.write_bytes(whole[:place] + bytes([whole[place] ^ 0x40]) + whole[place + 1 :])
        try:
            found = read(changed)
        except BackupTrouble:
            continue
        # A few bytes of gzip's own header mean nothing: all that was saved is there.
        assert list(found.nodes_in_order()) == NODES


@pytest.mark.parametrize(
    "old, new, why",
    [
        ('"data":"AAE="', '"data":"AAI="', "its checksum is wrong: the file was changed"),
        ('"data":"AAE="', '"data":"A"', "its line 3 cannot be read"),
        ('"path":"/x/a"', '"path":"/y/a"', "its line 3 cannot be read"),
        ('"path":"/x/a"', '"path":"/x/../a"', "its line 3 cannot be read"),
        ('"perms":31', '"perms":99', "its line 2 cannot be read"),
        ('"is":"ephemeral"', '"is":"other"', "its line 5 cannot be read"),
        ('"path":"/x",', '"path":"/x/",', "its first line cannot be read"),
        ('{"is":"end"', '{"is":"end"', "something follows its last line"),
    ],
)
def test_a_file_that_was_altered_is_damaged(tmp_path: Path, old: str, new: str, why: str) -> None:
    text = gzip.decompress(path_of(written(tmp_path)).read_bytes()).decode()
    assert old in text
    altered = tmp_path / "altered.jsonl.gz"
    more = "{}\n" if old == new else ""
    altered.write_bytes(gzip.compress((text.replace(old, new, 1) + more).encode()))
    with pytest.raises(BackupTrouble, match=re.escape(why)):
        read(altered)


def test_a_line_that_only_gzip_makes_short_is_refused(tmp_path: Path) -> None:
    """200 MB of it are not read into memory."""
    path = path_of(written(tmp_path))
    first = gzip.decompress(path.read_bytes()).splitlines(keepends=True)[0]
    long = b'{"is":"node","path":"/x","data":"'
    with gzip.open(path, "wb", compresslevel=1) as whole:
        whole.write(first + long)
        for _ in range(200):
            whole.write(b"A" * 1024 * 1024)
    tracemalloc.start()
    try:
        with pytest.raises(BackupTrouble, match=r"its line 2 is longer than 64 MB"):
            read(path)
        assert tracemalloc.get_traced_memory()[1] < 160 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_of_what_was_saved_again_no_more_is_held_than_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same node again and again takes the memory of one."""
    monkeypatch.setattr(backupfile, "MOST_HELD", 1024 * 1024)
    data = "AAAA" * 50_000
    path = path_of(written(tmp_path, *(Node("/x/a", data, OPEN, number) for number in range(8))))
    assert [node.version for node in read(path).nodes_in_order() if node.path == "/x/a"] == [7]
    path = path_of(written(tmp_path, *(Node(f"/x/{number}", data, OPEN, 0) for number in range(8))))
    with pytest.raises(BackupTrouble) as raised:
        read(path)
    assert "more than 1 MB of it were saved again while the znode was deleted" in raised.value.message
    assert (raised.value.remedy or "").startswith("Nothing was written.")


def test_a_signal_ends_the_check_of_long_lines(tmp_path: Path) -> None:
    backup = Backup(str(tmp_path))
    backup.begin(HEADER, "")
    backup.write([Node("/x", "AAAA" * 5_000_000, OPEN, 0), Node("/x/a", "", OPEN, 0)])
    backup.finish()

    def stop() -> None:
        raise Interrupted(2)

    with pytest.raises(Interrupted):
        BackupFile(str(path_of(backup)), stop)


def test_a_future_version_is_refused_by_its_number(tmp_path: Path) -> None:
    future = tmp_path / "future.jsonl.gz"
    future.write_bytes(gzip.compress(b'{"format":"janitor-znode-backup","version":2,"trees":[]}\n'))
    with pytest.raises(BackupTrouble, match=r"version 2 of the format; this Janitor reads version 1"):
        read(future)


@pytest.mark.parametrize("content", ["", "text", "gzip", "gzip {}", 'gzip {"format":"x","version":1}'])
def test_what_is_no_backup_is_called_that(tmp_path: Path, content: str) -> None:
    other = tmp_path / "other"
    inside = content.removeprefix("gzip").strip().encode()
    other.write_bytes(gzip.compress(inside) if content.startswith("gzip") else inside)
    with pytest.raises(BackupTrouble, match=r"is no backup of a znode|is damaged"):
        read(other)


def test_a_file_that_cannot_be_read_is_a_mistake(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, why in (("missing", "there is no such file"), (".", "is a directory"), ("pipe", "it has to be one")):
        with pytest.raises(UsageError, match=why):
            read(tmp_path / path)


def test_a_signal_ends_the_check_of_a_large_file(tmp_path: Path) -> None:
    backup = Backup(str(tmp_path))
    backup.begin(HEADER, "10.0.0.5")
    backup.write([Node("/x", "", OPEN, 0), *(Node(f"/x/{n}", "", OPEN, 0) for n in range(2000))])
    backup.finish()

    def stop() -> None:
        raise Interrupted(2)

    with pytest.raises(Interrupted):
        BackupFile(str(path_of(backup)), stop)


def test_names_cannot_collide_and_sort_by_time(tmp_path: Path) -> None:
    early, late = (datetime(2026, 1, 31, 9, 0, 0, micros, tzinfo=UTC) for micros in (5, 10))
    first, twin, second = (file_name("zk-1.example.com", "/a/b c", now) for now in (early, early, late))
    assert first != twin
    assert first < second
    assert re.fullmatch(r"zk-1\.example\.com_a__b-c_20260131T090000\.000005Z_[0-9a-f]{8}\.jsonl\.gz", first)
    assert len(file_name("h" * 300, "/" + "\u65e5" * 300 + "n" * 300, early)) < 255
    assert "/" not in file_name("::1", "/../..", early)


@pytest.mark.parametrize("place", ["missing", "file", "file/below"])
def test_a_directory_that_cannot_be_written_to_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupTrouble, match="cannot be written into") as refused:
        expect_writable(str(tmp_path / place))
    assert "docker run -v" in (refused.value.remedy or "")


def test_a_directory_is_tried_without_a_trace(tmp_path: Path) -> None:
    expect_writable(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_finished_leaves_no_file(tmp_path: Path) -> None:
    backup = Backup(str(tmp_path))
    backup.begin(HEADER, "10.0.0.5")
    backup.write(NODES)
    assert [path.suffix for path in tmp_path.iterdir()] == [".partial"]
    backup.discard()
    assert list(tmp_path.iterdir()) == []


def test_transactions_are_cut_by_number_and_by_bytes_and_a_node_without_data_is_alone() -> None:
    nodes = [Node(f"/x/{n}", "", OPEN, 0) for n in range(600)]
    assert [len(batch) for batch in batches(nodes)] == [500, 100]
    large = [Node(f"/x/{n}", "A" * 200_000, OPEN, 0) for n in range(5)]
    assert [len(batch) for batch in batches(large)] == [2, 2, 1]
    mixed = [nodes[0], Node("/x/none", None, OPEN, 0), *nodes[1:3]]
    assert [len(batch) for batch in batches(mixed)] == [1, 1, 2]


def test_a_digest_that_is_not_shown_to_us_counts_as_the_same() -> None:
    saved = (Permission(31, "digest", "kafka:8qvViWqT4kfbSwFT3BoKTiYmvJs="),)
    assert same_acl([make_acl("digest", "kafka:x", all=True)], saved)
    assert not same_acl([make_acl("digest", "other:x", all=True)], saved)
    assert not same_acl([make_digest_acl("kafka", "another", all=True)], saved)
    assert not same_acl([make_acl("digest", "kafka:x", read=True)], saved)
    assert not same_acl([], saved)


@pytest.mark.parametrize("left_open", [True, False])
def test_a_restore_that_ended_early_says_whether_it_left_something_open(left_open: bool) -> None:
    """What anybody may do there meanwhile is for the operator to know."""
    done = Restored("/x", "ZooKeeper at 10.0.0.5:2181", 7, created=3, open=left_open, error=Interrupted(2))
    err = io.StringIO()
    Report(Channel(err, Redactor())).result(PutBack("FILE", done))
    assert "3 of 7 nodes of /x were created." in " ".join(err.getvalue().split())
    assert ("anybody may create nodes below some of them" in " ".join(err.getvalue().split())) == left_open
