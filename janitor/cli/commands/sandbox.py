"""`janitor sandbox`: a cluster to rehearse on. The one place that starts it; nothing else here knows of it."""

from __future__ import annotations

from janitor.cli.arguments.local import Sandbox
from janitor.cli.environment import Environment, Unbreakable
from janitor.cli.results import Printed
from janitor.errors import Incomplete
from janitor.exits import Exit


def run(asked: Sandbox, env: Environment) -> Printed:
    """Hand over: the sandbox reads its own words, writes itself, and takes Ctrl-C and SIGTERM while it runs."""
    try:
        from janitor.sandbox.command import main
    except ModuleNotFoundError as error:
        raise Incomplete.of(error, extra="sandbox") from error

    status = Exit(main(asked.words, Unbreakable(env.out), Unbreakable(env.err)))
    shown = status == Exit.CLEAN and not {"-h", "--help"}.isdisjoint(asked.words)
    if not shown:
        return Printed(status=status)
    from janitor.cli.manual import ending

    return Printed(f"\n{ending(Sandbox.command)}")
