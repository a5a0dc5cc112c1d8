"""What is kept of a large answer: its lists of resources, packed into a tenth of their bytes."""

from __future__ import annotations

import zlib
from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from sys import intern

from msgspec import Raw

from janitor.mesos.reserved import members

_FAST = 1


class PackedList:
    """One JSON list of a large answer."""

    __slots__ = ("_bytes",)

    def __init__(self, raw: Raw) -> None:
        self._bytes = zlib.compress(raw, _FAST)

    def unpacked(self) -> Raw:
        """The very bytes."""
        return Raw(zlib.decompress(self._bytes))


class Packed(Mapping[str, Raw]):
    """What one agent has reserved: role -> the JSON list, unpacked each time that it is asked for (rule D2: the bytes).

    It is as good as the dictionary that `members` gives, and raises what that raises, when it is made.
    """

    __slots__ = ("_bytes", "_roles")

    def __init__(self, raw: Raw, what: str) -> None:
        self._roles = tuple(map(intern, members(raw, what)))
        self._bytes = zlib.compress(raw, _FAST)

    def __getitem__(self, role: str) -> Raw:
        if role not in self._roles:
            raise KeyError(role)
        return self._open()[role]

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

    def _open(self) -> dict[str, Raw]:
        return members(Raw(zlib.decompress(self._bytes)), "what was packed")
