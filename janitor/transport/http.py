"""One HTTP request: sent once, answered completely, or refused in plain words.

What this module does on its own: it logs in again after one 401, follows redirects where the token may go, tries https
where plain http finds no listener (rule C4), and repeats a GET whose kept-alive connection turned out to be dead.
Everything else that goes wrong is for whoever looks again (rule D4).
"""

from __future__ import annotations

import copy
import io
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from janitor import __version__
from janitor.errors import BadAnswer, Interrupted, JanitorError, NoAnswer, OutOfTime, Unreachable, Untrusted
from janitor.journal import UNRECORDED, Answer, Journal, Request
from janitor.message import Message
from janitor.patience import Patience
from janitor.transport.bodies import ANSWER, Body, BodyBudget, BudgetShare, content
from janitor.transport.connections import Adapter
from janitor.transport.failures import MAY_SPEAK_TLS, Dropped, Failures, explain
from janitor.transport.proxies import LOGIN_REMEDY, REMEDY, through
from janitor.transport.redirects import elsewhere, refused, takes_token
from janitor.transport.reply import Reply, epoch
from janitor.transport.trust import Trust
from janitor.transport.urls import Origin, shown, split
from janitor.transport.watchdog import RequestWatch, Watchdog
from janitor.words import foreign

__all__ = ["Authorizer", "Http", "Reply"]

MOST_HOPS = 5
READ_SECONDS = 60.0
"""What a GET may take; a write may have to wait for more than an answer."""


class Authorizer(Protocol):
    """Where the token comes from. Many threads may ask at once."""

    def header(self) -> str | None:
        """The value for Authorization ("token=<jwt>"), after a login if one is needed; None without any."""

    def renew(self, refused: str) -> str | None:
        """The value to use after a 401 for `refused`, by one new login for the whole run; None if there is none."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What does not change from hop to hop."""

    method: str
    query: str
    body: bytes | None
    content_type: str | None
    accept: str
    max_bytes: int
    into: Callable[[], Body]
    leader_redirects: bool
    stays: bool
    reads: bool

    def shown(self, origin: Origin, target: str) -> str:
        """What is sent, for the log: with the query that the caller made, but none that a redirect brought."""
        url = f"{origin}{target}"
        return foreign(url, 2000) if target.partition("?")[2] == self.query else shown(url)


@dataclass(frozen=True, slots=True)
class _TimeLimit:
    """Until when a request may take (monotonic seconds); `seconds` when that is shorter than the run's own time."""

    ends: float
    seconds: float | None


