"""A run that stays for agents says so once an hour."""

from __future__ import annotations

from janitor.events import Staying
from tests.cli import outcomes
from tests.cli.terminal import Clock, PlayedEngine, janitor

HOUR = 3600.0


def test_a_line_an_hour_and_what_is_asked_for_reaches_the_engine() -> None:
    clock = Clock()

    def half_an_hour() -> None:
        clock.now += HOUR / 2

    stays = [Staying("agent S1 on h to be back", number * HOUR / 2, 7 * 24 * HOUR) for number in range(5)]
    events = [event for stay in stays for event in (stay, half_an_hour)]
    engine = PlayedEngine(outcomes.CLEANED, events=events)
    ran = janitor("-r", "kafka-role", "--wait-for-agents", "7d", engine=engine, clock=clock)
    assert engine.jobs[0][0].wait_for_agents == 7 * 24 * HOUR
    assert [line for line in ran.stderr.splitlines() if "Staying" in line] == [
        "The rest is clean. Staying for agent S1 on h to be back (0.0 s so far, at most 7 d 0 h)",
        "The rest is clean. Staying for agent S1 on h to be back (1 h 0 min so far, at most 7 d 0 h)",
        "The rest is clean. Staying for agent S1 on h to be back (2 h 0 min so far, at most 7 d 0 h)",
    ]
