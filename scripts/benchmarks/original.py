"""A client that asks what mesosphere/janitor asks, as it asks it: `python -m benchmarks.original URL ROLE`.

One request after the other, each through `requests.request` on a connection of its own, form posts, nothing but what
was printed kept. /slaves is fetched twice in each of the two stages. Ends with 0 when every write was accepted.
The last line is the seconds that it took, imports not counted, and the CPU seconds.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import requests

Agent = dict[str, Any]


def ask(method: str, url: str, data: dict[str, str]) -> requests.Response:
    """One request, and the line that the original prints for it."""
    print(f"HTTP {method}: {url}")
    return requests.request(method, url, data=data, json={}, verify=False)


def agents(url: str) -> list[Agent]:
    """All agents; asked once for the version alone, and once more for themselves."""
    version = ask("GET", f"{url}slaves", {}).json()["slaves"][0]["version"]
    print(f"Mesos version: {version}")
    found: list[Agent] = ask("GET", f"{url}slaves", {}).json()["slaves"]
    return found


def is_volume(item: dict[str, Any]) -> bool:
    """A disk with a persistence id."""
    return item["name"] == "disk" and "persistence" in (item.get("disk") or {})


def stage(url: str, role: str, endpoint: str, field: str, *, volumes: bool) -> bool:
    """Post what each agent holds of the role, or its volumes."""
    success = True
    for agent in agents(url):
        held = agent["reserved_resources_full"].get(role)
        if held is None:
            continue
        items = [item for item in held if not volumes or is_volume(item)]
        answer = ask("POST", url + endpoint, {"slaveId": agent["id"], field: json.dumps(items)})
        print(answer.status_code, answer.content)
        success = success and answer.ok
    return success


def main(url: str, role: str) -> int:
    """Both stages."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = stage(url, role, "destroy-volumes", "volumes", volumes=True) and stage(
        url, role, "unreserve", "resources", volumes=False
    )
    print(time.perf_counter() - wall, time.process_time() - cpu)
    return 0 if done else 5


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
