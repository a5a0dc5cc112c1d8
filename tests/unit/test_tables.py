"""Tables on terminals of any width: what an operator copies is on one line, whole."""

from __future__ import annotations

import pytest

from janitor.cli.views.tables import columns

HEADING = ("NAME", "ACTIVE", "ROLES", "PRINCIPAL", "HOLDS", "ID")
KAFKA = ("kafka", "yes", "kafka-role", "kafka-principal", "12", "6b0d5c7a-1111-2222-3333-444455556666-0002")
HDFS = ("hdfs", "no", "hdfs-role", "hdfs-principal", "3", "6b0d5c7a-1111-2222-3333-444455556666-0003")


def test_in_a_pipe_each_row_is_a_line() -> None:
    assert list(columns(HEADING, [KAFKA, HDFS])) == [
        "NAME   ACTIVE  ROLES       PRINCIPAL        HOLDS  ID",
        "kafka  yes     kafka-role  kafka-principal  12     6b0d5c7a-1111-2222-3333-444455556666-0002",
        "hdfs   no      hdfs-role   hdfs-principal   3      6b0d5c7a-1111-2222-3333-444455556666-0003",
    ]


def test_where_there_is_no_room_the_last_columns_stand_below_the_others() -> None:
    assert list(columns(HEADING, [KAFKA, HDFS], 80)) == [
        "NAME   ACTIVE  ROLES       PRINCIPAL        HOLDS",
        "  ID",
        "kafka  yes     kafka-role  kafka-principal  12",
        "  6b0d5c7a-1111-2222-3333-444455556666-0002",
        "hdfs   no      hdfs-role   hdfs-principal   3",
        "  6b0d5c7a-1111-2222-3333-444455556666-0003",
    ]


def test_a_row_that_is_much_longer_than_the_others_takes_lines_of_its_own() -> None:
    rows = [(name, "-", "default") for name in ("protect", "timeout", "config", "profile")]
    rows.insert(1, ("audit-log", "/var/log/janitor/all-clusters.log", "profile prod"))
    assert list(columns(("SETTING", "VALUE", "FROM"), rows, 40)) == [
        "SETTING    VALUE            FROM",
        "protect    -                default",
        "audit-log",
        "  /var/log/janitor/all-clusters.log",
        "  profile prod",
        "timeout    -                default",
        "config     -                default",
        "profile    -                default",
    ]


@pytest.mark.parametrize("width", [20, 45, 60, 80, 120])
def test_no_cell_is_broken_at_any_width(width: int) -> None:
    wide = ("x" * 70, "yes", "a-role,b-role,c-role,d-role,e-role", "principal", "1", "short")
    rows = [KAFKA, wide, HDFS]
    lines = list(columns(HEADING, rows, width))
    for row in rows:
        for cell in row:
            assert any(cell in line.split() for line in lines)
    longest = max(len(cell) for row in rows for cell in row)
    assert max(map(len, lines)) <= max(width, longest + 2)
