"""For all tests: SIGINT as in a terminal. A shell ignores it for what it runs in the background, and programs that are
started from there inherit that; the tests that send it would then wait for ever."""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
