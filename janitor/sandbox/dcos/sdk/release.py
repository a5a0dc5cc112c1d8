"""What the releases of the SDK differ in (dcos-commons, tags 0.18.0 to 0.58.0)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Release:
    """A release of the SDK, such as 0.57.3."""

    number: tuple[int, int, int]

    @classmethod
    def parse(cls, text: str) -> Release:
        """ "0.57.3", or "0.57" for its .0. Raises ValueError for anything else, and before 0.18."""
        parts = [int(part) for part in text.split(".")]
        if len(parts) not in (2, 3) or parts < [0, 18]:
            raise ValueError(f"no release of the SDK that can uninstall itself: {text!r} (0.18 was the first)")
        return cls((parts[0], parts[1], parts[2] if len(parts) == 3 else 0))

    def __str__(self) -> str:
        return ".".join(map(str, self.number))

    def since(self, *number: int) -> bool:
        """Whether this release is that one or a later one."""
        return self.number >= number

    @property
    def phase_per_host(self) -> bool:
        """`unreserve-resources-<host>` for each host, where one phase had been."""
        return self.since(0, 52)

    @property
    def named_steps(self) -> bool:
        """kill-tasks, unreserve-resources, deregister-service; before: resource-phase, deregister-phase."""
        return self.since(0, 30)

    @property
    def prepares_steps(self) -> bool:
        """Steps that wait for an offer read PREPARED. The public documentation still has PENDING, from older ones."""
        return self.since(0, 30)

    @property
    def dependency_plan(self) -> bool:
        """Only deregistering waits for the rest; before, one phase waited for the other."""
        return self.since(0, 50)

    @property
    def wipes_first(self) -> bool:
        """The data is wiped, then the framework torn down; before, FrameworkID went first and the rest last."""
        return self.since(0, 50)

    @property
    def tells_framework(self) -> bool:
        """Reservations carry a label framework_id."""
        return self.since(0, 57, 3)

    @property
    def strategies(self) -> bool:
        """Plans tell their strategies, commands what they were given for, and a plan or a phase can be forced whole."""
        return self.since(0, 40)

    @property
    def errors_are_417(self) -> bool:
        """A plan with errors is answered 417; before 202."""
        return self.since(0, 30)

    @property
    def names_what_is_missing(self) -> bool:
        """`Phase x not found`; before `Element not found`."""
        return self.since(0, 50)

    @property
    def repeats_are_208(self) -> bool:
        """What is done already is answered 208; before 200 again."""
        return self.since(0, 20)

    @property
    def health(self) -> bool:
        """/v1/health is there."""
        return self.since(0, 40)

    @property
    def health_codes(self) -> bool:
        """/v1/health has codes of its own."""
        return self.since(0, 56)
