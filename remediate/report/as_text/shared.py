"""Certificates that several ports of UC servers show, and those that share a CN without being the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from remediate.model.observed import ObservedState
from remediate.report.sanitize import page
from remediate.report.sharing import SharedCertificate, Twin, self_signed_twins, shared_certificates

TITLE = "Certificates that several ports show:"
PAIRS = "Self-signed certificates with one CN, on one UC server (only one of each pair can be trusted):"
MOST = 20
"""Of each kind, so that a fleet does not fill the screen."""


def shared(observed: ObservedState) -> str:
    """By what the ports showed; empty where each has a certificate of its own."""
    several = shared_certificates(observed)
    pairs = tuple(map(_pair, self_signed_twins(observed)))
    first = several[:MOST]
    return page(
        (
            *((TITLE, *(f"  {line}" for one in first for line in _told(one)), *_more(several)) if several else ()),
            *((PAIRS, *(f"  {line}" for line in pairs[:MOST]), *_more(pairs)) if pairs else ()),
            *(("",) if several or pairs else ()),
        )
    )


def _more(things: Sequence[object]) -> Iterator[str]:
    if len(things) > MOST:
        yield f"  … and {len(things) - MOST} more (--json has all)"


def _told(one: SharedCertificate) -> Iterator[str]:
    """Name, key and serial; the ports; whether it is a multi-server one, reused for another service, or both."""
    kinds = (
        f"multi-server: one upload and restarts on {len(one.nodes)} nodes change it" if len(one.nodes) > 1 else "",
        _reuse(one) if one.reuse else "",
    )
    yield f"{one.common_name or 'no CN'}, {one.key}, serial {one.serial}"
    yield f"  {', '.join(f'{host}:{port}' for _, host, port in one.ports)}"
    yield f"  {'; '.join(kind for kind in kinds if kind)}"


def _reuse(one: SharedCertificate) -> str:
    without = [node for node in one.nodes if node not in one.reused_on]
    told = f"reuse: {' and '.join(map(str, one.reuse))} show one serial"
    return f"{told} on {', '.join(one.reused_on)}, not on {', '.join(without)}" if without else told


def _pair(twins: tuple[Twin, ...]) -> str:
    held = ", ".join(f"{twin.port[2]} serial {twin.serial}" for twin in twins)
    return f"{twins[0].port[1]}: {twins[0].common_name}: {held}"
