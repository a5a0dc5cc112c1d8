"""The Docker engine that the tests use: one of their own where they may start one, else the one that runs.

Their own has a socket, a data folder and a bridge of its own, changes no firewall rule of anybody's, and hands its
containers the tests' DNS server: an engine that runs beside it does not notice. Its data folder stays, so that images
are built once. JANITOR_TEST_ENGINE=running takes the one that runs all the same.
"""

from __future__ import annotations

import fcntl
import ipaddress
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.clock import HANGS

BRIDGE = "janitortest0"
SUBNETS = [ipaddress.ip_network(f"10.213.{number}.0/24") for number in range(64, 96)]
STATE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "janitor-tests"
RUN = Path("/run/janitor-tests")
FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
OTHERS_PATIENCE = 1200.0
START_PATIENCE = HANGS


class NoEngine(Exception):
    """There is none, and none can be started here; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that answers. `own`: it is the tests' own, and `gateway` is this machine's address on its bridge."""

    host: str
    own: bool
    gateway: str = ""

    def docker(
        self, *words: str, timeout: float = HANGS, stdin: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run the docker command. Raises AssertionError, with what it said, when it fails and `check` is set."""
        ran = subprocess.run(
            ["docker", *words],
            env=self.environment,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if check and ran.returncode != 0:
            raise AssertionError(f"docker {' '.join(words)}: status {ran.returncode}\n{ran.stdout}{ran.stderr}")
        return ran

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to talk to this engine."""
        return {**os.environ, "DOCKER_HOST": self.host} if self.host else dict(os.environ)


@contextmanager
def engine(say: Callable[[str], None]) -> Iterator[Engine]:
    """The engine to use, for the length of a `with`; `say` is told what is waited for. Raises NoEngine."""
    if shutil.which("docker") is None:
        raise NoEngine("there is no docker command (Debian, as root: apt-get install docker.io)")
    if _may_start_one():
        with _alone(say), _own() as started:
            yield started
    else:
        yield _running()


def _may_start_one() -> bool:
    wanted = os.environ.get("JANITOR_TEST_ENGINE") != "running"
    return wanted and os.geteuid() == 0 and all(shutil.which(command) for command in ("dockerd", "ip", "setpriv"))


def _running() -> Engine:
    answer = subprocess.run(
        ["docker", "info", "--format", "{{.OSType}}"], capture_output=True, text=True, timeout=HANGS
    )
    if answer.returncode != 0 or answer.stdout.strip() != "linux":
        raise NoEngine(
            "no Docker engine answers, and one of our own needs root on Linux, dockerd, ip and setpriv "
            "(Debian, as root: apt-get install docker.io iproute2)"
        )
    return Engine("", own=False)


@contextmanager
def _alone(say: Callable[[str], None]) -> Iterator[None]:
    """The data folder is for one run of the tests at a time; the next one waits here."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        deadline = time.monotonic() + OTHERS_PATIENCE
        said = False
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise NoEngine(f"other tests have used the engine in {STATE} all the time") from None
                if not said:
                    say(f"Waiting for other tests, which use the engine in {STATE}.")
                    said = True
                time.sleep(0.5)
        yield


@contextmanager
def _own() -> Iterator[Engine]:
    with ExitStack() as stack:
        _clear(RUN)  # of a run that was killed
        RUN.mkdir(mode=0o700)
        stack.callback(_clear, RUN)
        gateway = stack.enter_context(_bridge())
        forwarding = FORWARDING.read_text()  # dockerd switches it on, for the whole machine
        stack.callback(FORWARDING.write_text, forwarding)
        started = Engine(f"unix://{RUN}/docker.sock", own=True, gateway=gateway)
        stack.enter_context(_daemon(RUN, started))
        _remove_containers(started)  # of a run that was killed
        # What is left of builds is their cache; a day of it is enough, and the folder does not grow for ever.
        started.docker("image", "prune", "--force", "--filter", "until=24h", timeout=HANGS)
        stack.callback(_remove_containers, started)
        yield started


@contextmanager
def _bridge() -> Iterator[str]:
    """A bridge of our own on a free subnet; the machine's address on it."""
    _let_pass("--delete")  # of a run that was killed
    subprocess.run(["ip", "link", "delete", BRIDGE], capture_output=True)
    shown = subprocess.run(["ip", "-json", "-4", "address"], check=True, capture_output=True, text=True).stdout
    used = [
        ipaddress.ip_interface(f"{each['local']}/{each['prefixlen']}").network
        for link in json.loads(shown)
        for each in link["addr_info"]
    ]
    subnet = next((each for each in SUBNETS if not any(each.overlaps(other) for other in used)), None)
    if subnet is None:
        raise NoEngine(f"none of the networks from {SUBNETS[0]} to {SUBNETS[-1]} is free")
    gateway = str(next(subnet.hosts()))
    try:
        for words in (
            f"link add {BRIDGE} type bridge",
            f"address add {gateway}/24 dev {BRIDGE}",
            f"link set {BRIDGE} up",
        ):
            made = subprocess.run(["ip", *words.split()], capture_output=True, text=True)
            if made.returncode != 0:
                raise NoEngine(f"ip {words}: {made.stderr.strip()}")
        _let_pass("--insert")
        yield gateway
    finally:
        _let_pass("--delete")
        subprocess.run(["ip", "link", "delete", BRIDGE], capture_output=True)


def _let_pass(what: str) -> None:
    """What goes from container to container on our bridge passes: another engine may have FORWARD drop the rest."""
    if shutil.which("iptables") is not None:
        rule = ["FORWARD", "-i", BRIDGE, "-o", BRIDGE, "-j", "ACCEPT"]
        subprocess.run(["iptables", "--wait", what, *rule], capture_output=True)


@contextmanager
def _daemon(directory: Path, started: Engine) -> Iterator[None]:
    log, settings = directory / "dockerd.log", directory / "daemon.json"
    settings.write_text("{}")  # not the machine's
    options = [
        *("--config-file", str(settings), "--host", started.host, "--data-root", str(STATE / "docker")),
        *("--exec-root", str(directory / "exec"), "--pidfile", str(directory / "pid")),
        *("--bridge", BRIDGE, "--iptables=false", "--ip-masq=false", "--dns", started.gateway),
    ]
    with log.open("wb") as output:
        # However we end, it ends as well.
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "TERM", "dockerd", *options],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + START_PATIENCE
        while started.docker("version", check=False).returncode != 0:
            if process.poll() is not None or time.monotonic() > deadline:
                said = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
                raise NoEngine(f"dockerd did not start:\n{said}")
            time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(HANGS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _clear(directory: Path) -> None:
    """Remove a directory of a daemon that has ended; it leaves network namespaces mounted in there."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        place = line.split()[1]
        if place.startswith(f"{directory}/"):
            subprocess.run(["umount", "--lazy", place], capture_output=True)
    shutil.rmtree(directory, ignore_errors=True)


def _remove_containers(started: Engine) -> None:
    ids: Sequence[str] = started.docker("ps", "--all", "--quiet").stdout.split()
    if ids:
        started.docker("rm", "--force", "--volumes", *ids, check=False)
