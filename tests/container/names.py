"""A DNS server as a DC/OS node's: it knows leader.mesos and the like, and asks the machine's own about the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from dnslib import QTYPE, RCODE, RR, A, DNSRecord
from dnslib.proxy import ProxyResolver
from dnslib.server import BaseResolver, DNSHandler, DNSLogger, DNSServer

DCOS = (".mesos", ".zk")
"""The domains of DC/OS: nobody else is asked about a name in them."""


class Names(BaseResolver):
    """The records, and the server; a context manager. `address` is where it listens, at port 53."""

    def __init__(self, address: str) -> None:
        self._records: dict[str, str] = {}
        self._elsewhere = ProxyResolver(_name_server(), 53, timeout=5)
        quiet = DNSLogger(logf=lambda _: None)
        self._server = DNSServer(self, address=address, port=53, logger=quiet)

    def __enter__(self) -> Self:
        self._server.start_thread()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self._server.server.server_close()

    @contextmanager
    def having(self, **addresses: str) -> Iterator[None]:
        """Know these for the length of a `with`; `__` in a keyword is a dot, `_` a hyphen: leader__mesos, zk_1__zk."""
        new = {name.replace("__", ".").replace("_", "-"): address for name, address in addresses.items()}
        before = {name: self._records[name] for name in new if name in self._records}
        self._records.update(new)
        try:
            yield
        finally:
            for name in new:
                del self._records[name]
            self._records.update(before)

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        """Answer one question."""
        name = str(request.q.qname).rstrip(".").lower()
        if not name.endswith(DCOS):
            found: DNSRecord = self._elsewhere.resolve(request, handler)
            return found
        reply: DNSRecord = request.reply()
        address = self._records.get(name)
        if address is None:
            reply.header.rcode = RCODE.NXDOMAIN
        elif request.q.qtype == QTYPE.A:
            reply.add_answer(RR(request.q.qname, QTYPE.A, rdata=A(address), ttl=0))
        return reply


def _name_server() -> str:
    found = re.search(r"^nameserver\s+([\d.]+)", Path("/etc/resolv.conf").read_text(), re.MULTILINE)
    return found[1] if found else "127.0.0.1"
