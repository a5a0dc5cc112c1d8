"""The man page: man takes it without a word, and it has every command and every option."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from janitor.cli.arguments.options import OPTIONS
from janitor.cli.arguments.verbs import COMMANDS
from tests.cli.test_completion import shell_or_skip
from tests.clock import HANGS


def test_man_shows_every_command_and_every_option(tmp_path: Path) -> None:
    man = shell_or_skip("man")
    made = subprocess.run(
        [sys.executable, "-m", "janitor.cli.manpage"], capture_output=True, text=True, timeout=HANGS, check=True
    )
    written = tmp_path / "janitor.1"
    written.write_text(made.stdout)
    environment = {**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""}
    shown = subprocess.run(
        [man, "--warnings", "-l", str(written)], capture_output=True, text=True, timeout=HANGS, env=environment
    )
    assert (shown.returncode, shown.stderr) == (0, "")
    words = set(shown.stdout.replace(",", " ").split())
    assert {f"--{option.name}" for option in OPTIONS} - words == set()
    assert [name for name in COMMANDS if f"{name}" not in shown.stdout] == []
    assert "JANITOR_ROLE" in shown.stdout
