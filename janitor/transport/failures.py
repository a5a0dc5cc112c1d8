"""What a request that brought back nothing usable is called, in words an operator knows."""

from __future__ import annotations

import http.client
import ssl

import requests
from urllib3 import exceptions as urllib3

from janitor.errors import BadAnswer, NoAnswer, Unreachable
from janitor.transport.dial import Refused, remedy_of, words_of
from janitor.transport.trust import refuses_ours
from janitor.transport.watchdog import RequestWatch


class Dropped(Unreachable):
    """The connection was there, and ended before any answer."""


class Garbled(BadAnswer):
    """What came back is not HTTP."""


MAY_SPEAK_TLS = (Refused, Dropped, Garbled)
"""What a request over plain http meets at a port that speaks TLS only."""

Failures = (urllib3.HTTPError, http.client.HTTPException, OSError, ValueError)
"""What requests lets through (its own are OSErrors). ValueError: what http.client cannot read of an answer."""


def explain(error: Exception, watch: RequestWatch) -> NoAnswer:
    """The error of the project that stands for `error`, one of `Failures`."""
    url = watch.shown_url
    error = _unwrapped(error)
    cause = _cause(error)
    if isinstance(cause, http.client.BadStatusLine) and not isinstance(cause, http.client.RemoteDisconnected):
        return Garbled(
            f"{url} gave no answer that can be read.",
            why="what answers there does not speak HTTP",
            remedy="Is it https:// there?",
        )
    if isinstance(cause, http.client.LineTooLong) or type(cause) is http.client.HTTPException:
        return BadAnswer(f"{url} gave no answer that can be read.", why="its headers are too large")
    if isinstance(error, urllib3.DecodeError):
        return BadAnswer(f"{url} gave no answer that can be read.", why="its compressed body is damaged")
    if not watch.connected:
        why = words_of(cause) if isinstance(cause, OSError) else "no connection"
        remedy = remedy_of(cause) if isinstance(cause, OSError) else None
        return Unreachable(f"{url} cannot be reached.", why=why, sent=False, remedy=remedy)
    if not watch.answered:
        # In TLS 1.3 a server looks at our certificate after the handshake is over for us.
        if isinstance(cause, ssl.SSLError) and (ours := refuses_ours(url, cause)) is not None:
            return ours
        reset = isinstance(cause, ConnectionError) and not isinstance(cause, http.client.RemoteDisconnected)
        how = "reset" if reset else "closed"
        return Dropped(f"{url} gave no answer.", why=f"the connection was {how} before an answer came")
    if isinstance(cause, (OSError, ssl.SSLError, http.client.IncompleteRead, urllib3.ProtocolError)):
        return BadAnswer(f"{url}: the answer is cut off.")
    return BadAnswer(f"{url} gave no answer that can be read.", why="it is not HTTP")


def _unwrapped(error: Exception) -> Exception:
    """What requests wrapped: its errors carry urllib3's as the first argument."""
    if isinstance(error, requests.RequestException) and error.args and isinstance(error.args[0], Exception):
        return error.args[0]
    return error


def _cause(error: Exception) -> Exception:
    """What urllib3 wrapped: its ProtocolError carries the cause as the second argument, its SSLError as the first."""
    if isinstance(error, urllib3.SSLError) and error.args and isinstance(error.args[0], Exception):
        return error.args[0]
    if isinstance(error, urllib3.ProtocolError) and len(error.args) > 1 and isinstance(error.args[1], Exception):
        return error.args[1]
    return error
