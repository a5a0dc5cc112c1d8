"""The program as a process: what it loads, how it ends, and streams that are not what they should be."""

from __future__ import annotations

import functools
import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import janitor
from tests.clock import HANGS

ROOT = Path(__file__).parents[2]
CONFIGURATION = ("tomllib", "janitor.cli.arguments.configuration", "janitor.cli.arguments.effective")
HEAVY = ("requests", "urllib3", "kazoo", "rich", "msgspec", "ssl", "asyncio", "aiohttp", *CONFIGURATION)


def run(
    *argv: str, code: str | None = None, environ: Mapping[str, str] | None = None, stdout: int | None = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    command = (
        [sys.executable, "-W", "error", "-m", "janitor", *argv] if code is None else [sys.executable, "-c", code, *argv]
    )
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("JANITOR_", "MARATHON_"))}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**clean, **(environ or {})},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=HANGS,
    )


WITHOUT_A_CLUSTER: tuple[list[str], ...] = (
    ["--help"],
    ["--version"],
    ["--nonsense"],
    ["-r", "x", "y"],
    [],
    ["plan", "--help"],
    ["uninstall", "--help"],
    ["plan", "kafka"],
    ["pod", "list", "kafka", "--yes"],
)


def test_what_needs_no_cluster_loads_no_library_for_one() -> None:
    """All in one process, one after the other: what one of them loads is named with it."""
    code = (
        "import sys; from janitor.cli.main import main\n"
        f"for argv in {WITHOUT_A_CLUSTER!r}:\n"
        "    main(argv)\n"
        f"    print('LOADED', argv, [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    told = [line for line in run(code=code).stderr.splitlines() if line.startswith("LOADED ")]
    assert told == [f"LOADED {argv!r} []" for argv in WITHOUT_A_CLUSTER]


@pytest.mark.parametrize(
    "package, argv",
    [
        ("aiohttp", ["sandbox"]),
        ("aiohttp", ["sandbox", "--help"]),
        ("yarl", ["sandbox"]),
        *(
            (package, ["-r", "x", "-m", "http://127.0.0.1:1/"])
            for package in ("tenacity", "requests", "urllib3", "kazoo", "msgspec", "certifi")
        ),
    ],
)
def test_a_package_that_is_not_installed_is_named_with_what_installs_it(package: str, argv: list[str]) -> None:
    code = (
        "import sys; from janitor.__main__ import main; "
        f"sys.modules[{package!r}] = None; sys.exit(main())"  # None: the import fails as if it were not there
    )
    ran = run(*argv, code=code)
    janitor, here = ("'janitor[sandbox]'", "'.[sandbox]'") if argv[0] == "sandbox" else ("janitor", ".")
    assert ran.stderr == (
        f"janitor: The Python package {package} is not installed.\n"
        "  do:  Install what Janitor needs for this:\n"
        f"         pip install {janitor}\n"
        "       Or from a checkout:\n"
        f"         pip install {here}\n"
    )
    assert ran.returncode == 5


def test_a_package_that_is_not_installed_is_in_the_document_too() -> None:
    code = "import sys; from janitor.cli.main import main; sys.modules['kazoo'] = None; sys.exit(main(sys.argv[1:]))"
    ran = run("-r", "x", "-m", "http://127.0.0.1:1/", "--output", "json", code=code)
    assert ran.returncode == 5
    assert json.loads(ran.stdout)["error"]["message"] == "The Python package kazoo is not installed."


def test_as_a_module() -> None:
    ran = run("--version")
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, f"janitor {janitor.__version__}\n", "")


def test_the_status_is_the_processes() -> None:
    assert run().returncode == 1
    assert run("--nonsense").returncode == 1
    assert run("-r", "x", "-m", "http://m").returncode == 3
    assert run("-v").returncode == 5


def test_a_reader_that_goes_away_is_no_trouble() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        ran = run("--help", stdout=writer)
    finally:
        os.close(writer)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_full_disk_is_said_and_is_no_success() -> None:
    with open("/dev/full", "w") as full:
        ran = run("--help", stdout=full.fileno())
    assert ran.returncode == 5
    assert ran.stderr == "janitor: standard output could not be written: No space left on device\n"


def test_no_standard_output_at_all() -> None:
    code = f"import os; os.close(1); os.execv({sys.executable!r}, [{sys.executable!r}, '-m', 'janitor', '--help'])"
    ran = run(code=code)
    assert (ran.returncode, ran.stderr) == (0, "")


