"""What one answer shows as reserved on an agent: the lists by role, and the summaries beside them (rules L4, L5). Pure.

Whatever contradicts itself there is unknown, and never "nothing is reserved".
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from janitor.errors import Unreadable
from janitor.mesos.alike import distinct
from janitor.mesos.resources import Amount, Resource, in_thousandths, parse_list
from janitor.words import foreign

T = TypeVar("T")

Summary = Mapping[str, float | str]
"""Resource name -> a number, `[a-b, c-d]` for ranges, `{x, y}` for sets."""

Summaries = tuple[msgspec.Raw, msgspec.Raw, msgspec.Raw]
"""`resources`, `reserved_resources` (by role) and `unreserved_resources`, as they were sent."""

_RANGE = re.compile(r"\s*([0-9]{1,20})-([0-9]{1,20})\s*", re.ASCII)
_REPLACED = "\ufffd"
_ROUNDING = 0.001
"""A master adds in thousandths, so that each amount that has more digits may be off by as much in a sum."""

_LEAST = 0.0005
"""Nothing smaller than this is ever reserved: a master takes it for zero."""


class _Sized(msgspec.Struct):
    """An item as far as rounding is concerned."""

    name: str
    scalar: dict[str, float] | None = None


def items_of(
    role: str,
    lists: Mapping[str, msgspec.Raw],
    summaries: Summaries | None,
    where: str,
    parsed: Callable[[msgspec.Raw, str], tuple[Resource, ...]] = parse_list,
) -> tuple[Resource, ...]:
    """What is reserved for exactly this role, `where` being whose answer it is, as in "agent S1"; as `parsed` gives it.

    Raises Unreadable when that cannot be read, or contradicts itself (rule L4): the summary shows the role and the
    list is missing or empty, an item stands under another role's key, a reservation is of a type that is not known.
    """
    if not role.isascii() and any(_REPLACED in key for key in lists):
        raise Unreadable(f"It is not known what is reserved for role {role} on {where}: a role there is not in UTF-8.")
    raw = lists.get(role)
    items = parsed(raw, f"reserved_resources_full[{role!r}] of {where}") if raw is not None else ()
    if not items and summaries is not None and _summed_up(role, summaries[1], where):
        missing = "is missing" if raw is None else "is empty"
        raise Unreadable(
            f"It is not known what is reserved for role {role} on {where}: reserved_resources shows the role, "
            f"and its list in reserved_resources_full {missing}."
        )
    for item in distinct(items).values():
        stack = item.kind.stack
        if len(stack) != 1 or stack[0].role != role or stack[0].type == "UNKNOWN":
            _check(item, role, where)
    if not items:
        _check_other_keys(role, lists, where)
    return items


def capacity(summaries: Summaries) -> dict[str, int]:
    """Everything an agent has, by name of the resource, in thousandths; numbers alone. Raises Unreadable."""
    everything = members(summaries[0], "the resources of an agent")
    found = {}
    for name, raw in everything.items():
        with contextlib.suppress(msgspec.MsgspecError, OverflowError):
            found[name] = in_thousandths(msgspec.json.decode(raw, type=float))
    return found


def roles_of(lists: Mapping[str, msgspec.Raw], summaries: Summaries | None, where: str) -> frozenset[str]:
    """The roles for which anything is shown as reserved, in the lists or in the summary. Raises Unreadable."""
    summed_up = members(summaries[1], f"reserved_resources of {where}") if summaries is not None else {}
    return frozenset(lists) | frozenset(summed_up)


def _check(item: Resource, role: str, where: str) -> None:
    what = f"It is not known what is reserved for role {role} on {where}"
    named = item.top.role if item.kind.stack else "*"
    if named != role:
        raise Unreadable(f"{what}: {foreign(str(item), 80)} is listed under it and names role {foreign(named, 80)}.")
    if any(level.type == "UNKNOWN" for level in item.kind.stack):
        raise Unreadable(f"{what}: {foreign(str(item), 80)} does not say whether it is STATIC or DYNAMIC.")


def _check_other_keys(role: str, lists: Mapping[str, msgspec.Raw], where: str) -> None:
    """Raise Unreadable when an item that names this role stands under another role's key."""
    named = re.compile(rb'"' + re.escape(role.encode()).replace(rb"/", rb"\\?/") + rb'"')
    for key, raw in lists.items():
        if key == role or named.search(raw) is None:
            continue
        try:
            items = parse_list(raw, where)
        except Unreadable:
            items = ()  # another role's list, which is not needed: a label may have the name of this one
        for item in items:
            if item.kind.stack and item.top.role == role:
                _check(item, key, where)


