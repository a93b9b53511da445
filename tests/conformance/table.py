"""Print how far `decide` agrees with the traffic server: `python -m tests.conformance.table [--live N]`.

Recorded, replayed, and on N random questions of each kind put to the real traffic server that runs here.
"""

from __future__ import annotations

import shutil
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable

from tests.conformance.corpus import NOT_PROMISED, Case, cases, policy_cases, predicted, replayed_cases
from tests.conformance.live.agreement import Compared, compared, explore
from tests.conformance.live.asking import Live
from tests.conformance.live.cases import kept
from tests.conformance.live.strategies import KINDS

SEED = 1


class Tally:
    """Agreement by kind, what is outside the promise apart."""

    def __init__(self) -> None:
        self._total: Counter[tuple[bool, str]] = Counter()
        self._agreed: Counter[tuple[bool, str]] = Counter()
        self.differing: list[str] = []

    def add(self, identity: str, kind: str, *, promised: bool, agree: bool) -> None:
        """One question."""
        self._total[not promised, kind] += 1
        self._agreed[not promised, kind] += agree
        if promised and not agree:
            self.differing.append(identity)

    def show(self, title: str) -> None:
        """Print it."""
        print(f"\n{title}\n  {'kind':<14}{'agree':>7}{'of':>7}")
        for (outside, kind), number in sorted(self._total.items()):
            agreed = self._agreed[outside, kind]
            note = "   outside the promise" if outside else ""
            print(f"  {kind:<14}{agreed:>7}{number:>7}{agreed / number:>8.1%}{note}")


def main() -> int:
    """Print the tables; 1 where a promised verdict differs, or nothing was asked live."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--live", type=int, default=200, help="random questions of each kind; 0: none")
    live = parser.parse_args().live
    found = [
        _recorded("recorded, ATS 9.2 on OpenSSL 3", cases()),
        _recorded("replayed, OpenSSL 1.1.1", (c for c in replayed_cases() if not c.question.host.startswith("["))),
        _recorded("policies and properties", policy_cases()),
    ]
    if live and shutil.which("traffic_server") is None:
        print("\nlive: nothing was asked, traffic_server is not installed (apt-get install trafficserver)")
        return 1
    found += [_live(live)] if live else []
    for difference in (d for differing in found for d in differing):
        print("differs:", difference)
    return 1 if any(found) else 0


def _recorded(title: str, questions: Iterable[Case]) -> list[str]:
    tally = Tally()
    for case in questions:
        kind = case.measured.kind or case.measured.verdict
        tally.add(f"{title}: {case.identity}", kind, promised=case.promised, agree=_agrees(case))
    tally.show(title)
    return tally.differing


def _agrees(case: Case) -> bool:
    got = predicted(case.question)
    if case.measured.kind is None and case.measured.verdict == "reject":  # the policy matrix names no kind
        return (got.verdict, got.log) == (case.measured.verdict, case.measured.log)
    return got == case.measured


def _live(examples: int) -> list[str]:
    """Random questions, the same in every run, and the cases that were kept."""
    tally = Tally()

    def look(both: Compared) -> None:
        kind = both.measured.kind or both.measured.verdict
        promised = both.measured.kind not in NOT_PROMISED
        tally.add(f"live: {both.measured} but {both.predicted}", kind, promised=promised, agree=both.agree)

    with Live() as running:
        for kind in KINDS:
            explore(running, kind, examples, SEED, look)
        for case in kept():
            look(compared(running, case.asked))
    tally.show("live, the traffic server that runs here")
    return tally.differing


if __name__ == "__main__":
    sys.exit(main())
