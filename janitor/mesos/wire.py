"""The shapes of a master's answers, as far as Janitor reads them. Unknown fields are ignored, missing lists are empty.

v0 is /slaves, /registrar(1)/registry and /metrics/snapshot; v1 is POST /api/v1 (mesos: include/mesos/v1/master/).
"""

from __future__ import annotations

import re

import msgspec
from msgspec import Raw

from janitor import numbers

NOTHING = Raw(b"null")
"""What is not there. (`Raw | None` would not do: msgspec then takes null alone.)"""

_EMPTY = Raw(b"{}")
_NONE_LISTED = Raw(b"[]")


def shown(raw: Raw) -> str:
    """A text that is only shown: bytes that are no UTF-8 are replaced, anything but a string is given as it stands.

    Mesos writes strings as it got them, without checking their encoding (stout: jsonify.hpp).
    """
    if raw == NOTHING:
        return ""
    try:
        return msgspec.json.decode(raw, type=str)
    except UnicodeDecodeError:
        return shown(Raw(bytes(raw).decode("utf-8", "replace").encode()))
    except msgspec.MsgspecError:
        return bytes(raw).decode("utf-8", "replace")


def exact(raw: Raw) -> str | None:
    """A text that something is decided on; None where it is missing or cannot be read: then it is not known."""
    try:
        return msgspec.json.decode(raw, type=str | None)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def moment(raw: Raw) -> float | None:
    """Epoch seconds; None where they are missing, none, or beyond any calendar."""
    seconds = number(raw)
    return numbers.moment(seconds) if seconds is not None else None


def number(raw: Raw) -> float | None:
    """A number; None where it is missing or none."""
    try:
        return msgspec.json.decode(raw, type=float | None)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def instant(raw: Raw) -> float | None:
    """Epoch seconds from `{"nanoseconds": ...}`; None where they are missing, none, or beyond any calendar."""
    try:
        read = msgspec.json.decode(raw, type=Nanoseconds | None)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return numbers.moment_of_nanoseconds(read.nanoseconds) if read is not None and read.nanoseconds else None


_NO_NUMBER = re.compile(rb"(?<=[:\s])[-+]?(?:nan|inf|infinity)(?=\s*[,}])", re.IGNORECASE)


def with_numbers(body: bytes) -> bytes:
    """The metrics, with null for each that is no number in JSON: a master prints `nan` and `inf` as C does.

    (stout: jsonify.hpp formats a double with snprintf.)
    """
    return _NO_NUMBER.sub(b"null", body)


class Id(msgspec.Struct):
    value: str


class Nanoseconds(msgspec.Struct):
    nanoseconds: int = 0


# --- v0 /slaves -------------------------------------------------------------------------------------------------


class V0Agent(msgspec.Struct):
    """`active` is always there; were it missing, nobody would know that the agent answers."""

    id: str
    hostname: Raw = NOTHING
    pid: Raw = NOTHING
    active: bool = False
    deactivated: bool = False
    version: Raw = NOTHING
    capabilities: list[Raw] = []
    reserved_resources_full: Raw = NOTHING
    resources: Raw = _EMPTY
    reserved_resources: Raw = _EMPTY
    unreserved_resources: Raw = _EMPTY


class V0Recovered(msgspec.Struct):
    id: str
    hostname: Raw = NOTHING


class V0Slaves(msgspec.Struct):
    slaves: list[V0Agent]
    recovered_slaves: list[V0Recovered] = []


# --- the rest of v0 ---------------------------------------------------------------------------------------------


class V0Version(msgspec.Struct):
    version: str


class V0State(msgspec.Struct):
    start_time: Raw = NOTHING
    elected_time: Raw = NOTHING


class V0AgentFramework(msgspec.Struct):
    """Of its executors it matters whether there is one: their names are their own."""

    id: str
    executors: list[Raw] = []


class V0AgentState(msgspec.Struct):
    id: str
    reserved_resources_full: Raw = NOTHING
    resources: Raw = _EMPTY
    reserved_resources: Raw = _EMPTY
    unreserved_resources: Raw = _EMPTY
    frameworks: list[V0AgentFramework] = []


