"""Transactions are bounded in number and bytes (rule Z3)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from janitor.zookeeper.transactions import batches

JUTE_MAXBUFFER = 0xFFFFF  # ZooKeeper's default: one byte less than 1 MB


@given(st.lists(st.tuples(st.text("aé€", min_size=1, max_size=3), st.sampled_from([1, 10, 5_000, 90_000]))))
def test_z3_every_path_is_in_one_batch_in_order_and_every_batch_fits(shapes: list[tuple[str, int]]) -> None:
    paths = [f"/{text * times}" for text, times in shapes]
    cut = list(batches(paths))
    assert [path for batch in cut for path in batch] == paths
    for batch in cut:
        assert 1 <= len(batch) <= 500
        # A delete in a multi request: header (4 + 1 + 4), the path with its length, the version.
        size = sum(9 + 4 + len(path.encode("utf-8")) + 4 for path in batch)
        assert size < JUTE_MAXBUFFER


@given(st.lists(st.tuples(st.text("aé€", min_size=1, max_size=3), st.sampled_from([1, 10, 5_000, 15_000]))))
def test_z3_what_guards_each_deletion_fits_too(shapes: list[tuple[str, int]]) -> None:
    paths = [f"/{text * times}" for text, times in shapes]
    cut = list(batches(paths, 3))
    assert [path for batch in cut for path in batch] == paths
    for batch in cut:
        assert 1 <= len(batch) <= 500
        # Of a child `janitor`: its creation (path, data, one ACL of world:anyone, flags) and its deletion; the node's.
        size = sum(9 + 4 + len(path.encode()) + 8 + 4 + 4 + 4 + 9 + 10 + 4 for path in batch)
        size += sum(9 + 4 + len(path.encode()) + 8 + 4 for path in batch)
        size += sum(9 + 4 + len(path.encode()) + 4 for path in batch)
        assert size < JUTE_MAXBUFFER


def test_z3_short_paths_fill_batches_of_500() -> None:
    assert [len(batch) for batch in batches([f"/x/{n}" for n in range(1201)])] == [500, 500, 201]
