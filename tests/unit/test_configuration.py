"""The configuration file: what it may say, what goes before it, and that no token goes to a cluster it is not for."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from janitor.cli.arguments.commands import Clean, OnCluster, Sweep
from janitor.cli.arguments.configfile import KEYS, parse
from janitor.cli.arguments.kinds import Option
from janitor.cli.arguments.line import Line
from janitor.cli.arguments.line import parse as read
from janitor.cli.arguments.options import OPTIONS
from janitor.errors import JanitorError, OutOfTime, UsageError
from janitor.message import Again
from janitor.secret import Secret
from janitor.target import STANDARD_MASTER, Target
from tests.cli import outcomes
from tests.cli.documents import document
from tests.cli.terminal import PlayedEngine, environment, janitor
from tests.clock import HANGS

ROOT = Path(__file__).parents[2]

PROD, DEV = "https://prod.example.com", "https://dev.example.com"

TWO = f"""
profile = "prod"
timeout = "30m"
concurrency = 8
protect = ["postgres*"]

[profiles.prod]
dcos-url = "{PROD}"
ca-cert = "prod.crt"
auth-token-file = "prod.token"
timeout = 7200
protect = ["kafka"]

[profiles.dev]
master_url = "http://10.0.0.5:5050/"
zookeeper = "10.0.0.7:2181"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a configuration file of two clusters, and the token of one."""
    folder = tmp_path / ".config" / "janitor"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(TWO)
    (folder / "config.toml").chmod(0o644)
    (folder / "prod.token").write_text("the-prod-token\n")
    return tmp_path


def asked(home: Path | str, *argv: str, **environ: str) -> OnCluster:
    found = read(argv, environment({"HOME": str(home), **environ}))
    assert isinstance(found, OnCluster)
    return found


def target(home: Path, *argv: str, **environ: str) -> Target:
    return asked(home, *(argv or ("-r", "x")), **environ).common.target


def written(path: Path, content: str | bytes) -> Path:
    """A configuration file that nobody else may write, whatever the umask."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(0o644)
    return path


def error(content: str | bytes, tmp_path: Path, *argv: str, **environ: str) -> str:
    path = written(tmp_path / "c.toml", content)
    with pytest.raises(UsageError) as raised:
        asked(tmp_path, "--config", str(path), *argv, **environ)
    return f"{raised.value.message} | {raised.value.remedy or ''}"


# --- where it is ------------------------------------------------------------------------------------------------------


def test_the_default_profile_of_the_default_file(home: Path) -> None:
    found = asked(home, "-r", "kafka-role")
    assert found.common.target.dcos_url == PROD
    assert found.common.target.credentials.token == Secret("the-prod-token")
    assert found.common.target.ca_cert == str(home / ".config/janitor/prod.crt")
    assert (found.common.limits.timeout, found.common.limits.concurrency) == (7200.0, 8)
    assert isinstance(found, Clean)
    assert found.common.notices == ()


def test_the_place_is_that_of_the_xdg_specification(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / "janitor").mkdir(parents=True)
    (other / "janitor" / "config.toml").write_text('dcos-url = "https://xdg.example.com"')
    assert target(home, XDG_CONFIG_HOME=str(other)).dcos_url == "https://xdg.example.com"
    assert target(home, XDG_CONFIG_HOME="other").dcos_url == PROD, "a relative one counts as not set"


@pytest.mark.parametrize("where", ["", "/nonexistent", "relative", "/dev/null", "a\0b", "/root/x" * 2000])
def test_without_a_home_nothing_breaks(where: str) -> None:
    assert asked(where, "-r", "x").common.target == Target()


def test_neither_does_it_without_the_variable() -> None:
    assert read(["-r", "x"], environment({})).common.target == Target()  # type: ignore[union-attr]


def test_a_home_that_may_not_be_read_is_no_error(home: Path) -> None:
    """As with sudo -u, which may leave HOME as it was."""
    (home / ".config").chmod(0)
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)
        assert target(home) == Target()
    finally:
        os.seteuid(user)
        (home / ".config").chmod(0o700)


def test_a_file_there_that_may_not_be_read_is_told(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_, **__: False)
    found = asked(home, "-r", "x")
    path = f"{home}/.config/janitor/config.toml"
    assert found.common.target == Target()
    assert found.common.notices == (f"The configuration file {path} is not used: this user may not read it.",)


