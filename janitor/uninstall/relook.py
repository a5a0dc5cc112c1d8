"""What changed while a question waited for its answer: the answer was to what had been shown. Pure."""

from __future__ import annotations

from janitor import rules
from janitor.errors import Refusal
from janitor.message import do
from janitor.uninstall.actions import Action, DeleteApp, Next, ReplacePod, ShutDown, StartUninstall
from janitor.uninstall.service import is_uninstalling
from janitor.uninstall.situation import Situation
from janitor.words import Word, called, listed


def changed(action: Action, before: Situation, after: Situation, following: Next) -> str:
    """How the service differs from what was asked about, in words; "" when the answer still holds.

    following: what would come next now.
    """
    old, new = before.service.app, after.service.app
    if old is not None and new is None:
        return f"app {called(old.id)} is gone"
    if old is None and new is not None:
        return f"app {called(new.id)} was installed"
    if old is not None and new is not None and (old.version, old.env, old.labels) != (new.version, new.env, new.labels):
        return f"app {called(new.id)} was installed anew, or changed (version {called(new.version or 'unknown')})"
    was, now = _frameworks(before), _frameworks(after)
    if was != now:
        return f"its frameworks were {listed(was)} and are {listed(now)}"
    if _target(action) != (_target(following) if isinstance(following, Action) else None):
        return "something else is to be done now"
    return ""


def check_unchanged(action: Action, before: Situation, after: Situation, following: Next, *, done: bool) -> None:
    """Raise Refusal when the answer was to something else than what is there now. done: something was done before."""
    how = changed(action, before, after, following)
    if how:
        nothing = "Nothing more was done." if done else "Nothing was done."
        raise Refusal(
            f"{called(before.service.name)} changed while you were asked: {how}. {nothing}",
            rule=rules.O6,
            remedy=do("See what it is now:", after.paste("status", Word(before.service.name))),
        )


def overtaken(action: Action, after: Situation) -> bool:
    """Whether the uninstall that was asked about has been started by somebody else: there is nothing more to do."""
    app = after.service.app
    return isinstance(action, StartUninstall) and app is not None and after.way == "modern" and is_uninstalling(app)


def other_frameworks(before: Situation, after: Situation) -> bool:
    """Whether there is a framework that was not there before: then it is another service's uninstall."""
    known = {one.id for one in (*before.frameworks, *before.strangers)}
    return any(one.id not in known for one in (*after.frameworks, *after.strangers))


def _frameworks(situation: Situation) -> list[str]:
    """Every registered framework of its name, and whether its scheduler runs."""
    every = [*situation.frameworks, *situation.strangers]
    return sorted(f"{one.id} ({'active' if one.active else 'inactive'})" for one in every)


def _target(action: Action) -> tuple[str, str]:
    """What a step is done to."""
    if isinstance(action, StartUninstall | DeleteApp):
        return type(action).__name__, action.app_id
    if isinstance(action, ShutDown):
        return type(action).__name__, action.framework_id
    return type(action).__name__, action.pod if isinstance(action, ReplacePod) else ""
