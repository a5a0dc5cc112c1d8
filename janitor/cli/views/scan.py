"""A scan for people: a table, the totals, and for what is left the evidence and the command that removes it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from janitor.cli.views.amounts import day, number, size, sum_of
from janitor.cli.views.form import notice, plain
from janitor.holdings.amounts import Amounts, total
from janitor.holdings.verdict import Verdict
from janitor.message import Again, Message, Own, no_line
from janitor.scan.report import LEFT, Found, Scan
from janitor.words import called, counted, folded, listed, own_command

CALLED: dict[Verdict, str] = {
    Verdict.IN_USE: "in use",
    Verdict.DISCONNECTED: "disconnected",
    Verdict.UNINSTALLING: "uninstalling",
    Verdict.ABANDONED: "abandoned",
    Verdict.ZNODE_ONLY: "znode only",
    Verdict.AGENTS_AWAY: "on agents that are away",
    Verdict.UNKNOWN: "unknown",
}

_WHOSE, _HOW_MUCH = ("VERDICT", "SERVICE", "ROLE", "PRINCIPAL", "AGENTS"), ("CPUS", "MEM", "DISK", "GPUS", "VOLUMES")
HEADING = (*_WHOSE, *_HOW_MUCH, "ZNODE", "SINCE")

_GIVEN_UP_FIRST = ("SINCE", "PRINCIPAL", "GPUS", "ZNODE", "VOLUMES", "MEM", "AGENTS", "CPUS", "ROLE")
"""Columns that a narrow terminal does without, in this order."""

_TOLD_OF = LEFT | {Verdict.DISCONNECTED, Verdict.AGENTS_AWAY}
"""Verdicts of which the evidence is told, one by one."""

MOST_ROWS = 60
"""Lines of the table that a terminal shows; the rest is counted. What would free the most comes first."""

MOST_TOLD = 20
"""Lines of it that are explained on a terminal."""

COMMAND = 4
"""How far a command to paste is indented: farther than anything else."""

_SHORTENED = frozenset({"SERVICE", "ROLE", "PRINCIPAL"})
"""Columns whose texts are shortened where there is no room: half of a number is another one."""

_TO_THE_RIGHT = frozenset({"AGENTS", "CPUS", "MEM", "DISK", "GPUS", "ZNODE"})

_NARROWEST = 6
"""Columns of text that a cell keeps before a whole column is left out."""


def lines(scan: Scan, reach: tuple[str, ...] = (), width: int | None = None, own: Own = no_line) -> Iterator[str]:
    """Every line. reach: the options that name this cluster; width: columns of the terminal, None for a pipe; own:
    writes out the command line of this run.
    """
    yield from prose([_heading(scan)], width)
    yield from doubts(scan, width, own)
    yield ""
    if not scan.found:
        others = f"Nothing matches these options; {counted(scan.left_out, 'other line')} not shown."
        yield others if scan.left_out else "Nothing is reserved, and no service has a znode."
        return
    rows = len(scan.found) if width is None else MOST_ROWS
    yield from table(scan.found[:rows], width)
    if rest := scan.found[rows:]:
        yield f"and {counted(len(rest), 'more line')}"
    yield ""
    yield from prose(totals(scan), width)
    told_of = [
        found
        for found in scan.found
        if found.verdict in _TOLD_OF or (found.verdict is Verdict.UNKNOWN and scan.unknown_of(found))
    ]
    shown = len(told_of) if width is None else MOST_TOLD
    for found in told_of[:shown]:
        yield ""
        yield from prose(details(found, scan, reach), width)
    if rest or told_of[shown:]:
        yield ""
        yield from prose(_all_of_it(len(told_of[shown:]), reach, own), width)
    if sweep := scan.sweeping(reach):
        yield ""
        yield from prose(["To see what one command would remove:", f"{' ' * COMMAND}{sweep}"], width)


def _all_of_it(more: int, reach: tuple[str, ...], own: Own) -> Iterator[str]:
    """How to see what a terminal does not show: a pipe gets all of it."""
    what_else = f"{counted(more, 'more line')} of the table would be explained here. " if more else ""
    yield f"{what_else}To see all of it, page by page (--only and --role show a part):"
    yield f"{' ' * COMMAND}{own(Again()) or own_command(reach, 'scan')} | less"


def _heading(scan: Scan) -> str:
    away = f", {counted(scan.away, 'agent')} away" if scan.away else ""
    missing = f", {scan.expected} not registered" if scan.expected else ""
    return f"Mesos {called(scan.version)} at {called(scan.url)}: {counted(scan.agents, 'agent')}{away}{missing}"


def prose(lines: Iterable[str], width: int | None) -> Iterator[str]:
    """Lines folded between words to the columns of a terminal. A command to paste stays on one line."""
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        if width is None or len(line) <= width or indent >= COMMAND:
            yield line
        else:
            yield from folded(line, width, following=" " * (indent + 2))


def doubts(scan: Scan, width: int | None = None, own: Own = no_line) -> Iterator[str]:
    """What was not read, with why and what to do, and what this view does not tell."""
    for text in scan.notices:
        yield from plain(notice(text, own), width)
    if scan.untold:
        untold = (f"  {what(line)}" for line in scan.untold)
        yield from prose(["Nothing is called abandoned here, since this view does not tell:", *untold], width)


def what(missing: str) -> str:
    """What is missing to know, in short: why a source could not be read is said once, by a notice."""
    return Message.of(missing).what


def table(found: Iterable[Found], width: int | None = None) -> Iterator[str]:
    """A line for each holding below the heading; a narrow terminal leaves out columns, and shortens names."""
    rows = [cells(one) for one in found]
    names = list(HEADING)
    if width is not None:
        for name in _GIVEN_UP_FIRST:
            if _wide(names, rows) <= width:
                break
            names.remove(name)
    yield from _drawn(names, [[row[HEADING.index(name)] for name in names] for row in rows], width)


def totals(scan: Scan) -> Iterator[str]:
    """What each verdict comes to, a line each."""
    for verdict in Verdict:
        members = scan.of(verdict)
        if members:
            label = CALLED[verdict].capitalize()
            yield f"{label}: {much(members, scan.capacity if verdict is Verdict.ABANDONED else None)}"


def details(found: Found, scan: Scan, reach: tuple[str, ...]) -> Iterator[str]:
    """What speaks for the verdict, what is missing to know, and the command on a line of its own."""
    judgement = found.judgement
    holding = found.holding
    name = called(judgement.service or found.role or "?")
    if holding is not None:
        by = f" by {called(holding.principal)}" if holding.principal else ""
        yield f"{name}, role {called(holding.role)}{by}: {CALLED[found.verdict]}"
    elif judgement.znode is not None:
        yield f"{name}, znode {called(judgement.znode.path)}: {CALLED[found.verdict]}"
    yield from (f"  {line}" for line in judgement.evidence)
    yield from (f"  Not known: {what(line)}" for line in scan.unknown_of(found))
    if holding is not None and holding.away and found.verdict is Verdict.ABANDONED:
        hosts = listed((share.host or share.agent_id for share in holding.away), 3)
        yield f"  Some of it is on agents that are away, and stays until they return: {hosts}"
    if found.command:
        yield f"{' ' * COMMAND}{own_command(reach, *found.command)}"


def cells(one: Found) -> tuple[str, ...]:
    """What the table says of a line, a text for each of HEADING; `-` for nothing."""
    amounts, holding, znode = one.amounts, one.holding, one.judgement.znode
    volumes = f"{amounts.volumes} ({size(amounts.volumes_mb)})" if amounts.volumes else "-"
    nodes = "-" if znode is None else str(znode.nodes) if znode.nodes is not None else "yes"
    return (
        CALLED[one.verdict],
        called(one.judgement.service or "-"),
        called(one.role or "-"),
        called((holding.principal if holding else None) or "-"),
        str(len(holding.shares)) if holding else "-",
        number(amounts.cpus),
        size(amounts.mem_mb),
        size(amounts.disk_mb),
        number(amounts.gpus),
        volumes,
        nodes,
        day(one.judgement.since),
    )


def _wide(names: list[str], rows: list[tuple[str, ...]]) -> int:
    """The columns of a terminal that the table needs at least, its names shortened."""
    needed = 0
    for name in names:
        longest = max(len(name), *(len(row[HEADING.index(name)]) for row in rows))
        needed += 2 + (min(longest, 2 * _NARROWEST) if name in _SHORTENED else longest)
    return needed - 2


def _drawn(names: list[str], rows: list[list[str]], width: int | None) -> Iterator[str]:
    """The lines of the table. rich's own tables take a second for a thousand rows: it only measures characters here."""
    from rich.cells import cell_len, set_cell_size

    wide: dict[str, int] = {}  # a Chinese character is two columns wide

    def measured(text: str) -> int:
        if text not in wide:
            wide[text] = len(text) if text.isascii() else cell_len(text)
        return wide[text]

    widths = [max(map(measured, column)) for column in zip(names, *rows, strict=True)]
    shortened = [at for at, name in enumerate(names) if name in _SHORTENED]
    while width is not None and sum(widths) + 2 * (len(widths) - 1) > width:
        widest = max(shortened, key=widths.__getitem__)
        if widths[widest] <= _NARROWEST:
            break
        widths[widest] -= 1
    for row in (names, *rows):
        line = []
        for name, text, room in zip(names, row, widths, strict=True):
            if measured(text) > room:
                text = set_cell_size(text, room - 1) + "\u2026"
            blanks = " " * (room - measured(text))
            line.append(blanks + text if name in _TO_THE_RIGHT else text + blanks)
        yield "  ".join(line).rstrip()


