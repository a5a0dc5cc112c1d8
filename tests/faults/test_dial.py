"""Connections that cannot be made: the reason is told once, and nothing is asked again at full speed."""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Self

import pytest

from janitor.errors import Unreachable
from janitor.transport import dial
from tests.faults.conftest import MakeHttp
from tests.faults.wire import WireServer, answer

REAL_LOOK_UP = socket.getaddrinfo
REAL_SOCKET = socket.socket


def names(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[socket.AddressFamily, str, int]) -> None:
    """Every name has these addresses, in this order."""

    def look_up(host: str, port: int, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> object:
        if flags & socket.AI_NUMERICHOST:
            return REAL_LOOK_UP(host, port, family, type, proto, flags)
        return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for family, address, port in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.fixture
def no_ipv6(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A kernel without IPv6; gives the families that were asked for."""
    asked: list[int] = []

    def made(family: int = socket.AF_INET, type: int = socket.SOCK_STREAM) -> socket.socket:
        asked.append(family)
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
        return REAL_SOCKET(family, type)

    monkeypatch.setattr(dial, "new_socket", made)
    return asked


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port at which nobody listens: it is bound, and not listened to."""
    with REAL_SOCKET() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("first", [socket.AF_INET, socket.AF_INET6])
def test_without_ipv6_the_refusal_at_the_ipv4_address_is_told(
    make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch, no_ipv6: list[int], nobody: int, method: str, first: int
) -> None:
    both = [(socket.AF_INET, "127.0.0.1", nobody), (socket.AF_INET6, "::1", nobody)]
    names(monkeypatch, *sorted(both, key=lambda one: one[0] != first))
    with pytest.raises(Unreachable, match="connection refused") as caught:
        make_http().request(method, f"http://both.example:{nobody}/")
    assert not caught.value.sent
    assert sorted(no_ipv6) == [socket.AF_INET] * 2 + [socket.AF_INET6] * 2, "once for http, and once for https"


def test_without_ipv6_the_ipv4_address_answers(
    make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch, no_ipv6: list[int]
) -> None:
    with WireServer(answer(200, b"four")) as server:
        names(monkeypatch, (socket.AF_INET6, "::1", server.port), (socket.AF_INET, "127.0.0.1", server.port))
        assert make_http().request("GET", f"http://both.example:{server.port}/").body == b"four"
    assert no_ipv6 == [socket.AF_INET6, socket.AF_INET]


def test_with_an_ipv6_address_alone_the_systems_words_are_told(
    make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch, no_ipv6: list[int]
) -> None:
    names(monkeypatch, (socket.AF_INET6, "::1", 5050))
    with pytest.raises(Unreachable, match="address family not supported by protocol") as caught:
        make_http().request("GET", "http://six.example:5050/")
    assert not caught.value.sent
    assert no_ipv6 == [socket.AF_INET6], "asked once"


def test_what_is_said_of_the_missing_ipv6_hides_no_other_reason(
    make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(family: int, _type: int) -> socket.socket:
        number = errno.EAFNOSUPPORT if family == socket.AF_INET6 else errno.EHOSTUNREACH
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(dial, "new_socket", made)
    names(monkeypatch, (socket.AF_INET, "127.0.0.1", 5050), (socket.AF_INET6, "::1", 5050))
    with pytest.raises(Unreachable, match="no route to host"):
        make_http().request("GET", "http://both.example:5050/")


def _no_socket() -> Callable[..., socket.socket]:
    def made(*_: object) -> socket.socket:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    return made


def test_without_a_descriptor_left_it_is_said_once(make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "new_socket", _no_socket())
    with pytest.raises(Unreachable, match="too many open files") as caught:
        make_http().request("GET", "http://127.0.0.1:5050/")
    assert (caught.value.sent, caught.value.remedy) == (
        False,
        "This process may open no more files. Raise the limit: ulimit -n 4096. "
        "Or send fewer requests at a time: --concurrency 4",
    )


def test_a_socket_that_cannot_be_watched_is_closed(make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second descriptor of a connection is the one too many."""
    made: list[socket.socket] = []

    class Sole(socket.socket):
        def dup(self) -> Self:
            made.append(self)
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(dial, "new_socket", Sole)
    with WireServer(answer()) as server, pytest.raises(Unreachable, match="too many open files"):
        make_http().request("GET", server.url)
    assert [sock.fileno() for sock in made] == [-1]


def test_a_look_up_that_gets_no_thread_is_told(make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    real = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        if thread.name == "janitor-look-up":
            raise RuntimeError("can't start new thread")
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(Unreachable, match=r"leader\.mesos cannot be looked up: no thread is left") as caught:
        make_http().request("GET", "http://leader.mesos:5050/")
    assert not caught.value.sent
