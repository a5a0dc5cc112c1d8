"""A secret, or a list, from a file: never echoed, and every way in which the file can be wrong has its line."""

from __future__ import annotations

import json
from dataclasses import dataclass

from janitor.errors import UsageError
from janitor.message import Again, do
from janitor.namedfile import Reading, read_named
from janitor.secret import Secret
from janitor.words import foreign

LARGEST = 64 * 1024
"""More bytes than this are no token."""


def read_secret(path: str, source: str, reading: Reading) -> Secret:
    """Read one line, the newline at its end stripped; an empty file is an empty Secret (rule S3).

    `source` is what named the file, for messages. Raises UsageError for a directory, a missing or unreadable file, one
    that is too large, not text, or of several lines.
    """
    named = f"{source} {path}"
    line = _read(path, named, reading).rstrip("\r\n")
    if "\n" in line or "\r" in line:
        raise UsageError(f"{named} has several lines; one is wanted.")
    if not line.isprintable():
        raise UsageError(f"{named} has control characters in it; one line of text is wanted.")
    return Secret(line.strip())


def read_lines(path: str, source: str, reading: Reading) -> list[str]:
    """Read the lines of a list, without empty ones and those that begin with `#`.

    Raises UsageError for what cannot be read, and for a list with nothing in it: it was not meant to say nothing.
    """
    named = f"{source} {path}"
    lines = [line.strip() for line in _read(path, named, reading).splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise UsageError(f"{named} has no line that says anything.", remedy="Leave it out, or write a pattern into it.")
    return found


@dataclass(frozen=True, slots=True)
class Key:
    """A service account's private key (PEM), and its uid where the file tells it."""

    private_key: Secret
    uid: str = ""


def read_key(path: str, source: str, reading: Reading) -> Key:
    """Read a private key in PEM, or the service account's secret as DC/OS stores it (JSON with uid and private_key).

    Raises UsageError as `read_secret` does, and for a file that is neither.
    """
    named = f"{source} {path}"
    text = _read(path, named, reading)
    if text.lstrip().startswith("{"):
        try:
            content = json.loads(text)
            key, uid = str(content["private_key"]), str(content.get("uid", ""))
            uid.encode()  # JSON can write what is no text: half of a pair of surrogates
            return Key(Secret(key), uid)
        except (ValueError, KeyError, RecursionError):
            raise UsageError(f"{named} is not a service account's secret: JSON with private_key.") from None
    if "-----BEGIN" not in text:
        raise UsageError(f"{named} is neither a private key in PEM nor a service account's secret in JSON.")
    return Key(Secret(text))


def read_credential(path: str, source: str, principal: str, reading: Reading) -> tuple[str, Secret]:
    """Read a secret of Mesos, and the principal where the file tells it: as Mesos's own `--credential` has them.

    That is JSON with principal and secret, or both in a line, apart by blanks; else the line is the secret of
    `principal`. Raises UsageError as `read_secret` does, for a file that tells another principal than `principal` (""
    when none was given), or none, and for what Mesos cannot take: an empty secret, a colon.
    """
    named = f"{source} {path}"
    text = _read(path, named, reading)
    told, secret = principal, ""
    if text.lstrip().startswith("{"):
        try:
            content = json.loads(text)
            told, secret = str(content["principal"]), str(content["secret"])
            f"{told}{secret}".encode()  # JSON can write what is no text: half of a pair of surrogates
        except (ValueError, KeyError, RecursionError):
            raise UsageError(f"{named} is no credential of Mesos: JSON with principal and secret.") from None
    else:
        line = read_secret(path, source, reading).reveal()
        words = line.split()
        if len(words) == 2 and principal in ("", words[0]):
            told, secret = words
        else:
            secret = line
    if principal and told != principal:
        raise UsageError(f"{named} is the credential of another principal ({foreign(told, 80)}): which one is meant?")
    if not told or not secret:
        raise UsageError(
            f"{named} has no {'secret' if told else 'principal'} in it.",
            remedy=None if told else do("Name the principal whose secret it is:", Again("--mesos-principal", "NAME")),
        )
    if ":" in told or ":" in secret:
        where = "principal" if ":" in told else "secret"
        raise UsageError(f"{named}: the {where} has a colon in it, which Mesos never accepts over HTTP.")
    return told, Secret(secret)


def _read(path: str, named: str, reading: Reading) -> str:
    """The file's text. Raises UsageError for what cannot be read."""
    try:
        return read_named(path, named, reading, most=LARGEST).decode("utf-8-sig")  # as editors on Windows begin a file
    except UnicodeDecodeError:
        raise UsageError(f"{named} is not text.") from None
