"""What goes wrong in a window, and what the tool then says and does not do."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from tests.lab.stories.window import FIX, WORKAROUND, window

Capsys = pytest.CaptureFixture[str]


def test_killed_peer(tmp_path: Path, capsys: Capsys) -> None:
    """A dead peer is named, and nothing is planned that rests on it."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        story.hand("kill", host="exp-c-2")
        plan = story.type(f"plan {FIX} -i INV -o HOME/fix.plan")
        assert plan.code == 4
        assert "exp-c-2" in plan.text
        assert "No changes. 1 remedy blocked." in plan.text
        assert (
            "Not known, so that no step rests on it:\n  release, VerifyOriginServer, cipher string: exp-c-2"
            in plan.text
        )
        assert "1 remedy blocked: remediate show says why" in story.type("apply HOME/fix.plan -i INV").text
        verify = story.type("verify -i INV")
        assert "exp-c-2" in verify.text
        assert story.writes() == []


def test_peer_dies_between_plan_and_apply(tmp_path: Path, capsys: Capsys) -> None:
    """A cluster with an unreachable peer gets no write at all."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        story.type(f"plan {FIX} -i INV -o HOME/fix.plan")
        story.hand("kill", host="exp-c-1")
        assert story.type("apply HOME/fix.plan -i INV").code == 4
        assert story.writes() == []


def test_another_administrator(tmp_path: Path, capsys: Capsys) -> None:
    """A name changed by hand between plan and apply makes the step stale; their value stays."""
    with window(tmp_path, capsys, "seed-server-by-ip") as story:
        story.type(f"plan {FIX} -i INV -o HOME/fix.plan")
        story.hand("edit", node="cucm-pub", name="cucm-pub")
        stale = story.type("apply HOME/fix.plan -i INV --by-hand")
        assert stale.code == 3, stale.text
        assert "changed since the plan: cucm-pub" in stale.text
        assert story.writes() == []


def test_plan_is_applied_once(tmp_path: Path, capsys: Capsys) -> None:
    """Applying a plan twice is harmless: the second time nothing is written."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        story.type(f"plan {FIX} -i INV -o HOME/fix.plan")
        assert story.type("apply HOME/fix.plan -i INV").code == 0
        written = story.writes()
        assert story.type("apply HOME/fix.plan -i INV").code == 0
        assert story.writes() == written


def test_edited_plan(tmp_path: Path, capsys: Capsys) -> None:
    """One changed byte and the plan file is refused."""
    with window(tmp_path, capsys, "healthy") as story:
        story.type(f"plan {WORKAROUND} -i INV -o HOME/off.plan")
        plan = tmp_path / "off.plan"
        plan.write_bytes(plan.read_bytes().replace(b'"Off"', b'"Off" ', 1))
        assert story.type("apply HOME/off.plan -i INV").code == 5
        assert story.writes() == []


def test_wrong_host_key(tmp_path: Path, capsys: Capsys) -> None:
    """Another host key than the pinned one: stop, name the fingerprint, try no password."""
    with window(tmp_path, capsys, "healthy") as story:
        inventory = story.lab / "inventory" / "clusters.yml"
        keys = [line for line in inventory.read_text().splitlines() if "ssh_host_key" in line]
        inventory.write_text(inventory.read_text().replace(keys[0].strip(), keys[1].strip()))
        verify = story.type("verify -i INV")
        assert "SHA256:" in verify.text
        logins = [r for r in story.record() if r["verb"] == "ssh-login" and r["host"] == "exp-c-1"]
        assert logins == []


def test_wrong_password_is_tried_once(tmp_path: Path, capsys: Capsys) -> None:
    """A refused password stops every target of that secret: one failed login in the whole fleet."""
    with window(tmp_path, capsys, "healthy", "--peers 4") as story:
        (story.lab / "inventory" / "secrets" / "exp-c-admin").write_text("not it\n")
        assert story.type("collect -i INV -o HOME/c.capture").code == 4
        refused = [r for r in story.record() if r["verb"] == "ssh-login" and r["result"] != "accepted"]
        assert len(refused) == 1


