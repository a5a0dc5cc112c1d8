"""Form bodies as libprocess decodes them (3rdparty/libprocess/src/http.cpp, http::query::decode)."""

from __future__ import annotations

import re


class BadEscape(Exception):
    """A `%` that is not followed by two hexadecimal digits."""


def _unquote(text: str) -> str:
    found = bytearray()
    index = 0
    raw = text.replace("+", " ").encode()
    while index < len(raw):
        if raw[index] == ord("%"):
            digits = raw[index + 1 : index + 3].decode(errors="replace")
            if not re.fullmatch(r"[0-9a-fA-F]{2}", digits):
                raise BadEscape(f"Malformed % escape in '{text}': '%{digits}'")
            found.append(int(digits, 16))
            index += 3
        else:
            found.append(raw[index])
            index += 1
    return found.decode(errors="replace")


def decode(body: str) -> dict[str, str]:
    """Fields of a body: split at `;` and `&`, then at the first `=`; the last of equal names counts.

    Raises `BadEscape`.
    """
    fields = {}
    for pair in re.split("[;&]", body):
        if pair:
            name, _, value = pair.partition("=")
            fields[_unquote(name)] = _unquote(value)
    return fields
