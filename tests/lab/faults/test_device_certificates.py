"""What a device does with an upload, and how it shows its list."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from remediate.actions import ALL as ACTIONS
from remediate.cli.main import main
from tests.lab.faults.bench import Benches, Capsys, hasty
from tests.lab.simulator.stock_clients import RunningLab
from tests.lab.stories.window import FIX
from tests.support.forge import authority

pytestmark = pytest.mark.xdist_group("faults-cluster")
APPLY = "apply HOME/fix.plan -i INV"
FIRST = "exp-c-2"


def test_f0a0_appends(bench: Benches) -> None:
    """What was there stays in its place, what is new stands behind it, on every peer."""
    story = bench()
    before = {peer: story.listed(peer) for peer in ("exp-c-1", FIRST, "exp-c-3")}
    story.planned()
    assert story.type(APPLY).code == 0
    for peer, held in before.items():
        assert story.listed(peer)[: len(held)] == held
        assert len(story.listed(peer)) == len(held) + 2


def test_f0a1_replaces(bench: Benches) -> None:
    """The first peer shows that the device threw its list away: everything stops there, and the old list is in
    the ledger."""
    story = bench()
    story.wiring = hasty()
    story.planned()
    saved = story.peers()[FIRST]["page"]
    story.fail("upload-replaces", every=True)
    done = story.type(APPLY)
    assert done.code == 2, done.text
    assert story.sent("https-POST") == [FIRST]
    assert "its PEM from before is in the ledger" in done.text
    intended = next(entry for entry in story.entries() if entry["kind"] == "step-intended")
    assert saved.splitlines()[1] in story.plain(intended["saved"])


def test_f0a2_keeps_some(bench: Benches) -> None:
    """Two were sent and one is listed: failed, and the other one is named."""
    story = bench()
    story.wiring = hasty()
    story.planned()
    story.fail("upload-partial", every=True)
    done = story.type(APPLY)
    assert done.code == 2, done.text
    assert f"{FIRST} lists 1 of 2: cucm-sub-tomcat-ecdsa missing" in done.text
    assert story.sent("https-POST") == [FIRST]


def test_f0a3_no_plan_makes_a_twin(bench: Benches) -> None:
    """A certificate whose name another in the list has already is blocked, whatever a device would make of it."""
    story = bench("duplicate-cn", peers=2)
    plan = story.type(f"plan {FIX} -i INV")
    assert plan.code == 7, plan.text
    assert story.writes() == []


@pytest.mark.parametrize(("behaviour", "accepted"), [("keep", True), ("refuse", False), ("replace", True)])
def test_f0a3_twin_uploaded_by_hand(bench: Benches, behaviour: str, accepted: bool) -> None:
    """Whatever a release makes of a second entry of one name, what is judged from the list that came of it is what
    the traffic server then answers."""
    story = bench("duplicate-cn", peers=2)
    story.hand("edit", cluster="exp-c", switch="same_subject", value=behaviour)
    twin = (story.inventory / "trust" / "cucm-pub-callmanager.pem").read_bytes()
    answer = RunningLab(story.running).web("exp-c-1").upload(twin)
    assert (answer.status_code == 200) is accepted, answer.text
    story.hand("restart", peer="exp-c-1")
    story.type("verify -i INV --json")
    document = json.loads(story.screens.pop().text)
    judged = {
        (c["link"]["peer"], c["link"]["asked"], c["link"]["port"]): c["state"] == "good"
        for c in document["connections"]
    }
    steps = story.hand("login", user="emusk")["steps"]
    asked = {(step["peer"], step["name"], step["port"]): step["status"] == 200 for step in steps}
    assert len({good for _, good in asked.items()}) == 2
    assert {link: judged[link] for link in asked} == asked
    story.saw(f"{behaviour}: all {len(asked)} answers of the traffic server as judged")


def test_f0a5_list_cut_short(bench: Benches) -> None:
    """A list that ends in the middle of an entry is not read at all."""
    story = bench()
    story.fail("list-cut", every=True, host=FIRST)
    plan = story.type(f"plan {FIX} -i INV")
    assert plan.code == 4, plan.text
    assert FIRST in plan.text


def test_f0a5_entry_that_no_parser_reads(bench: Benches) -> None:
    """It counts as an entry, so that nothing there is touched or dropped; the other peers are served."""
    story = bench()
    before = story.listed(FIRST)
    story.fail("list-odd", every=True, host=FIRST)
    plan = story.planned()
    assert FIRST in plan.text
    done = story.type(APPLY)
    assert done.code in (0, 9), done.text
    assert sorted(story.sent("https-POST")) == ["exp-c-1", "exp-c-3"]
    assert story.listed(FIRST) == before


def test_f0ab_text_around_the_certificates(bench: Benches) -> None:
    """Headers and comments of the device's own make no difference."""
    story = bench()
    before = story.planned()
    story.fail("list-wrapped", every=True)
    after = story.planned()
    assert after.text.splitlines()[-2:] == before.text.splitlines()[-2:]
    assert story.type(APPLY).code == 0


def test_f0aa_nothing_is_taken_out(bench: Benches) -> None:
    """No action takes a CA out of a list; the way back from an upload says what is left in place, and by hand."""
    assert not [action.__name__ for action in ACTIONS if "remove" in action.__name__.lower()]
    story = bench()
    story.planned()
    run = story.run_id(story.type(APPLY))
    back = story.type(f"rollback {run} -i INV -o HOME/undo.plan")
    assert back.code == 0, back.text
    assert "left in place" in back.text


def test_f0ac_five_hundred(bench: Benches) -> None:
    """A long list is read, judged and added to within the usual waits."""
    story = bench()
    others = [authority(f"Other CA {number}").certificate for number in range(500)]
    story.upload(FIRST, b"".join(one.pem for one in others))
    story.hand("restart", peer=FIRST)
    story.planned()
    done = story.type(APPLY)
    assert done.code == 0, done.text
    assert len(story.listed(FIRST)) == 505


def test_f104_edges_of_time(tmp_path: Path, capsys: Capsys) -> None:
    """Dates in both forms of ASN.1, beyond 2038 and to the end of 9999, are read and judged without overflow."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cucm.example.test")])
    start, end = datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, start, end)
    names = x509.SubjectAlternativeName([x509.DNSName("cucm.example.test")])
    made = built.add_extension(names, critical=False).sign(key, hashes.SHA256())
    file = tmp_path / "leaf.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    asked = ["predict", "--host", "cucm.example.test", "--chain", str(file), "--trust", str(file)]
    assert main([*asked, "--at", "2060-01-01T00:00:00Z"]) == 0
    assert main([*asked, "--at", "2040-01-01T00:00:00Z"]) == 2
    assert main([*asked, "--at", "9999-12-31T23:59:58Z"]) == 0
    capsys.readouterr()


def test_f0a8_chain_without_its_intermediate(bench: Benches) -> None:
    """UC servers that do not send the CA that issued them: what is foretold before, after the upload and after the
    restart is what a client's login then meets."""
    story = bench("missing-intermediate", peers=2)
    assert story.type("verify -i INV").code == 9
    assert story.statuses() != {200}
    story.planned()
    assert story.type(APPLY).code == 0
    assert story.statuses() != {200}
    for peer in ("exp-c-1", FIRST):
        story.hand("restart", peer=peer)
    assert story.type("verify -i INV").code == 0
    assert story.statuses() == {200}
