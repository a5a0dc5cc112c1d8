"""Amounts, ranges and pools: what the sandbox's answers rest on."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from janitor.sandbox.mesos.algebra import Pool
from janitor.sandbox.mesos.resources import Disk, Reservation, Resource
from janitor.sandbox.mesos.text import printed
from janitor.sandbox.mesos.values import Items, Ranges, Scalar
from janitor.sandbox.mesos.version import Version

NOW = Version.parse("1.12")
numbers = st.frozensets(st.integers(1, 60))
amounts = st.integers(1, 5000).map(Scalar)


def ranges(covered: frozenset[int]) -> Ranges:
    """The numbers, each as a range of its own, to be joined."""
    return Ranges.of((number, number) for number in covered)


def covered(value: Ranges) -> set[int]:
    """The numbers of ranges."""
    return {number for begin, end in value.intervals for number in range(begin, end + 1)}


@given(numbers, numbers)
def test_ranges_are_sets_of_numbers(left: frozenset[int], right: frozenset[int]) -> None:
    assert covered(ranges(left).plus(ranges(right))) == left | right
    assert covered(ranges(left).minus(ranges(right))) == left - right
    assert ranges(left).covers(ranges(right)) == (right <= left)
    assert ranges(left).quantity == 1000 * len(left)


@given(numbers)
def test_ranges_are_as_few_as_can_be(left: frozenset[int]) -> None:
    intervals = ranges(left).intervals
    assert all(end + 1 < begin for (_, end), (begin, _) in pairwise(intervals))


def test_three_decimals_count() -> None:
    assert Scalar.of(0.1).plus(Scalar.of(0.2)) == Scalar.of(0.3)
    assert [str(Scalar.of(number)) for number in (2, 0.1, 1.25, 3000)] == ["2", "0.1", "1.25", "3000"]


def cpus(amount: Scalar, principal: str | None = "p") -> Resource:
    """Reserved cpus."""
    return Resource("cpus", amount, (Reservation(True, "r", principal),))


@given(amounts, amounts)
def test_what_is_put_in_can_be_taken_out(first: Scalar, second: Scalar) -> None:
    pool = Pool([cpus(first)])
    pool.add(cpus(second))
    assert [item.value for item in pool] == [first.plus(second)]
    assert pool.contains_all([cpus(first), cpus(second)])
    assert not pool.contains(cpus(Scalar(first.milli + second.milli + 1)))
    pool.take(cpus(first))
    assert [item.value for item in pool] == [second]
    pool.take(cpus(second))
    assert not pool


def test_another_principal_or_none_is_another_item() -> None:
    pool = Pool([cpus(Scalar(1000), "p"), cpus(Scalar(1000), ""), cpus(Scalar(1000), None)])
    assert len(pool) == 3


def test_the_order_of_labels_does_not_count() -> None:
    pool = Pool(
        Resource("cpus", Scalar(1), (Reservation(True, "r", "p", labels),))
        for labels in ((("a", "1"), ("b", "2")), (("b", "2"), ("a", "1")))
    )
    assert len(pool) == 1


def test_volumes_and_mount_disks_are_whole() -> None:
    volume = Disk(persistence="v", volume=Disk.text({"mode": "RW", "container_path": "data"}))
    mount = Disk(source=Disk.text({"type": "MOUNT", "mount": {"root": "/m"}}))
    for disk in (volume, mount):
        item = Resource("disk", Scalar(1000), (Reservation(True, "r"),), disk)
        pool = Pool([item, item])
        assert len(pool) == 2
        assert not pool.contains(item.with_value(Scalar(500)))
        pool.take(item.with_value(Scalar(500)))
        assert len(pool) == 2
        pool.take(item)
        assert len(pool) == 1


def test_sets_are_sets() -> None:
    left, right = Items(frozenset("ab")), Items(frozenset("bc"))
    assert str(left.plus(right)) == "{a, b, c}"
    assert str(left.minus(right)) == "{a}"
    assert not left.covers(right)


def test_resources_are_printed_as_masters_do() -> None:
    stack = (Reservation(False, "eng"), Reservation(True, "eng/front", "p", (("a", "b"), ("c", None))))
    disk = Disk(Disk.text({"type": "MOUNT", "mount": {"root": "/mnt/d1"}}), "id", None, '{"container_path":"path"}')
    item = Resource("disk", Scalar(512000), stack, disk, shared=True, revocable=True)
    stacked = "(reservations: [(STATIC,eng),(DYNAMIC,eng/front,p,{a: b, c})])"
    assert printed(item, NOW) == f"disk{stacked}[MOUNT:/mnt/d1,id:path]{{REV}}<SHARED>:512"
    old = Resource("ports", Ranges.of([(3, 4), (1, 1)]), (Reservation(True, "r", "p"),))
    assert printed(old, Version.parse("1.2")) == "ports(r, p):[1-1, 3-4]"
