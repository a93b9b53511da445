"""One verdict for people."""

from __future__ import annotations

from collections.abc import Iterator

from remediate.model.verdict import Accepted, Reason, Rejected, Verdict
from remediate.report.sanitize import page


def predict(verdict: Verdict, path: tuple[tuple[str, str], ...] = ()) -> str:
    """The verdict first, then why; `path` is subject and SHA-256 from leaf to anchor."""
    return page(_lines(verdict, path))


def _lines(verdict: Verdict, path: tuple[tuple[str, str], ...]) -> Iterator[str]:
    match verdict:
        case Accepted():
            yield "accept" if verdict.verified else "accept (nothing is checked)"
            yield from (f"  {subject}  sha256:{sha256}" for subject, sha256 in path)
            yield from (f"  log: {line}" for line in verdict.logs)
        case Rejected():
            yield "reject"
            yield from (line for reason in verdict.reasons for line in _reason(reason))
        case _:
            yield "undetermined"
            yield from (f"  not known: {missing}" for missing in verdict.missing)


def _reason(reason: Reason) -> Iterator[str]:
    number = f" {reason.number}" if reason.number is not None else ""
    depth = f" at depth {reason.depth}" if reason.depth is not None else ""
    yield f"  {reason.kind}{number}: {reason.error}{depth}"
    if reason.log:
        yield f"  log: {reason.log}"
