"""What a service is made of, before anything of it runs."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

from janitor.sandbox.dcos.sdk.release import Release

Json = dict[str, Any]


@dataclass(frozen=True)
class Pod:
    """One type of pod: so many instances, `kind-0` and on, each with one task.

    `volume` is in MB, `port` on the host; None for none. The executor's own share is added to the amounts.
    """

    kind: str = "node"
    count: int = 3
    task: str = "server"
    cpus: float = 1.0
    mem: float = 2048
    disk: float = 256
    volume: float | None = 5000
    port: int | None = 9092

    @property
    def instances(self) -> list[str]:
        """`node-0`, `node-1`, ..."""
        return [f"{self.kind}-{number}" for number in range(self.count)]


@dataclass(frozen=True)
class Spec:
    """A service as its package makes it. Role, principal and znode follow from its name unless they are given.

    `agents` are those that its pods go to, in turn; any others serve for what must be replaced. `tls` gives its
    uninstall a phase tls-cleanup. `env` is added to its app's.
    """

    name: str = "kafka"
    release: Release = field(default_factory=lambda: Release.parse("0.57.3"))
    package: str = ""
    package_version: str = "2.10.0-2.4.0"
    pods: tuple[Pod, ...] = (Pod("kafka", 3, "broker"),)
    agents: tuple[str, ...] = ()
    role: str = ""
    principal: str = ""
    tls: bool = False
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def escaped(self) -> str:
        """`/a/b/kafka` as `a__b__kafka` (SchedulerUtils.withEscapedSlashes)."""
        return self.name.removeprefix("/").replace("/", "__")

    @property
    def app_id(self) -> str:
        """As Marathon writes it."""
        return "/" + self.name.strip("/")

    @property
    def own_role(self) -> str:
        """What it reserves under."""
        return self.role or f"{self.escaped}-role"

    @property
    def own_principal(self) -> str:
        """What it reserves as."""
        return self.principal or f"{self.name}-principal"

    @property
    def package_name(self) -> str:
        """Its package; by default what its name ends in."""
        return self.package or self.name.strip("/").rpartition("/")[2]

    def app(self) -> Json:
        """Its scheduler's app in Marathon (frameworks/*/universe/marathon.json.mustache)."""
        env = {"FRAMEWORK_NAME": self.name, "SDK_VERSION": str(self.release)}
        if self.principal:
            env["FRAMEWORK_PRINCIPAL"] = self.principal
        labels = {
            **package_labels(self.package_name, self.package_version, self.name),
            "DCOS_SERVICE_NAME": self.name,
            "DCOS_SERVICE_PORT_INDEX": "0",
            "DCOS_SERVICE_SCHEME": "http",
            "DCOS_COMMONS_API_VERSION": "v1",
            "DCOS_COMMONS_UNINSTALL": "true",
            "MARATHON_SINGLE_INSTANCE_APP": "true",
        }
        command = f"./{self.package_name}-scheduler/bin/{self.package_name} ./{self.package_name}-scheduler/svc.yml"
        sizes = {"cpus": 1.0, "mem": 1024, "disk": 0, "instances": 1}
        return {"id": self.app_id, "cmd": command, **sizes, "env": {**env, **self.env}, "labels": labels}


def package_labels(package: str, version: str, framework: str) -> dict[str, str]:
    """The labels that Cosmos puts on an app when it installs a package, or knows one by."""
    definition = {
        "packagingVersion": "4.0",
        "name": package,
        "version": version,
        "maintainer": "support@example.com",
        "description": f"A {package} of the sandbox",
        "tags": [package],
        "framework": True,
        "selected": True,
    }
    metadata = {"metadata": {"Content-Type": "application/vnd.dcos.universe.package+json;charset=utf-8;version=v4"}}
    packed = {**metadata, "data": base64.b64encode(json.dumps(definition).encode()).decode()}
    return {
        "DCOS_PACKAGE_NAME": package,
        "DCOS_PACKAGE_VERSION": version,
        "DCOS_PACKAGE_SOURCE": "https://universe.example.com/repo",
        "DCOS_PACKAGE_FRAMEWORK_NAME": framework,
        "DCOS_PACKAGE_DEFINITION": base64.b64encode(json.dumps(packed).encode()).decode(),
    }


class Asked(TypedDict, total=False):
    """What can be asked of a service beside its name: fields of `Spec`, and of `Pod` for each of its `pods`."""

    sdk: str
    """the SDK's release"""
    agents: Sequence[str]
    """where its pods go"""
    pods: Sequence[Json]
    package: str
    package_version: str
    role: str
    principal: str
    tls: bool
    env: Mapping[str, str]


def spec_of(name: str, **asked: Unpack[Asked]) -> Spec:
    """A specification from JSON. Raises ValueError and TypeError for what is none."""
    given: Json = {"release": Release.parse(asked.pop("sdk", "0.57.3")), **asked}
    if "pods" in given:
        given["pods"] = tuple(Pod(**each) for each in given["pods"])
    return Spec(name, **{**given, "agents": tuple(given.get("agents", ()))})
