"""The page of a scan, as it is written: what is in it, what can never be, and how large it is."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import replace

import pytest

from janitor.cli.views.page import LETTERS, MEANS, page
from janitor.holdings.verdict import Seen, Verdict
from janitor.mesos.cluster import Unknown
from janitor.scan.report import FIRST, Scan, scan
from tests.unit.builders import agent, reserved, volume
from tests.unit.test_holdings import seen
from tests.unit.test_scan import REACH, city

HOSTILE = "</script><script>window.bad=1</script>\"'&<!--\n\u202eevil"


def written(found: Scan) -> str:
    return page(found, REACH, lambda text: text)


def data(text: str) -> dict[str, list[list[object]]]:
    """The block of JSON, as a browser reads it."""
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert block is not None
    found: dict[str, list[list[object]]] = json.loads(block[1])
    return found


def plain(text: str) -> str:
    """What a reader without a script sees."""
    without = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without)).split())


def hostile() -> Seen:
    """Names that a careless page would take for markup, everywhere where a name can stand."""
    held = reserved(role=HOSTILE, principal=HOSTILE, labels={"framework_id": HOSTILE, "resource_id": HOSTILE})
    return seen(replace(agent("S1", held), host=HOSTILE))


def test_every_verdict_has_a_letter_of_its_own_and_a_meaning() -> None:
    assert {*LETTERS} == {*MEANS} == {*FIRST} == {*Verdict}
    assert len({*LETTERS.values()}) == len(Verdict)


def test_it_tells_all_that_the_text_does() -> None:
    shown = plain(written(scan(city())))
    for told in (
        "leader.mesos",
        "Mesos 1.9.0 at http://leader.mesos:5050/master/",
        "2 agents",
        "Abandoned: 1.5 cpus, 4 GB of memory, 10 GB of disk on 2 agents (13 % of all cpus",
        "kafka-role by kafka-principal",
        "Framework kafka (F1) is completed.",
        "janitor clean -r kafka-role -p kafka-principal -z dcos-service-kafka -m http://10.0.0.1:5050/master/",
        "janitor clean -z dcos-service-old -m http://10.0.0.1:5050/master/",
        "Not known: Which service owned it: neither its role nor a framework tells the name of one.",
        "janitor sweep --dry-run -m http://10.0.0.1:5050/master/",
    ):
        assert told in shown
    assert re.search(r"Scanned \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", shown)


def test_what_it_draws_adds_up_to_what_the_agents_hold() -> None:
    drawn = data(written(scan(city())))
    assert [[*one[:3]] for one in drawn["agents"]] == [["s1.example", "S1", 0], ["s2.example", "S2", 0]]
    sums = [[*one] for one in zip(*drawn["sums"], strict=True)]
    held: dict[tuple[object, str], object] = {}
    for _, name, distances, which in drawn["holdings"]:
        place = 0
        assert isinstance(distances, list)
        assert isinstance(which, list)
        for distance, at in zip(distances, which, strict=True):
            place += distance
            held[name, str(drawn["agents"][place][1])] = sums[at]
    assert held == {
        ("kafka", "S1"): [1.5, 0, 10240, 0, 1, 10240],
        ("kafka", "S2"): [0, 4096, 0, 0, 0, 0],
        ("batch", "S2"): [0, 2048, 0, 0, 0, 0],
        ("hdfs", "S1"): [3, 0, 0, 0, 0, 0],
    }


def test_names_are_text_whatever_is_in_them() -> None:
    text = written(scan(hostile()))
    assert "window.bad=1</script>" not in text
    assert text.count("<script") == 3
    assert "<!--" not in text
    assert "</script><script>window.bad=1" in plain(text)


def test_its_policy_names_exactly_its_own_scripts_and_its_style() -> None:
    text = written(scan(hostile()))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    own = re.findall(r'<(script|style)(?: id="script")?>(.*?)</\1>', text, re.DOTALL)
    hashes = ["'sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() + "'" for _, body in own]
    style, *scripts = hashes
    assert policy[1] == (
        f"default-src 'none'; img-src data:; style-src {style}; script-src {' '.join(scripts)}; "
        "base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r" (on\w+|style)=", re.sub(r"<(script|style)>.*?</\1>", "", text, flags=re.DOTALL))


def test_it_is_ascii_so_that_no_encoding_of_an_output_harms_it() -> None:
    text = written(scan(seen(agent("S1", reserved(role="gr\u00f6\u00dfe-\u4e2d")))))
    assert text.isascii()
    assert "gr\u00f6\u00dfe-\u4e2d" in plain(text)


def test_nothing_of_the_cluster_is_shown_that_must_not_be() -> None:
    held = reserved(role="role-hunter2", principal="hunter2", labels={"framework_id": "F-hunter2"})
    found = scan(seen(replace(agent("S1", held), host="hunter2.example"), znodes=Unknown("hunter2 was refused")))
    text = page(found, ("-m", "http://hunter2@m/"), lambda text: text.replace("hunter2", "***"))
    assert "hunter2" not in text
    assert "***" in text


def test_a_view_that_hides_something_says_so_first() -> None:
    blind = replace(city(), apps=Unknown("connection refused"), znodes=Unknown("no answer"))
    shown = plain(written(scan(blind)))
    assert "Nothing is called abandoned here, since this view does not tell:" in shown
    assert "ZooKeeper could not be read" in shown
    assert shown.index("does not tell") < shown.index("Holdings")
    assert "sweep" not in shown


def test_what_was_not_asked_for_is_counted_at_the_top() -> None:
    some = plain(written(scan(city()).only([Verdict.ABANDONED])))
    assert "Some is left out: 3 more holdings are in the cluster." in some
    assert "hdfs-role" not in some
    assert "sweep" not in some, "it would remove more than what is shown"
    assert "Nothing matches these options." in plain(written(scan(city()).only(role="nobody")))


def test_a_cluster_with_nothing_has_a_page_too() -> None:
    text = written(scan(seen(agent("S1"))))
    assert "Nothing is reserved, and no service has a znode." in plain(text)
    assert "application/json" not in text


@pytest.mark.parametrize("at", [None, 0.0])
def test_a_master_without_a_clock_has_no_time(at: float | None) -> None:
    shown = plain(written(replace(scan(city()), at=at)))
    assert ("does not tell when" in shown) == (at is None)
    assert ("Scanned 1970-01-01 00:00:00 UTC" in shown) == (at is not None)


def test_a_holding_of_many_agents_costs_a_few_bytes_for_each() -> None:
    def size(agents: int) -> int:
        held = [agent(f"S{number}", volume("v1", 10240.0, role="a-role")) for number in range(agents)]
        return len(written(scan(seen(*held))))

    assert size(300) - size(100) < 200 * 60
