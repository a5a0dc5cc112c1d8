"""Every option, declared once: the parser, the help, the environment and the documents all read this table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

ENVIRONMENT_PREFIX = "JANITOR_"


class Group(Enum):
    """Under which heading of the help an option stands, in this order."""

    WHAT = "What to remove"
    SAFETY = "Safety"
    WHERE = "Where things are"
    LOGIN = "Login and trust"
    RUN = "How it runs and what it shows"


@dataclass(frozen=True, slots=True)
class Option:
    """One option.

    name        the long name without dashes; underscores are the original's, and frozen (rule C1)
    value       the name of its value in the help; None for a switch
    short       the one letter, or ""
    legacy      the original has it: then getopt's rules hold for it, abbreviations included
    repeatable  every occurrence counts; else the last one wins
    environ     whether a variable may give it; a list is separated by blanks there
    selects     it narrows what is removed: a variable of it that is set but empty is an error (rule S3)
    secret      its value is never shown
    commands    which commands take it
    """

    name: str
    group: Group
    help: str
    value: str | None = None
    short: str = ""
    legacy: bool = False
    repeatable: bool = False
    environ: bool = True
    selects: bool = False
    secret: bool = False
    commands: tuple[str, ...] = ("clean",)

    @property
    def place(self) -> bool:
        """Whether its value is where something is: that may have been given with a user and a password."""
        return self.value is not None and self.value.startswith(("URL", "HOSTS"))

    @property
    def variable(self) -> str | None:
        """The variable of the environment that stands for it, if one may."""
        return ENVIRONMENT_PREFIX + self.name.replace("-", "_").upper() if self.environ else None

    @property
    def spelled(self) -> str:
        """How messages call it: `-r/--role`, or just `--dry-run`."""
        return f"-{self.short}/--{self.name}" if self.short else f"--{self.name}"


SITE = ("uninstall", "status", "plan", "pod", "service")
"""The commands that look at a service as a whole, from inside or through Admin Router."""

_REACH = ("clean", *SITE)
_EVERY = (*_REACH, "help", "version")

OPTIONS: tuple[Option, ...] = (
    Option("role", Group.WHAT, "the role whose reservations and volumes go", "ROLE", "r", legacy=True, selects=True),
    Option(
        "principal",
        Group.WHAT,
        "only what it reserved; default: the whole role",
        "PRINCIPAL",
        "p",
        legacy=True,
        selects=True,
    ),
    Option(
        "zk_path",
        Group.WHAT,
        "the znode, which goes last",
        "ZNODE",
        "z",
        legacy=True,
        selects=True,
        commands=("clean", "uninstall", "status"),
    ),
    Option(
        "no-znode",
        Group.WHAT,
        "your word that the service keeps nothing in ZooKeeper",
        environ=False,
        commands=("uninstall", "status"),
    ),
    Option(
        "label",
        Group.WHAT,
        "only what has this label (repeatable: same key means or, different keys mean and)",
        "KEY=VALUE",
        repeatable=True,
        selects=True,
    ),
    Option("any-principal", Group.WHAT, "-p is only a gate, as in the original"),
    Option("dry-run", Group.SAFETY, "say what a run would do, change nothing", commands=("clean", "uninstall")),
    Option(
        "detailed-exitcode",
        Group.SAFETY,
        "with --dry-run: end with 10 when something would be removed",
        environ=False,
        commands=("clean", "uninstall"),
    ),
    Option(
        "yes",
        Group.SAFETY,
        "answer every question with yes",
        environ=False,
        commands=("uninstall", "plan", "pod", "service"),
    ),
    Option(
        "force-complete-missing",
        Group.SAFETY,
        "force the unreserve steps that are safe to force",
        environ=False,
        commands=("uninstall",),
    ),
    Option(
        "override",
        Group.SAFETY,
        "lift one refusal: live-owner, shared-role, live-znode or filtered-view; cluster-framework of uninstall and "
        "service (repeatable)",
        "WHAT",
        repeatable=True,
        environ=False,
        commands=("clean", "uninstall", "service"),
    ),
    Option(
        "lost-agent",
        Group.SAFETY,
        "your word that it never returns (repeatable)",
        "ID",
        repeatable=True,
        commands=("clean", "uninstall", "status"),
    ),
    Option(
        "package",
        Group.WHAT,
        "its package, where the app does not say",
        "PACKAGE",
        environ=False,
        commands=("uninstall",),
    ),
    Option(
        "legacy",
        Group.WHAT,
        "the way of packages that cannot uninstall themselves",
        environ=False,
        commands=("uninstall",),
    ),
    Option(
        "manual",
        Group.WHAT,
        "delete the scheduler, shut the framework down, clean up",
        environ=False,
        commands=("uninstall",),
    ),
    Option("inactive", Group.WHAT, "list the inactive frameworks, too", environ=False, commands=("service",)),
    Option("watch", Group.RUN, "show the plan until it is complete", environ=False, commands=("plan",)),
    Option(
        "dcos-url", Group.WHERE, "the cluster's own URL: everything through its Admin Router", "URL", commands=_REACH
    ),
    Option("master_url", Group.WHERE, "the Mesos master", "URL/", "m", legacy=True, commands=_REACH),
    Option(
        "exhibitor_url",
        Group.WHERE,
        "an Exhibitor to use instead of ZooKeeper itself",
        "URL/",
        "e",
        legacy=True,
        commands=_REACH,
    ),
    Option(
        "marathon_url",
        Group.WHERE,
        "Marathon's apps",
        "URL/",
        "n",
        legacy=True,
        commands=_REACH,
    ),
    Option("zookeeper", Group.WHERE, "ZooKeeper; default: the one the master uses", "HOSTS[/CHROOT]", commands=_REACH),
    Option("username", Group.LOGIN, "log in as this user", "USER", legacy=True, commands=_REACH),
    Option(
        "password",
        Group.LOGIN,
        "the password (process lists show it)",
        "TEXT",
        legacy=True,
        secret=True,
        commands=_REACH,
    ),
    Option("password-file", Group.LOGIN, "the password in this file (- for stdin)", "FILE", commands=_REACH),
    Option(
        "private-key-file",
        Group.LOGIN,
        "the key of the service account --username (PEM, or its JSON secret)",
        "FILE",
        commands=_REACH,
    ),
    Option(
        "auth_token",
        Group.LOGIN,
        "a ready token (process lists show it)",
        "TOKEN",
        "a",
        legacy=True,
        secret=True,
        commands=_REACH,
    ),
    Option("auth-token-file", Group.LOGIN, "the token in this file (- for stdin)", "FILE", commands=_REACH),
    Option("zookeeper-auth-file", Group.LOGIN, "user:password for ZooKeeper, in this file", "FILE", commands=_REACH),
    Option("ca-cert", Group.LOGIN, "trust this CA (PEM) for https", "FILE", commands=_REACH),
    Option("insecure", Group.LOGIN, "verify no certificate; said on every run", environ=False, commands=_REACH),
    Option(
        "timeout", Group.RUN, "give up after 90s, 15m, 1h (default 15m; of a whole service 1h)", "TIME", commands=_REACH
    ),
    Option("concurrency", Group.RUN, "requests side by side, 1 to 64 (default 16)", "N", commands=_REACH),
    Option("output", Group.RUN, "text, or one json document at the end", "FORMAT", commands=_REACH),
    Option("quiet", Group.RUN, "on stderr, errors only", commands=_REACH),
    Option("verbose", Group.RUN, "show every HTTP request", short="v", legacy=True, commands=_REACH),
    Option("log-level", Group.RUN, "log to stderr: debug, info, warning, error", "LEVEL", commands=_REACH),
    Option("help", Group.RUN, "show this", short="h", legacy=True, environ=False, commands=_EVERY),
    Option("version", Group.RUN, "show the version", environ=False, commands=_EVERY),
)

BY_NAME: dict[str, Option] = {option.name: option for option in OPTIONS}


def of_command(command: str) -> tuple[Option, ...]:
    """Give the options that `command` takes, in the order of the table."""
    return tuple(option for option in OPTIONS if command in option.commands)