def test_per_peer_scope_is_discovered(tmp_path: Path, capsys: Capsys) -> None:
    """Where Off does not replicate, each peer is written itself, and rollback covers each of them."""
    with window(tmp_path, capsys, "seed-untrusted-ca", "--switch verify_scope=per-peer") as story:
        story.type(f"plan {WORKAROUND} -i INV -o HOME/off.plan")
        done = story.type("apply HOME/off.plan -i INV")
        assert done.code == 0, done.text
        assert {host for host, verb in story.writes() if verb == "ssh-set"} == {"exp-c-1", "exp-c-2"}
        assert story.statuses() == {200}
        undo = f"rollback {story.run_id(done)} -i INV -o HOME/undo.plan --accept-login-failures test"
        assert story.type(undo).code == 0
        assert story.type("apply HOME/undo.plan -i INV").code in (0, 9)
        states = story.hand("state")["peers"]
        assert {states[p]["settings"]["EdgeConfigServer VerifyOriginServer"] for p in ("exp-c-1", "exp-c-2")} == {"On"}


def test_no_api_for_the_trusted_list(tmp_path: Path, capsys: Capsys) -> None:
    """Without the API the list comes from files, the upload is a step by hand, and it is read back from files."""
    with window(tmp_path, capsys, "seed-untrusted-ca", "--switch certs_root=absent") as story:
        lists = {p: tmp_path / f"{p}.pem" for p in ("exp-c-1", "exp-c-2")}
        for peer, file in lists.items():
            file.write_text(story.hand("state")["peers"][peer]["page"])
        given = " ".join(f"--trust {peer}={file}" for peer, file in lists.items())
        unread = story.type(f"plan {FIX} -i INV")
        assert unread.code == 4
        assert "hand it in as a file: --trust exp-c-1=FILE" in unread.text
        plan = story.type(f"plan {FIX} -i INV {given} -o HOME/fix.plan")
        assert plan.code == 0, plan.text
        assert "by hand" in plan.text
        assert f"apply {tmp_path}/fix.plan -i {story.lab / 'inventory'} {given} --by-hand" in plan.text
        assert story.type(f"apply HOME/fix.plan -i INV {given}").code == 7
        added = b"".join(
            (story.lab / "inventory" / "trust" / f"{n}-tomcat-ecdsa.pem").read_bytes() for n in ("cucm-pub", "cucm-sub")
        )
        written = story.lab / "inventory" / ".remediate" / "by-hand"
        for file in lists.values():
            story.when(lambda: any(written.glob("*.pem")), partial(file.write_bytes, file.read_bytes() + added))
        done = story.type(f"apply HOME/fix.plan -i INV {given} --by-hand")
        assert done.code == 0, done.text
        assert f"save Show all (PEM file) as {lists['exp-c-1']} again" in done.text
        assert [w for w in story.writes() if w[1].startswith("https")] == []
        for peer, file in lists.items():
            story.hand("append-ca", peer=peer, pem=added.decode())
            assert story.hand("trusted-ca", peer=peer)["pem"] == file.read_text()
            story.hand("restart", peer=peer)
        assert story.type(f"verify -i INV {given}").code == 0


@pytest.mark.parametrize(("since", "refused"), [("X14.0.8", True), ("X14.2", False)])
def test_release_that_may_verify_already(tmp_path: Path, capsys: Capsys, since: str, refused: bool) -> None:
    """X14.0.8 verifies by one text and not by another: the tool counts it as verifying, whichever is true."""
    with window(tmp_path, capsys, "seed-untrusted-ca", f"--version X14.0.8 --switch enforced_from={since}") as story:
        assert (502 in story.statuses()) is refused
        assert story.type("verify -i INV").code == 9


@pytest.mark.parametrize("texts", ["1.1.1", "3"])
def test_texts_of_either_openssl(tmp_path: Path, capsys: Capsys, texts: str) -> None:
    """Verdicts rest on error numbers: the wording of a log changes nothing."""
    with window(tmp_path, capsys, "seed-untrusted-ca", f"--peers 1 --switch log_openssl={texts}") as story:
        verify = story.type("verify -i INV")
        assert (verify.code, "origin-not-trusted" in verify.text) == (9, True)