STREAMS_OF = """
import os, sys
for number in map(int, sys.argv[1]):
    os.close(number)
os.execv(sys.executable, [sys.executable, "-c", '''
import os, sys
from janitor.cli import main as command_line
def look():
    for number in range(3):
        assert os.fstat(number), number
    import socket
    with socket.socket() as one:
        os._exit(100 + one.fileno())
command_line.main = look
from janitor.__main__ import main
main()
'''])
"""


@pytest.mark.parametrize("closed", ["0", "1", "2", "12", "02", "012"])
def test_no_socket_gets_the_number_of_a_stream_that_was_closed(closed: str) -> None:
    """The signal handler writes to descriptor 2."""
    ran = run(closed, code=STREAMS_OF)
    assert ran.returncode > 102, ran.stderr


COMMANDS = [
    ["-r", "x", "--auth-token-file", "-", "-m", "http://m"],
    ["status", "kafka", "--dcos-url", "nonsense"],
    ["sandbox", "--nonsense"],
    ["version"],
]


@functools.cache
def status_of(*argv: str) -> int:
    """What it ends with where nothing is wrong with its streams."""
    return run(*argv).returncode


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_the_status_is_the_same_without_streams(argv: list[str]) -> None:
    status = status_of(*argv)
    for redirections in (">&-", "<&- >&- 2>&-"):
        quoted = shlex.join([sys.executable, "-W", "error", "-m", "janitor", *argv])
        ran = subprocess.run(
            ["/bin/sh", "-c", f"{quoted} {redirections}"], cwd=ROOT, capture_output=True, text=True, timeout=HANGS
        )
        assert (ran.returncode, "Traceback" in ran.stderr) == (status, False), (redirections, ran.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_a_full_disk_changes_no_status_but_that_of_success(argv: list[str]) -> None:
    status = status_of(*argv)
    with open("/dev/full", "w") as full:
        ran = run(*argv, stdout=full.fileno())
        assert ran.returncode == (status or 5)
        assert "Traceback" not in ran.stderr
        quoted = shlex.join([sys.executable, "-m", "janitor", *argv])
        both = subprocess.run(["/bin/sh", "-c", quoted], cwd=ROOT, stdout=full, stderr=full, timeout=HANGS)
        assert both.returncode == (status or 5)


def test_streams_that_are_not_utf8() -> None:
    ran = run("-v", "-m", "http://caf\u00e9/", environ={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert ran.returncode == 5
    assert "http://caf\\xe9/" in ran.stdout


def test_arguments_that_are_not_text() -> None:
    code = (
        f"import os; os.execv({sys.executable!r}, [{sys.executable!r}, '-m', 'janitor', '-v', 'left', b'\\xff\\xfe'])"
    )
    ran = run(code=code)
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert "Not understood: left" in ran.stderr


# The engine is replaced by one that waits on the stop flag, as every wait of the real one does.
WAITING = """
import sys, time
from janitor.cli.engine import Engine
from janitor.cli.main import main
from janitor.errors import Interrupted
from janitor.patience import Stop

class Waits(Engine):
    def clean(self, job, run):
        print("WAITING", file=sys.stderr, flush=True)
        if sys.argv[1] == "deaf":
            while True:
                time.sleep(0.01)
        run.stop.wait(60)
        raise Interrupted(run.stop.signum)

sys.exit(main(["-r", "x"], engine=Waits()))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("kind", ["listens", "deaf"])
def test_signals(number: signal.Signals, kind: str) -> None:
    """The first asks, the second ends it at once: 130 and 143, without a traceback."""
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING, kind], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stderr.readline() == "WAITING\n"
    process.send_signal(number)
    assert process.stderr.readline() == "janitor: stopping; once more ends it at once.\n"
    if kind == "deaf":
        process.send_signal(number)
    _, stderr = process.communicate(timeout=HANGS)
    assert process.returncode == 128 + number
    assert "Traceback" not in stderr


def test_a_signal_while_a_secret_is_awaited(tmp_path: Path) -> None:
    """Nothing listens to the flag there, and it ends all the same."""
    pipe = tmp_path / "token"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [sys.executable, "-m", "janitor", "-r", "x", "--auth-token-file", str(pipe)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process, open(pipe, "w"):  # opens when the other side does; it will wait for a token that never comes
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=HANGS) == 143
        assert process.stderr is not None
        assert process.stderr.read() == "janitor: Interrupted by signal 15.\n"
