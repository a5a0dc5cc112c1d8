"""Rule C5: a janitor that runs as a Marathon app removes that app when another run would change nothing."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from janitor import rules
from janitor.cleanup.job import Job
from janitor.cleanup.outcome import Outcome
from janitor.cli.engine import Engine
from janitor.connect import Connection
from janitor.dcos.marathon import App
from janitor.dcos.ownapp import Leave, is_final, runs_janitor, should_delete_itself
from janitor.errors import LoginRefused, Refusal, Unreachable, UsageError
from janitor.exits import Exit
from janitor.patience import Patience
from janitor.target import Limits, Run, Target
from janitor.transport.http import Reply
from tests.cli import outcomes
from tests.cli.terminal import Clock, PlayedEngine, PlayedMarathon, Ran, janitor

CLEAN = ("-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka")
ID = "/tools/janitor"


def app(cmd: str | None = "/janitor.py -r kafka-role", args: tuple[str, ...] = (), image: str | None = None) -> App:
    return App(ID, cmd, args, image, {}, {}, None, 1, ())


JANITOR = app()


def reply(status: int = 200, body: bytes = b"{}") -> Reply:
    return Reply(status, {}, body, "http://marathon.mesos:8080/v2/apps/tools/janitor", None)


def played(
    status: int = 200, body: bytes = b"{}", *, app: App | None = JANITOR, error: Exception | None = None
) -> PlayedMarathon:
    return PlayedMarathon({ID: app} if app else {}, reply(status, body), error)


def run(*argv: str, marathon: PlayedMarathon, outcome: Outcome | None = None, error: Exception | None = None) -> Ran:
    engine = PlayedEngine(outcome, error=error, marathon=marathon)
    return janitor(*argv, engine=engine, environ={"MARATHON_APP_ID": ID})


@pytest.mark.parametrize(
    ("final", "goes"),
    [
        (is_final(Exit.CLEAN), True),
        (is_final(Exit.USAGE), True),
        (is_final(Exit.BAD_URL), True),
        (is_final(Exit.LOGIN_REFUSED), True),
        (is_final(Exit.FAILED), False),
        (is_final(Exit.REFUSED), False),
        (is_final(Exit.REFUSED, (rules.Z1,)), True),
        (is_final(Exit.REFUSED, (rules.S4,)), True),
        (is_final(Exit.REFUSED, (rules.O3,)), True),
        (is_final(Exit.REFUSED, (rules.Z2,)), True),
        (is_final(Exit.REFUSED, (rules.O1,)), False),
        (is_final(Exit.REFUSED, (rules.O4,)), False),
        (is_final(Exit.REFUSED, (rules.O3, rules.O1)), False),
        (is_final(Exit.FAILED, (rules.L5,)), False),
        (is_final(Exit.FAILED, (rules.S5,)), False),
        (is_final(Exit.SIGINT), False),
        (is_final(Exit.SIGTERM), False),
        (is_final(Exit.CLEAN, dry_run=True), False),
        (is_final(Exit.REFUSED, (rules.O3,), dry_run=True), False),
    ],
)
def test_c5_after_which_endings(final: Leave, goes: bool) -> None:
    assert final.go == goes
    assert should_delete_itself(final, app()).go == goes
    assert not should_delete_itself(final, None).go
    assert not should_delete_itself(final, app("sleep 1")).go


@pytest.mark.parametrize(
    ("what", "runs"),
    [
        (app("/janitor.py -r kafka-role -p p -z z"), True),
        (app("janitor clean -r kafka-role"), True),
        (app("sh -c 'exec /janitor.py -r x'"), True),
        (app("JANITOR_ROLE=x LANG='C' exec janitor"), True),
        (app("A=b\n  janitor -r x -a $(cat /token);"), True),
        (app("env A=b python3 -u /janitor.py -r x"), True),
        (app("python3 -m janitor clean -r x"), True),
        (app("/usr/local/bin/janitor -r x 2>&1 | tee /log"), True),
        (app("janitor -r x; sleep infinity"), True),
        (app("bash -euo pipefail -c 'exec janitor -r x'"), True),
        (app(None, ("janitor", "-r", "x")), True),
        (app(None, ("sh", "-c", "/janitor.py -r x")), True),
        (app(None, ("-r", "x"), "mesosphere/janitor:latest"), True),
        (app(None, ("-r", "x"), "registry:5000/acme/janitor@sha256:0123"), True),
        (app(None, (), "registry:5000/janitor"), True),
        (app("python3 batch.py"), False),
        (app("su - janitor -c /opt/jenkins.sh"), False),
        (app("echo 'no janitor here'"), False),
        (app("while true; do janitor -r x; sleep 3600; done"), False),
        (app("sleep 5; janitor -r x"), False),
        (app("janitor -r x; /opt/jenkins"), False),
        (app("janitor -r x & exec /opt/jenkins"), False),
        (app("janitor -r x # old\n/opt/jenkins"), False),
        (app("sh -c '/opt/jenkins' janitor"), False),
        (app("sh -c 'janitor"), False),
        (app("python3 -c 'import os' janitor"), False),
        (app("env -u janitor /opt/jenkins"), False),
        (app("janitor=1 /opt/jenkins"), False),
        (app("/opt/janitor/run"), False),
        (app("./run", image="corp/log-janitor:1"), False),
        (app(None, ("run", "janitor"), "corp/batch"), False),
        (app(None, ("-r", "x"), "registry:5000/acme/mesos-janitor@sha256:0123"), False),
        (app("tail -f /var/log/janitor.log"), False),
        (app("./run-janitors.sh"), False),
        (app(None, (), "janitor/batch:1"), False),
        (app(None, (), "acme/batch:janitor"), False),
        (app(None), False),
    ],
)
def test_c5_which_app_runs_janitor(what: App, runs: bool) -> None:
    assert runs_janitor(what) == runs


def test_c5_the_originals_messages() -> None:
    marathon = played()
    ran = run(*CLEAN, marathon=marathon, outcome=outcomes.CLEANED)
    assert marathon.deleted == [ID]
    assert ran.status == 0
    assert ran.stdout.endswith(
        "Cleanup completed successfully.\n"
        "Deleting self from Marathon to avoid run loop: /tools/janitor\n"
        "Successfully deleted self from marathon (code=200): /tools/janitor\n"
    )


@pytest.mark.parametrize("outcome", [outcomes.CONFLICT, outcomes.LIVE_OWNER, outcomes.LIVE_ZNODE, outcomes.INTERRUPTED])
def test_c5_never_when_the_next_run_may_help(outcome: Outcome) -> None:
    marathon = played()
    ran = run(*CLEAN, marathon=marathon, outcome=outcome)
    assert (marathon.asked, marathon.deleted) == ([], [])
    assert "the next run may succeed" in ran.stderr


def test_c5_after_a_login_and_a_protected_znode() -> None:
    for error in (LoginRefused("no"), Refusal("no", rule=rules.Z1), UsageError("no")):
        marathon = played()
        run(*CLEAN, marathon=marathon, error=error)
        assert marathon.deleted == [ID]


@pytest.mark.parametrize("argv", [["--nonsense"], ["-r", ""], ["-r", "x", "left-over"], ["-m", "http://m"], []])
def test_c5_after_a_command_line_that_is_wrong(argv: list[str]) -> None:
    """It will be as wrong the next time."""
    marathon = played()
    ran = run(*argv, marathon=marathon)
    assert marathon.deleted == [ID]
    assert ran.status in (1, 3)


def test_c5_with_what_was_understood_of_it() -> None:
    """The Marathon and the token that the operator named, even though the rest is wrong."""
    engine = PlayedEngine(marathon=played())
    argv = ["-n", "https://m:8443/v2/apps/", "-a", "thetoken", "-m", "http://no-slash"]
    assert janitor(*argv, engine=engine, environ={"MARATHON_APP_ID": ID}).status == 3
    (target,) = engine.marathon_targets
    assert target.marathon == "https://m:8443/v2/apps/"
    assert target.credentials.token is not None
    assert target.credentials.token.reveal() == "thetoken"


@pytest.mark.parametrize("argv", [["--help"], ["--version"], ["help", "clean"], ["version", "x"]])
def test_c5_only_for_clean(argv: list[str]) -> None:
    marathon = played()
    run(*argv, marathon=marathon)
    assert (marathon.asked, marathon.deleted) == ([], [])


def test_c5_a_dry_run_changes_nothing() -> None:
    marathon = played()
    run(*CLEAN, "--dry-run", marathon=marathon, outcome=outcomes.DRY)
    assert marathon.deleted == []


def test_c5_another_app_is_left_alone() -> None:
    marathon = played(app=app("python3 batch.py"))
    ran = run(*CLEAN, marathon=marathon, outcome=outcomes.CLEANED)
    assert (marathon.asked, marathon.deleted, ran.status) == ([ID], [], 0)
    assert "does not run Janitor" in ran.stderr
    assert "Deleting self" not in ran.stdout


def test_c5_nothing_is_asked_outside_of_marathon() -> None:
    engine = PlayedEngine(outcomes.CLEANED)
    assert janitor(*CLEAN, engine=engine).status == 0
    assert engine.marathon_targets == []


def test_c5_a_failure_is_said_and_changes_no_status() -> None:
    ran = run(*CLEAN, marathon=played(401, b"<html>\x1b[2J"), outcome=outcomes.CLEANED)
    assert ran.status == 0
    assert "ERROR: HTTP DELETE request returned code: 401\nResponse body: <html>\\x1b[2J\n" in ran.stdout
    assert "could not be deleted" in ran.stderr
    ran = run(*CLEAN, marathon=played(error=Unreachable("connection refused")), outcome=outcomes.CLEANED)
    assert ran.status == 0
    assert "could not be deleted.\n  why: connection refused\n" in ran.stderr


class AtMarathon(Engine):
    """A clean-up that plays, and a Marathon that answers over HTTP."""

    def clean(self, job: Job, run: Run) -> Outcome:
        return outcomes.CLEANED


@contextlib.contextmanager
def marathon_at(log: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The URL of a Marathon with this app, and the last line of the log at the time of each deletion."""
    seen: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer({"app": {"id": ID, "cmd": "/janitor.py -r kafka-role"}})

        def do_DELETE(self) -> None:
            seen.append(json.loads(log.read_text().splitlines()[-1]))
            self.answer({"version": "1", "deploymentId": "d"})

        def answer(self, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v2/apps/", seen
        finally:
            server.shutdown()


@pytest.mark.parametrize("wrong", [(), ("--nonsense",)], ids=["a clean-up", "a command line that is wrong"])
def test_c5_the_deletion_is_in_the_audit_log(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    """On the disk before it is sent; after the end of the run, which Marathon may kill from then on."""
    log = tmp_path / "log"
    with marathon_at(log) as (url, seen):
        words = (*CLEAN, "-n", url, "--audit-log", str(log), *wrong)
        ran = janitor(*words, engine=AtMarathon(), environ={"MARATHON_APP_ID": ID})
    assert ran.status == (1 if wrong else 0), ran
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["begin", "end", "request", "answer"]
    assert len({line["run"] for line in lines}) == 1
    assert (lines[2]["method"], lines[2]["url"]) == ("DELETE", f"{url}tools/janitor")
    assert seen == [lines[2]]
    assert lines[3]["status"] == 200
    told = janitor("audit", "show", str(log)).stdout
    assert f"  DELETE {url}tools/janitor 200\n" in told


def test_c5_the_app_stays_where_its_deletion_cannot_be_recorded(tmp_path: Path) -> None:
    with marathon_at(tmp_path) as (url, seen):
        words = (*CLEAN, "-n", url, "--audit-log", str(tmp_path / "none" / "log"))
        ran = janitor(*words, engine=AtMarathon(), environ={"MARATHON_APP_ID": ID})
    assert (ran.status, seen) == (1, [])
    assert (
        f"The Marathon app {ID} could not be deleted.\n  why: --audit-log {tmp_path}/none/log: there is" in ran.stderr
    )


def test_c5_json_stays_one_document() -> None:
    ran = run(*CLEAN, "--output", "json", marathon=played(), outcome=outcomes.CLEANED)
    assert json.loads(ran.stdout)["status"] == 0
    assert "Successfully deleted self from marathon (code=200)" in ran.stderr


@pytest.mark.parametrize(
    ("passed", "seconds"),
    [(0.0, 30.0), (85.0, 15.0), (99.0, 5.0), (100.0, 5.0)],
)
def test_c5_it_ends_with_the_run(passed: float, seconds: float) -> None:
    """At most half a minute, and no more than is left of --timeout, but for a reserve of five seconds."""
    clock = Clock()

    def later() -> None:
        clock.now += passed

    engine = PlayedEngine(outcomes.CLEANED, events=[later], marathon=played())
    ran = janitor(*CLEAN, "--timeout", "100s", engine=engine, environ={"MARATHON_APP_ID": ID}, clock=clock)
    assert engine.marathon_patience == [seconds]
    said = f"Notice: Asking Marathon about the app {ID}, which started this run (at most {seconds:.0f} s).\n"
    assert said in ran.stderr


def test_c5_the_deadline_of_a_command_line_that_is_wrong_elsewhere() -> None:
    engine = PlayedEngine(marathon=played())
    argv = ("-r", "x", "--timeout", "7s", "-m", "http://no-slash")
    assert janitor(*argv, engine=engine, environ={"MARATHON_APP_ID": ID}).status == 3
    assert engine.marathon_patience == [7.0]


@pytest.mark.parametrize("app_id", ["/jan\udcff", "/", "/../..", "/a//b"])
def test_c5_a_variable_that_is_no_app_s_id(app_id: str) -> None:
    """It is refused before Marathon is asked, and the clean-up ends as it ended."""
    engine = PlayedEngine(outcomes.CLEANED)
    marathon = Connection(Target(), Limits(), Patience(1.0), lambda _: None).marathon
    engine.played_marathon = PlayedMarathon({})
    engine.played_marathon.app = marathon.app  # type: ignore[method-assign]
    ran = janitor(*CLEAN, engine=engine, environ={"MARATHON_APP_ID": app_id})
    assert ran.status == 0
    assert "Not the id of a Marathon app" in ran.stderr
    assert "this is a bug" not in ran.stderr


def test_c5_a_bug_while_leaving_changes_no_status() -> None:
    engine = PlayedEngine(outcomes.CLEANED, marathon=played(error=ZeroDivisionError("oops")))
    ran = janitor(*CLEAN, engine=engine, environ={"MARATHON_APP_ID": ID})
    assert ran.status == 0
    assert "this is a bug\n  why: ZeroDivisionError: oops\n" in ran.stderr
