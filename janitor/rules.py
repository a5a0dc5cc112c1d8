"""The rules of a clean-up, one value each. `docs/rules.md` says what each of them means, and why.

Whatever refuses something takes the value, and cites it as linters do: `(rule O1 live-owner)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from janitor.exits import Exit

Override = Literal["live-owner", "shared-role", "live-znode", "filtered-view", "cluster-framework"]
OVERRIDES: tuple[Override, ...] = ("live-owner", "shared-role", "live-znode", "filtered-view")
"""What lifts a refusal of a clean-up."""

CLUSTER_FRAMEWORK: Override = "cluster-framework"
"""What lets `service shutdown` and `uninstall` end a framework of the cluster's own: root Marathon, Metronome (O1)."""

LIFTED: dict[Override, str] = {
    "live-owner": "To remove it all the same, with what the living one has:",
    "shared-role": "To remove what every one of these owners has:",
    "live-znode": "To delete the znode all the same, whoever lives in it:",
    "filtered-view": "To go ahead all the same, by what this view shows alone:",
    "cluster-framework": "To end it all the same, with every service that it runs:",
}
"""What each of them does: a refusal prints the command with it, and nobody is to paste that unwarned."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    code       its number in docs/rules.md: "O1"
    name       what messages call it: "live-owner"
    says       the rule in one line, its heading there
    status     what a run ends with that it refuses or keeps from its end; None where it ends none
    override   what `--override` lifts it
    option     another option that lifts it, in a part of the cases
    """

    code: str
    name: str
    says: str
    status: Exit | None = None
    override: Override | None = None
    option: str | None = None

    def __str__(self) -> str:
        """What a message cites: `O1 live-owner`."""
        return f"{self.code} {self.name}"

    @property
    def lifted_by(self) -> tuple[str, ...]:
        """The options that lift it, as they are typed."""
        override = (f"--override {self.override}",) if self.override is not None else ()
        return override + ((self.option,) if self.option is not None else ())


L1 = Rule("L1", "mesos-floor", "Mesos 1.0 is the floor", Exit.FAILED)
L2 = Rule("L2", "one-source", "Each question has one source")
L3 = Rule("L3", "settled-look", "Only a settled look counts")
L4 = Rule("L4", "unreadable-source", 'Unknown is not "nothing"', Exit.FAILED)
L5 = Rule("L5", "filtered-view", "A filtered view is not a clean cluster", Exit.FAILED, "filtered-view")
L6 = Rule("L6", "lost-agent", "The roll is called", Exit.FAILED, option="--lost-agent")
L7 = Rule("L7", "master-clock", "Ages are taken by the master's clock")
L8 = Rule("L8", "leader-age", "A leader's age has one source")

S1 = Rule("S1", "exact-match", "Exactly what was named")
S2 = Rule("S2", "pinned-selection", "The selection is pinned, and only shrinks")
S3 = Rule("S3", "empty-option", "What a missing option means", Exit.USAGE)
S4 = Rule("S4", "likely-typo", "A likely typing mistake is refused", Exit.REFUSED, option="--any-principal")
S5 = Rule("S5", "still-reserved", "The znode stays while the service has anything left", Exit.FAILED)
S6 = Rule("S6", "approved-plan", "A saved plan is followed exactly, or not at all", Exit.REFUSED)

O1 = Rule(
    "O1", "live-owner", "A living owner is not robbed", Exit.REFUSED, "live-owner", f"--override {CLUSTER_FRAMEWORK}"
)
O2 = Rule("O2", "new-leader", "Absence is evidence only after a minute")
O3 = Rule("O3", "shared-role", "A shared role needs a choice", Exit.REFUSED, "shared-role")
O4 = Rule("O4", "live-znode", "A live znode is not deleted", Exit.REFUSED, "live-znode")
O5 = Rule("O5", "own-override", "Each refusal has its own override")
O6 = Rule("O6", "stale-answer", "An answer counts for what was shown", Exit.REFUSED)

D1 = Rule("D1", "fewest-requests", "The fewest requests that can be right")
D2 = Rule("D2", "unsendable", "What is never sent")
D3 = Rule("D3", "answering-agents", "Only agents that answer are served")
D4 = Rule("D4", "look-again", "Look again, then decide")
D5 = Rule("D5", "ending-executors", "Executors get their time to end")
D6 = Rule("D6", "one-deadline", "One deadline, and no agent holds up another", Exit.FAILED)

P1 = Rule("P1", "proven-gone", 'What "gone" means')
P2 = Rule("P2", "agent-proof", "When the master cannot tell, the agent does")
P2A = Rule("P2a", "earlier-run", "A run has no memory of the one before it")
P3 = Rule("P3", "leftover", "What is not proven gone is named", Exit.FAILED)

Z1 = Rule("Z1", "protected-znode", "Some znodes are protected", Exit.REFUSED)
Z2 = Rule("Z2", "wrong-ensemble", "The right ensemble", Exit.REFUSED)
Z3 = Rule("Z3", "children-first", "Children first, in bounded pieces")
Z4 = Rule("Z4", "empty-root", "The root that only a master may delete")
Z5 = Rule("Z5", "znode-last", "The znode goes last")
Z6 = Rule("Z6", "saved-first", "With a backup, nothing is deleted that is not in it", Exit.FAILED)
Z7 = Rule("Z7", "nothing-over", "A restore overwrites nothing", Exit.REFUSED)

C1 = Rule("C1", "frozen-options", "The original's command line is frozen", Exit.USAGE)
C2 = Rule("C2", "transcript", "Standard output is the original's transcript")
C3 = Rule("C3", "never-asks", "It never asks", Exit.USAGE)
C4 = Rule("C4", "verified-https", "https is tried, and verified", Exit.FAILED, option="--insecure")
C5 = Rule("C5", "own-app", "A janitor that is a Marathon app removes itself")
C6 = Rule("C6", "one-list", "Every difference is on one list")

RULES: dict[str, Rule] = {rule.code: rule for rule in tuple(globals().values()) if isinstance(rule, Rule)}
"""Every rule by its code, in the order of docs/rules.md."""
