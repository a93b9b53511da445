"""One finding from the handshake to the rule: what was shown, what the peer holds and decides, what would mend it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from remediate.checks.connections import served_chain, verification
from remediate.checks.links import needed_link
from remediate.checks.questions import ciphers_of
from remediate.checks.scene import reasons
from remediate.model.certificate import Chain, TrustStore
from remediate.model.desired import DesiredState
from remediate.model.finding import Finding, TlsLink
from remediate.model.observed import ObservedState, PeerReading
from remediate.model.reading import Known, Unknown
from remediate.model.verdict import Accepted, Rejected, Verdict
from remediate.planning.plan import Plan
from remediate.report.as_text.words import state
from remediate.report.sanitize import page
from remediate.tls.chains import issuer_matches
from remediate.tls.describe import describe
from remediate.tls.enforcement import row_for

SHOWN_NAMES = 8


@dataclass(frozen=True)
class Case:
    """Readings and plays, and the plan that they give: what an explanation rests on."""

    desired: DesiredState
    observed: ObservedState
    plan: Plan


def explain_findings(case: Case, findings: tuple[Finding, ...], rule: str) -> str:
    """Each finding with its evidence, then the rule; device text is made harmless."""
    lines = [line for finding in findings for line in (*_finding(case, finding), "")]
    return page((*lines, "The rule:", *(f"  {line}".rstrip() for line in rule.splitlines())))


def _finding(case: Case, finding: Finding) -> Iterator[str]:
    yield f"{finding.id}: {finding.subject}"
    yield f"  {finding.summary}"
    told = {r.log for c in case.plan.before if c.link in finding.links for r in reasons(c)}
    yield from (f"  {line}" for line in finding.evidence if line not in told)
    for link in finding.links:
        if link.asked:
            yield from ([] if str(link) == finding.subject else [f"  {link}"])
            yield from _link(case, link)


def _link(case: Case, link: TlsLink) -> Iterator[str]:
    needed = needed_link(case.desired, case.observed, link)
    peer = case.observed.peer(link.peer)
    if needed is None or peer is None:
        return
    ciphers = ciphers_of(peer)
    chain = served_chain(needed, ciphers.value) if isinstance(ciphers, Known) else None
    yield f"    What the UC server showed, as seen from {needed.origin.seen_from or 'nowhere'} (UNVERIFIED):"
    yield from _chain(chain or ())
    yield from _peer(peer, ciphers, chain or ())
    connection = next((c for c in case.plan.before if c.link == link), None)
    if connection is not None:
        yield f"    What its traffic server decides: {state(connection)}"
        yield from _verdict(connection.verdict)
    yield from _fixes(case.plan, link)


def _chain(chain: Chain) -> Iterator[str]:
    if not chain:
        yield "      nothing for this peer's offer"
    for depth, certificate in enumerate(chain):
        seen = describe(certificate.der)
        yield f"      {depth}  {seen.label}, issued by {seen.issuer or 'nobody that can be read'}"
        yield f"         {seen.key}, until {seen.not_after:%Y-%m-%d}" if seen.not_after else f"         {seen.key}"
        yield f"         SHA-256 {certificate.sha256}"
        if depth == 0:
            more = f", +{len(seen.dns_names) - SHOWN_NAMES} more" if len(seen.dns_names) > SHOWN_NAMES else ""
            yield f"         dNSName: {', '.join(seen.dns_names[:SHOWN_NAMES]) or 'none'}{more}"
            if seen.ip_addresses:
                yield f"         iPAddress (never looked at): {', '.join(seen.ip_addresses[:SHOWN_NAMES])}"


def _peer(peer: PeerReading, ciphers: Known[str | None] | Unknown, chain: Chain) -> Iterator[str]:
    checked = verification(peer)
    if isinstance(peer.product, Known):
        on = checked.value if isinstance(checked, Known) else None
        words = {True: "verifies", False: "does not verify", None: "may verify"}[on]
        yield f"    The peer: {peer.product.value.version}, {words} ({row_for(peer.product.value.version).source})"
    if isinstance(ciphers, Known):
        yield f"    Its cipher string: {ciphers.value or 'not settable on this release'}"
    if isinstance(peer.trust, Known):
        yield from _list(peer.trust.value, chain)


def _list(store: TrustStore, chain: Chain) -> Iterator[str]:
    held = {c.sha256 for c in store.entries}
    yield f"    Its trusted CA list: {len(store.entries)} certificates{', damaged' if store.damaged else ''}"
    for depth, certificate in enumerate(chain):
        issuers = [c for c in store.entries if c.sha256 != certificate.sha256 and issuer_matches(certificate, c)]
        words = ", ".join(describe(c.der).label for c in issuers) or "not listed"
        itself = " (listed itself)" if certificate.sha256 in held else ""
        yield f"      issuer of {depth}{itself}: {words}"


def _verdict(verdict: Verdict) -> Iterator[str]:
    match verdict:
        case Accepted(path=path):
            yield f"      accepted, over {len(path)} certificates"
        case Rejected(reasons=reasons):
            for number, reason in enumerate(reasons):
                later = "" if number == 0 else "then, once that is mended: "
                code = f" (error {reason.number}, depth {reason.depth})" if reason.number else ""
                yield f"      {later}{reason.kind}: {reason.error}{code}"
                if reason.log:
                    yield f"        {reason.log}"
        case _:
            yield from (f"      not known: {what}" for what in verdict.missing)


def _fixes(plan: Plan, link: TlsLink) -> Iterator[str]:
    choice = next((c for c in plan.choices if c.link == link), None)
    if choice is None:
        return
    yield "    Fixes that were tried on it:"
    yield from (f"      {name}: mends it" for name in choice.chosen)
    yield from (f"      {name}: {why}" for name, why in choice.rejected)
