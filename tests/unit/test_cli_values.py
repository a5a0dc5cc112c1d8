"""Rules S3, O5, C4: options over variables, nothing that widens by accident, files that are not what they should be."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janitor.cleanup.job import Job
from janitor.cli.arguments.commands import Clean, Show
from janitor.cli.arguments.kinds import Group, Switch
from janitor.cli.arguments.line import Line, parse
from janitor.cli.arguments.options import OPTIONS
from janitor.errors import BadUrl, JanitorError, UsageError
from janitor.message import Again, Remedy
from janitor.secret import Secret
from janitor.target import FILES, SWITCHES, Limits, MesosLogin, Target
from tests.cli.terminal import environment


def read(*argv: str, stdin: str = "", **environ: str) -> Clean:
    asked = parse(["clean", *argv], environment(environ, stdin=stdin))
    assert isinstance(asked, Clean)
    return asked


def error(*argv: str, stdin: str = "", **environ: str) -> str:
    with pytest.raises(JanitorError) as raised:
        read(*argv, stdin=stdin, **environ)
    return f"{type(raised.value).__name__}: {raised.value.message} | {raised.value.remedy or ''}"


def test_nothing_given_is_the_defaults() -> None:
    found = read()
    assert (found.job, found.common.target, found.common.limits) == (Job(), Target(), Limits())
    assert found.common.target.mesos == "http://leader.mesos:5050/master/"
    assert found.common.target.marathon == "http://marathon.mesos:8080/v2/apps/"
    assert found.common.target.exhibitor == "http://leader.mesos:8181/"
    assert not found.common.target.exhibitor_given
    assert (found.common.limits.timeout, found.common.limits.concurrency) == (900.0, 16)


def test_everything_given() -> None:
    line = """
        -v -r r -p p -z z -m http://m/ -n http://n/ -e http://e/ --username u --password longsecret -a tokensecret
        --dry-run --any-principal --label a=b --label a=c=d --lost-agent S1 --lost-agent S2 --override live-owner
        --override shared-role --zookeeper zk-1.zk:2181/x --timeout 1h30m --concurrency 64 --output json --quiet
        --ca-cert ca.pem --log-level info
    """
    found = read(*line.split())
    where = ("-m", "http://m/", "-n", "http://n/", "-e", "http://e/", "--zookeeper", "zk-1.zk:2181/x")
    assert found.job == Job(
        role="r",
        principal="p",
        any_principal=True,
        labels=(("a", "b"), ("a", "c=d")),
        znode="z",
        overrides=frozenset({"live-owner", "shared-role"}),
        lost_agents=("S1", "S2"),
        dry_run=True,
        reach=(*where, "--ca-cert", "ca.pem"),
    )
    assert found.common.limits == Limits(5400.0, 64)
    target = found.common.target
    assert (target.mesos, target.marathon, target.exhibitor) == ("http://m/", "http://n/", "http://e/")
    assert target.exhibitor_given
    assert (target.zookeeper, target.ca_cert, target.insecure) == ("zk-1.zk:2181/x", "ca.pem", False)
    assert target.credentials.username == "u"
    assert target.credentials.password == Secret("longsecret")
    assert target.credentials.token == Secret("tokensecret")
    show = found.common.show
    assert (show.json, show.quiet, show.verbose, show.log_level) == (True, True, True, "info")


def test_every_variable_stands_for_its_option() -> None:
    found = read(
        JANITOR_ROLE="r",
        JANITOR_PRINCIPAL="p",
        JANITOR_ZK_PATH="z",
        JANITOR_MASTER_URL="http://m/",
        JANITOR_MARATHON_URL="http://n/",
        JANITOR_EXHIBITOR_URL="http://e/",
        JANITOR_USERNAME="u",
        JANITOR_PASSWORD="w",
        JANITOR_AUTH_TOKEN="t",
        JANITOR_VERBOSE="yes",
        JANITOR_DRY_RUN="1",
        JANITOR_ANY_PRINCIPAL="TRUE",
        JANITOR_LABEL="a=b  c=d",
        JANITOR_LOST_AGENT="S1 S2",
        JANITOR_ZOOKEEPER="zk:2181",
        JANITOR_TIMEOUT="90s",
        JANITOR_CONCURRENCY="4",
        JANITOR_OUTPUT="json",
        JANITOR_QUIET="on",
        JANITOR_CA_CERT="ca.pem",
        JANITOR_LOG_LEVEL="debug",
    )
    assert found.job.labels == (("a", "b"), ("c", "d"))
    assert found.job.lost_agents == ("S1", "S2")
    assert (found.job.role, found.job.principal, found.job.znode) == ("r", "p", "z")
    assert found.job.dry_run
    assert found.job.any_principal
    assert (found.common.target.mesos, found.common.target.marathon, found.common.target.exhibitor) == (
        "http://m/",
        "http://n/",
        "http://e/",
    )
    assert found.common.target.exhibitor_given
    assert (found.common.target.zookeeper, found.common.target.ca_cert) == ("zk:2181", "ca.pem")
    assert found.common.limits == Limits(90.0, 4)
    assert found.common.show == Show("json", True, True, "debug")


def test_a_printed_command_names_the_cluster_that_was_named_and_no_secret() -> None:
    assert read("-r", "r").job.reach == ()
    behind = read("-r", "r", "-m", "http://m/", "-a", "tokensecret", "--insecure", "--dcos-url", "https://dcos.example")
    assert behind.job.reach == ("--dcos-url", "https://dcos.example", "--insecure")
    named = read("-r", "r", "--zookeeper", "zk://bob:longsecret@zk-1.zk:2181/x", "-a", "tokensecret")
    assert named.job.reach == ("--zookeeper", "zk-1.zk:2181/x")


def test_the_command_line_wins() -> None:
    found = read(
        *["-r", "mine", "--label", "x=y", "--timeout", "5"],
        JANITOR_ROLE="theirs",
        JANITOR_LABEL="a=b",
        JANITOR_TIMEOUT="nonsense",
        JANITOR_PRINCIPAL="p",
    )
    assert (found.job.role, found.job.labels, found.job.principal) == ("mine", (("x", "y"),), "p")
    assert found.common.limits.timeout == 5.0


def test_the_last_of_an_option_wins() -> None:
    assert read("-r", "a", "--role=b").job.role == "b"


@pytest.mark.parametrize("option", ["-r", "-p", "-z", "--role=", "--principal=", "--zk_path=", "--label="])
def test_s3_a_selection_that_is_given_but_empty_is_an_error(option: str) -> None:
    argv = [option] if option.endswith("=") else [option, ""]
    said = error("-r", "kafka-role", *argv)
    assert said.startswith("UsageError")
    assert option.rstrip("=") in said
    assert "variable unset" in said


@pytest.mark.parametrize("name", ["JANITOR_ROLE", "JANITOR_PRINCIPAL", "JANITOR_ZK_PATH", "JANITOR_LABEL"])
@pytest.mark.parametrize("text", ["", " "])
def test_s3_so_is_its_variable(name: str, text: str) -> None:
    said = error("--dry-run", **{name: text})
    assert said.startswith("UsageError")
    assert name in said


def test_s3_but_not_when_the_command_line_has_its_word() -> None:
    assert read("-p", "p", JANITOR_PRINCIPAL="").job.principal == "p"


@pytest.mark.parametrize("option", [option for option in OPTIONS if option.variable and not option.selects], ids=str)
def test_another_variable_that_is_empty_counts_as_not_given(option: object) -> None:
    variable = getattr(option, "variable")  # noqa: B009 - the parametrised object is an Option
    found = read(**{variable: ""})
    assert (found.job, found.common.target, found.common.limits) == (Job(), Target(), Limits())


@pytest.mark.parametrize("argv", ["-r --dry-run", "-p -z", "-a --dry-run", "--password -v", "--timeout --dry-run"])
def test_s3_an_option_does_not_swallow_the_next_one(argv: str) -> None:
    """`-a $UNSET --dry-run` would run for real: the dry run would be the token."""
    said = error(*argv.split())
    assert said.startswith("UsageError")
    assert "has no value" in said


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        ("-r=kafka-role -p x --dry-run", "janitor -p x --dry-run --role=kafka-role"),
        ("-r --dry-run -p x", "janitor -p x --role=--dry-run"),
        ("-a --dry-run -p x", None),  # a secret is in no command to paste
    ],
)
def test_s3_what_was_meant_is_a_whole_command(argv: str, command: str | None) -> None:
    line = Line(argv.split(), environment())
    with pytest.raises(UsageError) as caught:
        line.asked()
    (meant,) = Remedy.of(caught.value.remedy or "").commands
    assert (line.again(meant) if isinstance(meant, Again) else None) == command


def test_s3_unless_it_is_glued() -> None:
    assert read("--principal=-z").job.principal == "-z"


@pytest.mark.parametrize("argv", [["-r", "-x"], ["-r=kafka-role"], ["-z=kafka"]])
def test_s3_what_nobody_means(argv: list[str]) -> None:
    assert error(*argv).startswith("UsageError")


def test_o5_overrides_are_typed_each_time() -> None:
    """Rules O5, C4: what weakens a safety catch is not lying around in an environment."""
    assert "JANITOR_OVERRIDE" in error(JANITOR_OVERRIDE="live-owner")
    assert "JANITOR_INSECURE" in error(JANITOR_INSECURE="1")


@pytest.mark.parametrize("name", ["JANITOR_PRINCIPLE", "JANITOR_LABELS", "JANITOR_ZKPATH", "JANITOR_ROLES"])
def test_a_misspelt_variable_is_an_error(name: str) -> None:
    assert "Did you mean JANITOR_" in error("-r", "x", **{name: "y"})


@pytest.mark.parametrize(
    "name", ["JANITOR_PORT", "JANITOR_SERVICE_HOST", "JANITOR_PORT_80_TCP", "JANITOR_VERSION", "ROLE"]
)
def test_a_variable_of_somebody_else_is_not(name: str) -> None:
    assert read(**{name: "y"}).job == Job()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ("--timeout 0", "from 1s to 24h"),
        ("--timeout 25h", "from 1s to 24h"),
        ("--timeout 9999999999999999999999", "from 1s to 24h"),
        ("--timeout 1w", "90s, 15m or 1h"),
        ("--timeout -5", "90s, 15m or 1h"),
        ("--timeout 1.5", "90s, 15m or 1h"),
        ("--timeout ٣", "90s, 15m or 1h"),
        ("--concurrency 0", "from 1 to 64"),
        ("--concurrency 65", "from 1 to 64"),
        ("--concurrency many", "from 1 to 64"),
        ("--output yaml", "text, json"),
        ("--output jsn", "Did you mean json?"),
        ("--log-level loud", "debug, info, warning, error"),
        ("--override live-ower", "Did you mean live-owner or live-znode?"),
        ("--override all", "live-owner, shared-role, live-znode, filtered-view"),
        ("--label kafka", "a label is KEY=VALUE"),
        ("--label =x", "a label is KEY=VALUE"),
        ("--label resource_id=", "the label has no value"),
        ("--ca-cert x --insecure", "contradict"),
        ("--zookeeper=", "given but empty"),
        ("--zookeeper a:b:c", ""),
        ("-a x --auth-token-file y", "not both"),
        ("--password x --password-file y", "not both"),
    ],
)
def test_nonsense_is_a_usage_error(argv: str, said: str) -> None:
    message = error(*argv.split())
    assert message.startswith("UsageError")
    assert said in message


def test_neither_yes_nor_no() -> None:
    assert "JANITOR_DRY_RUN" in error(JANITOR_DRY_RUN="maybe")


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_times_add_up(hours: int, minutes: int, seconds: int) -> None:
    total = hours * 3600 + minutes * 60 + seconds
    if total:
        assert read("--timeout", f"{hours}h{minutes}m{seconds}s").common.limits.timeout == total
        assert read("--timeout", str(total)).common.limits.timeout == total


def test_the_originals_slash_check_in_its_order() -> None:
    every = ["-m", "http://m", "-n", "http://n", "-e", "http://e"]
    assert "Marathon URL must end with trailing slash: http://n" in error(*every)
    assert "Master URL must end with trailing slash: http://m" in error(*every[:2], *every[4:])
    assert "Exhibitor URL must end with trailing slash: http://e" in error(*every[4:])
    assert error("-m", "") == "BadUrl: Master URL must end with trailing slash:  | "


def test_a_url_without_its_slash_is_written_out_as_it_should_be() -> None:
    assert error("-m", "http://m:5050/master").endswith("| Write: -m http://m:5050/master/")
    assert error("-n", "m:8080/v2/apps").endswith("| Write: -n http://m:8080/v2/apps/")
    for secret in ("http://bob:hunter2x@m:5050", "http://m/?access_token=hunter2x"):
        assert "hunter2x" not in error("-m", secret)


def test_a_long_option_with_one_dash_is_no_role() -> None:
    """By getopt's rules `-role=x` is the role `ole=x`, of which nothing is found: a clean cluster, it would seem."""
    said = error("-role=kafka-role")
    assert said.endswith("-role is read as -r with a value. | A long option begins with two dashes: --role")
    assert "hunter2x" not in error("-r", "x", "-auth_token=hunter2x")


