"""An SDK scheduler's HTTP API (dcos-commons: http/endpoints/*, http/queries/*).

Of what its server says to a path that is not mounted only the status is known.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

from aiohttp import web

from janitor.sandbox.dcos.sdk.commands import Answer, command
from janitor.sandbox.dcos.sdk.deploy import Deploy
from janitor.sandbox.dcos.sdk.plan import COMPLETE, Plan
from janitor.sandbox.dcos.sdk.process import Process
from janitor.sandbox.dcos.sdk.uninstall import Uninstall
from janitor.sandbox.serve import one_handler

NOT_MOUNTED = Answer(404, "HTTP 404 Not Found")
WRONG_METHOD = Answer(405, "HTTP 405 Method Not Allowed")


def scheduler_app(process: Callable[[], Process]) -> web.Application:
    """What answers at the scheduler's port."""

    async def handle(request: web.Request) -> web.Response:
        answer = await _answer(process(), request)
        kind = "application/json" if answer.is_json else "text/plain"
        return web.Response(status=answer.status, text=answer.body, content_type=kind, charset="utf-8")

    return one_handler(handle)


async def _answer(process: Process, request: web.Request) -> Answer:
    if process.faults.status is not None:
        return Answer(process.faults.status, f"{process.faults.status} of the sandbox")
    work = process.work
    parts = [unquote(part) for part in request.raw_path.partition("?")[0].strip("/").split("/")]
    if work is None or parts[0] != "v1":
        return NOT_MOUNTED
    if parts[1:2] == ["plans"]:
        return await _plans(process, work, parts[2:], request)
    if parts[1:2] == ["plan"]:
        return await _plans(process, work, ["deploy", *parts[2:]], request)
    if parts[1:] == ["health"]:
        return _health(process, work)
    return _normal(process, work, parts[1:], request.method) if isinstance(work, Deploy) else NOT_MOUNTED


async def _plans(process: Process, work: Deploy | Uninstall, parts: list[str], request: web.Request) -> Answer:
    release = process.spec.release
    if not parts:
        return Answer.of(list(work.plans)) if request.method == "GET" else WRONG_METHOD
    plan = work.plans.get(parts[0])
    if plan is None:
        return Answer(404, f"Plan {parts[0]} not found" if release.names_what_is_missing else "Element not found")
    plan.errors = [process.faults.error] if process.faults.error is not None else []
    if len(parts) == 1:
        return _shown(process, plan) if request.method == "GET" else WRONG_METHOD
    if len(parts) != 2:
        return NOT_MOUNTED
    if request.method != "POST":
        return WRONG_METHOD
    if parts[1] == "start":
        return await _start(plan, request)
    done = command(plan, parts[1], request.query.get("phase"), request.query.get("step"), release)
    return done or NOT_MOUNTED


def _shown(process: Process, plan: Plan) -> Answer:
    release = process.spec.release
    status = 200 if plan.status == COMPLETE else 202
    if plan.errors and release.errors_are_417:
        status = 417
    return Answer.of(plan.json(release.strategies), status)


async def _start(plan: Plan, request: web.Request) -> Answer:
    """Environment variables for the plan's tasks, and on with it; here they change nothing."""
    try:
        given = await request.json() if await request.text() else {}
    except ValueError:
        return Answer(400, "Invalid JSON")
    bad = [name for name in given if not name.replace("_", "").isalnum() or name[0].isdigit()]
    if bad:
        return Answer(400, f"{bad[0]} is not a valid environment variable name")
    plan.interrupted = False
    return Answer.of({"message": f"Received cmd: start with parameters: {given}"})


def _health(process: Process, work: Deploy | Uninstall) -> Answer:
    release = process.spec.release
    if not release.health:
        return NOT_MOUNTED
    complete = all(plan.status == COMPLETE for plan in work.plans.values())
    if not release.health_codes:
        status = 417 if process.faults.error is not None else 200 if complete else 202
        return Answer(status, "")
    if process.faults.error is not None:
        code = 500
    elif isinstance(work, Uninstall):
        code = 318  # no framework store is passed while it uninstalls, so that it seems to initialize for ever
    else:
        code = 200 if complete else 202
    return Answer.of({"value": code}, code)


def _normal(process: Process, work: Deploy, parts: list[str], method: str) -> Answer:
    """What is mounted only as long as the service lives."""
    if parts == ["state", "frameworkId"]:
        known = process.state.framework_id
        return Answer.of([known]) if known is not None else Answer(404, "")
    if parts == ["endpoints"]:
        return Answer.of([pod.task for pod in process.spec.pods])
    if parts[:1] == ["endpoints"] and len(parts) == 2:
        return _endpoint(process, parts[1])
    if parts[:1] == ["pod"]:
        return _pods(process, work, parts[1:], method)
    return NOT_MOUNTED


def _endpoint(process: Process, name: str) -> Answer:
    ports = {pod.task: pod.port for pod in process.spec.pods}
    if name not in ports:
        return Answer(404, f"Endpoint {name} not found")
    tasks = [task for task in process.state.tasks.values() if task.name.endswith(f"-{name}")]
    addresses = [f"{task.host}:{ports[name]}" for task in tasks]
    suffix = f"{process.spec.escaped.replace('__', '')}.autoip.dcos.thisdcos.directory:{ports[name]}"
    return Answer.of({"address": addresses, "dns": [f"{task.name}.{suffix}" for task in tasks]})


def _pods(process: Process, work: Deploy, parts: list[str], method: str) -> Answer:
    instances = sorted({task.pod for task in process.state.tasks.values()})
    if not parts:
        return Answer.of(instances)
    if parts == ["status"]:
        pods = [
            {"name": pod.kind, "instances": [_instance(process, each) for each in pod.instances]}
            for pod in process.spec.pods
        ]
        return Answer.of({"service": process.spec.name, "pods": pods})
    name, verb = parts[0], parts[1] if len(parts) == 2 else ""
    if name not in instances:
        return Answer(404, f"Pod {name} not found")
    if verb == "status":
        return Answer.of(_instance(process, name))
    if verb == "info":
        return Answer.of(
            [
                {"info": {"name": task.name, "agentId": {"value": task.agent_id}}}
                for task in process.state.tasks.values()
                if task.pod == name
            ]
        )
    if verb in ("restart", "replace"):
        if method != "POST":
            return WRONG_METHOD
        return Answer.of({"pod": name, "tasks": work.replace(name) if verb == "replace" else work.restart(name)})
    return NOT_MOUNTED


def _instance(process: Process, name: str) -> dict[str, object]:
    """A pod instance; a task that the master does not know (any more) is LOST."""
    tasks = [
        {
            "id": task.task_id,
            "name": task.name,
            "status": (process.link.task_state(task.task_id) or "TASK_LOST").removeprefix("TASK_"),
        }
        for task in process.state.tasks.values()
        if task.pod == name
    ]
    return {"name": name, "tasks": tasks}
