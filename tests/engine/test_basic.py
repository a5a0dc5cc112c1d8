"""Mesos without DC/OS, with HTTP Basic authentication: a principal of its own, for masters and agents alone."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from janitor.connect import Connection
from janitor.errors import JanitorError
from janitor.events import Acting, Waiting
from janitor.mesos.cluster import OwnState, Unknown
from janitor.patience import Patience
from janitor.sandbox.gate import Gate
from janitor.secret import Secret
from janitor.target import Credentials, Limits, MesosLogin
from tests.clock import HANGS
from tests.engine.answers import http
from tests.engine.conftest import Make
from tests.engine.scene import Scene, secret_free
from tests.engine.test_looking import follower
from tests.engine.test_secrets import Stranger, stranger

__all__ = ["stranger"]

SECRET = "a-secret-of-mesos"
BASE64 = "b3BzOmEtc2VjcmV0LW9mLW1lc29z"  # ops:a-secret-of-mesos


def as_ops(scene: Scene, acls: dict[str, Any] | None = None, *, secret: str = SECRET) -> dict[str, Any]:
    """Have masters and agents ask for a principal; what a target needs to be `ops`."""
    scene.control.set_access(users={"ops": SECRET}, acls=acls or {})
    scene.control.set(agents_ask=True)
    again = ("--mesos-principal", "ops", "--mesos-secret-file", "secret.txt")
    return {"credentials": Credentials(mesos=MesosLogin("ops", Secret(secret)), again=again)}


@pytest.mark.parametrize("version", ["1.2", "1.12"])
def test_masters_and_the_state_of_agents_are_asked_with_it(make: Make, version: str) -> None:
    """On 1.2 the proof is in the agents' own state (rule P2), which asks for the same principal."""
    scene = make(version)
    scene.kafka()
    ran = scene.run(target=as_ops(scene))
    scene.is_clean(ran)
    asked = [one for one in ran.requests if one["path"].endswith(("/state", "/api/v1", "/slaves"))]
    agents = {one["authorization"] for one in asked if one["path"].startswith("/slave(1)")}
    masters = {one["authorization"] for one in asked if not one["path"].startswith("/slave(1)")}
    assert masters == {True}
    assert agents == ({False, True} if version == "1.2" else set()), "an agent gets it when it asks for it"
    secret_free(ran, SECRET)
    secret_free(ran, BASE64)


def test_an_agent_that_asks_for_nothing_is_sent_nothing(make: Make) -> None:
    scene = make("1.2")
    scene.kafka()
    user = as_ops(scene)
    scene.control.set(agents_ask=False)
    ran = scene.run(target=user)
    scene.is_clean(ran)
    assert {one["authorization"] for one in ran.requests if one["path"].startswith("/slave(1)")} == {False}


def test_the_leader_that_a_named_master_gives_gets_it(make: Make) -> None:
    scene = follower(make)
    scene.is_clean(scene.run(target=as_ops(scene)))


def test_none_is_4_and_names_the_options(scene: Scene) -> None:
    as_ops(scene)
    ran = scene.run()
    assert (ran.status, ran.writes) == (4, [])
    assert ran.outcome.error is not None
    message, remedy = ran.outcome.error
    assert "GET_MASTER: 401 Unauthorized." in message
    assert "--mesos-principal NAME --mesos-secret-file FILE" in (remedy or "")


def test_a_wrong_one_is_4_and_says_what_to_check(scene: Scene) -> None:
    ran = scene.run(target=as_ops(scene, secret="another-secret-of-mesos"))
    assert (ran.status, ran.writes) == (4, [])
    assert ran.outcome.error is not None
    assert "does not accept this principal with this secret" in (ran.outcome.error[1] or "")
    secret_free(ran, "another-secret-of-mesos")


def test_who_may_not_see_the_role_is_told_so(scene: Scene) -> None:
    """Rule L5."""
    ran = scene.run(target=as_ops(scene, {"view_roles": [{"principals": {"type": "ANY"}, "roles": {"type": "NONE"}}]}))
    text = ran.refused("L5", 5)
    assert "view_roles" in text
    assert scene.znode()


def test_who_may_not_read_the_metrics_is_told_the_acl(scene: Scene) -> None:
    """Rule L5: without them it cannot be told whether a framework is hidden."""
    acls = {"get_endpoints": [{"principals": {"values": ["ops"]}, "paths": {"type": "NONE"}}]}
    text = scene.run(target=as_ops(scene, acls)).refused("L5", 5)
    assert "/metrics/snapshot: 403" in text
    assert "the ACL get_endpoints; on DC/OS read on dcos:mesos:master:endpoint:path:/metrics/snapshot" in text
    assert scene.znode()


@pytest.mark.parametrize(
    "action, thing, remedy",
    [
        ("unreserve_resources", "reserver_principals", "unreserve_resources (reserver_principals: kafka-principal)"),
        ("destroy_volumes", "creator_principals", "destroy_volumes (creator_principals: kafka-principal)"),
    ],
)
def test_who_may_not_remove_is_told_the_acl(scene: Scene, action: str, thing: str, remedy: str) -> None:
    acls = {action: [{"principals": {"values": ["ops"]}, thing: {"type": "NONE"}}]}
    ran = scene.run(target=as_ops(scene, acls))
    assert ran.status == 5
    assert {one.words for one in ran.outcome.leftovers} == {"403 Forbidden."}
    assert any(remedy in one.remedy for one in ran.outcome.leftovers)
    assert scene.znode()


def test_it_goes_nowhere_else(scene: Scene, gate: Gate, stranger: Stranger) -> None:
    """Neither to where a master redirects that is no leader's, nor to Marathon and Exhibitor."""
    user = as_ops(scene)
    elsewhere = http(302, b"", "text/plain", f"Location: {stranger.url}/elsewhere")
    gate.when(line="GET /master/slaves").answer_instead(elsewhere)
    for event in (Waiting, Acting):
        scene.recorder.on(event, scene.clock.jump, nth=3)
    target = {**user, "marathon": f"{stranger.url}/v2/apps/"}
    ran = scene.run(target=target)
    assert ran.status == 5
    connection = Connection(replace(scene.target, **target), Limits(), Patience(HANGS), lambda _: None)
    with closing(connection), pytest.raises(JanitorError):
        connection.marathon.apps()
    assert any(path.startswith("GET /v2/apps") for path in stranger.paths)
    assert stranger.headers, "it was never asked"
    assert not any("Authorization" in headers for headers in stranger.headers)
    secret_free(ran, SECRET)


def test_commands_to_paste_name_the_principal_and_the_file(scene: Scene) -> None:
    target = replace(scene.target, **as_ops(scene))
    assert target.reach[-4:] == ("--mesos-principal", "ops", "--mesos-secret-file", "secret.txt")
    assert SECRET not in str(target)


def test_an_agent_with_another_secret_is_unknown_not_an_error(make: Make) -> None:
    scene = make("1.2", ping_timeout=0.5, ping_limit=4)
    scene.kafka()
    target = replace(scene.target, **as_ops(scene))
    with closing(Connection(target, Limits(), Patience(HANGS), lambda _: None)) as connection:
        agents, _ = connection.master.agents()
        assert isinstance(connection.master.own_state(agents[0]), OwnState)
        scene.control.set_access(users={"ops": "changed-meanwhile"})
        said = connection.master.own_state(agents[0])
        assert isinstance(said, Unknown)
        assert re.search(r"\b401\b", said.why)
