"""Which releases verify."""

from __future__ import annotations

import pytest

from remediate.tls.enforcement import ROWS, enforces, row_for


@pytest.mark.parametrize(
    ("version", "setting", "expected"),
    [
        ("X12.7.1", None, "disabled"),
        ("X14.0.7", None, "disabled"),
        ("X14.0.8", None, "enforced"),
        ("X14.0.8", "On", "enforced"),
        ("X14.1", None, "enforced"),
        ("X14.0.11", None, "enforced"),
        ("X14.2", None, "enforced"),
        ("X14.2.5", "On", "enforced"),
        ("X14.2.5", "Off", "disabled"),
        ("X14.2.5", "off", "disabled"),
        ("X14.2.5", "", "enforced"),
        ("X14.2.5", "Offline", "enforced"),
        ("X15.0.2", "On", "enforced"),
        ("x15.3", "OFF", "disabled"),
        ("X8.11.4", "On", "disabled"),
        ("X14.2.5 (build 7)", "Off", "disabled"),
        ("15.0", "Off", "disabled"),
        ("a build of our own", None, "enforced"),
        ("", None, "enforced"),
    ],
)
def test_b134_enforces(version: str, setting: str | None, expected: str) -> None:
    """From X14.0.8 it may verify, from X14.2 it does unless the setting is Off; what is unclear verifies."""
    assert enforces(version, setting) == expected


def test_rows() -> None:
    """Rows ascend, each has a source, and the switch is there from X14.2."""
    assert [row.since for row in ROWS] == sorted(row.since for row in ROWS)
    assert all(row.source for row in ROWS)
    assert [row_for(v).switch for v in ("X14.0.8", "X14.1.9", "X14.2", "X15.5.1")] == [False, False, True, True]