def test_a_file_in_place_of_another_by_option_and_by_variable(home: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "other.toml", 'dcos-url = "https://other.example.com"')
    assert target(home, "-r", "x", "--config", str(other)).dcos_url == "https://other.example.com"
    assert target(home, JANITOR_CONFIG=str(other)).dcos_url == "https://other.example.com"
    assert target(home, "-r", "x", "--config", "/dev/null", JANITOR_CONFIG=str(other)) == Target()


def test_a_profile_by_option_and_by_variable(home: Path) -> None:
    dev = Target(mesos="http://10.0.0.5:5050/", zookeeper="10.0.0.7:2181")
    assert target(home, "-r", "x", "--profile", "dev") == dev
    assert target(home, JANITOR_PROFILE="dev") == dev
    assert target(home, "-r", "x", "--profile", "prod", JANITOR_PROFILE="dev").dcos_url == PROD


def test_every_command_reads_it(home: Path) -> None:
    for words in (("scan",), ("uninstall", "kafka"), ("plan", "show", "kafka"), ("service", "list")):
        assert target(home, *words).dcos_url == PROD


# --- what goes before what --------------------------------------------------------------------------------------------


def test_the_command_line_the_variable_the_profile_the_top_the_default(home: Path) -> None:
    def timeout(*argv: str, **environ: str) -> float:
        return asked(home, "-r", "x", *argv, **environ).common.limits.timeout

    assert timeout("--timeout", "1m", JANITOR_TIMEOUT="2m") == 60
    assert timeout(JANITOR_TIMEOUT="2m") == 120
    assert timeout() == 7200
    assert timeout("--profile", "dev") == 1800
    assert timeout("--config", "/dev/null") == 900


def test_a_variable_turns_off_what_a_file_turns_on(tmp_path: Path) -> None:
    path = written(tmp_path / "c.toml", "quiet = true\nverbose = true")
    show = asked(tmp_path, "-r", "x", "--config", str(path), JANITOR_QUIET="no").common.show
    assert (show.quiet, show.verbose) == (False, True)


def test_what_protects_adds_up(home: Path, tmp_path: Path) -> None:
    """A pattern that is typed does not take away what was protected before."""
    more = tmp_path / "more"
    more.write_text("cassandra\n")
    found = asked(home, "sweep", "--protect", "hdfs", "--protect-file", str(more), JANITOR_PROTECT="spark")
    assert isinstance(found, Sweep)
    assert found.choice.protect == ("hdfs", "spark", "cassandra")
    assert found.choice.protect_always == ("kafka", "postgres*")


def test_a_token_that_is_given_goes_before_the_file_s(home: Path) -> None:
    assert target(home, "-r", "x", "-a", "typed-token").credentials.token == Secret("typed-token")
    assert target(home, JANITOR_AUTH_TOKEN="variables-token").credentials.token == Secret("variables-token")
    assert target(home, "-r", "x", "-a", "").credentials.token is None


def test_the_format_of_another_command_is_no_error(home: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "c.toml", 'output = "openmetrics"')
    assert asked(home, "scan", "--config", str(path)).common.show.output == "openmetrics"
    assert asked(home, "service", "list", "--config", str(path)).common.show.output == "text"
    assert "not one of transcript, text, json, html, openmetrics" in error('output = "yaml"', tmp_path, "-r", "x")


# --- no token goes to another cluster ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "environ", "where"),
    [
        (["--dcos-url", DEV], {}, {"dcos_url": DEV}),
        (["-m", "http://10.9.9.9:5050/"], {}, {"mesos": "http://10.9.9.9:5050/"}),
        (["-m", STANDARD_MASTER], {}, {}),
        (["-n", "http://10.9.9.9:8080/v2/apps/"], {}, {"marathon": "http://10.9.9.9:8080/v2/apps/"}),
        ([], {"JANITOR_DCOS_URL": DEV}, {"dcos_url": DEV}),
        (["-m", "http://10.9.9.9:5050/"], {"JANITOR_PROFILE": "prod"}, {"mesos": "http://10.9.9.9:5050/"}),
    ],
)
def test_another_cluster_gets_nothing_of_the_file_s(
    home: Path, argv: list[str], environ: dict[str, str], where: dict[str, str]
) -> None:
    found = asked(home, "-r", "x", *argv, **environ)
    assert found.common.target == Target(**where)  # type: ignore[arg-type]
    assert found.common.target.credentials.token is None
    assert found.common.limits.concurrency == 8, "what is for every cluster holds"
    (notice,) = found.common.notices
    assert "names another cluster than profile prod in" in notice
    assert notice.endswith("are not used: dcos-url, auth-token-file, ca-cert.")
    assert target(home, *("clean", "-r", "x", *found.common.target.reach)) == found.common.target


