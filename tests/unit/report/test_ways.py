"""Which certificate each way to X14.2 would have a port serve."""

from __future__ import annotations

from pathlib import Path

from remediate.checks import connections_for
from remediate.files.captures import read_capture
from remediate.files.project import load_desired
from remediate.report.as_text.ways import TITLE, ways

CASES = Path(__file__).parents[2] / "golden"


def told(case: str) -> list[str]:
    """What is printed of a golden case."""
    desired, observed = load_desired(CASES / case / "inventory"), read_capture(CASES / case / "observed.json")
    return ways(desired, observed, connections_for(desired, observed, "upgraded")).splitlines()


def test_both_kinds() -> None:
    """The peers that would meet the same are told together, a port by what each way would find."""
    lines = told("seed-untrusted-ca")
    assert lines[:5] == [
        TITLE,
        "  exp-c-1, exp-c-2 → cucm-pub:6972",
        "    after an upgrade from X14.0 or later, RSA 2048 cucm-pub.example.test would be served: it passes",
        "    after an upgrade from before X14.0, EC secp256r1 cucm-EC.example.test would be served: it is refused",
        "    after a fresh install, EC secp256r1 cucm-EC.example.test would be served: it is refused",
    ]


def test_nothing_to_choose() -> None:
    """Where nothing was judged there is nothing to say."""
    desired = load_desired(CASES / "healthy" / "inventory")
    assert ways(desired, read_capture(CASES / "healthy" / "observed.json"), ()) == ""
