"""Python's logging, for `--log-level`: to stderr, one harmless line a record, without secrets. Silent otherwise."""

from __future__ import annotations

import logging

from janitor.cli.environment import Channel

LONGEST_RECORD = 2000
"""Characters of a record that are shown."""

_HEADERS = "Failed to parse headers"
"""How urllib3 begins its warning about headers that it cannot read; it goes on with the headers themselves."""


class _ToChannel(logging.Handler):
    """Hands records to a Channel, one line each: it hides secrets and writes out what would steer a terminal.

    No traceback goes along: the libraries add one to what the world did, with what a server sent in it.
    """

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._channel.line(self.format(_without_what_came(record)), LONGEST_RECORD)
        except Exception:
            self.handleError(record)


def _without_what_came(record: logging.LogRecord) -> logging.LogRecord:
    """The record without its traceback, and without the headers of an answer."""
    shown = logging.makeLogRecord(record.__dict__)
    shown.exc_info = shown.exc_text = shown.stack_info = None
    if isinstance(record.msg, str) and record.msg.startswith(_HEADERS):
        shown.msg, shown.args = f"{_HEADERS}.", ()
    return shown


def configure(level: str | None, channel: Channel) -> None:
    """Log to `channel` from `level` on; None keeps the libraries quiet, kazoo's warnings included."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, _ToChannel | logging.NullHandler):
            root.removeHandler(handler)
    # Without any handler Python would print warnings by itself.
    root.addHandler(_ToChannel(channel) if level else logging.NullHandler())
    root.setLevel((level or "warning").upper())
    logging.raiseExceptions = level == "debug"
