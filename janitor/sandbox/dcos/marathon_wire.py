"""Marathon's API over HTTP, as far as apps and deployments go."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from janitor.sandbox.dcos.grants import of_app
from janitor.sandbox.dcos.iam import Iam
from janitor.sandbox.dcos.marathon import Marathon
from janitor.sandbox.dcos.marathon_rules import Refused
from janitor.sandbox.serve import one_handler


def marathon_app(marathon: Marathon, iam: Iam | None = None) -> web.Application:
    """What answers at Marathon's own port. With an `iam`, only to a good token, as DC/OS Enterprise's plugin does.

    Of that plugin's 401 only the status and the challenge are known; the words are ours. It hides the apps that a user
    may not see.
    """

    async def handle(request: web.Request) -> web.Response:
        if request.path == "/ping":
            return web.Response(text="pong")
        uid = iam.uid_of_request(request) if iam is not None else None
        if iam is not None and uid is None:
            refusal = web.json_response({"message": "Invalid or missing authentication token."}, status=401)
            refusal.headers["WWW-Authenticate"] = iam.edition.challenge
            return refusal
        if iam is not None and uid is not None and (answer := _restricted(marathon, request, iam, uid)) is not None:
            return answer
        try:
            return await _answer(marathon, request)
        except Refused as refused:
            return web.json_response(refused.body, status=refused.status)

    return one_handler(handle)


def _restricted(marathon: Marathon, request: web.Request, iam: Iam, uid: str) -> web.Response | None:
    """What somebody gets who may not do all; None where that makes no difference."""
    path = request.path.rstrip("/")
    if path == "/v2/apps" and request.method == "GET":
        found = marathon.list(request.query)
        seen = [app for app in found["apps"] if iam.may(uid, of_app(app["id"], "GET"))]
        return web.json_response({**found, "apps": seen})
    if path.startswith("/v2/apps/") and not iam.may(uid, of_app(path.removeprefix("/v2/apps/"), request.method)):
        return web.json_response({"message": "Not Authorized to perform this action!"}, status=403)
    return None


async def _answer(marathon: Marathon, request: web.Request) -> web.Response:
    path = request.path.rstrip("/")
    if path == "/v2/queue" and request.method == "GET":
        return web.json_response({"queue": []})
    if path == "/v2/deployments" and request.method == "GET":
        return web.json_response([each.json() for each in marathon.deployments.values()])
    if path.startswith("/v2/deployments/") and request.method == "DELETE":
        marathon.cancel(path.removeprefix("/v2/deployments/"))
        return web.Response(status=202)
    if path == "/v2/apps" and request.method == "GET":
        return web.json_response(marathon.list(request.query))
    if path.startswith("/v2/apps/"):
        return await _about_one(marathon, request, path.removeprefix("/v2/apps/"))
    if path in ("/v2/apps", "/v2/deployments") or path.startswith("/v2/deployments/"):
        return web.Response(status=405)
    return web.Response(status=404)


async def _about_one(marathon: Marathon, request: web.Request, name: str) -> web.Response:
    if request.method == "GET":
        group, star, rest = name.rpartition("*")
        return web.json_response(marathon.group(group) if star and not rest else marathon.show(name))
    if request.method == "DELETE":
        return _deployed(200, marathon.delete(name, force=_flag(request, "force", True)))
    if request.method == "PUT":
        status, result = marathon.put(name, await _object(request), force=_flag(request, "force", False))
        return _deployed(status, result)
    return web.Response(status=405)


def _deployed(status: int, result: dict[str, Any]) -> web.Response:
    return web.json_response(result, status=status, headers={"Marathon-Deployment-Id": str(result["deploymentId"])})


async def _object(request: web.Request) -> dict[str, Any]:
    try:
        given = json.loads(await request.text())
    except ValueError as error:
        raise Refused(400, "Invalid JSON", details=str(error)) from error
    if not isinstance(given, dict):
        raise Refused(400, "Invalid JSON", details=[{"path": "/", "errors": ["error.expected.jsobject"]}])
    return given


def _flag(request: web.Request, name: str, otherwise: bool) -> bool:
    given = request.query.get(name)
    return otherwise if given is None else given.lower() == "true"
