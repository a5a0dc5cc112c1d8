"""The commands of the documents, as they are printed there: what a reader types is what the tests run."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^<!-- tested: (?P<name>[^>]+?) -->\n```sh\n(?P<command>.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(document: str = "docs/container.md") -> dict[str, str]:
    """The blocks of a document that are marked as tested, by their names."""
    found = _BLOCK.findall((ROOT / document).read_text())
    assert len({name for name, _ in found}) == len(found), "two blocks have the same name"
    return dict(found)


def command(name: str, **replaced: str) -> str:
    """One block. `replaced`: what a test has elsewhere than a node of DC/OS, such as a port; by its purpose."""
    text = commands()[name]
    for purpose, (here, there) in _ELSEWHERE.items():
        if purpose in replaced:
            assert here in text, f"{here} is not in {text}"
            text = text.replace(here, there.format(replaced[purpose]))
    return text


_ELSEWHERE = {
    "ca": ("-v /run/dcos/pki/CA/ca-bundle.crt:/run/", "-v {}:/run/"),
    "zookeeper": ("--zookeeper 127.0.0.1:2181", "--zookeeper 127.0.0.1:{}"),
}
