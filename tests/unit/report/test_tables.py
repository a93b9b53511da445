"""Plain-text tables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remediate.report.sanitize import width
from remediate.report.tables import table


def test_aligned() -> None:
    """Columns are as wide as their widest cell, two spaces apart."""
    assert table(("peer", "state"), [("exp-c-1", "good"), ("日本", "FAILS")]) == (
        "peer     state",
        "exp-c-1  good",
        "日本     FAILS",
    )


def test_no_rows_no_table() -> None:
    """A table without rows is not printed."""
    assert table(("peer",), []) == ()


def test_widest_cell_gives_way() -> None:
    """Where room is short the widest column is cut, and the short ones stay whole."""
    lines = table(("name", "state"), [("x" * 40, "good")], columns=20)
    assert lines[1] == "x" * 12 + "…  good"


@given(st.lists(st.tuples(st.text(max_size=60), st.text(max_size=60), st.text(max_size=9)), min_size=1, max_size=5))
def test_never_wider_than_asked(rows: list[tuple[str, str, str]]) -> None:
    """No line is wider than the terminal of 40 columns."""
    assert all(width(line) <= 40 for line in table(("a", "b", "c"), rows, columns=40))
