"""What an uninstall remembers from look to look, as a frozen value: it is replaced, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from janitor.dcos.scheduler import Plan
from janitor.holdings.owners import SETTLED_AFTER
from janitor.holdings.stuck import StuckStep
from janitor.mesos.cluster import Leader
from janitor.uninstall.seen import Seen
from janitor.uninstall.service import Service, is_uninstalling
from janitor.uninstall.situation import Away, Did, Situation, Way


@dataclass(frozen=True, slots=True)
class Memory:
    """What was seen of a service, and what this run did to it.

    service         as it was last seen, with all that was ever known of it; None before the first look
    way             how it is uninstalled, and `why_way`
    own             ids of its own frameworks: those of the first look, whatever comes later
    settled         it is known which these are, or that there is none (rule O2)
    end_seen        its end was seen: it uninstalled, or its app was gone. An app that comes after that is another one
    place           the znode that was found; no other is its own then
    complete_since  since when, on the run's own clock, its plan has been COMPLETE at every look
    away_since      since when its scheduler has not answered
    moved_since     when the first pod had been replaced
    seen_roles      its roles of which something was ever shown: all of them is visible then (rule L5)
    given_up        resource_id -> the step that was forced, though its agent may hold the reservation still
    done            what this run did
    moved_pods      those that this run had replaced
    kept_pods       those that the operator chose not to replace
    shut_down       framework id -> the leader that tore it down: another one may know nothing of that
    forced          id of a step -> how often it was forced
    """

    service: Service | None = None
    way: Way | None = None
    why_way: str = ""
    own: frozenset[str] = frozenset()
    settled: bool = False
    end_seen: bool = False
    place: str | None = None
    complete_since: float | None = None
    away_since: float | None = None
    moved_since: float | None = None
    seen_roles: frozenset[str] = frozenset()
    given_up: Mapping[str, StuckStep] = field(default_factory=dict)
    done: frozenset[Did] = frozenset()
    moved_pods: frozenset[str] = frozenset()
    kept_pods: frozenset[str] = frozenset()
    shut_down: Mapping[str, str] = field(default_factory=dict)
    forced: Mapping[str, int] = field(default_factory=dict)

    def settled_by(self, leader: Leader, own: frozenset[str]) -> bool:
        """Whether it is known by now which frameworks are its own. A leader that is younger than a minute may not know
        them yet (rule O2)."""
        return self.settled or bool(own) or leader.age is None or leader.age >= SETTLED_AFTER

    def after_look(self, seen: Seen, situation: Situation) -> Memory:
        """With what a look adds. situation: what `situate` made of it and of this memory."""
        app, now = situation.service.app, seen.now
        own = self.own | frozenset(framework.id for framework in situation.frameworks)
        settled = self.settled_by(seen.snapshot.leader, own)
        ends = is_uninstalling(app) if app is not None else bool(self.done) or settled
        complete = isinstance(situation.plan, Plan) and situation.plan.complete
        return replace(
            self,
            service=situation.service,
            way=situation.way,
            why_way=situation.why_way,
            own=own,
            settled=settled,
            end_seen=self.end_seen or ends,
            place=situation.service.znode if situation.znode is True else self.place,
            complete_since=_since(self.complete_since, complete, now),
            away_since=_since(self.away_since, isinstance(situation.plan, Away), now),
            moved_since=_since(self.moved_since, bool(self.moved_pods), now),
            seen_roles=situation.seen_roles,
            given_up={one.resource_id: one for one in situation.given_up},
        )

    def did(self, what: Did) -> Memory:
        """With this done."""
        return replace(self, done=self.done | {what})

    def moved(self, pod: str) -> Memory:
        """With this pod replaced."""
        return replace(self, moved_pods=self.moved_pods | {pod})

    def kept(self, pod: str) -> Memory:
        """With this pod left where it is, on the operator's word."""
        return replace(self, kept_pods=self.kept_pods | {pod})

    def tore_down(self, framework_id: str, leader_id: str) -> Memory:
        """With this framework shut down by this leader."""
        return replace(self.did("shutdown"), shut_down={**self.shut_down, framework_id: leader_id})

    def forcing(self, step_id: str) -> Memory:
        """With one more try to force this step."""
        return replace(self, forced={**self.forced, step_id: self.forced.get(step_id, 0) + 1})

    def gave_up(self, step: StuckStep) -> Memory:
        """With this step forced: at once, since the next look may find neither the plan nor the scheduler."""
        return replace(self, given_up={**self.given_up, step.resource_id: step})


def _since(before: float | None, so: bool, now: float) -> float | None:
    """Since when it has been so at every look."""
    if not so:
        return None
    return now if before is None else before
