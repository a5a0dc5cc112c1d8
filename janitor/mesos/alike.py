"""What a large cluster reserves, without the ids: few kinds of things, each of them thousands of times. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from janitor.mesos.resources import RESOURCE_ID, UNREADABLE, Resource, parse, unreadable

_LABEL = b'{"key":"%s","value":"' % RESOURCE_ID.encode()
_VOLUME = b'{"persistence":{"id":"'
_LABELS, _VOLUMES = (re.compile(re.escape(before) + rb'[0-9a-f-]{36}"') for before in (_LABEL, _VOLUME))
"""As a master writes the UUIDs of the SDK. A quote inside a string has a backslash before it, so that what is found are
names and values, and never a part of one. An id that is written in any other way stays, and its item is like no other.
"""

_RAWS = msgspec.json.Decoder(list[msgspec.Raw])


def parse_alike(raw: bytes | msgspec.Raw, where: str) -> tuple[Resource, ...]:
    """The items of one list of resources, each with "" for the id of its volume and the value of its `resource_id`.

    Items that differ in nothing else are one and the same object. To cut the ids out of the bytes and to know the rest
    again takes half the time of decoding each of them.
    It is to count and to compare by: such an item is none that a master showed, and must never be sent (rule D2).
    Raises Unreadable when it is not a list of resources.
    """
    without = _VOLUMES.sub(_VOLUME + b'"', _LABELS.sub(_LABEL + b'"', raw))
    try:
        return tuple(map(_parsed, map(bytes, _RAWS.decode(without))))
    except UNREADABLE as error:
        raise unreadable(where, error) from error


_parsed = lru_cache(maxsize=4096)(parse)


def distinct(items: Sequence[Resource]) -> dict[int, Resource]:
    """Each of these objects once, by its `id`: to compare the items themselves takes longer than to look at each."""
    return dict(zip(map(id, items), items, strict=True))


def tallied(items: Sequence[Resource]) -> list[tuple[Resource, int]]:
    """Each of these objects once, and how often it is among them."""
    each = distinct(items)
    return [(each[key], count) for key, count in Counter(map(id, items)).items()]
