"""What is kept of a large answer: its lists of resources, packed into a tenth of their bytes."""

from __future__ import annotations

import itertools
import zlib
from array import array
from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from sys import intern

from msgspec import Raw

from janitor.mesos.reserved import members


def _pack(raw: Raw | bytes) -> bytes:
    """As fast as zlib can, and without its checksum: it never leaves this process."""
    packer = zlib.compressobj(level=1, wbits=-zlib.MAX_WBITS)
    return packer.compress(raw) + packer.flush()


def _unpack(packed: bytes) -> bytes:
    return zlib.decompress(packed, wbits=-zlib.MAX_WBITS)


class PackedList:
    """One JSON list of a large answer."""

    __slots__ = ("_bytes",)

    def __init__(self, raw: Raw) -> None:
        self._bytes = _pack(raw)

    def unpacked(self) -> Raw:
        """The very bytes."""
        return Raw(_unpack(self._bytes))

    def same_bytes(self, other: PackedList | PackedMember) -> bool:
        """Whether both are certainly the same list, without unpacking."""
        return isinstance(other, PackedList) and self._bytes == other._bytes


class Packed(Mapping[str, Raw]):
    """What one agent has reserved: role -> the JSON list, unpacked each time that it is asked for (rule D2: the bytes).

    It is as good as the dictionary that `members` gives, and raises what that raises, when it is made.
    """

    __slots__ = ("_bytes", "_ends", "_roles")

    def __init__(self, raw: Raw, what: str) -> None:
        lists = members(raw, what)
        self._roles = tuple(map(intern, lists))
        self._ends = array("I", itertools.accumulate(map(len, lists.values())))
        self._bytes = _pack(b"".join(lists.values()))

    def __getitem__(self, role: str) -> Raw:
        if role not in self._roles:
            raise KeyError(role)
        return self._list(self._roles.index(role), _unpack(self._bytes))

    def __iter__(self) -> Iterator[str]:
        return iter(self._roles)

    def __len__(self) -> int:
        return len(self._roles)

    def items(self) -> ItemsView[str, Raw]:
        """All of it, unpacked once."""
        return self._open().items()

    def values(self) -> ValuesView[Raw]:
        """All lists, unpacked once."""
        return self._open().values()

    def member(self, role: str) -> PackedMember:
        """The list of one role, for who keeps it longer than the rest: it stays packed, with the others."""
        return PackedMember(self, role)

    def same_bytes(self, other: Packed) -> bool:
        """Whether both are certainly the same lists, without unpacking."""
        return self._roles == other._roles and self._ends == other._ends and self._bytes == other._bytes

    def _open(self) -> dict[str, Raw]:
        whole = _unpack(self._bytes)
        return {role: self._list(number, whole) for number, role in enumerate(self._roles)}

    def _list(self, number: int, whole: bytes) -> Raw:
        return Raw(whole[self._ends[number - 1] if number else 0 : self._ends[number]])


class PackedMember:
    """The list of one role, as `PackedList` has one."""

    __slots__ = ("_lists", "_role")

    def __init__(self, lists: Packed, role: str) -> None:
        self._lists = lists
        self._role = role

    def unpacked(self) -> Raw:
        """The very bytes."""
        return self._lists[self._role]

    def same_bytes(self, other: PackedList | PackedMember) -> bool:
        """Whether both are certainly the same list, without unpacking."""
        return isinstance(other, PackedMember) and self._role == other._role and self._lists.same_bytes(other._lists)
