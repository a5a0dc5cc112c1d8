"""`janitor sandbox`: a cluster to rehearse a clean-up on, for people."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

if TYPE_CHECKING:
    from janitor.sandbox.rehearsal import Rehearsal

NO_AIOHTTP = "The sandbox needs aiohttp: pip install janitor[sandbox]"
OPERATOR = "operator"
ZOOKEEPER_PATIENCE = 10.0
MASTER_PORT = 5050


class _Mistake(Exception):
    """A command line, or a machine, with which the sandbox cannot start; the message is one line."""


def main(argv: Sequence[str], stdout: TextIO, stderr: TextIO) -> int:
    """Run the sandbox until Ctrl-C or SIGTERM; the exit status: 0, 1 for a wrong command line, 5 when it cannot start.

    `argv` is what follows `janitor sandbox`.
    """
    try:
        import aiohttp  # noqa: F401  # an extra of the package: everything below needs it
    except ImportError:
        print(NO_AIOHTTP, file=stderr)
        return 5
    from janitor.sandbox.mesos.version import Version
    from janitor.sandbox.rehearsal import ALL_SCENARIOS

    parser = _parser({name: each.description for name, each in ALL_SCENARIOS.items()})
    try:
        options = parser.parse_args(argv)
        since = ALL_SCENARIOS[options.scenario].since
        if not Version.parse(options.version).since(*since):
            raise _Mistake(f"the scenario {options.scenario} needs Mesos {since[0]}.{since[1]} or later")
        if options.agents and not ALL_SCENARIOS[options.scenario].scales:
            raise _Mistake(
                f"the scenario {options.scenario} always has {ALL_SCENARIOS[options.scenario].agents} agents"
            )
    except _Mistake as mistake:
        print(f"janitor sandbox: {mistake}", file=stderr)
        return 1
    if options.help:
        stdout.write(parser.format_help())
        return 0
    try:
        with _interruptible():
            _run(options, stdout)
    except _Mistake as mistake:
        print(f"janitor sandbox: {mistake}", file=stderr)
        return 5
    except KeyboardInterrupt:
        pass
    return 0


def _run(options: argparse.Namespace, stdout: TextIO) -> None:
    """Start what the options name, say what is there, and wait. Ends with KeyboardInterrupt, everything taken down."""
    with ExitStack() as stack:
        address = _address(options.listen)
        directory = _Directory(stack)
        zookeeper = _zookeeper(options, stack)
        rehearsal = _rehearsal(options, stack, address, directory, zookeeper)
        _say(options, rehearsal, directory, stdout)
        threading.Event().wait()


class _Directory:
    """A directory for certificates and tokens, made only when one is needed: a read-only container may have none."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._path: Path | None = None

    @property
    def path(self) -> Path:
        """Where it is. Raises _Mistake when there is no place for it."""
        if self._path is None:
            try:
                made = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="janitor-sandbox-"))
            except OSError as error:
                raise _Mistake(f"no directory for temporary files can be used ({error.strerror})") from error
            self._path = Path(made)
        return self._path


def _address(name: str) -> str:
    """The IPv4 address that a name or an address means."""
    try:
        address = socket.gethostbyname(name)
    except OSError as error:
        raise _Mistake(f"--listen {name} cannot be resolved ({error.strerror})") from error
    if address == "0.0.0.0":
        raise _Mistake("--listen takes one address, by which the masters and agents will be known")
    return address


def _rehearsal(
    options: argparse.Namespace, stack: ExitStack, address: str, directory: _Directory, zookeeper: str | None
) -> Rehearsal:
    from kazoo.handlers.threading import KazooTimeoutError

    from janitor.sandbox.certificate import NoCertificate, make_certificate
    from janitor.sandbox.dcos.cluster import Asks, Ports
    from janitor.sandbox.rehearsal import Rehearsal
    from janitor.sandbox.serve import CannotListen

    usual = options.dcos_ports
    try:
        tls = make_certificate(directory.path, address) if options.https else None
        asks = Asks.EVERYBODY if options.strict else Asks.NOBODY
        rehearsal = Rehearsal(
            options.scenario,
            version=options.version,
            agents=options.agents,
            masters=options.masters,
            zookeeper=zookeeper,
            tls=tls,
            asks=asks,
            address=address,
            port=options.port or (MASTER_PORT if usual else 0),
            ports=Ports(marathon=8080, marathon_tls=8443, exhibitor=8181, router=443 if tls else 80)
            if usual
            else Ports(),
        )
        return stack.enter_context(rehearsal)
    except NoCertificate as error:
        raise _Mistake(f"no https: {error}") from error
    except CannotListen as error:
        raise _Mistake(str(error)) from error
    except KazooTimeoutError as error:
        raise _Mistake(f"no ZooKeeper answers at {zookeeper}; --zookeeper names another one") from error


