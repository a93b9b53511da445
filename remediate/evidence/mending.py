"""What would mend a refusal, from the line alone (the seed's own remedies, with what was measured since).

A line tells the first thing that the traffic server met: once it is mended another may show. So this is where to
begin; a plan from readings is what decides.
"""

from __future__ import annotations

import re
from typing import Literal

from remediate.evidence.refusal import Kind

Cause = Literal[
    "self-signed", "root-not-trusted", "issuer-unknown", "out-of-date", "chain-otherwise", "name", "address-as-name",
    "trusted-ca-list-damaged", "expressway-not-trusted", "expressway-refused", "reason-not-in-log", "tls-otherwise",
]  # fmt: skip
Mend = Literal[
    "upload-ca-chain", "upload-self-signed", "sign-by-trusted-ca", "renew-certificate", "change-system-server",
    "reissue-with-name", "repair-trusted-ca-list", "add-expressway-ca-to-uc", "look-at-uc-server", "collect-warning",
    "compare-tls",
]  # fmt: skip

_SELF_SIGNED = re.compile(r"self[- ]signed certificate")
_CHAIN: tuple[tuple[re.Pattern[str], Cause], ...] = (
    (re.compile(r"self[- ]signed certificate in certificate chain"), "root-not-trusted"),
    (re.compile(r"unable to (?:get (?:local )?issuer certificate|verify the first certificate)"), "issuer-unknown"),
    (re.compile(r"certificate (?:has expired|is not yet valid)"), "out-of-date"),
)
MENDS: dict[Cause, tuple[Mend, ...]] = {
    "self-signed": ("sign-by-trusted-ca", "upload-self-signed"),
    "root-not-trusted": ("upload-ca-chain", "sign-by-trusted-ca"),
    "issuer-unknown": ("upload-ca-chain", "sign-by-trusted-ca"),
    "out-of-date": ("renew-certificate",),
    "chain-otherwise": ("sign-by-trusted-ca",),
    "name": ("reissue-with-name", "change-system-server"),
    "address-as-name": ("change-system-server", "reissue-with-name"),
    "trusted-ca-list-damaged": ("repair-trusted-ca-list",),
    "expressway-not-trusted": ("add-expressway-ca-to-uc",),
    "expressway-refused": ("look-at-uc-server",),
    "reason-not-in-log": ("collect-warning",),
    "tls-otherwise": ("compare-tls",),
}
"""Cause and what mends it, the default first (the default of a self-signed certificate is to have it signed)."""

VERIFY_FAILED = "certificate verify failed"
"""What the ERROR line of a forward refusal says; the WARNING before it says why."""


def cause_of(kind: Kind, error: str, depth: int | None, asked: str) -> Cause:
    """Depth 0 alone proves nothing: a certificate whose issuer is unknown, sent alone, fails there too."""
    text = error.lower()
    match kind:
        case "chain":
            return _of_chain(text, depth)
        case "name":
            return "address-as-name" if re.fullmatch(r"[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*", asked) else "name"
        case "trust-file":
            return "trusted-ca-list-damaged"
        case "refused-by-server":
            return "expressway-not-trusted" if "unknown ca" in text else "expressway-refused"
        case "tls":
            return "reason-not-in-log" if VERIFY_FAILED in text else "tls-otherwise"


def _of_chain(text: str, depth: int | None) -> Cause:
    named = next((cause for pattern, cause in _CHAIN if pattern.fullmatch(text)), None)
    if named is None and _SELF_SIGNED.fullmatch(text):
        return "root-not-trusted" if depth else "self-signed"
    return named or "chain-otherwise"
