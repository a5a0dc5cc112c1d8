"""Whether a holding is all of one service, and of none that is there, by the very marks that an uninstall goes by."""

from __future__ import annotations

from collections.abc import Iterable

from janitor.dcos.naming import role_of
from janitor.errors import UsageError
from janitor.holdings.holding import Holding, Reserved
from janitor.holdings.known import ended, known_apps, registered
from janitor.holdings.naming import written
from janitor.holdings.owners import MARATHON_LABEL
from janitor.holdings.services import Marks, Named, named
from janitor.holdings.signs import forgotten
from janitor.holdings.verdict import Seen
from janitor.mesos.cluster import Unknown
from janitor.words import called, counted


def kept_by_the_living(holding: Holding, seen: Seen) -> tuple[str, ...]:
    """A line where an uninstall of a service that is there would take some of it; else none.

    What names a completed framework is that one's: an earlier life of a service is told apart by its id.
    """
    over = ended(seen)
    for part in holding.parts:
        if part.framework_id in over:
            continue
        keeper = next((one for one in _living(part, seen) if one.hold(part)), None)
        if keeper is not None:
            by = f"role {called(part.role)}" if keeper.owns(part.role) else f"principal {called(part.principal or '')}"
            unknown = "" if part.framework_id is None else f", and {forgotten(part.framework_id)}"
            return (f"Whether service {called(keeper.name)}, which is there, still uses it: {by} is its own{unknown}.",)
    return ()


def not_its_own(holding: Holding, service: str, seen: Seen) -> tuple[str, ...]:
    """A line where an uninstall of its service would leave some of it; else none.

    What Marathon reserved for a task names Marathon's framework, so that its app tells whose it is.
    """
    marks = _marks(written(service), seen)
    if marks is None:
        return ()
    left = next((one for one in holding.parts if one.label != MARATHON_LABEL and not marks.hold(one)), None)
    if left is None:
        return ()
    whose = called(service)
    if left.framework_id is not None:
        return (f"Whether it is service {whose}'s: {forgotten(left.framework_id)}.",)
    by = f"principal {called(left.principal)}" if left.principal else "being reserved without a principal"
    names = "names" if left.items == 1 else "name"
    which = f"Who owns {counted(left.items, 'reservation')} that {names} no framework"
    return (f"{which}: {by} is not service {whose}'s alone.",)


def _living(part: Reserved, seen: Seen) -> Iterable[Marks]:
    """The services that are registered or have an app, and that may have this by its role or its principal."""
    by_role, by_principal = seen.once("living", lambda: _every_living(seen))
    return (*by_role.get(part.role.rpartition("/")[2], ()), *by_principal.get(part.principal, ()))


def _every_living(seen: Seen) -> tuple[dict[str, list[Marks]], dict[str | None, list[Marks]]]:
    """The marks of each by its own role, and by each of its principals."""
    by_role: dict[str, list[Marks]] = {}
    by_principal: dict[str | None, list[Marks]] = {}
    names = {one.framework.name.strip("/") for one in registered(seen)}
    names |= {one.app.id.strip("/") for one in known_apps(seen)}
    for marks in (_marks(name, seen) for name in sorted(names)):
        if marks is not None:
            by_role.setdefault(role_of(marks.name), []).append(marks)
            for principal in marks.principals:
                by_principal.setdefault(principal, []).append(marks)
    return by_role, by_principal


def _marks(name: str, seen: Seen) -> Marks | None:
    """What an uninstall of the service of this name goes by; None where the name means none, or several."""
    service = named_by(name, seen)
    return service.marks if service is not None else None


def named_by(name: str, seen: Seen) -> Named | None:
    """The service of this name; None where the name means none, or several."""
    apps = () if isinstance(seen.apps, Unknown) else seen.apps

    def of_name() -> Named | None:
        try:
            return named(name, apps, seen.snapshot.frameworks)
        except UsageError:
            return None

    return seen.once(f"named {name}", of_name)
