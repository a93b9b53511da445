"""Where the peers of one cluster differ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from remediate.cli.main import main
from remediate.model.reading import Known, Unknown
from remediate.model.uc_server import UcServer
from remediate.report.peers import compare_peers, peer_rows, peers_of
from remediate.report.sanitize import width
from tests.golden.cases import HERE
from tests.support import forge
from tests.support.scenes import Scene


def test_equal_peers() -> None:
    """Nothing differs: nothing is shown."""
    peers = peers_of(Scene().observed, "exp-c")
    assert peer_rows(peers) == ()
    assert compare_peers("exp-c", peers, 80) == "exp-c: no differences between exp-c-1, exp-c-2.\n"


def test_what_differs() -> None:
    """A certificate that one peer lacks is per peer, a setting that one peer has otherwise is replicated."""
    root, extra = forge.authority("Corp Root"), forge.authority("Extra Root")
    trust = {"exp-c-1": (root.certificate, extra.certificate), "exp-c-2": (root.certificate,)}
    scene = Scene(trust=trust, verify={"exp-c-1": "On", "exp-c-2": "Off"})
    rows = peer_rows(peers_of(scene.observed, "exp-c"))
    told = [(row.scope, row.values) for row in rows]
    assert told == [("replicated", ("On", "Off")), ("per peer", ("listed", "missing"))]
    assert extra.certificate.sha256[:16] in rows[1].subject
    text = compare_peers("exp-c", peers_of(scene.observed, "exp-c"), 80)
    assert max(map(width, text.splitlines()[:3])) <= 80
    assert "upload or remove it on each peer" in text


def test_uc_server_entries() -> None:
    """An entry that the peers show otherwise is a replicated value; a kind that none could tell is no row."""
    shown = []
    for peer, mode in zip(peers_of(Scene().observed, "exp-c"), ("On", "Off"), strict=True):
        server = UcServer.model_validate({"kind": "cucm", "address": "cucm-pub", "tls_verify": mode})
        entries = (("cucm", Known(value=(server,))), ("unity-connection", Unknown(why="no page")))
        shown.append(peer.model_copy(update={"uc_servers": entries}))
    (row,) = peer_rows(shown)
    assert (row.scope, row.subject) == ("replicated", "UC server cucm-pub")
    assert row.values == tuple(f"TLS verify mode {mode}, status not told" for mode in ("On", "Off"))


def test_unread_peer() -> None:
    """A peer that was not read is unknown in every row, never equal."""
    rows = peer_rows(peers_of(Scene(unreadable=("exp-c-2",)).observed, "exp-c"))
    assert rows
    assert all(row.values[1] == "unknown" for row in rows)


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    """`compare CLUSTER` works from a capture, in words and in JSON; a wrong name is met with the right one."""
    case = HERE / "healthy"
    words = ["-i", str(case / "inventory"), "--from", str(case / "observed.json")]
    assert main(["compare", "exp-c", *words]) == 0
    assert "no differences between exp-c-1, exp-c-2" in capsys.readouterr().out
    assert main(["compare", "exp-c", *words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["differences"] == []
    assert main(["compare", "exp-x", *words]) == 5
    assert "did you mean exp-" in capsys.readouterr().err
    assert main(["compare", str(Path("a.capture"))]) == 5
    assert "give two captures, or a cluster and -i INV" in capsys.readouterr().err
