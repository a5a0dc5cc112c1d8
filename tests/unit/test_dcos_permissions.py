"""Which permission a 403 means, as the documentation of Enterprise security names it."""

from __future__ import annotations

import pytest

from janitor.dcos.permissions import named, permission_for, remedy_of, shutdown_permission
from janitor.errors import Forbidden, HttpStatus, Unauthorized


def forbidden(url: str, body: str = "403 Forbidden") -> Forbidden:
    return Forbidden("no", status=403, body=body, url=url)


@pytest.mark.parametrize(
    "path, permission",
    [
        ("/package/uninstall", "dcos:adminrouter:package full"),
        ("/service/kafka/v1/plans/deploy", "dcos:adminrouter:service:kafka full"),
        ("/service/prod/kafka/v1/pod/status", "dcos:adminrouter:service:prod/kafka full"),
        ("/service/marathon/v2/apps/prod/kafka", "dcos:adminrouter:service:marathon full"),
        ("/service/marathon/v2/apps/prod/kafka", "dcos:service:marathon:marathon:services:/prod/kafka read"),
        ("/service/marathon/v2/apps", "dcos:service:marathon:marathon:services:/ read"),
        ("/v2/apps/kafka", "dcos:service:marathon:marathon:services:/kafka read"),
        ("/exhibitor/exhibitor/v1/explorer/node", "dcos:adminrouter:ops:exhibitor full"),
        ("/agent/S1/slave(1)/state", "dcos:adminrouter:ops:slave full"),
        ("/mesos/master/slaves", "dcos:adminrouter:ops:mesos full"),
        ("/mesos/master/slaves", "dcos:mesos:master:reservation:principal:PRINCIPAL delete"),
        ("/master/api/v1", "dcos:mesos:master:volume:principal:PRINCIPAL delete"),
        ("/dcos-metadata/dcos-version.json", "dcos:adminrouter:ops:metadata full"),
    ],
)
def test_by_where_it_was_asked(path: str, permission: str) -> None:
    assert permission in (permission_for(f"https://x.example{path}") or "")


def test_what_nothing_is_known_of() -> None:
    assert permission_for("https://x.example/other") is None
    assert remedy_of(forbidden("https://x.example/other")) is None
    assert remedy_of(Unauthorized("no", status=401, body="", url="https://x.example/package/list")) is None


def test_cosmos_passes_on_what_marathon_refused() -> None:
    said = "Unable to complete request due to Forbidden response from service [marathon]"
    told = permission_for("https://x.example/package/uninstall", said) or ""
    assert told.startswith("dcos:service:marathon:marathon:services:")


def test_an_error_gets_it_once_and_keeps_what_it_had() -> None:
    with pytest.raises(Forbidden) as caught, named():
        raise forbidden("https://x.example/package/list")
    assert "dcos:adminrouter:package full" in (caught.value.remedy or "")
    with pytest.raises(Forbidden) as caught, named(shutdown_permission("kafka-principal")):
        raise forbidden("https://x.example/mesos/master/api/v1")
    assert "dcos:mesos:master:framework:principal:kafka-principal delete" in (caught.value.remedy or "")
    kept = forbidden("https://x.example/package/list")
    kept.remedy = "Ask Ann."
    with pytest.raises(Forbidden) as caught, named():
        raise kept
    assert caught.value.remedy == "Ask Ann."
    with pytest.raises(HttpStatus) as other, named():
        raise HttpStatus("no", status=500, body="", url="https://x.example/package/list")
    assert other.value.remedy is None
