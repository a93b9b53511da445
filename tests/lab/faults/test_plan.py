"""Plan files that do not fit, and what an approver sees."""

from __future__ import annotations

import json

import pytest

from tests.lab.faults.bench import Benches
from tests.lab.stories.window import FIX, WORKAROUND

pytestmark = pytest.mark.xdist_group("faults-plan")
APPLY = "apply HOME/fix.plan -i INV"


def test_f090_one_byte(bench: Benches) -> None:
    """Another form of the same document, by one byte: refused, for its digest would no longer be the approved one."""
    story = bench()
    story.planned()
    file = story.home / "fix.plan"
    whole = file.read_bytes()
    for changed in (whole + b" ", whole[:-1], whole.replace(b":", b": ", 1), b"\xef\xbb\xbf" + whole):
        file.write_bytes(changed)
        assert story.type(APPLY).code == 5, story.screens[-1].text
    assert story.writes() == []


def test_f092_twice(bench: Benches) -> None:
    """Applied a second time: nothing is written, and that is said."""
    story = bench()
    story.planned()
    assert story.type(APPLY).code == 0
    written = story.writes()
    again = story.type(APPLY)
    assert again.code == 0, again.text
    assert "applied" in again.text
    assert story.writes() == written


@pytest.mark.parametrize("hours", [25, -1], ids=["F092-late", "F092-early"])
def test_plan_at_another_time(hours: int, bench: Benches) -> None:
    """Outside its window a plan is refused, with both times in UTC."""
    story = bench()
    story.planned()
    story.later(hours=hours)
    done = story.type(APPLY)
    assert done.code == 3, done.text
    assert "+00:00" in done.text or "Z" in done.text
    assert story.writes() == []


def test_f095_another_form(bench: Benches) -> None:
    """A plan of a later form is refused, and both forms are named."""
    story = bench()
    story.planned()
    file = story.home / "fix.plan"
    plan = json.loads(file.read_bytes())
    plan["format_version"] += 1
    file.write_bytes(json.dumps(plan, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    done = story.type(APPLY)
    assert done.code == 5, done.text
    assert str(plan["format_version"]) in done.text
    assert story.writes() == []


def test_f097_nothing_to_do(bench: Benches) -> None:
    """A plan without changes: 0, and no write."""
    story = bench("healthy", peers=1)
    plan = story.type(f"plan {FIX} -i INV -o HOME/fix.plan")
    assert plan.code == 0, plan.text
    done = story.type(APPLY)
    assert done.code == 0, done.text
    assert "othing to" in done.text
    assert story.writes() == []


def test_f098_escape_codes_in_the_reason(bench: Benches) -> None:
    """A reason that would repaint the approver's screen is refused, or shown inert."""
    story = bench()
    with story.document() as document:
        document["vars"]["workaround_reason"] = "fine\x1b[2K\x1b[1A all On\u202e"
    plan = story.type(f"plan {WORKAROUND} -i INV -o HOME/off.plan")
    assert "\x1b" not in plan.text
    assert "\u202e" not in plan.text
    if plan.code == 0:
        shown = story.type("show HOME/off.plan")
        assert "\x1b" not in shown.text
        assert "\u202e" not in shown.text
