"""A scan as metrics, for the textfile collector of a node_exporter: amounts by verdict, role and service. Pure."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.openmetrics.exposition import generate_latest

from janitor.holdings.amounts import Amounts, total
from janitor.scan.report import Scan

_OF = ("verdict", "role", "service")


def exposition(scan: Scan) -> str:
    """The metrics in the OpenMetrics text format. MB are 2^20 bytes; names from the cluster stand in labels alone."""
    registry = CollectorRegistry()
    sums: dict[tuple[str, str, str], list[Amounts]] = {}
    for one in scan.found:
        sums.setdefault((one.verdict.value, one.role, one.judgement.service or ""), []).append(one.amounts)

    def gauge(name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
        return Gauge(f"janitor_{name}", text, labels, registry=registry)

    cpus = gauge("reserved_cpus", "Reserved cpus", _OF)
    gpus = gauge("reserved_gpus", "Reserved gpus", _OF)
    memory = gauge("reserved_memory_bytes", "Reserved memory", _OF)
    disk = gauge("reserved_disk_bytes", "Reserved disk, persistent volumes included", _OF)
    volumes = gauge("volumes", "Persistent volumes", _OF)
    for labels, amounts in sums.items():
        much = total(amounts)
        cpus.labels(*labels).set(much.cpus)
        gpus.labels(*labels).set(much.gpus)
        memory.labels(*labels).set(much.mem_mb * 2**20)
        disk.labels(*labels).set(much.disk_mb * 2**20)
        volumes.labels(*labels).set(much.volumes)
    holdings = gauge("holdings", "Holdings, and znodes alone", ("verdict",))
    for verdict in {one.verdict for one in scan.found}:
        holdings.labels(verdict.value).set(len(scan.of(verdict)))
    gauge("agents", "Agents that are registered").set(scan.agents)
    gauge("agents_away", "Agents that are registered and do not answer").set(scan.away)
    gauge("agents_not_registered", "Agents that the registry knows and that are not registered").set(scan.expected)
    gauge("untold", "Facts that could not be read: with any of them nothing is called abandoned").set(len(scan.untold))
    if scan.at is not None:
        gauge("scan_timestamp_seconds", "When the cluster was scanned, by the master's clock").set(scan.at)
    written: bytes = generate_latest(registry)
    return written.decode()
