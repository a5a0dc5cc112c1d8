"""What Marathon knows: apps, and the deployments that change them.

Sources: mesosphere/marathon api/v2/AppsResource.scala, api/MarathonExceptionMapper.scala, and
core/group/impl/GroupManagerImpl.scala (a deleted app is gone from the answers as soon as its deployment is accepted).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from janitor.sandbox.dcos.marathon_rules import Refused, app_path, selected, validate

Json = dict[str, Any]
"""An app as its JSON has it; Marathon passes on what it is given."""

COMPUTED = frozenset(
    {"tasks", "tasksRunning", "tasksStaged", "tasksHealthy", "tasksUnhealthy", "deployments", "version"}
)
"""What an answer adds to a definition."""


@dataclass
class Deployment:
    """A change under way; `app` is locked by it."""

    id: str
    version: str
    app: str
    action: str

    def json(self) -> Json:
        """As GET /v2/deployments shows it."""
        actions = [{"action": self.action, "app": self.app}]
        return {
            "id": self.id,
            "version": self.version,
            "affectedApps": [self.app],
            "affectedPods": [],
            "steps": [{"actions": actions}],
            "currentActions": [{**actions[0], "readinessCheckResults": []}],
            "currentStep": 1,
            "totalSteps": 1,
        }


@dataclass
class App:
    """One app. `endpoint` is the base URL at which its first task serves, if it serves anything; `runs` says whether
    that task is there."""

    definition: Json
    version: str
    endpoint: str | None = None
    runs: Callable[[], bool] = lambda: True

    @property
    def labels(self) -> Mapping[str, str]:
        """Its labels; Admin Router and Cosmos go by them."""
        labels: Mapping[str, str] = self.definition.get("labels", {})
        return labels


@dataclass
class Marathon:
    """The apps of a cluster. `now` gives the cluster's time in seconds since the epoch.

    Deployments last until `finish` is called; whoever owns the clock does that. `accepted` is called with every new
    deployment, `finished` with one that has done its work, `stopped` with an app whose last task has ended.
    """

    now: Callable[[], float]
    apps: dict[str, App] = field(default_factory=dict)
    deployments: dict[str, Deployment] = field(default_factory=dict)
    accepted: Callable[[Deployment], None] = lambda _: None
    finished: Callable[[Deployment], None] = lambda _: None
    stopped: Callable[[str], None] = lambda _: None

    def run(self, definition: Json, endpoint: str | None = None) -> App:
        """Have an app, running, as if it had been deployed long ago."""
        app_id = app_path(str(definition["id"]))
        filled = {"instances": 1, "env": {}, "labels": {}, **definition, "id": app_id}
        app = self.apps[app_id] = App(filled, self._version(), endpoint)
        return app

    def show(self, name: str) -> Json:
        """GET /v2/apps/<id>. Raises Refused 404."""
        return {"app": self._json(self._find(name))}

    def group(self, name: str) -> Json:
        """GET /v2/apps/<group>/*: the apps below."""
        below = app_path(name).rstrip("/") + "/"
        return {"*": [self._json(app) for key, app in sorted(self.apps.items()) if key.startswith(below)]}

    def list(self, query: Mapping[str, str]) -> Json:
        """GET /v2/apps, narrowed by `id` and `cmd` (parts of them) and `label` (selectors, a comma is "and").

        Raises Refused 422 for a selector that cannot be read.
        """
        wanted = [
            app
            for _, app in sorted(self.apps.items())
            if query.get("id", "") in app.definition["id"]
            and query.get("cmd", "") in (app.definition.get("cmd") or "")
            and selected(query.get("label", ""), app.labels)
        ]
        return {"apps": [self._json(app) for app in wanted]}

    def put(self, name: str, definition: Json, *, force: bool = False) -> tuple[int, Json]:
        """PUT /v2/apps/<id> with a whole app: 200, or 201 where it is new, and the deployment's answer."""
        app_id = app_path(name)
        old = self.apps.get(app_id)
        validate(app_id, definition, complete=old is None)
        self._unlock(app_id, force)
        kept = old.definition if old is not None else {"instances": 1, "env": {}, "labels": {}}
        definition = {**kept, **{key: value for key, value in definition.items() if key not in COMPUTED}, "id": app_id}
        app = App(definition, self._version())
        if old is not None:
            app.endpoint, app.runs = old.endpoint, old.runs
        self.apps[app_id] = app
        action = "RestartApplication" if old is not None else "StartApplication"
        return (200 if old is not None else 201), self._deploy(app_id, action, app.version)

    def delete(self, name: str, *, force: bool = True) -> Json:
        """DELETE /v2/apps/<id>; the deployment's answer. Raises Refused 404, and 409 unless forced.

        `force` is true by default for this call alone, in the releases from 1.1 to 1.11.
        """
        app = self._find(name)
        app_id = str(app.definition["id"])
        self._unlock(app_id, force)
        del self.apps[app_id]
        return self._deploy(app_id, "StopApplication", self._version())

    def finish(self, deployment: Deployment) -> None:
        """The deployment has done its work: it is not listed any more, and what it stopped has stopped."""
        if self.deployments.pop(deployment.id, None) is None:
            return
        if deployment.action == "StopApplication":
            self.stopped(deployment.app)
        self.finished(deployment)

    def cancel(self, deployment_id: str) -> None:
        """DELETE /v2/deployments/<id>?force=true: it ends where it is. Raises Refused 404."""
        if deployment_id not in self.deployments:
            raise Refused(404, f"DeploymentPlan {deployment_id} does not exist")
        del self.deployments[deployment_id]

    def _find(self, name: str) -> App:
        app = self.apps.get(app_path(name))
        if app is None:
            raise Refused(404, f"App '{app_path(name)}' does not exist")
        return app

    def _json(self, app: App) -> Json:
        count = int(app.definition["instances"]) if app.runs() else 0
        app_id = str(app.definition["id"])
        stem = app_id.strip("/").replace("/", "_")
        tasks = [
            {"id": f"{stem}.instance-{number}", "appId": app_id, "state": "TASK_RUNNING", "host": "127.0.0.1"}
            for number in range(count)
        ]
        return {
            **app.definition,
            "version": app.version,
            "tasksStaged": 0,
            "tasksRunning": count,
            "tasksHealthy": count,
            "tasksUnhealthy": 0,
            "deployments": [{"id": each.id} for each in self.deployments.values() if each.app == app_id],
            "tasks": tasks,
        }

    def _deploy(self, app_id: str, action: str, version: str) -> Json:
        deployment = Deployment(str(uuid.uuid4()), version, app_id, action)
        self.deployments[deployment.id] = deployment
        self.accepted(deployment)
        return {"version": version, "deploymentId": deployment.id}

    def _unlock(self, app_id: str, force: bool) -> None:
        locking = [each.id for each in self.deployments.values() if each.app == app_id]
        if locking and not force:
            raise Refused(
                409,
                "App is locked by one or more deployments. Override with the option '?force=true'. "
                "View details at '/v2/deployments/<DEPLOYMENT_ID>'.",
                deployments=[{"id": each} for each in locking],
            )
        for each in locking:
            del self.deployments[each]

    def _version(self) -> str:
        now = datetime.fromtimestamp(self.now(), UTC)
        return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z"
