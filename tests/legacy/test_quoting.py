"""Whatever is in a name arrives as it is, and nothing of it is run; a token is in no command line.

Between the laptop and Janitor stand up to three shells with the Python CLI, and quotes of its own with the Go CLI.
"""

from __future__ import annotations

import json

import pytest

from tests.legacy.conftest import NewLaptop

ODD = [
    ("with spaces  inside", "it's", 'say "so"'),
    ("a; touch pwned", "$HOME `id` $(id)", "back\\slash\\"),
    ("*?[a] {a,b} ~ #!", "<in >out |x &", "'\"'\"'"),
    ("%s\\n%d", "Käfka-Röllé-漢", "=x !y ^z"),
]
"""Roles, principals and znodes; some more than Mesos would have."""


@pytest.mark.parametrize("odd", ODD)
def test_names_arrive_as_they_are(laptop: NewLaptop, odd: tuple[str, str, str]) -> None:
    role, principal, znode = odd
    mine = laptop()
    held = {"reserved_resources": {role: {"cpus": 1.0}}, "principals": {role: {principal: 3}}}
    mine.change(lambda world: world["agents"][1].update(held))
    ran = mine.run("kafka", "--role", role, "--principal", principal, "--znode", znode, "--yes")
    assert ran.status == 0, ran
    (run,) = mine.world["runs"]
    assert (run["role"], run["principal"], run["znode"]) == odd
    assert mine.world["agents"][1]["reserved_resources"] == {}
    assert not (mine.bin.parent / "pwned").exists()


def test_an_odd_role_that_is_left_is_seen(laptop: NewLaptop) -> None:
    """In the CLI's JSON, with what either generation escapes in it."""
    role = 'a "b" \\ <&> ü'
    mine = laptop(keeps=True)
    held = {"reserved_resources": {role: {"cpus": 1.0}}, "principals": {role: {"p": 3}}}
    mine.change(lambda world: world["agents"][1].update(held))
    ran = mine.run("kafka", "--role", role, "--principal", "p", "--yes")
    assert ran.status == 5, ran
    assert "10.0.0.12" in ran.stderr


def test_another_principal_with_an_odd_name_is_taken_over_as_it_is(laptop: NewLaptop) -> None:
    """Rule S4."""
    other = 'it\'s $HOME; "x"'
    mine = laptop()
    mine.change(lambda world: world["agents"][0]["principals"].update({"kafka-role": {other.replace("; ", ";"): 2}}))
    ran = mine.run("kafka", "--yes")
    assert ran.status == 0, ran
    assert mine.world["runs"][-1]["principal"] == other.replace("; ", ";")


@pytest.mark.parametrize("options", [[], ["--role", "kafka role"]])
def test_a_token_goes_through_standard_input_alone(laptop: NewLaptop, options: list[str]) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJ1aWQiOiJib290c3RyYXAifQ.a-_b"
    mine = laptop(token=token)
    ran = mine.run("kafka", *options, "--yes")
    assert ran.status == 0, ran
    (run,) = mine.world["runs"]
    assert run["token"].strip() == token
    assert run["words"][-2:] == ["--auth-token-file", "-"]
    assert token not in json.dumps(mine.commands)
    assert token not in ran.stdout + ran.stderr


def test_without_a_token_nothing_asks_for_one(laptop: NewLaptop) -> None:
    mine = laptop(token=None)
    assert mine.run("kafka", "--yes").status == 0
    assert "--auth-token-file" not in mine.world["runs"][0]["words"]
    assert all("-i" not in words for words in mine.commands if words[0] == "docker")
