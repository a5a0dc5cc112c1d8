"""Whom we trust: which hosts may get the token, and which certificates we believe."""

from __future__ import annotations

import contextlib
import os
import ssl
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field

import certifi

from janitor.errors import Untrusted, UsageError
from janitor.message import Again, do
from janitor.namedfile import Reading, read_named, told
from janitor.transport.urls import Origin, split

DCOS_CA_BUNDLE = "/run/dcos/pki/CA/ca-bundle.crt"
"""Where a DC/OS node keeps the CA of its own cluster."""

LARGEST = 16 * 1024 * 1024
"""More bytes than this are no bundle of certificates."""

_BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
_CA_REMEDY = do("Name the CA that signed it:", Again("--ca-cert", "FILE")).also(
    f"On a DC/OS node that file is {DCOS_CA_BUNDLE}. It has to be mounted when Janitor runs in a container."
)
# X509_V_ERR_*, openssl/x509_vfy.h
_REMEDIES = {
    9: "It is not valid yet: check this machine's clock.",
    10: "It has expired: renew it, or check this machine's clock.",
    62: "Use a host name that the certificate is made for.",
    64: "Use a host name or an address that the certificate is made for.",
}


@dataclass(frozen=True, slots=True)
class Tls:
    """How certificates are checked, and which one is shown to a server that asks.

    `ca_cert` is a PEM file that is believed instead of the usual bundle. `insecure` checks nothing; whoever asks for it
    announces it on every run (rule C4). `client_cert` is a PEM file with our own certificate, `client_key` one with its
    key, where that is not in the same file. `reading`: how such a file is read. `options`: those that name the three,
    for messages.
    """

    ca_cert: str | None = None
    insecure: bool = False
    client_cert: str | None = None
    client_key: str | None = None
    reading: Reading | None = field(default=None, compare=False)
    options: tuple[str, str, str] = ("--ca-cert", "--client-cert", "--client-key")

    def context(self) -> ssl.SSLContext:
        """What a connection is made with.

        Without `ca_cert`: the bundle named by REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE or SSL_CERT_FILE (the first that is
        set), else certifi's, as the original's library has it; and the CA of the DC/OS node that we run on, if any.
        Raises UsageError for a file that is missing, unreadable, or not certificates.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        reading = self.reading or Reading()
        if self.client_cert is not None:
            _show(context, self.client_cert, self.client_key, self.options[1:], reading)
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        if self.ca_cert is not None:
            _load(context, self.ca_cert, self.options[0], reading)
            return context
        variable = next((name for name in _BUNDLE_VARIABLES if os.environ.get(name)), None)
        if variable is None:
            context.load_verify_locations(cafile=certifi.where())
        else:
            _load(context, os.environ[variable], variable, reading, folder=True)
        # An extra: where it cannot be read, the certificate will not be trusted and the message says what to do.
        with contextlib.suppress(OSError):
            context.load_verify_locations(cafile=DCOS_CA_BUNDLE)
        return context


def _load(context: ssl.SSLContext, path: str, named_by: str, reading: Reading, *, folder: bool = False) -> None:
    named = f"{named_by} {path}"
    with told(named):
        if folder and stat.S_ISDIR(os.stat(path).st_mode):
            context.load_verify_locations(capath=path)
            return
    content = read_named(path, named, reading, most=LARGEST)
    try:
        # Read by us, since OpenSSL waits for a pipe for ever. What is not ASCII can only be a comment.
        context.load_verify_locations(cadata=content.decode("ascii", "replace").replace("\ufffd", "?"))
    except (ssl.SSLError, ValueError):
        raise UsageError(f"{named} holds no PEM certificates.") from None


def _show(context: ssl.SSLContext, cert: str, key: str | None, options: tuple[str, ...], reading: Reading) -> None:
    """Have `context` show this certificate to a server that asks for one. Raises UsageError."""
    for_cert, for_key = options
    both = f"{for_cert} {cert}" if key is None else f"{for_cert} {cert} with {for_key} {key}"
    for named, path, wanted in (
        (for_cert, cert, b"CERTIFICATE-----"),
        (for_cert if key is None else for_key, key or cert, b"PRIVATE KEY-----"),
    ):
        if wanted not in read_named(path, f"{named} {path}", reading, most=LARGEST):
            what = "certificate" if wanted.startswith(b"C") else "private key"
            name_it = do("Name the file that has it:", Again(for_key, "FILE"))
            remedy = None if key is not None or what == "certificate" else name_it
            raise UsageError(f"{named} {path} holds no {what} in PEM.", remedy=remedy)
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise UsageError(f"{named} {path} is no regular file, which OpenSSL wants.")

    def no_passphrase() -> str:
        raise UsageError(f"{both}: the key has a passphrase, and Janitor cannot ask for one.")

    try:
        context.load_cert_chain(cert, key, password=no_passphrase)
    except ssl.SSLError as error:
        mismatch = "MISMATCH" in (error.reason or "")
        why = "the key does not belong to the certificate" if mismatch else "it cannot be read"
        raise UsageError(f"{both}: {why}.") from None


OWN_REMEDY = do(
    "If it wants a certificate, give one that it accepts, with its key:",
    Again("--client-cert", "FILE", "--client-key", "FILE"),
)
_REFUSES_OURS = ("ALERT_CERTIFICATE_", "ALERT_BAD_CERTIFICATE", "ALERT_UNSUPPORTED_CERTIFICATE", "ALERT_UNKNOWN_CA")
"""What OpenSSL calls a server's alert about our certificate, or its absence."""