class Http:
    """The one door to everything that speaks HTTP. Used by many threads at once.

    `on_request` gets the method and the URL (never a credential) just before each sending, in the thread that sends.
    `redact` blanks out secrets of what a server says, before anything else is done with it. `journal` takes down the
    requests that are to be recorded, and their answers.
    """

    def __init__(
        self,
        *,
        trust: Trust,
        patience: Patience,
        authorizer: Authorizer | None = None,
        on_request: Callable[[str, str], None] | None = None,
        redact: Callable[[str], str] = str,
        journal: Journal = UNRECORDED,
    ) -> None:
        """Raises UsageError when the CA file that was asked for cannot be used."""
        self._trust = trust
        self._patience = patience
        self._authorizer = authorizer
        self._on_request = on_request
        self._redact = redact
        self._journal = journal
        self._adapter = Adapter(trust.tls)
        self._watchdog = Watchdog()
        self._budget = BodyBudget()
        self._speak_tls: set[Origin] = set()  # origins of http that only answer as https
        self._speak_http: set[Origin] = set()

    def with_patience(self, patience: Patience) -> Http:
        """The same connections and the same trust, with another deadline."""
        other = copy.copy(self)
        other._patience = patience
        return other

    def with_login(self, authorizer: Authorizer, trust: Trust) -> Http:
        """The same connections and the same deadline, with another login, which goes where `trust` says."""
        other = copy.copy(self)
        other._authorizer = authorizer
        other._trust = trust
        return other

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._adapter.close()
        self._watchdog.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        content_type: str | None = None,
        accept: str = "application/json",
        with_token: bool = True,
        leader_redirects: bool = False,
        stays: bool = False,
        reads: bool = False,
        limit: float | None = None,
        max_bytes: int = ANSWER,
        into: Callable[[], Body] = io.BytesIO,
        recorded: bool = False,
    ) -> Reply:
        """Send one request and give back the complete answer, also one of 4xx or 5xx.

        `limit`: seconds for all of it, never past the total deadline; a GET has a minute unless told, and a large
        answer more (`watchdog.LEAST_SPEED`). `max_bytes` bounds the body, decompressed; of an answer that is no success
        a long body is cut. `into` makes what the body of a success is written into, for each attempt anew: the reply
        has what that leaves of it.
        `leader_redirects`: the other side is a Mesos master; a 307 from one that was named leads to the leader, with
        the token. Any other redirect keeps the token where it stays at the same path of its origin (or goes from http
        to https of the same host); anywhere else only a GET is followed, without the token. Nothing goes from https to
        http. `stays`: never off the origin, not even without the token. `reads`: a POST that only asks; as a GET, it
        may be redirected, and answered without a frame, as by a proxy that speaks HTTP/1.0. `recorded`: it changes
        something, and the journal takes it down before it is sent, and what was answered.

        Raises Unreachable, Untrusted, BadAnswer, OutOfTime, Interrupted, and what the authorizer raises. `sent` on
        them is false when nothing can have reached the other side. NotRecorded: it was not sent, or not taken down what
        was answered; the message says which.
        """
        if method == "GET" and (body is not None or content_type is not None):
            raise ValueError("a GET has no body")
        self._patience.check(f"before asking {shown(url)}")
        left = self._patience.remaining()
        if limit is None and method == "GET":
            limit = READ_SECONDS
        if limit is not None and limit >= left:
            limit = None
        allowed = _TimeLimit(time.monotonic() + (left if limit is None else limit), limit)
        asked = _Request(
            method,
            split(url)[1].partition("?")[2],
            body,
            content_type,
            accept,
            max_bytes,
            into,
            leader_redirects,
            stays,
            reads or method == "GET",
        )
        authorizer = self._authorizer if with_token and self._trust.may_have_token(url) else None
        token = authorizer.header() if authorizer else None
        if recorded:
            return self._recorded(allowed, asked, url, authorizer, token)
        return self._with_login(allowed, asked, url, authorizer, token)

    def _recorded(
        self, allowed: _TimeLimit, asked: _Request, url: str, authorizer: Authorizer | None, token: str | None
    ) -> Reply:
        """Ask, with the request and its answer taken down."""
        number = self._journal.next_write()
        body = asked.body.decode("utf-8", "replace") if asked.body is not None else None
        at = asked.shown(*split(url))
        self._journal.record(Request(write=number, method=asked.method, url=at, body=body), sync=True)
        try:
            reply = self._with_login(allowed, asked, url, authorizer, token)
        except JanitorError as error:
            self._journal.record(Answer(write=number, status=None, words=foreign(error.message)), sync=True)
            raise
        self._journal.record(Answer(write=number, status=reply.status, words=foreign(reply.text, 2000)), sync=True)
        return reply

    def _with_login(
        self, allowed: _TimeLimit, asked: _Request, url: str, authorizer: Authorizer | None, token: str | None
    ) -> Reply:
        """Ask, and once more after one new login where the token was not accepted."""
        reply, last_token = self._ask_in_time(allowed, asked, url, token)
        if reply.status == 401 and authorizer and last_token is not None:
            renewed = authorizer.renew(last_token)
            if renewed is not None:
                reply, _ = self._ask_in_time(allowed, asked, url, renewed)
        return reply

    def _ask_in_time(
        self, allowed: _TimeLimit, asked: _Request, url: str, token: str | None
    ) -> tuple[Reply, str | None]:
        """Ask, and end it in time. Gives the token, too, when it went to whoever answered."""
        with self._watchdog.watch(self._patience, allowed.ends) as watch:
            try:
                return self._follow(watch, asked, url, token)
            except NoAnswer as error:
                if not watch.ended:
                    raise
                raise self._out_of_time(allowed, watch, url, error) from None

    def _out_of_time(
        self, allowed: _TimeLimit, watch: RequestWatch, url: str, error: NoAnswer
    ) -> NoAnswer | Interrupted:
        """Its time was over: what the socket said about that is no news."""
        late: NoAnswer
        if self._patience.stop.raised:
            return Interrupted(self._patience.stop.signum)
        if allowed.seconds is None or watch.ends >= watch.latest:
            late = OutOfTime(f"Out of time after {self._patience.timeout:g} s, waiting for {self._asked(url)}.")
        else:
            late = Unreachable(f"{self._asked(url)}: no answer within {allowed.seconds + round(watch.more):g} s.")
        late.sent, late.redirected = error.sent, error.redirected
        return late

    def _asked(self, url: str) -> str:
        """The URL as it may be shown, and through which proxy it is asked."""
        return f"{shown(url)}{through(self._adapter.proxy_of(split(url)[0]))}"

    def _follow(self, watch: RequestWatch, asked: _Request, url: str, token: str | None) -> tuple[Reply, str | None]:
        first = url
        for hop in itertools.count():
            try:
                reply = self._one_hop(watch, asked, url, token)
            except NoAnswer as error:
                error.redirected = hop > 0
                raise
            there = elsewhere(asked.method, reply, reads=asked.reads)
            if there is None:
                return replace(reply, asked=first) if hop else reply, token
            if hop == MOST_HOPS:
                raise refused(reply, there, f"after {MOST_HOPS} redirects: not followed")
            if not takes_token(
                self._trust,
                asked.method,
                reply,
                there,
                leader_redirects=asked.leader_redirects,
                stays=asked.stays,
            ):
                token = None
            url = there
        raise AssertionError("it returns, or raises")

    def _one_hop(self, watch: RequestWatch, asked: _Request, url: str, token: str | None) -> Reply:
        """One hop, over https where http finds nobody who speaks it (rule C4)."""
        origin, target = split(url)
        if origin in self._speak_tls:
            return self._over_a_live_connection(watch, asked, origin.secured(), target, token)
        try:
            reply = self._over_a_live_connection(watch, asked, origin, target, token)
        except MAY_SPEAK_TLS as plain:
            if origin.scheme == "https" or origin in self._speak_http or watch.ended:
                raise
            if self._adapter.proxy_of(origin) is not None:  # it is the proxy that does not speak HTTP
                raise
            reply = self._over_https(watch, asked, url, token, plain)
            self._speak_tls.add(origin)
        else:
            self._speak_http.add(origin)
        return reply

    def _over_https(self, watch: RequestWatch, asked: _Request, url: str, token: str | None, plain: NoAnswer) -> Reply:
        origin, target = split(url)
        try:
            return self._over_a_live_connection(watch, asked, origin.secured(), target, token)
        except Untrusted as error:
            raise Untrusted(_both(plain, error), sent=plain.sent, remedy=error.remedy) from None
        except NoAnswer as error:
            raise Unreachable(_both(plain, error), sent=plain.sent or error.sent) from None

    def _over_a_live_connection(
        self, watch: RequestWatch, asked: _Request, origin: Origin, target: str, token: str | None
    ) -> Reply:
        """Ask; a GET again when the connection was kept from an earlier request and died before answering.

        Each such attempt uses up one kept connection, so the last one is made over a new one. Only a GET: anything
        else may have had its effect.
        """
        while True:
            try:
                return self._send_once(watch, asked, origin, target, token)
            except Dropped:
                if asked.method != "GET" or watch.fresh or watch.ended:
                    raise

    def _send_once(self, watch: RequestWatch, asked: _Request, origin: Origin, target: str, token: str | None) -> Reply:
        url = f"{origin}{target}"
        proxy = self._adapter.proxy_of(origin)
        watch.begin_attempt(f"{shown(url)}{through(proxy)}")
        headers = {
            "Accept": asked.accept,
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": f"janitor/{__version__}",
        }
        if asked.content_type is not None:
            headers["Content-Type"] = asked.content_type
        if token is not None:
            headers["Authorization"] = token
        if self._on_request:
            self._on_request(asked.method, asked.shown(origin, target))
        try:
            answer = self._adapter.ask(asked.method, url, headers, asked.body)
            try:
                if watch.cut:
                    raise BadAnswer(f"{watch.shown_url}: the answer is cut off inside its headers.")
                share = BudgetShare(self._budget)
                body = content(
                    answer,
                    asked.method,
                    asked.max_bytes,
                    share,
                    watch.shown_url,
                    asked.into,
                    reads=asked.reads,
                    arrived=watch.arrived,
                )
                if watch.cut:
                    raise BadAnswer(f"{watch.shown_url}: the answer is cut off.")
            except BaseException:
                answer.close()
                raise
        except Failures as error:
            raise _by_proxy(explain(error, watch), proxy) from None
        except NoAnswer as error:
            raise _by_proxy(error, proxy) from None
        return Reply(
            answer.status,
            answer.headers,
            body,
            url,
            epoch(answer.headers.get("Date")),
            redact=self._redact,
            share=share,
            through=through(proxy),
            framed=_framed(answer.headers),
        )


def _both(plain: NoAnswer, over_tls: NoAnswer) -> Message:
    """What was said over http, and over https then."""
    return Message(plain.message.what, f"{plain.message.why or 'no answer'}; {over_tls.message}")


def _framed(headers: Mapping[str, str]) -> bool:
    """Whether an answer says where it ends."""
    return "Content-Length" in headers or "Transfer-Encoding" in headers


def _by_proxy(error: NoAnswer, proxy: str | None) -> NoAnswer:
    """The error, with what to do where a proxy was used, which may be none for this host."""
    if proxy is not None:
        error.remedy = error.remedy or (LOGIN_REMEDY if " 407 " in error.message else REMEDY)
    return error
