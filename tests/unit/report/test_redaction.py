"""A secret does not come through in any writing."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from remediate.report.redaction import SLICE, hidden
from tests.support.canary import Canary, found, writings

SECRET = 's3cret/<one>&"two"\'s+ é\\%'
CANARY = Canary("admin", SECRET)
SECRETS = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=4, max_size=40)


@pytest.mark.parametrize("how", writings(SECRET))
def test_hidden(how: str) -> None:
    """Each writing goes, what stands around it stays, and a text without a secret is left as it is."""
    text = hidden(f"before ({writings(SECRET)[how]}) after", ["other", SECRET])
    assert text.startswith("before (")
    assert text.endswith(") after")
    assert found([CANARY], text.encode()) == []
    assert hidden(f"before ({how}) after", [SECRET, ""]) == f"before ({how}) after"


def test_cut_secret() -> None:
    """Of a secret that a library has cut, nothing that counts stays."""
    assert hidden(f"password={SECRET[: SLICE + 3]}…", [SECRET]) == "password=……"


def test_spans_that_overlap() -> None:
    """Two secrets, one in the other, leave one mark."""
    assert hidden("a hunter2-and-more b", ["hunter2", "hunter2-and-more"]) == "a … b"


@settings(max_examples=40, deadline=None)
@given(SECRETS, st.sampled_from(sorted(writings("x"))))
@example("0000", "base64 for URLs")
def test_any_secret(secret: str, how: str) -> None:
    """Whatever letters it has."""
    assert writings(secret)[how] not in hidden(f"({writings(secret)[how]})", [secret])
