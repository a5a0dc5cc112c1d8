"""Programs that are measured from outside, as a person would."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds by the clock, and seconds of CPU."""

    wall: float
    cpu: float


def run(arguments: Sequence[str]) -> Run:
    """Run this Python with `arguments` to its end. Raises CalledProcessError when it does not end with 0."""
    command = [sys.executable, *arguments]
    began = time.perf_counter()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return Run(wall, usage.ru_utime + usage.ru_stime)
