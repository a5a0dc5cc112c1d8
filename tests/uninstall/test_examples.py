"""The examples of the help, typed as they stand there: on a cluster with a Kafka, without a terminal to ask on."""

from __future__ import annotations

from pathlib import Path

import pytest

from janitor.cli.arguments.verbs import CommandName
from janitor.cli.engine import Engine
from janitor.cli.guides import GUIDES
from tests.cli.examples import words_of
from tests.cli.terminal import janitor
from tests.uninstall.scene import Scene

STATUSES: dict[CommandName, list[int]] = {
    "status": [10, 10],
    "scan": [0, 0, 0],
    "sweep": [0, 0],
    "plan show": [0, 0],
    "plan force-complete": [0, 0],
    "pod list": [0, 0],
    "pod replace": [0, 0],
    "service list": [0, 0],
    "service shutdown": [0, 0],
    "uninstall": [0, 6],
}
"""What each example ends with: 6 where it asks, and there is nobody to ask."""


def test_the_examples_of_every_command_about_a_cluster_run(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("token.txt").write_text("a-token")
    Path("token.txt").chmod(0o600)
    scene.services.run("kafka")
    for command, statuses in STATUSES.items():
        for example, status in zip(GUIDES[command].examples, statuses, strict=True):
            ran = janitor(*words_of(example, scene.url), stdin="a-token", engine=Engine())
            assert ran.status == status, (example, ran.stdout, ran.stderr)
            assert status in GUIDES[command].statuses


def test_the_examples_of_the_main_job_run(scene: Scene) -> None:
    scene.abandoned("kafka")
    environ = {"JANITOR_DCOS_URL": scene.url}
    for example in GUIDES["clean"].examples:
        ran = janitor(*words_of(example), environ=environ, stdin="a-token", engine=Engine())
        assert ran.status == 0, (example, ran.stdout, ran.stderr)
    assert not scene.znode()
