"""Where the cluster is, how to log in there, and how long a run may take: what every command is told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from janitor.patience import Stop
from janitor.redact import Redactor
from janitor.secret import Secret

if TYPE_CHECKING:
    from janitor.events import View
    from janitor.journal import Journal

STANDARD_MASTER = "http://leader.mesos:5050/master/"
STANDARD_MARATHON = "http://marathon.mesos:8080/v2/apps/"
"""Where the master and Marathon are unless an option says otherwise."""

SWITCHES = frozenset({"--zookeeper-sasl", "--zookeeper-tls", "--insecure"})
"""What of the options in a target's `reach` takes no value."""

FILES = frozenset(
    {
        *("--config", "--ca-cert", "--client-cert", "--client-key", "--mesos-secret-file"),
        *("--auth-token-file", "--password-file", "--private-key-file"),
        *("--zookeeper-auth-file", "--zookeeper-ca", "--zookeeper-cert", "--zookeeper-key"),
    }
)
"""What of them names a file: a container sees it only when it is mounted."""


@dataclass(frozen=True, slots=True)
class MesosLogin:
    """A principal of Mesos's own with its secret, for HTTP Basic authentication (Mesos: `--credentials`)."""

    principal: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the operator gave. Whatever is empty counts as not given (rule S3).

    A user with a password, or a service account with its private key (PEM), can log in; a token is used as it is.
    `mesos` is for a Mesos without DC/OS, and for its masters and agents alone: it is never given with one of those.
    `redact` blanks them out of what is shown; what a login brings is told to it, too. again are the options with which
    a command to paste logs in as this run does: a user, and the files that have the secrets, ZooKeeper's
    among them.
    """

    token: Secret | None = None
    username: str | None = None
    password: Secret | None = None
    private_key: Secret | None = None
    mesos: MesosLogin | None = None
    redact: Redactor = field(default_factory=Redactor, compare=False, repr=False)
    again: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        self.redact.hide(self.token, self.password, self.private_key, self.mesos.secret if self.mesos else None)

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to log in with: no header of a login goes along."""
        return not (self.token or self.can_log_in or self.mesos)

    @property
    def can_log_in(self) -> bool:
        """Whether there is a user, and a password or a key; one without the other is ignored, as the original does."""
        return bool(self.username and (self.password or self.private_key))


@dataclass(frozen=True, slots=True)
class Target:
    """Where things are. URLs end in a slash, as the original wants them.

    client_cert and client_key are files with our own certificate for TLS, and its key.
    exhibitor_given says whether the operator named the Exhibitor (then it alone is used, rule Z2);
    zookeeper is `host:port,host:port[/chroot]`, None when not given; zookeeper_auth is a digest `user:password`,
    or with zookeeper_sasl a login by SASL. With zookeeper_tls ZooKeeper is asked over TLS: with a CA, and a certificate
    of our own and its key, where these are given.
    dcos_url is the cluster's own URL: then everything goes through its Admin Router, and mesos, marathon and exhibitor
    are not used. named says whether the operator named a part of it: then the cluster that the DC/OS CLI is attached to
    is not meant, also where the part is the standard one. stored are the fields that a configuration file gave, and
    again the options with which a command to paste has them from there.
    """

    mesos: str = STANDARD_MASTER
    marathon: str = STANDARD_MARATHON
    exhibitor: str = "http://leader.mesos:8181/"
    exhibitor_given: bool = False
    zookeeper: str | None = None
    zookeeper_auth: Secret | None = None
    zookeeper_sasl: bool = False
    zookeeper_tls: bool = False
    zookeeper_ca: str | None = None
    zookeeper_cert: str | None = None
    zookeeper_key: str | None = None
    ca_cert: str | None = None
    insecure: bool = False
    client_cert: str | None = None
    client_key: str | None = None
    dcos_url: str | None = None
    credentials: Credentials = field(default_factory=Credentials)
    named: bool = field(default=False, compare=False)
    again: tuple[str, ...] = field(default=(), compare=False)
    stored: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def reach(self) -> tuple[str, ...]:
        """The options that name this cluster where it is not the standard one, for commands to paste. No secrets."""
        words: list[str] = []
        if self.dcos_url is not None:
            words += self._option("--dcos-url", "dcos_url")
        else:
            mixed = self.named and bool(self.again)  # then a standard place may stand for another one of the file's
            words += self._option("-n", "marathon") if self.marathon != STANDARD_MARATHON or mixed else []
            words += self._option("-e", "exhibitor") if self.exhibitor_given else []
            standard = self.mesos == STANDARD_MASTER and not mixed and not (self.named and not words)
            words[:0] = [] if standard else self._option("-m", "mesos")
        words += self._option("--zookeeper", "zookeeper")
        words += self._zookeeper_options()
        words += self._option("--ca-cert", "ca_cert")
        words += self._option("--client-cert", "client_cert")
        words += self._option("--client-key", "client_key")
        words = [*self.again, *words, *self.credentials.again]
        return (*words, "--insecure") if self.insecure else tuple(words)

    def _zookeeper_options(self) -> list[str]:
        """How ZooKeeper is asked, as options."""
        words = ["--zookeeper-sasl"] if self.zookeeper_sasl and "zookeeper_sasl" not in self.stored else []
        words += ["--zookeeper-tls"] if self.zookeeper_tls and "zookeeper_tls" not in self.stored else []
        words += self._option("--zookeeper-ca", "zookeeper_ca")
        words += self._option("--zookeeper-cert", "zookeeper_cert")
        words += self._option("--zookeeper-key", "zookeeper_key")
        return words

    def _option(self, spelled: str, name: str) -> list[str]:
        """A field as an option, where it is given and the configuration file does not say it."""
        value = getattr(self, name)
        return [spelled, value] if value is not None and name not in self.stored else []


@dataclass(frozen=True, slots=True)
class Limits:
    """How long in all, in seconds, and how many requests side by side (rule D6).

    began   when the time began to count, by the monotonic clock; None for when the work itself begins
    """

    timeout: float = 900.0
    concurrency: int = 16
    began: float | None = field(default=None, compare=False)

    def without(self, seconds: float) -> Limits:
        """The same, with seconds not counted that loading libraries took: a slow disk takes no time away."""
        return self if self.began is None else replace(self, began=self.began + seconds)


@dataclass(frozen=True, slots=True)
class Run:
    """One run on a cluster: where, how long, who is told what happens, what ends it early, and what is kept of it."""

    target: Target
    limits: Limits
    view: View
    stop: Stop
    journal: Journal | None = None