def _summed_up(role: str, reserved: msgspec.Raw, where: str) -> bool:
    """Whether the summary shows anything of the role."""
    found = members(reserved, f"reserved_resources of {where}").get(role)
    if found is None:
        return False
    shown = _read(found, dict[str, float | str], where)
    return any(amount not in (0.0, "", "[]", "{}") for amount in shown.values())


_MEMBERS = msgspec.json.Decoder(dict[str, msgspec.Raw])


def members(raw: msgspec.Raw, what: str) -> dict[str, msgspec.Raw]:
    """The members of a JSON object, each as it was sent. Raises Unreadable when it is none.

    A name in another encoding than UTF-8 is none that was asked for, and spoils no other: it gets U+FFFD in it.
    """
    try:
        return _MEMBERS.decode(raw)
    except UnicodeDecodeError:
        return _members_in_any_encoding(raw, what)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Unreadable(f"{what} cannot be read: {error}.") from error


def _members_in_any_encoding(raw: msgspec.Raw, what: str) -> dict[str, msgspec.Raw]:
    try:
        found = json.loads(bytes(raw).decode("utf-8", "surrogateescape"))
        return {_replaced(name): msgspec.Raw(_original(value)) for name, value in found.items()}
    except (ValueError, AttributeError, RecursionError) as error:
        raise Unreadable(f"{what} cannot be read: {error}.") from error


def _original(value: object) -> bytes:
    """The JSON of it with the very bytes that were not UTF-8: whatever needs them finds that they cannot be read."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogateescape")


def _replaced(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _read(raw: msgspec.Raw, shape: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"{what} cannot be read: {error}.") from error


def hidden(lists: Mapping[str, msgspec.Raw], summaries: Summaries, where: str) -> str:
    """What is there beyond what this answer shows as reserved or unreserved (rule L5), as text; "" for nothing.

    Raises Unreadable when the summaries cannot be read.
    """
    what = f"The totals of {where}"
    total = _read(summaries[0], dict[str, float | str], what)
    reserved = [_read(raw, dict[str, float | str], what) for raw in members(summaries[1], what).values()]
    unreserved = _read(summaries[2], dict[str, float | str], what)
    try:
        return shortfall(total, [unreserved, *reserved], lambda name: _fractions(name, lists, unreserved))
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"{what} cannot be read: {error}.") from error


def shortfall(total: Summary, parts: Sequence[Summary], fractions: Callable[[str], int] = lambda _: 0) -> str:
    """What `total` has beyond all `parts`, as text: the resources that a filtered view hides; "" for none.

    fractions: resource name -> how many of the amounts in the parts have more than three digits after the point.
    Raises ValueError for ranges and sets that are none, OverflowError for an amount beyond measure.
    """
    missing: list[str] = []
    for name, value in total.items():
        if name.endswith("_revocable"):
            continue
        if isinstance(value, float):
            difference = value - sum(_scalar(part.get(name)) for part in parts)
            if difference > _LEAST and difference > _LEAST + _ROUNDING * fractions(name):
                missing.append(f"{name}:{Amount(thousandths=in_thousandths(difference))}")
        else:
            covered = _covered(value) - sum(_covered(part.get(name)) for part in parts)
            if covered > 0:
                missing.append(f"{covered} of {name}")
    return "; ".join(missing)


def _scalar(value: float | str | None) -> float:
    return value if isinstance(value, float) else 0.0


def _fractions(name: str, lists: Mapping[str, msgspec.Raw], unreserved: Summary) -> int:
    """How many amounts of `name` are no whole number of thousandths: each may be rounded where a sum is made."""
    amounts = [_scalar(unreserved.get(name))]
    for raw in lists.values():
        amounts += _amounts(name, raw)
    return sum(abs(amount * 1000 - round(amount * 1000)) > 1e-6 for amount in amounts)


def _amounts(name: str, raw: msgspec.Raw) -> Iterable[float]:
    try:
        items = msgspec.json.decode(raw, type=list[_Sized])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ()  # what cannot be read explains no difference
    return [item.scalar.get("value", 0.0) for item in items if item.name == name and item.scalar is not None]


def _covered(text: float | str | None) -> int:
    """How many numbers `[a-b, c-d]` covers, or how many members `{x, y}` has."""
    if not isinstance(text, str):
        return 0
    if text.startswith("{") and text.endswith("}"):
        return sum(bool(member.strip()) for member in text[1:-1].split(","))
    if not (text.startswith("[") and text.endswith("]")):
        raise ValueError(f"{foreign(text, 80)} is neither ranges nor a set")
    pieces = text[1:-1].split(",") if text[1:-1].strip() else []
    found = [_RANGE.fullmatch(piece) for piece in pieces]
    if None in found:
        raise ValueError(f"{foreign(text, 80)} are no ranges")
    return sum(max(0, int(match[2]) - int(match[1]) + 1) for match in found if match is not None)
