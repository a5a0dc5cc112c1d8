"""A whole process, measured from start to end: `python -m benchmarks.whole decode URL`, or `janitor ARGUMENT...`.

It prints CPU seconds and the peak of memory in bytes, and imports nothing that the command itself does not: the modules
that build the cluster would be twenty megabytes and half a second of both.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import redirect_stdout

from benchmarks.peak import peak


def _decode(url: str) -> None:
    """Fetch an answer and decode it into plain dictionaries and lists."""
    import msgspec
    import requests

    msgspec.json.decode(requests.get(url, timeout=600).content)


def _janitor(*arguments: str) -> None:
    from janitor.__main__ import main

    sys.argv = ["janitor", *arguments]
    if status := main():
        raise RuntimeError(f"it ended with {status}")


if __name__ == "__main__":
    how, *rest = sys.argv[1:]
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        _decode(*rest) if how == "decode" else _janitor(*rest)
    print(time.process_time(), peak())
