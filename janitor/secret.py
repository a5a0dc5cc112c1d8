"""A value that never shows itself: passwords and tokens travel as `Secret`, and only `reveal` gives them out."""

from __future__ import annotations

from typing import NoReturn


class Secret:
    """Holds a secret text. Printing, formatting, logging or pickling it never shows the text.

    `Secret("")` is falsy: an empty token is no token (rule S3).
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that sends it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __repr__(self) -> str:
        return "Secret(***)" if self._text else "Secret()"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not stored")
