"""A login page, or another program, in the place of a server: every client says so at once, and asks nobody again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from janitor.dcos.cosmos import Cosmos
from janitor.dcos.login import Login
from janitor.dcos.marathon import Marathon
from janitor.dcos.scheduler import Scheduler
from janitor.dcos.version import dcos_version
from janitor.errors import HttpStatus, JanitorError, Unreadable, ZooKeeperTrouble
from janitor.mesos.cluster import Agent, Counts, Flags, Unknown
from janitor.mesos.master import Master
from janitor.patience import Patience
from janitor.secret import Secret
from janitor.target import Credentials
from janitor.transport.again import again
from janitor.transport.http import Http
from janitor.zookeeper.ensemble import Care
from janitor.zookeeper.exhibitor import ExhibitorEnsemble
from janitor.zookeeper.explorer import Explorer
from tests.clock import HANGS
from tests.faults.conftest import MakeHttp
from tests.faults.wire import Answer, Request, Wire, WireServer, answer

PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in</body></html>"
LOGIN_PAGE = answer(200, PAGE, "Content-Type: text/html; charset=utf-8")
USER = Credentials(username="admin", password=Secret("correct horse battery"))
AGENT = Agent("S1", "10.0.0.7", "slave(1)@10.0.0.7:5051", True, False, "1.4.0", frozenset(), {})


@dataclass(frozen=True)
class Instead:
    """What answers in a server's place. `other`: a second server, to which it may redirect."""

    name: str
    answer: Callable[[str], Answer]


def redirects(status: int, location: str) -> Callable[[str], Answer]:
    """To a login page, at the same server or at `{other}`."""

    def to(other: str) -> Answer:
        def reply(wire: Wire, request: Request) -> None:
            page = request.target.startswith("/login")
            wire.send(LOGIN_PAGE if page else answer(status, b"", f"Location: {location.format(other=other)}"))

        return reply

    return to


def says(what: bytes) -> Callable[[str], Answer]:
    return lambda _: lambda wire, _: wire.send(what)


PAGES = (
    Instead("a login page", says(LOGIN_PAGE)),
    Instead("302 to a login page", redirects(302, "/login?redirect=/x")),
    Instead("303 to a login page", redirects(303, "/login")),
    Instead("307 to a login page", redirects(307, "/login")),
    Instead("302 to a login server", redirects(302, "{other}/oauth/login")),
    Instead("303 to a login server", redirects(303, "{other}/oauth/login")),
    Instead("307 to a login server", redirects(307, "{other}/oauth/login")),
    Instead(
        "302 to itself", lambda _: lambda wire, request: wire.send(answer(302, b"", f"Location: {request.target}"))
    ),
)
PROGRAM = Instead("another program", says(answer(200, b'{"hello":"world"}', "Content-Type: application/json")))

Call = Callable[[Http, str], object]


def master(http: Http, url: str) -> Master:
    """Reached through Admin Router, where a login page stands before everything."""
    return Master(http, f"{url}/mesos/master/", f"{url}/agent/")


CLIENTS: dict[str, Call] = {
    "GET_MASTER": lambda http, url: master(http, url).leader(),
    "GET_MASTER of a master at its own address": lambda http, url: Master(http, f"{url}/master/").leader(),
    "/slaves": lambda http, url: master(http, url).agents(),
    "GET_FRAMEWORKS": lambda http, url: master(http, url).frameworks(),
    "GET_OPERATIONS": lambda http, url: master(http, url).operations("1.9.0"),
    "Marathon's apps": lambda http, url: Marathon(http, f"{url}/service/marathon/v2/apps/").apps(),
    "a Marathon app": lambda http, url: Marathon(http, f"{url}/service/marathon/v2/apps/").app("kafka"),
    "removing a Marathon app": lambda http, url: Marathon(http, f"{url}/service/marathon/v2/apps/").remove("kafka"),
    "Cosmos": lambda http, url: Cosmos(http, f"{url}/").uninstall("kafka", "/kafka"),
    "a plan": lambda http, url: Scheduler(http, f"{url}/service/kafka/").plan("deploy"),
    "the plans": lambda http, url: Scheduler(http, f"{url}/service/kafka/").plans(),
    "the pods": lambda http, url: Scheduler(http, f"{url}/service/kafka/").pods(),
    "the framework's id": lambda http, url: Scheduler(http, f"{url}/service/kafka/").framework_id(),
    "forcing a step": lambda http, url: Scheduler(http, f"{url}/service/kafka/").force_complete("deploy", "p", "s"),
    "replacing a pod": lambda http, url: Scheduler(http, f"{url}/service/kafka/").replace_pod("kafka-0"),
    "the login": lambda http, url: Login(USER, f"{url}/acs/api/v1/auth/login", http).login(),
    "Exhibitor's stat": lambda http, url: Explorer(http, f"{url}/exhibitor/").stat("/dcos-service-kafka"),
    "Exhibitor's children": lambda http, url: Explorer(http, f"{url}/exhibitor/").children("/"),
    "Exhibitor's deletion": lambda http, url: Explorer(http, f"{url}/exhibitor/").delete("/dcos-service-kafka"),
    "the leader by Exhibitor": lambda http, url: exhibitor(http, url).master_id("/mesos"),
    "a look through Exhibitor": lambda http, url: exhibitor(http, url).look("/dcos-service-kafka"),
    "a removal through Exhibitor": lambda http, url: exhibitor(http, url).remove(
        "/dcos-service-kafka", 7, lambda *_: None, Care(even_live=True)
    ),
}
"""Every question whose answer a run cannot do without."""

