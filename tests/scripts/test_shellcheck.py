"""The shell scripts hold no mistake that shellcheck knows."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOR_ANY_SHELL = "scripts/uninstall-legacy"
"""Runs on laptops without bash."""


def shell_scripts() -> list[str]:
    found = []
    for path in sorted([*(ROOT / "scripts").rglob("*"), *(ROOT / ".ci").iterdir()]):
        if path.is_file() and path.suffix != ".pyc":
            first = path.read_text().partition("\n")[0]
            if (first.startswith("#!") and first.endswith("sh")) or first.startswith("# shellcheck shell="):
                found.append(str(path.relative_to(ROOT)))
    return found


def test_the_scripts_are_found() -> None:
    assert {".ci/run", "scripts/demo", "scripts/lib/docker.sh", "scripts/prepare.sh", FOR_ANY_SHELL} <= {
        *shell_scripts()
    }


@pytest.mark.parametrize("script", shell_scripts())
def test_shellcheck_has_nothing_to_say(script: str) -> None:
    if shutil.which("shellcheck") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("shellcheck is needed.")
        pytest.skip("There is no shellcheck here.")
    shell = ["--shell=sh"] if script == FOR_ANY_SHELL else []
    done = subprocess.run(["shellcheck", *shell, script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
