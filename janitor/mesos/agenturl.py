"""Where an agent's own state is asked for. Pure.

An agent says itself what its `pid` is. What it says is never more than an address, and the name of the agent's own
process: anything else in it would choose the path, or the host, of a request that may carry the operator's token.
"""

from __future__ import annotations

import ipaddress
import re

from janitor.errors import Unreadable
from janitor.words import foreign

_PROCESS = re.compile(r"slave(?:\([0-9]{1,9}\))?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){0,254}")
"""Mesos makes `<master's id>-S<number>`; other ids have come with other versions, none with another character."""

_MOST = 80
"""Characters of a refused pid or id that a message shows."""


def at_its_own_address(agent_id: str, pid: str, scheme: str) -> str:
    """Where the agent itself answers: `http://10.0.0.7:5051/slave(1)/state`.

    Raises Unreadable when the pid is anything but `slave(N)@ADDRESS:PORT`.
    """
    process, address, port = _parts(agent_id, pid)
    host = f"[{address}]" if address.version == 6 else str(address)
    return f"{scheme}://{host}:{port}/{process}/state"


def behind_router(base: str, agent_id: str, pid: str) -> str:
    """The same through Admin Router: `<base><agent id>/slave(1)/state`, without a pid for the usual `slave(1)`.

    Raises Unreadable for an id or a pid that is none.
    """
    if not _ID.fullmatch(agent_id):
        raise Unreadable(f"{foreign(repr(agent_id), _MOST)} is no id of an agent")
    process = _parts(agent_id, pid)[0] if pid else "slave(1)"
    return f"{base}{agent_id}/{process}/state"


def _parts(agent_id: str, pid: str) -> tuple[str, ipaddress.IPv4Address | ipaddress.IPv6Address, int]:
    process, _, place = pid.partition("@")
    host, _, port = place.rpartition(":")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        address = None
    if (
        address is None
        or address.is_unspecified
        or address.is_multicast
        or address.is_link_local
        or "%" in host
        or not _PROCESS.fullmatch(process)
        or not _PORT.fullmatch(port)
        or int(port) > 65535
    ):
        raise Unreadable(
            f"the pid of agent {foreign(agent_id, _MOST)}, {foreign(repr(pid), _MOST)}, is no address of an agent "
            "(slave(1)@IP:PORT)"
        )
    return process, address, int(port)
