"""A run that is killed at the events that the fault rows name: one upload of three, with and without its power."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from remediate.lab.control import send
from tests.support.crash import Scene, Window, goes_back, goes_on, scene, survives

pytestmark = pytest.mark.xdist_group("faults-crash-rows")
POINTS = {
    "F001": ("commit step-intended", "", 0),
    "F002": ("sent", "upload-dropped", 0),
    "F003": ("sent", "upload-lost", 1),
    "F004": ("end upload-certificates", "", 1),
}
"""The event at which the process dies, what the device does with the upload, and how often it was carried out."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """One lab and one plan for all."""
    with scene(tmp_path_factory.mktemp("rows")) as found:
        yield found


def number(made: Scene, what: str) -> int:
    """Of the last event of this kind before the first upload's answer is on the books."""
    events = [line.split(" ", 1)[1] for line in made.events]
    first_end = next(i for i, event in enumerate(events) if event.startswith("end upload-certificates"))
    return max(i for i, event in enumerate(events[: first_end + 1]) if event.startswith(what)) + 1


def uploads(window: Window) -> list[bool]:
    """Of every upload that the lab saw, whether it took effect."""
    return [write.took_effect for write in window.record.writes() if write.verb == "https-POST"]


def dies(made: Scene, point: str, *, power_fails: bool) -> Window:
    """A window whose apply is killed there; status tells the truth, and every write has its undo on the disk."""
    event, fault, executed = POINTS[point]
    window = made.window(point)
    if fault:
        send(made.lab, "fail", point=fault)
    life = window.apply(number(made, event), power_fails=power_fails)
    assert life.events[-1].split(" ", 1)[1].startswith(event)
    survives(window, life)
    if fault:
        send(made.lab, "fail", point=fault, clear=True)
    assert sum(uploads(window)) == executed
    return window


@pytest.mark.parametrize("point", POINTS, ids=POINTS)
def test_killed(point: str, made: Scene) -> None:
    """Resumed, it reads first: what took effect is not sent again, what did not is sent and carried out once."""
    window = dies(made, point, power_fails=False)
    sent = len(uploads(window))
    goes_on(window)
    peers = len({host for host, verb, _ in made.executed if verb == "https-POST"})
    assert sum(uploads(window)) == peers
    assert len(uploads(window)) == sent + peers - POINTS[point][2]


@pytest.mark.parametrize("point", POINTS, ids=[f"F007-{point.lower()}" for point in POINTS])
def test_power_lost(point: str, made: Scene) -> None:
    """The same with what was not synced gone: the undo of what was carried out is there, and leads back."""
    goes_back(dies(made, point, power_fails=True))
