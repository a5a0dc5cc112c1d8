"""What a scan of a large cluster comes to, shown: as text, and as a page in a browser."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.table import Row
from janitor.cleanup.job import Job
from janitor.cli.views.page import page
from janitor.cli.views.scan import lines
from janitor.holdings.amounts import Amounts, total
from janitor.holdings.holding import Holding, Share
from janitor.holdings.verdict import Judgement, Verdict
from janitor.scan.report import FIRST, Found, Machine, Scan

REACH = ("--dcos-url", "https://cluster.example.com")
HOLDINGS = 1000
TEXT_SECONDS = 0.2
AGENTS, ON_EACH = 1000, 50
PAGE_MB = 3.0
PAGE_SECONDS = 1.0
REPEATED = 5

EVIDENCE = (
    "No framework that could own it is registered.",
    "Marathon has no app of it.",
    "It has the label of the SDK's reservations (resource_id).",
)


def rows() -> Iterator[Row]:
    """1,000 holdings as text; 1,000 agents with 50 holdings on each as a page: its size, and its time in a browser."""
    many = cluster(agents=100, holdings=HOLDINGS, on=5)
    text = best(lambda: sum(map(len, lines(many, REACH, 120))))
    yield Row(
        f"{HOLDINGS:,} holdings as text",
        text,
        TEXT_SECONDS,
        f"the table, the sums, and the evidence of each that is left; CPU, best of {REPEATED}",
        at_most=True,
        unit=" s",
    )
    written = page(cluster(agents=AGENTS, holdings=ON_EACH, on=AGENTS), REACH, lambda shown: shown)
    what = f"a page of {AGENTS:,} agents x {ON_EACH} holdings"
    yield Row(
        f"{what}: size",
        len(written) / 1e6,
        PAGE_MB,
        f"{AGENTS * ON_EACH:,} shares, of which no two are alike",
        at_most=True,
        unit=" MB",
    )
    if (program := shutil.which("chromium")) is None:
        print("There is no Chromium here: how long a browser takes for a page is not measured.")
        return
    opened, found = in_browser(written, program)
    yield Row(
        f"{what}: usable in a browser",
        opened,
        PAGE_SECONDS,
        f"from its opening to the first picture with the map, best of {REPEATED}; the filter takes {found:.2f} s",
        at_most=True,
        unit=" s",
    )


def best(work: Callable[[], object]) -> float:
    """Seconds of CPU, the best of a few."""
    found = []
    for _ in range(REPEATED):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def in_browser(written: str, program: str) -> tuple[float, float]:
    """Seconds until the page is usable, and until it is filtered, the best of a few for each."""
    from tempfile import TemporaryDirectory

    from playwright.sync_api import sync_playwright

    drawn = "new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"
    opened, filtered = [], []
    with TemporaryDirectory(prefix="janitor-bench-page-") as folder, sync_playwright() as playwright:
        file = Path(folder, "scan.html")
        file.write_text(written, "ascii")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for _ in range(REPEATED):
            tab = browser.new_page()
            tab.goto(file.as_uri())
            # Of the page's own clock, which begins with the navigation.
            opened.append(tab.evaluate(drawn) / 1000)
            filtered.append(
                tab.evaluate(
                    f"""() => {{
                        const began = performance.now();
                        const find = document.getElementById("find");
                        find.value = "kafka-7";
                        find.dispatchEvent(new Event("input"));
                        return {drawn}.then(now => now - began);
                    }}"""
                )
                / 1000
            )
            tab.close()
        browser.close()
    return min(opened), min(filtered)


def cluster(agents: int, holdings: int, on: int) -> Scan:
    """A cluster of so many agents, with so many holdings, each on `on` agents; the same every time."""
    chance = random.Random(1)
    has = Amounts({"cpus": 64_000, "mem": 262_144_000, "disk": 2_000_000_000})
    machines = tuple(
        Machine(f"7b2c5d1e-8a43-4f0e-9d1a-0c1d2e3f4a5b-S{at}", f"10.0.{at // 250}.{at % 250 + 1}", True, has)
        for at in range(agents)
    )
    found = []
    for at in range(holdings):
        verdict = FIRST[at % len(FIRST)]
        name = f"{('kafka', 'hdfs', 'cassandra', 'elastic')[at % 4]}-{at}"
        places = sorted(chance.sample(range(agents), on))
        shares = tuple(Share(machines[place].agent_id, machines[place].host, True, much(chance)) for place in places)
        holding = Holding(
            role=f"{name}-role",
            principal=f"{name}-principal",
            framework_id=f"7b2c5d1e-8a43-4f0e-9d1a-0c1d2e3f4a5b-{at:04}",
            label="framework_id",
            dynamic=True,
            parts=(),
            tasks=frozenset(),
            shares=shares,
        )
        abandoned = verdict is Verdict.ABANDONED
        removal = Job(role=holding.role, principal=holding.principal) if abandoned else None
        found.append(Found(holding, Judgement(verdict, name, EVIDENCE), removal))
    found.sort(key=lambda one: FIRST.index(one.verdict))
    capacity = total(machine.capacity for machine in machines)
    return Scan(
        "http://leader.mesos:5050/master/", "1.11.0", 0.0, agents, 0, 0, capacity, tuple(found), machines=machines
    )


def much(chance: random.Random) -> Amounts:
    """What is held on one agent: as good as never the same."""
    disk = chance.randrange(1_000, 20_000) * 1000
    sums = {"cpus": chance.randrange(100, 1200), "mem": chance.randrange(128, 4096) * 1000, "disk": disk}
    return Amounts(sums, 4, 1, disk)
