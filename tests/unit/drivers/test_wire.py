"""Which bytes of the shell are a reply, and what they mean."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.drivers.expressway import answers, wire
from remediate.model.observed import UC_CLIENT_CIPHERS, VERIFY_ORIGIN_SERVER
from remediate.model.reading import Known, Unknown

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts"
UNIT, SETTING = wire.status("SystemUnit"), wire.leaf(VERIFY_ORIGIN_SERVER)
SYSTEM = b'*s SystemUnit: /\r\n  Uptime: "2492"\r\n*s/end\r\nOK\r\n'


def framed(data: bytes, *commands: wire.Command, synced: bool = False) -> tuple[wire.Reply, ...]:
    """Replies to the commands, or fewer when they did not all come."""
    framer = wire.Framer(commands, synced)
    framer.feed(data)
    framer.finish()
    return tuple(framer.replies)


def setting(text: str) -> Known[str | None] | Unknown:
    """What these lines and an OK say of the setting."""
    (reply,) = framed(text.encode() + b"\r\nOK\r\n", SETTING, synced=True)
    return answers.setting_of(reply, VERIFY_ORIGIN_SERVER)


def lines(*values: str) -> str:
    """`*c` lines of the setting."""
    return "\r\n".join(f"*c xConfiguration {VERIFY_ORIGIN_SERVER}: {value}" for value in values)


@pytest.mark.parametrize("path", sorted(TRANSCRIPTS.glob("*.txt")), ids=lambda path: path.stem)
def test_transcripts(path: Path) -> None:
    """Every recorded form of one dialogue frames to the same replies."""
    found = framed(path.read_bytes(), UNIT, SETTING, wire.leaf("EdgeConfigServer NoSuchThing"))
    assert [reply.verdict for reply in found] == ["OK", "OK", "Command not recognized."]
    assert answers.value_at(answers.leaves_of(found[0]), "software", "version") == "X14.2.5"
    assert answers.setting_of(found[1], VERIFY_ORIGIN_SERVER) == Known(value="On")
    assert answers.setting_of(found[2], "EdgeConfigServer NoSuchThing") == Known(value=None)


@pytest.mark.parametrize("path", sorted(TRANSCRIPTS.glob("*.txt")), ids=lambda path: path.stem)
def test_any_cut_into_pieces(path: Path) -> None:
    """Where the network cuts the stream makes no difference."""
    data, commands = path.read_bytes(), (UNIT, SETTING, wire.leaf("EdgeConfigServer NoSuchThing"))
    whole = framed(data, *commands)
    for size in (1, 2, 7):
        framer = wire.Framer(commands)
        for at in range(0, len(data), size):
            framer.feed(data[at : at + size])
        framer.finish()
        assert tuple(framer.replies) == whole


def test_a_verdict_needs_its_whole_line() -> None:
    """`OK` inside other words ends nothing."""
    assert framed(b"OKAY\r\nIt is OK\r\nERRORS: 0\r\n", SETTING, synced=True) == ()


def test_a_last_verdict_without_line_end() -> None:
    """When nothing more comes, the word alone is the verdict."""
    found = framed(b"ERROR", wire.assignment(VERIFY_ORIGIN_SERVER, "Off"), synced=True)
    assert [reply.verdict for reply in found] == ["ERROR"]


def test_no_verdict_is_no_reply() -> None:
    """A stream that stops in mid-line gives nothing."""
    assert framed(b'*c xConfiguration X: "On', SETTING, synced=True) == ()


def test_ok_in_the_banner_and_in_an_alarm() -> None:
    """Neither ends a reply."""
    alarm = b'*s Alarm: /\r\n  Alarm 1: /\r\n    ID: "1"\r\nOK\r\n    Text: "x"\r\n*s/end\r\nOK\r\n'
    found = framed(b"Welcome\r\nOK\r\nERROR\r\n" + SYSTEM + alarm, UNIT, wire.status("Alarm"))
    assert [reply.verdict for reply in found] == ["OK", "OK"]
    assert answers.alarms_of(answers.leaves_of(found[1])) == ("1",)


def test_ok_in_words_before_an_answer() -> None:
    """A notice that ends in OK is no answer: what was asked for still comes."""
    notice = b"Notice from the operator:\r\nOK\r\n"
    value = b'*c xConfiguration EdgeConfigServer VerifyOriginServer: "On"\r\n\r\nOK\r\n'
    found = framed(SYSTEM + notice + SYSTEM + notice + value, UNIT, UNIT, SETTING)
    assert len(found) == 3
    assert answers.value_at(answers.leaves_of(found[1]), "uptime") == "2492"
    assert answers.setting_of(found[2], VERIFY_ORIGIN_SERVER) == Known(value="On")


def test_events_between_command_and_reply() -> None:
    """What was not asked is passed over, and a foreign block is no answer."""
    event = b'*s Calls: /\r\n  Call 1: "x"\r\n*s/end\r\n*e Disconnect\r\n'
    found = framed(event + SYSTEM + event + SYSTEM, UNIT, UNIT)
    assert [answers.value_at(answers.leaves_of(reply), "uptime") for reply in found] == ["2492", "2492"]


def test_ok_without_a_value() -> None:
    """A reading that ends in OK and names no value is out of step with what was asked."""
    with pytest.raises(wire.Garbled):
        framed(b"OK\r\n", SETTING, synced=True)


def test_bad_utf8() -> None:
    """A byte that is not UTF-8 never becomes a value; in a banner it does not matter."""
    assert len(framed(b"Espa\xf1ol\r\n" + SYSTEM, UNIT)) == 1
    with pytest.raises(wire.Garbled):
        framed(b'*c xConfiguration EdgeConfigServer Verify\xffOriginServer: "Off"\r\nOK\r\n', SETTING, synced=True)


def test_endless_replies() -> None:
    """Lines without a verdict and bytes without a line end have a limit."""
    with pytest.raises(wire.Garbled):
        framed(b"x\n" * (wire.MAX_LINES + 1), SETTING, synced=True)
    with pytest.raises(wire.Garbled):
        framed(b"x" * (wire.MAX_BYTES + 1), SETTING, synced=True)


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    """Garbage is a reply, no reply or an error of ours; never another exception."""
    try:
        replies = framed(data, SETTING, synced=True)
    except wire.Garbled:
        return
    for reply in replies:
        answers.setting_of(reply, VERIFY_ORIGIN_SERVER)
        answers.leaves_of(reply)


@pytest.mark.parametrize("value", ['"On"', "On", "'On'", '"ON"', '  "on"  '])
def test_b132_one_value_in_every_writing(value: str) -> None:
    """Quotes, blanks and case are the device's business."""
    assert setting(lines(value)) == Known(value="On")


