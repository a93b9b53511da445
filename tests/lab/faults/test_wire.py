"""Slow, broken and garbled connections."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.lab.faults.bench import Bench, Benches, hasty
from tests.lab.stories.window import FIX, WORKAROUND
from tests.support.tiny_tcp import dripping, listening, silent

pytestmark = pytest.mark.xdist_group("faults-wire")
PEER = "exp-c-2"
MOST_BYTES = 200_000_000
UNREAD = {
    "F046": ("read-huge", "a line of more than 262,144 bytes"),
    "F047": ("read-endless", "more than 200,000 lines without an end"),
    "F048": ("read-garbage", "within 2 s"),
    "F05B-cut": ("https-cut", "not HTTP as it should be"),
    "F05B-compressed": ("https-gzip", "a compressed answer that was not asked for"),
    "F05B-huge": ("https-huge", PEER),
    "F058-read": ("https-page", "an HTML page: this is not the API"),
}
PASSED_OVER = {
    "F054": "read-events",
    "F057": "banner-long",
}


def unread(story: Bench, why: str) -> None:
    """No plan rests on the peer: exit 4, the reason in one line, and nothing was sent."""
    plan = story.type(f"plan {FIX} -i INV")
    assert plan.code == 4, plan.text
    assert PEER in plan.text
    assert why in plan.text
    assert "\x1b" not in plan.text
    assert story.writes() == []


@pytest.mark.parametrize(("point", "why"), UNREAD.values(), ids=UNREAD)
def test_answer_that_is_none(point: str, why: str, bench: Benches) -> None:
    """Bytes or lines without end, garbage, a body cut short, compressed, too long, or a page for browsers: the peer
    counts as not read, the reason is named, and nothing of the answer comes to the screen."""
    story = bench()
    story.durations(command_timeout=2 if why.endswith("within 2 s") else 20)
    story.fail(point, every=True, host=PEER)
    unread(story, why)


def test_f046_memory(bench: Benches) -> None:
    """Answers without end from every peer at once: the process stays below 200 MB."""
    story = bench()
    for point in ("read-huge", "https-huge"):
        story.fail(point, every=True)
    process = story.start(f"plan {FIX} -i INV", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0

    def over() -> bool:
        nonlocal peak
        peak = max(peak, peak_bytes(process.pid))
        return process.poll() is not None

    story.until(over, "the end of the plan")
    assert process.returncode == 4
    assert 0 < peak < MOST_BYTES
    story.saw(f"exit 4, at most {peak // 1_000_000} MB")


def peak_bytes(process: int) -> int:
    """The largest resident size so far; 0 of one that has ended."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def test_f049_byte_inside_the_keyword(bench: Benches) -> None:
    """A keyword with a foreign byte in it is not the setting, whatever is left when the byte is dropped."""
    story = bench()
    story.durations(command_timeout=2)
    story.fail("read-latin-1", every=True, host=PEER)
    read = story.type("status -i INV")
    assert f"{PEER}: unknown: " in read.text, read.text
    unread(story, PEER)


@pytest.mark.parametrize("point", PASSED_OVER.values(), ids=PASSED_OVER)
def test_text_that_is_not_ours(point: str, bench: Benches) -> None:
    """Other text with OK in it, events, and a banner without measure change nothing of what is read."""
    story = bench()
    before = story.type("status -i INV")
    story.fail(point, every=True, host=PEER)
    assert story.type("status -i INV").text == before.text
    assert f"{PEER}: VerifyOriginServer On" in before.text


def test_f053_ok_inside_other_text(bench: Benches) -> None:
    """A notice with OK in it before each answer: the right value or none, with the reason."""
    story = bench()
    story.durations(command_timeout=2)
    story.fail("read-words", every=True, host=PEER)
    read = story.type("status -i INV")
    assert f"{PEER}: VerifyOriginServer On" in read.text or f"{PEER}: unknown: no readable value" in read.text


def test_f056_echo_and_line_ends(bench: Benches) -> None:
    """Without echo, with a prompt and another end of replies, the same is read."""
    story = bench()
    before = story.type("status -i INV")
    for switch, value in (("echo", "off"), ("prompt", "on"), ("reply_end", "** end"), ("banner_ok", "on")):
        story.hand("edit", cluster="exp-c", switch=switch, value=value)
        assert story.type("status -i INV").text == before.text, switch


def test_f041_no_greeting(bench: Benches) -> None:
    """A port that accepts and says nothing is given up at the deadline."""
    story = bench()
    story.durations(connect_timeout=1)
    with listening(silent, story.address(PEER)) as port, story.document() as document:
        document["clusters"]["exp-c"]["peers"][PEER]["ports"]["ssh"] = port
        story.flush(document)
        unread(story, "1 s")


