"""Print how fast a log is read, and the ratio to `grep` with the same patterns on the same file.

`python -m tests.benchmarks.bench_diagnose [MEGABYTES] [DIRECTORY]`: logs of about 1,000 MB each are generated, with one
refused request in so many; the file is read once beforehand, so that both read it from the page cache.
`LC_ALL=C grep -cE` counts the lines in which a refusal stands. Seconds are of CPU time, the best of three; `matching`
leaves out what the command takes for an empty log (an interpreter and its libraries). Memory is the process's peak.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from pathlib import Path

from tests.support.log_lines import Attempt, log

PATTERN = r"\[ET_NET|Action="
TIMES = 3
DISTINCT = 40_000_000
RARE, USUAL, FLOOD = 5_000, 500, 5
"""One refused request among so many: a stray one, an unlucky day, everybody after an upgrade."""


def generate(path: Path, megabytes: int, one_in: int) -> int:
    """A log of one peer, which repeats after `DISTINCT` bytes; answers its size in bytes."""
    chance = random.Random(1)  # noqa: S311 - the same log each time
    pieces: list[bytes] = []
    while sum(map(len, pieces)) < min(DISTINCT, megabytes * 1_000_000):
        pieces.append(log(*_requests(1_000 * len(pieces), one_in, chance)))
    with path.open("wb") as file:
        for piece in cycle(pieces):
            if file.tell() >= megabytes * 1_000_000:
                return file.tell()
            file.write(piece)
    return 0


def _requests(begin: int, one_in: int, chance: random.Random) -> Iterator[list[str]]:
    for number in range(begin, begin + 1_000):
        user, node = f"user{chance.randrange(5_000)}", chance.randrange(40)
        attempt = Attempt(
            number=number, host=f"cucm-{node}.example.test", address=f"10.0.1.{node}", user=user,
            port=chance.choice((6972, 8443)), path=f"/cucm-uds/user/{user}/devices?max=100",
            at=Attempt().at + timedelta(milliseconds=37 * number),
        )  # fmt: skip
        if chance.randrange(one_in):
            other = attempt.head.replace(f"traffic_server[{attempt.pid}]", "tvcs")
            noise = f'{other} Event="Registration Accepted" Service="SIP" AOR="{user}@example.test" Level="1"'
            yield [*attempt.story(attempt.module("Receive Response", 'Msg="HTTP/1.1 200 "'))[:-1],
                   attempt.replied("200 "), noise, noise]  # fmt: skip
        else:
            yield attempt.story(*[attempt.chain()] * 4, attempt.failed())


def measured(command: list[str]) -> tuple[float, int, str]:
    """CPU seconds, peak memory in bytes, and output; the best of three."""
    runs = [_once(command) for _ in range(TIMES)]
    return min(runs)


def _once(command: list[str]) -> tuple[float, int, str]:
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"})
    assert child.stdout is not None
    text = child.stdout.read().decode()
    _, _, usage = os.wait4(child.pid, 0)
    child.returncode = 0
    child.stdout.close()
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, text


def main(megabytes: int, directory: Path) -> None:
    """One row per density of refusals."""
    reader = [sys.executable, "-m", "remediate", "diagnose", "--json"]
    empty = directory / "empty.log"
    empty.write_bytes(b"")
    start = measured([*reader, str(empty)])[0]
    print(f"start of the command: {start:.2f} s of CPU time")
    print("one refused in  refusals        grep    diagnose  ratio    matching  ratio  memory")
    for one_in in (RARE, USUAL, FLOOD):
        path = directory / f"{one_in}.log"
        size = generate(path, megabytes, one_in)
        counting, _, lines = measured(["grep", "-cE", PATTERN, str(path)])
        reading, memory, _ = measured([*reader, str(path)])
        grep, whole, matching = (size / seconds / 1e6 for seconds in (counting, reading, reading - start))
        print(
            f"{one_in:>14,}  {int(lines):>8,}  {grep:>5,.0f} MB/s  {whole:>5,.0f} MB/s  {whole / grep:>5.2f}"
            f"  {matching:>5,.0f} MB/s  {matching / grep:>5.2f}  {memory / 1e6:>3,.0f} MB"
        )
        path.unlink()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as where:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000, Path(where))
