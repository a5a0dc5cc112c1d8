"""An operator's laptop: a shell, the few tools that POSIX has, and a dcos CLI that is played (played.py)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clock import HANGS

ROOT = Path(__file__).parents[2]
WRAPPER = ROOT / "scripts/uninstall-legacy"
PLAYED = str(Path(__file__).parent)
SSH = """\
#!/bin/sh
# What follows the host is joined with spaces, and the shell over there reads it.
{ printf ssh; for word; do printf '\\037%s' "$word"; done; printf '\\036'; } >>"${WORLD%.json}.log"
if [ -n "${SSH_SAYS:-}" ]; then echo "$SSH_SAYS" >&2; exit 255; fi
while :; do
    case $1 in
        -l | -o) shift 2 ;;
        -*) shift ;;
        *) break ;;
    esac
done
shift
if [ "$1" = -- ]; then shift; fi
exec /bin/sh -c "$*"
"""
RUN = "import played\nsys.exit(played.main())\n"
TOOLS = ("awk", "cat", "date", "grep", "head", "ls", "mktemp", "rm", "sed", "sh", "sleep", "sort", "tee", "tr", "wc")
"""All that the wrapper may need of the laptop."""

World = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ran:
    """How the wrapper ended."""

    status: int
    stdout: str
    stderr: str


def kafka(generation: str, name: str = "/kafka", **changed: Any) -> World:
    """A cluster of DC/OS 1.9 with a Kafka 1.x; its reservations are its own, beside HDFS's."""
    bare = name.removeprefix("/")
    role = f"{bare.replace('/', '__')}-role"
    # A folder's slashes stay in the principal, the leading one as well.
    principal = f"{name if '/' in bare else bare}-principal"
    labels = {
        "DCOS_PACKAGE_NAME": "kafka",
        "DCOS_PACKAGE_FRAMEWORK_NAME": bare,
        "HAPROXY_0_VHOST": 'kafka.example.com, "quoted" \\ <b>',
    }
    agent = {
        "hostname": "10.0.0.11",
        "type": "agent",
        "reserved_resources": {role: {"cpus": 1.5, "ports": "[1-2]"}, "hdfs-role": {"cpus": 1.0}},
        "principals": {role: {principal: 5}},
    }
    framework = {
        "id": "0001-0001",
        "name": bare,
        "active": True,
        "tasks": [{"id": "broker-0__1", "name": "broker-0"}, {"id": "broker-1__1", "name": "broker-1"}],
        "executors": [{"id": "broker-0", "name": "kafka", "tasks": []}],
    }
    return {
        "generation": generation,
        "version": "1.9.10",
        "token": None,
        "apps": [{"id": "/other", "labels": {}}, {"id": name, "labels": labels, "env": {"id": "no"}}],
        "frameworks": [framework],
        "completed": [],
        "agents": [agent, {"hostname": "10.0.0.12", "type": "agent", "reserved_resources": {}, "principals": {}}],
        "framework_afterwards": "gone",
        "refuses": False,
        "keeps": False,
        "fails": {},
        "docker": "",
        "image": "janitor",
        "hangs": False,
        "ends": "",
        "runs": [],
        **changed,
    }


class Laptop:
    """One in a folder of its own. `shell` reads the wrapper."""

    def __init__(self, directory: Path, world: World, shell: str = "/bin/sh") -> None:
        self.bin = directory / "bin"
        self.bin.mkdir()
        self._shell = shell
        self._world = directory / "world.json"
        self._world.write_text(json.dumps(world))
        self.environment = {
            "PATH": str(self.bin),
            "HOME": str(directory),
            "TMPDIR": str(directory),
            "WORLD": str(self._world),
            "SSH_AUTH_SOCK": "/run/agent",
            "JANITOR_LEGACY_PATIENCE": "20",
        }
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found is not None, tool
            (self.bin / tool).symlink_to(found)
        for name in ("dcos", "docker", "janitor.py"):
            self.have(name, f"#!{sys.executable} -SE\nimport sys\nsys.path[:0] = [{PLAYED!r}]\n{RUN}")
        self.have("ssh", SSH)

    def have(self, name: str, program: str) -> None:
        """Put one on the PATH, of the laptop and of the master: they are the same here."""
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(program)
        path.chmod(0o755)

    def change(self, change: Callable[[World], object]) -> None:
        """Make the cluster another one."""
        world = self.world
        change(world)
        self._world.write_text(json.dumps(world))

    @property
    def world(self) -> World:
        """The cluster as it is now."""
        world: World = json.loads(self._world.read_text())
        return world

    @property
    def commands(self) -> list[list[str]]:
        """Every command line of dcos, ssh, docker and Janitor so far."""
        log = self._world.with_suffix(".log")
        return [line.split("\x1f") for line in log.read_text().split("\x1e")[:-1]] if log.exists() else []

    @property
    def changes(self) -> list[list[str]]:
        """Those that can change anything on the cluster."""
        return [
            words
            for words in self.commands
            if words[:3] in (["dcos", "package", "uninstall"], ["dcos", "service", "shutdown"])
            or (words[0] == "docker" and not {"--version", "--dry-run"} & set(words))
        ]

    def without(self, tool: str) -> None:
        """Take one away."""
        (self.bin / tool).unlink()

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """The wrapper, in a process group of its own, as a terminal has it; it is not waited for."""
        return subprocess.Popen(
            [self._shell, str(WRAPPER), *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *words: str, typed: str = "", timeout: float = HANGS) -> Ran:
        """The wrapper, with what somebody types."""
        done = subprocess.run(
            [self._shell, str(WRAPPER), *words],
            env={**self.environment, "LC_ALL": os.environ.get("LC_ALL", "C.UTF-8")},
            input=typed,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)
