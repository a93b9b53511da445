"""How a matrix reads."""

from __future__ import annotations

import json

from remediate.checks import connections_for, findings_for
from remediate.model.finding import Connection
from remediate.model.verdict import Reason, Rejected
from remediate.report import as_json
from remediate.report.as_text.predict import predict
from remediate.report.as_text.recap import convergence, recap, worse
from remediate.report.as_text.verify import grouped, matrix, verify
from remediate.report.as_text.words import not_known
from tests.support import forge
from tests.support.scenes import ADDRESS, AT, PUB, SUB, Scene, fqdn


def told(scene: Scene) -> str:
    """The text of `verify` for a scene."""
    return verify(connections_for(scene.desired, scene.observed), findings_for(scene.desired, scene.observed), AT)


def self_signed() -> Scene:
    """6972 of the publisher serves a self-signed certificate that no peer lists."""
    leaf = forge.leaf(fqdn(PUB), None, (fqdn(PUB),)).certificate
    return Scene(served={(PUB, 6972): (leaf,)})


def test_matrix() -> None:
    """UC servers down, peers across, one word per cell."""
    scene = self_signed()
    assert matrix(connections_for(scene.desired, scene.observed)) == (
        "UC server                                       exp-c-1  exp-c-2",
        "cucm-pub:8443 (asked as cucm-pub.example.test)  good     good",
        "cucm-pub:6972 (asked as cucm-pub.example.test)  FAILS    FAILS",
        "cucm-sub:8443 (asked as cucm-sub.example.test)  good     good",
        "cucm-sub:6972 (asked as cucm-sub.example.test)  good     good",
    )


def test_matrix_on_a_narrow_screen() -> None:
    """What only repeats the server's own name goes first, then peers stand below one another; no name is cut."""
    connections = connections_for(self_signed().desired, self_signed().observed)
    assert matrix(connections, 40)[:2] == ("UC server      exp-c-1  exp-c-2", "cucm-pub:8443  good     good")
    assert matrix(connections, 24) == (
        "UC server      exp-c-1",
        "cucm-pub:8443  good",
        "cucm-pub:6972  FAILS",
        "cucm-sub:8443  good",
        "cucm-sub:6972  good",
        "",
        "UC server      exp-c-2",
        "cucm-pub:8443  good",
        "cucm-pub:6972  FAILS",
        "cucm-sub:8443  good",
        "cucm-sub:6972  good",
    )


def test_self_signed_is_told_with_number_and_log_line() -> None:
    """The failing connection names peers, server, port, impact, the reason in words and the log line to look for."""
    text = told(self_signed())
    assert "FAILS  exp-c-1, exp-c-2 → cucm-pub:6972 (asked as cucm-pub.example.test): login fails\n" in text
    assert "  chain: the server's self-signed certificate is not in the trusted CA list (error 18 at depth 0: " in text
    assert "  log: WARNING: Core server certificate verification failed for (cucm-pub.example.test)." in text
    assert "(CSCwc69661, also printed as CSCwc6961; CSCwa25108)" in text
    assert text.endswith("\nVerify: 6 good, 2 fail, 0 pending, 0 unknown.\n")


def test_name_failure_says_the_name() -> None:
    """A name failure names what was asked for."""
    text = told(Scene(names={PUB: ADDRESS[PUB]}))
    assert "  name: the certificate holds neither 10.0.0.11 nor a CN that matches it\n" in text


def test_b062_ten_thousand_names() -> None:
    """A certificate of 10,000 names and 1 MB is judged, and told in a screen's worth of words."""
    names = tuple(f"host-{number}.{'x' * 60}.example.test" for number in range(10_000))
    leaf = forge.leaf("cucm", None, names).certificate
    text = told(Scene(served={(PUB, 6972): (leaf,)}))
    assert len(leaf.der) > 800_000
    assert "FAILS  exp-c-1, exp-c-2 → cucm-pub:6972" in text
    assert len(text) < 3_000


def test_unreadable_peer_is_unknown_not_absent() -> None:
    """A peer that was not read stands in the matrix as unknown, with the reason."""
    text = told(Scene(unreadable=("exp-c-2",)))
    assert "good     unknown\n" in text
    assert "exp-c-2: connection refused" in text


def test_one_reason_for_many_unknowns() -> None:
    """What is missing for one reason is one line; the reason stands once."""
    down = "exp-c-1: cannot connect to 10.0.0.1:22: Connection refused"
    missing = (f"release: {down}", f"cipher string: {down}", "trusted CA list: no answer", "exp-c-9 was not read")
    assert not_known(missing) == (
        f"not known: release, cipher string: {down}",
        "not known: trusted CA list: no answer",
        "not known: exp-c-9 was not read",
    )


def test_good_needs_no_words() -> None:
    """A clean matrix has no list of troubles and no background."""
    text = told(Scene())
    assert "FAILS" not in text
    assert "CSC" not in text