def refuses_ours(where: str, error: ssl.SSLError) -> Untrusted | None:
    """The error for a server that does not accept our certificate, or wants one; None when it is something else."""
    reason = error.reason or ""
    if not any(each in reason for each in _REFUSES_OURS):
        return None
    why = reason.partition("ALERT_")[2].lower().replace("_", " ")
    return Untrusted(
        f"{where}: the server does not accept our TLS certificate, or wants one: {why}.",
        sent=False,
        remedy=OWN_REMEDY,
    )


def untrusted(where: str, error: ssl.SSLCertVerificationError) -> Untrusted:
    """The certificate shown at `where` was not believed: what is wrong with it, and what to do."""
    words = (error.verify_message or "certificate verify failed").rstrip(".")
    return Untrusted(
        f"{where}: the TLS certificate cannot be verified.",
        why=words,
        sent=False,
        remedy=_REMEDIES.get(error.verify_code, _CA_REMEDY),
    )


class Trust:
    """Which origins may be sent the token: those the operator named, and those a named master's redirect gave.

    An origin is scheme, host *and port*: another port of the same machine can be anybody's task. Names are compared as
    written, never by address: a name is what a certificate is made for, and what the operator decided on. The one
    freedom is upwards: what was named with http may also get it over https, on the same port, or on 443 where the
    port was http's default (rule C4). Never downwards.
    """

    def __init__(self, named: Iterable[str], *, tls: Tls | None = None) -> None:
        self.tls = tls or Tls()
        self._named: set[Origin] = set()
        self._learned: set[Origin] = set()
        for url in named:
            self.name(url)

    def name(self, url: str) -> None:
        """The operator named the origin of `url`: in so many words, or by a place that says where it is."""
        origin, _ = split(url)
        self._named |= {origin, origin.secured()}

    def named(self, url: str) -> bool:
        """Whether the operator named the origin of `url`."""
        return split(url)[0] in self._named

    def may_have_token(self, url: str) -> bool:
        """Whether the token may go to `url`."""
        origin, _ = split(url)
        return origin in self._named or origin in self._learned

    def learn(self, url: str) -> None:
        """Trust the origin of `url` for the rest of the run: a named master says that the leader is there."""
        origin, _ = split(url)
        self._learned |= {origin, origin.secured()}


class TrustWhoIsAsked(Trust):
    """The login goes to whoever is asked. For requests that never leave their origin (`stays` of `Http.request`)."""

    def __init__(self, *, tls: Tls) -> None:
        super().__init__((), tls=tls)

    def may_have_token(self, url: str) -> bool:  # noqa: ARG002  # it does not depend on it
        """Yes: whoever asks says whom."""
        return True