def _zookeeper(options: argparse.Namespace, stack: ExitStack) -> str | None:
    """The ZooKeeper to use: one that is empty, or our own."""
    from janitor.sandbox.zookeeper import NoZooKeeper, ZooKeeper

    if options.with_zookeeper:
        try:
            return stack.enter_context(ZooKeeper()).address
        except NoZooKeeper as error:
            raise _Mistake(f"no ZooKeeper: {error}") from error
    named: str | None = options.zookeeper
    if named is not None and (there := _top_level(named)):
        # It may be a cluster's, and what the sandbox writes it takes out again.
        raise _Mistake(f"the ZooKeeper at {named} is not empty: it has {', '.join(there)}; name one that is")
    return named


def _top_level(hosts: str) -> list[str]:
    from kazoo.handlers.threading import KazooTimeoutError

    from janitor.sandbox.znodes import client_of

    client = client_of(hosts)
    try:
        client.start(timeout=ZOOKEEPER_PATIENCE)
        return sorted(f"/{name}" for name in client.get_children("/") if name != "zookeeper")
    except KazooTimeoutError as error:
        raise _Mistake(f"no ZooKeeper answers at {hosts}") from error
    finally:
        client.stop()
        client.close()


def _say(options: argparse.Namespace, rehearsal: Rehearsal, directory: _Directory, stdout: TextIO) -> None:
    """What is there, and the commands to try, with the ports and files that are really there."""
    from janitor.sandbox.rehearsal import ALL_SCENARIOS
    from janitor.sandbox.zookeeper import HOW_TO_GET_IT

    curl = trust = ""
    if options.https:
        certificate = directory.path / "ca.crt"
        curl, trust = f"--cacert {certificate} ", f" --ca-cert {certificate}"
    if options.strict:
        token = directory.path / "token"
        with os.fdopen(os.open(token, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(rehearsal.dcos_control.issue_token(OPERATOR))
        curl += f'-H "Authorization: token=$(cat {token})" '
        trust += f" --auth-token-file {token}"
    lines = [
        f"Mesos {rehearsal.sandbox.version} with {len(rehearsal.sandbox.agents)} agents: "
        f"{ALL_SCENARIOS[options.scenario].description}.",
        "",
        f"  Master        {rehearsal.master_url}",
        *(f"                {url}" for url in rehearsal.sandbox.masters[1:]),
        f"  ZooKeeper     {rehearsal.zookeeper or 'none'}",
        f"  Exhibitor     {rehearsal.exhibitor_url}",
        f"  Marathon      {rehearsal.marathon_url}",
        f"  Admin Router  {rehearsal.dcos.url}",
        f"  Control       {rehearsal.sandbox.control_url}",
        "",
        "Try in another terminal:",
    ]
    for words, command in rehearsal.commands(janitor=f"janitor{trust}", curl=curl, reach=trust):
        lines += ["", f"  {words}", f"    {command}"]
    if rehearsal.zookeeper is None:
        lines += [
            "",
            "There are no znodes: they need a real ZooKeeper. --with-zookeeper starts Debian's",
            f"({HOW_TO_GET_IT}),",
            "--zookeeper HOST:PORT uses an empty one that runs already.",
        ]
    print(*lines, "", "Ctrl-C ends it.", sep="\n", file=stdout, flush=True)


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


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Mistake(f"{message} (see janitor sandbox --help)")


def _number(highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= highest:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {highest}")
        return int(text)

    return parse


def _release(text: str) -> str:
    from janitor.sandbox.mesos.version import Version

    try:
        return str(Version.parse(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no Mesos release, such as 1.9") from error


def _parser(scenarios: dict[str, str]) -> argparse.ArgumentParser:
    listed = "\n".join(f"  {name}\n      {description}" for name, description in scenarios.items())
    parser = _Parser(
        prog="janitor sandbox",
        add_help=False,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Start a stand-in for a DC/OS cluster on this machine, to rehearse a clean-up on.\n"
        "Nothing real is touched.",
        epilog=f"Scenarios\n{listed}",
    )
    add = parser.add_argument
    add("--scenario", metavar="NAME", choices=list(scenarios), default="kafka", help="what is there (default: kafka)")
    add("--version", metavar="RELEASE", type=_release, default="1.12.0", help="of Mesos: 1.2, 1.4, 1.9, 1.12 (default)")
    add("--agents", metavar="N", type=_number(10_000), help="how many, in scenarios that scale")
    add("--masters", metavar="N", type=_number(5), default=1, help="how many; the first leads (default: 1)")
    add("--listen", metavar="ADDRESS", default="127.0.0.1", help="where all of it listens (default: 127.0.0.1)")
    add("--port", metavar="PORT", type=_number(65535), help="for the master; any free one unless given")
    add("--dcos-ports", action="store_true", help="master, Marathon, Exhibitor, Admin Router at the ports of DC/OS")
    add(
        "--https",
        action="store_true",
        help="masters, agents, Marathon, Admin Router over https, with a CA of their own",
    )
    add("--strict", action="store_true", help="everybody asks for a token; one is put into a file")
    zookeeper = parser.add_mutually_exclusive_group()
    zookeeper.add_argument("--zookeeper", metavar="HOST:PORT", help="an empty ZooKeeper that runs already, for znodes")
    zookeeper.add_argument("--with-zookeeper", action="store_true", help="start Debian's ZooKeeper, for znodes")
    add("-h", "--help", action="store_true", help="show this")
    return parser
