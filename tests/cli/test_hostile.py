"""Whatever stands on the command line, in the environment and in files: no "this is a bug", and no traceback.

The whole program runs in this process, down to the point at which a request would be handed to the library: there it
is checked as the library would check it, and refused.
"""

from __future__ import annotations

import email.utils
import io
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from urllib3 import HTTPResponse

from janitor.cli.arguments.options import OPTIONS
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.main import main
from janitor.errors import ZooKeeperTrouble
from janitor.exits import Exit
from janitor.patience import Patience
from janitor.transport.connections import Adapter
from janitor.zookeeper.direct import KazooEnsemble
from tests.cli.terminal import Clock, environment, written

KEY = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"

FILES: dict[str, bytes] = {
    "token": b"eyJ0.the-token.x\n",
    "latin-1": b"caf\xe9\n",
    "lines": b"one\ntwo\n",
    "nothing": b"",
    "binary": bytes(range(256)),
    "key": KEY.encode(),
    "account": b'{"uid": "me", "private_key": "-----BEGIN"}',
    "surrogate": b'{"uid": "\\ud800", "private_key": "\\udfff-----BEGIN"}',
    "deep": b'{"a":' * 2000,
    "number": b'{"private_key": ' + b"9" * 5000 + b"}",
    "digest": b"super:secret\n",
}

TOML = (
    '[core]\ndcos_url = "https://one.example"\ndcos_acs_token = "a.b.c"\n',
    '[core]\ndcos_url = "https://one.example:99999/\\u0000"\n',
    '[core]\ndcos_url = "nonsense"\ndcos_acs_token = "a\\nb"\nssl_verify = "false"\n',
    '[core]\ndcos_url = "http://[::1"\nssl_verify = "/no/such.crt"\n',
    '[core]\ndcos_url = 5\ndcos_acs_token = [1]\n[cluster]\nname = "\\u001b[2J"\n',
    '[core]\ndcos_url = "https://caf\u00e9.example"\n',
    "core = 3\n",
    "",
)

ODD = [
    "-",
    "--",
    "/",
    ".",
    "..",
    "*",
    "a/../b",
    "a//b",
    "%00",
    "=",
    "a=b",
    "café",
    "🧹",
    "\u202e",
    "²",
    "-x",
    "--role",
    "{}",
    "[::1",
]
ODD += ["", " ", "9" * 5000, "x" * 70000, "\x1b[2J", "a\nb", "http://a b/"]

COMMANDS = [
    "", "clean", "uninstall W", "status W", "plan show W", "plan show W W", "plan force-complete W W W", "pod list W",
    "pod replace W W", "service list", "service shutdown W", "help", "help W", "version", "W",
]  # fmt: skip
"""W is a word of any kind."""

bytes_of_argv = st.binary(min_size=0, max_size=12).map(lambda raw: raw.replace(b"\0", b"")).map(os.fsdecode)
odd = st.one_of(
    bytes_of_argv,
    st.text(st.characters(exclude_characters="\0"), max_size=12).filter(lambda text: text.isascii() or _is_text(text)),
    st.sampled_from(ODD),
)


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


urls = st.one_of(
    st.sampled_from(["http://m:5050/", "https://m/", "http://[::1]:80/x/", "http://m:0/", "http://m:99999/", "//m/"])
    | st.sampled_from(["http://u:p@m/", "http://caf\u00e9/", "http://xn--/", "http://a..b/", "http://\u00b2/", "m/"])
    | st.sampled_from(["http://m/?q#f/", "HTTP://M/", "http://m:\u0661/", "http://1.2.3/", "http://%41/", "http:///"]),
    odd.map(lambda text: f"http://{text}/"),
    odd.map(lambda text: f"http://m/{text}/"),
    odd,
)
GOOD = {
    "timeout": st.sampled_from(["1s", "90", "15m"]),
    "concurrency": st.sampled_from(["1", "64"]),
    "output": st.sampled_from(["transcript", "text", "json"]),
    "log-level": st.sampled_from(["debug", "error"]),
    "override": st.sampled_from(["live-owner", "live-znode"]),
    "label": st.sampled_from(["a=b", "resource_id=r"]),
    "zookeeper": st.sampled_from(["zk:2181/x", "[::1]:2181", "a,b:1"]),
}


def value_of(name: str, kind: str | None) -> st.SearchStrategy[str]:
    if kind == "FILE":
        return st.one_of(st.sampled_from([*FILES, ".", "no/such", "-"]), odd)
    if kind in ("URL", "URL/"):
        return urls
    good = GOOD.get(name, st.sampled_from(["kafka", "kafka-role", "a/b", "S1"]))
    return st.one_of(good, odd)


@dataclass
class Hostile:
    """One start of the program. Files are names below a folder, until they are made."""

    argv: list[str]
    environ: dict[str, str]
    stdin: str
    toml: str
    attached: bool
    terminal: bool = False
    answers: bool = False


