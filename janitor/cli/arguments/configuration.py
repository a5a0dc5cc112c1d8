"""Which configuration file counts for a run, which profile of it, and what of it is used: all values, from every place.

What stands beside a cluster's URL is for that cluster. Where the command line or a variable names another one, neither
the places nor the login of the file's own cluster are used: a token goes to no cluster that it is not for. A profile
without a URL is of the cluster at the top of the file, or else of the standard one. Only a login at the top of a file
that names no cluster there is for every cluster.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping

from janitor.cli.arguments import configfile, options
from janitor.cli.arguments.configfile import File
from janitor.cli.arguments.grammar import Typed
from janitor.cli.arguments.kinds import Group, Settings
from janitor.cli.arguments.options import CLUSTER, OPTIONS
from janitor.cli.arguments.values import Place, Stored, Value, Values, in_file, seconds
from janitor.cli.environment import Environment
from janitor.errors import UsageError
from janitor.message import Again, do
from janitor.namedfile import STANDARD_INPUT, Reading, read_named
from janitor.numbers import whole
from janitor.target import Limits, Target
from janitor.words import called, command

_OF_A_CLUSTER = (Group.WHERE, Group.LOGIN)

_STANDARD: Settings = {
    options.MASTER_URL: Target().mesos,
    options.MARATHON_URL: Target().marathon,
    options.EXHIBITOR_URL: Target().exhibitor,
}
"""The cluster that is meant where nothing names one."""


def values_of(typed: Typed, env: Environment) -> Values:
    """The values of a command line, of the variables and of the configuration file.

    Contacts nothing. Raises UsageError for what cannot be meant, and what reading a file raises: OutOfTime,
    Interrupted.
    """
    values = Values(typed, env.environ)
    stored = _stored(values, env)
    for settings in (stored.own, stored.top):
        for option, content in settings.items():
            if option.place and isinstance(content, str):
                env.redact.hide_password_in(content)
    return Values(typed, env.environ, stored)


def default_place(environ: Mapping[str, str]) -> str | None:
    """Where a configuration file is looked for: in XDG_CONFIG_HOME, else in HOME's .config; None without a home."""
    base, home = environ.get("XDG_CONFIG_HOME", ""), environ.get("HOME", "")
    if not os.path.isabs(base):  # as the XDG base directory specification says
        base = os.path.join(home, ".config") if os.path.isabs(home) else ""
    return os.path.join(base, "janitor", "config.toml") if base else None


def login_of_every_cluster(stored: Stored) -> str | None:
    """What to know of a login at the top of a file that names no cluster there; None where there is none."""
    logins = [option.name for option in options.LOGINS if option in stored.top]
    if not logins or _names_cluster(stored.top):
        return None
    return (
        f"At the top of {called(stored.path)}, {', '.join(logins)} stands beside no cluster: it goes to every cluster "
        "that a run names. Beside a cluster's URL, it goes to that one alone."
    )


def _stored(values: Values, env: Environment) -> Stored:
    named, profile = values.text(options.CONFIG), values.text(options.PROFILE)
    timeout = values.text(options.TIMEOUT)
    limit = seconds(timeout) if timeout else Limits().timeout
    reading = env.reading(limit, quiet=values.on(options.QUIET))
    path, notices = (named.text if named else default_place(env.environ)), list[str]()
    content = None
    if named:
        content = _named(named.text, named.source, reading)
    elif path:
        content = _at_the_default_place(path, reading, notices)
    if content is None or path is None:
        if profile is not None:
            raise UsageError(
                f"{profile.source} names the profile {called(profile.text)}, and there is no configuration file"
                + (f": {called(path)} is not there." if path else ", since HOME is not set."),
                remedy=do("Name the file (docs/configuration.md shows one):", Again("--config", "FILE")),
            )
        return Stored(path or "", notices=tuple(notices))
    file = configfile.parse(content, path, env.environ.get("HOME", ""))
    return _used(values, file, path, notices)


def _used(values: Values, file: File, path: str, notices: list[str]) -> Stored:
    """What of a file is used, when the command line and the variables are as they are."""
    named, chosen = values.place(options.CONFIG), values.place(options.PROFILE)
    profile = values.text(options.PROFILE)
    name, named_by = (profile.text, profile.source) if profile else (file.profile, options.PROFILE.name)
    own = configfile.chosen(file, name, named_by, path) if name is not None else {}
    top = file.top
    if _names_cluster(own) and _names_cluster(top):
        top = _of_every_cluster(top)
    by = max(values.place(option) for option in CLUSTER)
    kept_own, kept_top = own, top
    if _is_another(values, top):
        kept_top = _of_every_cluster(top)
    of_profile = own if _names_cluster(own) else top if _names_cluster(top) else _STANDARD
    if own.keys() & {*CLUSTER, *options.LOGINS} and _is_another(values, of_profile):
        if by > chosen:
            kept_own = _of_every_cluster(own)
        elif of_profile is not _STANDARD:
            _refuse_two_clusters(values, of_profile)
    _refuse_two_ensembles(values, kept_own, kept_top)
    unused = {*top, *own} - {*kept_own, *kept_top}
    aside = tuple(option for option in OPTIONS if option in unused)
    if aside:
        source = next(value.source for o in CLUSTER if values.place(o) == by and (value := values.text(o)) is not None)
        where = in_file(path, name if kept_own != own else None)
        beside = f"names another cluster than {where}. These settings of it are not used"
        if kept_own != own and of_profile is _STANDARD:
            beside = (
                f"names a cluster, and {where} names none: so its login is for this machine's own cluster alone, "
                "unless --profile is typed, too. Not used"
            )
        notices.append(f"{source} {beside}: {', '.join(option.name for option in aside)}.")
    regular = path not in STANDARD_INPUT and os.path.isfile(path)
    again: tuple[str, ...] = (
        ("--config", os.path.abspath(path) if regular else "/dev/null") if named is not Place.DEFAULT else ()
    )
    if regular and name is not None and kept_own == own:
        again += ("--profile", name)
    return Stored(
        path=path,
        there=True,
        profile=name,
        own=kept_own,
        top=kept_top,
        aside=aside,
        again=again,
        comes_again=regular,
        notices=tuple(notices),
        profiles=tuple(file.profiles),
    )


