"""What `janitor sandbox` can be told."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import NoReturn

from janitor.sandbox.mesos.version import Version
from janitor.sandbox.rehearsal import ALL_SCENARIOS


class Mistake(Exception):
    """A command line, or a machine, with which the sandbox cannot start; the message is one line."""


class Options(argparse.Namespace):
    """A command line, understood."""

    scenario: str
    version: str
    agents: int | None
    masters: int
    listen: str
    port: int | None
    dcos_ports: bool
    https: bool
    strict: bool
    zookeeper: str | None
    with_zookeeper: bool
    help: bool


def parse(argv: Sequence[str]) -> Options:
    """Understand a command line. Raises Mistake, also for a scenario that cannot be had so."""
    options = _parser().parse_args(argv, Options())
    scenario = ALL_SCENARIOS[options.scenario]
    if not Version.parse(options.version).since(*scenario.since):
        since = ".".join(map(str, scenario.since))
        raise Mistake(f"the scenario {options.scenario} needs Mesos {since} or later")
    if options.agents and not scenario.scales:
        raise Mistake(f"the scenario {options.scenario} always has {scenario.agents} agents")
    return options


def help_text() -> str:
    """The options and the scenarios."""
    return _parser().format_help()


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Mistake(f"{message} (see janitor sandbox --help)")


def _number(highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or not 1 <= int(text) <= highest:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {highest}")
        return int(text)

    return parse


def _release(text: str) -> str:
    try:
        return str(Version.parse(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no Mesos release, such as 1.9") from error


def _parser() -> _Parser:
    listed = "\n".join(f"  {name}\n      {each.description}" for name, each in ALL_SCENARIOS.items())
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
    add(
        "--scenario",
        metavar="NAME",
        choices=list(ALL_SCENARIOS),
        default="kafka",
        help="what is there (default: kafka)",
    )
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
