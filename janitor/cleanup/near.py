"""Which of two names may be meant by the other (rule S4). Pure.

Two different questions: what a refusal may rest on (`mistaken_for`: strict, since services with names of one pattern
stand side by side on every cluster), and what is worth naming to somebody who looks for his mistake (`nearest`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from janitor.dcos.naming import SERVICE_PREFIX, near_names

ALIKE = 0.8
"""Likeness (difflib's ratio) of a word and the same word with a typing mistake: kafka and kafak have 0.8."""

_SUFFIX = "-role"
_BETWEEN = re.compile(r"[-_./]+")
_DIGITS = re.compile(r"\d+")
_SHORTEST_ENDING = 4


def bare(name: str) -> str:
    """What is particular in the name of a role or a znode: `kafka` of kafka-role, dcos-service-kafka and /kafka."""
    return name.strip("/").removeprefix(SERVICE_PREFIX).removesuffix(_SUFFIX).replace("__", "/")


def mistaken_for(name: str, other: str) -> bool:
    """Whether `name` is very likely a typing mistake for `other`, as names of roles or znodes.

    The same but for `-role` or `dcos-service-`; or each part (between - _ . and /) alike. Parts that differ in digits
    alone tell two services apart: kafka-1 is not meant by kafka-2, nor kafka by kafka2. What one service may hold
    beside its own role (slave_public/kafka-role) is no mistake for it.
    """
    return name != other and (alike(bare(name), bare(other)) or alike(name, other))


def keys_mistaken_for(key: str, known: Iterable[str]) -> tuple[str, ...]:
    """The labels for which `key` is very likely a typing mistake, sorted: alike, or `key` is how one of them ends."""
    ending = f"_{key}" if len(key) >= _SHORTEST_ENDING else None
    return tuple(
        sorted(each for each in known if each != key and (alike(key, each) or (ending and each.endswith(ending))))
    )


def nearest(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Every name that comes near, nearest first, to be named to somebody who looks for a mistake."""
    plain: dict[str, list[str]] = {}
    for each in sorted(known):
        if each != name:
            plain.setdefault(bare(each), []).append(each)
    same = plain.get(bare(name), [])
    near = [each for match in near_names(bare(name), plain) for each in plain[match]]
    return tuple(dict.fromkeys(same + near))


def alike(one: str, two: str) -> bool:
    """Whether each part of the one is very likely meant by that of the other; digits tell two names apart."""
    ones, twos = _BETWEEN.split(one), _BETWEEN.split(two)
    pairs = list(zip(ones, twos, strict=True)) if len(ones) == len(twos) else [(one, two)]
    return all(_word_alike(*pair) for pair in pairs)


def _word_alike(one: str, two: str) -> bool:
    if one == two:
        return True
    if _DIGITS.sub("", one) == _DIGITS.sub("", two):
        return False
    return difflib.SequenceMatcher(None, one, two).ratio() >= ALIKE
