"""`janitor sandbox`: a cluster to rehearse a clean-up on, for people."""

from __future__ import annotations

import signal
import socket
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn, TextIO

from janitor.sandbox.certificate import NoCertificate, make_certificate
from janitor.sandbox.command_line import Mistake, Options, help_text, parse
from janitor.sandbox.dcos.cluster import Asks, Ports
from janitor.sandbox.greeting import greeting, write_token
from janitor.sandbox.rehearsal import Rehearsal
from janitor.sandbox.serve import CannotListen
from janitor.sandbox.znodes import NobodyAnswers, connected
from janitor.sandbox.zookeeper import NoZooKeeper, ZooKeeper

ZOOKEEPER_PATIENCE = 30.0
MASTER_PORT = 5050


def main(argv: Sequence[str], stdout: TextIO, stderr: TextIO) -> int:
    """Run the sandbox until Ctrl-C or SIGTERM; the exit status: 0, 1 for a wrong command line, 5 when it cannot start.

    `argv` is what follows `janitor sandbox`.
    """
    try:
        options = parse(argv)
    except Mistake as mistake:
        print(f"janitor sandbox: {mistake}", file=stderr)
        return 1
    if options.help:
        stdout.write(help_text())
        return 0
    try:
        with _interruptible():
            _run(options, stdout)
    except Mistake as mistake:
        print(f"janitor sandbox: {mistake}", file=stderr)
        return 5
    except KeyboardInterrupt as ended:
        for what in ended.args:
            print(f"janitor sandbox: ended; {what}", file=stderr)
    return 0


def _run(options: Options, stdout: TextIO) -> None:
    """Start what the options name, say what is there, and wait. Ends with KeyboardInterrupt, everything taken down."""
    with ExitStack() as stack:
        address = _address(options.listen)
        directory = _Directory(stack)
        zookeeper = _zookeeper(options, stack)
        tls = _certificate(directory.path, address) if options.https else None
        rehearsal = _rehearsal(options, stack, address, tls, zookeeper)
        certificate = Path(tls[0]) if tls else None
        token = write_token(rehearsal, directory.path / "token") if options.strict else None
        print(*greeting(options, rehearsal, certificate, token), sep="\n", file=stdout, flush=True)
        threading.Event().wait()


class _Directory:
    """A directory for certificates and tokens, made only when one is needed: a read-only container may have none."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._path: Path | None = None

    @property
    def path(self) -> Path:
        """Where it is. Raises Mistake when there is no place for it."""
        if self._path is None:
            try:
                made = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="janitor-sandbox-"))
            except OSError as error:
                raise Mistake(f"no directory for temporary files can be used ({error.strerror})") from error
            self._path = Path(made)
        return self._path


def _address(name: str) -> str:
    """The IPv4 address that a name or an address means."""
    try:
        address = socket.gethostbyname(name)
    except OSError as error:
        raise Mistake(f"--listen {name} cannot be resolved ({error.strerror})") from error
    if address == "0.0.0.0":
        raise Mistake("--listen takes one address, by which the masters and agents will be known")
    return address


def _certificate(directory: Path, address: str) -> tuple[str, str]:
    try:
        return make_certificate(directory, address)
    except NoCertificate as error:
        raise Mistake(f"no https: {error}") from error


def _rehearsal(
    options: Options, stack: ExitStack, address: str, tls: tuple[str, str] | None, zookeeper: str | None
) -> Rehearsal:
    usual = Ports(marathon=8080, marathon_tls=8443, exhibitor=8181, router=443 if tls else 80)
    rehearsal = Rehearsal(
        options.scenario,
        version=options.version,
        agents=options.agents,
        masters=options.masters,
        zookeeper=zookeeper,
        tls=tls,
        asks=Asks.EVERYBODY if options.strict else Asks.NOBODY,
        address=address,
        port=options.port or (MASTER_PORT if options.dcos_ports else 0),
        ports=usual if options.dcos_ports else Ports(),
    )
    try:
        return stack.enter_context(rehearsal)
    except CannotListen as error:
        raise Mistake(str(error)) from error
    except NobodyAnswers as error:
        raise Mistake(f"{error}; --zookeeper names another one") from error


def _zookeeper(options: Options, stack: ExitStack) -> str | None:
    """The ZooKeeper to use: one that is empty, or our own."""
    if options.with_zookeeper:
        try:
            return stack.enter_context(ZooKeeper()).address
        except NoZooKeeper as error:
            raise Mistake(f"no ZooKeeper: {error}") from error
    named = options.zookeeper
    if named is not None and (there := _top_level(named)):
        # It may be a cluster's, and what the sandbox writes it takes out again.
        raise Mistake(f"the ZooKeeper at {named} is not empty: it has {', '.join(there)}; name one that is")
    return named


def _top_level(hosts: str) -> list[str]:
    try:
        with connected(hosts, ZOOKEEPER_PATIENCE) as client:
            return sorted(f"/{name}" for name in client.get_children("/") if name != "zookeeper")
    except NobodyAnswers as error:
        raise Mistake(str(error)) from error


@contextmanager
def _interruptible() -> Iterator[None]:
    """The first Ctrl-C or SIGTERM raises KeyboardInterrupt, later ones nothing; then all is as it was before."""
    signums = (signal.SIGINT, signal.SIGTERM)

    def interrupt(_: int, __: object) -> NoReturn:
        for signum in signums:
            signal.signal(signum, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {signum: signal.signal(signum, interrupt) for signum in signums}
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