SILENT_WHEN_DONE: dict[str, Call] = {"a teardown": lambda http, url: master(http, url).teardown("F1", "1.9.0")}
"""What is answered with an empty body: JSON in its place tells nothing."""


def exhibitor(http: Http, url: str) -> ExhibitorEnsemble:
    return ExhibitorEnsemble(http, f"{url}/exhibitor/", Patience(HANGS))


def asked(make_http: MakeHttp, call: Call, instead: Instead) -> tuple[JanitorError, list[Request], str]:
    """(the error, what the server was asked, its URL). A read is repeated as a look would."""
    with WireServer(LOGIN_PAGE) as other, WireServer(instead.answer(other.url)) as server:
        http = make_http(server.url)
        with pytest.raises((Unreadable, HttpStatus, ZooKeeperTrouble)) as caught:
            again(lambda: call(http, server.url), Patience(HANGS))
        assert other.requests == [] or instead.name.startswith("302 to a login server")
        return caught.value, server.requests, server.url


@pytest.mark.parametrize("instead", PAGES, ids=lambda instead: instead.name)
@pytest.mark.parametrize("call", {**CLIENTS, **SILENT_WHEN_DONE}.values(), ids={**CLIENTS, **SILENT_WHEN_DONE}.keys())
def test_a_login_page_is_told_at_once_with_its_url_and_the_way_out(
    make_http: MakeHttp, call: Call, instead: Instead
) -> None:
    error, requests, url = asked(make_http, call, instead)
    if isinstance(error, HttpStatus):
        assert not error.passes
    assert url in error.message
    assert any(words in error.message for words in ("login page?", "redirect"))
    assert error.remedy
    assert all(words in error.remedy for words in ("--username", "--dcos-url"))
    reads = requests[0].method == "GET" or b'"type":"GET_' in requests[0].body  # these follow a 302, a write does not
    assert len([one for one in requests if not one.target.startswith("/login")]) == (
        6 if instead.name == "302 to itself" and reads else 1
    )


@pytest.mark.parametrize("call", CLIENTS.values(), ids=CLIENTS.keys())
def test_another_program_is_told_at_once_with_its_url_and_the_way_out(make_http: MakeHttp, call: Call) -> None:
    error, requests, url = asked(make_http, call, PROGRAM)
    assert url in error.message
    assert "another shape than expected" in error.message
    assert error.remedy
    assert "--dcos-url" in error.remedy
    assert len(requests) == 1


NOTHING_TOLD = Counts(None, None, None, None, None, None)
"""A snapshot of metrics in which nothing of a master stands."""

WITNESSES: dict[str, Call] = {
    "the registry": lambda http, url: master(http, url).roll(),
    "/metrics": lambda http, url: master(http, url).counts(),
    "the tasks": lambda http, url: master(http, url).tasks(),
    "an agent's own state": lambda http, url: master(http, url).own_state(AGENT),
}


@pytest.mark.parametrize("instead", [*PAGES, PROGRAM], ids=lambda instead: instead.name)
@pytest.mark.parametrize("call", WITNESSES.values(), ids=WITNESSES.keys())
def test_a_witness_with_a_stand_in_is_unknown_at_once(make_http: MakeHttp, call: Call, instead: Instead) -> None:
    """Rule L4: what it would have told is told by something else, or it is said why it cannot be known."""
    with WireServer(LOGIN_PAGE) as other, WireServer(instead.answer(other.url)) as server:
        http = make_http(server.url)
        said = again(lambda: call(http, server.url), Patience(HANGS))
    if isinstance(said, Counts):
        assert said == NOTHING_TOLD
    else:
        assert isinstance(said, Unknown)
        assert server.url in said.why
    assert len([one for one in server.requests if not one.target.startswith("/login")]) in (1, 6)


@pytest.mark.parametrize("instead", [*PAGES, PROGRAM], ids=lambda instead: instead.name)
def test_flags_and_the_version_are_not_read_from_a_login_page(make_http: MakeHttp, instead: Instead) -> None:
    with WireServer(LOGIN_PAGE) as other, WireServer(instead.answer(other.url)) as server:
        http = make_http(server.url)
        flags = master(http, server.url).flags("leader")
        assert flags == Flags(unread=flags.unread)
        assert server.url in flags.unread
        assert dcos_version(http, f"{server.url}/dcos-metadata/") is None
