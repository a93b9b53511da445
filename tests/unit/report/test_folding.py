"""Lines on a narrow terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remediate.report.folding import folded
from remediate.report.sanitize import width

WORDS = st.lists(st.text("abcdé日.,:→", min_size=1, max_size=12), min_size=1, max_size=30)


def test_label_stays_alone() -> None:
    """What follows a label goes on under its first word."""
    line = "      mind     the same list serves SIP TLS, XMPP, traversal zones and cluster TLS"
    assert folded(line, 50).splitlines() == [
        "      mind     the same list serves SIP TLS, XMPP,",
        "               traversal zones and cluster TLS",
    ]
    assert folded("  + upload a-certificate to the trusted CA list of exp-c-1", 40).splitlines() == [
        "  + upload a-certificate to the trusted",
        "    CA list of exp-c-1",
    ]


def test_without_a_label() -> None:
    """What goes on stands to the right of where the line began, so that nobody takes it for a line of its own."""
    line = "exp-c-2 : ok=0 changed=1 unreachable=0 failed=0 stale=0 owed=1"
    assert folded(line, 50).splitlines()[1] == "  stale=0 owed=1"


def test_what_is_pasted_stays_whole() -> None:
    """A command that was broken in two would be run in two."""
    for line in (
        "Saved. To do exactly this: remediate apply fix.plan -i lab/inventory",
        "      device   exp-c-1 over SSH as admin: xConfiguration EdgeConfigServer VerifyOriginServer: Off",
        "  log: WARNING: Core server certificate verification failed for (cucm-pub.example.test).",
    ):
        assert folded(line, 40) == line


@given(WORDS, st.integers(0, 12), st.integers(40, 90))
def test_nothing_is_lost(words: list[str], indent: int, columns: int) -> None:
    """The same words in the same order, none of the lines too wide, all of them indented alike."""
    line = " " * indent + " ".join(words)
    lines = folded(line, columns).split("\n")
    assert " ".join(lines).split() == words
    assert all(width(part) <= columns for part in lines)
    assert all(part.startswith(" " * indent) for part in lines)


def test_short_lines_are_left_alone() -> None:
    """Tables, empty lines and line ends stay as they are."""
    text = "UC server      exp-c-1\n\ncucm-pub:8443  good\n"
    assert folded(text, 40) == text