@pytest.mark.parametrize(("argv", "environ"), [(["--dcos-url", f"{PROD}/"], {}), ([], {"JANITOR_DCOS_URL": PROD})])
def test_the_same_cluster_named_once_more_is_no_other(home: Path, argv: list[str], environ: dict[str, str]) -> None:
    for profile in ([], ["--profile", "prod"]):
        found = asked(home, "-r", "x", *argv, *profile, **environ)
        assert found.common.target.credentials.token == Secret("the-prod-token")
        assert found.common.notices == ()


def test_neither_does_a_profile_get_the_login_of_the_top(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("the-token")
    path = written(
        tmp_path / "c.toml",
        f'dcos-url = "{PROD}"\nauth-token-file = "t"\n[profiles.dev]\nmaster_url = "http://dev:5050/"\n'
        '[profiles.late]\ntimeout = "1h"\n',
    )
    dev = target(tmp_path, "-r", "x", "--config", str(path), "--profile", "dev")
    assert (dev.mesos, dev.dcos_url, dev.credentials.token) == ("http://dev:5050/", None, None)
    late = target(tmp_path, "-r", "x", "--config", str(path), "--profile", "late")
    assert (late.dcos_url, late.credentials.token) == (PROD, Secret("the-token"))


def test_a_login_beside_no_cluster_is_for_every_cluster(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("the-token")
    path = written(tmp_path / "c.toml", 'auth-token-file = "t"')
    found = target(tmp_path, "-r", "x", "--config", str(path), "--dcos-url", DEV)
    assert (found.dcos_url, found.credentials.token) == (DEV, Secret("the-token"))


ALONE = 'profile = "ops"\n[profiles.ops]\nauth-token-file = "t"\ntimeout = 70\n'


@pytest.mark.parametrize(
    ("top", "argv", "environ", "goes"),
    [
        ("", [], {}, True),
        ("", ["-m", STANDARD_MASTER], {}, True),
        ("", ["--dcos-url", DEV], {}, False),
        ("", ["-m", "http://10.9.9.9:5050/"], {}, False),
        ("", [], {"JANITOR_DCOS_URL": DEV}, False),
        ("", ["--dcos-url", DEV], {"JANITOR_PROFILE": "ops"}, False),
        ("", ["--profile", "ops", "--dcos-url", DEV], {}, True),
        ("", ["--profile", "ops"], {"JANITOR_DCOS_URL": DEV}, True),
        ("", [], {"JANITOR_PROFILE": "ops", "JANITOR_DCOS_URL": DEV}, True),
        (f'dcos-url = "{PROD}"\n', [], {}, True),
        (f'dcos-url = "{PROD}"\n', ["--dcos-url", PROD], {}, True),
        (f'dcos-url = "{PROD}"\n', ["--dcos-url", DEV], {}, False),
        (f'dcos-url = "{PROD}"\n', ["--profile", "ops", "--dcos-url", DEV], {}, True),
    ],
)
def test_a_login_in_a_profile_without_a_url_is_for_its_own_cluster(
    tmp_path: Path, top: str, argv: list[str], environ: dict[str, str], goes: bool
) -> None:
    """That is the cluster at the top of the file, else the standard one; or what is typed beside --profile."""
    (tmp_path / "t").write_text("the-token")
    path = written(tmp_path / "c.toml", top + ALONE)
    found = asked(tmp_path, "-r", "x", "--config", str(path), *argv, **environ).common
    assert found.target.credentials.token == (Secret("the-token") if goes else None)
    assert found.limits.timeout == 70.0, "what is for every cluster holds"
    told = [notice for notice in found.notices if "auth-token-file" in notice]
    assert len(told) == (0 if goes else 1)
    if not goes and not top:
        assert "names a cluster, and profile ops in" in told[0]
        assert "unless --profile is typed, too" in told[0]


def test_a_variable_does_not_bring_a_profile_s_login_to_another_cluster_than_the_top_s(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("the-token")
    said = error(f'dcos-url = "{PROD}"\n{ALONE}', tmp_path, "-r", "x", "--profile", "ops", JANITOR_DCOS_URL=DEV)
    assert "JANITOR_DCOS_URL names one cluster, and the profile ops (--profile) another one" in said


def test_a_profile_without_a_login_and_a_url_holds_for_every_cluster(tmp_path: Path) -> None:
    path = written(tmp_path / "c.toml", 'profile = "x"\n[profiles.x]\nca-cert = "ca.pem"\n')
    found = target(tmp_path, "-r", "x", "--config", str(path), "--dcos-url", DEV)
    assert found.ca_cert == str(tmp_path / "ca.pem")


def test_config_tells_of_a_login_for_every_cluster(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("the-token")
    path = written(tmp_path / "c.toml", 'auth-token-file = "t"\n')
    loose = janitor("config", "--config", str(path))
    assert "auth-token-file stands beside no cluster: it goes to every cluster that a run names." in loose.stdout
    written(path, f'auth-token-file = "t"\ndcos-url = "{PROD}"\n')
    assert "stands beside no cluster" not in janitor("config", "--config", str(path)).stdout


def test_a_profile_that_is_typed_and_another_url_of_its_cluster(home: Path) -> None:
    tunnel = target(home, "-r", "x", "--profile", "prod", "--dcos-url", "https://localhost:8443")
    assert (tunnel.dcos_url, tunnel.credentials.token) == ("https://localhost:8443", Secret("the-prod-token"))


@pytest.mark.parametrize(
    ("argv", "environ"),
    [
        (["--profile", "prod"], {"JANITOR_DCOS_URL": DEV}),
        (["--profile", "prod"], {"JANITOR_MASTER_URL": "http://10.9.9.9:5050/"}),
        (["--profile", "prod", "-m", "http://10.9.9.9:5050/"], {}),
        ([], {"JANITOR_PROFILE": "prod", "JANITOR_MASTER_URL": "http://10.9.9.9:5050/"}),
        ([], {"JANITOR_PROFILE": "prod", "JANITOR_DCOS_URL": DEV}),
    ],
)
def test_two_clusters_at_once_are_an_error(home: Path, argv: list[str], environ: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="names one cluster, and the profile prod"):
        asked(home, "-r", "x", *argv, **environ)


@pytest.mark.parametrize("variable", ["JANITOR_MASTER_URL", "JANITOR_EXHIBITOR_URL", "JANITOR_DCOS_URL"])
def test_a_part_that_is_typed_brings_no_variable_of_another_cluster_in(home: Path, variable: str) -> None:
    """A tunnel to Marathon is typed: the token of the profile goes to no master that only a variable names."""
    profile = '[profiles.parts]\nmaster_url = "http://10.0.0.5:5050/"\nauth-token-file = "prod.token"\n'
    file = home / ".config" / "janitor" / "config.toml"
    file.write_text(profile)
    tunnel = ["-r", "x", "--profile", "parts", "-n", "http://localhost:8080/v2/apps/"]
    assert target(home, *tunnel).credentials.token == Secret("the-prod-token")
    with pytest.raises(UsageError, match=f"{variable} names one cluster, and the profile parts"):
        asked(home, *tunnel, **{variable: "https://elsewhere.example.com/"})


def test_a_login_to_zookeeper_goes_to_no_servers_that_only_a_variable_names(home: Path) -> None:
    file = home / ".config" / "janitor" / "config.toml"
    file.write_text('zookeeper = "10.0.0.7:2181"\nzookeeper-auth-file = "zk"\n')
    file.with_name("zk").write_text("ops:the-digest-password\n")
    with pytest.raises(UsageError, match="JANITOR_ZOOKEEPER names one ZooKeeper, and the configuration file another"):
        asked(home, "-r", "x", JANITOR_ZOOKEEPER="10.9.9.9:2181")
    assert target(home, "-r", "x", JANITOR_ZOOKEEPER="10.0.0.7:2181").zookeeper_auth is not None
    typed = target(home, "-r", "x", "--zookeeper", "localhost:2181", JANITOR_ZOOKEEPER="10.9.9.9:2181")
    assert (typed.zookeeper, typed.zookeeper_auth) == ("localhost:2181", Secret("ops:the-digest-password"))


# --- commands that are pasted back ------------------------------------------------------------------------------------

PASTED = [
    ([], {}),
    (["--profile", "dev"], {}),
    ([], {"JANITOR_PROFILE": "dev"}),
    (["--profile", "prod", "--dcos-url", "https://localhost:8443"], {}),
    (["--profile", "dev", "-m", STANDARD_MASTER], {}),
    (["--profile", "dev", "-n", "http://10.0.0.6:8080/v2/apps/"], {}),
    (["--profile", "dev", "--zookeeper", "10.0.0.8:2181"], {}),
    (["--insecure", "-m", "https://10.9.9.9:5050/"], {}),
    (["--config", "{home}/.config/janitor/config.toml"], {}),
    ([], {"JANITOR_CONFIG": "{home}/.config/janitor/config.toml", "JANITOR_PROFILE": "dev"}),
    ([], {"JANITOR_DCOS_URL": DEV}),
    (["--config", "/dev/null"], {}),
]


@pytest.mark.parametrize(("argv", "environ"), PASTED)
def test_a_command_to_paste_reaches_the_same_cluster_with_the_same_login(
    home: Path, argv: list[str], environ: dict[str, str]
) -> None:
    """Pasted into a shell that has none of the variables."""
    argv = [word.format(home=home) for word in argv]
    found = target(home, "-r", "x", *argv, **{name: text.format(home=home) for name, text in environ.items()})
    assert "the-prod-token" not in found.reach
    assert target(home, "clean", "-r", "x", *found.reach) == found


def test_what_a_command_to_paste_says(home: Path) -> None:
    assert target(home).reach == ("--profile", "prod")
    assert target(home, "-r", "x", "--profile", "dev", "-n", "http://m/").reach == (
        "--profile",
        "dev",
        "-n",
        "http://m/",
    )
    path = str(home / ".config/janitor/config.toml")
    assert target(home, "-r", "x", "--config", path).reach == ("--config", path, "--profile", "prod")


@pytest.mark.parametrize(("argv", "environ"), PASTED)
def test_the_same_command_once_more_does_so_too(home: Path, argv: list[str], environ: dict[str, str]) -> None:
    argv = [word.format(home=home) for word in argv]
    env = environment({"HOME": str(home), **{name: text.format(home=home) for name, text in environ.items()}})
    line = Line(["-r", "x", *argv], env)
    first = line.asked()
    again = line.again(Again("--log-level", "debug"))
    assert isinstance(first, Clean)
    assert again is not None
    assert target(home, *shlex.split(again)[1:]) == first.common.target


def test_the_same_command_once_more_where_a_variable_s_profile_is_not_meant(home: Path) -> None:
    env = environment({"HOME": str(home), "JANITOR_PROFILE": "prod"})
    line = Line(["-r", "x", "-m", "http://10.9.9.9:5050/"], env)
    line.asked()
    assert line.again(Again("--dry-run")) == "janitor -r x -m http://10.9.9.9:5050/ --dry-run"


def test_a_file_that_comes_through_a_pipe_is_spelled_out() -> None:
    env = environment({}, stdin=f'[profiles.p]\ndcos-url = "{PROD}"\n')
    found = read(["clean", "-r", "x", "--config", "-", "--profile", "p"], env)
    assert isinstance(found, Clean)
    assert found.job.reach == ("--config", "/dev/null", "--dcos-url", PROD)


# --- what is wrong ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('dcos_url = "x"', ["dcos_url (", "c.toml) is not known", "Did you mean dcos-url?"]),
        ('master-url = "x"', ["Did you mean master_url?"]),
        ('timeou = "1h"', ["timeou (", "Did you mean timeout?"]),
        ('nonsense = "x"', ["nonsense (", "is not known", "See them: janitor config --config /dev/null"]),
        ('[profiles.prod]\ntimeou = "1h"', ["timeou (profile prod in ", "Did you mean timeout?"]),
        ('[profile.prod]\ntimeout = "1h"', ["profile (", "is a table; the name of a profile is wanted"]),
        ("[prod]\n", ["prod (", "is not known"]),
        ('profiles = "prod"', ["is no table of profiles", "[profiles.NAME]"]),
        ('auth_token = "s3cr3t"', ["a configuration file holds no secrets", 'auth-token-file = "FILE"']),
        ('auth-token = "s3cr3t"', ["a configuration file holds no secrets", 'auth-token-file = "FILE"']),
        ('[profiles.p]\npassword = "s3cr3t"', ['password-file = "FILE"']),
        ('override = ["live-owner"]', ["override (", "give it for each run, as --override"]),
        ('role = "x"', ["as --role"]),
        ('principal = "x"', ["as --principal"]),
        ('zk_path = "x"', ["as --zk_path"]),
        ("yes = true", ["as --yes"]),
        ("insecure = true", ["as --insecure"]),
        ("dry-run = true", ["as --dry-run"]),
        ('lost-agent = ["S1"]', ["as --lost-agent"]),
        ('config = "x"', ["as --config"]),
        ('[profiles.a]\nprofile = "x"', ["stands at the top of the file"]),
        ("dcos-url = 5", ["dcos-url (", "is a number; a text in quotes is wanted"]),
        ("dcos-url = 2020-01-01", ["is a date or a time"]),
        ('dcos-url = ["x"]', ["is a list"]),
        ('dcos-url = ""', ["is empty"]),
        ("timeout = true", ["is true or false; a text in quotes is wanted"]),
        ("timeout = 1.5", ["is a number"]),
        ('quiet = "yes"', ["is text; true or false is wanted"]),
        ('protect = "x"', ["is text; a list of texts is wanted"]),
        ("protect = [1]", ["a list of texts is wanted"]),
        ('protect = [""]', ["a list of texts is wanted"]),
        ('auth-token-file = "-"', ["is standard input"]),
        ("timeout = 30m", ["is not TOML", "line 1", 'timeout = "30m"']),
        (b"timeout = '\xff'", ["is not in UTF-8"]),
        ("x" * (1024 * 1024 + 1), ["is too large"]),
        ("a=" + "[" * 5000, ["is not TOML"]),
        ('profile = "prod"', ["has no profile prod", "no [profiles.NAME] at all"]),
        ('profile = "prd"\n[profiles.prod]\n[profiles.dev]', ["has no profile prd", "Did you mean prod?"]),
        ('profile = "x"\n[profiles.prod]\n[profiles.dev]', ["has no profile x", "It has: prod, dev."]),
        ('timeout = "soon"', ["timeout (", "c.toml) soon: not a time"]),
        ('[profiles.p]\nconcurrency = 65\n[profiles.q]', []),
        ('auth-token-file = "none"', ["auth-token-file (", "/none: there is no such file"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_the_file_and_the_key(content: str | bytes, said: list[str], tmp_path: Path) -> None:
    if not said:
        assert "from 1 to 64" in error(content, tmp_path, "-r", "x", "--profile", "p")
        return
    message = error(content, tmp_path, "-r", "x")
    assert all(part in message for part in said), message
    assert "s3cr3t" not in message


def test_a_url_that_cannot_be_one_names_the_file(tmp_path: Path) -> None:
    for text, said in (('master_url = "http://m"', "trailing slash"), ('dcos-url = "nonsense"', "nonsense")):
        path = written(tmp_path / "c.toml", text)
        with pytest.raises(JanitorError) as raised:
            asked(tmp_path, "-r", "x", "--config", str(path))
        assert raised.value.exit_status == 3
        assert said in raised.value.message
        assert str(path) in raised.value.message


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    for argv, environ in ((["--config", f"{tmp_path}/none"], {}), ([], {"JANITOR_CONFIG": f"{tmp_path}/none"})):
        with pytest.raises(UsageError, match=r"The configuration file .*/none \(.*\): there is no such file"):
            asked(tmp_path, "-r", "x", *argv, **environ)
    with pytest.raises(UsageError, match="is a directory"):
        asked(tmp_path, "-r", "x", "--config", str(tmp_path))
    with pytest.raises(UsageError, match="names the profile prod, and there is no configuration file"):
        asked(tmp_path, "-r", "x", "--profile", "prod")


def test_a_pipe_that_nobody_writes_to_ends_at_the_deadline(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutOfTime, match="he configuration file"):
        read(["-r", "x", "--config", str(tmp_path / "pipe"), "--timeout", "1s"], environment({}, clock=Ticking()))


class Ticking:
    """A clock on which a second passes at each look."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        self.now += 0.5
        return self.now


def test_a_pipe_that_somebody_writes_to_works(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_text, args=(f'dcos-url = "{PROD}"',))
    writer.start()
    try:
        assert target(tmp_path, "-r", "x", "--config", str(tmp_path / "pipe")).dcos_url == PROD
    finally:
        writer.join()


# --- who may write it -------------------------------------------------------------------------------------------------


def test_a_file_that_everybody_may_write_is_refused(home: Path) -> None:
    path = home / ".config/janitor/config.toml"
    path.chmod(0o666)
    for argv in ([], ["--config", str(path)]):
        with pytest.raises(UsageError, match="other users can change it") as raised:
            asked(home, "-r", "x", *argv)
        assert raised.value.remedy == f"Remove that permission: chmod go-w {path}"


def test_one_s_own_group_may_write_it(home: Path) -> None:
    """Where every user has a group of their own, files are made so."""
    (home / ".config/janitor/config.toml").chmod(0o664)
    assert target(home).dcos_url == PROD


def test_a_file_of_another_user(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home / ".config/janitor/config.toml"
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 4711)
    if os.getuid() == 0:
        os.chown(path, 4712, 4712)
    with pytest.raises(UsageError, match="it belongs to another user") as raised:
        asked(home, "-r", "x")
    assert raised.value.remedy == f"If it is meant, name it: --config {path}"
    assert target(home, "-r", "x", "--config", str(path)).dcos_url == PROD
    path.chmod(0o664)
    with pytest.raises(UsageError, match="other users can change it"):
        asked(home, "-r", "x", "--config", str(path))


def test_with_sudo_the_caller_s_own_is_one_s_own(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home / ".config/janitor/config.toml"
    if os.getuid() == 0:
        os.chown(path, 4712, 4712)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", str(path.stat().st_uid))
    assert target(home).dcos_url == PROD


@pytest.mark.parametrize("number", ["9" * 5000, "٣", "-1", "ops"])
def test_a_number_of_sudo_that_is_none_is_nobody_s(home: Path, monkeypatch: pytest.MonkeyPatch, number: str) -> None:
    if os.getuid() == 0:
        os.chown(home / ".config/janitor/config.toml", 4712, 4712)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", number)
    if os.getuid() in (0, 4712):
        with pytest.raises(UsageError, match="it belongs to another user"):
            asked(home, "-r", "x")


# --- the options decide what may stand there --------------------------------------------------------------------------


def test_the_keys_are_options_that_select_nothing_and_lift_nothing() -> None:
    assert {"dcos-url", "master_url", "ca-cert", "auth-token-file", "timeout", "output", "protect", "audit-log"} <= {
        *KEYS
    }
    assert not {
        "role", "principal", "zk_path", "label", "any-principal", "lost-agent", "package", "legacy", "manual", "znodes",
        "only-service", "override", "yes", "insecure", "dry-run", "force-complete-missing", "auth_token", "password",
        "config", "profile", "watch", "only", "inactive",
    } & {*KEYS}  # fmt: skip
    assert not any(option.secret or (option.selects and not option.adds) for option in KEYS.values())


@pytest.mark.parametrize("option", [option for option in OPTIONS if not option.in_file], ids=lambda o: o.name)
def test_no_other_option_is_taken(option: Option) -> None:
    if option.name in KEYS or option.name == "profile":
        return  # another option of the same name
    for content in (f'{option.name} = "x"', f"{option.name} = true", f'{option.name} = ["x"]'):
        with pytest.raises(UsageError):
            parse(content.encode(), "/c.toml", "")


def test_the_example_of_the_documents_is_read(tmp_path: Path) -> None:
    text = (ROOT / "docs/configuration.md").read_text()
    examples = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert examples
    for example in examples:
        file = parse(example.encode(), str(tmp_path / "config.toml"), "/home/me")
        assert file.top or file.profiles
    table = text.partition("| for | keys |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z_-]+)`", table)) <= {*KEYS}


# --- the command that shows it ----------------------------------------------------------------------------------------


def test_config_shows_each_setting_with_where_it_comes_from(home: Path) -> None:
    ran = janitor(
        "config", "--concurrency", "4", "-a", "s3cr3t-token", "--protect", "hdfs",
        environ={"HOME": str(home), "JANITOR_ZOOKEEPER": "zk://bob:l0ngs3cr3t@zk:2181/x"},
    )  # fmt: skip
    lines = [re.split(r"  +", line) for line in ran.stdout.splitlines()]
    assert ran.status == 0
    assert lines[:2] == [[f"Configuration file: {home}/.config/janitor/config.toml"], ["Profile: prod; there are: dev"]]
    assert ["dcos-url", PROD, "profile prod"] in lines
    assert ["timeout", "7200", "profile prod"] in lines
    assert ["concurrency", "4", "--concurrency"] in lines
    assert ["zookeeper", "zk://***@zk:2181/x", "JANITOR_ZOOKEEPER"] in lines
    assert ["auth_token", "***", "--auth_token"] in lines
    assert ["log-level", "-", "default"] in lines
    assert [line for line in lines if line[0] == "protect"] == [
        ["protect", "hdfs", "--protect"],
        ["protect", "kafka", "profile prod"],
        ["protect", "postgres*", "the file, at its top"],
    ]
    assert "s3cr3t" not in ran.stdout + ran.stderr


def test_config_as_a_document(home: Path) -> None:
    told = document(janitor("config", "--output", "json", "--dcos-url", DEV, environ={"HOME": str(home)}))
    path = f"{home}/.config/janitor/config.toml"
    assert (told["command"], told["file"], told["profile"], told["profiles"]) == (
        "config",
        path,
        "prod",
        ["prod", "dev"],
    )
    assert told["not_used"] == ["dcos-url", "auth-token-file", "ca-cert"]
    settings = {one["name"]: one for one in told["settings"]}
    assert settings["timeout"] == {
        "name": "timeout", "value": "7200", "source": "profile", "detail": f"profile prod in {path}",
    }  # fmt: skip
    assert settings["quiet"] == {"name": "quiet", "value": False, "source": "default", "detail": None}
    none = document(janitor("config", "--output", "json"))
    assert (none["file"], none["profile"], none["profiles"]) == (None, None, [])


def test_config_names_a_file_as_it_is_called(tmp_path: Path) -> None:
    path = written(tmp_path / "config (old)", 'timeout = "30m"')
    told = document(janitor("config", "--output", "json", "--config", str(path)))
    (timeout,) = [one for one in told["settings"] if one["name"] == "timeout"]
    assert (timeout["source"], timeout["detail"]) == ("file", str(path))


def test_config_names_the_cluster_of_the_dcos_cli_where_no_other_is_named(home: Path) -> None:
    folder = home / ".dcos" / "clusters" / "c1"
    folder.mkdir(parents=True)
    (folder / "dcos.toml").write_text(f'[core]\ndcos_url = "{DEV}"\ndcos_acs_token = "s3cr3t-token"\n')
    (folder / "attached").touch()
    ran = janitor("config", "--config", "/dev/null", environ={"HOME": str(home)})
    taken = f"Notice: Every command but clean takes the cluster c1 at {DEV}, which the DC/OS CLI is attached to."
    assert taken in ran.stdout.splitlines()
    assert "s3cr3t" not in ran.stdout
    assert "DC/OS CLI" not in janitor("config", environ={"HOME": str(home)}).stdout


def test_config_tells_what_is_wrong_with_the_dcos_cli_and_what_to_do(home: Path) -> None:
    for name in ("c1", "c2"):
        (home / ".dcos/clusters" / name).mkdir(parents=True)
        (home / ".dcos/clusters" / name / "dcos.toml").write_text(f'[core]\ndcos_url = "{DEV}"\n')
        (home / ".dcos/clusters" / name / "attached").touch()
    lines = janitor("config", "--config", "/dev/null", environ={"HOME": str(home)}).stdout.splitlines()
    at = lines.index("Notice: Several clusters are attached: c1, c2.")
    assert lines[at + 1 : at + 3] == ["  do:  Choose one:", "         dcos cluster attach NAME"]


def test_an_error_is_told_as_the_file_wants_it(home: Path) -> None:
    path = home / ".config/janitor/config.toml"
    path.write_text('output = "json"\nmaster_url = "http://m"')
    told = document(janitor("-r", "x", environ={"HOME": str(home)}))
    assert told["error"]["kind"] == "BadUrl"


def test_a_notice_of_the_file_is_on_stderr_alone(home: Path) -> None:
    ran = janitor("-r", "x", "--dcos-url", DEV, engine=PlayedEngine(outcomes.CLEANED), environ={"HOME": str(home)})
    assert "names another cluster than profile prod in" in " ".join(ran.stderr.split())
    assert "profile" not in ran.stdout


def test_a_process_as_in_a_container(tmp_path: Path) -> None:
    """No HOME, and a file that is named by a variable, as Marathon would start it. A protected znode ends it."""
    path = written(tmp_path / "janitor.toml", 'master_url = "http://10.0.0.5:5050/"')

    def run(*argv: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "janitor", "-z", "mesos", *argv],
            env={"PATH": os.environ["PATH"], **environ},
            capture_output=True,
            text=True,
            timeout=HANGS,
            cwd=ROOT,
        )

    without, named = run("-m", "http://10.0.0.5:5050/"), run(JANITOR_CONFIG=str(path))
    assert without.returncode == 6
    assert without.stdout.startswith("Master: http://10.0.0.5:5050/ ")
    again = named.stderr.replace(f"--config {path}", "-m http://10.0.0.5:5050/")
    assert (named.returncode, named.stdout, again) == (without.returncode, without.stdout, without.stderr)


def test_marathon_is_still_found_when_the_line_is_wrong(home: Path) -> None:
    """Rule C5: a janitor that is an app asks Marathon about itself, also after a wrong command line."""
    path = home / ".config/janitor/config.toml"
    path.write_text('marathon_url = "http://10.0.0.6:8080/v2/apps/"')
    where, *_ = Line(["-r", ""], environment({"HOME": str(home)})).where()
    assert where.marathon == "http://10.0.0.6:8080/v2/apps/"
    path.write_text("nonsense")
    where, *_ = Line(["-r", "x"], environment({"HOME": str(home)})).where()
    assert where == Target()
