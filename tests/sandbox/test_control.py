"""A verb is declared once, where the server does it; the client has it from there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
import requests

from janitor.sandbox.control_wire import ControlError, ControlServer, Remote, awaited
from janitor.sandbox.serve import Host
from tests.clock import HANGS


class Verbs:
    """Two verbs; `asked` is what has come to them."""

    def __init__(self, asked: list[object]) -> None:
        self.asked = asked

    def add(self, first: int, second: int = 2, *, third: int = 3, **more: int) -> int:
        """A sum; nothing may be negative."""
        self.asked.append((first, second, third, more))
        if first < 0:
            raise ValueError("negative")
        return first + second + third + sum(more.values())

    @awaited
    async def greet(self, name: str) -> str:
        """The server waits for it."""
        return f"Hello, {name}!"

    def _hidden(self) -> None:
        self.asked.append("hidden")


class Client(Remote, Verbs, room="sums"):
    """The same two."""


@pytest.fixture
def asked() -> list[object]:
    return []


@pytest.fixture
def url(asked: list[object]) -> Iterator[str]:
    host = Host()
    host.start()
    try:
        server = ControlServer()
        server.mount("sums", Verbs(asked))
        yield host.serve(server.app()).url
    finally:
        host.stop()


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with closing(Client(url)) as client:
        yield client


def test_arguments_go_as_they_were_given_and_defaults_stay_the_servers(client: Client, asked: list[object]) -> None:
    assert client.add(1) == 6
    assert client.add(1, 1, third=1, fourth=4, rest=3) == 10
    assert client.add(second=0, first=0) == 3
    assert asked == [(1, 2, 3, {}), (1, 1, 1, {"fourth": 4, "rest": 3}), (0, 0, 3, {})]


def test_a_verb_that_takes_time_is_waited_for(client: Client) -> None:
    assert client.greet("Ada") == "Hello, Ada!"


def test_arguments_that_a_verb_has_not_are_told_before_anything_is_sent(client: Client, asked: list[object]) -> None:
    with pytest.raises(TypeError, match="first"):
        client.add()  # type: ignore[call-arg]
    assert asked == []


def test_what_the_server_refuses_names_the_verb(client: Client) -> None:
    with pytest.raises(ControlError, match=r"sums/add: ValueError\('negative'\)"):
        client.add(-1)


def test_a_batch_is_one_request_in_its_order(client: Client, asked: list[object]) -> None:
    with client.batch():
        client.add(1)
        client.add(2)
        assert asked == []
    assert asked == [(1, 2, 3, {}), (2, 2, 3, {})]


@pytest.mark.parametrize("verb", ["_hidden", "__init__", "nothing"])
def test_only_verbs_can_be_called(url: str, verb: str, asked: list[object]) -> None:
    answer = requests.post(f"{url}/sums/{verb}", json={}, timeout=HANGS)
    assert answer.status_code == 400
    assert answer.json() == {"error": f"sums/{verb}: ValueError('no verb sums/{verb}')"}
    assert asked == []