@st.composite
def starts(draw: st.DrawFn) -> Hostile:
    word = st.one_of(st.sampled_from(["kafka", "/a/b/kafka", "deploy"]), odd)
    argv = [draw(word) if part == "W" else part for part in draw(st.sampled_from(COMMANDS)).split()]
    for option in draw(st.lists(st.sampled_from(OPTIONS), max_size=5)):
        if not option.value:
            argv.append(f"--{option.name}")
        else:
            value = draw(value_of(option.name, option.value))
            argv += [f"--{option.name}={value}"] if draw(st.booleans()) else [f"--{option.name}", value]
    environ: dict[str, str] = {}
    for option in draw(st.lists(st.sampled_from([one for one in OPTIONS if one.variable]), max_size=2)):
        assert option.variable is not None
        environ[option.variable] = draw(value_of(option.name, option.value))
    for name, values in (
        ("MARATHON_APP_ID", st.one_of(st.just("/tools/janitor"), odd)),
        ("DCOS_URL", urls),
        ("DCOS_ACS_TOKEN", odd),
        ("DCOS_CLUSTER", st.one_of(st.just("id-1"), odd)),
        ("DCOS_SSL_VERIFY", odd),
        ("DCOS_CONFIG", odd),
        ("TERM", odd),
        ("COLUMNS", odd),
        ("LINES", odd),
    ):
        if draw(st.integers(0, 4)) == 0:
            environ[name] = draw(values)
    return Hostile(
        argv,
        environ,
        draw(odd),
        draw(st.sampled_from(TOML)),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.booleans()),
    )


def away(*_: object) -> None:
    """No ZooKeeper is asked."""
    raise ZooKeeperTrouble("nobody is there")


class Passing(Clock):
    """Every look at it takes a second: a wait is over at once."""

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


class Soon(Patience):
    """Never sleeps."""

    def __init__(self, timeout: float, **more: object) -> None:
        more |= {"clock": Passing(), "sleep": lambda _: False, "began": None}
        super().__init__(timeout, **more)  # type: ignore[arg-type]


def check(method: str, url: str, headers: dict[str, str]) -> None:
    """Look at a request as http.client does."""
    assert method in ("GET", "POST", "DELETE")
    assert url.isascii(), url
    assert url.isprintable(), url
    for name, text in headers.items():
        assert name.isascii()
        assert text.isascii(), name
        assert text.isprintable(), name


def refuse(_adapter: Adapter, method: str, url: str, headers: dict[str, str], _body: bytes | None) -> HTTPResponse:
    """Say that nobody is there."""
    check(method, url, headers)
    raise ConnectionRefusedError(111, "Connection refused")


MASTER = {"master_info": {"id": "m-1", "version": "1.9.0", "hostname": "m", "port": 5050}, "elected_time": 1.0}
FRAMEWORK = {"name": "kafka", "id": {"value": "f-1"}, "principal": "kafka-principal", "roles": ["kafka-role"]}
PLAN = {"status": "PENDING", "phases": [{"id": "p", "name": "p", "status": "PENDING", "steps": []}]}
ANSWERS: dict[str, object] = {
    "GET_MASTER": {"get_master": MASTER},
    "GET_FRAMEWORKS": {"get_frameworks": {"frameworks": [{"framework_info": FRAMEWORK, "active": False}]}},
    "GET_OPERATIONS": {"get_operations": {}},
    "GET_FLAGS": {"get_flags": {"flags": []}},
    "GET_TASKS": {"get_tasks": {}},
    "/slaves": {"slaves": [], "recovered_slaves": []},
    "/registry": {"master": {"info": {"id": "m-1"}}, "slaves": {"slaves": []}},
    "/snapshot": {"master/frameworks_active": 0.0, "master/slaves_unreachable": 0.0},
    "/v2/apps": {"apps": [{"id": "/kafka", "labels": {"DCOS_PACKAGE_NAME": "kafka"}}]},
    "/v2/apps/": {"app": {"id": "/tools/janitor", "cmd": "janitor -r kafka-role"}},
    "/v1/plans": ["deploy"],
    "/v1/plans/": PLAN,
    "/v1/pod/status": {"pods": [{"name": "kafka", "instances": [{"name": "kafka-0", "tasks": []}]}]},
    "/auth/login": {"token": "a.b.c"},
}
"""An all but empty cluster: by the type of a call, or by a part of the path; the last one that is found counts."""