def test_b132_path_in_another_case() -> None:
    """The path is compared without regard to case and blanks."""
    assert setting('*c xconfiguration edgeconfigserver  verifyoriginserver : "Off"') == Known(value="Off")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(lines('"Maybe"'), "unexpected value 'Maybe'", id="B130"),
        pytest.param(lines('"On"', '"Off"'), "twice", id="B131"),
        pytest.param(lines('"On'), "no readable value", id="B132-open"),
        pytest.param(lines('"On" "Off"'), "no readable value", id="B132-two"),
        pytest.param('*c xConfiguration EdgeConfigServer CredentialTtl: "1"', "no readable value", id="another"),
    ],
)
def test_values_that_are_refused(text: str, why: str) -> None:
    """What is not clear is unknown, with the reason."""
    reading = setting(text)
    assert isinstance(reading, Unknown)
    assert why in reading.why


def test_error_is_not_absence() -> None:
    """ERROR leaves a setting unknown; only an unrecognised command says that it does not exist."""
    (reply,) = framed(b"Something broke\r\nERROR\r\n", SETTING, synced=True)
    reading = answers.setting_of(reply, VERIFY_ORIGIN_SERVER)
    assert isinstance(reading, Unknown)
    assert "Something broke" in reading.why


def test_cipher_strings_keep_their_case() -> None:
    """A cipher list is taken as it is."""
    (reply,) = framed(f'*c xConfiguration {UC_CLIENT_CIPHERS}: "EECDH:!aNULL"\r\nOK\r\n'.encode(), SETTING, synced=True)
    assert answers.setting_of(reply, UC_CLIENT_CIPHERS) == Known(value="EECDH:!aNULL")


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\0b", 'a"b', "a;b", "a\x7fb"])
def test_b031_what_could_end_a_line_is_not_sent(bad: str) -> None:
    """Commands hold no quote, semicolon or control character of their own."""
    for make in (wire.leaf, wire.lookup, lambda text: wire.assignment("A", text)):
        with pytest.raises(ValueError, match="not sent"):
            make(bad)


def test_addresses_of_a_name() -> None:
    """Addresses are found in the result, the device's resolver is not one of them."""
    text = (
        b'*r DNSLookupResult (status=OK): \r\n  Server: "10.0.0.53"\r\n  Record 1: /\r\n    Address: "10.0.0.9"\r\n'
        b'  Record 2: /\r\n    Address: "2001:db8::9"\r\n*r/end\r\nOK\r\n'
    )
    (reply,) = framed(text, wire.lookup("a.example.test"), synced=True)
    assert answers.addresses_of(reply) == Known(value=("10.0.0.9", "2001:db8::9"))
