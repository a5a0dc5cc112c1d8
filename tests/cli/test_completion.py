"""Completion in real shells: what is offered after what was typed, by the script that `janitor completion` prints."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.terminal import janitor
from tests.clock import HANGS
from tests.terminal import Terminal

EXPECTED = [
    ("janitor pla", {"plan"}),
    ("janitor sta", {"status"}),
    ("janitor plan force", {"force-complete"}),
    ("janitor plan show --w", {"--watch"}),
    ("janitor --dry", {"--dry-run"}),
    ("janitor clean --any", {"--any-principal"}),
    ("janitor -r x --lost", {"--lost-agent"}),
    ("janitor uninstall kafka --leg", {"--legacy"}),
    ("janitor status --out", {"--output"}),
    ("janitor completion f", {"fish"}),
    ("janitor help pl", {"plan"}),
]
"""What is typed, and what it can only become."""


def shell_or_skip(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"There is no {name} here.", pytrace=False)
        pytest.skip(f"There is no {name} here. On Debian, as root: apt-get install {name}")
    return found


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("completion")
    written = {}
    for shell in ("bash", "zsh", "fish"):
        ran = janitor("completion", shell)
        assert (ran.status, ran.stderr) == (0, "")
        written[shell] = folder / f"janitor.{shell}"
        written[shell].write_text(ran.stdout)
    return written


def bash(script: Path, typed: str) -> set[str]:
    program = """
        source "$1"
        shift
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        _janitor
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    words = ["bash", "--norc", "-c", program, "bash", str(script), *typed.split(" ")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=HANGS, check=True)
    assert done.stderr == ""
    return set(done.stdout.split())


def fish(script: Path, typed: str) -> set[str]:
    words = ["fish", "--no-config", "-c", 'source $argv[1]; complete -C "$argv[2]"', str(script), typed]
    done = subprocess.run(words, capture_output=True, text=True, timeout=HANGS, check=True)
    assert done.stderr == ""
    return {line.partition("\t")[0].rstrip("=") for line in done.stdout.splitlines()}


class Zsh(Terminal):
    """A zsh on a terminal: only there it completes."""

    def __init__(self, script: Path) -> None:
        environ = {**os.environ, "TERM": "dumb", "PS1": "", "HOME": str(script.parent)}
        super().__init__(["zsh", "-f", "-i"], environ, columns=200)
        self.type(f"PS1=; autoload -Uz compinit && compinit -u -D; source '{script}'; echo REA''DY\n")
        self.until("READY\r")

    def completed(self, typed: str) -> str:
        """The line after the tab key; what is between the marks is what zsh makes of the line as words."""
        self.text = ""
        # ^A and ^E go to the ends of the line: it becomes an argument of echo, which tells what it was.
        self.type(f"{typed}\t\x01print -r -- '<\x05>'\n")
        self.until(">\r\n")
        return self.text.rpartition("\n<")[2].partition(">")[0]


@pytest.fixture
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A configuration file, named by the variable as in a shell's own start-up file."""
    file = tmp_path / "config.toml"
    file.write_text('profile = "east"\n[profiles.east]\ntimeout = "1h"\n[profiles."west-2"]  # the other one\n')
    monkeypatch.setenv("JANITOR_CONFIG", str(file))


@pytest.mark.usefixtures("profiles")
def test_every_shell_knows_the_profiles_of_the_configuration_file(scripts: dict[str, Path]) -> None:
    assert bash(scripts["bash"], "janitor status kafka --profile ") == {"east", "west-2"}
    assert bash(scripts["bash"], "janitor --profile w") == {"west-2"}
    if shutil.which("fish"):
        assert fish(scripts["fish"], "janitor status kafka --profile ") == {"east", "west-2"}
    if shutil.which("zsh"):
        with Zsh(scripts["zsh"]) as shell:
            assert shell.completed("janitor status --profile w").rstrip() == "janitor status --profile west-2"


@pytest.mark.parametrize(("typed", "offered"), EXPECTED)
def test_bash_completes(scripts: dict[str, Path], typed: str, offered: set[str]) -> None:
    assert bash(scripts["bash"], typed) == offered


@pytest.mark.parametrize(("typed", "offered"), EXPECTED)
def test_fish_completes(scripts: dict[str, Path], typed: str, offered: set[str]) -> None:
    shell_or_skip("fish")
    assert fish(scripts["fish"], typed) == offered


def test_zsh_completes(scripts: dict[str, Path]) -> None:
    shell_or_skip("zsh")
    with Zsh(scripts["zsh"]) as shell:
        for typed, offered in EXPECTED:
            (word,) = offered
            before = typed.rpartition(" ")[0]
            assert shell.completed(typed).rstrip(" =") == f"{before} {word}"


def test_bash_knows_the_verbs_the_values_and_the_files(scripts: dict[str, Path], tmp_path: Path) -> None:
    assert bash(scripts["bash"], "janitor plan ") == {"show", "force-complete"}
    assert bash(scripts["bash"], "janitor --output ") == {"transcript", "text", "json"}
    assert bash(scripts["bash"], "janitor scan --output ") == {"text", "json", "html", "openmetrics"}
    assert bash(scripts["bash"], "janitor plan show --output ") == {"text", "json"}
    assert bash(scripts["bash"], "janitor --output = js") == {"json"}  # bash itself parts a word at an equals sign
    assert bash(scripts["bash"], "janitor --role ") == set()
    (tmp_path / "ca.pem").touch()
    assert bash(scripts["bash"], f"janitor --ca-cert {tmp_path}/c") == {f"{tmp_path}/ca.pem"}
    assert "--override" not in bash(scripts["bash"], "janitor plan show --")


def test_the_script_for_bash_is_sound(scripts: dict[str, Path]) -> None:
    checker = shell_or_skip("shellcheck")
    done = subprocess.run([checker, str(scripts["bash"])], capture_output=True, text=True, timeout=HANGS)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_shell_that_is_not_known(scripts: dict[str, Path]) -> None:
    ran = janitor("completion", "tcsh")
    assert ran.status == 1
    assert "not one of bash, zsh, fish" in ran.stderr
