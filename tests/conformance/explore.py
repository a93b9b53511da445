"""Look for differences between `decide` and the real traffic server, for long.

`python -m tests.conformance.explore [--minutes N] [--seed N] [--kind KIND]`. A difference is made as small as it
gets and written to `tests/conformance/cases/`; the tests replay what lies there.
"""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections import Counter

from tests.conformance.live.agreement import Compared, explore
from tests.conformance.live.asking import Live
from tests.conformance.live.cases import keep
from tests.conformance.live.strategies import KINDS

BATCH = 300


class Differs(Exception):
    """`decide` and the traffic server do not agree; the argument is the comparison."""


class Search:
    """What was seen so far."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def look(self, both: Compared) -> None:
        """Count, and raise Differs at a difference."""
        self.seen[both.measured.kind or both.measured.verdict] += 1
        if not both.agree:
            raise Differs(both)

    def batch(self, live: Live, kind: str, start: int) -> bool:
        """Whether a batch of questions went without a difference; else it is kept."""
        try:
            explore(live, kind, BATCH, start, self.look)
        except Differs as difference:
            both: Compared = difference.args[0]
            path = keep(both, f"found by explore, {kind}, seed {start}")
            print(f"differs: {path}\n  measured  {both.measured}\n  predicted {both.predicted}")
            return False
        return True


def main() -> int:
    """Explore; 1 where a difference was found."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--kind", choices=KINDS)
    args = parser.parse_args()
    search, good, end = Search(), True, time.monotonic() + 60 * args.minutes
    number = args.seed
    with Live() as live:
        while time.monotonic() < end:
            for kind in [args.kind] if args.kind else KINDS:
                good &= search.batch(live, kind, number)
            number += 1
    print(f"seeds {args.seed} to {number - 1}: {search.seen.total()} questions, {dict(search.seen.most_common())}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
