"""The shell's language by itself: any line gets one framed reply."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.lab.build import Shape
from remediate.lab.expressway.settings import BY_PATH
from remediate.lab.expressway.status import View
from remediate.lab.expressway.xapi import Reply, SetValue, Wish, answer
from remediate.lab.scenarios import named
from remediate.lab.world import VERIFY_ORIGIN

LAST = ("OK", "ERROR", "Command not recognized.")
WORDS = st.sampled_from(
    [
        "xConfiguration",
        "xStatus",
        "xCommand",
        "xconf",
        "DNS Lookup",
        "Restart",
        "?",
        "??",
        ":",
        '"',
        "'",
        "Off",
        "On",
        "Hostname:",
        "SystemUnit",
        "/",
        "1",
        *list(BY_PATH)[:12],
    ]
)


def seen(version: str = "X14.2.5") -> View:
    """A peer's view in a healthy world."""
    world = named("healthy").build("healthy", Shape(version=version, now=datetime(2026, 11, 24, tzinfo=UTC)))
    cluster = world.expressways[0]
    return world, cluster, cluster.peers[0]


VIEW = seen()


def last(reply: Reply) -> str:
    """A reply's last line."""
    return reply.text.split("\r\n")[-2]


@given(st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=6).map(" ".join)))
def test_any_line(line: str) -> None:
    """Whatever is typed, the reply ends in one of the three last lines, or the session closes."""
    reply = answer(VIEW, line)
    assert reply.change == Wish("close") or last(reply) in LAST


@given(st.sampled_from(sorted(VIEW[2].settings)))
def test_read_back(path: str) -> None:
    """Every leaf reads, and what it prints can be set again and asks for no other value."""
    read = answer(VIEW, f"xConfiguration {path}")
    value = VIEW[2].settings[path]
    assert read.text == f'*c xConfiguration {path}: "{value}"\r\nOK\r\n'
    assert answer(VIEW, f'xConfiguration {path}: "{value}"').change == SetValue(path, value)


@pytest.mark.parametrize(
    ("version", "ends"),
    [("X12.7", LAST[2]), ("X14.0.8", LAST[2]), ("X14.2.5", "OK"), ("X15.0", "OK")],
)
def test_since_which_release(version: str, ends: str) -> None:
    """VerifyOriginServer is known from X14.2 on, read or set."""
    view = seen(version)
    assert last(answer(view, f"xConfiguration {VERIFY_ORIGIN}")) == ends
    assert last(answer(view, f"xConfiguration {VERIFY_ORIGIN}: Off")) == ends


@pytest.mark.parametrize("asked", ["Alternates ConfigurationMaster", "Alternates 2 Peer Address"])
def test_other_spellings(asked: str) -> None:
    """The guide's other spellings are read too."""
    assert last(answer(VIEW, f"xConfiguration {asked}")) == "OK"


def test_help() -> None:
    """A question mark lists paths with their types."""
    assert "EdgeConfigServer VerifyOriginServer: <On/Off>" in answer(VIEW, "xConfiguration EdgeConfigServer ?").text


def test_hidden_from_listings() -> None:
    """With the switch the setting reads by its exact path only."""
    view = seen()
    view[1].switches.verify_listed = False
    assert VERIFY_ORIGIN not in answer(view, "xConfiguration EdgeConfigServer").text
    assert VERIFY_ORIGIN in answer(view, f"xConfiguration {VERIFY_ORIGIN}").text
