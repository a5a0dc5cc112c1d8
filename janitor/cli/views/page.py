"""A scan as a page for a browser: one file that asks nobody for anything, with a map of the cluster. Pure.

The templates hold the page, its style and its script; without a script the table still says everything. What comes
from the cluster is escaped by Jinja, or stands in one block of JSON that the script shows as text. The page's policy
lets a browser run exactly this script, and fetch nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from urllib.parse import urlsplit

import janitor
from janitor.cli.views.amounts import number, size
from janitor.cli.views.scan import CALLED, HEADING, cells, much, what
from janitor.holdings.amounts import Amounts, total
from janitor.holdings.verdict import Verdict
from janitor.message import Message, Own, Remedy, lines_of, no_line
from janitor.scan.report import FIRST, Found, Machine, Scan
from janitor.words import called, listed, own_command, utc

LETTERS: dict[Verdict, str] = {
    Verdict.ABANDONED: "A",
    Verdict.ZNODE_ONLY: "Z",
    Verdict.UNINSTALLING: "U",
    Verdict.AGENTS_AWAY: "W",
    Verdict.UNKNOWN: "?",
    Verdict.DISCONNECTED: "D",
    Verdict.IN_USE: "I",
}
"""What stands for a verdict where there is no room for its name: a colour alone does not reach everybody."""

MEANS: dict[Verdict, str] = {
    Verdict.ABANDONED: "nobody who could own it is there",
    Verdict.ZNODE_ONLY: "a service's znode, without reservations",
    Verdict.UNINSTALLING: "its scheduler uninstalls itself",
    Verdict.AGENTS_AWAY: "cannot be removed before they return",
    Verdict.UNKNOWN: "something is missing to know",
    Verdict.DISCONNECTED: "its framework may return",
    Verdict.IN_USE: "its owner is there",
}

MOST_HOSTS = 8
"""Agents of a holding that are named where no script can list them all."""

Number = int | float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table of holdings.

    cells     column of the table for people -> its text
    find      what the filter looks in
    removes   the command removes it; else it tells more of it
    """

    verdict: Verdict
    name: str
    cells: dict[str, str]
    find: str
    framework_id: str | None
    static: bool
    znode: str | None
    hosts: str
    away: str
    evidence: tuple[str, ...]
    missing: tuple[str, ...]
    command: str | None
    removes: bool


@dataclass(frozen=True, slots=True)
class Sum:
    """What a verdict comes to; cells: column -> its text."""

    verdict: Verdict
    cells: dict[str, str]


