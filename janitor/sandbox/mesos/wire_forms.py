"""What changes a master's cluster: the forms of v0, and what v1 does in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from janitor.sandbox.mesos import messages, validation
from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.forms import BadEscape, decode
from janitor.sandbox.mesos.leader import Leader
from janitor.sandbox.mesos.operations import Kind
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.viewer import Viewer
from janitor.sandbox.mesos.wire import Call, Reply
from janitor.sandbox.mesos.world import World
from janitor.sandbox.mesos.writes import Answer, operate

ACTIONS = {
    Kind.RESERVE: "reserve_resources",
    Kind.UNRESERVE: "unreserve_resources",
    Kind.CREATE: "create_volumes",
    Kind.DESTROY: "destroy_volumes",
}


class Wire(Protocol):
    """What is needed of a master's HTTP."""

    @property
    def leader(self) -> Leader:
        """What the master knows."""

    def viewer(self, principal: str | None) -> Viewer:
        """The eyes of who asks."""

    def wrong_method(self, call: Call) -> Reply | None:
        """405 for anything but POST."""

    def plain(self, status: int, text: str) -> Reply:
        """A default body."""


class Forms:
    """What one master does when it is asked to change something."""

    def __init__(self, world: World, wire: Wire) -> None:
        self._world = world
        self._wire = wire

    def operate(self, kind: Kind, agent_id: str, raws: Sequence[Json], principal: str | None) -> Reply:
        """One operation, by form or by v1."""

        def authorized(items: Sequence[Resource]) -> bool:
            return self._world.access.may_operate(principal, ACTIONS[kind], items)

        answer = operate(self._wire.leader, kind, agent_id, raws, principal, authorized)
        if answer == Answer(202) and not self._world.version.since(1, 0):
            answer = Answer(200)
        return Reply.text(answer.status, answer.text)

    def _fields(self, call: Call, *names: str) -> dict[str, str] | Reply:
        """The form's fields in the body, or the 400 for the first that is missing."""
        try:
            values = decode(call.body.decode(errors="replace"))
        except BadEscape as error:
            return Reply.text(400, f"Unable to decode query string: {error}")
        for name in names:
            if name not in values:
                where = " in the request body" if self._world.version.since(1, 2) else ""
                return Reply.text(400, f"Missing '{name}' query parameter{where}")
        return values

    def form(self, kind: Kind) -> Callable[[Call, str | None], Reply]:
        """The endpoint of this kind."""

        def answer(call: Call, principal: str | None) -> Reply:
            if (refusal := self._wire.wrong_method(call)) is not None:
                return refusal
            fields = self._fields(call, "slaveId", kind.plural)
            if isinstance(fields, Reply):
                return fields
            try:
                raws = messages.resources(messages.parse_json(fields[kind.plural]))
            except messages.Malformed as error:
                word = (
                    "Error parsing" if kind is Kind.RESERVE and self._world.version.since(1, 10) else "Error in parsing"
                )
                where = " in the request body" if self._world.version.since(1, 2) else ""
                return Reply.text(400, f"{word} '{kind.plural}' query parameter{where}: {error}")
            if not self._world.version.refinement:
                for raw in raws:
                    if (mistake := validation.invalid(raw, self._world.version)) is not None:
                        return Reply.text(400, mistake)
            return self.operate(kind, fields["slaveId"], raws, principal)

        return answer

    def teardown_form(self, call: Call, principal: str | None) -> Reply:
        """/master/teardown"""
        if (refusal := self._wire.wrong_method(call)) is not None:
            return refusal
        fields = self._fields(call, "frameworkId")
        if isinstance(fields, Reply):
            return fields
        return self.teardown(fields["frameworkId"], principal)

    def teardown(self, framework_id: str, principal: str | None) -> Reply:
        """Teardown, by form or by v1."""
        framework = self._wire.leader.frameworks.get(framework_id)
        if framework is None:
            return Reply.text(400, "No framework found with specified ID")
        if not self._world.access.may(principal, "teardown_frameworks", framework.info.principal):
            return self._wire.plain(403, "403 Forbidden.")
        self._world.teardown(framework_id)
        return Reply()
