"""Cosmos, DC/OS's package service: what is installed, and how it is uninstalled.

Sources: dcos/cosmos cosmos-server handler/UninstallHandler.scala, service/ServiceUninstaller.scala,
cosmos-common error/*.scala (types, texts).
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from janitor.sandbox.dcos.marathon import App, Marathon
from janitor.sandbox.dcos.marathon_rules import Refused, app_path
from janitor.sandbox.mesos.world import World

Json = dict[str, Any]
Fetch = Callable[[str, str | None], Coroutine[Any, Any, tuple[int, Any]]]
"""A path below Admin Router and an Authorization -> status, and the JSON if there is any; 0 when nobody answers."""

SDK_WAY, UNINSTALL_VARIABLE = "DCOS_COMMONS_UNINSTALL", "SDK_UNINSTALL"


class CosmosError(Exception):
    """An error of Cosmos's own: the name of its class, the status, the message, and what belongs to it."""

    def __init__(self, type: str, message: str, data: Mapping[str, object], status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"type": type, "message": message, "data": dict(data)}


@dataclass
class Patience:
    """How the uninstaller in the background goes on: seconds between two looks, and how many looks before it gives up.

    Cosmos itself looks every 10 s, 50 times in 0.4 and 0.5 (DC/OS 1.10, 1.11), 10,000 times from 0.6 on.
    """

    every: float = 0.1
    tries: int = 10_000


