"""What each command was asked to do: one frozen value per command, complete before anything is contacted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from janitor.cleanup.job import Job
from janitor.cli.arguments.local import NoCluster
from janitor.cli.arguments.verbs import CommandName, Format
from janitor.target import Limits, Target

if TYPE_CHECKING:
    from janitor.holdings.verdict import Verdict
    from janitor.scan.sweep import Choice as Sweeping
    from janitor.uninstall.situation import Choice

Level = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Show:
    """What the operator wants to see, and how. No log without `log_level`."""

    output: Format = "text"
    quiet: bool = False
    verbose: bool = False
    log_level: Level | None = None

    @property
    def json(self) -> bool:
        """Whether one document is wanted, and no text."""
        return self.output == "json"


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit log that was asked for: the file, what named it, and the command line and variables to record."""

    path: str
    source: str
    command: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Common:
    """What every command that reaches a cluster takes. `notices` are what to tell about the options themselves.

    audit   None where no audit log was asked for, or the command changes nothing
    """

    target: Target
    limits: Limits
    show: Show
    notices: tuple[str, ...] = ()
    audit: Audit | None = None


@dataclass(frozen=True, slots=True)
class Save:
    """The file for a plan, and what named it."""

    path: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing:
    """What a command takes that asks before it acts. `detailed`: a dry run that would change something is 10."""

    dry_run: bool = False
    detailed: bool = False
    yes: bool = False


@dataclass(frozen=True, slots=True)
class Clean:
    """`janitor clean`, and a command line without a command.

    detailed   a dry run that finds something is 10
    save       where a dry run saves what would go; None for nowhere
    """

    command: ClassVar[CommandName] = "clean"
    common: Common
    job: Job
    detailed: bool = False
    save: Save | None = None


@dataclass(frozen=True, slots=True)
class Apply:
    """`janitor apply FILE`: the clean-up that the plan in the file says. `detailed` as of `Clean`."""

    command: ClassVar[CommandName] = "apply"
    common: Common
    file: str
    job: Job
    detailed: bool = False


@dataclass(frozen=True, slots=True)
class Uninstall(Changing):
    """`janitor uninstall NAME`."""

    command: ClassVar[CommandName] = "uninstall"
    common: Common
    name: str
    choice: Choice


@dataclass(frozen=True, slots=True)
class Status:
    """`janitor status NAME`."""

    command: ClassVar[CommandName] = "status"
    common: Common
    name: str
    choice: Choice


@dataclass(frozen=True, slots=True)
class Scan:
    """`janitor scan`. Shown are holdings of these verdicts (none: of all), of roles that the pattern `role` matches."""

    command: ClassVar[CommandName] = "scan"
    common: Common
    only: tuple[Verdict, ...] = ()
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Sweep(Changing):
    """`janitor sweep`."""

    command: ClassVar[CommandName] = "sweep"
    common: Common
    choice: Sweeping


@dataclass(frozen=True, slots=True)
class Restore(Changing):
    """`janitor restore FILE`. `go_on`: a part of it may be there."""

    command: ClassVar[CommandName] = "restore"
    common: Common
    file: str
    go_on: bool = False


@dataclass(frozen=True, slots=True)
class PlanShow:
    """`janitor plan show NAME [PLAN]`."""

    command: ClassVar[CommandName] = "plan show"
    common: Common
    name: str
    plan: str
    watch: bool = False


@dataclass(frozen=True, slots=True)
class PlanForceComplete(Changing):
    """`janitor plan force-complete NAME PLAN [PHASE [STEP]]`. `phase` and `step`: a name or an id, "" for all."""

    command: ClassVar[CommandName] = "plan force-complete"
    common: Common
    name: str
    plan: str
    phase: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class PodList:
    """`janitor pod list NAME`."""

    command: ClassVar[CommandName] = "pod list"
    common: Common
    name: str


@dataclass(frozen=True, slots=True)
class PodReplace(Changing):
    """`janitor pod replace NAME POD`."""

    command: ClassVar[CommandName] = "pod replace"
    common: Common
    name: str
    pod: str


@dataclass(frozen=True, slots=True)
class ServiceList:
    """`janitor service list`. `inactive`: the inactive frameworks, too."""

    command: ClassVar[CommandName] = "service list"
    common: Common
    inactive: bool = False


@dataclass(frozen=True, slots=True)
class ServiceShutdown(Changing):
    """`janitor service shutdown ID|NAME`. `cluster_framework`: one of the cluster's own may be ended (rule O1)."""

    command: ClassVar[CommandName] = "service shutdown"
    common: Common
    framework: str
    cluster_framework: bool = False


OnCluster: TypeAlias = (
    Clean
    | Apply
    | Uninstall
    | Status
    | Scan
    | Sweep
    | Restore
    | PlanShow
    | PlanForceComplete
    | PodList
    | PodReplace
    | ServiceList
    | ServiceShutdown
)
"""What reaches a cluster: it has `common`."""

Arguments: TypeAlias = OnCluster | NoCluster
