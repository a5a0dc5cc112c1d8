"""The refusals about owners (rules O1 and O3), and the way out that each prints. Pure.

A way out harms no neighbour: it is what selects the dead one's and nothing of a living one's. To uninstall, or to shut
down, is advised only for the service that was named, and never for the cluster's own frameworks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from janitor import rules
from janitor.cleanup.claims import Claim
from janitor.cleanup.job import Job
from janitor.cleanup.outcome import Blocked, refused
from janitor.cleanup.selection import Selection
from janitor.dcos.naming import is_clusters_own
from janitor.errors import Refusal
from janitor.holdings.naming import names_of, plain
from janitor.holdings.owners import MARATHON_TASK, Owner, living_owner, may_be, naming_label, owners, sorted_owners
from janitor.mesos.cluster import Framework
from janitor.mesos.resources import Kind
from janitor.mesos.roles import service_of
from janitor.message import Message, Remedy, do
from janitor.words import Word, called, own_command

Owned = Mapping[Owner, tuple[Kind, ...]]

MOST = 5
"""Owners, or choices, that one message lists."""


def clean_command(job: Job) -> str:
    """The drop-in's command line for this job on this cluster, to be pasted."""
    return own_command(job.reach, *job.options)


def blocked_by_owner(
    claims: tuple[Claim, ...], selection: Selection, frameworks: Iterable[Framework], job: Job
) -> Blocked | None:
    """The refusal that names the live owner and the next step (rule O1)."""
    if not claims:
        return None
    first = claims[0]
    framework = first.framework
    state = "active" if framework.active else "inactive, its tasks may still run"
    more = f" ({len(claims) - 1} more frameworks, too)" if len(claims) > 1 else ""
    who = f"Framework {called(framework.name)} ({called(framework.id)}, principal " + (
        f"{called(framework.principal or 'unknown')}, {state})"
    )
    what = f"may own the znode {job.znode}" if first.znode_only else "still owns these reservations"
    ways = _ways_out(claims, selection, tuple(frameworks), job)
    return refused(rules.O1, Message(f"{who} {what}.", f"{first.evidence}{more}"), ways)


def clusters_own(name: str, reach: tuple[str, ...] = ()) -> Refusal:
    """The refusal to end one of the cluster's own frameworks (rule O1). reach: the options that name the cluster."""
    what_there_is = own_command(reach, "service", "list", "--inactive")
    return Refusal(
        f"{called(name)} is one of the cluster's own frameworks: every service that it runs ends with it.",
        rule=rules.O1,
        override=rules.CLUSTER_FRAMEWORK,
        remedy=do("Name the service to end. See what there is:", what_there_is),
    )


def uninstall_advice(framework: Framework, job: Job) -> list[Remedy]:
    """How a service that lives is removed, a line each; of the cluster's own frameworks, that they stay."""
    if is_clusters_own(framework.name, framework.principal):
        return [do(f"{called(framework.name)} is one of the cluster's own frameworks: it is not to be shut down.")]
    name = Word(framework.name.strip("/"))
    shutdown = own_command(job.reach, "service", "shutdown", Word(framework.id))
    return [
        do("To remove the service, before this is run again:", own_command(job.reach, "uninstall", name)),
        do("If it is uninstalling already, see how far it is:", own_command(job.reach, "status", name)),
        do("If its scheduler is gone for good:", shutdown),
    ]


def _ways_out(
    claims: tuple[Claim, ...], selection: Selection, frameworks: tuple[Framework, ...], job: Job
) -> list[Remedy]:
    first = claims[0]
    framework = first.framework
    of = owners(selection.kinds)
    dead = _dead(of, frameworks, job)
    own = is_clusters_own(framework.name, framework.principal)
    named = is_named(framework, job)
    advice: list[Remedy] = []
    if own or named:
        advice += uninstall_advice(framework, job)
    elif not dead:
        advice.append(
            do(
                f"{called(framework.name)} lives, and is not known to be the service that you want to remove. To "
                "leave its reservations alone, name the principal or a label of the other service:",
                clean_command(replace(job, principal="PRINCIPAL")),
                clean_command(replace(job, labels=(*job.labels, ("KEY", "VALUE")))),
            )
        )
    if first.znode_only and selection.kinds:
        advice.append(do("To clean only the reservations:", clean_command(replace(job, znode=None))))
    elif dead and (label := _of_the_named(dead, frameworks, job)):
        # Where the living one is that service, installed anew, the znode is its own.
        only = replace(job, labels=(*job.labels, label), znode=None if named else job.znode)
        advice.append(do("To remove just what the dead one left:", clean_command(only)))
    elif dead and (choices := _choices(dead, of, job)):
        advice.append(_of_first("To remove just what a dead one left, one of these", choices))
    elif own and (tasks := _of_tasks(selection, frameworks, job)):
        advice.append(_of_first("To remove what one of its tasks left behind for good, one of these", tasks))
    return advice


def is_named(framework: Framework, job: Job) -> bool:
    """Whether it is the service that was named: by the znode or by a role NAME-role, or by the plain name of either."""
    named = set(names_of(job.path) or (job.path.rpartition("/")[2],)) if job.znode is not None else set()
    if job.role is not None:
        named.add(plain(service_of(job.role) or job.role))
    return plain(framework.name) in named


