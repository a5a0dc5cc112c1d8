"""Send what was decided, agents side by side; each answer is a value (rules D1, D4). Nothing is tried again here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from janitor.cleanup.answers import succeeded
from janitor.cleanup.cluster import MasterCalls, Said
from janitor.cleanup.outcome import Answer
from janitor.cleanup.work import AgentWork
from janitor.errors import Interrupted, JanitorError
from janitor.events import Stage
from janitor.mesos.resources import Kind, Resource
from janitor.patience import Patience
from janitor.transport.fanout import fan_out
from janitor.words import foreign

LONGEST_ANSWER = 2000
"""Characters of an answer that are kept: a master may list every item that it refuses."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One write and its answer, and whether it was about a single item.

    kinds   what was in it where it had no success; of half a million that went nobody asks any more
    """

    answer: Answer
    kinds: frozenset[Kind]
    single: bool


def act(work: Sequence[AgentWork], master: MasterCalls, *, concurrency: int, patience: Patience) -> Iterator[Sent]:
    """Do the work; what one agent answers stops no other (rule D6).

    Yields in the calling thread. Raises Interrupted or OutOfTime when the run has to end; what was under way is told
    first where its answer came.
    """
    error: Exception | None = None
    for _, served in fan_out(work, lambda step: _serve(step, master), concurrency=concurrency, patience=patience):
        if isinstance(served, Exception):
            error = error or served
        else:
            yield from served.sent
            error = error or served.error
    if error is not None:
        raise error


@dataclass(slots=True)
class _Served:
    """What came of one agent's work; `error` is what nobody expected: it ends the run, and what was sent is told."""

    sent: list[Sent] = field(default_factory=list)
    error: Exception | None = None


def _serve(step: AgentWork, master: MasterCalls) -> _Served:
    served = _Served()
    try:
        (_one_by_one if step.one_by_one else _all_at_once)(step, master, served.sent)
    except Exception as error:
        served.error = error
    return served


def _all_at_once(step: AgentWork, master: MasterCalls, sent: list[Sent]) -> None:
    """The volumes first, then everything; nothing more is sent on an agent after an answer that is no success."""
    if step.volumes:
        sent.append(_send(step, "destroy", step.volumes, master.destroy_volumes))
        if not succeeded(sent[-1].answer):
            return
    if step.reservations:
        sent.append(_send(step, "unreserve", step.reservations, master.unreserve))


def _one_by_one(step: AgentWork, master: MasterCalls, sent: list[Sent]) -> None:
    """Each item for itself: one that is refused does not hold up the others (rule D1)."""
    standing: set[str | None] = set()
    for volume in step.volumes:
        sent.append(_send(step, "destroy", [volume], master.destroy_volumes))
        if not succeeded(sent[-1].answer):
            standing.add(volume.volume_id)
        if sent[-1].answer.status is None:
            return
    for item in step.reservations:
        if item.volume_id is not None and item.volume_id in standing:
            continue
        sent.append(_send(step, "unreserve", [item], master.unreserve))
        if sent[-1].answer.status is None:
            return


def _send(
    step: AgentWork, stage: Stage, items: Sequence[Resource], call: Callable[[str, Sequence[Resource]], Said]
) -> Sent:
    items = tuple(items)  # decoded once
    try:
        said = call(step.agent_id, items)
        answer = Answer(step.agent_id, step.host, stage, len(items), said.status, foreign(said.text, LONGEST_ANSWER))
    except Interrupted:
        answer = Answer(step.agent_id, step.host, stage, len(items), None, "interrupted before an answer came")
    except JanitorError as error:
        answer = Answer(step.agent_id, step.host, stage, len(items), None, error.message)
    kinds = frozenset[Kind]() if succeeded(answer) else frozenset(item.kind for item in items)
    return Sent(answer, kinds, len(items) == 1)
