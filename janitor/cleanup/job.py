"""What the operator asked for, as one value. Nothing here is contacted or decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from janitor.dcos.credentials import Credentials
from janitor.secret import Secret

Override = Literal["live-owner", "shared-role", "live-znode", "filtered-view", "cluster-framework"]
OVERRIDES: tuple[Override, ...] = ("live-owner", "shared-role", "live-znode", "filtered-view")
"""What lifts a refusal of a clean-up."""

CLUSTER_FRAMEWORK: Override = "cluster-framework"
"""What lets `service shutdown` and `uninstall` end a framework of the cluster's own: root Marathon, Metronome (O1)."""

STANDARD_MASTER = "http://leader.mesos:5050/master/"
STANDARD_MARATHON = "http://marathon.mesos:8080/v2/apps/"
"""Where the master and Marathon are unless an option says otherwise."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to remove, and which safety catches the operator lifted (rules S1 to S5, O5, L6).

    role          the exact role, None when not given; `*` has nothing to unreserve (S3)
    principal     the exact principal, None when not given: then the whole role (S3)
    any_principal the original's meaning: the principal is only a gate (S4)
    labels        (key, value) pairs: same key = or, different keys = and (S1)
    znode         the path as given; judged by rule Z1 before anything is contacted
    overrides     each lifts one refusal (O5)
    lost_agents   agent ids or hosts that never return, on the operator's word (L6)
    dry_run       one look, one decision, nothing written
    role_seen     the caller has seen something of the role in this view before: then all of it is visible (L5)
    reach         the options that name the cluster: a command that is printed has to mean the same one
    """

    role: str | None = None
    principal: str | None = None
    any_principal: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    znode: str | None = None
    overrides: frozenset[Override] = frozenset()
    lost_agents: tuple[str, ...] = ()
    dry_run: bool = False
    role_seen: bool = False
    reach: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Where things are. URLs end in a slash, as the original wants them.

    exhibitor_given says whether the operator named the Exhibitor (then it alone is used, rule Z2);
    zookeeper is `host:port,host:port[/chroot]`, None when not given; zookeeper_auth is a digest `user:password`.
    dcos_url is the cluster's own URL: then everything goes through its Admin Router, and mesos, marathon and exhibitor
    are not used.
    """

    mesos: str = STANDARD_MASTER
    marathon: str = STANDARD_MARATHON
    exhibitor: str = "http://leader.mesos:8181/"
    exhibitor_given: bool = False
    zookeeper: str | None = None
    zookeeper_auth: Secret | None = None
    ca_cert: str | None = None
    insecure: bool = False
    dcos_url: str | None = None
    credentials: Credentials = field(default_factory=Credentials)

    @property
    def reach(self) -> tuple[str, ...]:
        """The options that name this cluster where it is not the standard one, for commands to paste. No secrets."""
        words: list[str] = []
        if self.dcos_url is not None:
            words += ["--dcos-url", self.dcos_url]
        else:
            words += ["-m", self.mesos] if self.mesos != STANDARD_MASTER else []
            words += ["-n", self.marathon] if self.marathon != STANDARD_MARATHON else []
            words += ["-e", self.exhibitor] if self.exhibitor_given else []
        words += ["--zookeeper", self.zookeeper] if self.zookeeper is not None else []
        words += ["--ca-cert", self.ca_cert] if self.ca_cert is not None else []
        return (*words, "--insecure") if self.insecure else tuple(words)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long in all, in seconds, and how many requests side by side (rule D6).

    began   when the time began to count, by the monotonic clock; None for when the work itself begins
    """

    timeout: float = 900.0
    concurrency: int = 16
    began: float | None = field(default=None, compare=False)
