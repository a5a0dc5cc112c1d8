"""Rule C1: the original's surface, by getopt's rules. Python's own getopt is the model."""

from __future__ import annotations

import getopt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janitor.cli.arguments.grammar import GrammarError, Typed, parse, tokenize
from janitor.cli.arguments.options import OPTIONS, of_command

# The original's own call (facts of janitor.py): written out here, not taken from the table under test.
SHORTS = "hvm:e:n:r:p:z:a:"
LONGS = [
    "help",
    "verbose",
    "role=",
    "principal=",
    "zk_path=",
    "master_url=",
    "marathon_url=",
    "exhibitor_url=",
    "username=",
    "password=",
    "auth_token=",
]
NEW = {
    "dry-run", "zookeeper", "output", "timeout", "concurrency", "label", "any-principal", "lost-agent", "override",
    "quiet", "auth-token-file", "password-file", "ca-cert", "insecure", "zookeeper-auth-file", "log-level",
    "version", "dcos-url", "private-key-file", "detailed-exitcode", "mesos-principal", "mesos-secret-file",
    "config", "profile", "audit-log", "backup", "client-cert", "client-key", "save", "wait-for-agents",
    "zookeeper-ca", "zookeeper-cert", "zookeeper-key", "zookeeper-sasl", "zookeeper-tls",
}  # fmt: skip

names = st.sampled_from([long.rstrip("=") for long in LONGS])
prefixes = st.builds(lambda name, length: "--" + name[:length], names, st.integers(0, 14))
values = st.sampled_from(["", "x", "kafka-role", "-", "--", "-r", "=", "a=b", "--role", "http://m:5050/", "*"])
clusters = st.text("hvmenrpzaux=", min_size=1, max_size=4).map(lambda text: "-" + text)
tokens = st.one_of(
    prefixes,
    st.builds(lambda prefix, value: f"{prefix}={value}", prefixes, values),
    clusters,
    values,
    st.text(max_size=6),
)


def is_new(token: str) -> bool:
    return token.startswith("--") and token[2:].partition("=")[0] in NEW


@given(st.lists(tokens, max_size=8).filter(lambda argv: not any(map(is_new, argv))))
def test_c1_legacy_material_is_read_as_getopt_reads_it(argv: list[str]) -> None:
    """Options, values, what is left over and the words of every error are Python's."""
    try:
        expected: object = getopt.getopt(argv, SHORTS, LONGS)
    except getopt.GetoptError as error:
        expected = error.msg
    try:
        typed = tokenize(argv, "clean")
        got: object = ([(each.spelled, each.value) for each in typed.given], list(typed.words))
    except GrammarError as error:
        got = error.message
    assert got == expected


@given(st.lists(tokens, max_size=6).filter(lambda argv: not any(map(is_new, argv))))
def test_c1_words_left_over_are_the_one_difference(argv: list[str]) -> None:
    """Where getopt is content and nothing is left over, so is parse; and the other way round."""
    if argv[:1] in (["clean"], ["help"], ["version"]):
        return
    try:
        pairs, rest = getopt.getopt(argv, SHORTS, LONGS)
        content = not rest or any(name in ("-h", "--help") for name, _ in pairs)
    except getopt.GetoptError:
        content = False
    try:
        parse(argv)
        parsed = True
    except GrammarError:
        parsed = False
    assert parsed == content or not argv


@given(st.lists(tokens, max_size=3), st.sampled_from(sorted(NEW)))
def test_new_options_never_enter_the_abbreviations(argv: list[str], name: str) -> None:
    """Rule C1: every real prefix of a new option means what it meant to the original."""
    for length in range(1, len(name)):
        token = "--" + name[:length]
        if is_new(token) or name[:length] in [long.rstrip("=") for long in LONGS]:
            continue
        try:
            expected: object = getopt.getopt([token, "x"], SHORTS, LONGS)[0]
        except getopt.GetoptError as error:
            expected = error.msg
        try:
            got: object = [(each.spelled, each.value) for each in tokenize([token, "x"], "clean").given]
        except GrammarError as error:
            got = error.message
        assert got == expected


def test_the_table_is_the_originals_and_the_new_ones() -> None:
    legacy = {option.name + ("=" if option.value else "") for option in OPTIONS if option.legacy}
    assert legacy == set(LONGS)
    assert {option.name for option in of_command("clean") if not option.legacy} == NEW
    assert all(not option.short for option in OPTIONS if not option.legacy)


