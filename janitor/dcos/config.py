"""The DC/OS CLI's own files: which cluster it is attached to, its URL, token and CA (dcos-cli: dcos/config.py).

New: `~/.dcos/clusters/<id>/dcos.toml`, the current one marked by an empty file `attached` beside it. Old (CLI before
0.5): `$DCOS_CONFIG` or `~/.dcos/dcos.toml`, read only where there is no `clusters` folder. Nothing is written.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from janitor.dcos.endpoints import cluster_url
from janitor.errors import UsageError
from janitor.message import Again, do
from janitor.namedfile import Reading, read_named
from janitor.secret import Secret
from janitor.target import Target
from janitor.transport.advice import CLUSTER
from janitor.words import called, listed

SETUP = "dcos cluster setup URL"

LARGEST = 1024 * 1024
"""More bytes than this are no dcos.toml."""

_FALSE = ("false", "0", "no", "off")
_TRUE = ("", "true", "1", "yes", "on")


@dataclass(frozen=True, slots=True)
class CliCluster:
    """A cluster that the DC/OS CLI knows, by its file or by what it hands to its plugins in the environment.

    ca_cert   a PEM file, None for the usual CAs
    insecure  set up without verification; `said_by` is what said so
    """

    name: str
    url: str
    token: Secret | None
    ca_cert: str | None
    insecure: bool
    said_by: str

    def of(self, target: Target) -> Target:
        """This cluster as the target; a login and a CA that were given go before its own.

        Raises UsageError where it is set up without verification, and nobody said so for this run.
        """
        if self.insecure and not target.insecure and target.ca_cert is None:
            raise UsageError(
                f"The DC/OS CLI's cluster {self.name} is set up without verification ({self.said_by}).",
                remedy=do("Name its CA:", Again("--ca-cert", "FILE")).also("Or say so here, too:", Again("--insecure")),
            )
        given = target.credentials
        if not given.token and not given.can_log_in:
            given = replace(given, token=self.token)
        return replace(target, dcos_url=self.url, credentials=given, ca_cert=target.ca_cert or self.ca_cert)


def attached_cluster(
    environ: Mapping[str, str], home: Path | None = None, reading: Reading | None = None
) -> CliCluster | None:
    """The cluster that the DC/OS CLI would talk to; None when it knows none.

    home: the user's, None where HOME tells it. environ: DCOS_DIR, DCOS_CONFIG, DCOS_CLUSTER (a name or an id), and
    what goes before the file: DCOS_URL or DCOS_DCOS_URL, DCOS_ACS_TOKEN or DCOS_DCOS_ACS_TOKEN, DCOS_SSL_VERIFY,
    DCOS_TLS_INSECURE, DCOS_TLS_CA_PATH. A token of the file goes to the file's own cluster only, whatever URL the
    environment names. Raises UsageError when several clusters are attached, when DCOS_CLUSTER names none, and for a
    folder or a file that cannot be read; BadUrl for a URL that is none, or that holds a password.
    """
    reading = reading or Reading()
    variable = next((name for name in ("DCOS_URL", "DCOS_DCOS_URL") if environ.get(name)), None)
    named = cluster_url(environ[variable], variable) if variable is not None else ""
    token = environ.get("DCOS_ACS_TOKEN") or environ.get("DCOS_DCOS_ACS_TOKEN") or ""
    home = home or Path(environ.get("HOME") or "/nonexistent")
    folder = Path(environ.get("DCOS_DIR") or home / ".dcos")
    path = _chosen(folder, environ, reading)
    if path is None:
        if not named:
            return None
        ca_cert, insecure, said_by = _verified({}, environ, folder)
        return CliCluster(named, named, Secret(token) if token else None, ca_cert, insecure, said_by)
    core, name = _read(path, reading)
    url = cluster_url(core["dcos_url"], f"{path} (core.dcos_url)") if core.get("dcos_url") else ""
    if not (named or url):
        raise UsageError(f"{path} names no cluster (core.dcos_url).", remedy=do("Attach one:", SETUP))
    elsewhere = bool(named) and named.lower() != url.lower()
    if not elsewhere:
        token = token or core.get("dcos_acs_token", "")
    ca_cert, insecure, said_by = _verified({} if elsewhere else core, environ, path.parent)
    title = named if elsewhere else called(name or path.parent.name)
    return CliCluster(title, named or url, Secret(token) if token else None, ca_cert, insecure, said_by)


def _chosen(folder: Path, environ: Mapping[str, str], reading: Reading) -> Path | None:
    """The dcos.toml that counts."""
    known = _known(folder / "clusters")
    if known is None:
        old = Path(environ.get("DCOS_CONFIG") or folder / "dcos.toml")
        return old if _there(old) else None
    wanted = environ.get("DCOS_CLUSTER")
    if wanted:
        found = [path for path in known if wanted in (path.parent.name, _read(path, reading)[1])]
        if len(found) != 1:
            names = listed((_read(path, reading)[1] or path.parent.name for path in known), 20)
            how = "no cluster" if not found else "several clusters"
            raise UsageError(
                f"DCOS_CLUSTER={called(wanted)} names {how} of the DC/OS CLI's.", remedy=f"It knows: {names}."
            )
        return found[0]
    attached = [path for path in known if _there(path.parent / "attached")]
    if len(attached) > 1:
        names = listed((_read(path, reading)[1] or path.parent.name for path in attached), 20)
        raise UsageError(
            f"Several clusters are attached: {names}.", remedy=do("Choose one:", "dcos cluster attach NAME")
        )
    if attached:
        return attached[0]
    return known[0] if len(known) == 1 else None


def _known(clusters: Path) -> list[Path] | None:
    """The dcos.toml of each cluster, in order; None where there is no folder of clusters."""
    try:
        names = sorted(os.listdir(clusters))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(clusters, error) from None
    return [path for name in names if _there(path := clusters / name / "dcos.toml")]


def _there(path: Path) -> bool:
    """Whether there is such a file. One that cannot be looked at is not "not there"."""
    try:
        return not stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError | ValueError) -> UsageError:
    reason = error.strerror or "" if isinstance(error, OSError) else "not a file name"
    return UsageError(
        f"The DC/OS CLI's {path} cannot be read.",
        why=reason,
        remedy=do("Is HOME another user's (sudo)? Name the cluster:", CLUSTER).also(
            "Or name the folder of the DC/OS CLI:", "export DCOS_DIR=FOLDER"
        ),
    )


def _read(path: Path, reading: Reading) -> tuple[dict[str, str], str]:
    """(the section core, the cluster's name), values as text. Raises UsageError; never shows what is in the file."""
    try:
        content = tomllib.loads(read_named(str(path), str(path), reading, most=LARGEST).decode("utf-8"))
    except UnicodeDecodeError:
        raise UsageError(f"{path} cannot be read.", why="not UTF-8") from None
    except (ValueError, RecursionError):  # a TOMLDecodeError, or a number that no int may be
        raise UsageError(f"{path} is not TOML.", remedy=do("Set the cluster up again:", SETUP)) from None
    core, cluster = content.get("core", {}), content.get("cluster", {})
    if not isinstance(core, dict) or not isinstance(cluster, dict):
        raise UsageError(f"{path}: core and cluster are not sections.")
    return {key: _text(value) for key, value in core.items()}, _text(cluster.get("name", ""))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _verified(core: Mapping[str, str], environ: Mapping[str, str], folder: Path) -> tuple[str | None, bool, str]:
    """(CA file, insecure, what said so): the environment first, then core.ssl_verify: true, false, or a file.

    The cluster's own CA lies beside its dcos.toml (dcos_ca.crt).
    """
    if environ.get("DCOS_TLS_INSECURE", "").lower() in _TRUE[1:]:
        return None, True, "DCOS_TLS_INSECURE"
    if ca_path := environ.get("DCOS_TLS_CA_PATH"):
        return ca_path, False, "DCOS_TLS_CA_PATH"
    said_by = "DCOS_SSL_VERIFY" if environ.get("DCOS_SSL_VERIFY") else "core.ssl_verify"
    ssl_verify = environ.get("DCOS_SSL_VERIFY") or core.get("ssl_verify", "")
    if ssl_verify.lower() in _FALSE:
        return None, True, said_by
    if ssl_verify.lower() not in _TRUE:
        return ssl_verify, False, said_by
    beside = folder / "dcos_ca.crt"
    return (str(beside) if core and _there(beside) else None), False, said_by
