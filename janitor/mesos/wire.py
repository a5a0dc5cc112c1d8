"""The shapes of a master's answers, as far as Janitor reads them. Unknown fields are ignored, missing lists are empty.

v0 is /slaves, /registrar(1)/registry and /metrics/snapshot; v1 is POST /api/v1 (mesos: include/mesos/v1/master/).
"""

from __future__ import annotations

import msgspec

_EMPTY = msgspec.Raw(b"{}")


class Id(msgspec.Struct):
    value: str


class Nanoseconds(msgspec.Struct):
    nanoseconds: int = 0


# --- v0 /slaves -------------------------------------------------------------------------------------------------


class V0Agent(msgspec.Struct):
    id: str
    hostname: str = ""
    pid: str = ""
    active: bool = True
    deactivated: bool = False
    version: str = ""
    capabilities: list[str] = []
    reserved_resources_full: dict[str, msgspec.Raw] | None = None
    resources: msgspec.Raw = _EMPTY
    reserved_resources: msgspec.Raw = _EMPTY
    unreserved_resources: msgspec.Raw = _EMPTY


class V0Recovered(msgspec.Struct):
    id: str
    hostname: str = ""


class V0Slaves(msgspec.Struct):
    slaves: list[V0Agent]
    recovered_slaves: list[V0Recovered] = []


# --- the rest of v0 ---------------------------------------------------------------------------------------------


class V0Version(msgspec.Struct):
    version: str


class V0State(msgspec.Struct):
    elected_time: float | None = None


class V0Executor(msgspec.Struct):
    id: str = ""


class V0AgentFramework(msgspec.Struct):
    id: str
    executors: list[V0Executor] = []


class V0AgentState(msgspec.Struct):
    id: str
    reserved_resources_full: dict[str, msgspec.Raw] | None = None
    frameworks: list[V0AgentFramework] = []


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

    master: dict[str, msgspec.Raw] = {}
    slaves: RegistryAdmittedList = msgspec.field(default_factory=RegistryAdmittedList)
    unreachable: RegistryList = msgspec.field(default_factory=RegistryList)
    gone: RegistryList = msgspec.field(default_factory=RegistryList)


# --- v1 ---------------------------------------------------------------------------------------------------------


class MasterInfo(msgspec.Struct):
    id: str
    version: str = ""
    hostname: str = ""
    port: int = 5050


class GetMaster(msgspec.Struct):
    master_info: MasterInfo
    elected_time: float | None = None


class GetMasterAnswer(msgspec.Struct):
    get_master: GetMaster


class Flag(msgspec.Struct):
    name: str
    value: str | None = None


class GetFlags(msgspec.Struct):
    flags: list[Flag] = []


class GetFlagsAnswer(msgspec.Struct):
    get_flags: GetFlags


class FrameworkInfo(msgspec.Struct):
    id: Id
    name: str = ""
    roles: list[str] = []
    role: str | None = None
    principal: str | None = None


class V1Framework(msgspec.Struct):
    framework_info: FrameworkInfo
    active: bool = False
    connected: bool | None = None
    unregistered_time: Nanoseconds | None = None
    allocated_resources: msgspec.Raw = msgspec.Raw(b"[]")
    offered_resources: msgspec.Raw = msgspec.Raw(b"[]")


class GetFrameworks(msgspec.Struct):
    frameworks: list[V1Framework] = []
    completed_frameworks: list[V1Framework] = []


class GetFrameworksAnswer(msgspec.Struct):
    get_frameworks: GetFrameworks


class OperationResources(msgspec.Struct):
    resources: msgspec.Raw = msgspec.Raw(b"[]")
    volumes: msgspec.Raw = msgspec.Raw(b"[]")


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
    name: str = ""
    state: str = ""
    resources: msgspec.Raw = msgspec.Raw(b"[]")


class GetTasks(msgspec.Struct):
    tasks: list[V1Task] = []
    completed_tasks: list[V1Task] = []
    unreachable_tasks: list[V1Task] = []
    orphan_tasks: list[V1Task] = []


class GetTasksAnswer(msgspec.Struct):
    get_tasks: GetTasks
