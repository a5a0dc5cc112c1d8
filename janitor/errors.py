"""One tree of errors. Each carries a line for an operator, and what to do next.

    JanitorError                 a message; never a traceback for something the world did
    ├── UsageError               invalid usage: the command line, or the environment           exit 1
    ├── BadUrl                   a URL that cannot be one                                      exit 3
    ├── LoginRefused             a login answered 4xx, or a given token got 401                exit 4
    ├── Refusal                  refused for safety; names the rule and what lifts it          exit 6
    ├── NotConfirmed             a question was declined, or there is nobody to ask            exit 6
    ├── Interrupted              a signal ended the run                                        exit 130, 143
    └── Trouble                  failed, incomplete, or could not be told                      exit 5
        ├── NoAnswer             a request that brought back nothing usable
        │   ├── Unreachable      no connection, or it was lost
        │   ├── Untrusted        TLS: the certificate is not one we may trust, or ours is not accepted
        │   ├── OutOfTime        the total deadline passed
        │   └── BadAnswer        cut off, without a frame: asking again may help
        │       └── Unreadable   not JSON, of another shape, or too large: asking again does not
        │           └── LoginPage   a web page, or a redirect to one: log in, or name another URL
        ├── HttpStatus           an answer whose status is not the one hoped for
        │   ├── Unauthorized     401: a login is wanted, or another one                        exit 4
        │   └── Forbidden        403
        ├── Bug                  what nobody expected: something in Janitor itself is wrong
        ├── Incomplete           a Python package that is needed is not installed
        ├── NotRecorded          the audit log cannot be written: what was to follow is not done
        ├── TooOld               a Mesos below the floor
        ├── BackupTrouble        a backup of a znode cannot be written, or a file is none
        └── ZooKeeperTrouble     ZooKeeper or Exhibitor: unreachable, denied, or half done

What the statuses mean is told by `janitor/exits.py`.
"""

from __future__ import annotations

from janitor.exits import Exit
from janitor.message import Again, Message, do
from janitor.rules import Override, Rule
from janitor.words import command, own_command

MOST_OF_A_BUG = 500
"""Characters of an unexpected exception's own words that are shown."""


class JanitorError(Exception):
    """What an operator is told.

    message       what failed, where, and `why`, in the server's own words where it has any; it knows the two apart
    remedy        what to do next, if anything: a `message.Remedy`, or a plain sentence where there is no command
    exit_status   the status that it ends a command with
    """

    exit_status = Exit.FAILED

    def __init__(self, message: str, *, why: str = "", remedy: str | None = None) -> None:
        self.message = Message(message, why) if why else Message.of(message)
        super().__init__(self.message)
        self.remedy = remedy

    @property
    def cited(self) -> Message:
        """The message as it is told: a refusal cites its rule."""
        return self.message


class UsageError(JanitorError):
    """The command line, or a variable of the environment, cannot be meant as it stands. Nothing was contacted."""

    exit_status = Exit.USAGE


class BadUrl(JanitorError):
    """A URL without a trailing slash, a scheme or a host. Nothing was contacted."""

    exit_status = Exit.BAD_URL


class LoginRefused(JanitorError):
    """The login answered 4xx, or the token that was given is not accepted (401)."""

    exit_status = Exit.LOGIN_REFUSED


class Refusal(JanitorError):
    """Refused for safety by `rule`. `override`: what `--override` lifts it, the rule's own unless another is given."""

    exit_status = Exit.REFUSED

    def __init__(
        self, message: str, *, rule: Rule, override: Override | None = None, why: str = "", remedy: str | None = None
    ) -> None:
        super().__init__(message, why=why, remedy=remedy)
        self.rule = rule
        self.override = override or rule.override

    @property
    def cited(self) -> Message:
        return self.message.citing(f"rule {self.rule}")


class NotConfirmed(JanitorError):
    """A question was declined, or there is nobody to ask, or nobody answers: silence is no consent. No rule says so."""

    exit_status = Exit.REFUSED


