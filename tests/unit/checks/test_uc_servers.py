"""The TLS verify mode of a UC server entry, and the connections that belie it."""

from __future__ import annotations

from typing import Literal

import pytest

from remediate.checks import findings_for
from remediate.model.finding import Finding, Severity
from remediate.model.reading import Known, Unknown
from remediate.model.uc_server import UcServer
from tests.support import forge
from tests.support.scenes import ADDRESS, PUB, Scene, fqdn

ROOT, OTHER = forge.authority("Corp Root"), forge.authority("Other Root")
BOTH = ("exp-c-1", "exp-c-2")
HEALTHY = Scene(root=ROOT)
FAILING = HEALTHY.with_(trust=dict.fromkeys(BOTH, (OTHER.certificate,)))
UNVERIFIED = HEALTHY.with_(verify=dict.fromkeys(BOTH, "Off"))
BEFORE = HEALTHY.with_(version="X12.7")


def found(scene: Scene, mode: Literal["On", "Off", ""], address: str = fqdn(PUB)) -> tuple[Finding, ...]:
    """What the check says where each peer shows one entry."""
    page = Known[tuple[UcServer, ...]](
        value=(UcServer(kind="cucm", address=address, tls_verify=mode, status="Active"),)
    )
    unread = Unknown(why="no page")
    entries = (("cucm", page), ("unity-connection", unread))
    peers = tuple(p.model_copy(update={"uc_servers": entries}) for p in scene.observed.peers)
    findings = findings_for(scene.desired, scene.observed.model_copy(update={"peers": peers}))
    return tuple(f for f in findings if f.id == "tls-verify-mode-is-not-enough")


@pytest.mark.parametrize(
    ("scene", "mode", "severity", "words"),
    [
        (FAILING, "On", Severity.NOTE, "at discovery only: the traffic server refuses 8 connections to its cluster"),
        (FAILING, "Off", Severity.NOTE, "exempts nothing: the traffic server refuses 8 connections"),
        (UNVERIFIED, "On", Severity.WARNING, "at discovery only: nobody verifies 8 connections"),
        (BEFORE, "On", Severity.WARNING, "at discovery only: nobody verifies 8 connections"),
    ],
)
def test_belied(scene: Scene, mode: Literal["On", "Off"], severity: Severity, words: str) -> None:
    """On beside connections that are refused or checked by nobody, Off beside those that are refused all the same."""
    (finding,) = found(scene, mode)
    assert (finding.severity, finding.subject) == (severity, fqdn(PUB))
    assert words in finding.summary
    assert finding.evidence[0] == f"{fqdn(PUB)}: TLS verify mode {mode}, status Active"
    assert len(finding.evidence) == 9


@pytest.mark.parametrize(
    ("scene", "mode"), [(HEALTHY, "On"), (HEALTHY, "Off"), (UNVERIFIED, "Off"), (FAILING, ""), (BEFORE, "Off")]
)
def test_nothing_to_say(scene: Scene, mode: Literal["On", "Off", ""]) -> None:
    """Where every connection is good, where Off and nothing is checked, or where the peer does not tell the mode."""
    assert found(scene, mode) == ()


@pytest.mark.parametrize("address", [ADDRESS[PUB], PUB, fqdn(PUB).upper()])
def test_whichever_way_it_was_typed(address: str) -> None:
    """An entry by address, short name or in capitals is the same publisher's."""
    assert len(found(FAILING, "On", address)) == 1


def test_of_another_cluster() -> None:
    """An entry that names no node of the inventory is said nothing of."""
    assert found(FAILING, "On", "elsewhere.example.test") == ()
