"""What Marathon refuses, how it writes an app's id, and which apps a selector means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """An error of Marathon's: the status, and the JSON of the body."""

    def __init__(self, status: int, message: str, **more: object) -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"message": message, **more}


def app_path(name: str) -> str:
    """An id as Marathon writes it: one leading slash, none at the end."""
    return "/" + name.strip("/")


def validate(app_id: str, definition: Json, *, complete: bool) -> None:
    """What clients of Cosmos's kind get wrong; everything else Marathon would check is believed."""
    if "version" in definition and set(definition) - {"id", "version"}:
        raise Refused(422, "The 'version' field may only be combined with the 'id' field.")
    problems = []
    if "id" in definition and app_path(str(definition["id"])) != app_id:
        problems.append(("/id", f"must be {app_id}"))
    if "uris" in definition and "fetch" in definition:
        problems.append(("/", "may not contain both uris and fetch"))
    if complete and not any(definition.get(key) for key in ("cmd", "args", "container")):
        problems.append(("/", "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'."))
    if problems:
        details = [{"path": path, "errors": [words]} for path, words in problems]
        raise Refused(422, "Object is not valid", details=details)


_SELECTOR = re.compile(
    r"\s*(?P<name>(?:\\.|[-A-Za-z0-9_.])+)\s*"
    r"(?:(?P<sign>==|!=)\s*(?P<value>(?:\\.|[-A-Za-z0-9_.])+)\s*"
    r"|(?P<set>in|notin)\s*\(\s*(?P<values>(?:\\.|[-A-Za-z0-9_.,\s])*)\)\s*)?(?:,|$)"
)


def selected(selectors: str, labels: Mapping[str, str]) -> bool:
    """Whether labels pass `NAME`, `NAME==value`, `NAME!=value`, `NAME in (a,b)`, `NAME notin (a)`, all of them."""
    position = 0
    passes = True
    while position < len(selectors):
        found = _SELECTOR.match(selectors, position)
        if found is None:
            raise Refused(422, f"Label selector '{selectors}' is not valid")
        position = found.end()
        value = labels.get(_plain(found["name"]))
        if found["sign"]:
            passes &= (value == _plain(found["value"])) == (found["sign"] == "==")
        elif found["set"]:
            members = {_plain(each.strip()) for each in found["values"].split(",")}
            passes &= (value in members) == (found["set"] == "in")
        else:
            passes &= value is not None
    return passes


def _plain(escaped: str) -> str:
    return re.sub(r"\\(.)", r"\1", escaped)
