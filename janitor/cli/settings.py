"""From a Command and the environment to the values that the engine takes. Contacts nothing; reads the files named."""

from __future__ import annotations

import dataclasses
import difflib
import re
from dataclasses import dataclass

from janitor.cleanup.job import OVERRIDES, Job, Override
from janitor.cli.environment import Environment
from janitor.cli.grammar import Command
from janitor.cli.secretfile import read_key, read_secret
from janitor.cli.sources import Sources, Value
from janitor.errors import BadUrl, JanitorError, UsageError
from janitor.namedfile import Reading
from janitor.secret import Secret
from janitor.target import Credentials, Limits, Target

LEVELS = ("debug", "info", "warning", "error")
MOST_CONCURRENT = 64
LONGEST = 24 * 3600
"""The longest --timeout, in seconds."""

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Show:
    """What the operator wants to see, and how. `log_level` is one of LEVELS, None for no log."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    log_level: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that `clean` needs.

    notices    what an operator should know about the options themselves
    detailed   a dry run ends with 10 when something would be removed
    """

    job: Job
    target: Target
    limits: Limits
    show: Show
    notices: tuple[str, ...] = ()
    detailed: bool = False


def show(command: Command, env: Environment) -> Show:
    """Read how to show things, and have it hold for errors from here on. Raises UsageError."""
    sources = Sources(command, env.environ)
    level = sources.value("log-level")
    shown = Show(
        json=(output := sources.value("output")) is not None and _one_of(output, ("text", "json")) == "json",
        quiet=sources.switch("quiet"),
        verbose=sources.switch("verbose"),
        log_level=_one_of(level, LEVELS) if level else None,
    )
    env.verbose_errors = shown.log_level == "debug"
    return shown


def settings(command: Command, env: Environment) -> Settings:
    """Read everything. Raises UsageError, or BadUrl for the URLs (last, in the original's order)."""
    sources = Sources(command, env.environ)
    shown = show(command, env)
    notices: list[str] = []
    job, limits = _job(sources), limits_of(sources, env)
    detailed = detailed_exitcode(sources)
    target = target_of(sources, env, notices)
    job = dataclasses.replace(job, reach=target.reach)
    return Settings(job, target, limits, shown, tuple(notices), detailed)


def detailed_exitcode(sources: Sources) -> bool:
    """Whether a dry run tells by its status that something would be removed. Raises UsageError without --dry-run."""
    detailed = sources.switch("detailed-exitcode")
    if detailed and not sources.switch("dry-run"):
        raise UsageError("--detailed-exitcode is for a dry run.", remedy="Add --dry-run, or leave it out.")
    return detailed


def target_of(sources: Sources, env: Environment, notices: list[str]) -> Target:
    """Where things are and how to log in. Raises UsageError, or BadUrl last; adds to `notices`."""
    reading = reading_of(sources, env)
    target = _target(sources, env, reading, _credentials(sources, env, reading, notices))
    unused = [source.source for name in _FIELDS if (source := sources.value(name)) is not None]
    if target.dcos_url is not None and unused:
        notices.append(f"{' and '.join(unused)}: not used, since --dcos-url has everything go through Admin Router.")
    return target


def marathon_target(command: Command, env: Environment) -> Target:
    """Give what is needed to reach Marathon, as well as a command line that is in error can tell it (rule C5)."""
    target = Target()
    try:
        sources = Sources(command, env.environ)
        url = sources.value("marathon_url")
        target = Target(marathon=_url(url, "Marathon", target.marathon))
        reading = reading_of(sources, env)
        credentials = _credentials(sources, env, reading, [])
        target = Target(marathon=target.marathon, credentials=credentials)
        return _target(sources, env, reading, credentials)
    except JanitorError:
        return target


def reading_of(sources: Sources, env: Environment) -> Reading:
    """How the files that were named are read: within the time of the run. Raises UsageError."""
    return env.reading(limits_of(sources, env).timeout, quiet=sources.switch("quiet"))


