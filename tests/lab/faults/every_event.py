"""One apply dies at every event of it, goes on or is taken back, and the fleet is as it should be: `make crash`.

The uninterrupted run has K events. For each k in 1..K the lab is put back to its start, the run is killed by SIGKILL
at event k, `status` is asked, and the run is resumed; in a second pass it is rolled back; in a third the rollback is
killed at every event of it and made again. In half of the runs the power fails too: what was not synced is lost.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.crash import Scene, Window, as_before, goes_back, goes_on, scene, survives, way_back

PASSES = ("goes on", "goes back", "dies going back")
WORKERS = 2


@dataclass
class Tally:
    """What one worker saw: deaths by pass and by the event that they met, and what did not hold."""

    events: int = 0
    events_back: int = 0
    deaths: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    power_failures: int = 0
    failures: list[str] = field(default_factory=list)


def tally(home: Path, chosen: Callable[[int], bool], passes: tuple[str, ...] = PASSES) -> Tally:
    """Die at the events whose number is chosen."""
    seen = Tally()
    with scene(home) as made:
        seen.events, seen.events_back = len(made.events), len(made.events_back)
        for name, number in _deaths(seen, chosen, passes):
            _one(made, seen, name, number)
    return seen


def _deaths(seen: Tally, chosen: Callable[[int], bool], passes: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    for name in passes:
        last = seen.events_back if name == PASSES[2] else seen.events
        yield from ((name, number) for number in range(1, last + 1) if chosen(number))


def _one(made: Scene, seen: Tally, name: str, number: int) -> None:
    window = made.window("window")
    power_fails = bool(sum(seen.deaths.values()) % 2)
    try:
        event = _dies(window, name, number, power_fails=power_fails)
    except AssertionError as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        words = f"{where.name}: {where.line}: {error}"
        seen.failures.append(f"{name}, death at {number}{', power failed' if power_fails else ''}: {words}")
        return
    seen.deaths[name] += 1
    seen.kinds[event.split()[1]] += 1
    seen.power_failures += power_fails


def _dies(window: Window, name: str, number: int, *, power_fails: bool) -> str:
    if name == PASSES[2]:
        window.apply()
        way_back(window)
        life = window.carry_out("apply UNDO -i INV --by-hand", number, power_fails=power_fails)
        goes_back(window)
        as_before(window)
        return life.events[-1]
    life = window.apply(number, power_fails=power_fails)
    survives(window, life)
    (goes_on if name == PASSES[0] else goes_back)(window)
    return life.events[-1]


def main() -> int:
    """Print K and the counts; 1 when anything did not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only each so-manieth event")
    every = parser.parse_args().every
    with tempfile.TemporaryDirectory(prefix="crash-") as home, ProcessPoolExecutor(WORKERS) as pool:
        seen = list(pool.map(_share, ((Path(home) / str(n), n, every) for n in range(WORKERS))))
    sys.stdout.write(report(seen))
    return int(any(one.failures for one in seen))


def _share(order: tuple[Path, int, int]) -> Tally:
    home, worker, every = order
    home.mkdir()
    return tally(home, lambda number: number % every == 0 and number // every % WORKERS == worker)


def report(seen: list[Tally]) -> str:
    """K, deaths per pass, which events they met, and what did not hold."""
    deaths = sum((one.deaths for one in seen), Counter())
    kinds = sum((one.kinds for one in seen), Counter())
    lines = [
        f"K = {seen[0].events} events in the apply, {seen[0].events_back} in its rollback",
        *(f"{name}: {deaths[name]} deaths" for name in PASSES),
        f"in {sum(one.power_failures for one in seen)} of them the power failed too",
        f"met: {', '.join(f'{kind} {count}' for kind, count in sorted(kinds.items()))}",
        *(failure for one in seen for failure in one.failures),
        f"{sum(len(one.failures) for one in seen)} did not hold",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