def answer(_adapter: Adapter, method: str, url: str, headers: dict[str, str], body: bytes | None) -> HTTPResponse:
    """Answer as an all but empty cluster does, so that more of what was typed is used and shown."""
    check(method, url, headers)
    call = json.loads(body).get("type") if body and url.endswith("/api/v1") else None
    path = url.partition("?")[0]
    found = [content for name, content in ANSWERS.items() if name in path] if call is None else [ANSWERS.get(call)]
    status = 200 if found and found[-1] is not None else 404
    date = email.utils.formatdate(usegmt=True)
    content = json.dumps(found[-1] if status == 200 else {"message": "no"}).encode()
    return HTTPResponse(
        io.BytesIO(content),
        {"Content-Type": "application/json", "Content-Length": str(len(content)), "Date": date},
        status,
        preload_content=False,
    )


@contextmanager
def nowhere(*, answers: bool) -> Iterator[None]:
    """No request leaves the process, and no wait takes any time."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(Adapter, "ask", answer if answers else refuse))
        stack.enter_context(mock.patch.object(KazooEnsemble, "look", away))
        for module in ("janitor.connect", "janitor.cli.selfdeletion", "janitor.cli.environment"):
            stack.enter_context(mock.patch(f"{module}.Patience", Soon))
        yield


def run(hostile: Hostile, folder: Path) -> tuple[int, str]:
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    home = folder / "home" / ".dcos" / "clusters" / "id-1"
    home.mkdir(parents=True)
    (home / "dcos.toml").write_text(hostile.toml, "utf-8")
    if hostile.attached:
        (home / "attached").touch()
    environ = {"HOME": str(folder / "home"), **hostile.environ}
    env: Environment = environment(
        environ, stdin=hostile.stdin if _is_text(hostile.stdin) else "", terminal=hostile.terminal
    )
    env.width = None
    before = os.getcwd()
    os.chdir(folder)
    try:
        with nowhere(answers=hostile.answers):
            status = main(hostile.argv, env, Engine())
    finally:
        os.chdir(before)
    return status, written(env.out) + written(env.err)


REACHES_A_LOGIN = (
    ["-r", "kafka-role", "-z", "kafka"],
    ["uninstall", "kafka", "--dcos-url", "https://one.example"],
)


@pytest.mark.parametrize("file", [*FILES, ".", "no/such", "-", "nul\0"])
@pytest.mark.parametrize("option", [option.name for option in OPTIONS if option.value == "FILE"])
def test_whatever_is_in_a_file_is_no_bug(option: str, file: str, tmp_path: Path) -> None:
    for number, command in enumerate(REACHES_A_LOGIN):
        folder = tmp_path / str(number)
        folder.mkdir()
        argv = [*command, "--username", "me", f"--{option}", file]
        status, said = run(Hostile(argv, {}, "", TOML[0], attached=True), folder)
        assert "this is a bug" not in said, said
        assert status in (1, 5), said


@pytest.mark.parametrize("name", ["COLUMNS", "LINES"])
def test_a_terminal_s_size_that_is_no_number(name: str, tmp_path: Path) -> None:
    for number, size in enumerate(("\u00b2", "0", "-1", "9" * 5000, "x", "\u0665")):
        folder = tmp_path / str(number)
        folder.mkdir()
        environ = {"TERM": "xterm", name: size}
        hostile = Hostile(["-r", "kafka-role"], environ, "", "", attached=False, terminal=True)
        status, said = run(hostile, folder)
        assert (status, "this is a bug" in said) == (5, False), said


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(starts())
def test_whatever_it_is_started_with_is_no_bug(hostile: Hostile) -> None:
    with tempfile.TemporaryDirectory() as folder:
        status, said = run(hostile, Path(folder))
    assert "this is a bug" not in said, said
    assert "Traceback" not in said, said
    assert status in set(Exit)


def test_the_test_would_see_it() -> None:
    """A request is really built, and what is wrong with one is really found."""
    hostile = Hostile(["plan", "show", "kafka", "--dcos-url", "https://one.example"], {}, "", "", attached=False)
    with tempfile.TemporaryDirectory() as folder, mock.patch("janitor.transport.http.__version__", "caf\u00e9"):
        _, said = run(hostile, Path(folder))
    assert "this is a bug\n  why: AssertionError: User-Agent" in said


@pytest.mark.parametrize(
    ("argv", "status", "said"),
    [
        (["service", "list", "--inactive"], 0, "kafka  no"),
        (["plan", "show", "kafka"], 0, "p (PENDING)"),
        (["pod", "list", "kafka"], 0, "kafka-0"),
        (["service", "shutdown", "kafak"], 1, "Did you mean kafka?"),
        (["status", "kafak"], 5, "Did you mean kafka?"),
    ],
)
def test_the_cluster_that_is_played_is_understood(argv: list[str], status: int, said: str, tmp_path: Path) -> None:
    """Or nothing that was typed would get beyond the first answer."""
    environ = {"JANITOR_DCOS_URL": "https://one.example"}
    ended, text = run(Hostile(argv, environ, "", "", attached=False, answers=True), tmp_path)
    assert ended == status, text
    assert said in text
