"""What was asked for is not there, and something of a near name is (rule S4). Pure.

A refusal needs evidence that a second run on a clean cluster never gives; everything else is a notice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from janitor import rules
from janitor.cleanup.case import Case
from janitor.cleanup.claims import FRAMEWORK_LABELS, living_owner
from janitor.cleanup.inventory import ZnodeView
from janitor.cleanup.near import keys_mistaken_for, mistaken_for, nearest
from janitor.cleanup.outcome import Blocked, refused
from janitor.cleanup.refusals import clean_command
from janitor.cleanup.selection import asks_for_resources
from janitor.dcos.naming import znode_of
from janitor.errors import Unreadable
from janitor.mesos.cluster import Agent, Snapshot, Unknown
from janitor.mesos.resources import Resource
from janitor.mesos.roles import service_of
from janitor.words import called, counted, listed
from janitor.zookeeper.paths import is_protected

MOST = 5
"""Names, or commands, that one message lists."""


def typing_mistake(case: Case) -> Blocked | None:
    """The refusal of what is very likely a typing mistake."""
    for part in (_of_the_role, _of_the_principal, _of_a_label, _of_the_znode):
        blocked = part(case)
        if blocked is not None:
            return blocked
    return None


def not_found(case: Case) -> Iterator[str]:
    """What of that which was asked for is not there at all, with what comes near, as notices."""
    yield from _role_not_found(case)
    yield from _labels_not_found(case)
    yield from _znode_not_found(case)


def _selects_nothing(case: Case) -> bool:
    """Whether a role was given, and nothing of it was selected at any time."""
    return asks_for_resources(case.job) and not case.selection.kinds


def _items(snapshot: Snapshot, role: str) -> tuple[Resource, ...]:
    """What could be asked for of a role. A near name's that cannot be read is no evidence, and spoils nothing (L4)."""
    items = (item for agent in snapshot.agents for item in _readable(agent, role))
    return tuple(item for item in items if item.dynamic or item.volume_id is not None)


def _readable(agent: Agent, role: str) -> tuple[Resource, ...]:
    try:
        return agent.resources(role)
    except Unreadable:
        return ()


def _is_reserved(snapshot: Snapshot, role: str) -> bool:
    return any(agent.resources(role) for agent in snapshot.agents)


def _roles(snapshot: Snapshot) -> frozenset[str]:
    return frozenset(role for agent in snapshot.agents for role in agent.reserved)


# --- the role ----------


def _of_the_role(case: Case) -> Blocked | None:
    """Nobody has the role, and the principal holds something in one of a near name, whose owners are all dead."""
    role, principal = case.job.role, case.job.principal
    if role is None or principal is None or not _selects_nothing(case) or _is_reserved(case.snapshot, role):
        return None
    frameworks = case.snapshot.frameworks
    if any(role in framework.roles for framework in frameworks):
        return None
    found: dict[str, int] = {}
    for other in sorted(_roles(case.snapshot)):
        if not mistaken_for(role, other):
            continue
        items = _items(case.snapshot, other)
        count = sum(item.kind.principal == principal for item in items)
        if count and living_owner((item.kind for item in items), other, frameworks) is None:
            found[other] = count
    if not found:
        return None
    holds = "; ".join(f"role {called(other)} holds {counted(count, 'item')} of it" for other, count in found.items())
    commands = " or ".join(
        clean_command(replace(case.job, role=other, znode=_znode_of(case, other))) for other in [*found][:MOST]
    )
    return refused(
        rules.S4,
        f"Likely typo: role {role} is not known, nothing is reserved for it and no framework has it, while principal "
        f"{principal} is: {holds}.",
        [f"To clean that role: {commands}", f"If role {role} is right all the same: leave out -p"],
    )


def _znode_of(case: Case, role: str) -> str | None:
    """The znode to name with another role: its own one, where the one that was given is not there."""
    view, service = case.inventory.znode, service_of(role)
    if service is None or not isinstance(view, ZnodeView) or view.znode.exists:
        return case.job.znode
    implied = znode_of(service)
    return implied if implied in _beside(view) else case.job.znode


def _role_not_found(case: Case) -> Iterator[str]:
    role = case.job.role
    if role is None or not _selects_nothing(case) or _is_reserved(case.snapshot, role):
        return
    holding = ((other, _items(case.snapshot, other)) for other in nearest(role, _roles(case.snapshot)))
    near = [f"role {called(other)} holds {counted(len(items), 'item')}" for other, items in holding if items]
    yield f"Nothing of role {role} was found{''.join(f'; {one}' for one in near)}."


# --- the principal ----------


