"""`python -m janitor`, and what the console script calls."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import FrameType

from janitor.errors import Incomplete, JanitorError
from janitor.message import no_line


def main() -> int:
    """Run Janitor on the process's own arguments and streams; gives the exit status."""
    _open_streams()
    # From here on a signal ends us with the right status and no traceback: as a container's first process SIGTERM
    # would do nothing at all before somebody handles it. The command line takes over as soon as it is imported.
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _leave)
    try:
        from janitor.cli.main import main as run
    except ModuleNotFoundError as error:
        incomplete = Incomplete.of(error)
        with suppress(OSError):
            os.write(2, _told(incomplete).encode())
        return incomplete.exit_status
    return run()


def _told(error: JanitorError) -> str:
    """An error as the report writes it, which cannot be loaded itself."""
    from janitor.cli.views.form import trouble  # it takes no package, and is only loaded when it is needed

    lines = trouble(head="janitor", message=error.message, remedies=[error.remedy], own=no_line)
    return "".join(f"{line.text}\n" for line in lines)


def _open_streams() -> None:
    """Open the descriptors 0, 1 and 2 that we were started without (`2>&-`).

    The next socket would get such a number otherwise, and what is meant for the terminal would go to a server.
    """
    nothing = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
    while nothing <= 2:
        os.set_inheritable(nothing, True)
        nothing = os.open(os.devnull, os.O_RDWR)
    os.close(nothing)


def _leave(number: int, _frame: FrameType | None) -> None:
    os._exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
