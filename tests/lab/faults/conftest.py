"""One lab per shape and process, put back to its start for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from remediate.lab.control import send
from remediate.lab.serve import Order, down, up
from tests.lab.faults.bench import Bench, Benches, Capsys
from tests.support.fault_table import SEEN

Labs = Callable[[str, dict[str, int | str]], Path]
QUICK = {"restart_s": "0.2", "refresh_s": "0.1"}


@pytest.fixture(scope="session")
def labs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Labs]:
    """Running labs by what they are, started when first wanted."""
    started: dict[str, Path] = {}

    def wanted(scenario: str, options: dict[str, int | str]) -> Path:
        key = f"{scenario} {options}"
        if key not in started:
            started[key] = directory = tmp_path_factory.mktemp("lab") / "lab"
            up(Order(scenario, directory, switches=QUICK, **options), detach=True)  # type: ignore[arg-type]
            send(directory, "snapshot", name="start")
        return started[key]

    yield wanted
    for directory in started.values():
        down(directory)


@pytest.fixture
def bench(labs: Labs, tmp_path: Path, capsys: Capsys, request: pytest.FixtureRequest) -> Iterator[Benches]:
    """A window on a lab of this scenario and shape; by default three peers that lack a CA."""
    made: list[Bench] = []

    def on(scenario: str = "seed-untrusted-ca", **options: int | str) -> Bench:
        shape = {"peers": 3, **options}
        directory = labs(scenario, shape)
        send(directory, "restore", name="start")
        made.append(Bench(tmp_path / f"window-{len(made)}", capsys, running=directory))
        return made[-1]

    yield on
    for one in made:
        for thread in one.hands:
            thread.join(30)
    told = [one.seen for one in made if one.seen]
    if told:
        request.node.user_properties.append((SEEN, told[-1]))
