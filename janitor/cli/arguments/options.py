"""Every option, declared once: the parser, the help, the environment and the documents all read this table.

An option is a constant, and nobody looks one up by its name. Without `commands`, every command that reaches a cluster
takes it.
"""

from __future__ import annotations

from collections.abc import Iterable

from janitor.cli.arguments.kinds import Group, Many, Option, Switch, Text
from janitor.cli.arguments.verbs import CHANGES, COMMANDS, EVERYWHERE, FORMATS, CommandName, Format, Spec
from janitor.rules import CLUSTER_FRAMEWORK, OVERRIDES
from janitor.target import Target

_EVERY: tuple[CommandName, ...] = tuple(spec.name for spec in COMMANDS.values() if not spec.own_grammar)


def formats(known: Iterable[Format]) -> str:
    """The help of `--output`, for these formats."""
    return "the format: " + ", ".join(f"{name} ({FORMATS[name]})" for name in known)


_LIFTS = "lift one refusal"

QUICK: tuple[CommandName, ...] = ("clean", "apply", "scan")
"""Commands that give up after 15 minutes unless told, where others go on for an hour: they wait for a scheduler."""

# fmt: off
# What to remove
ROLE = Text("role", Group.WHAT, "the role whose reservations and volumes are removed",
    value="ROLE", short="r", legacy=True, selects=True, commands=("clean",))
PRINCIPAL = Text("principal", Group.WHAT, "only what this principal reserved; default: the whole role",
    value="PRINCIPAL", short="p", legacy=True, selects=True, commands=("clean",))
ZK_PATH = Text("zk_path", Group.WHAT, "the znode to delete, after everything else",
    value="ZNODE", short="z", legacy=True, selects=True, commands=("clean", "uninstall", "status"))
NO_ZNODE = Switch("no-znode", Group.WHAT, "the service keeps nothing in ZooKeeper: look for no znode",
    environ=False, commands=("uninstall", "status"))
LABEL = Many("label", Group.WHAT,
    "only what has this label (repeatable: any of several values of one key counts; of several keys, all do)",
    value="KEY=VALUE", selects=True, commands=("clean",))
ANY_PRINCIPAL = Switch("any-principal", Group.WHAT,
    "remove what any principal reserved for the role, although -p is given, as "
    "the original does", commands=("clean",))
PACKAGE = Text("package", Group.WHAT, "the package of the service, where its app does not name it",
    value="PACKAGE", environ=False, commands=("uninstall",))
LEGACY = Switch("legacy", Group.WHAT, "uninstall it as a package whose scheduler cannot uninstall itself",
    environ=False, commands=("uninstall",))
MANUAL = Switch("manual", Group.WHAT, "delete the app of the scheduler, shut the framework down, clean up",
    environ=False, commands=("uninstall",))

ONLY_SERVICE = Text("only-service", Group.WHAT, "only what this service left",
    value="NAME", environ=False, commands=("sweep",))
ZNODES = Switch("znodes", Group.WHAT, "remove znodes of services that hold no reservation, too",
    environ=False, commands=("sweep",))

# Safety
PROTECT = Many("protect", Group.SAFETY, "never remove these roles and services: a shell pattern (repeatable)",
    value="GLOB", selects=True, adds=True, lasting=True,
    commands=("sweep", "config"))
PROTECT_FILE = Text("protect-file", Group.SAFETY, "a file of --protect patterns, one in each line",
    value="FILE", adds=True, lasting=True, commands=("sweep", "config"))
DRY_RUN = Switch("dry-run", Group.SAFETY, "show what a run would do, and change nothing", commands=CHANGES)
DETAILED_EXITCODE = Switch("detailed-exitcode", Group.SAFETY,
    "with --dry-run: end with 10 when a run would change something", environ=False, commands=CHANGES)
SAVE = Text("save", Group.SAFETY, "with --dry-run: save what would go in this file, for janitor apply",
    value="FILE", environ=False, commands=("clean",))
MAX_AGE = Text("max-age", Group.SAFETY, "refuse a plan that was saved longer ago: 12h, 2d", value="TIME",
    default="1d", commands=("apply",))
YES = Switch("yes", Group.SAFETY, "answer every question with yes",
    environ=False, commands=("uninstall", "sweep", "restore", "plan force-complete", "pod replace", "service shutdown"))
CONTINUE = Switch("continue", Group.SAFETY,
    "go on with a restore of this file that was interrupted: a part of it may be there",
    environ=False, commands=("restore",))
