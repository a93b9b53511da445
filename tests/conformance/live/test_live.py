"""`decide` against the traffic server that runs here, on questions that nobody has asked before.

Fails, and is not skipped, where `traffic_server` is not installed.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections import Counter
from collections.abc import Iterator

import pytest

from remediate.tls import texts
from tests.conformance.live.agreement import Compared, compared, explore
from tests.conformance.live.asking import Live
from tests.conformance.live.cases import Kept, kept
from tests.conformance.live.strategies import KINDS

EXAMPLES, SEED = 120, 0
EXPECTED = {
    "paths": {"accept", "chain", "trust_file"},
    "names": {"accept", "name"},
    "files": {"accept", "chain", "trust_file"},
    "origins": {"accept", "chain", "name", "unlogged"},
}
"""What the questions of each kind must bring about, lest they ask nothing."""


@pytest.fixture(scope="module")
def live() -> Iterator[Live]:
    """A traffic server per cipher string, and an origin."""
    with Live() as running:
        yield running


@pytest.mark.parametrize("kind", KINDS)
def test_random_questions(kind: str, live: Live) -> None:
    """Verdict, kind, number, depth and log line are those of the real one; the same questions in every run."""
    seen: Counter[str] = Counter()

    def look(both: Compared) -> None:
        seen[both.measured.kind or both.measured.verdict] += 1
        assert both.agree, (both.measured, both.predicted)

    explore(live, kind, EXAMPLES, SEED, look)
    assert set(seen) >= EXPECTED[kind]


@pytest.mark.parametrize("case", [pytest.param(c, id=c.identity) for c in kept()])
def test_kept_case(case: Kept, live: Live) -> None:
    """A difference that was found once: the real one still answers so, and `decide` as well."""
    both = compared(live, case.asked)
    assert both.measured == case.measured
    assert both.agree


def test_texts() -> None:
    """The words for each error number are those of the OpenSSL 3 of this machine."""
    library = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
    words = library.X509_verify_cert_error_string
    words.restype, words.argtypes = ctypes.c_char_p, [ctypes.c_long]
    assert {n: words(n).decode() for n in texts._OPENSSL_3} == texts._OPENSSL_3
