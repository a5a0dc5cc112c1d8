"""How much memory a process took."""

from __future__ import annotations

from pathlib import Path


def peak() -> int:
    """The most memory that this process ever had, in bytes.

    VmHWM, and not ru_maxrss: that one begins with what the parent had when it made this process.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
