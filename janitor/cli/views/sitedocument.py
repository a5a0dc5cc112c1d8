"""`--output json` of the commands that look at a whole service: one document each, on standard output.

Keys are stable, as in `janitor clean`'s (see `document`): `schema`, `janitor`, `command`, and what is listed below.

    uninstall   name, status, summary, why, remedy, next, taken [text], cleanups [outcome],
                given_up [{agent_id, host, lost, state, resource_ids}], comebacks [command]
    status      name, status, way, app, package, frameworks, roles, principals, znode {name, exists}, reserved
                [{role, principal, framework_id, items}], plan, stuck [{phase, step, status, why, agent_id, safe}],
                missing [as given_up], next
    plan        name, status, strategy, phases [{name, status, strategy, steps [{id, name, status, message}]}], errors
    pod         pods [{name, tasks [{id, name, status}]}]
    service     frameworks [{id, name, roles, principal, active, connected, holds [text]}]
"""

from __future__ import annotations

import json
from collections.abc import Iterable

import msgspec

import janitor
from janitor.cli.views.document import SCHEMA, Json, outcome_json
from janitor.dcos.scheduler import Plan, PodInstance
from janitor.exits import Exit
from janitor.mesos.cluster import Framework, Unknown
from janitor.uninstall.ended import Ended
from janitor.uninstall.explain import Standing
from janitor.uninstall.missing import Missing
from janitor.uninstall.situation import Situation


def uninstall_document(name: str, ended: Ended) -> str:
    """How an uninstall ended."""
    return _document(
        "uninstall",
        {
            "name": name,
            "status": ended.status,
            "summary": ended.summary or None,
            "why": ended.why or None,
            "remedy": ended.remedy,
            "next": ended.next or None,
            "taken": [*ended.taken],
            "cleanups": [outcome_json(outcome) for outcome in ended.cleanups],
            "given_up": [_missing(one) for one in ended.given_up],
            "comebacks": [*ended.comebacks],
        },
    )


def status_document(status: Exit, situation: Situation, stands: Standing) -> str:
    """Where a service stands."""
    service = situation.service
    return _document(
        "status",
        {
            "name": service.name,
            "status": int(status),
            "way": situation.way,
            "app": service.app.id if service.app is not None else None,
            "package": service.package,
            "frameworks": [_framework(one) for one in situation.frameworks],
            "roles": [*service.roles],
            "principals": [*service.principals],
            "znode": {
                "name": service.znode,
                "exists": None if isinstance(situation.znode, Unknown) else situation.znode,
            },
            "reserved": [
                {"role": held.role, "principal": held.principal, "framework_id": held.framework_id, "items": held.items}
                for held in situation.reserved
            ],
            "plan": _plan(situation.plan) if isinstance(situation.plan, Plan) else None,
            "stuck": [
                {
                    "phase": one.phase.name,
                    "step": one.step.name,
                    "status": one.step.status,
                    "why": one.why,
                    "agent_id": one.agent_id,
                    "safe": one.safe,
                }
                for one in situation.stuck
            ],
            "missing": [_missing(one) for one in situation.missing],
            "next": stands.next,
        },
    )


def _missing(one: Missing) -> Json:
    return {
        "agent_id": one.agent_id or None,
        "host": one.host or None,
        "lost": one.lost,
        "state": one.state,
        "resource_ids": [*sorted(one.resource_ids)],
    }


def plan_document(plan: Plan) -> str:
    """A plan as it stands."""
    return _document("plan", {"plan": _plan(plan)})


def pods_document(pods: Iterable[PodInstance]) -> str:
    """The pods and their tasks."""
    return _document(
        "pod",
        {
            "pods": [
                {"name": pod.name, "tasks": [{"id": t.id, "name": t.name, "status": t.status} for t in pod.tasks]}
                for pod in pods
            ]
        },
    )


def frameworks_document(frameworks: Iterable[Framework]) -> str:
    """The frameworks of a list."""
    return _document("service", {"frameworks": [_framework(one) for one in frameworks]})


def _document(command: str, content: dict[str, Json]) -> str:
    whole: dict[str, Json] = {"schema": SCHEMA, "janitor": janitor.__version__, "command": command, **content}
    return json.dumps(whole, indent=2, ensure_ascii=True)


def _plan(plan: Plan) -> Json:
    whole: Json = msgspec.to_builtins(plan)
    return whole


def _framework(framework: Framework) -> Json:
    return {
        "id": framework.id,
        "name": framework.name,
        "roles": [*framework.roles],
        "principal": framework.principal,
        "active": framework.active,
        "connected": framework.connected,
        "holds": [str(item) for item in framework.allocated],
    }