def znodes_of(members: Iterable[Found]) -> tuple[str, ...]:
    """The znodes that go with what is removed, a line or none: the table may have no room for them."""
    paths = _znodes(members)
    return (f"Znodes that go: {listed(map(called, paths), 10)}",) if paths else ()


def _znodes(members: Iterable[Found]) -> list[str]:
    """The znodes that go with what is removed."""
    jobs = (one.removal for one in members)
    return [job.znode for job in jobs if job is not None and job.znode is not None]


def much(members: Iterable[Found], capacity: Amounts | None = None, *, znodes: bool = False) -> str:
    """`4.4 cpus, 8.3 GB of memory, 21 GB of disk on 4 agents (3 % of the cluster's cpus)`.

    Of znodes those alone that nothing is reserved with; with `znodes` all that go.
    """
    members = tuple(members)
    amounts = total(one.amounts for one in members)
    measured = {name: amounts.thousandths.get(name, 0) for name in ("cpus", "mem", "disk", "gpus")}
    agents = {share.agent_id for one in members if one.holding is not None for share in one.holding.shares}
    held = sum_of(measured) or counted(amounts.items, "reservation")
    text = f"{held} on {counted(len(agents), 'agent')}" if agents else ""
    nodes = len(_znodes(members)) if znodes else sum(one.holding is None for one in members)
    if nodes:
        text = f"{text}, {counted(nodes, 'znode')}" if text else counted(nodes, "znode")
    shares = [] if capacity is None else list(_shares(amounts, capacity))
    return f"{text} ({', '.join(shares)})" if shares and text else text


def _shares(amounts: Amounts, capacity: Amounts) -> Iterator[str]:
    for name, words in (("cpus", "of all cpus"), ("mem", "of all memory"), ("disk", "of all disk")):
        if capacity.of(name) and amounts.of(name):
            percent = 100 * amounts.of(name) / capacity.of(name)
            yield f"{percent:.0f} % {words}" if percent >= 10 else f"{percent:.1g} % {words}"
