"""Python's logging, for `--log-level`: to stderr, one harmless line a record, without secrets. Silent otherwise."""

from __future__ import annotations

import logging

from janitor.cli.environment import Channel


class _ToChannel(logging.Handler):
    """Hands records to a Channel, which hides secrets and writes out what would steer a terminal."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._channel.block(self.format(record))
        except Exception:
            self.handleError(record)


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
