"""A token or a password from a file: never echoed, and every way in which the file can be wrong has its line."""

from __future__ import annotations

import json
from dataclasses import dataclass

from janitor.cli.environment import Environment
from janitor.errors import UsageError
from janitor.secret import Secret

LARGEST = 64 * 1024
"""More bytes than this are no token."""

STANDARD_INPUT = ("-", "/dev/stdin")  # by descriptor: a container's user may not open /dev/stdin again by its name


def read_secret(path: str, source: str, env: Environment) -> Secret:
    """Read one line, the newline at its end stripped; an empty file is an empty Secret.

    `source` is what named the file, for messages. Raises UsageError for a directory, a missing or unreadable file, one
    that is too large, not text, or of several lines.
    """
    named = f"{source} {path}"
    line = _read(path, named, env).rstrip("\r\n")
    if "\n" in line or "\r" in line:
        raise UsageError(f"{named} has several lines; one is wanted.")
    if not line.isprintable():
        raise UsageError(f"{named} has control characters in it; one line of text is wanted.")
    return Secret(line.strip())


@dataclass(frozen=True, slots=True)
class Key:
    """A service account's private key (PEM), and its uid where the file tells it."""

    private_key: Secret
    uid: str = ""


def read_key(path: str, source: str, env: Environment) -> Key:
    """Read a private key in PEM, or the service account's secret as DC/OS stores it (JSON with uid and private_key).

    Raises UsageError as `read_secret` does, and for a file that is neither.
    """
    named = f"{source} {path}"
    text = _read(path, named, env)
    if text.lstrip().startswith("{"):
        try:
            content = json.loads(text)
            return Key(Secret(str(content["private_key"])), str(content.get("uid", "")))
        except (ValueError, KeyError, RecursionError):
            raise UsageError(f"{named} is not a service account's secret: JSON with private_key.") from None
    if "-----BEGIN" not in text:
        raise UsageError(f"{named} is neither a private key in PEM nor a service account's secret in JSON.")
    return Key(Secret(text))


def _read(path: str, named: str, env: Environment) -> str:
    """The file's text. Raises UsageError for what cannot be read."""
    try:
        text = _standard_input(env) if path in STANDARD_INPUT else _file(path)
    except IsADirectoryError:
        raise UsageError(f"{named} is a directory; a file is wanted.") from None
    except FileNotFoundError:
        raise UsageError(
            f"{named}: there is no such file.",
            remedy="In a container, a file of the host has to be mounted: docker run -v HOST_FILE:FILE:ro ...",
        ) from None
    except PermissionError:
        raise UsageError(
            f"{named} cannot be read: this user may not.",
            remedy='In a container: docker run --user "$(id -u)" ..., or give it on standard input, with the file -.',
        ) from None
    except UnicodeDecodeError:
        raise UsageError(f"{named} is not text.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a file name"
        raise UsageError(f"{named} cannot be read: {reason}.") from None
    if len(text) > LARGEST:
        raise UsageError(f"{named} is too large; one line is wanted.")
    return text


def _file(path: str) -> str:
    with open(path, "rb") as file:
        return file.read(LARGEST + 1).decode("utf-8")


def _standard_input(env: Environment) -> str:
    return env.stdin.read(LARGEST + 1)