def _dead(of: Owned, frameworks: tuple[Framework, ...], job: Job) -> Owned:
    """The owners that no registered framework can be."""
    registered = [framework for framework in frameworks if not framework.completed]
    return {
        owner: held
        for owner, held in of.items()
        if not any(may_be(framework, owner, job.role or "") for framework in registered)
    }


def _of_the_named(dead: Owned, frameworks: tuple[Framework, ...], job: Job) -> tuple[str, str] | None:
    """The label that selects what the named service left, where just one dead owner is known to be that service."""
    ended = {framework.id for framework in frameworks if framework.completed and is_named(framework, job)}
    labels = {label for owner, held in dead.items() if owner.framework_id in ended for label in _labels(held)}
    return labels.pop() if len(labels) == 1 else None


def _of_first(text: str, commands: Sequence[str]) -> Remedy:
    """The first of these commands, each of which is a choice, and how many more there are."""
    more = f" ({len(commands) - MOST} more are not shown)" if len(commands) > MOST else ""
    return do(f"{text}{more}:", *commands[:MOST])


def _choices(dead: Owned, of: Owned, job: Job) -> list[str]:
    """The commands that select what each of the dead left, and nothing of another's; none where nothing does."""
    return [clean_command(choice) for owner, held in sorted_owners(dead) for choice in _selectors(owner, held, of, job)]


def _selectors(owner: Owner, held: tuple[Kind, ...], of: Owned, job: Job) -> list[Job]:
    """By the label that its reservations really carry; else by its principal, where that is nobody else's."""
    if owner.framework_id is not None:
        return [replace(job, labels=(*job.labels, label)) for label in _labels(held)]
    others = {kind.principal for other, kinds in of.items() if other != owner for kind in kinds}
    if owner.principal is None or owner.principal in others:
        return []
    return [replace(job, principal=owner.principal, any_principal=False)]


def _labels(held: tuple[Kind, ...]) -> list[tuple[str, str]]:
    return sorted({label for kind in held if (label := naming_label(kind)) is not None})


def _of_tasks(selection: Selection, frameworks: Iterable[Framework], job: Job) -> list[str]:
    """The commands for the labels by which Marathon names the tasks that it reserved for and that hold nothing."""
    running = {_task_of(item.kind) for framework in frameworks for item in framework.each_allocated()}
    tasks = sorted({task for kind in selection.every_kind() if (task := _task_of(kind)) is not None} - running)
    return [clean_command(replace(job, labels=(*job.labels, (MARATHON_TASK, task)))) for task in tasks]


def _task_of(kind: Kind) -> str | None:
    return (kind.stack[-1].label(MARATHON_TASK) or None) if kind.stack else None


def shared_role(selection: Selection, frameworks: Iterable[Framework], job: Job) -> Blocked | None:
    """Reservations of several owners, and nothing given that tells them apart (rule O3)."""
    kinds = selection.kinds
    if not kinds or job.role is None:
        return None
    frameworks = tuple(frameworks)
    of = owners(kinds)
    service = service_of(job.role)
    groups = _merged_dead(of, job.role, frameworks) if service is not None else of
    given = job.principal is not None and not job.any_principal
    nameless = service is None and any(owner.framework_id is None for owner in of)
    if len(groups) <= 1 and (given or not nameless):
        return None
    dead = _dead(of, frameworks, job)
    who = _listed(of, dead)
    if len(groups) > 1:
        message = f"Role {job.role} is shared: its reservations have {len(groups)} owners: {who}."
    else:
        message = (
            f"Role {job.role} is not the role of one service (NAME-role), and its reservations do not name their "
            f"framework: they cannot be told apart ({who})."
        )
    keys = sorted({key for held in of.values() for key, _ in _labels(held)})
    choices = _choices(dead, of, job)
    if choices:
        return refused(rules.O3, message, [_of_first("To choose one owner, run one of these", choices)])
    meant = [replace(job, principal="PRINCIPAL")]
    meant += [replace(job, labels=(*job.labels, (key, "ID"))) for key in keys or ["framework_id"]]
    return refused(rules.O3, message, [do("To choose one owner, run one of these:", *map(clean_command, meant))])


def _listed(of: Owned, dead: Owned) -> str:
    """The owners, with how much each has, and which of them are alive."""
    shown = [
        f"{called(str(owner))} ({len(held)} {'kind' if len(held) == 1 else 'kinds'} of reservation"
        f"{'' if owner in dead else ', alive'})"
        for owner, held in sorted_owners(of)
    ]
    return "; ".join(shown[:MOST]) + (f"; and {len(shown) - MOST} more" if len(shown) > MOST else "")


def _merged_dead(of: Owned, role: str, frameworks: tuple[Framework, ...]) -> dict[object, tuple[Kind, ...]]:
    """In NAME-role, owners of one principal that are all dead are one: an upgraded SDK, a repeated install (O3)."""
    groups: dict[object, tuple[Kind, ...]] = {}
    by_principal: dict[str | None, list[Owner]] = {}
    for owner, held in of.items():
        by_principal.setdefault(held[0].principal, []).append(owner)
    for principal, same in by_principal.items():
        held = tuple(kind for owner in same for kind in of[owner])
        if living_owner(held, role, frameworks) is None:
            groups[("dead", principal)] = held
        else:
            groups.update({owner: of[owner] for owner in same})
    return groups
