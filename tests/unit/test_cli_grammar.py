"""Rule C1: the original's surface, by getopt's rules. Python's own getopt is the model."""

from __future__ import annotations

import getopt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janitor.cli.commands import DROP_IN, Spec
from janitor.cli.grammar import Command, GrammarError, parse, tokenize
from janitor.cli.options import OPTIONS, of_command

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
    "quiet", "auth-token-file", "password-file", "ca-cert", "insecure", "zookeeper-auth-file", "log-level", "version",
    "dcos-url", "private-key-file", "detailed-exitcode",
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
        given_options, rest = tokenize(argv, DROP_IN)
        got: object = ([(each.spelled, each.value) for each in given_options], list(rest))
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
            got: object = [(each.spelled, each.value) for each in tokenize([token, "x"], DROP_IN)[0]]
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
        ("-r x y z", "Left over: y, and what followed: z.", "Nothing was done"),
        ("-r x clean", "Left over: clean.", "A command comes first"),
        ("claen -r x", "Left over: claen, and what followed: -r x.", "the command clean"),
        ("version now", "Left over: now.", "Nothing was done"),
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
    assert parse(["-r", "x", "-h", "word"]) == Command("help")
    assert parse(["clean", "--help"]) == Command("help", words=("clean",))
    assert parse(["--version"]) == Command("version")
    assert parse([]) == Command("help", bare=True)


def test_a_getopt_error_comes_before_help() -> None:
    """As in the original: getopt reads the whole line before anything is acted on."""
    with pytest.raises(GrammarError):
        parse(["-h", "--nonsense"])


def test_an_error_carries_what_was_understood() -> None:
    with pytest.raises(GrammarError) as raised:
        parse(["-n", "http://marathon/", "--nonsense"])
    assert [each.value for each in raised.value.command.given] == ["http://marathon/"]


OTHER = Spec("version", "any order, full names", words="A [B]", least=1, most=2)


@pytest.mark.parametrize("argv", ["version -h a", "version a -h", "version --help a b", "version a b -h"])
def test_other_commands_take_any_order(argv: str) -> None:
    assert parse(argv.split(), {"version": OTHER}) == Command("help", words=("version",))


def test_other_commands_words() -> None:
    table = {"version": OTHER}
    assert parse(["version", "a", "--", "-b"], table).words == ("a", "-b")
    for argv in (["version"], ["version", "a", "b", "c"], ["version", "--hel", "a"], ["version", "a", "-x"]):
        with pytest.raises(GrammarError):
            parse(argv, table)