def limits_if_told(command: Command, env: Environment) -> Limits:
    """Give the limits, as well as a command line that is in error can tell them."""
    try:
        return limits_of(Sources(command, env.environ), env)
    except UsageError:
        return Limits()


def _job(sources: Sources) -> Job:
    role = sources.value("role")
    if role and role.text.startswith("-"):
        raise UsageError(
            f"The role {role.text!r} ({role.source}) begins with a dash, which Mesos allows none to.",
            remedy="Is a shell variable unset before it?",
        )
    principal, znode = sources.value("principal"), sources.value("zk_path")
    return Job(
        role=role.text if role else None,
        principal=principal.text if principal else None,
        any_principal=sources.switch("any-principal"),
        labels=tuple(_label(value) for value in sources.values("label")),
        znode=znode.text if znode else None,
        overrides=overrides_of(sources, OVERRIDES),
        lost_agents=tuple(value.text for value in sources.values("lost-agent")),
        dry_run=sources.switch("dry-run"),
    )


def _label(value: Value) -> tuple[str, str]:
    key, equals, text = value.text.partition("=")
    if not key or not equals:
        raise UsageError(f"{value.source} {value.text}: a label is KEY=VALUE.")
    if not text:
        raise UsageError(
            f"{value.source} {value.text}: the label has no value.",
            remedy="Is a shell variable unset? Nothing was done, since it selects what nobody meant.",
        )
    return key, text


def overrides_of(sources: Sources, choices: tuple[Override, ...]) -> frozenset[Override]:
    """The refusals that the operator lifts, of those that the command has. Raises UsageError."""
    given = frozenset(_one_of(value, choices) for value in sources.values("override"))
    return frozenset(each for each in choices if each in given)


def limits_of(sources: Sources, env: Environment) -> Limits:
    """How long, counted from the start of the process, and how many side by side. Raises UsageError."""
    timeout, concurrency = sources.value("timeout"), sources.value("concurrency")
    standard = Limits()
    return Limits(
        timeout=_seconds(timeout) if timeout else standard.timeout,
        concurrency=_count(concurrency, MOST_CONCURRENT) if concurrency else standard.concurrency,
        began=env.began,
    )


def _seconds(value: Value) -> float:
    """Read `90`, `90s`, `15m`, `1h`, `1h30m`: whole seconds from 1 to a day."""
    match = re.fullmatch(r"(\d+)", value.text, re.ASCII)
    if match:
        seconds = int(match.group(1)) if len(value.text) < 10 else LONGEST + 1
    elif len(value.text) < 20 and (match := _DURATION.fullmatch(value.text)) and value.text:
        hours, minutes, rest = (int(part or 0) for part in match.groups())
        seconds = hours * 3600 + minutes * 60 + rest
    else:
        raise UsageError(f"{value.source} {value.text}: not a time; give it as 90s, 15m or 1h.")
    if not 1 <= seconds <= LONGEST:
        raise UsageError(f"{value.source} {value.text}: from 1s to 24h, please.")
    return float(seconds)


def _count(value: Value, most: int) -> int:
    if not re.fullmatch(r"\d{1,4}", value.text, re.ASCII) or not 1 <= int(value.text) <= most:
        raise UsageError(f"{value.source} {value.text}: a whole number from 1 to {most} is wanted.")
    return int(value.text)


def _one_of(value: Value, choices: tuple[str, ...]) -> str:
    if value.text in choices:
        return value.text
    near = difflib.get_close_matches(value.text, choices, n=1)
    raise UsageError(
        f"{value.source} {value.text}: none of {', '.join(choices)}.",
        remedy=f"Did you mean {near[0]}?" if near else None,
    )


