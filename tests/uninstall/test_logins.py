"""Reaching the cluster: every way to log in, tokens that end in the middle, and what is forbidden."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from janitor.events import PlanSeen, Told
from janitor.sandbox.dcos.cluster import Asks
from janitor.secret import Secret
from janitor.target import Credentials
from tests.clock import HANGS
from tests.uninstall.conftest import Make
from tests.uninstall.scene import SOON, Scene, token

PASSWORD = "correct horse battery"


@pytest.fixture
def strict(make: Make) -> Scene:
    """Everybody asks for a token, as in Enterprise's strict mode."""
    scene = make(asks=Asks.EVERYBODY)
    scene.dcos.add_user("admin", PASSWORD)
    return scene


def keys() -> tuple[str, str]:
    """(private, public) of a service account, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def test_user_and_password(strict: Scene) -> None:
    strict.services.run("kafka")
    strict.credentials = Credentials(username="admin", password=Secret(PASSWORD))
    ran = strict.uninstall()
    strict.credentials = token(strict.dcos.issue_token("admin"))
    strict.is_gone(ran)


def test_a_service_account_by_its_key(strict: Scene, tmp_path: Path) -> None:
    """RS256; the sandbox's IAM verifies it with the public key, as bouncer does."""
    private, public = keys()
    strict.dcos.add_account("janitor-account", public)
    strict.services.run("kafka")
    pem, secret, wrong = tmp_path / "key.pem", tmp_path / "secret.json", tmp_path / "other.pem"
    pem.write_text(private)
    secret.write_text(json.dumps({"scheme": "RS256", "uid": "janitor-account", "private_key": private}))
    wrong.write_text(keys()[0])
    by_pem = strict.janitor("status", "kafka", "--username", "janitor-account", "--private-key-file", str(pem))
    assert by_pem.status == 10, by_pem.stderr
    by_secret = strict.janitor("status", "kafka", "--private-key-file", str(secret))
    assert by_secret.status == 10, by_secret.stderr
    refused = strict.janitor("status", "kafka", "--username", "janitor-account", "--private-key-file", str(wrong))
    assert refused.status == 4
    assert "the login as janitor-account was refused\n  why: 401" in refused.stderr
    for ran in (by_pem, by_secret, refused):
        assert "BEGIN" not in ran.stdout + ran.stderr


def test_a_token_and_none(strict: Scene) -> None:
    strict.services.run("kafka")
    given = strict.janitor("status", "kafka", "--auth_token", strict.dcos.issue_token("admin"))
    assert given.status == 10
    none = strict.janitor("status", "kafka")
    assert none.status in (4, 5)
    assert re.search(r"\b401\b", none.stderr)
    assert "token" in none.stderr
    bad = strict.janitor("status", "kafka", "--auth_token", "expired")
    assert bad.status == 4
    assert "not accepted (401)" in bad.stderr


def test_a_401_in_the_middle_logs_in_once_more(strict: Scene) -> None:
    """Cosmos goes on with the token that it got: that one is good for as long as it takes."""
    strict.services.run("kafka")
    strict.services.hold("kafka")
    strict.credentials = Credentials(username="admin", password=Secret(PASSWORD))
    logins = strict.dcos.logins()

    def expire() -> None:
        strict.dcos.expire_tokens()
        strict.services.hold("kafka", False)

    strict.recorder.on(PlanSeen, expire)
    ran = strict.uninstall(limits=SOON)
    assert strict.dcos.logins() == logins + 2
    # Cosmos lost its token, and gave up without a word: the app is a zombie, and that is seen and ended.
    assert ran.asked[-1][0].endswith("its token expired. Delete app /kafka from Marathon?")
    strict.credentials = token(strict.dcos.issue_token("admin"))
    strict.is_gone(ran)


@pytest.mark.parametrize(
    "prefix, permission",
    [
        ("/package", "dcos:adminrouter:package full"),
        ("/service/marathon", "dcos:adminrouter:service:marathon full"),
        ("/mesos", "dcos:adminrouter:ops:mesos full"),
        ("/service/kafka", "dcos:adminrouter:service:kafka full"),
    ],
)
def test_a_403_names_the_permission_that_is_missing(make: Make, prefix: str, permission: str) -> None:
    scene = make(asks=Asks.ADMIN_ROUTER)
    scene.services.run("kafka")
    scene.dcos.forbid("clerk", [prefix])
    given = scene.dcos.issue_token("clerk")
    ran = scene.janitor("uninstall", "kafka", "--yes", "--timeout", f"{HANGS:.0f}", "--auth_token", given)
    assert ran.status == 5
    assert re.search(r"\b403\b", ran.stderr)
    assert permission in ran.stderr


def test_a_token_that_ends_soon_is_warned_of_before_the_start(strict: Scene) -> None:
    """Cosmos goes on with it in the background, and gives up silently when it is refused."""
    strict.services.run("kafka")
    given = strict.dcos.issue_token("admin")
    strict.credentials = token(given)
    quiet = strict.uninstall(confirm=False)
    assert "expires in" not in quiet.text
    strict.rehearsal.sandbox.call(lambda: setattr(strict.rehearsal.dcos.iam, "lifetime", -3600.0 + 1200))
    soon = strict.dcos.issue_token("admin")
    strict.credentials = token(soon)
    ran = strict.uninstall(confirm=False)
    assert "The token expires in " in ran.text or "The token has expired" in ran.text
    assert "Cosmos uses this token after the run, too" in ran.text
    assert not [event for event in ran.of(Told) if "Cosmos has" in event.text]
