"""From a result to its document: the one that `--output json` prints at the end, on standard output."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import UNSET

from janitor.cleanup.outcome import AgentRecord, Blocked, Leftover, Outcome, ZnodeRecord
from janitor.cli import results
from janitor.cli.arguments.commands import Apply, Arguments, Clean, PlanForceComplete, PodReplace, ServiceShutdown
from janitor.cli.arguments.local import NoCluster
from janitor.cli.views import parts, schema
from janitor.cli.views.scanned import cluster_of, holding_of, holdings_of
from janitor.dcos.scheduler import Plan
from janitor.errors import JanitorError, Refusal
from janitor.exits import Exit
from janitor.message import Again, Message, Own, Remedy, all_of, no_line
from janitor.records.audited import audited
from janitor.words import counted

if TYPE_CHECKING:
    from janitor.mesos.cluster import Framework
    from janitor.rules import Rule
    from janitor.scan.sweep import Sweep
    from janitor.uninstall.missing import Missing
    from janitor.zookeeper.restoring import Names

T = TypeVar("T")

_CHANGING = schema.PlanForceCompleteDocument | schema.PodReplaceDocument | schema.ServiceShutdownDocument
"""The documents of commands that change one thing after a question, and can say beforehand what it is."""


def written(command: str, asked: Arguments | None, result: results.Result, own: Own = no_line) -> str:
    """Write the document, as ASCII: nothing in it can steer a terminal. own: writes out the command of this run."""
    content = msgspec.to_builtins(document(command, asked, result), enc_hook=partial(_plain, own=own))
    content["error"] = content.pop("error")  # last, where a reader of much looks
    return json.dumps(content, indent=2, ensure_ascii=True)


def _plain(value: object, *, own: Own) -> str:
    """The text of one that knows its parts, with the command line of this run written out."""
    if isinstance(value, Again):
        return own(value) or str(value)
    if isinstance(value, Remedy):
        return str(value.whole(own))
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError(f"a document cannot hold a {type(value).__name__}")


def document(command: str, asked: Arguments | None, result: results.Result) -> schema.Document:
    """The document of a command. `asked` is None when the command line could not be read."""
    made = schema.DOCUMENTS[command]()
    made.command, made.status, made.meaning, made.error = command, result.status, result.meaning, _error(result)
    if asked is not None:
        _tell_asked(made, asked)
    _tell_result(made, result)
    return made


def _tell_asked(made: schema.Document, asked: Arguments) -> None:
    """What the operator named."""
    match made, asked:
        case schema.CleanDocument() | schema.ApplyDocument(), Clean() | Apply():
            made.job = _converted(asked.job, parts.Job)
            made.job.overrides.sort()
            made.target = _converted(asked.common.target, parts.Target)
        case schema.PlanForceCompleteDocument(), PlanForceComplete():
            made.plan, made.phase, made.step = asked.plan, asked.phase or None, asked.step or None
        case schema.PodReplaceDocument(), PodReplace():
            made.pod = asked.pod
    if isinstance(asked, Apply):
        assert isinstance(made, schema.ApplyDocument)
        made.file = asked.file
    if isinstance(asked, PlanForceComplete | PodReplace | ServiceShutdown):
        assert isinstance(made, _CHANGING)
        made.dry_run = asked.dry_run
    if not isinstance(asked, NoCluster) and hasattr(asked, "name") and hasattr(made, "name"):
        made.name = asked.name.strip("/")


def _tell_result(made: schema.Document, result: results.Result) -> None:
    """What came of it."""
    match made, result:
        case schema.CleanDocument() | schema.ApplyDocument(), results.Cleaned():
            made.outcome = _outcome(result.outcome)
        case schema.UninstallDocument(), results.Uninstalled():
            ended = result.ended
            made.summary, made.why, made.remedy = ended.summary or None, ended.why or None, ended.remedy
            made.commands = _commands(ended.remedy)
            made.next, made.taken, made.comebacks = ended.next or None, [*ended.taken], [*ended.comebacks]
            made.cleanups = [_outcome(one) for one in ended.cleanups]
            made.given_up = [_missing(one) for one in ended.given_up]
        case schema.StatusDocument(), results.Stands():
            _tell_standing(made, result)
        case schema.ScanDocument(), results.Scanned(scan, reach):
            made.cluster, made.holdings = cluster_of(scan), holdings_of(scan, reach)
            made.untold, made.notices = [*scan.untold], [*scan.notices]
        case schema.SweepDocument(), results.SweptUp(sweep, reach):
            _tell_sweep(made, sweep, reach)
        case schema.RestoreDocument(), results.PutBack():
            _tell_restored(made, result)
        case schema.PlanShowDocument(), results.PlanFound():
            made.plan = result.plan
        case schema.PlanForceCompleteDocument(), results.ForceCompleted():
            made.already, made.message = result.forced.already, result.forced.message
        case schema.PodListDocument(), results.PodsFound():
            made.pods = [*result.pods]
        case schema.ServiceListDocument(), results.FrameworksFound():
            made.frameworks = [_framework(one) for one in result.frameworks]
        case schema.AuditListDocument(), results.HistoryRead(history):
            made.runs = [_converted(one, parts.AuditBrief) for one in history.runs]
            made.unreadable = [*history.unreadable]
        case schema.AuditShowDocument(), results.HistoryRead(history):
            made.runs, made.unreadable = [audited(one) for one in history.runs], [*history.unreadable]
        case schema.PlanForceCompleteDocument() | schema.PodReplaceDocument(), results.Rehearsed(would):
            made.would = [*would]
        case schema.ServiceShutdownDocument(), results.Rehearsed(would, framework):
            made.would = [*would]
            made.framework = _framework(framework) if framework is not None else None
        case schema.ConfigDocument(), results.Configured(stored):
            made.file, made.profile = (stored.path if stored.there else None), stored.profile
            made.profiles, made.notices = [*stored.profiles], [*stored.notices]
            made.not_used = [option.name for option in stored.aside]
            made.settings = [
                parts.Setting(
                    one.name, [*one.value] if isinstance(one.value, tuple) else one.value, one.source, one.detail
                )
                for one in result.settings
            ]
        case schema.ServiceShutdownDocument(), results.FrameworkShutDown():
            made.framework = _framework(result.framework)


def _tell_restored(made: schema.RestoreDocument, result: results.PutBack) -> None:
    done = result.restored
    made.file, made.dry_run, made.path, made.ensemble = result.file, done.dry_run, done.path, done.ensemble
    made.nodes, made.created, made.parents, made.ephemerals = done.nodes, done.created, [*done.parents], done.ephemerals
    made.equal = done.equal if done.verified else None
    made.acls, made.unlike, made.unread = (_differing(one) for one in (done.acls, done.unlike, done.unread))
    made.next = result.again if done.error is not None else None


def _differing(names: Names) -> parts.Differing:
    return parts.Differing(names.count, [parts.DifferingNode(path, why) for path, why in names.first])


def _tell_standing(made: schema.StatusDocument, result: results.Stands) -> None:
    situation = result.situation
    service = situation.service
    made.name, made.way, made.package = service.name, situation.way, service.package
    made.app = service.app.id if service.app is not None else None
    made.frameworks = [_framework(one) for one in situation.frameworks]
    made.roles, made.principals = [*service.roles], [*service.principals]
    made.znode = parts.NamedZnode(service.znode, situation.znode if isinstance(situation.znode, bool) else None)
    made.reserved = [_converted(one, parts.Reserved) for one in situation.reserved]
    made.plan = situation.plan if isinstance(situation.plan, Plan) else None
    made.stuck = [
        parts.StuckStep(one.phase.name, one.step.name, one.step.status, one.why, one.agent_id, one.safe)
        for one in situation.stuck
    ]
    made.missing = [_missing(one) for one in situation.missing]
    made.next = result.standing.next
    made.untold = [f"Whether it has an app: {situation.no_apps.why}"] if situation.no_apps is not None else []


def _tell_sweep(made: schema.SweepDocument, sweep: Sweep, reach: tuple[str, ...]) -> None:
    made.cluster, made.dry_run, made.stopped = cluster_of(sweep.scan), sweep.dry_run, sweep.stopped or None
    made.untold, made.notices = [*sweep.scan.untold], [*sweep.scan.notices, *sweep.notices]
    made.chosen = [holding_of(one, reach) for one in sweep.chosen]
    made.protected = [holding_of(one, reach) for one in sweep.protected]
    made.swept = [
        schema.Swept(
            holding_of(one.found, reach),
            one.gone,
            _outcome(one.outcome) if one.outcome is not None else None,
            one.why or None,
        )
        for one in sweep.swept
    ]


def _outcome(outcome: Outcome) -> parts.Outcome:
    return parts.Outcome(
        ran=outcome.ran,
        resources=outcome.resources,
        dry_run=outcome.dry_run,
        result=outcome.result,
        mesos_version=outcome.version or None,
        rounds=outcome.rounds,
        seconds=round(outcome.seconds, 3),
        agents=[_agent(one) for one in outcome.agents],
        znode=_znode(outcome.znode) if outcome.znode is not None else None,
        blocked=[_blocked(one) for one in outcome.blocked],
        leftovers=[_leftover(one) for one in outcome.leftovers],
        notices=[*outcome.notices],
    )


def _agent(one: AgentRecord) -> parts.Agent:
    answers = [_converted(answer, parts.Answer) for answer in one.answers]
    proof = one.proof.sentence if one.proof is not None else None
    return parts.Agent(one.agent_id, one.host, [*one.roles], one.volumes, one.items, proof, answers)


def _blocked(one: Blocked) -> parts.Blocked:
    rule, why = one.rule, Message.of(one.message).why or None
    ways, commands = [*one.ways], _commands(one.remedy, *one.ways)
    return parts.Blocked(rule.code, rule.name, one.status, one.message, why, one.remedy, one.override, ways, commands)


def _leftover(one: Leftover) -> parts.Leftover:
    return parts.Leftover(one.agent_id, one.host, one.item, one.words, one.remedy, _commands(one.remedy))


def _znode(one: ZnodeRecord) -> parts.Znode:
    commands = _commands(one.remedy)
    backup, saved = (one.backup or None, one.saved if one.backup else None)
    return parts.Znode(one.path, one.state, one.nodes, one.how, one.words, one.remedy, commands, backup, saved)


def _commands(*remedies: str | None) -> list[str]:
    remedy = all_of(remedies)
    return [*remedy.commands] if remedy is not None else []


def _missing(one: Missing) -> parts.Missing:
    return parts.Missing(one.agent_id or None, one.host or None, one.lost, one.state, sorted(one.resource_ids))


def _framework(one: Framework) -> parts.Framework:
    holds = [str(item) for item in one.allocated]
    return parts.Framework(one.id, one.name, [*one.roles], one.principal, one.active, one.connected, holds)


def _converted(value: object, kind: type[T]) -> T:
    """The fields of a value that a document has, too: by the same names."""
    return msgspec.convert(value, kind, from_attributes=True, strict=False)


def _error(result: results.Result) -> parts.Error | None:
    """What ended it; null where it ended well, or with what is listed elsewhere in the document."""
    match result:
        case results.Failed(error):
            return _of_error(error)
        case results.Cleaned(outcome) if outcome.error is not None:
            return _told("Outcome", *outcome.error)
        case results.Cleaned(outcome) if outcome.blocked:
            first = outcome.blocked[0]
            kind = "Refusal" if first.status == Exit.REFUSED else "Outcome"
            return _refusal(kind, first.message, first.remedy, first.rule, first.override, first.ways)
        case results.Uninstalled(ended) if ended.why and ended.status != Exit.CLEAN:
            kind = "Interrupted" if ended.status in (Exit.SIGINT, Exit.SIGTERM) else "Outcome"
            return _told(kind, ended.why, ended.remedy)
        case results.SweptUp(sweep) if sweep.status != Exit.CLEAN:
            kind = "Interrupted" if sweep.signal is not None else "Outcome"
            stayed = sum(not one.gone for one in sweep.swept)
            return _told(kind, sweep.stopped or f"{counted(stayed, 'holding')} not proven gone.")
        case results.PutBack(_, restored) if restored.error is not None:
            return _of_error(restored.error)
        case results.PutBack(_, restored) if result.status != Exit.CLEAN:
            unlike = restored.unlike.count + restored.acls.count
            return _told("Outcome", f"{counted(unlike, 'node')} not as in the backup.")
        case results.Stands(_, standing) if standing.left is None:
            return _told("Outcome", f"It is not known whether something is left: {standing.untold}")
    return None


def _of_error(error: JanitorError) -> parts.Error:
    kind = next(kind for kind in type(error).__mro__ if kind.__module__ == JanitorError.__module__).__name__
    if isinstance(error, Refusal):
        return _refusal(kind, error.message, error.remedy, error.rule, error.override, ())
    return _told(kind, error.message, error.remedy)


def _told(kind: str, message: str, remedy: str | None = None) -> parts.Error:
    return parts.Error(kind, message, Message.of(message).why or None, remedy, _commands(remedy))


def _refusal(
    kind: str, message: str, remedy: str | None, rule: Rule, override: str | None, ways: Sequence[str]
) -> parts.Error:
    told = _told(kind, message, remedy)
    told.rule, told.rule_name, told.override, told.ways = rule.code, rule.name, override or UNSET, [*ways] or UNSET
    told.commands = _commands(remedy, *ways)
    return told
