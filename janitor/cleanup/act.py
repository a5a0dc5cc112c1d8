"""Send what was decided, agents side by side; each answer is a value (rules D1, D4). Nothing is tried again here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from janitor.cleanup.answers import succeeded
from janitor.cleanup.cluster import MasterCalls
from janitor.cleanup.outcome import Answer
from janitor.cleanup.recorded import CALLS, as_sent
from janitor.cleanup.work import AgentWork
from janitor.errors import Interrupted, JanitorError
from janitor.events import Stage
from janitor.journal import UNRECORDED, Journal, Write
from janitor.journal import Answer as Answered
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


def act(
    work: Iterable[AgentWork],
    master: MasterCalls,
    *,
    concurrency: int,
    patience: Patience,
    journal: Journal = UNRECORDED,
) -> Iterator[Sent]:
    """Do the work, a piece taken when it begins; what one agent answers stops no other (rule D6).

    Yields in the calling thread. Raises Interrupted or OutOfTime when the run has to end, and NotRecorded when the
    journal cannot take down a write or its answer: then nothing more is sent. What was under way is told first where
    its answer came.
    """
    error: Exception | None = None
    for _, served in fan_out(
        work, lambda step: _serve(step, _Sender(step, master, journal)), concurrency=concurrency, patience=patience
    ):
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


def _serve(step: AgentWork, sender: _Sender) -> _Served:
    served = _Served(sender.sent)
    try:
        (_one_by_one if step.one_by_one else _all_at_once)(step, sender)
    except Exception as error:
        served.error = error
    return served


def _all_at_once(step: AgentWork, sender: _Sender) -> None:
    """The volumes first, then everything; nothing more is sent on an agent after an answer that is no success."""
    if step.volumes and not succeeded(sender.send("destroy", step.volumes)):
        return
    if step.reservations:
        sender.send("unreserve", step.reservations)


def _one_by_one(step: AgentWork, sender: _Sender) -> None:
    """Each item for itself: one that is refused does not hold up the others (rule D1)."""
    standing: set[str | None] = set()
    for volume in step.volumes:
        answer = sender.send("destroy", [volume])
        if not succeeded(answer):
            standing.add(volume.volume_id)
        if answer.status is None:
            return
    for item in step.reservations:
        if item.volume_id is not None and item.volume_id in standing:
            continue
        if sender.send("unreserve", [item]).status is None:
            return


class _Sender:
    """Sends what one agent gets, keeps what was answered, and has both recorded."""

    def __init__(self, step: AgentWork, master: MasterCalls, journal: Journal) -> None:
        self.sent: list[Sent] = []
        self._step = step
        self._calls = {"destroy": master.destroy_volumes, "unreserve": master.unreserve}
        self._journal = journal

    def send(self, stage: Stage, items: Sequence[Resource]) -> Answer:
        """One write, and its answer. Raises NotRecorded; when it was sent by then, its answer is in `sent`."""
        items = tuple(items)  # decoded once
        number = self._journal.next_write()
        if self._journal is not UNRECORDED:
            self._journal.record(self._write(number, stage, items))
        answer = self._answer(stage, items)
        kinds = frozenset[Kind]() if succeeded(answer) else frozenset(item.kind for item in items)
        self.sent.append(Sent(answer, kinds, len(items) == 1))
        self._journal.record(Answered(write=number, status=answer.status, words=answer.words))
        return answer

    def _write(self, number: int, stage: Stage, items: Sequence[Resource]) -> Write:
        step = self._step
        return Write(
            write=number,
            agent_id=step.agent_id,
            host=step.host,
            call=CALLS[stage],
            resources=as_sent(stage, items),
        )

    def _answer(self, stage: Stage, items: Sequence[Resource]) -> Answer:
        answer = partial(Answer, self._step.agent_id, self._step.host, stage, len(items))
        try:
            said = self._calls[stage](self._step.agent_id, items)
            return answer(said.status, foreign(said.text, LONGEST_ANSWER))
        except Interrupted:
            return answer(None, "interrupted before an answer came")
        except JanitorError as error:
            return answer(None, error.message)
