"""What stands on a terminal after an uninstall has moved on it: every line that was told for good, and no other."""

from __future__ import annotations

import re

from janitor.cli.views.progress import Progress
from janitor.events import Event, Looked, Notice, PlanSeen, RequestSent, Told, Waiting, Warned
from tests.cli import outcomes
from tests.cli.terminal import PlayedEngine, janitor

TREE = ("deploy (IN_PROGRESS)", *(f"├─ unreserve-resources-10.0.0.{n} (PENDING)" for n in range(15)))
CONTROL = re.compile(r"\x1b\[(\??[0-9;]*)([A-Za-z])|\r|\n|[^\x1b\r\n]+")


def screen(text: str) -> list[str]:
    """What a terminal shows of it: cursor up, erased lines, carriage returns."""
    rows, row, column = [""], 0, 0
    for match in CONTROL.finditer(text):
        piece = match.group()
        if piece == "\n":
            row, column = row + 1, 0
            rows += [""] * (row + 1 - len(rows))
        elif piece == "\r":
            column = 0
        elif match.group(2) == "A":
            row = max(0, row - int(match.group(1) or 1))
        elif match.group(2) == "K":
            rows[row] = ""
        elif match.group(2) is None:
            line = rows[row].ljust(column)
            rows[row], column = line[:column] + piece + line[column + len(piece) :], column + len(piece)
    return [line.rstrip() for line in rows if line.strip()]


def shown(*events: Event) -> list[str]:
    engine = PlayedEngine(outcomes.NOTHING_THERE, events=events)
    ran = janitor("-r", "kafka-role", engine=engine, terminal=True, environ={"TERM": "xterm", "NO_COLOR": "1"})
    return screen(ran.stderr)


def test_what_is_told_stays_and_what_moves_goes() -> None:
    lines = shown(
        Told("Service kafka", ("way:        modern", "app:        /kafka")),
        PlanSeen("deploy", TREE),
        Warned("The token expires in 5 minutes"),
        PlanSeen("deploy", TREE),
        Told("Force unreserve-resources-10.0.0.3 / unreserve-r1."),
        PlanSeen("deploy", TREE[:3]),
        Waiting("the scheduler", 3.0, 900.0),
        Notice("one thing more"),
    )
    assert lines[:6] == [
        "Service kafka",
        "  way:        modern",
        "  app:        /kafka",
        "Warning: The token expires in 5 minutes",
        "Force unreserve-resources-10.0.0.3 / unreserve-r1.",
        "Notice: one thing more",
    ]
    assert not any("deploy (" in line or "10.0.0.9" in line for line in lines)


def test_the_wait_stands_below_the_plan_while_it_is_looked_again() -> None:
    progress = Progress()
    for event in (Waiting("the scheduler", 3.0, 900.0), RequestSent("GET", "http://x/"), PlanSeen("deploy", TREE)):
        progress.take(event)
    assert progress.lines()[-1] == "Waiting for the scheduler (3 s, at most 900 s)"
    assert progress.lines()[0] == "deploy (IN_PROGRESS)"
    progress.take(Looked(1, "1.9.0", 4, 0, 0))
    assert progress.lines() == ["Mesos 1.9.0, 4 agents: nothing left to remove"]


def test_a_log_gets_each_change_of_the_plan_once() -> None:
    changed = (*TREE[:1], TREE[1].replace("PENDING", "COMPLETE"), *TREE[2:])
    engine = PlayedEngine(
        outcomes.NOTHING_THERE, events=[PlanSeen("deploy", one) for one in (TREE[:2], TREE[:2], changed[:2])]
    )
    lines = janitor("-r", "kafka-role", engine=engine).stderr.splitlines()
    assert lines[:3] == [
        "deploy (IN_PROGRESS)",
        "unreserve-resources-10.0.0.0 (PENDING)",
        "unreserve-resources-10.0.0.0 (COMPLETE)",
    ]
