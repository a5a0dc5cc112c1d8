"""A kazoo client as it is used here: how long it tries is decided elsewhere, and it logs no credentials."""

from __future__ import annotations

import logging

from kazoo.client import KazooClient
from kazoo.protocol.serialization import SASL, Auth, Connect
from kazoo.retry import KazooRetry

from janitor.errors import Incomplete
from janitor.secret import Secret
from janitor.zookeeper.kazoohandler import ObservingHandler
from janitor.zookeeper.paths import Hosts, format_server

SESSION_TIMEOUT = 10.0
"""Seconds after which the server forgets us; kazoo's own default."""


def new_client(hosts: Hosts, handler: ObservingHandler, auth: Secret | None, *, sasl: bool = False) -> KazooClient:
    """A client that is not started; `auth` is "user:password" for the digest scheme, or with `sasl` for DIGEST-MD5.

    Raises Incomplete where SASL is asked for and the package that kazoo takes for it is not installed.
    """
    user, _, password = auth.reveal().partition(":") if auth else ("", "", "")
    if sasl:
        try:
            import puresasl  # noqa: F401  # kazoo says that it is missing after it has connected, and goes on trying
        except ModuleNotFoundError as error:
            raise Incomplete.of(error, extra="sasl") from None
    return KazooClient(
        hosts=",".join(map(format_server, hosts.servers)),
        timeout=SESSION_TIMEOUT,
        handler=handler,
        auth_data=[("digest", auth.reveal())] if auth and not sasl else None,
        sasl_options={"mechanism": "DIGEST-MD5", "username": user, "password": password} if sasl else None,
        # It reconnects for ever, in its thread; how long that is awaited is decided here, by the patience.
        connection_retry=KazooRetry(max_tries=-1, delay=0.1, max_delay=1.0, sleep_func=handler.sleep_func),
        command_retry=KazooRetry(max_tries=0, sleep_func=handler.sleep_func),
        logger=_logger(),
    )


def _logger() -> logging.Logger:
    """Give kazoo a logger that stays quiet unless it is asked for, and that never shows credentials."""
    logger = logging.getLogger("janitor.zookeeper.kazoo")
    if not logger.filters:
        logger.addFilter(_presentable)
        # Without any handler, Python prints warnings to stderr by itself.
        logger.addHandler(logging.NullHandler())
        logging.getLogger("kazoo").addHandler(logging.NullHandler())
    return logger


def _presentable(record: logging.LogRecord) -> bool:
    """Drop what holds a password (digest, session), and warnings that become one error of ours, unless all is asked."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    if any(isinstance(argument, Auth | Connect | SASL) for argument in arguments) or "passwd" in str(record.msg):
        return False
    return record.levelno >= logging.ERROR or logging.getLogger(record.name).isEnabledFor(logging.INFO)