class Interrupted(JanitorError):
    """A signal asked the run to end; `signum` is which (2 for Ctrl-C, 15 for `docker stop`)."""

    def __init__(self, signum: int, message: str | None = None) -> None:
        super().__init__(message or f"Interrupted by signal {signum}.")
        self.signum = signum
        self.exit_status = Exit(128 + signum)


class Trouble(JanitorError):
    """Something failed, is incomplete, or cannot be told."""


class NoAnswer(Trouble):
    """A request brought back nothing usable. `sent` is true when it may have had an effect all the same.

    `redirected` is true when whoever was asked did answer, and it is the one that it sent us to who does not.
    """

    redirected = False

    def __init__(self, message: str, *, sent: bool = True, why: str = "", remedy: str | None = None) -> None:
        super().__init__(message, why=why, remedy=remedy)
        self.sent = sent


class Unreachable(NoAnswer):
    """No connection (name, network, refused), or it was lost."""


class Untrusted(NoAnswer):
    """The TLS certificate of the other side cannot be verified, or it does not accept ours. Nothing was sent."""


class OutOfTime(NoAnswer):
    """The total deadline passed."""


class BadAnswer(NoAnswer):
    """An answer that is none: cut off, or without a frame."""


class Unreadable(BadAnswer):
    """A whole answer that is not JSON, or JSON of another shape (another program's port), or larger than it may be."""


class LoginPage(Unreadable):
    """A web page, or a redirect that leads away, where a server should answer: a login stands before it, or the URL is
    another program's."""


class HttpStatus(Trouble):
    """An answer with a status that is not the one hoped for. `status` and `body` are the server's own words."""

    def __init__(
        self, message: str, *, status: int, body: str, url: str, why: str = "", remedy: str | None = None
    ) -> None:
        super().__init__(message, why=why, remedy=remedy)
        self.status = status
        self.body = body
        self.url = url

    @property
    def passes(self) -> bool:
        """Whether it ends by itself: no leader, a leader that recovers, a proxy without its backend (rule D4)."""
        return self.status in (502, 503, 504)


class Unauthorized(HttpStatus):
    """401: no credentials, or not these."""

    exit_status = Exit.LOGIN_REFUSED


class Forbidden(HttpStatus):
    """403: these credentials may not do this."""


class Bug(Trouble):
    """An exception that nobody expected: something in Janitor itself is wrong. `__cause__` is that exception.

    logs   whether the command that it ended can be run again with its log
    """

    def __init__(self, cause: Exception, *, logs: bool = True) -> None:
        words = " ".join(str(cause)[:MOST_OF_A_BUG].split()) or "no message"
        version = own_command((), "--version")
        super().__init__(
            "this is a bug",
            why=f"{type(cause).__name__}: {words}",
            remedy=do(
                "Run it again with its log, and report what it prints, and the version, where you got Janitor:",
                Again("--log-level", "debug"),
                version,
            )
            if logs
            else do("Report it where you got Janitor, with the lines below and the version:", version),
        )
        self.__cause__ = cause


class Incomplete(Trouble):
    """A Python package that is needed is not installed."""

    @classmethod
    def of(cls, error: ModuleNotFoundError, *, extra: str = "") -> Incomplete:
        """Make one of a failed import, with what to install: Janitor as it is, or with an extra of it."""
        package = (error.name or "").partition(".")[0]
        wanted, here = (f"janitor[{extra}]", f".[{extra}]") if extra else ("janitor", ".")
        return cls(
            f"The Python package {package} is not installed.",
            remedy=do("Install what Janitor needs for this:", command("pip", "install", wanted)).also(
                "Or from a checkout:", command("pip", "install", here)
            ),
        )


class NotRecorded(Trouble):
    """The audit log cannot be written, so that what was to follow is not done."""


class TooOld(Trouble):
    """The master is older than the floor (rule L1)."""


class BackupTrouble(Trouble):
    """A backup of a znode could not be written, or a file is none that can be restored."""


class ZooKeeperTrouble(Trouble):
    """ZooKeeper or Exhibitor could not be reached, denied something, or stopped half-way. `denied` tells the second."""

    def __init__(self, message: str, *, denied: bool = False, why: str = "", remedy: str | None = None) -> None:
        super().__init__(message, why=why, remedy=remedy)
        self.denied = denied
