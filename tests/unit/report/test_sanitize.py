"""Texts of devices on a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.report.sanitize import clean, clean_lines, cut, padded, page, width

TEXTS = {
    "B090 clear screen": ("\x1b[2Jok", "\\x1b[2Jok"),
    "B090 title": ("\x1b]0;root\x07", "\\x1b]0;root\\x07"),
    "B090 C1 CSI": ("\x9b2J", "\\x9b2J"),
    "B090 bidi override": ("ab\u202ecd", "ab\\u202ecd"),
    "B090 bidi isolate": ("\u2066x\u2069", "\\u2066x\\u2069"),
    "B090 zero width": ("exp\u200b-c\ufeff", "exp\\u200b-c\\ufeff"),
    "B090 tag characters": ("a\U000e0041", "a\\U000e0041"),
    "B090 filler": ("a\u3164b", "a\\u3164b"),
    "B091 overwrite": ("Off\rOn ", "Off\\x0dOn "),
    "B091 backspace": ("Off\b\b\bOn", "Off\\x08\\x08\\x08On"),
    "B093 naughty": ("Ω≈ç√ '; DROP TABLE--", "Ω≈ç√ '; DROP TABLE--"),
    "B096 script": ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    "B098 lone surrogate": ("a\ud800b", "a\\ud800b"),
    "forged line": ("x\nok: done", "x\\x0aok: done"),
    "line separator": ("a\u2028b", "a\\u2028b"),
    "no-break space": ("a\u00a0b", "a\u00a0b"),
}


@pytest.mark.parametrize(("text", "shown"), TEXTS.values(), ids=TEXTS)
def test_clean(text: str, shown: str) -> None:
    """What a terminal would obey, hide or reorder is shown as its code point; all else stays."""
    assert clean(text) == shown


def test_lines_and_tabs_stay_in_blocks() -> None:
    """A block keeps its line ends and tabs and nothing else that moves a cursor."""
    assert clean_lines("a\tb\nc\x1b\rd\n") == "a\tb\nc\\x1b\\x0dd\n"


@given(st.text(st.characters(exclude_categories=())))
def test_no_control_survives(text: str) -> None:
    """Whatever comes in, no control, format or surrogate character comes out, and cleaning again changes nothing."""
    shown = clean(text)
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert clean(shown) == shown


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("short", 10, "short"),
        ("trusted CA list", 8, "trusted…"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("x", 0, ""),
    ],
)
def test_b094_cut(text: str, columns: int, shown: str) -> None:
    """Wide characters count two columns, combining ones none."""
    assert cut(text, columns) == shown


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_padded_fills_its_columns(text: str, columns: int) -> None:
    """A padded cell never has another width than asked for."""
    assert width(padded(text, columns)) == columns


def test_page() -> None:
    """Each line of a page is inert, and the page ends with a line end."""
    assert page(["a", "b\nc  "]) == "a\nb\\x0ac\n"