def page(scan: Scan, reach: tuple[str, ...], shown: Callable[[str], str], own: Own = no_line) -> str:
    """The whole page, in ASCII: it is the same in every encoding of an output.

    reach: the options that name this cluster; shown: what a text of the cluster may show of itself; own: writes out the
    command line of this run.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("janitor.cli.views"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: shown(value) if type(value) is str else value,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    lines = [_line(one, scan, reach) for one in scan.found]
    sums = tuple(_sums(scan))
    abandoned = scan.of(Verdict.ABANDONED)
    text: str = environment.get_template("page.html").render(
        scan=scan,
        notices=[_notice(text, own) for text in scan.notices],
        untold=[what(line) for line in scan.untold],
        cluster=called(urlsplit(scan.url).hostname or scan.url),
        version=janitor.__version__,
        at=utc(scan.at) if scan.at is not None else "",
        lines=lines,
        columns=_columns(lines),
        sums=sums,
        abandoned=much(abandoned, scan.capacity) if abandoned else "",
        called=CALLED,
        letters=LETTERS,
        means=MEANS,
        again=own_command(reach, "scan", "--output", "html"),
        sweep=scan.sweeping(reach),
        data=_data(scan, shown),
        style=_asset("page.css"),
        head=_asset("head.js"),
        script=_asset("page.js"),
        hashes={name: _hash(name) for name in ("page.css", "head.js", "page.js")},
    )
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii") + "\n"


@lru_cache
def _asset(name: str) -> str:
    """A file of ours as it is: nothing of the cluster is in it."""
    return files("janitor.cli.views").joinpath("templates", name).read_text("ascii").strip()


def _hash(name: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(_asset(name).encode()).digest()).decode()


def _notice(text: str, own: Own) -> tuple[str, str, list[tuple[str, bool]]]:
    """(what it is about, why, (line, whether it is a command) for what to do)."""
    ways = Remedy.of(text).whole(own).ways
    said = Message.of(ways[0].text)
    return said.what, said.why, [(str(line), typed) for line, typed in lines_of(Remedy(ways[1:]))] if ways[1:] else []


def _sums(scan: Scan) -> Iterator[Sum]:
    for verdict in FIRST:
        members = scan.of(verdict)
        if not members:
            continue
        amounts = total(one.amounts for one in members)
        agents = {share.agent_id for one in members if one.holding is not None for share in one.holding.shares}
        shown = {
            "HOLDINGS": str(len(members)),
            "AGENTS": str(len(agents)) if agents else "-",
            "CPUS": number(amounts.cpus),
            "MEM": size(amounts.mem_mb),
            "DISK": size(amounts.disk_mb),
            "GPUS": number(amounts.gpus),
            "VOLUMES": str(amounts.volumes) if amounts.volumes else "-",
        }
        yield Sum(verdict, shown)


def _columns(lines: Iterable[Line]) -> list[tuple[str, str]]:
    """The columns with amounts, with their headings; gpus only where there are any."""
    told = {key for line in lines for key, text in line.cells.items() if text != "-"}
    shown = (
        ("AGENTS", "Agents"),
        ("CPUS", "CPUs"),
        ("MEM", "Memory"),
        ("DISK", "Disk"),
        ("GPUS", "GPUs"),
        ("VOLUMES", "Volumes"),
        ("ZNODE", "Znode"),
    )
    return [(key, title) for key, title in shown if key in told or key != "GPUS"]


def _line(found: Found, scan: Scan, reach: tuple[str, ...]) -> Line:
    judgement, holding, znode = found.judgement, found.holding, found.judgement.znode
    shares = holding.shares if holding else ()
    path = called(znode.path) if znode else None
    named = (judgement.service, found.role, holding and holding.principal, holding and holding.framework_id, path)
    away = holding.away if holding is not None and found.verdict is Verdict.ABANDONED else ()
    return Line(
        verdict=found.verdict,
        name=called(judgement.service or found.role or (znode.path if znode else "")) or "?",
        cells=dict(zip(HEADING, cells(found), strict=True)),
        find=" ".join(called(name) for name in named if name).lower(),
        framework_id=called(holding.framework_id) if holding and holding.framework_id else None,
        static=holding is not None and not holding.dynamic,
        znode=path,
        hosts=listed((share.host or share.agent_id for share in shares), MOST_HOSTS, ""),
        away=listed((share.host or share.agent_id for share in away), 3, ""),
        evidence=judgement.evidence,
        missing=tuple(map(what, scan.unknown_of(found))),
        command=own_command(reach, *found.command) if found.command else None,
        removes=found.removal is not None,
    )


def _data(scan: Scan, shown: Callable[[str], str]) -> dict[str, object]:
    """What the script draws: tables of numbers, and which of them belongs to what.

    verdicts   [value, letter, name]
    agents     [host, id, 1 if it is away, cpus, mem, disk, gpus]: what each has; in the order of their names
    sums       [cpus, mem, disk, gpus, volumes, size of the volumes]: a list for each, of every sum once, MB
    holdings   [place of the verdict, name, agents, sums]: for each share the place of its agent, as the distance from
               the one before, and that of its sum
    """
    machines = {machine.agent_id: machine for machine in scan.machines}
    for one in scan.found:
        for share in one.holding.shares if one.holding else ():
            if share.agent_id not in machines:
                machines[share.agent_id] = Machine(share.agent_id, share.host, share.served, Amounts())
    agents = sorted(machines.values(), key=_by_name)
    places = {machine.agent_id: at for at, machine in enumerate(agents)}
    sums: dict[tuple[Number, ...], int] = {}
    holdings: list[list[object]] = []
    for one in scan.found:
        shares = sorted(
            (places[share.agent_id], sums.setdefault(_of_share(share.amounts), len(sums)))
            for share in (one.holding.shares if one.holding else ())
        )
        found = [at for at, _ in shares]
        distances = [at - before for at, before in zip(found, [0, *found], strict=False)]
        name = called(one.judgement.service or one.role or (one.judgement.znode.path if one.judgement.znode else "?"))
        holdings.append([FIRST.index(one.verdict), shown(name), distances, [which for _, which in shares]])
    return {
        "verdicts": [[verdict.value, LETTERS[verdict], CALLED[verdict]] for verdict in FIRST],
        "agents": [
            [
                shown(called(one.host)),
                shown(called(one.agent_id)),
                0 if one.served else 1,
                *_measured(one.capacity),
            ]
            for one in agents
        ],
        "sums": list(zip(*sums, strict=True)) if sums else [()] * len(_of_share(Amounts())),
        "holdings": holdings,
    }


def _by_name(machine: Machine) -> tuple[list[str | int], str]:
    """Orders agents as people do, by the numbers in their names: agent-2 before agent-10."""
    parts = re.split(r"([0-9]+)", (machine.host or machine.agent_id).casefold())
    return [int(part) if at % 2 else part for at, part in enumerate(parts)], machine.agent_id


def _of_share(amounts: Amounts) -> tuple[Number, ...]:
    return *_measured(amounts), amounts.volumes, _short(amounts.volumes_mb)


def _measured(amounts: Amounts) -> Iterable[Number]:
    return map(_short, (amounts.cpus, amounts.mem_mb, amounts.disk_mb, amounts.gpus))


def _short(amount: float) -> Number:
    return int(amount) if amount == int(amount) else amount
