"""`-l`: which clusters. A cluster is changed as a whole, so a pattern names clusters, never single peers."""

from __future__ import annotations

from remediate.files.patterns import select
from remediate.model.inventory import Inventory

OPTION = "--limit"


def limited(pattern: str, inventory: Inventory) -> frozenset[str] | None:
    """Names of the clusters a pattern selects; None for no pattern.

    Raises InputError for a part that selects nothing, and for a pattern that leaves nothing.
    """
    return frozenset(select(pattern, inventory.clusters, OPTION)) if pattern else None


def with_served(clusters: frozenset[str] | None, inventory: Inventory) -> frozenset[str] | None:
    """The same and the UC clusters that they serve: judging needs both sides."""
    if clusters is None:
        return None
    return clusters.union(*(c.serves for c in inventory.clusters if c.name in clusters))
