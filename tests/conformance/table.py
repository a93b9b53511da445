"""Print how far `decide` agrees with the recorded traffic server: `python -m tests.conformance.table`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable

from tests.conformance.corpus import Case, cases, policy_cases, predicted, replayed_cases


def main() -> int:
    """Print the table; 1 where a promised verdict differs."""
    tables = (
        ("recorded, ATS 9.2 on OpenSSL 3", tuple(cases())),
        ("replayed, OpenSSL 1.1.1", tuple(c for c in replayed_cases() if not c.question.host.startswith("["))),
        ("policies and properties", tuple(policy_cases())),
    )
    differences = [f"{title}: {case.identity}" for title, found in tables for case in _print(title, found)]
    for difference in differences:
        print("differs:", difference)
    return 1 if differences else 0


def _print(title: str, found: Iterable[Case]) -> list[Case]:
    total: Counter[str] = Counter()
    agreed: Counter[str] = Counter()
    differing: list[Case] = []
    for case in found:
        kind = case.measured.kind or case.measured.verdict
        total[kind] += 1
        agreed[kind] += _agrees(case)
        differing += [case] if case.promised and not _agrees(case) else []
    print(f"\n{title}\n  {'kind':<12}{'agree':>7}{'of':>7}")
    for kind, number in sorted(total.items()):
        outside = "   outside the promise" if kind in {"tls", "unlogged"} else ""
        print(f"  {kind:<12}{agreed[kind]:>7}{number:>7}{agreed[kind] / number:>8.1%}{outside}")
    return differing


def _agrees(case: Case) -> bool:
    got = predicted(case.question)
    if case.measured.kind is None and case.measured.verdict == "reject":  # the policy matrix names no kind
        return (got.verdict, got.log) == (case.measured.verdict, case.measured.log)
    return got == case.measured


if __name__ == "__main__":
    sys.exit(main())