def _credentials(sources: Sources, env: Environment, reading: Reading, notices: list[str]) -> Credentials:
    token = _secret(sources, reading, "auth_token", "auth-token-file")
    password = _secret(sources, reading, "password", "password-file")
    username, key_file = sources.value("username"), sources.value("private-key-file")
    key = read_key(key_file.text, key_file.source, reading) if key_file else None
    name = (username.text if username else "") or (key.uid if key else "")
    env.hide(token, password, key.private_key if key else None)
    if key is not None and password:
        raise UsageError("Both a password and a private key are given: which one is meant?")
    if bool(name) != bool(password or key):
        # The original ignores one without the other, silently.
        missing = "password" if name else "user"
        notices.append(f"There is no {missing}: without both, a user and a password, there is no login.")
    return Credentials(
        token=token or None,
        username=name or None,
        password=password or None,
        private_key=key.private_key if key else None,
        redact=env.redact,
    )


def _secret(sources: Sources, reading: Reading, plain: str, file: str) -> Secret | None:
    """Take a secret from its option or from its file; the command line's over the environment's. Both is an error."""
    text, path = sources.value(plain), sources.value(file)
    if text and text.text and path and sources.on_command_line(plain) == sources.on_command_line(file):
        raise UsageError(f"Both {text.source} and {path.source} are given: which one is meant?")
    if text and (sources.on_command_line(plain) or not path) and (text.text or not sources.on_command_line(file)):
        return Secret(text.text)
    return read_secret(path.text, path.source, reading) if path else None


def _target(sources: Sources, env: Environment, reading: Reading, credentials: Credentials) -> Target:
    zookeeper, ca_cert, auth_file = (sources.value(name) for name in ("zookeeper", "ca-cert", "zookeeper-auth-file"))
    hosts = None
    if zookeeper:
        from janitor.zookeeper.paths import parse_hosts

        hosts = parse_hosts(zookeeper.text).written  # what a master's zk flag holds besides ends here
    if ca_cert and sources.switch("insecure"):
        raise UsageError("--insecure and --ca-cert contradict each other.", remedy="Leave one of them out.")
    zookeeper_auth = read_secret(auth_file.text, auth_file.source, reading) if auth_file else None
    if auth_file and zookeeper_auth is not None and ":" not in zookeeper_auth.reveal():
        raise UsageError(f"{auth_file.source} {auth_file.text}: there is no user:password in it.")
    env.hide(zookeeper_auth, Secret(zookeeper_auth.reveal().partition(":")[2]) if zookeeper_auth else None)
    exhibitor, dcos_url = sources.value("exhibitor_url"), sources.value("dcos-url")
    router = None
    if dcos_url:
        from janitor.dcos.endpoints import cluster_url

        router = cluster_url(dcos_url.text, dcos_url.source)
    standard = Target()
    marathon = _slashed(sources.value("marathon_url"), "Marathon", standard.marathon)
    master = _slashed(sources.value("master_url"), "Master", standard.mesos)
    exhibitor_url = _slashed(exhibitor, "Exhibitor", standard.exhibitor)
    for name, url in (("marathon_url", marathon), ("master_url", master), ("exhibitor_url", exhibitor_url)):
        _checked(url, name)
    return Target(
        mesos=master,
        marathon=marathon,
        exhibitor=exhibitor_url,
        exhibitor_given=exhibitor is not None,
        zookeeper=hosts,
        zookeeper_auth=zookeeper_auth,
        ca_cert=ca_cert.text if ca_cert else None,
        insecure=sources.switch("insecure"),
        dcos_url=router,
        credentials=credentials,
    )


def _slashed(value: Value | None, what: str, standard: str) -> str:
    """Check the trailing slash, in the original's words and order. Raises BadUrl."""
    if value is not None and not value.text.endswith("/"):
        from janitor.transport.urls import shown_as_given

        raise BadUrl(f"{what} URL must end with trailing slash: {shown_as_given(value.text)}")
    return value.text if value is not None else standard


def _checked(url: str, name: str) -> str:
    from janitor.transport.urls import check_url

    return check_url(url, f"--{name}", getattr(Target(), _FIELDS[name]))


def _url(value: Value | None, what: str, standard: str) -> str:
    return _checked(_slashed(value, what, standard), f"{what.lower()}_url")


_FIELDS = {"marathon_url": "marathon", "master_url": "mesos", "exhibitor_url": "exhibitor"}
