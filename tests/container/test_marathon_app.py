"""The one-shot Marathon app of docs/examples: its container started as Marathon would, its API the sandbox's."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests
from testcontainers.core.container import DockerContainer

from tests.clock import HANGS
from tests.container.cluster import Cluster
from tests.container.conftest import Ran
from tests.container.engine import Engine

EXAMPLES = Path(__file__).parents[2] / "docs/examples"
DELETING = "Deleting self from Marathon to avoid run loop: {}\n"
DELETED = "Successfully deleted self from marathon (code=200): {}\n"

App = dict[str, Any]


def example(name: str) -> App:
    app: App = json.loads((EXAMPLES / name).read_text())
    return app


def run_as_marathon(
    engine: Engine, image: str, app: App, *, app_id: str = "", mounts: dict[str, Path] | None = None
) -> Ran:
    """Run a task of an app as Mesos's Docker containerizer does: src/docker/docker.cpp, Docker::RunOptions::create.

    `app_id` is what MARATHON_APP_ID says where that is not the app's own; `mounts` are the real places of host paths.
    """
    docker = app["container"]["docker"]
    container = DockerContainer(image, docker_client_kw={"environment": engine.environment})
    container.with_kwargs(
        network_mode=docker["network"].lower(), entrypoint="/bin/sh", mem_limit=f"{app['mem']}m", cpu_shares=512
    )
    container.with_command(["-c", app["cmd"]])
    for name, value in {
        "MARATHON_APP_ID": app_id or "/" + app["id"].strip("/"),
        "MARATHON_APP_DOCKER_IMAGE": docker["image"],
        "MARATHON_APP_RESOURCE_MEM": str(app["mem"]),
        "MESOS_SANDBOX": "/mnt/mesos/sandbox",
        "MESOS_TASK_ID": "janitor.5f2d3f0c-0000-11e9-b1a5-70b3d5800001",
        "PORT0": "31000",
    }.items():
        container.with_env(name, value)
    for volume in app["container"].get("volumes", []):
        container.with_volume_mapping((mounts or {})[volume["hostPath"]], volume["containerPath"], "ro")
    with container, closing(container.get_docker_client().client):
        status = container.wait()
        stdout, stderr = container.get_logs()
    return Ran(status, stdout.decode(), stderr.decode())


def test_it_cleans_up_and_deletes_itself(docker: Engine, image: str, kafka: Cluster) -> None:
    """Rule C5, and the original's words."""
    app = example("marathon-app.json")
    kafka.dcos.run_app(app)
    ran = run_as_marathon(docker, image, app)
    assert ran.status == 0, ran
    assert ran.stdout.endswith(
        "Cleanup completed successfully.\n" + DELETING.format("/janitor") + DELETED.format("/janitor")
    )
    assert kafka.is_clean()
    assert kafka.dcos.apps() == ["/hdfs"]


def test_in_a_folder_in_strict_mode_over_https(
    docker: Engine, image: str, strict_kafka: Cluster, tmp_path: Path
) -> None:
    """Rules C4, C5: the token and the CA from files of the agent; Marathon at 8443."""
    app = example("marathon-app-strict.json")
    assert app["id"] == "/ops/janitor"
    strict_kafka.dcos.run_app(app)
    mounts = {"/run/dcos/pki/CA/ca-bundle.crt": tmp_path / "ca.crt", "/etc/janitor/token": tmp_path / "token"}
    (tmp_path / "ca.crt").write_text(strict_kafka.ca)
    (tmp_path / "token").write_text(strict_kafka.token)
    tmp_path.chmod(0o755)
    ran = run_as_marathon(docker, image, app, mounts=mounts)
    assert ran.status == 0, ran
    assert ran.stdout.endswith(DELETING.format("/ops/janitor") + DELETED.format("/ops/janitor"))
    assert strict_kafka.is_clean()
    assert strict_kafka.dcos.apps() == ["/hdfs"]
    assert strict_kafka.token not in ran.stdout + ran.stderr


def test_in_another_app_nothing_deletes_itself(docker: Engine, image: str, kafka: Cluster) -> None:
    """Rule C5: a janitor that some app starts is not that app."""
    ran = run_as_marathon(docker, image, example("marathon-app.json"), app_id="/hdfs")
    assert ran.status == 0, ran
    assert "Deleting self" not in ran.stdout
    assert "/hdfs stays: that app does not run Janitor" in ran.stderr
    assert kafka.is_clean()
    assert kafka.dcos.apps() == ["/hdfs"]


@pytest.mark.parametrize(
    "change, status",
    [
        (("-r kafka-role", "--rle kafka-role"), 1),
        (("-z dcos-service-kafka", "-z /mesos"), 6),
        (("-r kafka-role", "-m http://leader.mesos:5050/master -r kafka-role"), 3),
    ],
    ids=["usage", "protected", "no slash"],
)
def test_after_what_another_run_would_not_change_it_goes(
    docker: Engine, image: str, kafka: Cluster, change: tuple[str, str], status: int
) -> None:
    app = example("marathon-app.json")
    app["cmd"] = app["cmd"].replace(*change)
    kafka.dcos.run_app(app)
    ran = run_as_marathon(docker, image, app)
    assert ran.status == status, ran
    assert DELETING.format("/janitor") + DELETED.format("/janitor") in ran.stdout
    assert kafka.dcos.apps() == ["/hdfs"]
    assert kafka.is_untouched()


@pytest.mark.parametrize(
    "change, status",
    [(("kafka", "hdfs"), 6), (("/janitor.py", "/janitor.py --timeout 3s -m http://nowhere.mesos:5050/master/"), 5)],
    ids=["a live service", "no master"],
)
def test_where_another_run_may_help_it_stays(
    docker: Engine, image: str, kafka: Cluster, change: tuple[str, str], status: int
) -> None:
    app = example("marathon-app.json")
    app["cmd"] = app["cmd"].replace(*change)
    kafka.dcos.run_app(app)
    ran = run_as_marathon(docker, image, app)
    assert ran.status == status, ran
    assert "/janitor stays: the next run may succeed" in ran.stderr
    assert kafka.dcos.apps() == ["/hdfs", "/janitor"]
    assert kafka.control.writes() == []


def test_a_deletion_that_fails_is_said_and_changes_no_status(docker: Engine, image: str, kafka: Cluster) -> None:
    """Rule C5; Marathon is down."""
    app = example("marathon-app.json")
    app["cmd"] += " -n http://nowhere.mesos:8080/v2/apps/"
    kafka.dcos.run_app(app)
    ran = run_as_marathon(docker, image, app)
    assert ran.status == 0, ran
    assert kafka.is_clean()
    assert "The Marathon app /janitor could not be deleted" in ran.stderr
    assert "nowhere.mesos" in ran.stderr
    assert "Successfully deleted self" not in ran.stdout


def test_the_examples_are_what_marathon_and_metronome_take(kafka: Cluster) -> None:
    """Marathon's validation, as far as the sandbox has it; a job may not have a schedule that somebody forgets."""
    for name in ("marathon-app.json", "marathon-app-strict.json"):
        app = example(name)
        answer = requests.put(f"http://{kafka.address}:8080/v2/apps{app['id']}", json=app, timeout=HANGS)
        assert answer.status_code == 201, answer.text
        assert app["instances"] == 1
    job = example("metronome-job.json")
    assert set(job) == {"id", "description", "run"}
    assert job["run"]["restart"] == {"policy": "NEVER"}
    assert job["run"]["cmd"] == example("marathon-app.json")["cmd"]
