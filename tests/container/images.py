"""The images: Janitor's from the Dockerfile, what it is based on, and a ZooKeeper."""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.clock import HANGS
from tests.container.engine import Engine

ROOT = Path(__file__).parents[2]
OFFICIAL_ZOOKEEPER = "zookeeper:3.8"
BASE_PACKAGES = ("ca-certificates", "python3", "python3-pip", "python3-venv")
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
CA_IN_IMAGE = "/usr/local/share/pip-ca.crt"
PULL_PATIENCE = 180.0
BUILD_PATIENCE = 900.0
ATTEMPTS = 2

ZOOKEEPER = """
FROM {base}
RUN apt-get update \\
 && apt-get install -y --no-install-recommends default-jre-headless libslf4j-java libzookeeper-java \\
 && rm -rf /var/lib/apt/lists/*
CMD exec java $JVMFLAGS -cp /usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar \\
    org.apache.zookeeper.server.ZooKeeperServerMain /conf/zoo.cfg
"""
"""Debian's ZooKeeper, which reads /conf/zoo.cfg as the official image does, and takes JVMFLAGS as it does."""


class NoImage(Exception):
    """It can neither be pulled nor built here; the message says why."""


def base_image(engine: Engine) -> str:
    """What Janitor's image is based on: the Dockerfile's default, or one made here where that cannot be had."""
    if named := os.environ.get("JANITOR_TEST_BASE_IMAGE"):
        return named
    default = re.search(r"^ARG BASE_IMAGE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert default is not None
    made_here = _debian_tag() if _may_make_debian() else ""
    if _have(engine, default[1]) or (not _have(engine, made_here) and _pulled(engine, default[1])):
        return default[1]
    if not made_here:
        raise NoImage(
            "the base image can neither be pulled nor made: that needs Debian, root and mmdebstrap; "
            "JANITOR_TEST_BASE_IMAGE names another one"
        )
    if not _have(engine, made_here):
        _make_debian(engine, made_here)
    return made_here


def janitor_image(engine: Engine, base: str) -> str:
    """Janitor's image, of the tree as it is. The engine keeps the layers: an unchanged one costs a second."""
    network = ["--network", "host"] if engine.own else []  # its bridge leads nowhere
    tag = "janitor:latest" if engine.own else "janitor-tests/janitor:latest"
    words = ["build", *network, "--build-arg", f"BASE_IMAGE={base}", "--tag", tag, str(ROOT)]
    build(engine, words)
    return tag


def zookeeper_image(engine: Engine, base: str) -> str:
    """A ZooKeeper: the official one, or Debian's package on `base` where that cannot be had."""
    tag = "janitor-tests/zookeeper:latest"
    if _have(engine, OFFICIAL_ZOOKEEPER) or (not _have(engine, tag) and _pulled(engine, OFFICIAL_ZOOKEEPER)):
        return OFFICIAL_ZOOKEEPER
    network = ["--network", "host"] if engine.own else []
    build(engine, ["build", *network, "--tag", tag, "-"], ZOOKEEPER.format(base=base))
    return tag


def build(engine: Engine, words: list[str], dockerfile: str | None = None) -> None:
    """Build an image. A download that fails is tried once more, on top of what was built by then. Raises NoImage."""
    for _ in range(ATTEMPTS):
        built = engine.docker(*words, timeout=BUILD_PATIENCE, stdin=dockerfile, check=False)
        if built.returncode == 0:
            return
    if built.returncode != 0:
        said = "\n".join((built.stdout + built.stderr).splitlines()[-30:])
        raise NoImage(f"docker {' '.join(words)} failed:\n{said}")


def _have(engine: Engine, name: str) -> bool:
    return bool(name) and engine.docker("image", "inspect", name, check=False).returncode == 0


def _pulled(engine: Engine, name: str) -> bool:
    try:
        return engine.docker("pull", "--quiet", name, timeout=PULL_PATIENCE, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _may_make_debian() -> bool:
    return shutil.which("mmdebstrap") is not None and os.geteuid() == 0


def _debian_tag() -> str:
    """The name of a base image made here, which says what is in it."""
    content = repr((_release(), BASE_PACKAGES, _pip_settings())).encode() + _bundle()
    return f"janitor-tests/base:{hashlib.sha256(content).hexdigest()[:16]}"


def _bundle() -> bytes:
    return Path(os.environ.get("PIP_CERT") or CA_BUNDLE).read_bytes()


def _make_debian(engine: Engine, tag: str) -> None:
    """This machine's release of Debian with Python, and what pip needs to get at packages from here."""
    with tempfile.TemporaryDirectory(prefix="janitor-base-") as name:
        directory = Path(name)
        (directory / "pip.conf").write_text(_pip_settings())
        (directory / "ca.crt").write_bytes(_bundle())
        archive = directory / "base.tar"
        made = subprocess.run(
            [
                *("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", f"--include={','.join(BASE_PACKAGES)}"),
                f"--customize-hook=upload {directory}/pip.conf /etc/pip.conf",
                f"--customize-hook=upload {directory}/ca.crt {CA_IN_IMAGE}",
                *(_release(), str(archive)),
            ],
            capture_output=True,
            text=True,
            timeout=BUILD_PATIENCE,
        )
        if made.returncode != 0:
            raise NoImage(f"mmdebstrap failed: {made.stderr.strip()[-2000:]}")
        engine.docker("import", str(archive), tag, timeout=BUILD_PATIENCE)


def _release() -> str:
    found = re.search(r"^VERSION_CODENAME=(\S+)$", Path("/etc/os-release").read_text(), re.MULTILINE)
    if found is None:
        raise NoImage("this Debian does not say which release it is, so no base image can be made")
    return found[1]


def _pip_settings() -> str:
    """What a pip.conf in the image has to say to do as the one here does; local folders are not there."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, timeout=HANGS
    )
    found: dict[str, str] = {}
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        found[key.rpartition(".")[2]] = str(ast.literal_eval(value))
    kept = {key: found[key] for key in ("index-url", "trusted-host", "proxy", "timeout") if key in found}
    extra = [url for url in found.get("extra-index-url", "").split() if not url.startswith("file:")]
    lines = ["[global]", f"cert = {CA_IN_IMAGE}", *(f"{key} = {value}" for key, value in sorted(kept.items()))]
    if extra:
        lines.append(f"extra-index-url = {' '.join(extra)}")
    return "\n".join([*lines, ""])
