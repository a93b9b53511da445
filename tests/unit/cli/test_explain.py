"""`explain`: pages, the evidence behind findings of a capture, and steps."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.checks import ALL
from remediate.cli.main import main

GOLDEN = Path(__file__).parents[2] / "golden"
Capsys = pytest.CaptureFixture[str]


def explained(capsys: Capsys, identity: str, case: str, *more: str) -> str:
    """What `explain --from` prints of a golden capture."""
    folder = GOLDEN / case
    inventory = str(folder / "inventory")
    assert main(["explain", identity, "--from", str(folder / "observed.json"), "-i", inventory, *more]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_every_check_has_a_page(capsys: Capsys, check: object) -> None:
    """Its page says what mends it and where that is known from."""
    identity = check.id  # type: ignore[attr-defined]
    assert main(["explain", identity]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{identity}\n\n")
    assert "What mends it" in out
    assert "\nSource: " in out


def test_from_the_handshake_to_the_rule(capsys: Capsys) -> None:
    """The chain shown, the peer's list, the verdict with its line, the fixes tried, and the page."""
    out = explained(capsys, "origin-not-trusted", "seed-untrusted-ca")
    assert "0  CN=cucm-EC.example.test,O=Lab, issued by CN=cucm-EC.example.test,O=Lab" in out
    assert "issuer of 0: not listed" in out
    assert "chain: self signed certificate (error 18, depth 0)" in out
    assert "upload-missing-ca: mends it" in out
    assert "change-system-server-name: the name asked for is in the certificate" in out
    assert "The rule:\n  No path from the UC server's certificate" in out


def test_only_fixes_of_the_playbook_are_tried(capsys: Capsys, tmp_path: Path) -> None:
    """With a playbook its own remedies count; the reason names the play."""
    book = tmp_path / "book.yml"
    book.write_text(
        "plays:\n  - name: uploads only\n    hosts: exp-c\n    desired: {origins: verified}\n"
        "    remedies: [upload-missing-ca]\n"
    )
    out = explained(capsys, "origin-name-mismatch", "seed-server-by-ip", "--playbook", str(book))
    assert "change-system-server-name: not among the remedies of play “uploads only”" in out


def test_no_such_finding_in_the_capture(capsys: Capsys) -> None:
    """A capture without it says so."""
    assert explained(capsys, "origin-not-trusted", "healthy").strip() == "No origin-not-trusted in this capture."


def test_an_inventory_is_needed(capsys: Capsys) -> None:
    """A capture cannot be judged without its inventory; the message says what to add."""
    capture = str(GOLDEN / "healthy" / "observed.json")
    assert main(["explain", "origin-not-trusted", "--from", capture]) == 5
    assert "add -i INV" in capsys.readouterr().err
