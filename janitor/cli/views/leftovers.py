"""What is not proven gone, for people: by cause and by agent, within a screen or two; the rest is counted. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from janitor.cleanup.outcome import Leftover
from janitor.cli.views.form import Line, advice, labelled, reason
from janitor.message import Own
from janitor.words import counted, listed

MOST_AGENTS = 20
"""Lines that name an agent, of all causes together; each cause has two of them at least."""

MOST_CAUSES = 8
"""Causes that are told."""

MOST_ITEMS = 10
"""Items that the line of one agent names, where few agents have any."""

FEW = 3
"""Agents that are few."""

MOST_OF_MANY = 4
"""Items that the line of one of many agents names."""

EACH = "(--output json names each)"


def heading(leftovers: Sequence[Leftover]) -> str:
    """How much is left: reservations on the agents that show them, and agents that do not show what they hold."""
    known = [one for one in leftovers if one.agent_id and one.known]
    showing = {one.agent_id for one in known}
    hidden = {one.agent_id for one in leftovers if one.agent_id} - showing
    left = f"{counted(len(known), 'reservation')} on {counted(len(showing), 'agent')} not proven gone"
    if not known:
        return f"What {counted(len(hidden), 'agent')} may hold is not proven gone:" if hidden else "Not proven gone:"
    return f"{left}, nor what {counted(len(hidden), 'more agent')} may hold:" if hidden else f"{left}:"


def lines(leftovers: Sequence[Leftover], own: Own) -> Iterator[Line]:
    """How much is left, then a few agents of each cause, why it is left, and what to do about it. None of none."""
    if not leftovers:
        return
    yield labelled("janitor: ", heading(leftovers), "bold red")
    causes: dict[tuple[str, str], list[Leftover]] = {}
    for one in leftovers:
        causes.setdefault((one.words, one.remedy), []).append(one)
    each = max(2, MOST_AGENTS // len(causes))
    for (words, remedy), members in [*causes.items()][:MOST_CAUSES]:
        yield from (Line(line, hanging=4) for line in _agents(members, each))
        yield from reason(words, "    ")
        yield from advice(remedy, own, "    ")
    others = [*causes.values()][MOST_CAUSES:]
    if others:
        agents = {one.agent_id for members in others for one in members if one.agent_id}
        where = f" on {counted(len(agents), 'agent')}" if agents else ""
        more = f"  and for {counted(len(others), 'other reason')} more{where} {EACH}"
        yield Line(more, hanging=4)


def _agents(members: Sequence[Leftover], most: int) -> Iterator[str]:
    """A line for each agent; what cannot be placed on one has a line of its own."""
    held: dict[tuple[str, str], list[Leftover]] = {}
    for one in members:
        held.setdefault((one.agent_id, one.host), []).append(one)
    agents = [*held.items()]
    for (agent_id, host), left in agents[:most]:
        at = f" ({host})" if host else ""
        where = f"agent {agent_id}{at}  " if agent_id else ""
        named = listed((one.item for one in left), MOST_ITEMS if len(agents) <= FEW else MOST_OF_MANY)
        yield f"  {where}{named}"
    if rest := agents[most:]:
        known = sum(one.known for _, left in rest for one in left)
        more = f"{counted(known, 'more reservation')} on " if known else ""
        yield f"  and {more}{counted(len(rest), 'agent' if known else 'more agent')} {EACH}"
