"""The HTTP API of SDK schedulers, as it answers by version, and what Admin Router says in its place."""

from __future__ import annotations

import pytest

from janitor.dcos.scheduler import Forced, NoSuchElement, PodTask, Scheduler, SchedulerAway
from janitor.errors import BadAnswer, Forbidden, HttpStatus
from tests.dcos.conftest import Serve, document, page, text
from tests.faults.wire import WireServer

PLAN = {
    "phases": [
        {
            "id": "p1",
            "name": "unreserve-resources-10.0.0.5",
            "strategy": "parallel",
            "status": "IN_PROGRESS",
            "steps": [
                {"id": "s1", "status": "PREPARED", "name": "unreserve-r1", "message": "ResourceCleanupStep: ..."}
            ],
        }
    ],
    "errors": [],
    "strategy": "dependency",
    "status": "IN_PROGRESS",
}


class Asked:
    """What a server was asked, line by line, when it is looked at."""

    def __init__(self, server: WireServer) -> None:
        self._server = server

    @property
    def lines(self) -> list[str]:
        return [f"{one.method} {one.target}" for one in self._server.requests]


def scheduler(serve: Serve, *answers: bytes, name: str = "kafka") -> tuple[Scheduler, Asked]:
    server, http = serve(*answers)
    return Scheduler(http, f"{server.url}/service/{name}/"), Asked(server)


@pytest.mark.parametrize("status, plan_status", [(200, "COMPLETE"), (202, "IN_PROGRESS"), (417, "ERROR")])
def test_a_plan_whatever_the_status_is(serve: Serve, status: int, plan_status: str) -> None:
    errors = ["no secrets"] if status == 417 else []
    made, asked = scheduler(serve, document({**PLAN, "status": plan_status, "errors": errors}, status))
    plan = made.plan("deploy")
    assert (plan.name, plan.status, plan.complete, plan.errors) == (
        "deploy",
        plan_status,
        status == 200,
        tuple(errors),
    )
    step = plan.phases[0].steps[0]
    assert (step.id, step.name, step.status) == ("s1", "unreserve-r1", "PREPARED")
    assert plan.phases[0].strategy == "parallel"
    assert asked.lines == ["GET /service/kafka/v1/plans/deploy"]


def test_a_plan_of_before_0_40_has_no_strategies(serve: Serve) -> None:
    bare = {"phases": [{"id": "p", "name": "resource-phase", "status": "PENDING", "steps": []}], "status": "PENDING"}
    made, _ = scheduler(serve, document(bare, 202))
    plan = made.plan("deploy")
    assert (plan.strategy, plan.phases[0].strategy, plan.errors) == (None, None, ())


def test_the_plans_there_are(serve: Serve) -> None:
    made, asked = scheduler(serve, document(["deploy", "recovery"]), name="prod/kafka")
    assert made.plans() == ("deploy", "recovery")
    assert asked.lines == ["GET /service/prod/kafka/v1/plans"]


@pytest.mark.parametrize(
    "words", ["Plan nope not found", "Phase nope not found", "Step nope not found", "Element not found"]
)
def test_what_is_not_there_in_the_words_of_the_version(serve: Serve, words: str) -> None:
    made, _ = scheduler(serve, text(words, 404))
    with pytest.raises(NoSuchElement) as caught:
        made.force_complete("deploy", "nope", "nope")
    assert caught.value.message == words


def test_admin_router_does_not_know_the_service(serve: Serve) -> None:
    made, _ = scheduler(serve, text("404 Not Found: service not found.", 404))
    with pytest.raises(SchedulerAway):
        made.plan("deploy")


@pytest.mark.parametrize(
    "answer",
    [
        page("502 Bad Gateway", 502),
        text("503 Service Unavailable: invalid Marathon svcapps cache", 503),
        page("504 Gateway Time-out", 504),
    ],
)
def test_admin_router_cannot_reach_it(serve: Serve, answer: bytes) -> None:
    made, _ = scheduler(serve, answer)
    with pytest.raises(SchedulerAway) as caught:
        made.plan("deploy")
    assert caught.value.message.what == "Scheduler is restarting (normal, up to 10 minutes)"
    assert "/service/kafka/v1/plans/deploy: 50" in caught.value.why


