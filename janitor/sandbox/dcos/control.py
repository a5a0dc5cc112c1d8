"""What the control API can do to DC/OS around the cluster: the verbs of `/dcos/`, and their typed client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from janitor.sandbox.control import Room
from janitor.sandbox.dcos.cluster import Dcos
from janitor.sandbox.dcos.marathon import Json
from janitor.sandbox.dcos.sdk.spec import spec_of


class DcosVerbs:
    """One method for each verb, JSON in and out. Raises ValueError and KeyError for what makes no sense."""

    def __init__(self, dcos: Dcos) -> None:
        self._dcos = dcos

    def add_user(self, uid: str, password: str) -> None:
        """A user who may log in."""
        self._dcos.iam.users[uid] = password

    def remove_user(self, uid: str) -> None:
        """Who may not any more; tokens given out stay good."""
        del self._dcos.iam.users[uid]

    def issue_token(self, uid: str) -> str:
        """A good token, as if `uid` had logged in."""
        return self._dcos.iam.issue(uid)

    def expire_tokens(self, token: str | None = None) -> None:
        """This token, or every one, is refused from now on."""
        self._dcos.iam.expire(token)

    def logins(self) -> int:
        """How many logins were tried."""
        return self._dcos.iam.logins

    def forbid(self, uid: str, prefixes: list[str]) -> None:
        """Admin Router answers 403 to this user below these paths."""
        self._dcos.router.forbidden[uid] = tuple(prefixes)

    def run_app(self, definition: Json, endpoint: str | None = None) -> None:
        """An app runs in Marathon, deployed long ago."""
        self._dcos.marathon.run(definition, endpoint)

    def apps(self) -> list[str]:
        """The ids of Marathon's apps."""
        return sorted(self._dcos.marathon.apps)

    def hold_deployments(self) -> None:
        """Deployments go on until they are finished by hand."""
        self._dcos.deployment_time = None

    def finish_deployments(self) -> None:
        """Those under way have done their work."""
        for deployment in list(self._dcos.marathon.deployments.values()):
            self._dcos.marathon.finish(deployment)

    async def run_service(self, **spec: Any) -> str:
        """An SDK service is installed and deployed; its framework's id. See `sdk.spec.spec_of`."""
        process = await self._dcos.services.run(spec_of(**spec))
        return process.state.framework_id or ""

    def protect_exhibitor(self, read_only: bool = False, admin_password: str | None = None) -> None:
        """Exhibitor refuses changes (403), or asks for its admin's password (401)."""
        self._dcos.exhibitor.read_only = read_only
        self._dcos.exhibitor.admin_password = admin_password


class DcosControl(Room):
    """What can be done to the sandbox's DC/OS, from any process."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "dcos")

    def add_user(self, uid: str, password: str) -> None:
        """A user who may log in."""
        self.call("add_user", uid=uid, password=password)

    def remove_user(self, uid: str) -> None:
        """Who may not any more; tokens given out stay good."""
        self.call("remove_user", uid=uid)

    def issue_token(self, uid: str) -> str:
        """A good token, as if `uid` had logged in."""
        token: str = self.call("issue_token", uid=uid)
        return token

    def expire_tokens(self, token: str | None = None) -> None:
        """This token, or every one, is refused from now on."""
        self.call("expire_tokens", token=token)

    def logins(self) -> int:
        """How many logins were tried."""
        count: int = self.call("logins")
        return count

    def forbid(self, uid: str, *prefixes: str) -> None:
        """Admin Router answers 403 to this user below these paths; without any, to nothing."""
        self.call("forbid", uid=uid, prefixes=list(prefixes))

    def run_app(self, definition: Mapping[str, Any], endpoint: str | None = None) -> None:
        """An app runs in Marathon, deployed long ago; `endpoint` is the base URL at which it serves."""
        self.call("run_app", definition=dict(definition), endpoint=endpoint)

    def apps(self) -> list[str]:
        """The ids of Marathon's apps."""
        ids: list[str] = self.call("apps")
        return ids

    def hold_deployments(self) -> None:
        """Deployments go on until they are finished by hand."""
        self.call("hold_deployments")

    def finish_deployments(self) -> None:
        """Those under way have done their work."""
        self.call("finish_deployments")

    def run_service(self, name: str = "kafka", *, sdk: str = "0.57.3", agents: Sequence[str] = (), **spec: Any) -> str:
        """An SDK service is installed and deployed; its framework's id.

        `sdk` is the SDK's release, `agents` where its pods go, the rest fields of `sdk.spec.Spec` (`pods`: of `Pod`).
        """
        framework: str = self.call("run_service", name=name, sdk=sdk, agents=list(agents), **spec)
        return framework

    def protect_exhibitor(self, *, read_only: bool = False, admin_password: str | None = None) -> None:
        """Exhibitor refuses changes (403), or asks for its admin's password (401); neither: it does neither."""
        self.call("protect_exhibitor", read_only=read_only, admin_password=admin_password)
