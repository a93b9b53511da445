"""Plain-text tables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remediate.report.sanitize import width
from remediate.report.tables import blocks, fits, table


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


@given(st.lists(st.sampled_from(["good", "FAILS", "would fail"]), min_size=1, max_size=12), st.integers(22, 90))
def test_blocks_leave_nothing_out(states: list[str], columns: int) -> None:
    """Every cell is shown whole and once, each line has its row's name, and none is wider than the terminal."""
    headers = ("server", *(f"peer-{number}" for number in range(len(states))))
    lines = blocks(headers, [("pub:6972", *states)], columns)
    assert all(width(line) <= columns for line in lines)
    assert [word for line in lines[::3] for word in line.split()[1:]] == list(headers[1:])
    assert "  ".join(line.removeprefix("pub:6972").strip() for line in lines[1::3]).split() == " ".join(states).split()
    assert not any(lines[2::3])
    assert (len(lines) == 2) == fits(headers, [("pub:6972", *states)], columns)
