"""Who looks, and so what is left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from janitor.sandbox.mesos.access import Access
from janitor.sandbox.mesos.frameworks import Framework
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.version import Version


@dataclass(frozen=True)
class Viewer:
    """One principal's eyes. Two viewers of one `key` are shown the same."""

    access: Access
    principal: str | None
    version: Version

    @property
    def key(self) -> str | None:
        """None for everybody, when nothing is ever hidden."""
        return self.access.viewpoint(self.principal)

    def role(self, role: str) -> bool:
        """Whether a role of an agent's reservations may be seen; hidden from 1.4 on."""
        return not self.version.since(1, 4) or self.access.sees_role(self.principal, role)

    def resources(self, items: Iterable[Resource]) -> list[Resource]:
        """The items that may be seen."""
        if self.key is None:
            return list(items)
        return [item for item in items if self.access.sees_resource(self.principal, item, self.version)]

    def framework(self, framework: Framework) -> bool:
        """Whether a framework may be seen."""
        return self.access.sees_framework(self.principal, framework.info)

    def tasks(self, framework: Framework) -> bool:
        """Whether the tasks of a framework may be seen: that goes by its user."""
        return self.access.may(self.principal, "view_tasks", framework.info.user)

    def flags(self) -> bool:
        """Whether the master's flags may be seen."""
        return self.access.may(self.principal, "view_flags", None)
