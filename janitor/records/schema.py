"""The published schemas of the files that Janitor keeps, made from the types.

python -m janitor.records.schema audit >docs/audit.schema.json
python -m janitor.records.schema plan >docs/plan.schema.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from janitor import journal
from janitor.records.plan import SavedPlan

TITLES: dict[str, tuple[str, Any]] = {
    "audit": ("A line of Janitor's audit log", journal.Line),
    "plan": ("A plan of Janitor, saved by a dry run", SavedPlan),
}
"""name -> what it describes, and the type of it."""


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the files of this kind."""
    title, kind = TITLES[name]
    made = msgspec.json.schema(kind)
    definitions = made.pop("$defs")
    for component in definitions.values():
        for key, described in component.get("properties", {}).items():
            if key in journal.Fact.__struct_fields__ and described.pop("default", component) is not component:
                # That is how a fact is begun in the program: what is written has the key all the same.
                component["required"] = [*component.get("required", ()), key]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **made,
        "$defs": dict(sorted(definitions.items())),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema(sys.argv[1]), indent=1) + "\n")
