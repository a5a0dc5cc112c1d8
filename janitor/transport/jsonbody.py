"""From a reply to a value: the status that was hoped for, and JSON of the shape that was hoped for."""

from __future__ import annotations

import html.parser
from collections.abc import Container
from typing import TypeVar

import msgspec

from janitor.errors import BadAnswer, Forbidden, HttpStatus, LoginPage, Unauthorized, Unreadable
from janitor.transport.advice import ANOTHER_PROGRAM, LOGIN, LOGIN_PAGE
from janitor.transport.http import Reply
from janitor.transport.proxies import LOGIN_REMEDY, REMEDY
from janitor.transport.urls import shown
from janitor.words import LONGEST, answered, foreign

T = TypeVar("T")

_LONGEST_READ = 4 * LONGEST


def decode(reply: Reply, type: type[T], what: str, *, remedy: str = ANOTHER_PROGRAM) -> T:
    """The body of `reply` as a `type`. `what` says what was asked for, as in "the list of agents".

    Raises Unreadable, naming URL and place, for a web page, and for JSON that is cut off, malformed, nested too deeply
    or of another shape; BadAnswer where it is cut off and did not say where it ends. `remedy`: what to do when another
    program answers there; the client knows its own option.
    """
    _expect_no_page(reply, what)
    try:
        return msgspec.json.decode(reply.body, type=type)
    except msgspec.ValidationError as error:
        fault = f"JSON of another shape than expected: {error}"
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if not reply.framed:
            raise BadAnswer(f"{_where(reply)}: {what}: the answer is cut off.") from None
        fault = f"not JSON: {error}" if reply.body.strip() else "an empty answer instead of JSON"
    except RecursionError:
        fault = "JSON that is nested too deeply"
    raise Unreadable(f"{_where(reply)}: {what}.", why=fault, remedy=remedy)


def expect(reply: Reply, statuses: Container[int], what: str, *, login: str = LOGIN) -> Reply:
    """`reply`, when its status is one of `statuses`; `what` says what was asked for, `login` what to do about a 401.

    Raises Unauthorized (401), Forbidden (403) or HttpStatus, with the server's own words; and Unreadable for a web page
    with such a status: no server that is asked here answers with one, so it is a login page, or another program's.
    """
    if reply.status in statuses:
        _expect_no_page(reply, what)
        return reply
    kind = {401: Unauthorized, 403: Forbidden}.get(reply.status, HttpStatus)
    said, remedy = own_words(reply), login if reply.status == 401 else None
    if 300 <= reply.status < 400 and (location := reply.headers.get("Location")):
        said, remedy = f"redirected to {reply.redact(shown(location))}", LOGIN_PAGE
    if reply.through and remedy is None and reply.status >= 407:
        remedy = LOGIN_REMEDY if reply.status == 407 else REMEDY if reply.status >= 500 else None
    raise kind(
        f"{shown(reply.url)}{reply.through}: {what}",
        why=answered(reply.status, said),
        status=reply.status,
        body=said,
        url=reply.url,
        remedy=remedy,
    )


def _expect_no_page(reply: Reply, what: str) -> None:
    if _is_web_page(reply):
        raise LoginPage(
            f"{_where(reply)}: {what}",
            why=f"a web page (a login page?) instead of JSON: {own_words(reply)}",
            remedy=LOGIN_PAGE,
        )


def _where(reply: Reply) -> str:
    """Which URL answered, and which one led there."""
    where = f"{shown(reply.url)}{reply.through}"
    return f"{shown(reply.asked)} redirects to {where}" if reply.asked else where


def own_words(reply: Reply) -> str:
    """What the server said: one harmless line of at most 500 characters, without tags."""
    text = _text_of_page(reply) if _is_web_page(reply) else reply.text
    return foreign(" ".join(text[:_LONGEST_READ].split()))


def _is_web_page(reply: Reply) -> bool:
    content_type = reply.headers.get("Content-Type", "").lower()
    return content_type.startswith("text/html") or reply.body[:256].lstrip().lower().startswith(
        (b"<!doctype", b"<html")
    )


class _Page(html.parser.HTMLParser):
    """Collects the text of a page, without its scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)


def _text_of_page(reply: Reply) -> str:
    reader = _Page()
    reader.feed(reply.text)
    # A page of an error says the same in its title and in its heading. What was an entity in the page is a character
    # now, and a quoted secret whole again.
    return reply.redact(" ".join(dict.fromkeys(" ".join(text.split()) for text in reader.texts)))
