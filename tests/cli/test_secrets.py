"""Invariant 6: no secret comes out, whichever way it goes in and whatever goes wrong."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from janitor.errors import LoginRefused, Unreachable
from janitor.events import Event, Notice, RequestSent, Waiting, Warned
from tests.cli import outcomes
from tests.cli.terminal import PlayedEngine, Ran, janitor

TOKEN = 'eyJ0.to"ken\\.sig-9f'
IN_JSON = 'eyJ0.to\\"ken\\\\.sig-9f'


def channels(folder: Path) -> dict[str, tuple[list[str], dict[str, str], str]]:
    """Every way in: (argv, variables, standard input)."""
    file = folder / "secret"
    file.write_text(TOKEN + "\n")
    digest = folder / "digest"
    digest.write_text(f"super:{TOKEN}\n")
    return {
        "option": (["-a", TOKEN], {}, ""),
        "glued": (["-a" + TOKEN], {}, ""),
        "long": (["--auth_token=" + TOKEN], {}, ""),
        "abbreviated": (["--auth", TOKEN], {}, ""),
        "password": (["--username", "u", "--password", TOKEN], {}, ""),
        "file": (["--auth-token-file", str(file)], {}, ""),
        "password file": (["--username", "u", "--password-file", str(file)], {}, ""),
        "stdin": (["--auth-token-file", "-"], {}, TOKEN),
        "digest": (["--zookeeper-auth-file", str(digest)], {}, ""),
        "secret of Mesos": (["--mesos-principal", "u", "--mesos-secret-file", str(file)], {}, ""),
        "variable": ([], {"JANITOR_AUTH_TOKEN": TOKEN}, ""),
        "password variable": (["--username", "u"], {"JANITOR_PASSWORD": TOKEN}, ""),
    }


CHANNELS = [
    "option", "glued", "long", "abbreviated", "password", "file", "password file", "stdin", "digest", "variable",
    "password variable", "secret of Mesos",
]  # fmt: skip


def echoing() -> list[PlayedEngine]:
    """Engines in which the world, or a bug, says the secret back in every place there is."""
    leftover = replace(outcomes.CONFLICT.leftovers[0], words=f"no {TOKEN}", remedy=TOKEN, item=TOKEN)
    events: list[Event] = [Notice(TOKEN), Warned(TOKEN), RequestSent("GET", TOKEN), Waiting(TOKEN, 1, 2)]
    told = replace(outcomes.CONFLICT, leftovers=(leftover,), notices=(TOKEN,), error=(TOKEN, TOKEN), version=TOKEN)
    return [
        PlayedEngine(told, events=[*events, lambda: logging.getLogger("kazoo").error("Auth %s", TOKEN)]),
        PlayedEngine(error=LoginRefused(f"not accepted: {TOKEN}", remedy=TOKEN)),
        PlayedEngine(error=Unreachable(TOKEN)),
        PlayedEngine(error=ValueError(f"Invalid header value b'{TOKEN}'")),
    ]


@pytest.mark.parametrize("output", [[], ["--output", "json"], ["-v"], ["--log-level", "debug"]], ids=" ".join)
@pytest.mark.parametrize("channel", CHANNELS)
def test_no_secret_comes_out(tmp_path: Path, channel: str, output: list[str]) -> None:
    argv, environ, stdin = channels(tmp_path)[channel]
    runs: list[Ran] = []
    for engine in echoing():
        for terminal in (False, True):
            line = ["-r", "kafka-role", *argv, *output]
            runs.append(janitor(*line, engine=engine, environ=environ, stdin=stdin, terminal=terminal))
    for wrong in (["--nonsense"], ["-m", "http://no-slash"], ["left", "over"], ["-r", ""], ["--timeout", "x"]):
        runs.append(janitor("-r", "kafka-role", *argv, *output, *wrong, environ=environ, stdin=stdin))
    for ran in runs:
        assert TOKEN not in ran.stdout + ran.stderr
        assert IN_JSON not in ran.stdout + ran.stderr
    assert any("***" in ran.stdout + ran.stderr for ran in runs)


def test_the_test_would_see_it() -> None:
    """Without the option, the same engines do show the text."""
    assert all(TOKEN in (ran := janitor("-r", "x", "-v", engine=engine)).stdout + ran.stderr for engine in echoing())


PASSWORD = "S3cretPassw0rd"


@pytest.mark.parametrize("output", [[], ["--output", "json"], ["-v"], ["--log-level", "debug"]], ids=" ".join)
@pytest.mark.parametrize(
    "argv, environ, shown",
    [
        (["--zookeeper", f"zk://admin:{PASSWORD}@127.0.0.1:1,h2/x"], {}, '"zookeeper": "127.0.0.1:1,h2:2181/x"'),
        ([], {"JANITOR_ZOOKEEPER": f"admin:{PASSWORD}@127.0.0.1:1"}, '"zookeeper": "127.0.0.1:1"'),
        (["--zookeeper", f"zk://admin:{PASSWORD}/x@h"], {}, "The ZooKeeper servers cannot be read"),
        (["-m", f"http://bob:{PASSWORD}@h:5050/master/"], {}, "may not hold a user or a password: http://h:5050/"),
        (["-m", f"http://bob:{PASSWORD}@h:5050"], {}, "must end with trailing slash: http://h:5050"),
        (["-m", f"http://bob:{PASSWORD}?x@h:5050"], {}, "must end with trailing slash: http://h:5050"),
        (["-m", f"http://bob:{PASSWORD}/x@h:5050"], {}, "must end with trailing slash: http://h:5050"),
        (["-e", f"http://bob:{PASSWORD}#x@h:5050"], {}, "must end with trailing slash: http://h:5050"),
        ([], {"JANITOR_DCOS_URL": f"https://bob:{PASSWORD}#x@h"}, "may not hold a user or a password: https://h/"),
        (["-n", f"http://h:8080/?token={PASSWORD}/"], {}, "may not hold a query"),
        ([], {"JANITOR_DCOS_URL": f"https://bob:{PASSWORD}@h"}, "may not hold a user or a password: https://h/"),
        ([f"zk://bob:{PASSWORD}@h:2181/x"], {}, "Not understood: "),
        ([f"http://h/?access_token={PASSWORD}"], {}, "Not understood: "),
    ],
)
def test_what_a_place_was_given_with_is_not_shown(
    argv: list[str], environ: dict[str, str], shown: str, output: list[str]
) -> None:
    """Not even where a server says it back."""
    engine = PlayedEngine(replace(outcomes.CONFLICT, notices=(f"no {PASSWORD}",)))
    ran = janitor("-r", "kafka-role", *output, *argv, engine=engine, environ=environ)
    assert PASSWORD not in ran.stdout + ran.stderr
    assert shown in ran.stdout + ran.stderr or (shown.startswith('"') and "json" not in output)
