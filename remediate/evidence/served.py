"""Which peer a front handed a request to, by its own log: `Sending Request` with the TrackingID of the client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from remediate.evidence.lines import SENDING


def sent_to(lines: Iterable[bytes], trackings: frozenset[str]) -> Iterator[tuple[str, str]]:
    """TrackingID and address for each of these requests that a line tells of."""
    for line in lines:
        found = SENDING.search(line)
        if found is not None and (tracking := found["tracking"].decode("ascii", "replace")) in trackings:
            yield tracking, found["address"].decode("ascii", "replace")
