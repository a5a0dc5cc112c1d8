"""Look at a service again and again: gather, situate, remember."""

from __future__ import annotations

from dataclasses import dataclass, field

from janitor.errors import HttpStatus, JanitorError, NoAnswer, OutOfTime, Unreadable, Untrusted
from janitor.events import View, Waiting
from janitor.patience import Patience
from janitor.uninstall.gather import gather
from janitor.uninstall.memory import Memory
from janitor.uninstall.service import Service
from janitor.uninstall.site import Site
from janitor.uninstall.situate import situate
from janitor.uninstall.situation import Choice, Situation


@dataclass(slots=True)
class Surveyor:
    """Looks at one service, and remembers. Who acts on what is seen has that remembered, too (`memory`).

    without_marathon: a Marathon that does not answer ends no look; nothing may be done after such a one.
    """

    site: Site
    name: str
    choice: Choice
    memory: Memory = field(default_factory=Memory)
    without_marathon: bool = False

    @property
    def service(self) -> Service | None:
        """The service as it was last seen."""
        return self.memory.service

    def look(self) -> Situation:
        """The situation now.

        Raises, at the first look, UsageError for a service that is not there or that is several, and Trouble when
        that cannot be told; at any, what the site raises.
        """
        seen = gather(self.site, self.name, self.choice, self.memory, without_marathon=self.without_marathon)
        situation = situate(seen, self.memory, self.choice)
        self.memory = self.memory.after_look(seen, situation)
        return situation

    def look_again(self, patience: Patience, view: View, *, every: float, at_most: float) -> Situation:
        """The next look; what passes by itself is waited out, since an uninstall restarts much on its way."""
        began = patience.clock()
        causes: list[JanitorError] = []

        def attempt() -> Situation | None:
            try:
                return self.look()
            except (Unreadable, Untrusted, OutOfTime):
                raise
            except HttpStatus as error:
                if error.status < 500:
                    raise
                causes[:] = [error]
            except NoAnswer as error:
                causes[:] = [error]
            return None

        def on_wait() -> None:
            waited = patience.clock() - began
            view(Waiting(f"the cluster to answer: {causes[0].message}", waited, patience.at_most(waited)))

        return patience.poll(attempt, every=every, at_most=at_most, what="looking again", on_wait=on_wait)
