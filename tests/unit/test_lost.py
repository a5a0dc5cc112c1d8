"""When `--lost-agent` cannot be meant (rule L6): it is refused before anything is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from janitor.cleanup.givenup import mistaken_loss
from janitor.cleanup.lost import is_there
from janitor.cleanup.memory import Memory
from janitor.cleanup.outcome import Blocked
from janitor.mesos.cluster import Roll, Unknown
from tests.unit.builders import agent, case, job, look, registry, snapshot

MASTER = "97e71205-e29d-4c66-bff7-3979c74f9627"
AWAY, OTHER, THERE = f"{MASTER}-S3", f"{MASTER}-S12", f"{MASTER}-S1"
REGISTRY = registry(THERE, unreachable=[AWAY, OTHER])
FORBIDDEN = Unknown("/registrar(1)/registry: 403 Forbidden.")


@pytest.mark.parametrize("word", ["S1", "s1.example"])
@pytest.mark.parametrize("drained", [True, False])
def test_l6_to_give_up_on_an_agent_that_answers_is_a_usage_error(word: str, drained: bool) -> None:
    seen = snapshot(agent("S1", active=not drained, deactivated=drained))
    mistake = mistaken_loss(case(look(seen), job(lost=[word])))
    assert isinstance(mistake, Blocked)
    assert (mistake.rule.code, mistake.status) == ("L6", 1)
    assert mistaken_loss(case(look(seen), job(lost=["S2"]))) is None


def test_l6_an_agent_that_was_given_up_on_and_comes_back_during_the_run_is_no_usage_error() -> None:
    """Something may have been written by then: the status must not say that nothing was."""
    before = Memory().after_look(look(snapshot()), job())
    mistake = mistaken_loss(case(look(snapshot(agent("S1"))), job(lost=["S1"]), before))
    assert isinstance(mistake, Blocked)
    assert (mistake.rule.code, mistake.status) == ("L6", 5)


def test_l6_to_give_up_on_a_disconnected_agent_is_none() -> None:
    assert mistaken_loss(case(look(snapshot(agent("S1", active=False))), job(lost=["S1"]))) is None


def mistake(word: str, *, roll: Roll | Unknown = REGISTRY, before: Memory | None = None) -> str | None:
    """What is said of a word, where one agent is there, one is disconnected, and two are unreachable."""
    seen = snapshot(agent(THERE, host="10.0.0.1"), agent("S9", host="node-kafka.example", active=False), roll=roll)
    blocked = mistaken_loss(case(look(seen), job(lost=[word]), before))
    if blocked is None:
        return None
    assert (blocked.rule.code, blocked.status) == ("L6", 1)
    assert blocked.message == f"--lost-agent {word}: this cluster knows no such agent."
    return blocked.remedy


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("97e71205-e29d-4c66-bff7-3979c74f9672-S3", AWAY),
        (AWAY.upper(), AWAY),
        ("S12", OTHER),
        ("node-kafak.example", "S9"),
        ("node-kafka.example:5051", "S9"),
    ],
    ids=["two characters exchanged", "in capitals", "its number alone", "a host mistyped", "a host with its port"],
)
def test_l6_a_word_near_an_agent_that_is_away_is_refused_and_the_agent_is_named(word: str, meant: str) -> None:
    assert mistake(word) == f"Did you mean this one? --lost-agent {meant}"


def test_l6_what_is_cut_off_is_refused_and_the_agents_that_begin_so_are_named() -> None:
    assert mistake(MASTER) == f"Did you mean this one? --lost-agent {OTHER}; --lost-agent {AWAY}"


@pytest.mark.parametrize("word", ["node7.example", "10.0.0.7", "S-typo", "kafka", "two words"])
def test_l6_a_word_that_is_no_id_and_no_known_host_is_refused_where_agents_are_away(word: str) -> None:
    seen = snapshot(agent(THERE), roll=REGISTRY)
    blocked = mistaken_loss(case(look(seen), job(lost=[word])))
    assert blocked is not None
    assert blocked.remedy == f"Agents that are away: {OTHER}, {AWAY}. Give the id of one: --lost-agent AGENT_ID"


@pytest.mark.parametrize("number", ["S4", "S30"])
def test_l6_an_id_that_the_master_has_forgotten_is_no_mistake(number: str) -> None:
    """A second run with the same command, after the agent's record is gone."""
    assert mistake(f"{MASTER}-{number}") is None
    assert mistake("20150101-120000-16842879-5050-1-S3") is None
    assert mistake("0fd21b25-1c54-45d4-9b35-5a1cb0ae40fb-S3") is None


def test_l6_a_host_is_no_mistake_where_nobody_is_away_any_more() -> None:
    seen = snapshot(agent(THERE), roll=registry(THERE, gone=[AWAY]))
    assert mistaken_loss(case(look(seen), job(lost=["10.0.0.7"]))) is None
    blocked = mistaken_loss(case(look(seen), job(lost=["two words"])))
    assert blocked is not None
    assert blocked.remedy == "No agent is away. Leave the option out: the same command"


def test_l6_no_word_is_a_mistake_where_the_registry_cannot_be_read_or_after_the_first_look() -> None:
    """An agent that was given up on, and that the master forgets while the run goes on, is none either."""
    assert mistake("S-typo", roll=FORBIDDEN) is None
    assert mistake("S-typo", before=Memory().after_look(look(snapshot()), job())) is None


@pytest.mark.parametrize("word", [AWAY, OTHER, "S9", "node-kafka.example"])
def test_l6_the_word_for_an_agent_that_is_away_is_none(word: str) -> None:
    assert mistake(word) is None


@pytest.mark.parametrize(("host", "where"), [("", ""), ("h7", ", on h7,")])
def test_an_agent_without_a_host_is_named_by_its_id_alone(host: str, where: str) -> None:
    assert (
        is_there(replace(agent("S7"), host=host))
        == f"--lost-agent S7: this agent{where} is registered and answers: it is not lost."
    )