def _names_cluster(settings: Settings) -> bool:
    return any(option in settings for option in CLUSTER)


def _is_another(values: Values, settings: Settings) -> bool:
    """Whether the command line or a variable names another cluster than these settings do."""
    return _names_cluster(settings) and bool(_others(values, settings))


def _others(values: Values, settings: Settings) -> list[Value]:
    """What the command line or a variable says differently than these settings about where the cluster is."""
    return [
        value
        for option in CLUSTER
        if (value := values.text(option)) is not None
        and value.text.rstrip("/").lower() != str(settings.get(option, "")).rstrip("/").lower()
    ]


def _of_every_cluster(settings: Settings) -> Settings:
    """What is left when the cluster is another one."""
    return {option: content for option, content in settings.items() if option.group not in _OF_A_CLUSTER}


def _refuse_two_clusters(values: Values, settings: Settings) -> None:
    """Stop where a profile that was asked for names one cluster, and an option or a variable another one.

    An option may say one part of the profile's cluster differently (a tunnel's URL); a variable that was set for
    something else may not, and a part is not reached where everything goes through Admin Router.
    """
    profile, router = values.text(options.PROFILE), values.text(options.DCOS_URL)
    if router is not None and router.place is Place.COMMAND_LINE:
        return
    others = _others(values, settings)
    by_variable = [value for value in others if value.place is Place.VARIABLE]
    if profile is not None and (by_variable or (router is None and options.DCOS_URL in settings)):
        raise UsageError(
            f"{(by_variable or others)[0].source} names one cluster, and the profile {called(profile.text)} "
            f"({profile.source}) another one: which is meant?",
            remedy=f"Leave one of them out{' (unset the variable)' if by_variable else ''}. Nothing was done.",
        )


def _refuse_two_ensembles(values: Values, *stored: Settings) -> None:
    """Stop where a variable names another ZooKeeper than the file, whose login to its own would go there."""
    given = values.text(options.ZOOKEEPER)
    if given is None or given.place is not Place.VARIABLE or values.text(options.ZOOKEEPER_AUTH_FILE) is not None:
        return
    own = next((settings for settings in stored if options.ZOOKEEPER_AUTH_FILE in settings), {})
    there = own.get(options.ZOOKEEPER)
    if there is not None and there != given.text:
        raise UsageError(
            f"{given.source} names one ZooKeeper, and the configuration file another one, to which its "
            f"{options.ZOOKEEPER_AUTH_FILE.name} belongs: which is meant?",
            remedy=do(
                "Nothing was done. Unset the variable, or name ZooKeeper for this run:",
                Again("--zookeeper", "HOST:PORT"),
            ),
        )


def _named(path: str, source: str, reading: Reading) -> bytes:
    """The content of a file that was named. Raises UsageError for what cannot be read, or others may write."""
    content = read_named(path, f"The configuration file {called(path)} ({source})", reading, most=configfile.LARGEST)
    if path not in STANDARD_INPUT:
        _refuse_what_others_write(path, mine=False)
    return content


def _at_the_default_place(path: str, reading: Reading, notices: list[str]) -> bytes | None:
    """The content of the file at the default place; None where none is to be had: no home, or another user's."""
    try:
        os.stat(path)
    except (OSError, ValueError):
        return None
    if not os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids):
        notices.append(f"The configuration file {called(path)} is not used: this user may not read it.")
        return None
    _refuse_what_others_write(path, mine=True)
    return read_named(path, f"The configuration file {called(path)}", reading, most=configfile.LARGEST)


def _refuse_what_others_write(path: str, *, mine: bool) -> None:
    """Stop at a file that somebody else can change: it decides which cluster is meant, and where a token goes.

    mine   it was not named, so that it has to be this user's own (with sudo also the user's who called it), or root's
    """
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return
    if not stat.S_ISREG(found.st_mode):
        return
    ours = {os.geteuid(), 0}
    if os.geteuid() == 0 and (caller := whole(os.environ.get("SUDO_UID", ""))) is not None:
        ours.add(caller)
    others = found.st_uid not in ours
    if found.st_mode & stat.S_IWOTH or (others and found.st_mode & stat.S_IWGRP):
        raise UsageError(
            f"The configuration file {called(path)} is not used.",
            why="other users can change it, and it says where logins go",
            remedy=do("Remove that permission:", command("chmod", "go-w", path)),
        )
    if mine and others:
        raise UsageError(
            f"The configuration file {called(path)} is not used.",
            why=f"it belongs to another user (uid {found.st_uid}), and it says where logins go",
            remedy=do("If it is meant, name it:", Again("--config", path)),
        )
