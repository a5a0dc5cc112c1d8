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
amounts = st.integers(1, 5000).map(Scalar.of_thousandths)


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
    assert ranges(left).amount == Scalar(len(left))


@given(numbers)
def test_ranges_are_as_few_as_can_be(left: frozenset[int]) -> None:
    intervals = ranges(left).intervals
    assert all(end + 1 < begin for (_, end), (begin, _) in pairwise(intervals))


def test_three_decimals_count() -> None:
    assert Scalar(0.1).plus(Scalar(0.2)) == Scalar(0.3)
    assert [str(Scalar(number)) for number in (2, 0.1, 1.25, 3000)] == ["2", "0.1", "1.25", "3000"]


def test_an_amount_is_kept_as_it_was_sent_and_rounded_when_it_is_added() -> None:
    assert Scalar(0.1234567).number == 0.1234567
    assert Scalar(8).minus(Scalar(0.1234567)).number == 7.877
    assert Scalar(7.877).plus(Scalar(0.1234567)).number == 8
    assert Scalar(0.1234567) == Scalar(0.123)
    assert not Scalar(0.0004)
    assert Scalar(0.0005) == Scalar(0.001)
    assert Scalar(-0.0005) == Scalar(-0.001)
    assert str(Scalar(1e300)) == "-9.22337203685478e+15"


def test_ranges_are_kept_as_they_were_sent_and_joined_when_something_is_added() -> None:
    sent = Ranges(((31110, 31112), (31108, 31109)))
    assert str(sent) == "[31110-31112, 31108-31109]"
    assert sent == Ranges(((31108, 31112),))
    assert hash(sent) == hash(Ranges(((31108, 31112),)))
    assert str(sent.plus(Ranges(((31200, 31200),)))) == "[31108-31112, 31200-31200]"
    assert str(Ranges(((1, 9),)).minus(Ranges(((3, 3), (4, 5))))) == "[1-2, 6-9]"


def cpus(amount: Scalar, principal: str | None = "p") -> Resource:
    """Reserved cpus."""
    return Resource("cpus", amount, (Reservation(True, "r", principal),))


@given(amounts, amounts)
def test_what_is_put_in_can_be_taken_out(first: Scalar, second: Scalar) -> None:
    pool = Pool([cpus(first)])
    pool.add(cpus(second))
    assert [item.value for item in pool] == [first.plus(second)]
    assert pool.contains_all([cpus(first), cpus(second)])
    assert not pool.contains(cpus(Scalar.of_thousandths(first.milli + second.milli + 1)))
    pool.take(cpus(first))
    assert [item.value for item in pool] == [second]
    pool.take(cpus(second))
    assert not pool


def test_another_principal_or_none_is_another_item() -> None:
    pool = Pool([cpus(Scalar(1), "p"), cpus(Scalar(1), ""), cpus(Scalar(1), None)])
    assert len(pool) == 3


def test_the_order_of_labels_does_not_count() -> None:
    pool = Pool(
        Resource("cpus", Scalar(0.001), (Reservation(True, "r", "p", labels),))
        for labels in ((("a", "1"), ("b", "2")), (("b", "2"), ("a", "1")))
    )
    assert len(pool) == 1


def test_volumes_and_mount_disks_are_whole() -> None:
    volume = Disk(persistence="v", volume=Disk.text({"mode": "RW", "container_path": "data"}))
    mount = Disk(source=Disk.text({"type": "MOUNT", "mount": {"root": "/m"}}))
    for disk in (volume, mount):
        item = Resource("disk", Scalar(1), (Reservation(True, "r"),), disk)
        pool = Pool([item, item])
        assert len(pool) == 2
        assert not pool.contains(item.with_value(Scalar(0.5)))
        pool.take(item.with_value(Scalar(0.5)))
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
    item = Resource("disk", Scalar(512), stack, disk, shared=True, revocable=True)
    stacked = "(reservations: [(STATIC,eng),(DYNAMIC,eng/front,p,{a: b, c})])"
    assert printed(item, NOW) == f"disk{stacked}[MOUNT:/mnt/d1,id:path]{{REV}}<SHARED>:512"
    old = Resource("ports", Ranges.of([(3, 4), (1, 1)]), (Reservation(True, "r", "p"),))
    assert printed(old, Version.parse("1.2")) == "ports(r, p):[1-1, 3-4]"
