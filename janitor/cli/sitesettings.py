"""What the commands that look at a whole service take: where the cluster is, how to log in, what to show."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from janitor.cli.environment import Environment
from janitor.cli.grammar import Command
from janitor.cli.settings import Show, limits_of, reading_of, show, target_of
from janitor.cli.sources import Sources
from janitor.errors import UsageError
from janitor.namedfile import Reading
from janitor.target import Limits, Target

WATCH_FOR = 3600.0
"""Seconds: an uninstall takes as long as its agents take. `--timeout` says otherwise."""


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """Everything but the command's own words and switches. `notices` are what an operator should know of them."""

    target: Target
    limits: Limits
    show: Show
    notices: tuple[str, ...]
    sources: Sources


def site_settings(command: Command, env: Environment) -> SiteSettings:
    """Read everything; `--dcos-url`, else the parts that were named, else the cluster the DC/OS CLI is attached to.

    Raises UsageError and BadUrl; reads files, and contacts nothing.
    """
    sources = Sources(command, env.environ)
    shown = show(command, env)
    notices: list[str] = []
    target = target_of(sources, env, notices)
    parts = ("master_url", "marathon_url", "exhibitor_url")
    if target.dcos_url is None and not any(sources.value(part) for part in parts):
        target = _attached(target, env, reading_of(sources, env), notices)
    limits = limits_of(sources, env)
    if sources.value("timeout") is None:
        limits = dataclasses.replace(limits, timeout=WATCH_FOR)
    return SiteSettings(target, limits, shown, tuple(notices), sources)


def _attached(target: Target, env: Environment, reading: Reading, notices: list[str]) -> Target:
    """The cluster that the DC/OS CLI is attached to, where it is attached to one. What was given goes before it."""
    from janitor.dcos.config import attached_cluster

    cluster = attached_cluster(env.environ, Path(env.environ.get("HOME") or "/nonexistent"), reading)
    if cluster is None:
        return target
    env.hide(cluster.token)
    given = target.credentials
    if not given.token and not given.can_log_in:
        given = dataclasses.replace(given, token=cluster.token)
    insecure = target.insecure or (cluster.insecure and target.ca_cert is None)
    if insecure and not target.insecure:
        raise UsageError(
            f"The DC/OS CLI's cluster {cluster.name} is set up without verification ({cluster.said_by}).",
            remedy="Say so here, too (--insecure), or name its CA (--ca-cert).",
        )
    notices.append(f"The cluster is {cluster.name} at {cluster.url}, which the DC/OS CLI is attached to.")
    return dataclasses.replace(
        target, dcos_url=cluster.url, credentials=given, ca_cert=target.ca_cert or cluster.ca_cert
    )