BACKUP = Text("backup", Group.SAFETY,
    "save the znode in this directory before it is deleted; `janitor restore` puts it back",
    value="DIR", selects=True, commands=("clean", "apply", "uninstall", "sweep"))
FORCE_COMPLETE_MISSING = Switch("force-complete-missing", Group.SAFETY,
    "force each step that waits for what is gone, where that is safe", environ=False, commands=("uninstall",))
OVERRIDE = Many("override", Group.SAFETY,
    f"{_LIFTS}: {', '.join(OVERRIDES)}; of uninstall and service shutdown: {CLUSTER_FRAMEWORK} (repeatable)",
    value="WHAT", environ=False, commands=("clean", "uninstall", "service shutdown"))
LOST_AGENT = Many("lost-agent", Group.SAFETY,
    "the agent with this ID is gone for good: do not wait for it (repeatable)",
    value="ID", commands=("clean", "uninstall", "status"))
AUDIT_LOG = Text("audit-log", Group.SAFETY,
    "append to this file what is done, and what it takes to reserve it again", value="FILE", lasting=True,
    commands=(*CHANGES, "config"))

# Where things are
CONFIG = Text("config", Group.WHERE,
    "the configuration file; default: ~/.config/janitor/config.toml, where there is one", value="FILE")
PROFILE = Text("profile", Group.WHERE, "the profile of the configuration file to use", value="NAME")
DCOS_URL = Text("dcos-url", Group.WHERE,
    "the URL of the DC/OS cluster: everything is reached through its Admin Router", value="URL")
MASTER_URL = Text("master_url", Group.WHERE,
    "the Mesos master, or zk://HOST:PORT,.../mesos, where the masters register",
    value="URL/", short="m", legacy=True, default=Target().mesos)
EXHIBITOR_URL = Text("exhibitor_url", Group.WHERE, "an Exhibitor to use instead of ZooKeeper itself",
    value="URL/", short="e", legacy=True, default=Target().exhibitor)
MARATHON_URL = Text("marathon_url", Group.WHERE, "Marathon's apps",
    value="URL/", short="n", legacy=True, default=Target().marathon)
ZOOKEEPER = Text("zookeeper", Group.WHERE, "ZooKeeper; default: the one the master uses", value="HOSTS[/CHROOT]")

# Login and trust
USERNAME = Text("username", Group.LOGIN, "log in as this user", value="USER", legacy=True)
PASSWORD = Text("password", Group.LOGIN, "the password (process lists show it)", value="TEXT", legacy=True, secret=True)
PASSWORD_FILE = Text("password-file", Group.LOGIN, "the password in this file (- for stdin)", value="FILE")
PRIVATE_KEY_FILE = Text("private-key-file", Group.LOGIN,
    "the key of the service account --username (PEM, or its JSON secret)", value="FILE")
AUTH_TOKEN = Text("auth_token", Group.LOGIN, "a login token (process lists show it)",
    value="TOKEN", short="a", legacy=True, secret=True)
AUTH_TOKEN_FILE = Text("auth-token-file", Group.LOGIN, "the login token in this file (- for stdin)", value="FILE")
MESOS_PRINCIPAL = Text("mesos-principal", Group.LOGIN,
    "log in to Mesos itself as this principal (HTTP Basic authentication)", value="NAME")
MESOS_SECRET_FILE = Text("mesos-secret-file", Group.LOGIN,
    "the principal's secret in this file, or both as Mesos's --credential has them", value="FILE")
ZOOKEEPER_AUTH_FILE = Text("zookeeper-auth-file", Group.LOGIN,
    "user:password for ZooKeeper, in this file", value="FILE")
ZOOKEEPER_SASL = Switch("zookeeper-sasl", Group.LOGIN,
    "log in to ZooKeeper with SASL (DIGEST-MD5) instead of its digest scheme")
ZOOKEEPER_TLS = Switch("zookeeper-tls", Group.LOGIN, "speak TLS with ZooKeeper: --zookeeper names its secureClientPort")
ZOOKEEPER_CA = Text("zookeeper-ca", Group.LOGIN,
    "trust this CA (PEM) for ZooKeeper; default: what is trusted for https", value="FILE")
ZOOKEEPER_CERT = Text("zookeeper-cert", Group.LOGIN,
    "show this certificate (PEM) to a ZooKeeper that asks for one", value="FILE")
