"""`pins.yml`: what was typed and verified leads over `clusters.yml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.errors import InventoryError
from remediate.files.inventory import load_inventory
from remediate.files.pins import FILE, Pins, read_pins, write_pins

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDXl"
CLUSTERS = """
clusters:
  exp-c:
    role: expressway-c
    primary: exp-c-1
    peers:
      exp-c-1: {address: 10.0.0.1, ssh_host_key: ssh-ed25519 AAAAold}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An inventory with one peer."""
    (tmp_path / "clusters.yml").write_text(CLUSTERS)
    return tmp_path


def test_round_trip(folder: Path) -> None:
    """What is written is read again."""
    pins = (Pins(host="exp-c-1", ssh_host_key=(KEY,), tls_sha256=("a" * 64,), verified="today me@desk"),)
    write_pins(folder / FILE, pins)
    assert read_pins(folder / FILE, ["exp-c-1"]) == pins
    assert (folder / FILE).stat().st_mode & 0o077 == 0


def test_leads(folder: Path) -> None:
    """Its key stands in place of the old one, its certificate beside no other."""
    write_pins(folder / FILE, [Pins(host="exp-c-1", ssh_host_key=(KEY,), tls_sha256=("a" * 64,))])
    for path in (folder, folder / "clusters.yml"):
        host = load_inventory(path, {})[0].host("exp-c-1")
        assert (host.ssh_host_key, host.tls_sha256, host.tls_certificates) == (KEY, ("a" * 64,), ())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("exp-c-9: {tls_sha256: x}\n", "exp-c-9"),
        (f"exp-c-1: {{tls_sha256: {'a' * 63}}}\n", "SHA-256"),
        ("exp-c-1: {ssh_host_key: hello}\n", "not a host key"),
        ("exp-c-1: {password: x}\n", "unknown key"),
    ],
)
def test_bad_input(folder: Path, text: str, what: str) -> None:
    """Each mistake names its line."""
    (folder / FILE).write_text("# mine\n" + text)
    with pytest.raises(InventoryError, match=what) as wrong:
        load_inventory(folder, {})
    assert f"{FILE}:2:" in str(wrong.value)
