"""What commands come to: one frozen value each, with its exit status. How it is shown is the business of the views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from janitor import exits
from janitor.errors import JanitorError, Refusal
from janitor.exits import Exit
from janitor.rules import Rule

if TYPE_CHECKING:
    from janitor.cleanup.outcome import Outcome
    from janitor.cli.arguments.effective import Setting
    from janitor.cli.arguments.values import Stored
    from janitor.dcos.scheduler import Forced, Plan, PodInstance
    from janitor.mesos.cluster import Framework
    from janitor.records.history import History
    from janitor.scan.report import Scan
    from janitor.scan.sweep import Sweep
    from janitor.uninstall.ended import Ended
    from janitor.uninstall.explain import Standing
    from janitor.uninstall.situation import Situation
    from janitor.zookeeper.restoring import Restored


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What every command's result has: the status to end with. `done` is what a status of 0 means."""

    done: ClassVar[str] = "done"
    status: Exit = Exit.CLEAN

    @property
    def meaning(self) -> str:
        """What the status means here, in words."""
        return _meaning(self.status, self.done)

    @property
    def why(self) -> str | None:
        """What ended it early, in a line; None where nothing did, or where its outcomes tell."""
        return None

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that refused something."""
        return ()


def _meaning(status: Exit, done: str) -> str:
    return done if status == Exit.CLEAN else exits.meaning(status)


@dataclass(frozen=True, slots=True)
class Cleaned(Result):
    """How a clean-up ended."""

    outcome: Outcome

    @classmethod
    def of(cls, outcome: Outcome, *, detailed: bool) -> Cleaned:
        """Make one, with its status. detailed: that of a dry run says whether a run would remove something."""
        changes = outcome.result == "would-remove"
        return cls(outcome, status=exits.of_dry_run(outcome.status, changes=changes, detailed=detailed))

    @property
    def meaning(self) -> str:
        return exits.meaning(self.status, self.outcome.result)

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(blocked.rule for blocked in self.outcome.blocked)


@dataclass(frozen=True, slots=True)
class Uninstalled(Result):
    """How an uninstall ended."""

    done: ClassVar[str] = "the service is gone, or nothing of it was found"
    ended: Ended

    @property
    def meaning(self) -> str:
        return _meaning(self.status, "a dry run: nothing was changed" if self.ended.next else self.done)

    @property
    def why(self) -> str | None:
        return (self.ended.why or None) if self.status != Exit.CLEAN else None


@dataclass(frozen=True, slots=True)
class Stands(Result):
    """Where a service stands."""

    done: ClassVar[str] = "nothing of the service is left"
    situation: Situation
    standing: Standing


@dataclass(frozen=True, slots=True)
class Scanned(Result):
    """What is left in a whole cluster. `reach`: the options that name it, for commands to paste."""

    done: ClassVar[str] = "nothing is abandoned or half uninstalled"
    scan: Scan
    reach: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SweptUp(Result):
    """How a sweep ended. `reach`: the options that name the cluster, for commands to paste."""

    done: ClassVar[str] = "everything that was to go is removed and proven gone, or there was nothing"
    sweep: Sweep
    reach: tuple[str, ...] = ()

    @property
    def meaning(self) -> str:
        dry = self.sweep.dry_run and self.sweep.chosen
        return _meaning(self.status, "a dry run: nothing was changed" if dry else self.done)

    @property
    def why(self) -> str | None:
        return self.sweep.stopped or None

    @property
    def rules(self) -> tuple[Rule, ...]:
        outcomes = [one.outcome for one in self.sweep.swept if one.outcome is not None]
        return tuple(blocked.rule for outcome in outcomes for blocked in outcome.blocked)


@dataclass(frozen=True, slots=True)
class PutBack(Result):
    """What a restore came to, of which file. `again`: the command that goes on with it."""

    done: ClassVar[str] = "the znode is there as it was saved"
    file: str
    restored: Restored
    again: str = ""

    @property
    def meaning(self) -> str:
        return _meaning(self.status, "a dry run: nothing was changed" if self.restored.dry_run else self.done)


@dataclass(frozen=True, slots=True)
class PlanFound(Result):
    """A plan as it was last seen."""

    plan: Plan


@dataclass(frozen=True, slots=True)
class ForceCompleted(Result):
    """A plan, or a part of it, was forced. `what` is how it was named."""

    what: str
    forced: Forced


@dataclass(frozen=True, slots=True)
class Rehearsed(Result):
    """A dry run. `would`: what a run would do, then its details. `framework`: the one that a run would shut down."""

    done: ClassVar[str] = "a dry run: nothing was changed"
    would: tuple[str, ...]
    framework: Framework | None = None

    @classmethod
    def of(
        cls, would: tuple[str, ...], *, detailed: bool, changes: bool = True, framework: Framework | None = None
    ) -> Rehearsed:
        """Make one, with its status. changes: whether a run would change something; detailed: the status says so."""
        return cls(would, framework, status=exits.of_dry_run(Exit.CLEAN, changes=changes, detailed=detailed))


@dataclass(frozen=True, slots=True)
class PodsFound(Result):
    """The pods of a service, with their tasks."""

    pods: tuple[PodInstance, ...]


@dataclass(frozen=True, slots=True)
class PodReplaced(Result):
    """A pod is being replaced."""

    pod: str


@dataclass(frozen=True, slots=True)
class FrameworksFound(Result):
    """Frameworks, sorted by name."""

    frameworks: tuple[Framework, ...]


@dataclass(frozen=True, slots=True)
class FrameworkShutDown(Result):
    """A framework is shut down; as it was before."""

    framework: Framework


@dataclass(frozen=True, slots=True)
class Configured(Result):
    """The configuration file as it is used, and what every setting comes to."""

    stored: Stored
    settings: tuple[Setting, ...]


@dataclass(frozen=True, slots=True)
class HistoryRead(Result):
    """What an audit log tells; `brief`: a line for each run."""

    history: History
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Printed(Result):
    """Text for people, whatever output was asked for. None where the command has written itself, or nothing."""

    text: str | None = None


@dataclass(frozen=True, slots=True)
class Failed(Result):
    """The error that kept a command from a result of its own."""

    error: JanitorError

    @property
    def why(self) -> str | None:
        return self.error.message

    @property
    def rules(self) -> tuple[Rule, ...]:
        return (self.error.rule,) if isinstance(self.error, Refusal) else ()


def failed(error: JanitorError) -> Failed:
    """The result of an error."""
    return Failed(error, status=error.exit_status)
