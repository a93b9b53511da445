"""Nodes that a UC cluster names and the inventory does not."""

from __future__ import annotations

import pytest

from remediate.checks import findings_for
from remediate.model.finding import Finding
from remediate.model.reading import Known
from remediate.model.uc_node import Member, Membership
from tests.support.scenes import ADDRESS, PUB, Scene, fqdn

SCENE = Scene()


def found(*members: Member) -> tuple[Finding, ...]:
    """What the check says where the publisher names these nodes."""
    told = Known(value=Membership(version="14.0", members=members))
    nodes = tuple(n.model_copy(update={"membership": told}) if n.host == PUB else n for n in SCENE.observed.nodes)
    observed = SCENE.observed.model_copy(update={"nodes": nodes})
    return tuple(f for f in findings_for(SCENE.desired, observed) if f.id == "uc-node-not-in-inventory")


@pytest.mark.parametrize(
    "member",
    [Member(name=fqdn(PUB)), Member(name=PUB.upper()), Member(name="another", address=ADDRESS[PUB])],
    ids=lambda m: m.name,
)
def test_known(member: Member) -> None:
    """By FQDN, by short name in any case, or by address it is a node of the inventory."""
    assert found(member) == ()


def test_not_known() -> None:
    """Another is named with what is told of it."""
    (finding,) = found(Member(name=fqdn(PUB)), Member(name="cuc-9.example.test", address="10.9.9.9", state="secondary"))
    assert finding.subject == "cuc-9.example.test"
    assert finding.evidence == ("cuc-9.example.test: address 10.9.9.9, state secondary",)
