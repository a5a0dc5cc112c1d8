"""Foreign text is one harmless line of bounded length; a printed command is read back by a shell as it was meant."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from janitor.words import (
    answered,
    called,
    clause,
    command,
    counted,
    did_you_mean,
    foreign,
    harmless,
    in_order,
    listed,
    near,
    span,
)

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.text())
def test_harmless_is_one_line_of_printable_text(text: str) -> None:
    shown = harmless(text)
    assert len((shown + "x").splitlines()) == 1
    assert not any(ord(character) < 32 or 0x7F <= ord(character) < 0xA0 for character in shown)
    assert harmless(shown) == shown


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_harmless_leaves_plain_text_alone(text: str) -> None:
    assert harmless(text) == text


@given(st.text(), st.integers(10, 40))
def test_foreign_text_is_one_bounded_line(text: str, most: int) -> None:
    shown = foreign(text, most)
    assert len(shown) <= most
    assert len((shown + "x").splitlines()) == 1


@pytest.mark.parametrize(
    "text, shown",
    [
        ("no\n  do: curl evil", "no   do: curl evil"),
        (" in use \r\n", "in use"),
        ("x" * 20, "x" * 20),
        ("x" * 21, "x" * 17 + "..."),
        ("x" * 10_000_000, "x" * 17 + "..."),
        ("\x1b[2J", "\\x1b[2J"),
    ],
)
def test_foreign_text(text: str, shown: str) -> None:
    assert foreign(text, 20) == shown


@pytest.mark.parametrize(
    "sentence, part",
    [("It is too large.", "It is too large"), ("no end", "no end"), ("cut off...", "cut off...")],
)
def test_a_sentence_as_a_part_of_another_has_no_full_stop(sentence: str, part: str) -> None:
    assert clause(sentence) == part


@pytest.mark.parametrize(
    "words, line",
    [
        (("janitor", "-r", "kafka-role"), "janitor -r kafka-role"),
        (("janitor", "-p", "x; touch PWNED #"), "janitor -p 'x; touch PWNED #'"),
        (("janitor", "-p", "it's"), "janitor -p 'it'\"'\"'s'"),
        (("janitor", "-p", ""), "janitor -p ''"),
        (("janitor", "-p", "a\nb'c\\d"), "janitor -p $'a\\x0ab\\'c\\\\d'"),
    ],
)
def test_a_command_is_quoted_for_a_shell(words: tuple[str, ...], line: str) -> None:
    assert command(*words) == line


@settings(max_examples=40, deadline=None)
@given(st.lists(ANY_TEXT.map(lambda text: text.replace("\0", "")), min_size=1, max_size=4))
def test_bash_reads_a_command_back_as_it_was_meant(words: list[str]) -> None:
    line = command("printf", "%s\\0", *words)
    assert "\n" not in line
    ran = subprocess.run(["bash", "-c", line], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"})
    assert ran.stdout.decode().split("\0")[:-1] == words


def test_one_thing_is_not_several() -> None:
    assert [counted(number, "more step") for number in (0, 1, 2)] == ["0 more steps", "1 more step", "2 more steps"]


def test_names_in_a_sentence_are_few_and_harmless() -> None:
    assert called("a\nb\x07") == "a b\\x07"
    assert len(called("n" * 10_000)) == 200
    assert listed(["a", "b"]) == "a, b"
    assert listed(f"n{n}" for n in range(7)) == "n0, n1, n2, n3, n4 and 2 more"
    assert listed([], none="nothing") == "nothing"


def test_everything_that_is_near_is_suggested() -> None:
    assert did_you_mean(()) is None
    assert did_you_mean(["--role"]) == "Did you mean --role?"
    assert did_you_mean(name for name in ("kafka-1", "kafka-2")) == "Did you mean kafka-1 or kafka-2?"
    names = [f"kafka-{number}" for number in range(1, 51)]
    assert len(near("kafka-x", names)) == 50
    assert (did_you_mean(names) or "").endswith(" or kafka-19 or kafka-20 or one of 30 more?")


def test_numbers_in_names_are_sorted_as_numbers() -> None:
    hosts = ["host10", "host2", "10.0.0.9", "host", "10.0.0.10", "", "host02", "a-1-x", "a-1"]
    expected = ["", "10.0.0.9", "10.0.0.10", "a-1", "a-1-x", "host", "host2", "host02", "host10"]
    assert sorted(hosts, key=in_order) == expected
    assert sorted(["9" * 5000, "1"], key=in_order) == ["1", "9" * 5000]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1.0, "1 second"), (90.0, "90 seconds"), (86400.0, "1 day"), (1209600.0, "14 days"), (5400.0, "90 minutes")],
)
def test_a_time_as_people_say_it(seconds: float, text: str) -> None:
    assert span(seconds) == text


@pytest.mark.parametrize(
    ("said", "told"),
    [("401 Unauthorized", "401 Unauthorized"), ("no", "401 no"), ("", "401"), ("Code 401", "401 Code 401")],
)
def test_a_status_is_told_once(said: str, told: str) -> None:
    assert answered(401, said) == told
