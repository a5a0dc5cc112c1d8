"""From the values of a command line to what it asks for: one function per command, and `asked` to find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias, TypedDict, get_args

from janitor.cleanup.job import Job
from janitor.cli.arguments import commands, options
from janitor.cli.arguments.commands import Arguments, Audit, Common, Show
from janitor.cli.arguments.grammar import Typed
from janitor.cli.arguments.local import Config
from janitor.cli.arguments.target import attached_notice, limits_of, reading_of, site_target, target_of
from janitor.cli.arguments.values import DAY, Value, Values, label, one_of, seconds
from janitor.cli.arguments.verbs import COMMANDS, FORMATS, Format, Spec
from janitor.cli.environment import Environment
from janitor.errors import UsageError
from janitor.message import Again, do
from janitor.rules import CLUSTER_FRAMEWORK, OVERRIDES, Override
from janitor.secretfile import read_lines
from janitor.target import Limits, Target
from janitor.words import called

if TYPE_CHECKING:
    from janitor.uninstall.situation import Choice

_Place: TypeAlias = Callable[[Values, Environment, Limits, list[str]], Target]

_LEVELS: tuple[commands.Level, ...] = get_args(commands.Level)


class _Sure(TypedDict):
    dry_run: bool
    detailed: bool
    yes: bool


MOST_DAYS = 30
"""The longest that a plan may be old, or that agents are waited for."""

SITE_TIMEOUT = 3600.0
"""Seconds: an uninstall takes as long as its agents take. `--timeout` says otherwise."""


def asked(typed: Typed, values: Values, env: Environment) -> Arguments:
    """What was asked for, by a command that reaches a cluster, or `config`. Contacts nothing; reads the files that were
    named.

    Raises UsageError, or BadUrl for the URLs last.
    """
    spec = COMMANDS[typed.command]
    name, second, third, fourth = _words(typed, spec)
    show = _show(values, env, spec)
    if spec.name == "clean":
        return _clean(typed, values, env, show)
    if spec.name == "apply":
        return _apply(name, typed, values, env, show)
    if spec.name == "config":
        return _config(values, env)
    limits = limits_of(values, env) if spec.name in options.QUICK else limits_of(values, env, SITE_TIMEOUT)
    common = _common(typed, values, env, show, limits, site_target)
    match spec.name:
        case "uninstall":
            return _uninstall(common, name, values)
        case "scan":
            return _scan(values, common)
        case "sweep":
            return _sweep(values, env, common)
        case "restore":
            return commands.Restore(common, name, values.on(options.CONTINUE), **_sure(values))
        case "status":
            return commands.Status(common, name, _choice(values))
        case "plan show":
            return commands.PlanShow(common, name, second or "deploy", watch=values.on(options.WATCH))
        case "plan force-complete":
            return commands.PlanForceComplete(common, name, second, third, fourth, **_sure(values))
        case "pod list":
            return commands.PodList(common, name)
        case "pod replace":
            return commands.PodReplace(common, name, second, **_sure(values))
        case "service list":
            return commands.ServiceList(common, inactive=values.on(options.INACTIVE))
        case "service shutdown":
            lifted = CLUSTER_FRAMEWORK in _overrides(values, (CLUSTER_FRAMEWORK,))
            return commands.ServiceShutdown(common, name, cluster_framework=lifted, **_sure(values))
        case "apply" | "audit list" | "audit show" | "config" | "sandbox" | "completion" | "help" | "version":
            raise LookupError(f"{spec.name} reaches no cluster")


def _sure(values: Values) -> _Sure:
    """Whether a command only says what it would do, whether its status says so, and whether it asks before it acts."""
    return {
        "dry_run": values.on(options.DRY_RUN),
        "detailed": _detailed(values),
        "yes": values.on(options.YES),
    }


def _scan(values: Values, common: Common) -> commands.Scan:
    from janitor.holdings.verdict import Verdict

    known = tuple(verdict.value for verdict in Verdict)
    role = values.plain(options.ROLES)
    only = tuple(Verdict(one_of(value, known)) for value in values.each(options.ONLY))
    return commands.Scan(common, only, role)


def _sweep(values: Values, env: Environment, common: Common) -> commands.Sweep:
    from janitor.scan.sweep import Choice

    role, service = values.plain(options.ROLES), values.plain(options.ONLY_SERVICE)
    patterns = values.each(options.PROTECT)
    reading = reading_of(values, env, common.limits)
    for file in values.each(options.PROTECT_FILE):
        patterns += [replace(file, text=line) for line in read_lines(file.text, file.source, reading)]
    choice = Choice(
        znodes=values.on(options.ZNODES),
        role=role,
        service=service,
        protect=tuple(dict.fromkeys(one.text for one in patterns if not one.stored)),
        protect_always=tuple(dict.fromkeys(one.text for one in patterns if one.stored)),
        backup=values.plain(options.BACKUP),
    )
    return commands.Sweep(common, choice, **_sure(values))


def _words(typed: Typed, spec: Spec) -> tuple[str, str, str, str]:
    """The words of a command, "" for those that were left out. Raises UsageError for one that is given but empty."""
    if "" in typed.words:
        empty = spec.words.split()[typed.words.index("")].strip("[]")
        raise UsageError(
            f"The {empty} of {spec.name} is given but empty.",
            remedy="Is a shell variable unset? Nothing was done, since it could have meant more than you asked for.",
        )
    first, second, third, fourth, *_ = (*typed.words, "", "", "", "")
    return first, second, third, fourth


def _show(values: Values, env: Environment, spec: Spec) -> Show:
    """How to show things, which holds for errors from here on. Raises UsageError.

    What is not said depends on who reads: the drop-in shows its text on a terminal, and its transcript elsewhere.
    """
    default: Format = "text" if env.out.terminal or "transcript" not in spec.formats else "transcript"
    level, output = values.text(options.LOG_LEVEL), values.text(options.OUTPUT)
    shown = Show(
        output=_format(output, spec, default) if output else default,
        quiet=values.on(options.QUIET),
        verbose=values.on(options.VERBOSE),
        log_level=one_of(level, _LEVELS) if level else None,
    )
    env.verbose_errors = shown.log_level == "debug"
    return shown


def _format(output: Value, spec: Spec, default: Format) -> Format:
    """What is to be shown. A file is for every command: a format in it that this one does not have is no error."""
    if output.stored and one_of(output, tuple(FORMATS)) not in spec.formats:
        return default
    return one_of(output, spec.formats)


def _config(values: Values, env: Environment) -> Config:
    from janitor.cli.arguments.configuration import login_of_every_cluster
    from janitor.cli.arguments.effective import settings

    attached = attached_notice(values, env, limits_of(values, env))
    stored = values.stored
    more = (attached, login_of_every_cluster(stored))
    stored = replace(stored, notices=(*stored.notices, *(one for one in more if one is not None)))
    return Config(stored, settings(values))


def audit_log(typed: Typed, values: Values) -> Audit | None:
    """The audit log that was asked for, of a command that changes something."""
    file = values.text(options.AUDIT_LOG)
    return Audit(file.text, file.source, typed.shown, values.variables()) if file is not None else None


def _common(typed: Typed, values: Values, env: Environment, show: Show, limits: Limits, place: _Place) -> Common:
    """What all commands that reach a cluster have in common. place: `target_of`, or `site_target`."""
    notices = [*values.stored.notices]
    target = place(values, env, limits, notices)
    audit = audit_log(typed, values) if COMMANDS[typed.command].changes else None
    return Common(target, limits, show, tuple(notices), audit)


def _clean(typed: Typed, values: Values, env: Environment, show: Show) -> commands.Clean:
    job, limits = _job(values), limits_of(values, env)
    detailed, save = _detailed(values), _save(values)
    common = _common(typed, values, env, show, limits, target_of)
    return commands.Clean(common, replace(job, reach=common.target.reach), detailed, save)


def _apply(file: str, typed: Typed, values: Values, env: Environment, show: Show) -> commands.Apply:
    """The plan is read here, before anything is contacted. Raises UsageError and Refusal for what it must not be."""
    from janitor.records.plan import job_of, load

    limits, detailed = limits_of(values, env), _detailed(values)
    max_age = values.text(options.MAX_AGE)
    plan = load(file, reading_of(values, env, limits), seconds(max_age, MOST_DAYS) if max_age else float(DAY))
    common = _common(typed, values, env, show, limits, target_of)
    on = f" on the cluster {called(plan.cluster.name)}" if plan.cluster.name is not None else ""
    told = f"The plan was saved at {plan.saved} by {called(plan.user)} of {called(plan.host)}{on}."
    job = job_of(plan, dry_run=values.on(options.DRY_RUN), reach=common.target.reach)
    job = replace(job, backup=values.plain(options.BACKUP), wait_for_agents=_wait_for_agents(values))
    return commands.Apply(replace(common, notices=(*common.notices, told)), file, job, detailed)


def _wait_for_agents(values: Values) -> float:
    """Seconds for which a run stays for agents that are away; 0 for not at all."""
    time = values.text(options.WAIT_FOR_AGENTS)
    return seconds(time, MOST_DAYS) if time is not None else 0.0


def _save(values: Values) -> commands.Save | None:
    """Where a dry run saves what would go. Raises UsageError without --dry-run."""
    file = values.text(options.SAVE)
    if file is None:
        return None
    if not values.on(options.DRY_RUN):
        raise UsageError(
            "--save works only with --dry-run.",
            remedy=do("Add the other one:", Again("--dry-run")).also("Then do what it saved:", "janitor apply FILE"),
        )
    return commands.Save(file.text, file.source)


def _job(values: Values) -> Job:
    role = values.text(options.ROLE)
    if role and role.text.startswith("-"):
        raise UsageError(
            f"The role {role.text!r} ({role.source}) begins with a dash, and Mesos allows no such role.",
            remedy="Is a shell variable unset before it?",
        )
    principal, znode = values.plain(options.PRINCIPAL), values.plain(options.ZK_PATH)
    return Job(
        role=role.text if role else None,
        principal=principal,
        any_principal=values.on(options.ANY_PRINCIPAL),
        labels=tuple(label(value) for value in values.each(options.LABEL)),
        znode=znode,
        overrides=_overrides(values, OVERRIDES),
        lost_agents=tuple(value.text for value in values.each(options.LOST_AGENT)),
        wait_for_agents=_wait_for_agents(values),
        backup=values.plain(options.BACKUP),
        dry_run=values.on(options.DRY_RUN),
    )


def _overrides(values: Values, choices: tuple[Override, ...]) -> frozenset[Override]:
    """The refusals that the operator lifts, of those that the command has. Raises UsageError for another one."""
    return frozenset(one_of(value, choices) for value in values.each(options.OVERRIDE))


def _detailed(values: Values) -> bool:
    """Whether a dry run tells by its status that something would be removed. Raises UsageError without --dry-run."""
    detailed = values.on(options.DETAILED_EXITCODE)
    if detailed and not values.on(options.DRY_RUN):
        raise UsageError(
            "--detailed-exitcode works only with --dry-run.",
            remedy=do("Add the other one:", Again("--dry-run")).also(
                "Or leave it out:", Again(without=["--detailed-exitcode"])
            ),
        )
    return detailed


def _uninstall(common: Common, name: str, values: Values) -> commands.Uninstall:
    legacy, manual = values.on(options.LEGACY), values.on(options.MANUAL)
    if legacy and manual:
        raise UsageError("Give --legacy or --manual, not both.")
    package = values.plain(options.PACKAGE)
    choice = replace(
        _choice(values),
        way="legacy" if legacy else "manual" if manual else None,
        package=package,
        force_missing=values.on(options.FORCE_COMPLETE_MISSING),
        cluster_framework=CLUSTER_FRAMEWORK in _overrides(values, (CLUSTER_FRAMEWORK,)),
        backup=values.plain(options.BACKUP),
    )
    return commands.Uninstall(common, name, choice, **_sure(values))


def _choice(values: Values) -> Choice:
    """What is known of the service on the operator's word: its znode, and the agents that never return."""
    from janitor.uninstall.situation import Choice
    from janitor.zookeeper.paths import znode_path

    # Typed for this service: a variable that is set for `janitor clean` names the znode of another one.
    znode = values.plain(options.ZK_PATH) if values.is_typed(options.ZK_PATH) else None
    no_znode = values.on(options.NO_ZNODE)
    if znode is not None and no_znode:
        raise UsageError("Give -z or --no-znode, not both.")
    return Choice(
        lost_agents=tuple(value.text for value in values.each(options.LOST_AGENT)),
        znode=znode_path(znode).strip("/") if znode is not None else None,
        no_znode=no_znode,
    )
