"""The real DC/OS CLI, 0.6.1 of PyPI, in an environment of its own.

It is from 2018 and for Python 3.5: what it depends on is named here as far as it still works, and names that the
standard library has moved since are put back where the CLI looks for them.
"""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import stat
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clock import HANGS
from tests.terminal import Terminal

WITHOUT_DEPENDENCIES = ("dcoscli==0.6.1", "dcos==0.6.1")
DEPENDENCIES = (
    "docopt",
    "pkginfo",
    "toml",
    "cryptography",
    "jsonschema<3",
    "pager",
    "prettytable==0.7.2",
    "PyJWT==1.7.1",
    "pygments<3",
    "requests",
    "six",
    "retrying",
    "sseclient==0.0.19",
    "setuptools<70",
)

SITECUSTOMIZE = """\
import collections
import collections.abc

for name in ("Mapping", "MutableMapping", "Sequence", "Iterable", "Callable"):
    setattr(collections, name, getattr(collections.abc, name))
"""


class NotInstalled(Exception):
    """It cannot be had here; the message says why."""


def installed() -> Path:
    """The `bin` folder of the environment: built once, and kept among temporary files. Raises NotInstalled."""
    recipe = "\n".join((*WITHOUT_DEPENDENCIES, *DEPENDENCIES, SITECUSTOMIZE, sys.version))
    cache = Path(tempfile.gettempdir()) / f"janitor-tests-{os.getuid()}"
    cache.mkdir(mode=0o700, exist_ok=True)
    owner = cache.stat()
    if owner.st_uid != os.getuid() or stat.S_IMODE(owner.st_mode) & 0o022:
        raise NotInstalled(f"{cache} is not ours alone")
    home = cache / f"dcos-cli-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    complete = home / "complete"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            _build(home)
            complete.touch()
    return home / "bin"


def _build(home: Path) -> None:
    venv.create(home, clear=True, with_pip=True)
    pip = [str(home / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    for arguments in ([*DEPENDENCIES], ["--no-deps", "--no-build-isolation", *WITHOUT_DEPENDENCIES]):
        for _ in range(2):  # a download may fail once
            done = subprocess.run([*pip, *arguments], capture_output=True, text=True, timeout=HANGS, check=False)
            if done.returncode == 0:
                break
        if done.returncode != 0:
            last = (done.stderr.strip() or done.stdout.strip() or "no word").splitlines()[-1]
            raise NotInstalled(f"pip could not install {' '.join(arguments)}: {last}")
    (site,) = (home / "lib").glob("python3*/site-packages")
    (site / "sitecustomize.py").write_text(SITECUSTOMIZE)


def dcos_cli_or_skip() -> Path:
    """The CLI's `bin` folder. Skips the test when it cannot be had, saying why; on CI (CI=true) that is a failure."""
    try:
        return installed()
    except NotInstalled as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"The DC/OS CLI is needed: {error}.")
        pytest.skip(f"The DC/OS CLI is needed: {error}.")


@dataclass(frozen=True)
class Done:
    """What came of a command."""

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Cli:
    """The CLI of one operator: `home` has its configuration."""

    bin: Path
    home: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What it is run with: nothing of this process's own settings."""
        return {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "HOME": str(self.home),
            "DCOS_DIR": str(self.home / ".dcos"),
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "200",
        }

    def __call__(self, *words: str, status: int = 0) -> Done:
        """`cli("service", "--inactive")`; fails the test when it ends otherwise than with `status`."""
        command = [str(self.bin / "dcos"), *words]
        done = subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=HANGS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == status, (
            f"dcos {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def attach(self, url: str, token: str | None = None) -> None:
        """Have it talk to this cluster."""
        directory = self.home / ".dcos"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = ["[core]", f'dcos_url = "{url}"', "reporting = false", "timeout = 30"]
        if token is not None:
            lines.append(f'dcos_acs_token = "{token}"')
        config = directory / "dcos.toml"
        config.write_text("\n".join(lines) + "\n")
        config.chmod(0o600)

    def typed(self, *words: str, answer: str) -> Done:
        """Run it on a terminal and type `answer` whenever it asks; both outputs come as one."""
        with Terminal([self.bin / "dcos", *words], self.environment) as terminal:
            status = terminal.answer(itertools.repeat(answer), asks=(":",))
        return Done(status, terminal.text, "")
