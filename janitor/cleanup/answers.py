"""What the master's answers to writes mean (rule D4): a success, a lost race, or the end. Pure.

Where Mesos says it in words alone, the words are here.
"""

from __future__ import annotations

from janitor.cleanup.outcome import Answer
from janitor.words import answered

_LOOK_AGAIN = ("Persistent volumes not found", "No agent found with specified ID")
"""A 400 that means that the cluster has changed since the look."""

_HELD = ("in use", "does not contain")
"""A refusal because a task, or an offer, has what was to be removed."""


def succeeded(answer: Answer) -> bool:
    return answer.status in (200, 202)


def is_refused(answer: Answer) -> bool:
    """A 4xx that may mean a lost race: look again, then decide (rule D4)."""
    return answer.status is not None and 400 <= answer.status < 500


def is_forbidden(answer: Answer) -> bool:
    """Whether it is a matter of credentials."""
    return answer.status in (401, 403)


def is_final(answer: Answer, *, single: bool) -> bool:
    """Whether nothing more is tried after this answer (rule D4).

    A 400 for several items may be about one of them: they are tried one by one first, all or nothing as it is (D1).
    """
    if is_forbidden(answer):
        return True
    if answer.status is None or not 400 <= answer.status < 500 or answer.status == 409:
        return False
    return single and not any(text in answer.words for text in _LOOK_AGAIN)


def is_held(answer: Answer) -> bool:
    """Whether the master refused because something still holds it."""
    return any(text in answer.words for text in _HELD)


def is_redirected(answer: Answer) -> bool:
    """Whether it is a redirect, which no write follows."""
    return answer.status is not None and 300 <= answer.status < 400


def said(answer: Answer) -> str:
    """An answer in a line, for an operator."""
    return answered(answer.status, answer.words) if answer.status is not None else answer.words