class Metrics(msgspec.Struct):
    """Of some hundred metrics those that are asked for, each by itself: an odd one among them spoils no other."""

    frameworks_active: Raw = msgspec.field(name="master/frameworks_active", default=NOTHING)
    frameworks_inactive: Raw = msgspec.field(name="master/frameworks_inactive", default=NOTHING)
    agents_active: Raw = msgspec.field(name="master/slaves_active", default=NOTHING)
    agents_unreachable: Raw = msgspec.field(name="master/slaves_unreachable", default=NOTHING)
    uptime: Raw = msgspec.field(name="master/uptime_secs", default=NOTHING)
    unreachable_scheduled: Raw = msgspec.field(name="master/slave_unreachable_scheduled", default=NOTHING)
    unreachable_completed: Raw = msgspec.field(name="master/slave_unreachable_completed", default=NOTHING)
    unreachable_canceled: Raw = msgspec.field(name="master/slave_unreachable_canceled", default=NOTHING)
    shutdowns_scheduled: Raw = msgspec.field(name="master/slave_shutdowns_scheduled", default=NOTHING)
    shutdowns_completed: Raw = msgspec.field(name="master/slave_shutdowns_completed", default=NOTHING)
    shutdowns_canceled: Raw = msgspec.field(name="master/slave_shutdowns_canceled", default=NOTHING)


class RegistryInfo(msgspec.Struct):
    id: Id


class RegistryAdmitted(msgspec.Struct):
    info: RegistryInfo


class RegistryAdmittedList(msgspec.Struct):
    slaves: list[RegistryAdmitted] = []


class RegistryEntry(msgspec.Struct):
    id: Id
    timestamp: Nanoseconds | None = None


class RegistryList(msgspec.Struct):
    slaves: list[RegistryEntry] = []


class Registry(msgspec.Struct):
    """`{}` on a master that does not lead: `master` is empty there."""

    master: dict[str, Raw] = {}
    slaves: RegistryAdmittedList = msgspec.field(default_factory=RegistryAdmittedList)
    unreachable: RegistryList = msgspec.field(default_factory=RegistryList)
    gone: RegistryList = msgspec.field(default_factory=RegistryList)


# --- v1 ---------------------------------------------------------------------------------------------------------


class MasterInfo(msgspec.Struct):
    id: str
    version: str = ""


class GetMaster(msgspec.Struct):
    master_info: MasterInfo
    start_time: Raw = NOTHING
    elected_time: Raw = NOTHING


class GetMasterAnswer(msgspec.Struct):
    get_master: GetMaster


class Flag(msgspec.Struct):
    name: str
    value: Raw = NOTHING


class GetFlags(msgspec.Struct):
    flags: list[Flag] = []


class GetFlagsAnswer(msgspec.Struct):
    get_flags: GetFlags


class FrameworkInfo(msgspec.Struct):
    id: Id
    name: Raw = NOTHING
    roles: list[Raw] = []
    role: Raw = NOTHING
    principal: Raw = NOTHING
    failover_timeout: Raw = NOTHING


class V1Framework(msgspec.Struct):
    """`active` is always there; were it missing, a framework that may live would be taken for a dead one."""

    framework_info: FrameworkInfo
    active: bool = True
    connected: bool | None = None
    registered_time: Raw = NOTHING
    reregistered_time: Raw = NOTHING
    unregistered_time: Raw = NOTHING
    allocated_resources: Raw = _NONE_LISTED
    offered_resources: Raw = _NONE_LISTED


class GetFrameworks(msgspec.Struct):
    frameworks: list[V1Framework] = []
    completed_frameworks: list[V1Framework] = []


class GetFrameworksAnswer(msgspec.Struct):
    get_frameworks: GetFrameworks


class OperationResources(msgspec.Struct):
    resources: Raw = _NONE_LISTED
    volumes: Raw = _NONE_LISTED


class OperationInfo(msgspec.Struct):
    type: str = "UNKNOWN"
    reserve: OperationResources | None = None
    unreserve: OperationResources | None = None
    create: OperationResources | None = None
    destroy: OperationResources | None = None


class OperationStatus(msgspec.Struct):
    state: str = ""


class V1Operation(msgspec.Struct):
    info: OperationInfo
    agent_id: Id | None = None
    framework_id: Id | None = None
    latest_status: OperationStatus | None = None


class GetOperations(msgspec.Struct):
    operations: list[V1Operation] = []


class GetOperationsAnswer(msgspec.Struct):
    get_operations: GetOperations


class V1Task(msgspec.Struct):
    framework_id: Id
    agent_id: Id
    name: Raw = NOTHING
    state: Raw = NOTHING
    resources: Raw = _NONE_LISTED


class GetTasks(msgspec.Struct):
    tasks: list[V1Task] = []
    completed_tasks: list[V1Task] = []
    unreachable_tasks: list[V1Task] = []
    orphan_tasks: list[V1Task] = []


class GetTasksAnswer(msgspec.Struct):
    get_tasks: GetTasks