def _of_the_principal(case: Case) -> Blocked | None:
    """The role holds something, none of it the principal's, and no owner of it is alive."""
    job = case.job
    if not _selects_nothing(case) or job.role is None:
        return None
    others = other_principals(case)
    if not others:
        return None
    if living_owner((item.kind for item in others), job.role, case.snapshot.frameworks) is not None:
        return None
    counts = Counter(item.kind.principal or "" for item in others)
    who = [f"{_named(one)} holds {counted(count, 'item')}" for one, count in sorted(counts.items())]
    commands = " or ".join(
        clean_command(replace(job, principal=one or None, any_principal=not one)) for one in sorted(counts)[:MOST]
    )
    return refused(
        rules.S4,
        f"Likely typo: role {job.role} holds reservations, but none of principal {job.principal}: "
        f"{'; '.join(who[:MOST])}{f'; and {len(who) - MOST} more' if len(who) > MOST else ''}.",
        [f"To select them: {commands}", "Or --any-principal for all of the role, whoever reserved it."],
    )


def other_principals(case: Case) -> tuple[Resource, ...]:
    """What of the role could be asked for, when a principal was given and none of it is that principal's."""
    job = case.job
    if job.principal is None or job.any_principal or not asks_for_resources(job) or job.role is None:
        return ()
    others = _items(case.snapshot, job.role)
    return () if any(item.kind.principal == job.principal for item in others) else others


def _named(principal: str) -> str:
    return f"principal {called(principal)}" if principal else "no principal at all"


# --- a label ----------


def _of_a_label(case: Case) -> Blocked | None:
    """No reservation of the role carries the key, and one of a near name is carried."""
    job = case.job
    if job.role is None or not job.labels or not _selects_nothing(case):
        return None
    carried = _labels(_items(case.snapshot, job.role))
    known = frozenset(framework.id for framework in case.snapshot.frameworks)
    for key, value in job.labels:
        if key in carried:
            continue
        near = keys_mistaken_for(key, carried)
        holding = [each for each in near if value in carried[each]]
        if not near or (key in FRAMEWORK_LABELS and value in known and not holding):
            continue  # a framework of this master's that left nothing: a second run
        meant = (holding or near)[0]
        labels = tuple((meant, text) if name == key else (name, text) for name, text in job.labels)
        return refused(
            rules.S4,
            f"Likely typo: no reservation of role {job.role} has a label {key}; they have {called(meant)}.",
            [
                f"To select by that: {clean_command(replace(job, labels=labels))}"
                if holding
                else f"The values of {called(meant)} there: {_values(value, carried[meant])}."
            ],
        )
    return None


def _labels_not_found(case: Case) -> Iterator[str]:
    """The values that there are: another one may have been meant, or this one's are removed already."""
    job = case.job
    if job.role is None or not job.labels or not _selects_nothing(case):
        return
    carried = _labels(_items(case.snapshot, job.role))
    for key in dict.fromkeys(key for key, _ in job.labels):
        values = [value for name, value in job.labels if name == key]
        if not carried or not carried.get(key, frozenset()).isdisjoint(values):
            continue
        what = f"No reservation of role {job.role} has the label {' or '.join(f'{key}={value}' for value in values)}"
        if key in carried:
            yield f"{what}: nothing of it was found. The values of {key} there: {_values(values[0], carried[key])}."
        else:
            yield f"{what}: nothing of it was found. The labels there: {listed(sorted(carried), MOST)}."


def _labels(items: Iterable[Resource]) -> Mapping[str, frozenset[str]]:
    """key -> the values that dynamic reservations carry."""
    found: dict[str, set[str]] = {}
    for item in items:
        if item.dynamic:
            for key, value in item.top.labels:
                found.setdefault(key, set()).add(value or "")
    return {key: frozenset(values) for key, values in found.items()}


def _values(value: str, values: frozenset[str]) -> str:
    near = nearest(value, values)
    return listed([*near, *sorted(values - {*near})], MOST)


# --- the znode ----------


def _of_the_znode(case: Case) -> Blocked | None:
    """It is not there, and the one that the role implies is. Told at the first look, before anything is sent."""
    job = case.job
    view = _missing_znode(case)
    if view is None or job.role is None or case.memory.agents:
        return None
    implied = znode_of(service_of(job.role) or job.role)
    if implied not in _beside(view):
        return None
    return refused(
        rules.S4,
        f"Likely typo: there is no znode {view.znode.path}, while {implied} is there, the one of role {job.role}.",
        [
            f"To remove that: {clean_command(replace(job, znode=implied))}",
            "If it is another service's: leave out -z",
        ],
    )


def _znode_not_found(case: Case) -> Iterator[str]:
    view = _missing_znode(case)
    if view is None or case.job.znode is None:
        return
    near = ""
    if isinstance(view.beside, Unknown):
        near = f" What other znodes there are could not be read: {view.beside.why}"
    elif names := nearest(case.job.znode.strip("/"), (name for name in view.beside if not is_protected(name))):
        near = f" Near names: {listed(names)}."
    yield f"There is no znode {view.znode.path}: nothing of it was found.{near}"


def _missing_znode(case: Case) -> ZnodeView | None:
    """The view of a znode that was not there from the first look on."""
    view = case.inventory.znode
    missing = isinstance(view, ZnodeView) and not view.znode.exists and not case.memory.root
    return view if missing and isinstance(view, ZnodeView) else None


def _beside(view: ZnodeView) -> tuple[str, ...]:
    return () if isinstance(view.beside, Unknown) else view.beside
