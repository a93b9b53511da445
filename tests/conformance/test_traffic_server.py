"""`decide` against the recorded verdicts of a real traffic server."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from remediate.model.verdict import Accepted
from remediate.tls import decide
from remediate.tls.client import client_for
from remediate.tls.replay import replay
from remediate.tls.trust import load, parsed
from tests.conformance.corpus import Case, cases, policy_cases, predicted, replayed_cases

ALL = tuple(cases())
REPLAYED = tuple(replayed_cases())


@pytest.mark.parametrize("case", [pytest.param(c, id=c.identity) for c in ALL if c.promised])
def test_measured_verdict(case: Case) -> None:
    """Verdict, kind, number, depth and log line are those that were measured."""
    assert predicted(case.question) == case.measured


def test_outside_the_promise() -> None:
    """Nothing is left out but origins that finish no handshake, and they are as many as were recorded."""
    left_out = Counter(c.measured.kind for c in ALL if not c.promised)
    assert left_out == {"tls": 13, "unlogged": 7}
    assert len(ALL) == 637


def test_protocol_floors() -> None:
    """Versions and suites that do not meet are foretold too, but where a client certificate is wanted."""
    floors = [c for c in ALL if c.measured.kind == "tls" and not c.question.offer.requires_client_certificate]
    assert {(c.measured.kind, predicted(c.question).kind) for c in floors} == {("tls", "tls")}


def test_client_certificate_wanted() -> None:
    """An origin that wants a client certificate is never called safe."""
    wanting = [c for c in ALL if c.question.offer.requires_client_certificate]
    assert wanting
    assert not [c.identity for c in wanting if isinstance(decide(c.question), Accepted)]


@pytest.mark.parametrize("case", [pytest.param(c, id=c.identity) for c in policy_cases()])
def test_policy_and_properties(case: Case) -> None:
    """Every policy with every set of properties ends, and writes, as measured."""
    got = predicted(case.question)
    assert (got.verdict, got.log) == (case.measured.verdict, case.measured.log)


@pytest.mark.parametrize(
    "case", [pytest.param(c, id=c.identity) for c in REPLAYED if c.promised and not c.question.host.startswith("[")]
)
def test_texts_of_openssl_1_1_1(case: Case) -> None:
    """Verdict, number, depth and words of OpenSSL 1.1.1 are those of its callback replayed."""
    assert predicted(case.question) == case.measured


@pytest.mark.parametrize("case", [pytest.param(c, id=c.identity) for c in REPLAYED if c.question.host.startswith("[")])
def test_addresses_in_brackets_on_openssl_1_1_1(case: Case) -> None:
    """As above; the replay printed the server without the brackets that the traffic server prints."""
    got = predicted(case.question)
    bare = tuple(line.replace("server=[::1]", "server=::1") for line in got.log)
    assert got._replace(log=bare) == case.measured


def test_many_threads() -> None:
    """Judged by many threads at once, with nothing remembered, the answers are the same."""
    for cached in (decide, replay, client_for, load, parsed):
        cached.cache_clear()
    promised = [c for c in ALL if c.promised]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda c: predicted(c.question), promised))
    assert answers == [c.measured for c in promised]
