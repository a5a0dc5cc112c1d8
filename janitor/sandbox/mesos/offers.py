"""Offers: what frameworks may take, and how they lose it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from janitor.sandbox.mesos.algebra import Pool
from janitor.sandbox.mesos.frameworks import Framework, Offer
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.views import View


class Offers:
    """The outstanding offers of a leader; `changed` is told of every agent of which something changes."""

    def __init__(self, prefix: str, frameworks: dict[str, Framework], changed: Callable[[View], None]) -> None:
        self._prefix = prefix
        self._frameworks = frameworks
        self._changed = changed
        self._made = 0

    def give(self, framework: Framework, view: View) -> None:
        """All that is free on an agent and is not another role's, in one offer."""
        role = framework.info.roles[0]
        items = [item for item in view.free() if item.role in ("*", *framework.info.roles)]
        if not items or not view.active:
            return
        resources = tuple(item.allocated(role) for item in items)
        offer = Offer(f"{self._prefix}-O{self._made}", framework.info.id, view.agent.id, role, resources)
        self._made += 1
        framework.offers[offer.id] = offer
        framework.offered.update(resources)
        view.offered.update(resources)
        self._changed(view)

    def _on(self, view: View) -> list[Offer]:
        every = (offer for framework in self._frameworks.values() for offer in framework.offers.values())
        return [offer for offer in every if offer.agent_id == view.agent.id]

    def _withdraw(self, view: View, offer: Offer) -> None:
        framework = self._frameworks[offer.framework_id]
        del framework.offers[offer.id]
        framework.offered.take_all(offer.resources)
        view.offered.take_all(offer.resources)
        self._changed(view)

    def rescind(self, view: View, framework: Framework | None = None) -> None:
        """An agent's offers are gone: all, or one framework's."""
        for offer in self._on(view):
            if framework is None or offer.framework_id == framework.info.id:
                self._withdraw(view, offer)

    def rescind_for(self, view: View, wanted: Sequence[Resource]) -> None:
        """Offers that hold some of `wanted` go, until what they held covers it (master.cpp, rescindOffers)."""
        freed = Pool()
        keys = {item.key for item in wanted}
        for offer in self._on(view):
            held = [item.allocated(None) for item in offer.resources]
            if any(item.key in keys for item in held) and not freed.contains_all(wanted):
                self._withdraw(view, offer)
                freed.update(held)
