"""Programs that are measured: from outside, as a person would, or by what they print of themselves."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds by the clock and of CPU, as the program told them; and how long its whole process took."""

    wall: float
    cpu: float
    process: float


def seconds(arguments: Sequence[str]) -> float:
    """Run this Python with `arguments` to its end. Raises CalledProcessError when it does not end with 0."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return time.perf_counter() - began


def run(module: str, *arguments: str) -> Run:
    """Run a module whose last line of output is its own seconds and CPU seconds."""
    command = [sys.executable, "-m", module, *arguments]
    began = time.perf_counter()
    done = subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    process = time.perf_counter() - began
    wall, cpu = map(float, done.stdout.splitlines()[-1].split())
    return Run(wall, cpu, process)
