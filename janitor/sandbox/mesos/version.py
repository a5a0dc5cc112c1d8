"""Which Mesos the sandbox pretends to be, and what that release had learned."""

from __future__ import annotations

from dataclasses import dataclass

_RECORDED = {"0.28": "0.28.2", "1.2": "1.2.3", "1.4": "1.4.3", "1.9": "1.9.0", "1.12": "1.12.0"}
"""The patch releases that the transcripts were recorded from; any other minor release is taken as its `.0`."""

_AGENT_CAPABILITIES = (
    ((1, 3), "MULTI_ROLE"),
    ((1, 4), "HIERARCHICAL_ROLE"),
    ((1, 4), "RESERVATION_REFINEMENT"),
    ((1, 7), "RESOURCE_PROVIDER"),  # opt-in in 1.5 and 1.6
    ((1, 6), "RESIZE_VOLUME"),
    ((1, 8), "AGENT_OPERATION_FEEDBACK"),
    ((1, 9), "AGENT_DRAINING"),
    ((1, 10), "TASK_RESOURCE_LIMITS"),
)

_MASTER_CAPABILITIES = (((1, 5), "AGENT_UPDATE"), ((1, 9), "AGENT_DRAINING"), ((1, 9), "QUOTA_V2"))


@dataclass(frozen=True, order=True)
class Version:
    """A Mesos release, such as 1.12.0. Compare with `since`."""

    major: int
    minor: int
    patch: int = 0

    @classmethod
    def parse(cls, text: str) -> Version:
        """ "1.9" or "1.9.0" as a version. Raises ValueError for anything that is not two or three numbers."""
        parts = [int(part) for part in _RECORDED.get(text, text).split(".")]
        if len(parts) not in (2, 3):
            raise ValueError(f"not a Mesos version: {text!r}")
        return cls(*parts)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def since(self, major: int, minor: int) -> bool:
        """Whether this release is `major.minor` or later."""
        return (self.major, self.minor) >= (major, minor)

    @property
    def refinement(self) -> bool:
        """Reservations are a stack, and printed so: from 1.4 on."""
        return self.since(1, 4)

    @property
    def agent_capabilities(self) -> tuple[str, ...]:
        """What an agent of this release announces, in the order of the enum (mesos.proto AgentInfo.Capability)."""
        return tuple(name for since, name in _AGENT_CAPABILITIES if self.since(*since))

    @property
    def master_capabilities(self) -> tuple[str, ...]:
        """What a master of this release announces (mesos.proto MasterInfo.Capability)."""
        return tuple(name for since, name in _MASTER_CAPABILITIES if self.since(*since))
