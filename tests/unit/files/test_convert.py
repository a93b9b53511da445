"""From text to typed values: the one lax door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from remediate.errors import InputError
from remediate.files.convert import Reader
from remediate.files.yaml import Node, parse_yaml

read = Reader(InputError)


def node(text: str) -> Node:
    """The value under the one key."""
    return parse_yaml(f"a: {text}".encode(), "f.yml", InputError).items[0][1]


@pytest.mark.parametrize(
    ("convert", "text", "words"),
    [
        pytest.param(read.on_off, "False", "expected On or Off", id="B009-false"),
        pytest.param(read.on_off, "0", "expected On or Off", id="B009-0"),
        pytest.param(read.on_off, "no", "expected On or Off", id="B009-no"),
        pytest.param(lambda n: read.whole(n, 1, 65535), "05022", "leading zero", id="B012"),
        pytest.param(lambda n: read.whole(n, 1, 65535), "65536", "is not between 1 and 65535", id="bounds"),
        pytest.param(lambda n: read.whole(n, 1, 9), ".nan", "not a number", id="B016"),
        pytest.param(lambda n: read.whole(n, 1, 9), "1_000", "not a number", id="underscore"),
        pytest.param(read.moment, "2023-13-45", "not a date: month 13", id="B013"),
        pytest.param(read.moment, "2026-11-30", "give time and zone, e.g. 2026-11-30T22:00:00Z", id="B014"),
        pytest.param(read.moment, "2026-11-30T22:00:00", "give time and zone", id="no-zone"),
        pytest.param(read.moment, "2026-11-31T22:00:00Z", "not a time", id="no-such-day"),
        pytest.param(read.host, '"10.0.0.1; rm -rf /"', "not a host name", id="B032-shell"),
        pytest.param(read.host, '"-oProxyCommand=x"', "not a host name", id="B032-option"),
        pytest.param(read.host, '"user@host"', "not a host name", id="B032-user"),
        pytest.param(read.host, '""', "empty", id="B032-empty"),
        pytest.param(read.host, "10.0.0.256", "not a host name", id="no-address"),
        pytest.param(read.host, "cuc\u043c.example.com", "f.yml:1:7: non-ASCII character U+043C", id="B033"),
        pytest.param(read.host, '"exp\u200b-c"', "f.yml:1:8: non-ASCII character U+200B", id="B033-zero-width"),
        pytest.param(read.host, '"exp\u202e-c"', "f.yml:1:8: non-ASCII character U+202E", id="B033-right-to-left"),
        pytest.param(read.sha256, "ab" * 31, "need all 64 hex digits of SHA-256: this has 62", id="B053-short"),
        pytest.param(read.sha256, "ab" * 20, "need all 64 hex digits", id="B053-sha1"),
        pytest.param(read.seconds, "soon", "not a duration", id="duration"),
        pytest.param(read.seconds, "9000h", "longer than a year", id="long"),
        pytest.param(read.seconds, "9" * 5000, "longer than a year", id="endless"),
        pytest.param(lambda n: read.whole(n, 1, 9), "9" * 5000, "is not between 1 and 9", id="digits"),
        pytest.param(read.truth, "yes", "expected true or false", id="truth"),
        pytest.param(lambda n: read.word(n, ("remedies", "tags")), "remedys", "did you mean remedies?", id="nearest"),
    ],
)
def test_refused(convert: Callable[[Node], Any], text: str, words: str) -> None:
    """Each refusal stands at the value's place and says what would do."""
    with pytest.raises(InputError) as caught:
        convert(node(text))
    assert words in str(caught.value)
    assert str(caught.value).startswith("f.yml:1:")


@pytest.mark.parametrize(
    ("convert", "text", "value"),
    [
        (read.seconds, "90s", 90),
        (read.seconds, "15min", 900),
        (read.seconds, "2h", 7200),
        (read.seconds, "45", 45),
        (read.on_off, "Off", "Off"),
        (read.host, "CUCM-1.example.com", "CUCM-1.example.com"),
        (read.host, "10.0.0.1", "10.0.0.1"),
        (read.host, '"2001:DB8::1"', "2001:db8::1"),
        pytest.param(read.sha256, '"' + ":".join(["AB"] * 32) + '"', "ab" * 32, id="B053-colons"),
        pytest.param(read.sha256, " ".join(["AB"] * 32), "ab" * 32, id="B053-blanks"),
        pytest.param(read.sha256, "12" * 32, "12" * 32, id="B053-digits"),
        (read.moment, "2026-11-30T23:00:00+01:00", datetime(2026, 11, 30, 22, tzinfo=UTC)),
    ],
)
def test_converted(convert: Callable[[Node], Any], text: str, value: object) -> None:
    """Words, durations, names, fingerprints and times, normalised."""
    assert convert(node(text)) == value


def test_unknown_key() -> None:
    """A key that does not exist is named at its place, with the nearest that does."""
    tree = parse_yaml(b"plays: []\nplais: 1\n", "f.yml", InputError)
    with pytest.raises(InputError, match=r"f\.yml:2:1: unknown key 'plais': did you mean plays\?"):
        read.mapping(tree, ("name", "plays"))
