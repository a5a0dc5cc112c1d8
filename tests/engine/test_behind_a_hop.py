"""A whole clean-up through what stands before real clusters: a hop that speaks HTTP/1.0, a forward proxy."""

from __future__ import annotations

from pathlib import Path

import pytest
import trustme

from janitor.sandbox.gate import Gate
from tests.engine.answers import http
from tests.engine.scene import Scene
from tests.faults.proxy import nginx, tinyproxy

UNFRAMED = """
    listen 127.0.0.1:{port}SSL;
    chunked_transfer_encoding off;
    sub_filter_types application/json;
    sub_filter "what is nowhere in it" "";
    location / { proxy_pass http://MASTER; proxy_set_header Accept-Encoding ""; }
"""
"""Whatever goes through a filter has lost its length; without chunks it ends where the connection ends."""


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
def test_answers_to_questions_need_no_frame(scene: Scene, tmp_path: Path, tls: bool) -> None:
    authority = trustme.CA()
    made = authority.issue_cert("127.0.0.1")
    made.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both"))
    authority.cert_pem.write_to_path(str(tmp_path / "ca"))
    master = scene.target.mesos.removeprefix("http://").partition("/")[0]
    keys = f" ssl; ssl_certificate {tmp_path / 'both'}; ssl_certificate_key {tmp_path / 'both'}"
    lines = UNFRAMED.replace("MASTER", master).replace("SSL", keys if tls else "")
    with nginx(lines) as running:
        url = f"http{'s' if tls else ''}://127.0.0.1:{running.port}/master/"
        ran = scene.run(target={"mesos": url, "ca_cert": str(tmp_path / "ca")})
        scene.is_clean(ran)
        assert "GET /master/slaves HTTP/1.1" in running.asked


def test_through_a_forward_proxy(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    with tinyproxy() as running:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{running.port}")
        scene.is_clean(scene.run())
        assert "POST http://127.0.0.1" in running.asked


def test_a_load_balancer_that_redirects_to_https_is_followed_by_questions(scene: Scene, tmp_path: Path) -> None:
    """What comes after goes to the https URL at once, the writes included."""
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both"))
    authority.cert_pem.write_to_path(str(tmp_path / "ca"))
    master = scene.target.mesos.removeprefix("http://").partition("/")[0]
    lines = f"""
        listen 127.0.0.1:{{port}} ssl;
        ssl_certificate {tmp_path / "both"}; ssl_certificate_key {tmp_path / "both"};
        error_page 497 =301 https://127.0.0.1:{{port}}$request_uri;
        location / {{ proxy_pass http://{master}; }}
    """
    with nginx(lines) as running:
        url = f"http://127.0.0.1:{running.port}/master/"
        scene.is_clean(scene.run(target={"mesos": url, "ca_cert": str(tmp_path / "ca")}))


def test_a_write_that_is_redirected_says_where_to(scene: Scene, gate: Gate) -> None:
    there = "https://mesos.corp.example/master/api/v1"
    gate.when(body="DESTROY_VOLUMES", nth=1).answer_instead(http(302, b"", "text/plain", f"Location: {there}"))
    ran = scene.run()
    answers = [answer for agent in ran.outcome.agents for answer in agent.answers]
    (redirected,) = [answer for answer in answers if answer.status == 302]
    assert redirected.words == f"redirected to {there}, another host than the one asked: nothing was done"
    scene.is_clean(ran)