def test_nobody_listens(serve: Serve) -> None:
    server, http = serve(text("", 200))
    made = Scheduler(http, f"{server.url}/service/kafka/")
    server.__exit__(None, None, None)
    with pytest.raises(SchedulerAway):
        made.plan("deploy")


def test_a_403_names_the_permission(serve: Serve) -> None:
    made, _ = scheduler(serve, page("403 Forbidden", 403), name="prod/kafka")
    with pytest.raises(Forbidden) as caught:
        made.plan("deploy")
    assert "dcos:adminrouter:service:prod/kafka full" in (caught.value.remedy or "")


def test_a_login_page_is_no_plan(serve: Serve) -> None:
    made, _ = scheduler(serve, page("Please log in", 200))
    with pytest.raises(BadAnswer, match="a web page"):
        made.plan("deploy")


def test_an_error_of_its_own(serve: Serve) -> None:
    made, _ = scheduler(serve, text("boom", 500))
    with pytest.raises(HttpStatus) as caught:
        made.plans()
    assert (caught.value.status, caught.value.body) == (500, "boom")


# --- forcing ----------------------------------------------------------------------------------------------------------

SAID = {"message": "Received cmd: forceComplete for Plan: deploy, Phase: p, Step: s"}


def test_force_complete(serve: Serve) -> None:
    made, asked = scheduler(serve, document(SAID))
    assert made.force_complete("deploy", "a phase", "s&1") == Forced(False, SAID["message"])
    assert asked.lines == ["POST /service/kafka/v1/plans/deploy/forceComplete?phase=a+phase&step=s%261"]


def test_a_whole_phase_and_a_whole_plan(serve: Serve) -> None:
    made, asked = scheduler(serve, document(SAID))
    made.force_complete("deploy", "p")
    made.force_complete("deploy")
    assert [line.rpartition("/")[2] for line in asked.lines] == ["forceComplete?phase=p", "forceComplete"]


def test_208_is_complete_already(serve: Serve) -> None:
    made, _ = scheduler(serve, text("Command has already been reported or completed", 208))
    forced = made.force_complete("deploy", "p", "s")
    assert forced == Forced(True, "Command has already been reported or completed")


def test_400_is_said_in_its_words(serve: Serve) -> None:
    made, _ = scheduler(serve, text("Missing phase", 400))
    with pytest.raises(HttpStatus, match="Missing phase"):
        made.force_complete("deploy", step="s")


# --- pods -------------------------------------------------------------------------------------------------------------


def test_pods(serve: Serve) -> None:
    task = {"id": "t__1", "name": "node-0-server", "status": "RUNNING"}
    pods = {"service": "x", "pods": [{"name": "node", "instances": [{"name": "node-0", "tasks": [task]}]}]}
    made, asked = scheduler(serve, document(pods))
    (pod,) = made.pods()
    assert (pod.name, pod.tasks) == ("node-0", (PodTask("t__1", "node-0-server", "RUNNING"),))
    assert asked.lines == ["GET /service/kafka/v1/pod/status"]


def test_replace(serve: Serve) -> None:
    made, asked = scheduler(serve, document({"pod": "node-0", "tasks": ["node-0-server"]}))
    made.replace_pod("node-0")
    assert asked.lines == ["POST /service/kafka/v1/pod/node-0/replace"]


def test_while_it_uninstalls_there_are_no_pods(serve: Serve) -> None:
    made, _ = scheduler(serve, page("Error 404 Not Found", 404))
    with pytest.raises(NoSuchElement):
        made.pods()


@pytest.mark.parametrize("answer, known", [(document(["F1"]), "F1"), (document([]), None), (text("", 404), None)])
def test_the_framework_id(serve: Serve, answer: bytes, known: str | None) -> None:
    made, _ = scheduler(serve, answer)
    assert made.framework_id() == known


@pytest.mark.parametrize("name", ["..", ".", "", "../../evil", "a/b", "a/../../../evil"])
def test_a_name_that_leads_elsewhere_is_asked_nothing(serve: Serve, name: str) -> None:
    """A quoted slash leads elsewhere, too: Admin Router decodes a path before it looks at it."""
    made, asked = scheduler(serve, document({}))
    for ask in (lambda: made.plan(name), lambda: made.force_complete(name), lambda: made.replace_pod(name)):
        with pytest.raises(NoSuchElement, match="is no name of a"):
            ask()
    assert asked.lines == []
