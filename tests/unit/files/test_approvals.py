"""Signatures over the bytes of a plan, by the real ssh-keygen."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from remediate.errors import InputError
from remediate.files.approvals import beside, sign, signatures
from tests.support.required import program
from tests.support.signers import Signers

DATA = b'{"steps":[]}\n'


@pytest.fixture
def signers(tmp_path: Path) -> Signers:
    """Nobody may approve yet."""
    return Signers(tmp_path)


def signed(signers: Signers, key: Path, data: bytes = DATA) -> Path:
    """A signature file."""
    out = signers.folder / "fix.plan.ann.sig"
    sign(signers.folder / "fix.plan", data, key, out)
    return out


def principal(signers: Signers, file: Path, data: bytes = DATA) -> tuple[str, str]:
    """Who signed, and why it does not count."""
    [found] = signatures(data, [file], signers.file)
    return found.principal, found.why


def test_approver(signers: Signers) -> None:
    """The name is that of the file of allowed signers."""
    assert principal(signers, signed(signers, signers.allowed("ann"))) == ("ann@example.test", "")


def test_f090_one_flipped_byte(signers: Signers) -> None:
    """Signed bytes are these bytes."""
    name, why = principal(signers, signed(signers, signers.allowed("ann")), DATA.replace(b"[", b"[ "))
    assert name == ""
    assert "does not sign these bytes" in why


def test_f093_stranger(signers: Signers) -> None:
    """A good signature of a key that nobody allowed."""
    signers.allowed("ann")
    assert principal(signers, signed(signers, signers.key("eve"))) == ("", "its key is none of the allowed signers'")


def test_f094_of_another_namespace(signers: Signers) -> None:
    """A signature made for git approves no plan."""
    key = signers.key("ann")
    signers.allow("ann@example.test", key, "")
    command = [program("ssh-keygen", "openssh-client"), "-Y", "sign", "-q", "-n", "git", "-f", str(key)]
    made = subprocess.run(command, input=DATA, capture_output=True, check=True)
    file = signers.folder / "fix.plan.sig"
    file.write_bytes(made.stdout)
    assert principal(signers, file)[0] == ""


def test_f093_expired_signer(signers: Signers) -> None:
    """The validity in the file of allowed signers counts."""
    key = signers.key("ann")
    signers.allow("ann@example.test", key, 'valid-before="20200101"')
    assert principal(signers, signed(signers, key))[0] == ""


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"]
)
def test_rubbish(signers: Signers, content: bytes) -> None:
    """No signature, and no traceback."""
    signers.allowed("ann")
    file = signers.folder / "fix.plan.sig"
    file.write_bytes(content)
    assert principal(signers, file)[0] == ""


def test_beside(tmp_path: Path) -> None:
    """Those of this plan alone."""
    for name in ("fix.plan", "fix.plan.sig", "fix.plan.bob.sig", "fix.plan2.sig", "fix.sig", "other.plan.sig"):
        (tmp_path / name).touch()
    assert [path.name for path in beside(tmp_path / "fix.plan")] == ["fix.plan.bob.sig", "fix.plan.sig"]


def test_bad_keys(signers: Signers) -> None:
    """A missing key and a file that is none: one line each."""
    with pytest.raises(InputError, match="no such key"):
        signed(signers, signers.folder / "nowhere")
    rubbish = signers.folder / "rubbish"
    rubbish.write_text("hello")
    with pytest.raises(InputError, match="ssh-keygen did not sign"):
        signed(signers, rubbish)


def test_no_file_of_signers(signers: Signers) -> None:
    """It is named, with the form of its lines."""
    with pytest.raises(InputError, match="allowed signers is missing"):
        signatures(DATA, [], signers.folder / "nowhere")


def test_no_ssh_keygen(signers: Signers, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is said."""
    file = signed(signers, signers.allowed("ann"))
    assert shutil.which("ssh-keygen")
    monkeypatch.setenv("PATH", str(signers.folder))
    with pytest.raises(InputError, match="ssh-keygen is missing"):
        principal(signers, file)
