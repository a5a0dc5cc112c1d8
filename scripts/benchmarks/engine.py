"""One whole run of the engine, timed from inside: `python -m benchmarks.engine URL ROLE PRINCIPAL`.

Prints the seconds that `connect.run_clean` took, and the CPU seconds. Starting Python and importing are not in them.
"""

from __future__ import annotations

import sys
import time

from janitor.cleanup.job import Job
from janitor.connect import run_clean
from janitor.events import silent
from janitor.patience import Stop
from janitor.target import Limits, Run, Target


def main(url: str, role: str, principal: str) -> int:
    """Clean up; gives the exit status."""
    job, target = Job(role=role, principal=principal), Target(mesos=url)
    wall, cpu = time.perf_counter(), time.process_time()
    outcome = run_clean(job, Run(target, Limits(), silent, Stop()))
    print(time.perf_counter() - wall, time.process_time() - cpu)
    return outcome.status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
