"""What the documents say is what the code does."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from janitor.cli.arguments.options import OPTIONS
from janitor.cli.arguments.verbs import FIRST_WORDS
from janitor.cli.manual import options_document
from janitor.exits import MEANINGS
from janitor.rules import RULES
from janitor.sandbox.command import main as sandbox

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")])

RULE = r"[LSODPZC][1-9]a?"
OF_DOCKER = {"build-arg", "cap-drop", "detach", "name", "network", "read-only", "rm", "security-opt", "user"}
OF_SCRIPTS = {"coverage"}
OF_MESOS = {"zk", "credential", "credentials", "authenticate_http_readonly", "authenticate_http_readwrite"}
OF_DCOS = {"app-id", "leader", "master-proxy", "option"}


def sections() -> dict[str, str]:
    """Number -> what docs/rules.md says of it, its name and its heading first."""
    parts = re.split(rf"^### ({RULE}) ", (ROOT / "docs/rules.md").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def cited(text: str) -> set[str]:
    """The rules that `text` cites: "rule L5", "rules O1 to O4, P2 and Z5"."""
    found: set[str] = set()
    for match in re.finditer(rf"\b[Rr]ules?\s+({RULE}\b(?:(?:,|\s+and|\s+to)\s+{RULE}\b)*)", text):
        for first, last in re.findall(rf"({RULE})(?:\s+to\s+({RULE}))?", match[1]):
            found |= {first} | {f"{first[0]}{number}" for number in range(int(first[1]), int((last or first)[1]) + 1)}
    return found


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in (ROOT / folder).rglob("*.py") if path != Path(__file__))


def test_citations_are_found() -> None:
    assert cited("(rules O1 to O4, P2 and\n    Z5), see rule L1.") == {"O1", "O2", "O3", "O4", "P2", "Z5", "L1"}
    assert cited("agent S1 on P2, as it rules") == set()


def test_the_rules_have_the_names_and_the_headings_of_the_code() -> None:
    headings = {number: text.partition("\n")[0] for number, text in sections().items()}
    assert headings == {rule.code: f"{rule.name}: {rule.says}" for rule in RULES.values()}
    assert [*headings] == [*RULES]


def test_the_table_of_what_ends_a_run_is_that_of_the_code() -> None:
    row = re.compile(r"^\| (\w+) \| `([\w-]+)` \| (\d+) \| (.*) \|$", re.MULTILINE)
    shown = row.findall((ROOT / "docs/rules.md").read_text())
    assert shown == [
        (rule.code, rule.name, str(int(rule.status)), ", ".join(f"`{option}`" for option in rule.lifted_by))
        for rule in RULES.values()
        if rule.status is not None
    ]


def test_every_rule_has_its_reason() -> None:
    assert [number for number, text in sections().items() if text.count("**Why:**") != 1] == []


def test_every_rule_that_is_cited_exists() -> None:
    unknown = {(path.name, rule) for path in sources("janitor", "tests") for rule in cited(path.read_text()) - {*RULES}}
    assert unknown == set()


def test_every_rule_is_cited_by_a_test() -> None:
    tests = [path.read_text() for path in sources("tests") if path.name.startswith("test_")]
    named = {name.upper() for text in tests for name in re.findall(rf"def test_({RULE.lower()})_", text.lower())}
    assert {*RULES} - named - {rule for text in tests for rule in cited(text)} == set()


def test_the_exit_statuses_of_the_readme_are_the_table() -> None:
    section = (ROOT / "README.md").read_text().partition("## Exit statuses")[2].partition("\n## ")[0]
    shown = {int(status): meaning for status, meaning in re.findall(r"^\| (\d+) \| (.*) \|$", section, re.MULTILINE)}
    assert shown == {int(status): meaning for status, meaning in MEANINGS.items()}


def test_so_are_those_of_their_own_page() -> None:
    page = (ROOT / "docs/exit-statuses.md").read_text()
    shown = {
        int(status): meaning for status, meaning in re.findall(r"^\| (\d+) \| (.*?) \| .* \|$", page, re.MULTILINE)
    }
    assert shown == {int(status): meaning for status, meaning in MEANINGS.items()}


def sandbox_options() -> set[str]:
    out = io.StringIO()
    assert sandbox(["--help"], out, out) == 0
    return set(re.findall(r"--([a-z][a-z-]+)", out.getvalue()))


def wrapper_options() -> set[str]:
    usage = (ROOT / "scripts/uninstall-legacy").read_text().partition("<<'END'")[2].partition("\nEND\n")[0]
    return set(re.findall(r"^ +(?:-h, )?--([a-z-]+)", usage, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_option_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"(?<![\w-])--([a-z][a-z_-]+)", page.read_text()))
    known = {option.name for option in OPTIONS} | sandbox_options() | OF_SCRIPTS | OF_DOCKER | OF_DCOS | OF_MESOS
    if page.name == "legacy.md":
        known |= wrapper_options()
    if page.name == "differences.md":
        named -= {"ver"}  # an abbreviation, as it says there
    assert named - known == set()


def test_the_page_of_options_is_what_the_table_says() -> None:
    again = "python -m janitor.cli.manual > docs/options.md"
    assert (ROOT / "docs/options.md").read_text() == options_document(), f"write it again: {again}"


def test_the_lines_of_an_option_are_those_that_are_shown() -> None:
    section = (ROOT / "docs/contributing.md").read_text().partition("## Add an option")[2].partition("\n## ")[0]
    shown = re.findall(r"^\| `(janitor/[\w./]+)` \| `(.*)` \|$", section, re.MULTILINE)
    assert len(shown) == 3
    assert [line for file, line in shown if line not in (ROOT / file).read_text()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_and_file_that_is_named_exists(page: Path) -> None:
    text = page.read_text()
    links = {target for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text) if "://" not in target}
    assert {link for link in links if not (page.parent / link).exists()} == set()
    files = set(re.findall(r"`((?:janitor/|tests/|scripts/|docs/|\./scripts/)[\w./-]+)`", text))
    assert {file for file in files if not (ROOT / file).exists()} == set()


def test_every_room_is_in_the_table_of_the_architecture() -> None:
    rows = [line for line in (ROOT / "docs/architecture.md").read_text().splitlines() if line.startswith("| `")]
    shown = set(re.findall(r"`(\w+)(?:/|\.py)`", " ".join(row.split("|")[1] for row in rows)))
    rooms = {path.name.removesuffix(".py") for path in (ROOT / "janitor").iterdir()} - {"__pycache__", "py.typed"}
    assert rooms - shown == {"__init__", "__main__"}


def test_every_file_of_the_architecture_exists() -> None:
    text = (ROOT / "docs/architecture.md").read_text()
    files = re.findall(r"`((?:cli|cleanup|mesos|zookeeper|dcos|transport|uninstall|sandbox)/[\w/]*(?:\.py)?)`", text)
    files += re.findall(r"`(\w+\.py)`", text)
    assert [file for file in files if not (ROOT / "janitor" / file).exists()] == []


def test_every_command_that_the_readme_types_exists() -> None:
    words = re.findall(r"janitor ([a-z]+)", " ".join(re.findall(r"`([^`]*)`", (ROOT / "README.md").read_text())))
    assert [word for word in words if word not in FIRST_WORDS] == []


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_place_in_a_page_that_is_linked_exists(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]*)#([^)]+)\)", page.read_text())
    places = {(file, place) for file, place in links if "://" not in file}
    assert {
        (file, place) for file, place in places if place not in anchors(page.parent / file if file else page)
    } == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_picture_and_page_that_is_linked_is_there(page: Path) -> None:
    linked = re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text())
    assert [link for link in linked if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("picture", sorted((ROOT / "docs/pictures").glob("*.svg")), ids=lambda picture: picture.name)
def test_a_picture_asks_nobody_and_shows_no_machine(picture: Path) -> None:
    drawn = picture.read_text()
    attributes = [value for tag in ElementTree.fromstring(drawn).iter() for value in tag.attrib.values()]
    assert not [value for value in attributes if re.search("https?:|//", value)]
    assert not re.search(r"@import|@font-face|url\((?!#)|/root/|/home/|/tmp/", drawn)
