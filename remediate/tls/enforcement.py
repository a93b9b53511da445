"""From which Expressway release the traffic server verifies UC servers. To add a release: a row."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from remediate.model.verdict import OpenSslVersion

Enforcement = Literal["enforced", "disabled"]
_VERSION = re.compile(r"^[xX]?(\d+)\.(\d+)(?:\.(\d+))?(?!\d)")


class Row(NamedTuple):
    """What holds from a release on."""

    since: tuple[int, int, int]
    verifies: bool
    switch: bool
    """Whether `VerifyOriginServer` exists."""
    source: str


ROWS = (
    Row((0, 0, 0), False, False, "no document speaks of verification before X14.0.8"),
    Row(
        (14, 0, 8), True, False,
        "TAC 225476 says every HTTPS request is verified from X14.0.8; the X14.2 release notes, the MRA guide and "
        "TAC 218018 say X14.2: it may verify, so it is judged as if it did",
    ),
    Row((14, 2, 0), True, True, "X14.2 release notes (CSCwc69661, CSCwa25108): on unless VerifyOriginServer is Off"),
)  # fmt: skip


OPENSSL_UNKNOWN_SINCE = (15, 0, 0)
"""Up to X14.2 the log lines are those of OpenSSL 1.1.1 (TAC 225476); no document says which one later releases run."""

PRESENTS_SINCE = (14, 0, 2)
"""From here on the traffic server shows the peer's own certificate to a UC server that asks (X14.2 release notes)."""


def row_for(version: str) -> Row:
    """The row of a release such as `X14.2.5`; the latest where the version cannot be read."""
    release = _release(version)
    return ROWS[-1] if release is None else next(row for row in reversed(ROWS) if row.since <= release)


def openssl_versions(version: str) -> tuple[OpenSslVersion, ...]:
    """Which OpenSSL a release may run, the likelier first; 1.1.1 where the release cannot be read."""
    return ("1.1.1", "3") if (_release(version) or (0, 0, 0)) >= OPENSSL_UNKNOWN_SINCE else ("1.1.1",)


def presents_certificate(version: str) -> bool:
    """Whether the traffic server of a release presents a client certificate; True where it cannot be read."""
    return (_release(version) or PRESENTS_SINCE) >= PRESENTS_SINCE


def _release(version: str) -> tuple[int, int, int] | None:
    found = _VERSION.match(version.strip())
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def enforces(version: str, verify_origin: str | None) -> Enforcement:
    """Whether a peer's traffic server checks certificates.

    `verify_origin` is the value of `VerifyOriginServer`, None where the device has none. Only a
    clear `Off`, on whatever release answers so, is taken as off.
    """
    if verify_origin is not None and verify_origin.strip().casefold() == "off":
        return "disabled"
    return "enforced" if row_for(version).verifies else "disabled"
