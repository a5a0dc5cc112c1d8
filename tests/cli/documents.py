"""The documents of `--output json`, held against the schema that is published."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.cli.terminal import Ran

PUBLISHED = Path(__file__).parents[2] / "docs" / "schema.json"


def _closed(schema: Any) -> Any:
    """The schema without room for keys that it does not name: here each one has to be described."""
    if isinstance(schema, dict):
        closed = {name: _closed(below) for name, below in schema.items()}
        return {**closed, "additionalProperties": False} if "properties" in schema else closed
    return [_closed(one) for one in schema] if isinstance(schema, list) else schema


@cache
def _validator() -> Any:
    schema = json.loads(PUBLISHED.read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(_closed(schema))


def check(told: Any) -> None:
    """Hold a document against the schema of its own command."""
    validator = _validator()
    names = {
        name: kind["properties"]["command"].get("enum", ())
        for name, kind in validator.schema["$defs"].items()
        if "command" in kind.get("properties", {})
    }
    (own,) = (name for name, commands in names.items() if told["command"] in commands)
    assert {"$ref": f"#/$defs/{own}"} in validator.schema["oneOf"]
    one = validator.evolve(schema={**validator.schema, "oneOf": [{"$ref": f"#/$defs/{own}"}]})
    assert [f"{error.json_path}: {error.message}" for error in one.iter_errors(told)] == []


def document(ran: Ran) -> Any:
    """The one document of a run, checked: against the schema, its own status, and ASCII."""
    assert ran.stdout.isascii()
    told = json.loads(ran.stdout)
    check(told)
    assert told["status"] == ran.status
    assert ran.status == 0 or ran.status == 10 or told["error"] or told.get("outcome"), told
    return told
