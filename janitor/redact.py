"""Known secrets are blanked out of whatever is shown: the last line of defence, not the first.

A server may quote what it was sent, and between that and the screen a text is cut, folded, quoted and unescaped. So a
secret is searched for in every way in which it may have been written, and a long one by its pieces, too.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable

from janitor.secret import Secret

BLANK = "***"

SHORTEST_HIDDEN = 6
"""Secrets of fewer characters are not searched for in our own output: they would hide half of it."""

SHORTEST_QUOTED = 3
"""Secrets of fewer characters are not searched for in what a server says."""

PIECE = 12
"""So many characters of a secret in a row are no chance."""

LONG = 16
"""Secrets of so many characters are searched for by their pieces, too."""

_STEP = PIECE // 2
_ESCAPED = r"(?:\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\[bfnrt]|%[0-9a-fA-F]{2}|&#?[0-9A-Za-z]{1,8};|[^0-9A-Za-z])"
_WORD = re.compile(r"[0-9A-Za-z]+")
_FRAME = re.compile("-----(BEGIN|END) [A-Z0-9 ]+-----")
_USER = re.compile(r"(?<=://)[^\s/@]+@")
_NAME = r"[^\s=&]"
_QUERY = re.compile(
    rf"([?&](?={_NAME}{{0,64}}?(?:token|passw|secret|auth|key|sig)){_NAME}{{1,64}}=)[^\s&\"']+", re.IGNORECASE
)
"""Bounded: without that, a text of 4,000 characters that somebody else wrote (`?key?key...`) takes a minute."""


class Redactor:
    """What is hidden, and the two places where it is: in what a server says, and in all that is shown.

    May be told more secrets at any time, and used by many threads at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[_Hidden, ...] = ()
        self._pieces = _Pieces(())

    def hide(self, *secrets: Secret | None) -> None:
        """Never show these from now on; of a key in PEM each line for itself."""
        texts = {line.strip() for secret in secrets if secret for line in secret.reveal().splitlines()}
        with self._lock:
            new = texts - {one.text for one in self._known}
            hidden = [_Hidden(text) for text in new if len(text) >= SHORTEST_QUOTED and not _FRAME.fullmatch(text)]
            if hidden:
                # The longest first: a short one may be a part of it.
                known = sorted([*self._known, *hidden], key=lambda one: len(one.text), reverse=True)
                self._known = tuple(known)
                self._pieces = _Pieces(one.text for one in known)

    def hide_password_in(self, text: str) -> None:
        """Never show the password of a URL, or of ZooKeeper's servers, that was given as `user:password@host`.

        Neither as it is sent to a proxy: unquoted, and in base64 with the user. One that is too short to be searched
        for alone is hidden with what stands around it.
        """
        user, _, host = (text.partition("://")[2] or text).rpartition("@")
        name, colon, password = user.partition(":")
        self.hide(Secret(password if colon else name if len(name) >= PIECE else ""))
        if colon and password:
            from base64 import b64encode
            from urllib.parse import unquote

            sent = b64encode(unquote(user).encode("latin-1", "replace")).decode()
            self.hide(Secret(unquote(password)), Secret(sent))
        if colon and 0 < len(password) < SHORTEST_HIDDEN:
            around = f"{name[-4:]}:{password}@"
            self.hide(Secret(around + host[: max(0, SHORTEST_HIDDEN - len(around))]))

    def quoted(self, text: str) -> str:
        """What a server says, without the secrets that it may have been sent. Before it is cut or folded."""
        return self._blanked(text, SHORTEST_QUOTED)

    def __call__(self, text: str) -> str:
        """`text` as it may be shown: also without the user in a URL, and values in a query that look like secrets."""
        if "://" in text:
            text = _USER.sub(f"{BLANK}@", text)
        if "=" in text:
            text = _QUERY.sub(rf"\1{BLANK}", text)
        return self._blanked(text, SHORTEST_HIDDEN)

    def _blanked(self, text: str, shortest: int) -> str:
        for one in self._known:
            if len(one.text) >= shortest:
                text = one.blanked(text)
        return self._pieces.blanked(text)


def _any_way(character: str) -> str:
    """A pattern for one character, as it is and as JSON, Python and a URL escape it."""
    code = ord(character)
    units = character.encode("utf-16-be", "surrogatepass").hex()
    ways = [
        "".join(f"%{byte:02x}" for byte in character.encode("utf-8", "surrogatepass")),
        "".join(f"\\\\{{1,4}}u{units[at : at + 4]}" for at in range(0, len(units), 4)),
        *([f"\\\\{{1,4}}x{code:02x}"] if code < 0x100 else []),
        f"\\\\{{1,4}}u{code:08x}",
        f"\\\\{{0,4}}{re.escape(character)}",
    ]
    return f"(?:{'|'.join(ways)})"


class _Hidden:
    """One secret as a whole, however it is written down."""

    def __init__(self, text: str) -> None:
        self.text = text
        words = _WORD.findall(text)
        # Letters and digits stay as they are whatever is done to a text; what is between them may be escaped or folded.
        gap = f"{_ESCAPED}{{0,{2 + 6 * max(map(len, _WORD.split(text)))}}}"
        enough = sum(map(len, words)) >= SHORTEST_QUOTED
        written = gap.join(words) if enough else f"(?i:{''.join(map(_any_way, text))})"
        self._written = re.compile(written)

    def blanked(self, text: str) -> str:
        return self._written.sub(BLANK, text.replace(self.text, BLANK))


class _Pieces:
    """Pieces of long secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._places: dict[str, list[tuple[str, int]]] = {}
        for secret in secrets:
            if len(secret) >= LONG:
                for start in range(len(secret) - _STEP + 1):
                    self._places.setdefault(secret[start : start + _STEP], []).append((secret, start))

    def blanked(self, text: str) -> str:
        if not self._places:
            return text
        kept: list[str] = []
        done = 0
        # A piece holds a whole step of the text: it is enough to look at each step.
        for place in range(0, len(text) - _STEP + 1, _STEP):
            found = self._places.get(text[place : place + _STEP])
            if found is None or place < done:
                continue
            begin, end = max((_piece(text, place, done, *one) for one in found), key=lambda one: one[1] - one[0])
            if end - begin >= PIECE:
                kept += [text[done:begin], BLANK]
                done = end
        return "".join(kept) + text[done:] if kept else text


def _piece(text: str, place: int, done: int, secret: str, start: int) -> tuple[int, int]:
    """How far `text` around `place` is `secret` around `start`, but not before `done`."""
    begin, first = place, start
    while begin > done and first > 0 and text[begin - 1] == secret[first - 1]:
        begin, first = begin - 1, first - 1
    end, last = place + _STEP, start + _STEP
    while end < len(text) and last < len(secret) and text[end] == secret[last]:
        end, last = end + 1, last + 1
    return begin, end
