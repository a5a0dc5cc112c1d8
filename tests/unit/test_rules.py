"""The rules as values: each by one name, and cited as a value, so that the types find a typing mistake."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import get_args

from janitor import rules
from janitor.errors import NotConfirmed, Refusal
from janitor.exits import Exit
from janitor.rules import OVERRIDES, RULES, Override
from tests.unit.test_imports import TREES


def test_every_rule_is_the_constant_of_its_number() -> None:
    assert {code.upper(): rule for code, rule in RULES.items()} == {
        name: value for name, value in vars(rules).items() if isinstance(value, rules.Rule)
    }
    assert RULES["O1"] is rules.O1


def test_names_are_unique_and_short() -> None:
    names = [rule.name for rule in RULES.values()]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+){0,2}", name)] == []


def test_o5_each_override_lifts_one_rule_which_has_its_name() -> None:
    lifted = {rule.override: rule.name for rule in RULES.values() if rule.override is not None}
    assert lifted == {override: override for override in OVERRIDES}
    assert {*OVERRIDES, rules.CLUSTER_FRAMEWORK} == {*get_args(Override)}
    assert rules.O1.lifted_by == ("--override live-owner", "--override cluster-framework")


def test_what_can_be_lifted_ends_a_run() -> None:
    assert [rule.code for rule in RULES.values() if rule.lifted_by and rule.status is None] == []
    assert {rule.status for rule in RULES.values()} == {None, Exit.USAGE, Exit.FAILED, Exit.REFUSED}


def test_a_refusal_cites_its_rule_by_number_and_name() -> None:
    refusal = Refusal("It lives.", rule=rules.O4)
    assert (refusal.cited, refusal.override) == ("It lives. (rule O4 live-znode)", "live-znode")
    assert Refusal("It is.", rule=rules.O1, override="cluster-framework").override == "cluster-framework"
    assert NotConfirmed("Not confirmed.").cited == "Not confirmed."


def written_out(tree: ast.AST) -> Iterator[str]:
    """The numbers of rules that stand in a text of the program, where the value should."""
    told = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in told:
            continue
        if re.fullmatch(r"[LSODPZC][1-9]a?|.*\brules? [LSODPZC][1-9].*", node.value, re.DOTALL):
            yield f"line {node.lineno}: {node.value}"


def test_a_rule_that_is_written_out_is_found() -> None:
    code = '"""As rule O1 says."""\nBlocked("O1", "x")\nprint(f"(rule O4) {x}")\nprint(f"(rule {rules.O4})")'
    assert [*written_out(ast.parse(code))] == ["line 2: O1", "line 3: (rule O4) "]


def test_no_rule_is_written_out_but_in_the_table() -> None:
    found = {name: [*written_out(tree)] for name, tree in TREES if not name.startswith("janitor.sandbox")}
    assert {name for name, texts in found.items() if texts} == {"janitor.rules"}
