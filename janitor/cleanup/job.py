"""What the operator asked for, as one value. Nothing here is contacted or decided."""

from __future__ import annotations

from dataclasses import dataclass, field

from janitor.cleanup.approved import Approved
from janitor.rules import Override


@dataclass(frozen=True, slots=True)
class Job:
    """What to remove, and which safety catches the operator lifted (rules S1 to S5, O5, L6).

    role          the exact role, None when not given; `*` has nothing to unreserve (S3)
    principal     the exact principal, None when not given: then the whole role (S3)
    any_principal the original's meaning: what any principal reserved (S4)
    labels        (key, value) pairs: same key = or, different keys = and (S1)
    znode         the path as given; judged by rule Z1 before anything is contacted
    overrides     each lifts one refusal (O5)
    lost_agents   agent ids or hosts that never return, on the operator's word (L6)
    backup        the directory in which the znode is saved before it is deleted; None for nowhere (Z6)
    dry_run       one look, one decision, nothing written
    role_seen     the caller has seen something of the role in this view before: then all of it is visible (L5)
    reach         the options that name the cluster: a command that is printed has to mean the same one
    wait_for_agents   seconds for which the run stays for agents that are away, once the rest is clean (L6)
    approved      what a saved plan says goes: that is the selection, whatever else is found (S6)
    """

    role: str | None = None
    principal: str | None = None
    any_principal: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    znode: str | None = None
    overrides: frozenset[Override] = frozenset()
    lost_agents: tuple[str, ...] = ()
    backup: str | None = None
    dry_run: bool = False
    role_seen: bool = False
    reach: tuple[str, ...] = ()
    wait_for_agents: float = 0.0
    approved: Approved | None = field(default=None, compare=False, repr=False)

    @property
    def options(self) -> tuple[str, ...]:
        """The options of a command line that selects and saves the same (S1, Z6).

        Not its overrides, nor where the cluster is.
        """
        words = ["-r", self.role] if self.role is not None else []
        words += ["-p", self.principal] if self.principal is not None else []
        words += ["--any-principal"] if self.any_principal else []
        words += [word for key, value in self.labels for word in ("--label", f"{key}={value}")]
        words += ["-z", self.znode] if self.znode is not None else []
        words += ["--backup", self.backup] if self.backup is not None else []
        return tuple(words)

    @property
    def path(self) -> str:
        """The znode's path; "" where none was named."""
        return "/" + self.znode.strip("/") if self.znode is not None else ""