ZOOKEEPER_KEY = Text("zookeeper-key", Group.LOGIN,
    "the key of --zookeeper-cert (PEM), where it is in another file", value="FILE")
CA_CERT = Text("ca-cert", Group.LOGIN, "trust this CA (PEM) for https", value="FILE")
CLIENT_CERT = Text("client-cert", Group.LOGIN,
    "show this certificate (PEM) to a server that asks for one over https", value="FILE")
CLIENT_KEY = Text("client-key", Group.LOGIN,
    "the certificate's key (PEM), where it is in another file", value="FILE")
INSECURE = Switch("insecure", Group.LOGIN, "do not verify certificates; every run warns of it", environ=False)

# How it runs and what it shows
WATCH = Switch("watch", Group.RUN, "show the plan until it is complete", environ=False, commands=("plan show",))
ROLES = Text("role", Group.RUN, "only roles that this shell pattern matches, such as 'kafka*'",
    value="GLOB", environ=False, commands=("scan", "sweep"))
ONLY = Many("only", Group.RUN, "only these verdicts: in_use, disconnected, uninstalling, abandoned, znode_only, "
    "agents_away or unknown (repeatable)", value="VERDICT", environ=False, commands=("scan",))
ONE_RUN = Text("run", Group.RUN, "only the run whose id begins with this", value="ID", environ=False,
    commands=("audit show",))
INACTIVE = Switch("inactive", Group.RUN, "list the inactive frameworks, too", environ=False, commands=("service list",))
TIMEOUT = Text("timeout", Group.RUN,
    "give up after this time: 90s, 15m, 1h", value="TIME", default="15m of clean, apply and scan, else 1h")
WAIT_FOR_AGENTS = Text("wait-for-agents", Group.RUN,
    "when the rest is clean, wait this long for agents that are away, and clean them as they return: 12h, 7d",
    value="TIME", commands=("clean", "apply"))
CONCURRENCY = Text("concurrency", Group.RUN, "how many requests at a time, 1 to 64", value="N",
    default="16")
OUTPUT = Text("output", Group.RUN, formats(FORMATS), value="FORMAT",
    commands=(*EVERYWHERE, "audit list", "audit show"))
QUIET = Switch("quiet", Group.RUN, "show only errors on stderr")
VERBOSE = Switch("verbose", Group.RUN, "show every HTTP request", short="v", legacy=True)
LOG_LEVEL = Text("log-level", Group.RUN, "log to stderr: debug, info, warning, error", value="LEVEL")
HELP = Switch("help", Group.RUN, "show this", short="h", legacy=True, environ=False, commands=_EVERY)
VERSION = Switch("version", Group.RUN, "show the version", environ=False, commands=_EVERY)
# fmt: on

PARTS: tuple[Text, ...] = (MARATHON_URL, MASTER_URL, EXHIBITOR_URL)
"""What names a cluster part by part, in the order in which the original looks at it."""

CLUSTER: tuple[Text, ...] = (DCOS_URL, *PARTS)
"""What names a cluster: its URL, or a part of it."""

LOGINS: tuple[Text, ...] = (
    USERNAME, PASSWORD_FILE, PRIVATE_KEY_FILE, AUTH_TOKEN_FILE, MESOS_PRINCIPAL, MESOS_SECRET_FILE, ZOOKEEPER_AUTH_FILE,
)  # fmt: skip
"""What a configuration file may have to log in to a cluster with."""

OPTIONS: tuple[Option, ...] = tuple(each for each in tuple(globals().values()) if isinstance(each, Option))
"""All of them, in the order in which they stand here."""


def of_command(name: str) -> tuple[Option, ...]:
    """Give the options that a command takes; for the first word of several commands, what any of them takes."""
    return tuple(
        option
        for option in OPTIONS
        if any(command == name or command.startswith(f"{name} ") for command in option.commands)
    )


def help_for(option: Option, spec: Spec) -> str:
    """Give what the help of one command says of an option, where that is not the same for every command."""
    if option is OUTPUT:
        return formats(spec.formats)
    if option is TIMEOUT:
        default = "15m" if spec.name in QUICK else "1h"
        return f"{option.help} (default {default})"
    if option is OVERRIDE:
        return f"{_LIFTS}: {', '.join(OVERRIDES) if spec.drop_in else CLUSTER_FRAMEWORK} (repeatable)"
    return option.explained
