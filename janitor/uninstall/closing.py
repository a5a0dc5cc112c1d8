"""What can be said of a service at the end of an uninstall: of what was looked at, and of nothing else. Pure."""

from __future__ import annotations

from dataclasses import replace

from janitor.holdings.holding import Reserved
from janitor.mesos.cluster import Unknown
from janitor.message import Message, Remedy, do
from janitor.uninstall.missing import Missing, missing_lines
from janitor.uninstall.remains import knows_znode
from janitor.uninstall.situation import Choice, Situation
from janitor.words import called, clause, counted, listed


def summary(first: Situation, last: Situation, choice: Choice) -> str:
    """What is gone, by name; or that nothing of it was found. first: before anything was done."""
    service = first.service
    there: list[str] = []
    absent: list[str] = []
    (there if service.app is not None else absent).append(f"app {called(service.app_id)}")
    ids = [framework.id for framework in first.frameworks]
    (there if ids else absent).append(f"framework {listed(ids)}" if ids else "registered framework")
    # What the last look remembers of its roles and principals is all that was looked for.
    roles = listed(sorted({held.role for held in first.reserved} | last.seen_roles) or last.service.roles)
    who = listed(last.service.principals)
    held = bool(first.reserved or last.seen_roles)
    found_none = f"reservation in {roles} or by {who}" if not last.untold else "reservation that is known to be its own"
    (there if held else absent).append(f"its reservations in {roles}" if held else found_none)
    if not choice.no_znode:
        existed = first.znode is True or last.service.znode != service.znode
        (there if existed else absent).append(f"znode {called(last.service.znode)}")
    given_up = [one for one in last.missing if one.lost]
    stays = "".join(f" {one}" for one in left_alone(last))
    if not there:
        return f"Nothing of service {called(service.name)} was found: no {', no '.join(absent)}.{_but(given_up)}{stays}"
    but = f", but for {'; '.join(missing_lines(given_up))}" if given_up else ""
    none = f" There was no {', no '.join(absent)}." if absent else ""
    return f"Service {called(service.name)} is gone{but}: {', '.join(there)}.{none}{stays}"


def left_alone(situation: Situation) -> tuple[Message, ...]:
    """What stays since nothing tells whether it is the service's, a sentence each."""
    return tuple(map(_stays, situation.untold))


def _stays(held: Reserved) -> Message:
    one = held.items == 1
    whose = f"of principal {called(held.principal)}" if held.principal else "without a principal"
    other = ", and another framework has the same principal" if held.principal else ""
    return Message(
        f"{counted(held.items, 'reservation')} {whose} in role {called(held.role)} {'stays' if one else 'stay'}.",
        f"{'it names' if one else 'they name'} no framework{other}, so that nothing tells whose "
        f"{'it is' if one else 'they are'}",
    )


def _but(given_up: list[Missing]) -> str:
    return f" Not removed before: {'; '.join(missing_lines(given_up))}." if given_up else ""


def unknown_znode(situation: Situation, choice: Choice) -> str:
    """Why it is not known which znode is the service's; "" where it is, or where one was found."""
    if choice.no_znode or knows_znode(situation, choice):
        return ""
    service = situation.service
    places = listed(service.places)
    package = f" package {called(service.package)}" if service.package else " it"
    untold = f" ({clause(situation.znode.why)})" if isinstance(situation.znode, Unknown) else ""
    return f"It is not known where{package} keeps its state in ZooKeeper. Checked: {places}{untold}."


def name_the_znode(situation: Situation, choice: Choice) -> Remedy:
    """What to do about that."""
    named = situation.paste_uninstall(replace(choice, znode="ZNODE"))
    none = situation.paste_uninstall(replace(choice, no_znode=True))
    return do("Name its znode:", named).also("If it has none, say so:", none)
