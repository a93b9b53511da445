"""Nothing that nobody is sure of goes without a test of what the tool then does."""

from __future__ import annotations

import pytest

from tests.unknowns import Fact, facts, table


@pytest.mark.parametrize("fact", facts(), ids=lambda fact: fact.name)
def test_fact_has_a_test(fact: Fact) -> None:
    """Each switch of the lab is turned by some test, and each other unknown names tests that exist."""
    assert fact.tests
    assert not any("is missing" in test for test in fact.tests)


def test_table_names_them_all() -> None:
    """The table that is printed leaves nothing out."""
    printed = table()
    assert all(fact.name in printed for fact in facts())
    assert "NO TEST" not in printed
