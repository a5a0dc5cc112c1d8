"""The page of a scan in a real browser: what is drawn, the filter, the clipboard, the keyboard, and that it asks nobody
for anything."""

from __future__ import annotations

import functools
import http.server
import shlex
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from janitor.cli.views.page import page
from janitor.scan.report import Scan, scan
from janitor.words import harmless
from tests.cli.browser import started, trouble
from tests.clock import HANGS
from tests.unit.builders import HOUR, agent, framework, reserved, volume
from tests.unit.test_holdings import seen
from tests.unit.test_page import HOSTILE, hostile
from tests.unit.test_scan import KAFKA, REACH, city

Open = Callable[..., Page]
COMMAND = "janitor clean -r kafka-role -p kafka-principal -z dcos-service-kafka -m http://10.0.0.1:5050/master/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started() as found:
        yield found


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of a scan from a file. At the end: no page asked for anything, none complained."""
    contexts: list[BrowserContext] = []
    asked: list[str] = []
    complaints: list[str | None] = []

    def open_page(found: Scan, **options: Any) -> Page:
        file = tmp_path / f"{len(contexts)}.html"
        file.write_text(page(found, REACH, harmless), "ascii")
        context = browser.new_context(**{"viewport": {"width": 1300, "height": 900}, **options})
        context.set_default_timeout(HANGS * 1000)
        contexts.append(context)
        tab = context.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda message: complaints.append(trouble(message)) if trouble(message) else None)
        tab.goto(file.as_uri())
        return tab

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def whole() -> Scan:
    """The city, and two agents with nothing on them, one of which is away."""
    cluster = city()
    more = (*cluster.snapshot.agents, agent("S3"), agent("S10", active=False))
    return scan(replace(cluster, snapshot=replace(cluster.snapshot, agents=more)))


def shown(tab: Page) -> list[str]:
    """The names of the holdings that are to be seen."""
    return [*tab.locator("tbody.holding:visible .name").all_inner_texts()]


def lit(tab: Page) -> list[str]:
    """The agents on which a holding is shown."""
    return [*tab.locator(".map.showing .agent.has .host").all_inner_texts()]


def test_every_agent_is_a_bar_of_what_is_reserved_on_it(opened: Open) -> None:
    tab = opened(whole())
    assert tab.locator(".agent .host").all_inner_texts() == [
        "s1.example",
        "s2.example",
        "s3.example",
        "s10.example (away)",
    ]
    tab.get_by_role("radio", name="CPUs").check()
    labels = [tile.get_attribute("aria-label") for tile in tab.locator(".agent").all()]
    assert labels[0] == "s1.example: 4.5 of 8 cpus reserved; abandoned 1.5, in use 3"
    first = tab.locator(".agent").first.locator(".seg")
    assert [one.get_attribute("class") for one in first.all()] == ["seg v-abandoned", "seg v-in_use"]
    assert first.all_inner_texts() == ["A", "I"], "not by colour alone"
    narrow, broad = (one.evaluate("e => e.getBoundingClientRect().width") for one in first.all())
    assert broad / narrow == pytest.approx(2, rel=0.1)
    assert tab.locator(".agent").nth(2).locator(".seg").count() == 0
    assert shown(tab) == ["kafka", "old", "batch", "hdfs"]


def test_a_holding_is_shown_on_all_its_agents(opened: Open) -> None:
    tab = opened(whole())
    tab.hover("text=kafka-role by kafka-principal")
    assert lit(tab) == ["s1.example", "s2.example"]
    tab.hover("h1")
    assert lit(tab) == []
    tab.get_by_role("button", name="hdfs", exact=True).focus()
    assert lit(tab) == ["s1.example"]
    assert "on 1 agent" in tab.inner_text("#readout")
    tab.hover(".agent >> nth=1")
    assert "batch: 2 GB of memory" in tab.inner_text("#readout")


def test_a_holding_in_full_has_its_evidence_and_its_agents(opened: Open) -> None:
    tab = opened(whole())
    assert not tab.locator("text=Framework kafka (F1) is completed.").is_visible()
    name = tab.get_by_role("button", name="kafka", exact=True)
    name.focus()
    tab.keyboard.press("Enter")
    assert name.get_attribute("aria-expanded") == "true"
    assert tab.locator("text=Framework kafka (F1) is completed.").is_visible()
    agents = tab.get_by_role("region", name="The agents of kafka").locator("tbody tr")
    assert agents.all_inner_texts()[0].split("\t") == ["s1.example", "S1", "1.5", "-", "10 GB", "1 (10 GB)"]


def test_the_filter_by_text_by_verdict_and_by_agent(opened: Open) -> None:
    tab = opened(whole())
    count = tab.get_by_role("status").filter(has_text="holding")
    assert count.inner_text() == "4 holdings"
    tab.keyboard.press("/")
    tab.keyboard.type("KAFKA-princ")
    assert shown(tab) == ["kafka"]
    assert count.inner_text() == "1 of 4 holdings: 1.5 cpus, 4 GB of memory, 10 GB of disk on 2 agents"
    assert tab.locator(".agent.out .host").all_inner_texts() == ["s3.example", "s10.example (away)"]
    tab.fill("#find", "s2.example")
    assert shown(tab) == ["kafka", "batch"]
    tab.fill("#find", "no such thing")
    assert shown(tab) == []
    assert tab.locator("text=No holding is like that.").is_visible()
    tab.keyboard.press("Escape")
    assert len(shown(tab)) == 4
    tab.get_by_role("checkbox", name="unknown").check()
    tab.get_by_role("checkbox", name="znode only").check()
    assert shown(tab) == ["old", "batch"]
    tab.get_by_role("button", name="Show all").click()
    tab.click(".agent >> nth=0")
    assert shown(tab) == ["kafka", "hdfs"]
    assert tab.locator(".agent >> nth=0").get_attribute("aria-pressed") == "true"
    tab.get_by_role("button", name="not only on s1.example").click()
    assert len(shown(tab)) == 4


@pytest.mark.parametrize("clipboard", [True, False], ids=["a clipboard", "none, as over plain http"])
def test_a_command_is_copied_as_it_is(opened: Open, clipboard: bool) -> None:
    tab = opened(whole())
    if not clipboard:
        tab.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    button = tab.get_by_role("button", name="Copy the command for kafka")
    button.click()
    tab.get_by_text("Copied", exact=True).wait_for()
    assert tab.locator("#said").inner_text() == "Copied."
    tab.focus("#find")
    tab.keyboard.press("Control+v")
    assert tab.input_value("#find") == COMMAND


def test_where_nothing_can_be_copied_the_command_is_selected(opened: Open) -> None:
    tab = opened(whole())
    tab.evaluate(
        "Object.defineProperty(navigator, 'clipboard', {value: undefined}); document.execCommand = () => false"
    )
    tab.get_by_role("button", name="Copy the command for kafka").click()
    tab.get_by_text("Selected", exact=True).wait_for()
    assert tab.evaluate("String(getSelection())") == COMMAND


def test_the_map_is_used_by_keyboard_with_one_stop_of_the_tab_key(opened: Open) -> None:
    tab = opened(whole())
    assert tab.locator(".agent[tabindex='0']").count() == 1
    tab.focus(".agent[tabindex='0']")
    for key, name in (("ArrowRight", "s2.example"), ("End", "s10.example"), ("Home", "s1.example")):
        tab.keyboard.press(key)
        assert tab.evaluate("document.activeElement.getAttribute('aria-label')").startswith(name)
    tab.keyboard.press("Enter")
    assert shown(tab) == ["kafka", "hdfs"]


def test_names_are_shown_as_text_and_run_nothing(opened: Open) -> None:
    tab = opened(scan(hostile()))
    assert tab.evaluate("window.bad") is None
    name = harmless(HOSTILE)
    assert name in tab.inner_text("tbody.holding .of")
    assert tab.locator(".agent .host").inner_text() == name
    tab.hover(".agent")
    assert name in tab.inner_text("#readout")
    tab.click(".name")
    assert name in tab.inner_text(".where")
    assert tab.locator("script").count() == 3


def test_a_command_with_quotes_and_lines_in_it_is_that_of_the_text(opened: Open) -> None:
    role = "a'b\"c<d>&e$f"
    held = reserved(role=role, principal="p q", labels={"framework_id": "F1", "resource_id": "r"})
    tab = opened(scan(seen(agent("S1", held), frameworks=(framework("F1", ended=HOUR / 2),))))
    command = tab.inner_text("tbody.holding code")
    assert shlex.split(command)[:6] == ["janitor", "clean", "-r", role, "-p", "p q"]


def test_its_policy_lets_nothing_out_and_nothing_else_run(browser: Browser, tmp_path: Path) -> None:
    """Served over HTTP, the server is asked for the page alone; what is put in by force asks and runs nothing."""
    (tmp_path / "scan.html").write_text(page(scan(city()), REACH, harmless), "ascii")
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_request(self, *_: object) -> None:
            asked.append(self.path)

    handler = functools.partial(Handler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/"
            with browser.new_context() as context:
                tab = context.new_page()
                tab.goto(f"{url}scan.html")
                refused = tab.evaluate(
                    """url => new Promise(done => {
                        const refused = [];
                        document.addEventListener("securitypolicyviolation", event => {
                            refused.push(event.effectiveDirective);
                            if (refused.length === 3) done(refused.sort());
                        });
                        new Image().src = url + "image.png";
                        const script = document.createElement("script");
                        script.textContent = "window.bad = 1";
                        document.body.append(script);
                        fetch(url + "fetched").catch(() => 0);
                    })""",
                    url,
                )
                assert refused == ["connect-src", "img-src", "script-src-elem"]
                assert tab.evaluate("window.bad") is None
        finally:
            server.shutdown()
            thread.join()
    assert asked == ["/scan.html"]


CONTRAST = """() => {
    const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
    const bright = ([r, g, b]) => [r, g, b].map(c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = element => {
        for (; element; element = element.parentElement) {
            const colour = rgb(getComputedStyle(element).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const low = [];
    let looked = 0;
    for (let node; (node = walker.nextNode());) {
        const element = node.parentElement;
        if (!node.data.trim() || !element.checkVisibility() || element.closest("script, option")) continue;
        const [a, b] = [bright(rgb(getComputedStyle(element).color)), bright(behind(element))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        looked += 1;
        if (ratio < 4.5) low.push(`${node.data.trim()}: ${ratio.toFixed(2)}`);
    }
    return [looked, low];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_the_contrast_of_aa(opened: Open, scheme: str) -> None:
    blind = replace(whole(), notices=("ZooKeeper could not be read.",), left_out=1)
    tab = opened(blind, color_scheme=scheme)
    tab.click(".name >> nth=0")
    looked, low = tab.evaluate(CONTRAST)
    assert looked > 60
    assert low == []
    paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")


def test_without_javascript_the_table_says_everything(opened: Open) -> None:
    tab = opened(whole(), java_script_enabled=False)
    assert tab.locator("#find").is_hidden()
    assert tab.locator(".copy").first.is_hidden()
    told = tab.inner_text("main")
    for text in (
        COMMAND,
        "Framework kafka (F1) is completed.",
        "On: s1.example, s2.example",
        "Not known: Which service owned it",
    ):
        assert text in told


def test_on_a_phone_nothing_is_wider_than_the_screen(opened: Open) -> None:
    tab = opened(whole(), viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    assert tab.evaluate("document.documentElement.scrollWidth") == 360
    assert tab.get_by_role("row", name="kafka").first.is_visible(), "rows stay rows, whatever they look like"
    tab.tap(".agent >> nth=0")
    assert shown(tab) == ["kafka", "hdfs"]


def test_a_thousand_agents_fit_on_one_screen(opened: Open) -> None:
    held = [agent(f"S{number}", volume(f"v{number}", 10240.0, labels=KAFKA)) for number in range(1000)]
    tab = opened(scan(seen(*held)))
    assert tab.locator(".agent").count() == 1000
    assert tab.evaluate("document.getElementById('map').clientHeight <= innerHeight")
    assert (
        tab.evaluate("document.getElementById('map').scrollHeight - document.getElementById('map').clientHeight") <= 8
    )
    tab.hover(".holding .line")
    assert tab.locator(".agent.has").count() == 1000
    assert tab.locator(".agent[tabindex='0']").count() == 1


DRAWN = """([index, part]) => {
    const bar = document.querySelector(`.agent[data-index="${index}"] .bar`).getBoundingClientRect();
    const frame = document.getElementById("picture").getBoundingClientRect();
    const point = new DOMPoint(bar.x - frame.x + part * bar.width, bar.y - frame.y + bar.height / 2);
    return [...document.querySelectorAll("#looks path")].filter(path => path.isPointInFill(point))
        .map(path => path.getAttribute("class"));
}"""


def test_a_thousand_bars_are_one_picture_with_each_where_its_agent_is(opened: Open) -> None:
    held = [
        agent(f"S{number}", volume(f"v{number}", 5120.0 * (1 + number % 2), role="a-role")) for number in range(999)
    ]
    tab = opened(scan(seen(*held, agent("S999", volume("v999", 10240.0, labels=KAFKA)))))
    tab.select_option("#scale", "most")

    def drawn(index: int) -> list[str]:
        return [" ".join(tab.evaluate(DRAWN, [index, part])) for part in (0.25, 0.75)]

    assert tab.locator(".bar > *").count() == tab.locator("#measures .bar > *").count(), "no element for a segment"
    assert drawn(0) == ["track v-unknown broad", "track"]
    assert drawn(101) == ["track v-unknown broad"] * 2
    tab.select_option("#order", "left")
    assert drawn(0) == ["track v-unknown broad", "track"], "wherever the agent is now"
    tab.set_viewport_size({"width": 1000, "height": 700})
    tab.wait_for_function("document.getElementById('picture').clientWidth > 800")
    assert drawn(997) == ["track v-unknown broad"] * 2
    tab.get_by_role("button", name="kafka", exact=True).focus()
    assert drawn(0) == ["track off v-unknown broad off", "track off"]
    assert len(drawn(999)[1].split("broad")) == 2
    tab.fill("#find", "kafka-role")
    assert drawn(0) == ["track out faint out", "track out"]
    tab.keyboard.press("Escape")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.locator(".map .seg").count() == 1000, "paper has its own width, and breaks"
    assert tab.locator("#picture").is_hidden()
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.locator(".map .seg").count() == 0
    assert drawn(0) == ["track v-unknown broad", "track"]


def test_on_paper_it_is_light_and_says_everything(opened: Open) -> None:
    tab = opened(whole(), color_scheme="dark")
    tab.emulate_media(media="print", color_scheme="dark")
    assert tab.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--paper')") == "#fff"
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert tab.locator("text=Framework kafka (F1) is completed.").is_visible()
    assert tab.locator("#find").is_hidden()
    wide = tab.locator("#measures label span").first.evaluate("e => e.getBoundingClientRect().width")
    assert wide == 62, "a name is on one line where the buttons beside it are not printed"
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not tab.locator("text=Framework kafka (F1) is completed.").is_visible()
