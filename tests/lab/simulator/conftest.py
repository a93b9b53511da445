"""One lab for the simulator's tests, put back to its start after each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.simulator.stock_clients import RunningLab, running


@pytest.fixture(scope="session")
def started_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    """A two-peer lab in which everything waits but little."""
    directory = tmp_path_factory.mktemp("fleet") / "lab"
    with running(directory, switches={"restart_s": "0.1", "refresh_s": "0.05"}) as lab:
        lab.hand("snapshot", name="start")
        yield lab


@pytest.fixture
def lab(started_lab: RunningLab) -> Iterator[RunningLab]:
    """The shared lab, restored after the test."""
    yield started_lab
    started_lab.hand("restore", name="start")
