"""Answers for a gate to give instead of a master's."""

from __future__ import annotations


def http(status: int, body: bytes, content_type: str = "application/json", *more: str) -> bytes:
    """A whole answer as bytes."""
    lines = (f"HTTP/1.1 {status} Word", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *more)
    return "\r\n".join([*lines, "", ""]).encode() + body