@dataclass
class Cosmos:
    """The package service. `sdk` is whether it lets schedulers uninstall themselves (0.4, DC/OS 1.10).

    `good` says whether a caller's Authorization is still accepted. Belongs to one event loop.
    """

    marathon: Marathon
    world: World
    fetch: Fetch
    good: Callable[[str | None], bool] = lambda _: True
    sdk: bool = True
    patience: Patience = field(default_factory=Patience)
    _loops: set[asyncio.Task[None]] = field(default_factory=set)

    # What is there

    def installed(self, package: str | None = None, app_id: str | None = None) -> list[App]:
        """The apps that are packages, by package and id."""
        found = [
            app
            for app in self.marathon.apps.values()
            if definition_of(app) is not None
            and package in (None, app.labels.get("DCOS_PACKAGE_NAME"))
            and (app_id is None or app.definition["id"] == app_path(app_id))
        ]
        return sorted(found, key=lambda app: (app.labels["DCOS_PACKAGE_NAME"], app.definition["id"]))

    def packages(self, request: Json) -> Json:
        """POST /package/list"""
        return {
            "packages": [
                {
                    "appId": app.definition["id"],
                    "packageInformation": {"packageDefinition": definition_of(app), "resourceDefinition": {}},
                }
                for app in self.installed(request.get("packageName"), request.get("appId"))
            ]
        }

    def describe(self, request: Json) -> Json:
        """POST /package/describe: of what is installed; there is no repository behind a sandbox."""
        name = str(request.get("packageName"))
        found = self.installed(name)
        if not found:
            raise CosmosError("PackageNotFound", f"Package [{name}] not found", {"packageName": name})
        wanted = request.get("packageVersion")
        for app in found:
            if wanted in (None, app.labels.get("DCOS_PACKAGE_VERSION")):
                return {"package": definition_of(app)}
        message = f"Version [{wanted}] of package [{name}] not found"
        raise CosmosError("VersionNotFound", message, {"packageName": name, "packageVersion": wanted})

    def describe_service(self, request: Json) -> Json:
        """POST /cosmos/service/describe"""
        app_id = app_path(str(request.get("appId")))
        app = self.marathon.apps.get(app_id)
        if app is None:
            message = f"Unable to locate service with marathon appId: '{app_id}'"
            raise CosmosError("MarathonAppNotFound", message, {"appId": app_id})
        shown = definition_of(app) or {}
        return {
            "package": shown,
            "upgradesTo": [],
            "downgradesTo": [],
            "resolvedOptions": {},
            "userProvidedOptions": {},
        }

    # Uninstalling

    async def uninstall(self, request: Json, authorization: str | None) -> Json:
        """POST /package/uninstall: done, or (SDK) begun, when it answers."""
        package = str(request.get("packageName"))
        if request.get("managerId") is not None:
            manager = request["managerId"]
            message = f"Custom package manager with id [{manager}] not found"
            raise CosmosError("CustomPackageManagerNotFound", message, {"managerId": manager})
        apps = self._candidates(package, request.get("appId"))
        ids = [app.definition["id"] for app in apps]
        if len(apps) > 1 and not request.get("all"):
            message = f"Multiple apps named [{package}] are installed: [{', '.join(ids)}]"
            raise CosmosError("AmbiguousAppId", message, {"packageName": package, "appIds": ids})
        return {"results": [await self._uninstall(app, package, authorization) for app in apps]}

    def _candidates(self, package: str, app_id: str | None) -> list[App]:
        if app_id is not None:
            app_id = app_path(app_id)
            app = self.marathon.apps.get(app_id)
            if app is None:
                message = f"Package [{package}] with id [{app_id}] is not installed"
                raise CosmosError(
                    "UninstallNonExistentAppForPackage", message, {"packageName": package, "appId": app_id}
                )
            apps = [app]
        else:
            apps = list(self.marathon.apps.values())
        apps = [app for app in apps if app.labels.get("DCOS_PACKAGE_NAME") == package]
        if not apps:
            raise CosmosError("PackageNotInstalled", f"Package [{package}] is not installed", {"packageName": package})
        return apps

    async def _uninstall(self, app: App, package: str, authorization: str | None) -> Json:
        version = app.labels.get("DCOS_PACKAGE_VERSION", "")
        if self.sdk and SDK_WAY in app.labels:
            await self._begin(app, authorization)
        else:
            self._remove(app, package, version)
        notes = (definition_of(app) or {}).get("postUninstallNotes")
        result = {"packageName": package, "appId": app.definition["id"], "packageVersion": version}
        return {**result, "postUninstallNotes": notes} if notes is not None else result

    def _remove(self, app: App, package: str, version: str) -> None:
        """The plain way: the app, then its framework by name. Reservations stay."""
        app_id = str(app.definition["id"])
        try:
            self.marathon.delete(app_id, force=True)
        except Refused as error:
            message = f"Error while deleting marathon app '{app_id}'"
            raise CosmosError("MarathonAppDeleteError", message, {"appId": app_id}) from error
        name = app.labels.get("DCOS_PACKAGE_FRAMEWORK_NAME")
        if name is None:
            return
        if self.world.leader is None:
            message = f"Incomplete uninstall of package [{package}] due to Mesos unavailability"
            raise CosmosError("IncompleteUninstall", message, {"packageName": package, "status": 503}, 503)
        ids = [key for key, one in self.world.leader.frameworks.items() if one.info.name == name]
        if len(ids) > 1:
            message = (
                f"Uninstalled package [{package}] version [{version}]\n"
                f"Unable to shutdown [{package}] service framework with name [{name}] because there are multiple "
                f"framework ids matching this name: [{', '.join(ids)}]"
            )
            more = {"packageName": package, "packageVersion": version, "frameworkName": name, "ids": ids}
            raise CosmosError("MultipleFrameworkIds", message, more)
        for each in ids:
            self.world.teardown(each)

    async def _begin(self, app: App, authorization: str | None) -> None:
        """The SDK way: the scheduler is started anew to uninstall itself, and watched in the background."""
        app_id = str(app.definition["id"])
        before = await self._framework_ids(app, authorization)
        definition = {key: value for key, value in app.definition.items() if key not in ("uris", "version")}
        definition["env"] = {**definition.get("env", {}), UNINSTALL_VARIABLE: "true"}
        try:
            _, answer = self.marathon.put(app_id, definition, force=True)
        except Refused as error:
            message = f"Failed to start an uninstall for the service '{app_id}': {error}"
            raise CosmosError(
                "FailedToStartUninstall", message, {"appId": app_id, "explanation": str(error)}
            ) from error
        watching = self._watch(app_id, str(answer["deploymentId"]), before, authorization)
        task = asyncio.get_running_loop().create_task(watching)
        self._loops.add(task)
        task.add_done_callback(self._loops.discard)

    async def _watch(self, app_id: str, deployment: str, before: Any, authorization: str | None) -> None:
        """Wait for the plan, and delete the app; or give up without a word."""
        for _ in range(self.patience.tries):
            await asyncio.sleep(self.patience.every)
            app = self.marathon.apps.get(app_id)
            if app is None or not self.good(authorization):
                return
            if deployment in self.marathon.deployments or app.definition["env"].get(UNINSTALL_VARIABLE) != "true":
                continue
            status, _ = await self.fetch(f"{_api(app)}/plans/deploy", authorization)
            now = await self._framework_ids(app, authorization)
            if status != 200 or (before and now and before != now):
                continue
            with suppress(Refused):
                self.marathon.delete(app_id)
            return

    async def _framework_ids(self, app: App, authorization: str | None) -> Any:
        status, ids = await self.fetch(f"{_api(app)}/state/frameworkId", authorization)
        return ids if status == 200 else []

    async def forget(self) -> None:
        """Cosmos is started anew: what it did in the background is forgotten."""
        loops = list(self._loops)
        for task in loops:
            task.cancel()
        await asyncio.gather(*loops, return_exceptions=True)

    @property
    def watching(self) -> int:
        """How many uninstalls go on in the background."""
        return len(self._loops)


def _api(app: App) -> str:
    version = app.labels.get("DCOS_COMMONS_API_VERSION", "v1")
    return f"/service{quote(str(app.definition['id']))}/{version}"


def definition_of(app: App) -> Json | None:
    """The package's definition on an app, None where there is none that can be read."""
    labels: Mapping[str, str] = app.labels
    try:
        outer = json.loads(base64.b64decode(labels["DCOS_PACKAGE_DEFINITION"], validate=True))
        inner: Json = json.loads(base64.b64decode(outer["data"], validate=True))
    except (KeyError, ValueError, TypeError):
        return None
    return inner if "DCOS_PACKAGE_NAME" in labels else None