def given_as(argv: str) -> list[tuple[str, str, bool]]:
    return [(each.option.name, each.value, each.glued) for each in parse(argv.split()).given]


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ("-r x --dry-run -p y", [("role", "x", False), ("dry-run", "", True), ("principal", "y", False)]),
        ("-vr x", [("verbose", "", True), ("role", "x", False)]),
        ("-rx", [("role", "x", True)]),
        ("-r=x", [("role", "=x", True)]),
        ("--r=x --label a=b --label=c=d", [("role", "x", True), ("label", "a=b", False), ("label", "c=d", True)]),
        ("--timeout --dry-run", [("timeout", "--dry-run", False)]),
        ("clean -r clean", [("role", "clean", False)]),
        ("--ver", [("verbose", "", True)]),
        ("-r x --", [("role", "x", False)]),
    ],
)
def test_options(argv: str, expected: list[tuple[str, str, bool]]) -> None:
    assert given_as(argv) == expected


@pytest.mark.parametrize(
    ("argv", "message", "remedy"),
    [
        ("--rle x", "option --rle not recognized", "--role"),
        ("--auth-token x", "option --auth-token not recognized", "--auth_token"),
        ("--master-url x", "option --master-url not recognized", "--master_url"),
        ("--dry_run", "option --dry_run not recognized", "--dry-run"),
        ("--dry", "option --dry not recognized", "--dry-run"),
        ("--zookeper x", "option --zookeper not recognized", "--zookeeper"),
        ("-u me", "option -u not recognized", "--username"),
        ("--p x", "option --p not a unique prefix", "--principal or --password"),
        ("--dry-run=yes", "option --dry-run must not have an argument", None),
        ("--timeout", "option --timeout requires argument", None),
        ("-r x y z", "Not understood: y, and what followed: z.", "Nothing was done"),
        ("-r x clean", "Not understood: clean.", "A command comes first"),
        ("claen -r x", "There is no command claen.", "the command clean"),
        ("version now", "Not understood: now.", "Nothing was done"),
        ("kafka", "There is no command kafka.", "see where it stands: janitor status kafka"),
        ("/prod/kafka", "There is no command /prod/kafka.", "To see every command: janitor help"),
        ("clean kafka", "Not understood: kafka.", "See what it takes: janitor help clean"),
        ("sweep kafka", "Not understood: kafka.", "See what it takes: janitor help sweep"),
        ("-role kafka-role", "Not understood: kafka-role.", "A long option begins with two dashes: --role"),
        ("-x -p kafka-principal", "option -x not recognized", None),
        ("-r -p kafka-principal", "Not understood: kafka-principal.", "-r has no value: -p follows it"),
        ("-r x \u2013p y", "Not understood: '\u2013p', and what followed: y.", "a plain one: -p"),
        ("-r x \u2014dry-run", "Not understood: '\u2014dry-run'.", "a plain one: --dry-run"),
        ("\u2014help", "Not understood: '\u2014help'.", "a plain one: --help"),
        ("-r x \u2013", "Not understood: '\u2013'.", "Nothing was done"),
    ],
)
def test_errors_say_what_and_what_instead(argv: str, message: str, remedy: str | None) -> None:
    with pytest.raises(GrammarError) as raised:
        parse(argv.split())
    assert raised.value.message == message
    assert (raised.value.remedy or "").find(remedy or "") >= 0
    assert (raised.value.remedy is None) == (remedy is None)


@pytest.mark.parametrize(
    "argv",
    [
        "-r x word -a hunter2secret",
        "-r x word --password=hunter2secret",
        "-r x word -ahunter2secret",
        "-r x word --passw hunter2secret",
        "-r x word -va hunter2secret",
        "-a tok hunter2secret",
        "--password=tok hunter2secret",
    ],
)
def test_what_is_left_over_is_quoted_without_secrets(argv: str) -> None:
    with pytest.raises(GrammarError) as raised:
        parse(argv.split())
    assert "hunter2secret" not in f"{raised.value.message} {raised.value.remedy}"
    assert "***" in raised.value.message


def test_help_and_version_win_over_what_is_left_over() -> None:
    assert parse(["-r", "x", "-h", "word"]) == Typed("help")
    assert parse(["clean", "--help"]) == Typed("help", words=("clean",))
    assert parse(["--version"]) == Typed("version")
    assert parse([]) == Typed("help", bare=True)


def test_a_getopt_error_comes_before_help() -> None:
    """As in the original: getopt reads the whole line before anything is acted on."""
    with pytest.raises(GrammarError):
        parse(["-h", "--nonsense"])


def test_an_error_carries_what_was_understood() -> None:
    with pytest.raises(GrammarError) as raised:
        parse(["-n", "http://marathon/", "--nonsense"])
    assert [each.value for each in raised.value.typed.given] == ["http://marathon/"]


