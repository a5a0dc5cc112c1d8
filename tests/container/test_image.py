"""The image: what is in it, who it runs as, and every way in which its command line is spelled in the wild."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from janitor import __version__
from tests.container.cluster import READ_ONLY, eventually
from tests.container.conftest import Janitor
from tests.container.documents import command
from tests.container.engine import Engine

LARGEST = 50_000_000
"""Bytes that the image may add to its base."""

ROOT = Path(__file__).parents[2]


def inspect(docker: Engine, name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(docker.docker("inspect", name).stdout)
    return found[0]


def in_shell(run: Janitor, script: str, *options: str) -> str:
    ran = run("/bin/sh", "-c", script, options=options)
    assert ran.status == 0, ran
    return ran.stdout


def test_it_adds_less_than_50_mb_to_its_base(docker: Engine, image: str, base: str) -> None:
    added = inspect(docker, image)["Size"] - inspect(docker, base)["Size"]
    assert 5_000_000 < added < LARGEST, f"{added / 1e6:.1f} MB"


def test_its_labels_are_those_of_oci(docker: Engine, image: str) -> None:
    labels = inspect(docker, image)["Config"]["Labels"]
    prefix = "org.opencontainers.image."
    assert labels[prefix + "title"] == "janitor"
    assert labels[prefix + "version"] == __version__
    assert labels[prefix + "licenses"] == "Apache-2.0"
    assert labels[prefix + "description"]
    assert labels[prefix + "revision"]


def test_it_does_not_run_as_root(docker: Engine, image: str, run: Janitor) -> None:
    user, group = inspect(docker, image)["Config"]["User"].split(":")
    assert user.isdecimal(), "a number, so that an orchestrator can see that it is not root's"
    assert in_shell(run, "id -u; id -g").split() == [user, group]
    assert user != "0"


def test_nothing_of_it_can_be_changed_by_its_user(run: Janitor) -> None:
    writable = in_shell(run, "find /opt /janitor.py /usr /etc -xdev \\( -type f -o -type d \\) -writable | head")
    assert writable == ""


def test_there_is_no_compiler_no_cache_and_no_source(run: Janitor) -> None:
    script = """
        for each in gcc cc g++ clang make ld; do command -v $each; done
        ls -d /build /opt/* /opt/janitor/lib/python3*/site-packages/pip* 2>/dev/null | grep -v '^/opt/janitor$'
        find / -xdev \\( -path '*/.cache/pip*' -o -name Dockerfile -o -name pyproject.toml \\) 2>/dev/null
        find /opt/janitor \\( -name '*.c' -o -name '*.h' -o -name '*.py[xi]' -o -name '*.pxd' -o -name '*.whl' \\
            -o -name '*.lock' -o -name tests \\)
        true
    """
    assert in_shell(run, script) == ""


def test_what_it_can_run_is_janitor(run: Janitor) -> None:
    assert in_shell(run, "cd /opt/janitor/bin && ls -d [!p]*").split() == ["entrypoint.py", "janitor"]


def test_what_is_installed_is_what_the_lock_names(run: Janitor) -> None:
    locked = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "docker/requirements.lock").read_text(), re.MULTILINE))
    listing = "print(*(f'{each.name.lower()}=={each.version}' for each in distributions()), sep='\\n')"
    ran = run("python", "-c", f"from importlib.metadata import distributions; {listing}")
    assert ran.status == 0, ran
    found = dict(line.split("==") for line in ran.stdout.split())
    assert {name.replace("_", "-").replace(".", "-") for name in found} == {*locked, "janitor"}
    assert {name: found.get(name, found.get(name.replace("-", "_"))) for name in locked} == locked
    assert found["janitor"] == __version__


def test_the_lock_has_a_hash_for_every_package() -> None:
    for name in ("requirements.lock", "build.lock"):
        blocks = re.split(r"^(?=[a-z])", (ROOT / "docker" / name).read_text(), flags=re.MULTILINE)[1:]
        assert blocks
        assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_lock_is_of_the_requirements_as_they_are() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + project["optional-dependencies"]["sandbox"]
    locked = re.findall(r"^([a-z0-9-]+)==", (ROOT / "docker/requirements.lock").read_text(), re.MULTILINE)
    names = {re.split(r"[\[<>=~! ]", each)[0].lower() for each in wanted}
    assert names <= set(locked), "./scripts/lock renews it"


@pytest.mark.parametrize(
    "words",
    [
        ("/janitor.py", "--version"),
        ("janitor", "--version"),
        ("--version",),
        ("version",),
        ("/bin/sh", "-c", "/janitor.py --version"),
        ("sh", "-c", "janitor --version"),
        ("python", "-m", "janitor", "--version"),
    ],
    ids=" ".join,
)
def test_every_spelling_is_the_same_program(run: Janitor, words: tuple[str, ...]) -> None:
    ran = run(*words, options=READ_ONLY)
    assert (ran.status, ran.stdout, ran.stderr) == (0, f"janitor {__version__}\n", "")


@pytest.mark.parametrize("entrypoint", ["/janitor.py", "janitor"])
def test_it_may_be_the_entrypoint_itself(run: Janitor, entrypoint: str) -> None:
    ran = run("--version", options=("--entrypoint", entrypoint))
    assert (ran.status, ran.stdout) == (0, f"janitor {__version__}\n")


def test_a_cmd_of_marathon_takes_the_entrypoints_place(run: Janitor) -> None:
    ran = run("-c", "/janitor.py --version", options=("--entrypoint", "/bin/sh"))
    assert (ran.status, ran.stdout) == (0, f"janitor {__version__}\n")


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("bash-completion/completions/janitor", "complete -F _janitor janitor janitor.py"),
        ("zsh/site-functions/_janitor", "#compdef janitor janitor.py"),
        ("fish/vendor_completions.d/janitor.fish", "complete -c janitor"),
        ("man/man1/janitor.1", ".TH JANITOR 1"),
    ],
)
def test_shells_and_man_find_what_they_read_of_it(docker: Engine, image: str, place: str, says: str) -> None:
    shown = docker.docker("run", "--rm", "--entrypoint", "cat", image, f"/usr/local/share/{place}")
    assert says in shown.stdout


@pytest.mark.parametrize("words", [(), ("/janitor.py",), ("janitor",)], ids=["nothing", "/janitor.py", "janitor"])
def test_without_arguments_it_shows_the_help(run: Janitor, words: tuple[str, ...]) -> None:
    ran = run(*words)
    assert ran.status == 1
    assert "Usage: janitor" in ran.stdout + ran.stderr


def test_a_mistyped_word_is_told_by_janitor_itself(run: Janitor) -> None:
    ran = run("/janitor.py", "--rle=kafka-role")
    assert ran.status == 1
    assert "--role" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    "words, status", [(("/no/such/program",), 127), (("/etc/passwd",), 126)], ids=["missing", "no program"]
)
def test_another_program_that_cannot_be_run_is_told_in_a_line(
    run: Janitor, words: tuple[str, ...], status: int
) -> None:
    ran = run(*words)
    assert (ran.status, ran.stdout) == (status, "")
    assert re.fullmatch(rf"{words[0]}: .+\n", ran.stderr)


@pytest.mark.parametrize(
    "words, status",
    [
        (("--help",), 0),
        (("-z", "dcos-service-kafka", "left-over"), 1),
        (("-r", "kafka-role", "-m", "http://leader.mesos:5050/master"), 3),
        (("-z", "/mesos"), 6),
        (("-r", ""), 1),
    ],
    ids=["help", "words left over", "no trailing slash", "protected", "empty role"],
)
def test_docker_run_ends_with_its_status(run: Janitor, words: tuple[str, ...], status: int) -> None:
    """Rules C1, S3, Z1: the status is the same in a container."""
    ran = run("/janitor.py", *words, options=(*READ_ONLY, "--network", "none"))
    assert ran.status == status, ran
    assert "Traceback" not in ran.stderr


def test_a_clean_up_can_be_rehearsed_as_documented(docker: Engine, image: str) -> None:
    """The block of the document, line by line, with the image's name as it is here."""
    start, dry_run, clean, stop = command("rehearse").replace(" janitor sandbox", f" {image} sandbox").splitlines()
    docker.docker(*start.split()[1:])
    try:
        eventually("the sandbox is ready", lambda: "Ctrl-C ends it." in docker.docker("logs", "rehearsal").stdout)
        rehearsed = docker.docker(*dry_run.split()[1:], check=False)
        cleaned = docker.docker(*clean.split()[1:], check=False)
        again = docker.docker(*clean.split()[1:], check=False)
    finally:
        docker.docker(*stop.split()[1:])
    assert [each.returncode for each in (rehearsed, cleaned, again)] == [0, 0, 0], cleaned.stderr
    assert "for role 'kafka-role'" in cleaned.stdout
    assert cleaned.stdout.endswith("Cleanup completed successfully.\n")


def test_a_sandbox_that_needs_one_says_so(run: Janitor) -> None:
    ran = run("sandbox", "--strict", options=READ_ONLY)
    assert ran.status == 5, ran
    assert ran.stderr.startswith("janitor sandbox: no directory for temporary files can be used")
    assert ran.stderr.count("\n") == 1
