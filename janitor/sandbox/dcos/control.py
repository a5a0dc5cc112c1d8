"""What the control API can do to DC/OS around the cluster: the verbs of `/dcos/`, and their client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from janitor.sandbox.control_wire import Remote
from janitor.sandbox.dcos.cluster import Dcos


class DcosVerbs:
    """They raise ValueError and KeyError for what makes no sense."""

    def __init__(self, dcos: Dcos) -> None:
        self._dcos = dcos

    def add_user(self, uid: str, password: str) -> None:
        """A user who may log in."""
        self._dcos.iam.users[uid] = password

    def add_account(self, uid: str, public_key: str) -> None:
        """A service account, which logs in with a JWT signed by the key (PEM) that belongs to this public one."""
        self._dcos.iam.accounts[uid] = public_key

    def identify(self, email: str) -> str:
        """An ID token of the identity provider, with which open DC/OS up to 1.12 lets its users log in."""
        return self._dcos.iam.identify(email)

    def name_host(self, name: str, addresses: Sequence[str]) -> None:
        """Mesos-DNS gives these for `name`, also for leader.mesos and master.mesos."""
        self._dcos.router.about.names[name] = list(addresses)

    def publish(self, public_ip: str) -> None:
        """What /metadata says is the master's public address."""
        self._dcos.router.about.public_ip = public_ip

    def stale(self, stale: bool = True) -> None:
        """Admin Router's cache of services is not valid: 503 for every one of them."""
        self._dcos.router.stale = stale

    def issue_token(self, uid: str) -> str:
        """A good token, as if `uid` had logged in."""
        return self._dcos.iam.issue(uid)

    def expire_tokens(self, token: str | None = None) -> None:
        """This token, or every one, is refused from now on."""
        self._dcos.iam.expire(token)

    def logins(self) -> int:
        """How many logins were tried."""
        return self._dcos.iam.logins

    def forbid(self, uid: str, prefixes: Sequence[str] = ()) -> None:
        """Admin Router answers 403 to this user below these paths; without any, to nothing."""
        self._dcos.router.forbidden[uid] = tuple(prefixes)

    def grant(self, uid: str, permissions: Sequence[str]) -> None:
        """This user may do that alone, each as `RID ACTION`: with Admin Router, Marathon and, in strict mode, Mesos."""
        self._dcos.grant(uid, permissions)

    def run_app(self, definition: Mapping[str, Any], endpoint: str | None = None) -> None:
        """An app runs in Marathon, deployed long ago; `endpoint` is the base URL at which it serves."""
        self._dcos.marathon.run(dict(definition), endpoint)

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

    def protect_exhibitor(self, *, read_only: bool = False, admin_password: str | None = None) -> None:
        """Exhibitor refuses changes (403), or asks for its admin's password (401); neither: it does neither."""
        self._dcos.exhibitor.read_only = read_only
        self._dcos.exhibitor.admin_password = admin_password


class DcosControl(Remote, DcosVerbs, room="dcos"):
    """What can be done to the sandbox's DC/OS, from any process."""
