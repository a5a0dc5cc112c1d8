"""A certificate for the sandbox that signs itself, made by the openssl command: for rehearsals over https."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


class NoCertificate(Exception):
    """It cannot be made here; the message says why."""


NAMES = ("localhost", "leader.mesos", "master.mesos", "marathon.mesos")
"""What a sandbox may be called: the names of DC/OS, where somebody has them resolve to it."""


def make_certificate(directory: Path, address: str = "127.0.0.1") -> tuple[str, str]:
    """Write a certificate, which is its own CA, and its key into `directory`; their paths. Raises NoCertificate.

    It is good for the IPv4 `address`, 127.0.0.1 and `NAMES`.
    """
    if shutil.which("openssl") is None:
        raise NoCertificate("there is no openssl command (Debian: apt-get install openssl)")
    certificate, key = directory / "ca.crt", directory / "server.key"
    names = [f"IP:{each}" for each in sorted({"127.0.0.1", address})] + [f"DNS:{name}" for name in NAMES]
    subject = ["-subj", "/CN=janitor sandbox", "-addext", f"subjectAltName={','.join(names)}"]
    files = ["-out", str(certificate), "-keyout", str(key)]
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *subject, *files],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise NoCertificate(f"openssl failed: {made.stderr.strip().splitlines()[-1:]}")
    return str(certificate), str(key)