def test_rarest_first() -> None:
    """What fails on one peer stands above what fails on all."""
    root, leaf = forge.authority("Corp Root"), forge.leaf(fqdn(SUB), None, (fqdn(SUB),)).certificate
    trust = {"exp-c-1": (root.certificate,), "exp-c-2": (root.certificate, leaf)}
    both = forge.leaf(fqdn(PUB), None, (fqdn(PUB),)).certificate
    scene = Scene(root=root, trust=trust, served={(PUB, 6972): (both,), (SUB, 6972): (leaf,)})
    groups = grouped([c for c in connections_for(scene.desired, scene.observed) if c.state == "fails"])
    assert [(g[0].link.origin, len(g)) for g in groups] == [(SUB, 1), (PUB, 2)]


def test_json_document() -> None:
    """The document counts states and carries every connection with its verdict."""
    scene = self_signed()
    connections = connections_for(scene.desired, scene.observed)
    document = json.loads(as_json.verify(connections, findings_for(scene.desired, scene.observed), scene.observed))
    assert (document["format_version"], document["counts"]) == ("1.0", {"good": 6, "fails": 2})
    assert len(document["connections"]) == 8


def test_b098_surrogates_in_json() -> None:
    """A lone surrogate becomes its escape as text, so that the document is UTF-8."""
    assert json.loads(as_json.document("x", name="a\ud800").encode())["name"] == "a\\ud800"


def test_recap_line() -> None:
    """Ansible's seven counters in its order, then stale and owed."""
    text = recap({"exp-c-01": {"ok": 9, "changed": 1, "skipped": 2, "owed": 1}, "c": {"unreachable": 1}})
    assert text.splitlines()[0] == "PLAY RECAP " + "*" * 69
    assert text.splitlines()[1:] == [
        "exp-c-01 : ok=9 changed=1 unreachable=0 failed=0 skipped=2 rescued=0 ignored=0 stale=0 owed=1",
        "c        : ok=0 changed=0 unreachable=1 failed=0 skipped=0 rescued=0 ignored=0 stale=0 owed=0",
    ]


def test_worse_than_foretold() -> None:
    """A failing connection that the plan saw good is a surprise; a pending one and one foretold to fail are not."""
    good = connections_for(Scene().desired, Scene().observed)
    scene = self_signed()
    bad = connections_for(scene.desired, scene.observed)
    assert worse(bad, bad) == ()
    assert worse(good, tuple(c.model_copy(update={"state": "pending"}) for c in good)) == ()
    assert {c.link.port for c in worse(good, bad)} == {6972}
    assert "not as planned: exp-c-1 → cucm-pub:6972" in convergence(good, bad)
    assert "fails, as the plan said: exp-c-1 → cucm-pub:6972" in convergence(bad, bad)


def test_predict_text() -> None:
    """A refusal prints each reason with number and depth, and the log line."""
    reason = Reason(kind="chain", number=18, error="self signed certificate", depth=0, log="WARNING: x")
    assert predict(Rejected(reasons=(reason,))) == (
        "reject\n  chain 18: self signed certificate at depth 0\n  log: WARNING: x\n"
    )


def test_off_hides_nothing() -> None:
    """While the check is Off, what passes only for that reason is told apart, with the reason it would fail."""
    text = told(self_signed().with_(verify={"exp-c-1": "Off", "exp-c-2": "Off"}))
    assert "would fail  exp-c-1, exp-c-2 → cucm-pub:6972 (asked as cucm-pub.example.test)\n  chain: " in text
    assert text.endswith("\nVerify: 0 good, 6 unverified, 2 would fail, 0 fail, 0 pending, 0 unknown.\n")


def in_cluster(number: int, connections: tuple[Connection, ...]) -> list[Connection]:
    """The same connections in another cluster."""
    names = ("peer", "cluster", "origin")
    links = [c.link.model_copy(update={k: f"{getattr(c.link, k)}-{number}" for k in names}) for c in connections]
    return [c.model_copy(update={"link": link}) for c, link in zip(connections, links, strict=True)]


def test_many_clusters_are_told_by_their_kind() -> None:
    """One matrix of each kind, the worst and rarest first, and one entry per kind of trouble."""
    bad, good = (connections_for(s.desired, s.observed) for s in (Scene(trust={"exp-c-1": ()}), Scene()))
    fleet = [c for n in range(200) for c in in_cluster(n, bad if n == 150 or n >= 190 else good)]
    fleet = [c.model_copy(update={"state": "pending"}) if c.link.cluster == "exp-c-150" else c for c in fleet]
    text = verify(fleet, (), AT)
    headings = [line for line in text.splitlines() if line.startswith("exp-c-")]
    assert [line.partition(":")[0] for line in headings] == ["exp-c-190", "exp-c-150", "exp-c-0"]
    assert "  alike in 9 more clusters: exp-c-191, exp-c-192, exp-c-193 and 6 more\n" in text
    assert "  alike in 188 more clusters: exp-c-1, exp-c-2, exp-c-3 and 185 more\n" in text
