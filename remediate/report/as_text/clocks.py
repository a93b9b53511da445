"""Devices whose clock is not ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from remediate.model.observed import ObservedState
from remediate.model.reading import Known

APART = timedelta(minutes=5)
"""Kerberos' and most operators' measure of clocks that agree."""


def clocks_apart(observed: ObservedState) -> Iterator[str]:
    """One line per peer whose clock differs from this machine's by more than five minutes."""
    for peer in observed.peers:
        if isinstance(peer.clock, Known) and abs(peer.clock.value - peer.read_at) > APART:
            theirs, ours = (f"{moment:%Y-%m-%d %H:%M}Z" for moment in (peer.clock.value, peer.read_at))
            yield f"{peer.host}: its clock says {theirs}, this machine's {ours}; certificates are judged by the peer's"