@pytest.mark.parametrize("url", ["leader.mesos:5050/", "http:///", "/", "ftp://m/", "http://m:99999/", "http://a b/"])
@pytest.mark.parametrize("option", ["-m", "-n", "-e"])
def test_a_url_without_scheme_or_host(url: str, option: str) -> None:
    with pytest.raises(BadUrl):
        read(option, url)


@pytest.mark.parametrize("url", ["http://me:hunter2@m/", "http://me:hunter2@m"])
def test_a_password_in_a_url_is_not_shown(url: str) -> None:
    said = error("-m", url)
    assert said.startswith("BadUrl")
    assert "hunter2" not in said


def test_an_empty_token_is_no_token(tmp_path: Path) -> None:
    """Rule S3: as in `--auth_token=$(dcos config show core.dcos_acs_token)` where there is no login."""
    file = tmp_path / "token"
    file.write_text(" \r\n")
    found = read("--auth-token-file", str(file))
    assert found.common.target.credentials.token is None
    assert f"--auth-token-file {file} is empty: this run has no token." in found.common.notices
    assert read("--auth_token=").common.target.credentials.token is None
    assert read("--auth_token=", JANITOR_AUTH_TOKEN="x").common.target.credentials.token is None


def test_a_file_that_an_editor_on_windows_wrote(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_bytes(b"\xef\xbb\xbfthe.token\r\n")
    assert read("--auth-token-file", str(file)).common.target.credentials.token == Secret("the.token")


def test_secrets_from_files(tmp_path: Path) -> None:
    token, password, digest = tmp_path / "t", tmp_path / "p", tmp_path / "z"
    token.write_text("the.token\n")
    password.write_bytes(b"pass word\r\n")
    digest.write_text("super:secret")
    found = read(
        *["--auth-token-file", str(token), "--password-file", str(password), "--zookeeper-auth-file", str(digest)],
        *["--username", "u"],
    ).common.target
    assert found.credentials.token == Secret("the.token")
    assert found.credentials.password == Secret("pass word")
    assert found.zookeeper_auth == Secret("super:secret")


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_a_secret_from_standard_input(name: str) -> None:
    found = read("--auth-token-file", name, stdin="the.token\n")
    assert found.common.target.credentials.token == Secret("the.token")


def test_the_command_lines_file_wins_over_the_variables_token(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from.file")
    found = read("--auth-token-file", str(file), JANITOR_AUTH_TOKEN="from.variable")
    assert found.common.target.credentials.token == Secret("from.file")
    found = read("-a", "from.option", JANITOR_AUTH_TOKEN_FILE=str(file))
    assert found.common.target.credentials.token == Secret("from.option")


@pytest.mark.parametrize("option", ["--auth-token-file", "--password-file", "--zookeeper-auth-file"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file"),
        (b"hunter2x\nhunter2y\n", "several lines"),
        (b"hunter2x\x00hunter2y", "control characters"),
        (b"\xff\xfehunter2x", "not text"),
        (b"hunter2x" * 20000, "too large"),
    ],
    ids=["missing", "lines", "controls", "binary", "large"],
)
def test_a_file_that_holds_no_secret(tmp_path: Path, option: str, content: bytes | None, said: str) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    message = error(option, str(file))
    assert message.startswith("UsageError")
    assert said in message
    assert "hunter2" not in message


def test_a_directory_as_token_file(tmp_path: Path) -> None:
    assert "is a directory" in error("--auth-token-file", str(tmp_path))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "cannot be read: Not a directory" in error("--auth-token-file", str(tmp_path / "file" / "token"))
    assert "cannot be read: not a file name" in error("--auth-token-file", "a\x00b")


def test_a_digest_needs_both_halves(tmp_path: Path) -> None:
    file = tmp_path / "digest"
    file.write_text("hunter2x")
    said = error("--zookeeper-auth-file", str(file))
    assert "user:password" in said
    assert "hunter2" not in said


@pytest.mark.parametrize("argv", ["--username u", "--password hunter2x", "--username u --password="])
def test_half_a_login_is_noticed(argv: str) -> None:
    """The original ignores it without a word."""
    assert "so there is no login" in read(*argv.split()).common.notices[0]


def test_usage_comes_before_urls() -> None:
    with pytest.raises(UsageError):
        read("-r", "", "-m", "http://m")


LATIN_1 = b"caf\xe9".decode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    "argv",
    [
        ["-r", LATIN_1], ["-p", LATIN_1], ["-z", LATIN_1], ["--label", f"a={LATIN_1}"], ["--lost-agent", LATIN_1],
        ["-m", f"http://{LATIN_1}/"], ["-n", f"http://m/{LATIN_1}/"], ["-e", f"http://{LATIN_1}/"],
        ["--zookeeper", LATIN_1], ["--dcos-url", f"https://{LATIN_1}"], ["--username", LATIN_1],
        ["--password", LATIN_1], ["-a", LATIN_1], ["--timeout", LATIN_1], ["--output", LATIN_1],
    ],
    ids=lambda argv: argv[0],
)  # fmt: skip
def test_bytes_of_another_encoding_are_a_usage_error(argv: list[str]) -> None:
    said = error(*argv)
    assert said.startswith(f"UsageError: {argv[0]} is not in UTF-8")
    assert "Latin-1" in said
    assert ("caf" in said) == (argv[0] not in ("--password", "-a")), "a secret is not shown"


@pytest.mark.parametrize("name", ["JANITOR_ROLE", "JANITOR_LABEL", "JANITOR_PASSWORD", "JANITOR_DCOS_URL"])
def test_so_they_are_in_a_variable(name: str) -> None:
    assert f"{name} is not in UTF-8" in error(**{name: LATIN_1})


def test_a_file_s_name_may_be_any_bytes(tmp_path: Path) -> None:
    path = tmp_path / LATIN_1
    path.write_text("thetoken")
    assert read("--auth-token-file", str(path)).common.target.credentials.token == Secret("thetoken")
    assert read("--ca-cert", str(path)).common.target.ca_cert == str(path)


@pytest.mark.parametrize("uid", ['"\\ud83d"', '"\\udc00x"'])
def test_a_service_account_s_name_that_is_no_text(tmp_path: Path, uid: str) -> None:
    """JSON can write half of a pair of surrogates, and nothing can send it."""
    file = tmp_path / "account"
    file.write_text(f'{{"uid": {uid}, "private_key": "-----BEGIN"}}')
    assert "is not a service account's secret" in error("--private-key-file", str(file))


CREDENTIAL = '{"principal": "ops", "secret": "longsecret"}'


@pytest.mark.parametrize(
    "argv, content",
    [
        (("--mesos-principal", "ops"), "longsecret\n"),
        ((), CREDENTIAL),
        (("--mesos-principal", "ops"), CREDENTIAL),
        ((), "ops longsecret\n"),
        (("--mesos-principal", "ops"), "ops longsecret"),
    ],
)
def test_a_principal_of_mesos_as_mesos_itself_takes_it(argv: tuple[str, ...], content: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(content)
    login = MesosLogin("ops", Secret("longsecret"))
    found = read("-r", "r", *argv, "--mesos-secret-file", str(file))
    assert found.common.target.credentials.mesos == login
    assert found.job.reach == ("--mesos-principal", "ops", "--mesos-secret-file", str(file))
    variables = {f"JANITOR_{argv[0][2:].upper().replace('-', '_')}": argv[1]} if argv else {}
    assert read(JANITOR_MESOS_SECRET_FILE=str(file), **variables).common.target.credentials.mesos == login


@pytest.mark.parametrize(
    "argv, variables, again",
    [
        (("--auth-token-file", "FILE"), {}, ("--auth-token-file", "FILE")),
        ((), {"JANITOR_AUTH_TOKEN_FILE": "FILE"}, ("--auth-token-file", "FILE")),
        (("-a", "the.token"), {"JANITOR_AUTH_TOKEN_FILE": "FILE"}, ()),
        (("--auth-token-file", "-"), {}, ()),
        (("--username", "ops", "--password-file", "FILE"), {}, ("--username", "ops", "--password-file", "FILE")),
        (("--username", "ops", "--password", "secret"), {}, ()),
        (("--zookeeper-auth-file", "FILE"), {}, ("--zookeeper-auth-file", "FILE")),
        (("--zookeeper-auth-file", "-"), {}, ()),
    ],
)
def test_a_command_to_paste_logs_in_with_the_files_of_this_run(
    argv: tuple[str, ...], variables: dict[str, str], again: tuple[str, ...], tmp_path: Path
) -> None:
    """Never with the secret itself, and with no file that nobody can read again."""
    file = tmp_path / "secret"
    file.write_text("super:longsecret")
    words = [str(file) if word == "FILE" else word for word in argv]
    found = read(*words, stdin="super:longsecret", **{name: str(file) for name in variables})
    assert found.common.target.reach == tuple(str(file) if word == "FILE" else word for word in again)


def test_what_reaches_a_cluster_is_told_apart_as_it_is_declared() -> None:
    """A container on another host needs the files: an option that is new has to stand there, too."""
    reaching = [option for option in OPTIONS if option.group in (Group.WHERE, Group.LOGIN)]
    assert {f"--{option.name}" for option in reaching if option.value == "FILE"} == FILES
    assert {f"--{option.name}" for option in reaching if isinstance(option, Switch)} == SWITCHES


def test_a_secret_of_mesos_with_a_blank_is_one_secret(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("correct horse")
    found = read("--mesos-principal", "ops", "--mesos-secret-file", str(file)).common.target.credentials.mesos
    assert found is not None
    assert found.secret == Secret("correct horse")


@pytest.mark.parametrize(
    "argv, content, words",
    [
        (["--mesos-principal", "ops"], None, "given without its secret"),
        ([], "longsecret", "has no principal in it"),
        (["--mesos-principal", "ops"], "", "has no secret in it"),
        (["--mesos-principal", "me"], CREDENTIAL, "the credential of another principal (ops)"),
        (["--mesos-principal", "ops"], "long:secret", "the secret has a colon in it"),
        (["--mesos-principal", "o:ps"], "longsecret", "the principal has a colon in it"),
        ([], '{"principal": "ops"}', "no credential of Mesos: JSON with principal and secret"),
        ([], "{", "no credential of Mesos"),
        (["--mesos-principal", "ops", "-a", "tokensecret"], "longsecret", "Give a login to DC/OS or a principal"),
        (["--mesos-principal", "ops", "--username", "u", "--password", "longword"], "longsecret", "not both"),
        (["--mesos-principal", "ops", "--dcos-url", "https://dcos.example"], "longsecret", "behind Admin Router"),
    ],
)
def test_a_principal_of_mesos_that_cannot_be_meant(
    argv: list[str], content: str | None, words: str, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_text(content)
        argv = [*argv, "--mesos-secret-file", str(file)]
    said = error(*argv)
    assert said.startswith("UsageError: ")
    assert words in said
    assert "longsecret" not in said
    assert "long:secret" not in said


def test_masters_may_be_named_by_their_zookeeper() -> None:
    found = read("-r", "r", "-m", "zk://zk-1.zk:2181,zk-2.zk/mesos")
    assert found.common.target.mesos == "zk://zk-1.zk:2181,zk-2.zk:2181/mesos"
    assert found.job.reach == ("-m", "zk://zk-1.zk:2181,zk-2.zk:2181/mesos")
    assert read(JANITOR_MASTER_URL="zk://zk-1.zk/mesos/").common.target.mesos == "zk://zk-1.zk:2181/mesos"


@pytest.mark.parametrize(
    "url, words",
    [
        ("zk://user:longsecret@zk-1.zk:2181/mesos", "--zookeeper-auth-file FILE"),
        ("zk://user:long/secret@zk-1.zk:2181/mesos", "may not hold a user or a password"),
        ("zk://zk-1.zk:2181", "no path, which says where the masters register"),
        ("zk://zk-1.zk:2181/", "no path"),
        ("zk://zk-1.zk:port/mesos", "cannot be read"),
        ("zk:///mesos", "cannot be read"),
        ("zk://zk-1.zk/a//b", "an empty component"),
    ],
)
def test_a_zookeeper_of_masters_that_cannot_be_one(url: str, words: str) -> None:
    said = error("-r", "r", "-m", url)
    assert said.startswith("BadUrl: --master_url: ")
    assert words in said
    assert "zk://zk-1.example.com:2181,zk-2.example.com:2181/mesos" in said
    assert "secret" not in said


def test_a_certificate_of_ones_own() -> None:
    found = read("-r", "r", "--client-cert", "me.pem", "--client-key", "me.key")
    assert (found.common.target.client_cert, found.common.target.client_key) == ("me.pem", "me.key")
    assert found.job.reach == ("--client-cert", "me.pem", "--client-key", "me.key")
    assert read(JANITOR_CLIENT_CERT="both.pem").common.target.client_cert == "both.pem"
    assert "--client-key me.key is given without its certificate" in error("-r", "r", "--client-key", "me.key")


def test_zookeeper_with_tls(tmp_path: Path) -> None:
    given = ("--zookeeper", "zk-1:2281", "--zookeeper-tls", "--zookeeper-ca", "ca.pem")
    own = ("--zookeeper-cert", "me.pem", "--zookeeper-key", "me.key")
    found = read("-r", "r", *given, *own)
    assert found.job.reach == (*given, *own)
    assert read("-r", "r", "-m", "zk://zk-1:2281/mesos", "--zookeeper-tls").common.target.zookeeper_tls
    assert "--zookeeper-ca is given without --zookeeper-tls" in error("-r", "r", "--zookeeper-ca", "ca.pem")
    assert "without the port that speaks TLS" in error("-r", "r", "--zookeeper-tls")
    said = error("-r", "r", *given, "--zookeeper-key", "me.key")
    assert "--zookeeper-key me.key is given without its certificate" in said


def test_zookeeper_with_sasl(tmp_path: Path) -> None:
    login = tmp_path / "zk"
    login.write_text("ops:let me\n")
    found = read("-r", "r", "--zookeeper-sasl", "--zookeeper-auth-file", str(login))
    assert found.common.target.zookeeper_sasl
    assert found.job.reach == ("--zookeeper-sasl", "--zookeeper-auth-file", str(login))
    assert "without who logs in" in error("-r", "r", "--zookeeper-sasl")
