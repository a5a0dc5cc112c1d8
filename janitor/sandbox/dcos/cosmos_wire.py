"""Cosmos over HTTP: what is asked how, and what is refused before it is looked at.

The texts about wrong headers and bodies are ours: of those only type and status are known.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from janitor.sandbox.dcos.cosmos import Cosmos, CosmosError
from janitor.sandbox.serve import one_handler

Json = dict[str, Any]

ERROR_TYPE = "application/vnd.dcos.package.error+json;charset=utf-8;version=v1"
CAPABILITIES_TYPE = "application/vnd.dcos.capabilities+json;charset=utf-8;version=v1"
CAPABILITIES = ("PACKAGE_MANAGEMENT", "SUPPORT_CLUSTER_REPORT", "METRONOME")
SDK_CAPABILITIES = ("SERVICE_UPDATE", "LOGGING")
REPOSITORIES = {"repositories": [{"name": "Universe", "uri": "https://universe.example.com/repo"}]}


@dataclass(frozen=True)
class _Operation:
    """`name` as media types have it, the versions of its answers, and which fields its request must have."""

    name: str
    versions: tuple[str, ...] = ("v1",)
    required: tuple[str, ...] = ()

    @property
    def request(self) -> str:
        room = "service" if self.name.startswith("service.") else "package"
        return f"application/vnd.dcos.{room}.{self.name.removeprefix('service.')}-request+json;charset=utf-8;version=v1"

    def response(self, version: str) -> str:
        return self.request.replace("-request+json", "-response+json").replace("version=v1", f"version={version}")


_OPERATIONS = {
    "/package/uninstall": _Operation("uninstall", required=("packageName",)),
    "/package/list": _Operation("list"),
    "/package/describe": _Operation("describe", ("v3", "v2"), ("packageName",)),
    "/package/repository/list": _Operation("repository.list"),
    "/service/describe": _Operation("service.describe", required=("appId",)),
    "/cosmos/service/describe": _Operation("service.describe", required=("appId",)),
}


def cosmos_app(cosmos: Cosmos) -> web.Application:
    """What answers at Cosmos's own port. Admin Router takes /cosmos off before /cosmos/service."""

    async def handle(request: web.Request) -> web.Response:
        if request.path == "/capabilities" and request.method == "GET":
            named = CAPABILITIES + (SDK_CAPABILITIES if cosmos.sdk else ())
            return _reply({"capabilities": [{"name": name} for name in named]}, CAPABILITIES_TYPE)
        operation = _OPERATIONS.get(request.path)
        if operation is None or request.method != "POST":
            return web.Response(status=404)
        try:
            version, given = await _read(operation, request)
            return _reply(await _do(cosmos, operation.name, given, request), operation.response(version))
        except CosmosError as error:
            return _reply(error.body, ERROR_TYPE, error.status)

    return one_handler(handle)


async def _do(cosmos: Cosmos, name: str, given: Json, request: web.Request) -> Json:
    if name == "uninstall":
        return await cosmos.uninstall(given, request.headers.get("Authorization"))
    verbs: dict[str, Callable[[Json], Json]] = {
        "list": cosmos.packages,
        "describe": cosmos.describe,
        "repository.list": lambda _: REPOSITORIES,
        "service.describe": cosmos.describe_service,
    }
    return verbs[name](given)


async def _read(operation: _Operation, request: web.Request) -> tuple[str, Json]:
    """The version of the answer that is wanted, and the request. Raises CosmosError."""
    wrong: list[Json] = []
    if (kind := request.headers.get("Content-Type")) is None or _media(kind) != _media(operation.request):
        wrong.append(_wrong_header("Content-Type", kind, operation.request))
    accept = request.headers.get("Accept")
    accepted = {_media(each) for each in (accept or "").split(",")}
    version = next((each for each in operation.versions if _media(operation.response(each)) in accepted), None)
    if version is None:
        wrong.append(_wrong_header("Accept", accept, operation.response(operation.versions[0])))
    given: Any = None
    try:
        given = json.loads(await request.text())
    except ValueError as error:
        wrong.append({"type": "not_parsed", "message": f"Item body cannot be converted to JSON: {error}", "data": {}})
    else:
        missing = [name for name in operation.required if not isinstance(given, dict) or name not in given]
        if missing or not isinstance(given, dict):
            wrong.append({"type": "not_parsed", "message": f"Item body lacks {missing}", "data": {}})
    if wrong:
        first = wrong[0]
        if len(wrong) == 1:
            raise CosmosError(first["type"], first["message"], first["data"])
        raise CosmosError("multiple_errors", "Multiple errors while processing request", {"errors": wrong})
    return str(version), given


def _wrong_header(name: str, given: str | None, expected: str) -> Json:
    if given is None or (name == "Accept" and given == "*/*"):
        return {"type": "not_present", "message": f"Item header '{name}' not present but required", "data": {}}
    message = f"Item header '{name}' deemed invalid by rule: should match one of: {expected}"
    return {"type": "not_valid", "message": message, "data": {"available": [expected], "specified": given}}


def _media(text: str) -> tuple[str, frozenset[str]]:
    """A media type and its parameters, to compare. `q` does not count."""
    kind, *parameters = [part.strip().lower() for part in text.split(";")]
    return kind, frozenset(part for part in parameters if not part.startswith("q="))


def _reply(document: Json, media: str, status: int = 200) -> web.Response:
    return web.Response(status=status, body=json.dumps(document).encode(), headers={"Content-Type": media})
