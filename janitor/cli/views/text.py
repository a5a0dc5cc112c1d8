"""What the commands about a whole service print for people, on standard output. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from janitor.cli import results
from janitor.cli.views.configured import lines as configured_lines
from janitor.cli.views.history import lines as history_lines
from janitor.cli.views.history import overview
from janitor.cli.views.scan import COMMAND, prose
from janitor.cli.views.scan import lines as scan_lines
from janitor.cli.views.sweep import lines as sweep_lines
from janitor.cli.views.tables import columns
from janitor.exits import Exit
from janitor.message import Own, Remedy, lines_of, no_line
from janitor.uninstall.ended import Ended
from janitor.uninstall.missing import missing_lines
from janitor.uninstall.tree import draw
from janitor.words import called, counted, folded

MOST_FORCED = 5
"""Steps that were forced, of which each is told: their causes are mostly the same. A document has all of them."""


def lines(result: results.Result, width: int | None = None, own: Own = no_line) -> Iterator[str]:
    """The lines of a result, on a terminal of so many columns; none for what went wrong, which is on stderr.

    own: writes out the command line of this run.
    """
    match result:
        case results.Uninstalled(ended):
            yield from prose(_uninstalled(ended), width)
        case results.Stands():
            yield from _stands(result, width, own)
        case results.Scanned(scan, reach):
            yield from scan_lines(scan, reach, width, own)
        case results.SweptUp(sweep, reach):
            yield from sweep_lines(sweep, reach, width, own)
        case results.HistoryRead(history, brief):
            yield from overview(history, width) if brief else history_lines(history)
        case results.PutBack():
            yield from prose(_put_back(result), width)
        case results.PlanFound(plan):
            yield from draw(plan)
        case results.ForceCompleted(what, forced) if forced.already:
            yield f"{what} is COMPLETE already: {forced.message}"
        case results.ForceCompleted(what, forced):
            yield forced.message or f"{what} is forced to COMPLETE."
        case results.PodsFound(pods):
            for pod in pods:
                yield called(pod.name)
                for task in pod.tasks:
                    yield f"  {called(task.name)} ({called(task.status) or 'unknown'})"
        case results.Rehearsed((first, *details)):
            yield f"A run would now: {first}"
            yield from (f"  {detail}" for detail in details)
        case results.PodReplaced(pod):
            yield f"Pod {pod} is being replaced."
        case results.FrameworksFound():
            yield from _frameworks(result, width)
        case results.Configured():
            yield from configured_lines(result, width, own)
        case results.FrameworkShutDown(framework):
            yield f"Framework {called(framework.name)} ({framework.id}) is shut down."


def _uninstalled(ended: Ended) -> Iterator[str]:
    forced = [step for step in ended.taken if step.startswith("Force ")]
    for step in ended.taken:
        if step not in forced[MOST_FORCED:]:
            yield f"Done: {step}"
    if len(forced) > MOST_FORCED:
        yield f"Done: Force {len(forced) - MOST_FORCED} more steps"
    if ended.next:
        yield f"A run would now: {ended.next}"
    for line in missing_lines(ended.given_up):
        yield f"Not removed: {line}"
    if ended.comebacks:
        yield "If it returns all the same, remove what is on it:"
        yield from (f"{' ' * COMMAND}{command}" for command in ended.comebacks)
    if ended.status == Exit.CLEAN and not ended.next:
        yield ended.why or ended.summary


def _put_back(result: results.PutBack) -> Iterator[str]:
    done = result.restored
    if done.dry_run:
        yield f"A run would put {called(done.path)} back ({counted(done.nodes, 'node')}). Nothing was changed."
        return
    for above in done.parents:
        yield f"Created above it, since it was missing: {called(above)}"
    yield f"{called(done.path)}: {done.created} of {counted(done.nodes, 'node')} created in {called(done.ensemble)}"
    if done.ephemerals:
        yield f"  {counted(done.ephemerals, 'ephemeral node')} of the backup cannot be put back: their sessions ended"
    if not done.verified:
        return
    if done.equal:
        yield "Compared with the backup: everything is there as it was saved."
    if done.unread.count:
        yield f"  of {counted(done.unread.count, 'node')} only the size: their ACLs do not let us read them"


def _stands(result: results.Stands, width: int | None, own: Own) -> Iterator[str]:
    standing = result.standing
    for heading, below in (
        (f"Service {called(result.situation.service.name)}", standing.lines),
        ("Stuck", standing.stuck),
        ("Missing", standing.missing),
    ):
        if below or heading.startswith("Service"):
            yield heading
            yield from prose((f"  {line}" for line in below), width)
    begin = "Next: "
    for line, is_command in lines_of(Remedy.of(standing.next).whole(own)):
        if is_command:
            yield f"        {line}"  # not folded: it is pasted
        else:
            indent = " " * len(begin)
            yield from folded(line, width, first=begin, following=indent)
            begin = indent


def _frameworks(result: results.FrameworksFound, width: int | None) -> Iterator[str]:
    rows = [
        (
            one.name,
            "yes" if one.active else "no",
            ",".join(one.roles),
            one.principal or "-",
            str(len(one.allocated)),
            one.id,
        )
        for one in result.frameworks
    ]
    yield from columns(("NAME", "ACTIVE", "ROLES", "PRINCIPAL", "HOLDS", "ID"), rows, width)