@pytest.mark.parametrize(
    ("argv", "command", "words"),
    [
        ("status kafka", "status", ("kafka",)),
        ("status --timeout 5 kafka --quiet", "status", ("kafka",)),
        ("plan show kafka deploy --watch", "plan show", ("kafka", "deploy")),
        ("plan --watch --timeout 5 show kafka", "plan show", ("kafka",)),
        ("plan force-complete --yes kafka deploy node -- --step", "plan force-complete",
         ("kafka", "deploy", "node", "--step")),
        ("service list --inactive", "service list", ()),
        ("service shutdown -- -x", "service shutdown", ("-x",)),
        ("help plan show", "help", ("plan", "show")),
    ],
)  # fmt: skip
def test_other_commands_take_options_and_words_in_any_order(argv: str, command: str, words: tuple[str, ...]) -> None:
    typed = parse(argv.split())
    assert (typed.command, typed.words) == (command, words)


@pytest.mark.parametrize(
    ("argv", "topic"),
    [
        ("status -h kafka", "status"),
        ("status kafka --help too many", "status"),
        ("plan -h", "plan"),
        ("plan --help nonsense", "plan"),
        ("plan -h show", "plan show"),
        ("plan force-complete --help", "plan force-complete"),
        ("plan force-complete --watch --help", "plan force-complete"),
    ],
)
def test_help_of_the_command_that_is_typed(argv: str, topic: str) -> None:
    assert parse(argv.split()) == Typed("help", words=tuple(topic.split()))


WAYS = "Write one of these: janitor plan show NAME [PLAN]; janitor plan force-complete NAME PLAN [PHASE [STEP]]"


@pytest.mark.parametrize(
    ("argv", "message", "remedy"),
    [
        ("status", "status needs NAME.", "Write: janitor status NAME"),
        ("status a b", "Not understood: b.", "Nothing was done"),
        ("status --stat a", "option --stat not recognized", None),
        ("status --timeou 5 a", "option --timeou not recognized", "Did you mean --timeout?"),
        ("status a -x", "option -x not recognized", None),
        ("status a --dry-run", "option --dry-run not recognized", "--dry-run is for clean, apply, uninstall, sweep, "),
        (
            "-r x --yes",
            "option --yes not recognized",
            "--yes is for uninstall, sweep, restore, plan force-complete, pod replace",
        ),
        ("plan", "plan needs show or force-complete after it.", WAYS),
        ("plan --watch", "plan needs show or force-complete after it.", WAYS),
        ("plan kafka", "plan has no kafka: it has show and force-complete.", WAYS),
        ("plan shwo kafka", "plan has no shwo: it has show and force-complete.", "Did you mean plan show?"),
        ("plan force kafka deploy", "plan has no force: it has show and force-complete.", "plan force-complete?"),
        ("plan show", "plan show needs NAME.", "Write: janitor plan show NAME [PLAN]"),
        ("plan show a b c", "Not understood: c.", "Nothing was done"),
        ("plan force-complete", "plan force-complete needs NAME and PLAN.", "NAME PLAN [PHASE [STEP]]"),
        ("plan force-complete a", "plan force-complete needs PLAN.", "NAME PLAN [PHASE [STEP]]"),
        ("plan force-complete a b --watch", "plan force-complete does not take --watch.", "--watch is for plan show."),
        (
            "plan show a --yes",
            "plan show does not take --yes.",
            "--yes is for uninstall, sweep, restore, plan force-complete",
        ),
        ("pod replace a", "pod replace needs POD.", "Write: janitor pod replace NAME POD"),
        ("pod list a b", "Not understood: b.", "Nothing was done"),
        ("service shutdown", "service shutdown needs ID|NAME.", "Write: janitor service shutdown ID|NAME"),
        ("service shutdown x --inactive", "service shutdown does not take --inactive.", "for service list."),
        ("service list --override cluster-framework", "service list does not take --override.", "service shutdown."),
        (
            "service stop x",
            "service has no stop: it has list and shutdown.",
            "Write one of these: janitor service list; ",
        ),
    ],
)
def test_errors_of_commands_say_the_way_to_write_it(argv: str, message: str, remedy: str | None) -> None:
    with pytest.raises(GrammarError) as raised:
        parse(argv.split())
    assert raised.value.message == message
    assert (raised.value.remedy or "").find(remedy or "") >= 0
    assert (raised.value.remedy is None) == (remedy is None)


def test_what_is_left_over_of_a_command_is_quoted_without_secrets() -> None:
    with pytest.raises(GrammarError) as raised:
        parse(["service", "list", "-a", "tok", "hunter2secret"])
    assert raised.value.message == "Not understood: ***."


@pytest.mark.parametrize(
    ("argv", "command"),
    [("plan", "plan"), ("plan shwo a", "plan"), ("plan show", "plan show"), ("pod list a --yes", "pod list")],
)
def test_an_error_names_the_command_as_far_as_it_was_understood(argv: str, command: str) -> None:
    with pytest.raises(GrammarError) as raised:
        parse(argv.split())
    assert raised.value.typed.command == command
