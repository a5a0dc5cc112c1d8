"""What a report says of a deletion that a rule stopped half-way."""

from __future__ import annotations

import io

import pytest

from janitor import rules
from janitor.cleanup.outcome import Blocked, Leftover, Outcome, ZnodeRecord
from janitor.cli.environment import Channel
from janitor.cli.views.report import Report
from janitor.exits import Exit
from janitor.redact import Redactor

LIVES = Blocked(rules.O4, Exit.REFUSED, "Something lives there.")


@pytest.mark.parametrize(
    ("nodes", "words", "untouched"),
    [(0, "Nothing of it was deleted.", True), (330, "The deletion stopped after 330 znodes.", False)],
)
def test_nothing_was_changed_is_said_only_when_no_znode_was_deleted(nodes: int, words: str, untouched: bool) -> None:
    znode = ZnodeRecord("/dcos-service-kafka", "kept", nodes, words=words)
    outcome = Outcome(Exit.REFUSED, True, True, "1.9.0", (), znode, blocked=(LIVES,))
    err = io.StringIO()
    Report(Channel(err, Redactor())).outcome(outcome)
    assert ("Nothing was changed." in err.getvalue()) is untouched
    assert (words in err.getvalue()) is not untouched


@pytest.mark.parametrize(
    ("where", "told"),
    [
        (("S1", "S1"), "2 reservations on 1 agent not proven gone:"),
        (("S1", ""), "1 reservation on 1 agent not proven gone:"),
        (("",), "Not proven gone:"),
    ],
)
def test_what_is_on_no_agent_counts_for_none(where: tuple[str, ...], told: str) -> None:
    left = tuple(Leftover(agent_id, "", f"item {n}", "", "") for n, agent_id in enumerate(where))
    err = io.StringIO()
    Report(Channel(err, Redactor())).outcome(Outcome(Exit.FAILED, True, True, "1.9.0", (), None, leftovers=left))
    assert err.getvalue().splitlines()[0] == f"janitor: {told}"
