"""The leading master as ssh sees it: a container with a real sshd and the engine's socket; and a laptop before it.

Its address is the master's public one as well, so that --master-proxy hops over it to itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from testcontainers.core.container import DockerContainer

from tests.clock import HANGS
from tests.container.cluster import Cluster, address_of, eventually, where
from tests.container.engine import Engine
from tests.container.images import build
from tests.sandbox.dcos_cli import Cli
from tests.terminal import Terminal

CA = "/run/dcos/pki/CA/ca-bundle.crt"
TAG = "janitor-tests/master:latest"
START = """\
set -e
group=$(stat -c %g /var/run/docker.sock)
getent group "$group" >/dev/null || groupadd -g "$group" engine
usermod -aG "$(getent group "$group" | cut -d: -f1)" core
install -d -o core -g core -m 0700 /home/core/.ssh
install -o core -g core -m 0600 /mnt/key.pub /home/core/.ssh/authorized_keys
ssh-keygen -A
exec /usr/sbin/sshd -D -e
"""
DOCKERFILE = """
FROM {base}
RUN apt-get update \\
 && apt-get install -y --no-install-recommends openssh-server openssh-client \\
 && for docker in docker-cli docker.io; do \\
      apt-get install -y --no-install-recommends $docker && break; \\
    done \\
 && docker --version \\
 && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_* \\
 && useradd --create-home --shell /bin/bash --password '*' core \\
 && mkdir -p /run/sshd \\
 && printf '%s\\n' 'Host *' 'StrictHostKeyChecking no' 'UserKnownHostsFile /dev/null' 'LogLevel ERROR' \\
      >/etc/ssh/ssh_config.d/90-test.conf
"""
# The engine is this machine's: what it mounts, it does not find in the container that plays the master.
MOUNTS = """\
#!/bin/sh
for word; do
    case $word in
        {ca}:*) word={there}:${{word#*:}} ;;
    esac
    set -- "$@" "$word"
    shift
done
exec /usr/bin/docker "$@"
"""


def master_image(engine: Engine, base: str) -> str:
    """Debian with sshd and the docker command; built once."""
    network = ["--network", "host"] if engine.own else []
    build(engine, ["build", *network, "--tag", TAG, "-"], DOCKERFILE.format(base=base))
    return TAG


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command on the laptop ended."""

    status: int
    output: str


@dataclass
class Laptop:
    """A shell with the real DC/OS CLI, which is attached to a cluster, and a real ssh with a running agent."""

    cli: Cli
    cluster: Cluster
    master: DockerContainer
    environment: Mapping[str, str]

    def run(self, line: str, *, typed: str = "", timeout: float = HANGS) -> Ran:
        """A line in /bin/sh; `typed` is its standard input, which is no terminal."""
        done = subprocess.run(
            ["/bin/sh", "-c", line],
            env=self.environment,
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Ran(done.returncode, done.stdout)

    def begin(self, line: str) -> subprocess.Popen[str]:
        """The same, and do not wait for it."""
        return subprocess.Popen(
            ["/bin/sh", "-c", line],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def on_terminal(self, line: str, answers: Sequence[str]) -> Ran:
        """A line on a pseudo-terminal; the answers are typed one by one, whenever it asks for something."""
        with Terminal(["/bin/sh", "-c", line], self.environment) as terminal:
            status = terminal.answer(answers, asks=(":", "]"))
        return Ran(status, terminal.text.replace("\r\n", "\n"))

    def on_master(self, line: str) -> str:
        """A line in a shell on the master, as root."""
        ran = self.master.exec(["/bin/sh", "-c", line])
        return str(ran.output.decode(errors="replace"))


@contextmanager
def laptop(
    engine: Engine, image: str, cluster: Cluster, cli: Cli, *, token: str | None = None, ca: str | None = None
) -> Iterator[Laptop]:
    """A master from `image` for this cluster, and somebody who may log in there. `ca`: the cluster's, of https."""
    keys = cli.home / "keys"
    keys.mkdir()
    key = keys / "id"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    with ExitStack() as stack:
        agent = stack.enter_context(_agent(key))
        container = DockerContainer(image, docker_client_kw=where(engine))
        container.with_command(["/bin/sh", "-c", START])
        container.with_volume_mapping(f"{key}.pub", "/mnt/key.pub")
        container.with_volume_mapping(engine.host.removeprefix("unix://"), "/var/run/docker.sock", "rw")
        stack.enter_context(container)
        stack.callback(_take_out_services, cluster)
        address = address_of(container)
        cluster.dcos.name_host("leader.mesos", [address])
        cluster.dcos.publish(address)
        _attach(cli, cluster, token, ca)
        found = Laptop(cli, cluster, container, _environment(cli, agent))
        if ca is not None:
            _put_ca(found, cli.home, ca)
        # With a configuration of its own, as ~/.ssh/config: no real one is read or written.
        eventually("sshd answers", lambda: found.run(f"ssh -l core {address} true").status == 0)
        yield found


def _take_out_services(cluster: Cluster) -> None:
    """The next cluster wants the ZooKeeper empty."""
    for name in cluster.zookeeper.get_children("/"):
        if name.startswith("dcos-service-"):
            cluster.zookeeper.delete(f"/{name}", recursive=True)


def _environment(cli: Cli, agent: str) -> Mapping[str, str]:
    tools = cli.home / "tools"
    tools.mkdir()
    real = shutil.which("ssh")
    assert real is not None
    settings = cli.home / "ssh_config"
    settings.write_text("Host *\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n")
    (tools / "ssh").write_text(f'#!/bin/sh\nexec {real} -F {settings} "$@"\n')
    (tools / "ssh").chmod(0o755)
    path = f"{tools}:{cli.environment['PATH']}"
    return {**cli.environment, "PATH": path, "SSH_AUTH_SOCK": agent, "TMPDIR": str(cli.home)}


def _attach(cli: Cli, cluster: Cluster, token: str | None, ca: str | None) -> None:
    if ca is None:
        cli.attach(f"http://{cluster.address}", token)
        return
    cli.attach(f"https://{cluster.address}", token)
    file = cli.home / "ca.crt"
    file.write_text(ca + "\n")
    settings = cli.home / ".dcos/dcos.toml"
    settings.write_text(settings.read_text() + f'ssl_verify = "{file}"\n')


def _put_ca(found: Laptop, directory: Path, ca: str) -> None:
    """Where a node of DC/OS has it."""
    script = MOUNTS.format(ca=CA, there=directory / "ca.crt")
    for path, content, mode in ((CA, ca, "0644"), ("/usr/local/bin/docker", script, "0755")):
        quoted = content.replace("'", "'\\''")
        found.on_master(f"mkdir -p $(dirname {path}) && printf '%s\\n' '{quoted}' >{path} && chmod {mode} {path}")


@contextmanager
def _agent(key: Path) -> Iterator[str]:
    """A running ssh-agent that has this key: its socket."""
    socket = key.with_name("agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        environment = {**os.environ, "SSH_AUTH_SOCK": str(socket)}
        # Its socket is there a moment before it listens.
        add = ["ssh-add", "-q", str(key)]
        eventually(
            "ssh-agent takes the key",
            lambda: socket.exists() and subprocess.run(add, env=environment, capture_output=True).returncode == 0,
        )
        yield str(socket)
    finally:
        process.terminate()
        process.wait()
