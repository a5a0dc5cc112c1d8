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
    def variable(self) -> str | None:
        """The variable of the environment that stands for it, if one may."""
        return ENVIRONMENT_PREFIX + self.name.replace("-", "_").upper() if self.environ else None

    @property
    def spelled(self) -> str:
        """How messages call it: `-r/--role`, or just `--dry-run`."""
        return f"-{self.short}/--{self.name}" if self.short else f"--{self.name}"


_EVERY = ("clean", "help", "version")

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
    Option("zk_path", Group.WHAT, "the znode, which goes last", "ZNODE", "z", legacy=True, selects=True),
    Option(
        "label",
        Group.WHAT,
        "only what has this label (repeatable: same key means or, different keys mean and)",
        "KEY=VALUE",
        repeatable=True,
        selects=True,
    ),
    Option("any-principal", Group.WHAT, "-p is only a gate, as in the original"),
    Option("dry-run", Group.SAFETY, "say what a run would do, change nothing"),
    Option(
        "override",
        Group.SAFETY,
        "lift one refusal: live-owner, shared-role, live-znode or filtered-view (repeatable)",
        "WHAT",
        repeatable=True,
        environ=False,
    ),
    Option(
        "lost-agent",
        Group.SAFETY,
        "your word that it never returns (repeatable)",
        "ID",
        repeatable=True,
    ),
    Option("master_url", Group.WHERE, "the Mesos master", "URL/", "m", legacy=True),
    Option("exhibitor_url", Group.WHERE, "an Exhibitor to use instead of ZooKeeper itself", "URL/", "e", legacy=True),
    Option("marathon_url", Group.WHERE, "Marathon's apps, for a janitor run as an app", "URL/", "n", legacy=True),
    Option("zookeeper", Group.WHERE, "ZooKeeper; default: the one the master uses", "HOSTS[/CHROOT]"),
    Option("username", Group.LOGIN, "log in as this user", "USER", legacy=True),
    Option("password", Group.LOGIN, "the password (process lists show it)", "TEXT", legacy=True, secret=True),
    Option("password-file", Group.LOGIN, "the password in this file (- for stdin)", "FILE"),
    Option("auth_token", Group.LOGIN, "a ready token (process lists show it)", "TOKEN", "a", legacy=True, secret=True),
    Option("auth-token-file", Group.LOGIN, "the token in this file (- for stdin)", "FILE"),
    Option("zookeeper-auth-file", Group.LOGIN, "user:password for ZooKeeper, in this file", "FILE"),
    Option("ca-cert", Group.LOGIN, "trust this CA (PEM) for https", "FILE"),
    Option("insecure", Group.LOGIN, "verify no certificate; said on every run", environ=False),
    Option("timeout", Group.RUN, "give up after 90s, 15m, 1h (default 15m)", "TIME"),
    Option("concurrency", Group.RUN, "requests side by side, 1 to 64 (default 16)", "N"),
    Option("output", Group.RUN, "text, or one json document at the end", "FORMAT"),
    Option("quiet", Group.RUN, "on stderr, errors only"),
    Option("verbose", Group.RUN, "show every HTTP request", short="v", legacy=True),
    Option("log-level", Group.RUN, "log to stderr: debug, info, warning, error", "LEVEL"),
    Option("help", Group.RUN, "show this", short="h", legacy=True, environ=False, commands=_EVERY),
    Option("version", Group.RUN, "show the version", environ=False, commands=_EVERY),
)

BY_NAME: dict[str, Option] = {option.name: option for option in OPTIONS}


def of_command(command: str) -> tuple[Option, ...]:
    """Give the options that `command` takes, in the order of the table."""
    return tuple(option for option in OPTIONS if command in option.commands)