def test_f043_one_byte_at_a_time(bench: Benches) -> None:
    """A device that never stops and never comes to an end runs into the total time."""
    story = bench()
    story.durations(connect_timeout=1)
    drip = dripping((story.address(PEER), 5022), 0.05)
    with listening(drip, story.address(PEER)) as port, story.document() as document:
        document["clusters"]["exp-c"]["peers"][PEER]["ports"]["ssh"] = port
        story.flush(document)
        unread(story, "1 s")


@pytest.mark.parametrize("point", ["set-silent", "set-lost"], ids=["F042", "F044-after"])
def test_reply_that_is_lost(point: str, bench: Benches) -> None:
    """The device acts and its reply never comes: unknown in the ledger, read on a new session, sent once."""
    story = bench()
    story.durations(command_timeout=2)
    story.planned(WORKAROUND, "off")
    story.fail(point)
    done = story.type("apply HOME/off.plan -i INV")
    assert done.code == 0, done.text
    assert story.sent("ssh-set") == ["exp-c-1"]
    assert story.settings() == ["Off"] * 3
    kinds = [entry["kind"] for entry in story.entries() if entry.get("step", "").endswith("exp-c-1")]
    assert kinds[:3] == ["step-intended", "unknown", "confirmed"]


def test_f044_reset_before_the_device_acts(bench: Benches) -> None:
    """The session breaks before the set takes effect: unknown, read, found unchanged, and not sent again."""
    story = bench()
    story.wiring = hasty()
    story.planned(WORKAROUND, "off")
    story.fail("set-dropped")
    done = story.type("apply HOME/off.plan -i INV")
    assert done.code == 2, done.text
    assert story.sent("ssh-set") == ["exp-c-1"]
    assert story.settings() == ["On"] * 3
    assert "it was not sent again" in done.text


def test_f051_command_not_recognized(bench: Benches) -> None:
    """The device no longer knows the setting when it is set: refused, with the release that brings it."""
    story = bench()
    story.planned(WORKAROUND, "off")
    story.hand("edit", cluster="exp-c", switch="verify_exists_from", value="X15.0")
    done = story.type("apply HOME/off.plan -i INV")
    assert done.code == 2, done.text
    assert "this release has no setting EdgeConfigServer VerifyOriginServer" in done.text
    assert story.settings() == ["On"] * 3


def test_f052_ok_without_effect(bench: Benches) -> None:
    """The device says OK and the value stays: not applied."""
    story = bench()
    story.wiring = hasty()
    story.planned(WORKAROUND, "off")
    story.fail("set-ignored", every=True)
    done = story.type("apply HOME/off.plan -i INV")
    assert done.code == 2, done.text
    assert "the device said OK and the value is unchanged" in done.text
    assert story.settings() == ["On"] * 3


UNKNOWN_UPLOADS = {
    "F058-upload": ("upload-page", False),
    "F059-before": ("upload-error-before", False),
    "F059-after": ("upload-error-after", True),
    "F05C": ("upload-dropped", False),
    "F05D-upload": ("upload-throttled", False),
}


@pytest.mark.parametrize(("point", "acted"), UNKNOWN_UPLOADS.values(), ids=UNKNOWN_UPLOADS)
def test_upload_whose_end_is_not_known(point: str, acted: bool, bench: Benches) -> None:
    """A login page, 500, 429 or a broken connection in answer to an upload: the list is read, and the upload is
    not sent again; what took effect counts as done."""
    story = bench()
    story.wiring = hasty()
    story.planned()
    before = story.listed(PEER)
    story.fail(point, host=PEER)
    done = story.type("apply HOME/fix.plan -i INV")
    assert story.sent("https-POST").count(PEER) == 1
    assert (len(story.listed(PEER)) > len(before)) == acted
    assert done.code == (0 if acted else 2), done.text


@pytest.mark.parametrize(
    "point", ["https-error", "https-busy", "https-throttle"], ids=["F059-read", "F05D-busy", "F05D"]
)
def test_read_that_is_put_off(point: str, bench: Benches) -> None:
    """A page that answers 500, 503 or 429 once is read again a moment later."""
    story = bench()
    story.fail(point, host=PEER)
    story.planned()
    assert story.writes() == []


def test_f05d_axl_write(bench: Benches) -> None:
    """AXL answers a change with 503: it is read, not sent again, and the step has failed."""
    story = bench("seed-server-by-ip", peers=2)
    story.wiring = hasty()
    story.planned()
    story.fail("axl-throttle")
    done = story.type("apply HOME/fix.plan -i INV --by-hand")
    assert done.code == 2, done.text
    assert story.sent("axl updateProcessNode") == ["cucm-pub"]
