"""What `janitor sandbox` says when everything stands: what is where, and what to try."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from janitor.sandbox.command_line import Options
from janitor.sandbox.rehearsal import ALL_SCENARIOS, Rehearsal
from janitor.sandbox.zookeeper import HOW_TO_GET_IT

OPERATOR = "operator"
"""Whose token the commands use."""


def greeting(options: Options, rehearsal: Rehearsal, certificate: Path | None, token: Path | None) -> Iterator[str]:
    """Give the lines, with the ports and files that are really there: the CA's `certificate`, and the `token`."""
    yield (
        f"Mesos {rehearsal.sandbox.version} with {len(rehearsal.sandbox.agents)} agents: "
        f"{ALL_SCENARIOS[options.scenario].description}."
    )
    yield ""
    yield f"  Master        {rehearsal.master_url}"
    for url in rehearsal.sandbox.masters[1:]:
        yield f"                {url}"
    yield f"  ZooKeeper     {rehearsal.zookeeper or 'none'}"
    yield f"  Exhibitor     {rehearsal.exhibitor_url}"
    yield f"  Marathon      {rehearsal.marathon_url}"
    yield f"  Admin Router  {rehearsal.dcos.url}"
    yield f"  Control       {rehearsal.sandbox.control_url}"
    yield ""
    yield from where_to_try()
    curl = trust = ""
    if certificate is not None:
        curl, trust = f"--cacert {certificate} ", f" --ca-cert {certificate}"
    if token is not None:
        curl += f'-H "Authorization: token=$(cat {token})" '
        trust += f" --auth-token-file {token}"
    for words, command in rehearsal.commands(janitor=f"janitor{trust}", curl=curl, reach=trust):
        yield ""
        yield f"  {words}"
        yield f"    {command}"
    if rehearsal.zookeeper is None:
        yield ""
        yield "There are no znodes: they need a real ZooKeeper. --with-zookeeper starts Debian's"
        yield f"({HOW_TO_GET_IT}),"
        yield "--zookeeper HOST:PORT uses an empty one that runs already."
    yield ""
    yield "Ctrl-C ends it."


def where_to_try() -> Iterator[str]:
    """Where to paste the commands: what they begin with is known there only once its environment is entered."""
    activate = Path(sys.prefix, "bin", "activate")
    if shutil.which("janitor") is None and activate.is_file():
        yield "In another terminal, first:"
        yield ""
        yield f"    . {shlex.quote(str(activate))}"
        yield ""
        yield "Then try there:"
    else:
        yield "Try in another terminal:"


def write_token(rehearsal: Rehearsal, path: Path) -> Path:
    """A token of the operator, in a file that nobody else may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
        file.write(rehearsal.dcos_control.issue_token(OPERATOR))
    return path
