"""Recorded scenarios: reading them, and comparing what the sandbox says with what a master said.

What a replay cannot compare literally is listed in tests/transcripts/README.md; `comparable` removes exactly that.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "transcripts"

_TIMES = {
    "registered_time",
    "reregistered_time",
    "unregistered_time",
    "start_time",
    "elected_time",
    "timestamp",
    "estimated_drain_start_time_seconds",
    "estimated_drain_start_time",
}
_BUILD = {"build_date", "build_time", "build_user"}
_PLACE = {"executor_pid", "uuid", "status_update_uuid", "work_dir", "master_hostname"}


@dataclass(frozen=True)
class Scenario:
    """One file: the exchanges of one fresh cluster."""

    version: str
    name: str
    steps: list[dict[str, Any]]


def scenarios() -> list[Scenario]:
    """All that were recorded."""
    found = []
    for path in sorted(FOLDER.glob("*/*.json")):
        document = json.loads(path.read_text())
        found.append(Scenario(path.parent.name, path.stem, document["exchanges"]))
    return found


class Names:
    """The placeholders of a recording, and what stands for them in the sandbox."""

    def __init__(self, real: dict[str, str]) -> None:
        self.real = dict(real)

    def fill(self, text: str) -> str:
        """Placeholders become the sandbox's values."""
        for name, value in self.real.items():
            text = text.replace("{{" + name + "}}", value)
        return text

    def blank(self, text: str) -> str:
        """The sandbox's values become placeholders; the longest first, so that an id is not cut by its prefix."""
        for name, value in sorted(self.real.items(), key=lambda pair: -len(pair[1])):
            text = text.replace(value, "{{" + name + "}}")
        return text


_ANY_ORDER = re.compile(
    r"(.*_)?(slaves|agents|resources|full|offers|slave_ids|unreserved)$"  # agents, resources, and what goes by agent
)


def comparable(value: Any, key: str = "") -> Any:
    """A body without times, ids of tasks and the like, build data and ports, agents and resources in one order."""
    if key in _TIMES or key in _BUILD or key in _PLACE:
        return "<any>"
    if isinstance(value, dict):
        if key in ("task_id", "executor_id", "container_id"):
            return "<id>"
        of_roles = key == "reserved_resources_full"
        return {name: comparable(each, "resources" if of_roles else name) for name, each in value.items()}
    if isinstance(value, list):
        shown = [comparable(each, key) for each in value]
        return sorted(shown, key=lambda each: json.dumps(each, sort_keys=True)) if _ANY_ORDER.match(key) else shown
    return _scalar(value, key)


def differences(shown: Any, recorded: Any, path: str = "") -> list[str]:
    """Where two comparable bodies differ, one line each."""
    if isinstance(shown, dict) and isinstance(recorded, dict):
        found = [f"{path}.{key}: only shown: {shown[key]!r}" for key in shown.keys() - recorded.keys()]
        found += [f"{path}.{key}: only recorded: {recorded[key]!r}" for key in recorded.keys() - shown.keys()]
        for key in shown.keys() & recorded.keys():
            found += differences(shown[key], recorded[key], f"{path}.{key}")
        return found
    if isinstance(shown, list) and isinstance(recorded, list) and len(shown) == len(recorded):
        pairs = zip(shown, recorded, strict=True)
        return [line for i, (a, b) in enumerate(pairs) for line in differences(a, b, f"{path}[{i}]")]
    return [] if shown == recorded else [f"{path}: shown {shown!r}, recorded {recorded!r}"]


def _scalar(value: Any, key: str) -> Any:
    if key == "port":
        return "<port>"
    if isinstance(value, str):
        value = re.sub(r"(\{\{master_id\}\})-O\d+", r"\1-O<any>", value)
        return re.sub(r"^(task|kafka-task)-[0-9a-f]{8}$", "<task>", value)
    return value


def comparable_text(text: str) -> str:
    """The resources of a pool in one order; the task's name is not the recording's."""
    pool, contains, wanted = text.partition(" does not contain ")
    if not contains:
        return text
    head, separator, items = pool.rpartition("Operation: ")
    return head + separator + "; ".join(sorted(items.split("; "))) + contains + wanted
