"""HTTP/1.1 as it stands on the wire, in raw bytes: where a request ends, where an answer ends, and nothing else.

The gate passes on exactly what came; it only has to know the boundaries.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

PIECE = 65536


@dataclass(frozen=True, slots=True)
class Request:
    """One request, whole: its first line without the line end, its method, and its bytes (head and body)."""

    line: str
    method: str
    raw: bytes

    def contains(self, text: str) -> bool:
        """Whether the text stands anywhere behind the first line: in a header or, commonly, in the body."""
        return text.encode() in self.raw[len(self.line) :]


def headers(head: bytes) -> dict[str, str]:
    """The fields of a head, names in lower case; the last of a repeated one counts."""
    fields = {}
    for line in head.decode("latin-1").splitlines()[1:]:
        name, colon, value = line.partition(":")
        if colon:
            fields[name.strip().lower()] = value.strip()
    return fields


async def read_request(first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request:
    """Read on, from the first byte, to the end of the request. `writer` gets the 100 that some clients wait for.

    Raises asyncio.IncompleteReadError when the client leaves before the end, ValueError for a frame that is none.
    """
    head = first + await reader.readuntil(b"\r\n\r\n")
    fields = headers(head)
    if fields.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = b"".join([piece async for piece in framed(fields, reader, otherwise="nothing")])
    line = head.split(b"\r\n", 1)[0].decode("latin-1")
    return Request(line, line.split(" ", 1)[0], head + body)


async def read_answer(first: bytes, reader: asyncio.StreamReader, method: str) -> AsyncIterator[bytes]:
    """The bytes of one answer as they come, interim answers (1xx) included; ends early where the server ends.

    `method` is the request's: the answer to HEAD has no body whatever its head says (RFC 9112, section 6.3).
    """
    try:
        while True:
            head = first + await reader.readuntil(b"\r\n\r\n")
            yield head
            status = int(head.split(b" ", 2)[1][:3])
            if status == 101 or not 100 <= status < 200:
                break
            first = await reader.readexactly(1)
        if method == "HEAD" or status in (204, 304):
            return
        async for piece in framed(headers(head), reader, otherwise="everything"):
            yield piece
    except asyncio.IncompleteReadError as error:
        if error.partial:
            yield error.partial


async def framed(fields: dict[str, str], reader: asyncio.StreamReader, *, otherwise: str) -> AsyncIterator[bytes]:
    """A body, in pieces, as the head frames it: by chunks, by length, or `otherwise`: "nothing" or "everything"."""
    if "chunked" in fields.get("transfer-encoding", "").lower():
        async for piece in _chunks(reader):
            yield piece
    elif "content-length" in fields:
        async for piece in _exactly(int(fields["content-length"]), reader):
            yield piece
    elif otherwise == "everything":
        while piece := await reader.read(PIECE):
            yield piece


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    size = -1
    while size:
        line = await reader.readuntil(b"\n")
        yield line
        size = int(line.split(b";", 1)[0], 16)
        async for piece in _exactly(size + 2 if size else 0, reader):
            yield piece
    while True:  # trailers, and the empty line that ends them
        line = await reader.readuntil(b"\n")
        yield line
        if not line.strip():
            return


async def _exactly(size: int, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size > 0:
        piece = await reader.read(min(size, PIECE))
        if not piece:
            raise asyncio.IncompleteReadError(b"", size)
        size -= len(piece)
        yield piece
