"""A device that nobody vouched for, and one that became another."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest

from tests.lab.stories.window import Window, window

Capsys = pytest.CaptureFixture[str]


def logins(story: Window, host: str) -> list[str]:
    """What the lab saw of logins and requests there."""
    return [r["verb"] for r in story.record() if r["host"] == host]


def test_trust_is_typed(tmp_path: Path, capsys: Capsys) -> None:
    """Unknown key, changed certificate: no credential leaves; what is typed right is pinned, nothing else is."""
    with window(tmp_path, capsys, "healthy") as story:
        clusters = story.lab / "inventory" / "clusters.yml"
        text = clusters.read_text()
        keys = re.findall(r"ssh_host_key: (\S+ (\S+))", text)
        clusters.write_text(
            re.sub(rf"^ *ssh_host_key: {re.escape(keys[0][0])}\n", "", text, count=1, flags=re.MULTILINE)
        )
        unknown = story.type("verify -i INV")
        assert unknown.code == 4
        assert "the SSH host key is not in the inventory" in unknown.text
        assert "remediate trust add exp-c-1 -i INV --fingerprint SHA256:" in unknown.text
        assert not [verb for verb in logins(story, "exp-c-1") if verb.startswith("ssh")]

        true = base64.b64encode(hashlib.sha256(base64.b64decode(keys[0][1])).digest()).decode().rstrip("=")
        other = base64.b64encode(hashlib.sha256(b"another").digest()).decode().rstrip("=")
        assert story.type("trust add exp-c-1 -i INV").code == 5
        assert story.type(f"trust add exp-c-1 -i INV --fingerprint SHA256:{true[:20]}").code == 5
        wrong = story.type(f"trust add exp-c-1 -i INV --fingerprint SHA256:{other}")
        assert wrong.code == 1
        assert "UNVERIFIED" in wrong.text
        assert not (clusters.parent / "pins.yml").exists()

        right = story.type(f"trust add exp-c-1 -i INV --fingerprint SHA256:{true}")
        assert right.code == 0, right.text
        assert story.type("verify -i INV").code == 0
        listed = story.type("trust list -i INV").text
        assert f"SHA256:{true}" in listed
        assert "pins.yml" in listed

        certificate = re.search(r"tls_sha256: ([0-9a-f]{64})", text)
        assert certificate is not None
        changed = clusters.read_text().replace(certificate[0], f"tls_sha256: {'0' * 64}", 1)
        clusters.write_text(re.sub(r"^ *tls_certificate: .*exp-c-1.pem\n", "", changed, count=1, flags=re.MULTILINE))
        mismatch = story.type("verify -i INV")
        assert mismatch.code == 4
        assert certificate[1] in mismatch.text
        assert story.type(f"trust add exp-c-1 -i INV --fingerprint {certificate[1]}").code == 0
        assert story.type("verify -i INV").code == 0
