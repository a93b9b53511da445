"""Print how fast a fleet is judged, and the ratio to bare OpenSSL on the same distinct questions.

`python -m tests.benchmarks.bench_judge [CLUSTERS]`: clusters of 4 peers and 40 links, trust lists of 150
certificates. Seconds are of CPU time. Bare OpenSSL is the same replay in a loop with shared contexts and
certificates, without names, texts or values. Then the same fleet as one capture: verified and planned.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from time import process_time
from typing import NamedTuple

from OpenSSL import SSL, crypto

from remediate.checks import connections_for, findings_for
from remediate.model import certificate
from remediate.model.certificate import TrustStore
from remediate.model.verdict import Accepted, ClientProfile, Question
from remediate.planning.planner import plan_for
from remediate.tls import armour, client, decide, der, names, replay, trust
from tests.benchmarks import fleet as capture
from tests.unit.tls.pki import Holder, issue

CLUSTERS, PEERS, ORIGINS, LISTED = 200, 4, 40, 150
RUNS = 3
"""The fastest counts: it is the one that other work on the machine disturbed least."""
AT = datetime(2026, 6, 1, tzinfo=UTC)
PROFILE = ClientProfile(cipher_suite="EECDH:HIGH:@SECLEVEL=1")


class Fleet(NamedTuple):
    """All questions in the order in which peers are judged, and those that differ."""

    total: tuple[Question, ...]
    distinct: tuple[Question, ...]


def fleet(clusters: int) -> Fleet:
    """Each cluster has a root of its own in a list of common ones, and the peers of a cluster hold equal lists."""
    common = b"".join(issue(f"common root {n}").certificate.pem for n in range(LISTED - 1))
    distinct: list[Question] = []
    total: list[Question] = []
    for number in range(clusters):
        root = issue(f"root {number}")
        asked = _questions(number, root, TrustStore(pem=common + root.certificate.pem))
        distinct += asked
        total += [question.model_copy() for _ in range(PEERS) for question in asked]
    return Fleet(tuple(total), tuple(distinct))


def _questions(number: int, root: Holder, store: TrustStore) -> list[Question]:
    return [_question(f"cucm-{origin}.c{number}.example.com", root, store) for origin in range(ORIGINS)]


def _question(name: str, root: Holder, store: TrustStore) -> Question:
    chain = (issue(name, root, names=(name,)).certificate,)
    return Question(chain=chain, trust=store, profile=PROFILE, host=name, ip="10.0.0.1", at=AT)


def bare(questions: tuple[Question, ...]) -> int:
    """Replay each chain to its context; how many were accepted."""
    contexts: dict[bytes, SSL.Context] = {}
    accepted = 0
    for question in questions:
        pem = question.trust.pem
        context = contexts.get(pem) or contexts.setdefault(pem, _context(question.trust))
        seen: list[tuple[int, int, crypto.X509]] = []
        connection = SSL.Connection(context, None)
        connection.set_app_data(seen)
        connection.set_connect_state()
        broken_off = replay._handshake(connection, question.chain)
        accepted += broken_off is None and not any(number for number, _, _ in seen)
    return accepted


def _context(store: TrustStore) -> SSL.Context:
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(b"ALL:@SECLEVEL=1")
    context.set_verify_depth(client.VERIFY_DEPTH)
    context.set_verify(SSL.VERIFY_PEER, client._note)
    anchors = context.get_cert_store()
    assert anchors is not None
    anchors.set_time(AT)
    for entry in TrustStore(pem=store.pem).entries:
        anchors.add_cert(_parsed(entry.der))
    return context


@cache
def _parsed(der: bytes) -> crypto.X509:
    return crypto.load_certificate(crypto.FILETYPE_ASN1, der)


def judged(questions: tuple[Question, ...]) -> int:
    """Decide each; how many were accepted."""
    return sum(isinstance(decide(question), Accepted) for question in questions)


def main() -> int:
    """Print the figures."""
    clusters = int(sys.argv[1]) if len(sys.argv) > 1 else CLUSTERS
    made = fleet(clusters)
    raw = _print("bare OpenSSL, distinct", bare, made.distinct)
    ours = _print("decide, distinct", judged, made.distinct)
    _print("decide, all", judged, made.total)
    print(f"ratio to bare OpenSSL on distinct questions: {ours / raw:.2f} (aim 1.5 at most)")
    _forget()
    _whole(clusters)
    return 0


def _whole(clusters: int) -> None:
    """What `verify --from` and `plan --from` spend on judging and planning, files apart."""
    desired, observed = capture.fleet(clusters)
    started = process_time()
    connections = connections_for(desired, observed)
    findings = findings_for(desired, observed, connections)
    verified = process_time()
    plan = plan_for(desired, observed, capture.AT, "bench")
    planned = process_time()
    print(
        f"verify: {len(connections)} connections, {len(findings)} findings in {verified - started:.2f} s; "
        f"plan: {len(plan.steps)} steps in {planned - verified:.2f} s"
    )


def _forget() -> None:
    """What was decided or read; each measured run begins with nothing."""
    for cached in (decide, replay.replay, replay._has_ecdsa_key, client.client_for, names.presented, der.fields):
        cached.cache_clear()
    for read in (trust.load, trust.parsed, trust.doubles, trust._own_mark, trust._identified, armour._decoded):
        read.cache_clear()
    for decoded in (certificate._entries, certificate._decoded):
        decoded.cache_clear()


def _print(title: str, work: Callable[[tuple[Question, ...]], int], questions: tuple[Question, ...]) -> float:
    runs = []
    for _ in range(RUNS):
        _forget()
        started = process_time()
        accepted = work(questions)
        runs.append(process_time() - started)
    seconds = min(runs)
    speed = len(questions) / seconds
    print(f"{title:<24}{len(questions):>7} in {seconds:6.2f} s {speed:>10,.0f} per CPU second   {accepted} accepted")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
