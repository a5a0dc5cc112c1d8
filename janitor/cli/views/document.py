"""`--output json`: one document at the end, on standard output, instead of the transcript.

Keys are stable: new ones may come, none changes its meaning while `schema` stays 1.

    schema    1
    janitor   the version of the tool
    command   "clean"
    status    the exit status, and `meaning` in words: with 0, which of its meanings it is
    job       role, principal, any_principal, labels [[key, value]], znode, overrides, lost_agents, dry_run;
              null when the command line could not be read
    target    mesos, marathon, exhibitor, zookeeper: where it was; null likewise
    outcome   null when there was none, else
        ran, resources, dry_run, mesos_version, rounds, seconds
        result      how it ended well: "removed" (and proven gone), "not-found" (nothing of it was there), or
                    "would-remove" (a dry run); else null
        agents      [{agent_id, host, roles, volumes, items, proof, answers [{stage, items, status, words}]}]
        znode       {path, state, nodes, how, words, remedy} or null; state is gone, missing, root-left, kept, failed
                    or planned
        blocked     [{rule, rule_name, status, message, remedy, override, ways [text]}]
        leftovers   [{agent_id, host, item, words, remedy}]
        notices     [text]
    error     {kind, message, remedy} of what ended the run, or null; kind is the class in janitor/errors.py, or
              "Outcome" when it is the outcome's own

No secret is in it: neither token, password nor ZooKeeper's digest.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TypeAlias

import janitor
from janitor import exits
from janitor.cleanup.job import Job
from janitor.cleanup.outcome import AgentRecord, Blocked, Outcome
from janitor.errors import JanitorError
from janitor.exits import Exit
from janitor.target import Target

SCHEMA = 1

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def document(
    status: Exit,
    *,
    job: Job | None = None,
    target: Target | None = None,
    outcome: Outcome | None = None,
    error: JanitorError | None = None,
) -> str:
    """Write the document, as ASCII: nothing in it can steer a terminal."""
    whole: dict[str, Json] = {
        "schema": SCHEMA,
        "janitor": janitor.__version__,
        "command": "clean",
        "status": int(status),
        "meaning": exits.meaning(status, outcome.result if outcome else None),
        "job": _job(job) if job else None,
        "target": _target(target) if target else None,
        "outcome": outcome_json(outcome) if outcome else None,
        "error": _error(outcome, error),
    }
    return json.dumps(whole, indent=2, ensure_ascii=True)


def _job(job: Job) -> Json:
    return {
        "role": job.role,
        "principal": job.principal,
        "any_principal": job.any_principal,
        "labels": [[key, value] for key, value in job.labels],
        "znode": job.znode,
        "overrides": [*sorted(job.overrides)],
        "lost_agents": [*job.lost_agents],
        "dry_run": job.dry_run,
    }


def _target(target: Target) -> Json:
    return {
        "mesos": target.mesos,
        "marathon": target.marathon,
        "exhibitor": target.exhibitor,
        "zookeeper": target.zookeeper,
    }


def outcome_json(outcome: Outcome) -> Json:
    """An outcome, as it stands in every document."""
    return {
        "ran": outcome.ran,
        "resources": outcome.resources,
        "dry_run": outcome.dry_run,
        "result": outcome.result,
        "mesos_version": outcome.version or None,
        "rounds": outcome.rounds,
        "seconds": round(outcome.seconds, 3),
        "agents": [_agent(agent) for agent in outcome.agents],
        "znode": dataclasses.asdict(outcome.znode) if outcome.znode else None,
        "blocked": [_blocked(blocked) for blocked in outcome.blocked],
        "leftovers": [dataclasses.asdict(leftover) for leftover in outcome.leftovers],
        "notices": [*outcome.notices],
    }


def _blocked(blocked: Blocked) -> Json:
    return {
        "rule": blocked.rule.code,
        "rule_name": blocked.rule.name,
        "status": int(blocked.status),
        "message": blocked.message,
        "remedy": blocked.remedy,
        "override": blocked.override,
        "ways": [*blocked.ways],
    }


def _agent(agent: AgentRecord) -> Json:
    return {
        "agent_id": agent.agent_id,
        "host": agent.host,
        "roles": [*agent.roles],
        "volumes": agent.volumes,
        "items": agent.items,
        "proof": agent.proof.sentence if agent.proof is not None else None,
        "answers": [
            {"stage": answer.stage, "items": answer.items, "status": answer.status, "words": answer.words}
            for answer in agent.answers
        ],
    }


def _error(outcome: Outcome | None, error: JanitorError | None) -> Json:
    if error is not None:
        kind = next(kind for kind in type(error).__mro__ if kind.__module__ == JanitorError.__module__)
        return {"kind": kind.__name__, "message": error.message, "remedy": error.remedy}
    if outcome is not None and outcome.error is not None:
        return {"kind": "Outcome", "message": outcome.error[0], "remedy": outcome.error[1]}
    return None
