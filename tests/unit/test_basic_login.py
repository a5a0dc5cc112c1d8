"""When a server asks for HTTP Basic authentication."""

from __future__ import annotations

import pytest
from requests.structures import CaseInsensitiveDict

from janitor.transport.basic import wants_basic
from janitor.transport.reply import Reply


@pytest.mark.parametrize(
    ("status", "challenge", "wanted"),
    [
        (401, 'Basic realm="mesos-agent-readonly"', True),
        (401, 'Bearer realm="x",Basic realm="y"', True),
        (401, 'BASIC realm="written otherwise by a proxy"', True),
        (401, 'Bearer realm="Basic"', False),
        (401, None, False),
        (403, 'Basic realm="mesos-agent-readonly"', False),
    ],
)
def test_a_server_asks_for_basic(status: int, challenge: str | None, wanted: bool) -> None:
    headers = CaseInsensitiveDict({"WWW-Authenticate": challenge} if challenge else {})
    assert wants_basic(Reply(status, headers, b"", "http://10.0.0.1:5051/state", None)) is wanted
