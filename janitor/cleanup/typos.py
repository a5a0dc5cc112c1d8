"""What was asked for is not there, and something of a near name is (rule S4). Pure.

A refusal needs evidence that a second run on a clean cluster never gives; everything else is a notice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from janitor import rules
from janitor.cleanup.case import Case
from janitor.cleanup.evidence import beside, missing_znode
from janitor.cleanup.near import nearest
from janitor.cleanup.outcome import Blocked, refused
from janitor.cleanup.refusals import clean_command
from janitor.cleanup.typedlabels import labels_not_found, mistyped_label
from janitor.cleanup.typedroles import mistyped_principal, mistyped_role, role_not_found
from janitor.holdings.naming import znode_by_role
from janitor.mesos.cluster import Unknown
from janitor.message import do
from janitor.words import MOST_NAMES, listed
from janitor.zookeeper.paths import is_protected


def typing_mistake(case: Case) -> Blocked | None:
    """The refusal of what is very likely a typing mistake."""
    for part in (mistyped_role, mistyped_principal, mistyped_label, mistyped_znode):
        blocked = part(case)
        if blocked is not None:
            return blocked
    return None


def not_found(case: Case) -> Iterator[str]:
    """What of that which was asked for is not there at all, with what comes near, as notices."""
    yield from role_not_found(case)
    yield from labels_not_found(case)
    yield from znode_not_found(case)


def mistyped_znode(case: Case) -> Blocked | None:
    """It is not there, and the one that the role implies is. Told at the first look, before anything is sent."""
    job = case.job
    view = missing_znode(case)
    if view is None or job.role is None or case.memory.agents:
        return None
    implied = znode_by_role(job.role)
    if implied not in beside(view):
        return None
    return refused(
        rules.S4,
        f"Likely typo: there is no znode {view.znode.path}, but there is {implied}, the one of role {job.role}.",
        [
            do("To remove that:", clean_command(replace(job, znode=implied))),
            do("If it is another service's, leave it out:", clean_command(replace(job, znode=None))),
        ],
    )


def znode_not_found(case: Case) -> Iterator[str]:
    view = missing_znode(case)
    if view is None or case.job.znode is None:
        return
    near = ""
    if isinstance(view.beside, Unknown):
        near = f" What other znodes there are could not be read: {view.beside.why}"
    elif names := nearest(case.job.znode.strip("/"), (name for name in view.beside if not is_protected(name))):
        near = f" Near names: {listed(names, MOST_NAMES)}."
    yield f"There is no znode {view.znode.path}: nothing of it was found.{near}"
