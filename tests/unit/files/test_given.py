"""Readings from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.errors import CaptureError
from remediate.files.given import read_trust_list, read_xconfiguration
from remediate.model.observed import VERIFY_ORIGIN_SERVER
from remediate.model.reading import Known
from tests.support import forge

CERTIFICATE = forge.authority("Root").certificate


def test_trust_list(tmp_path: Path) -> None:
    """The page's PEM, byte for byte, with whatever the page puts around it."""
    (tmp_path / "list.pem").write_bytes(b"Root\n" + CERTIFICATE.pem)
    store = read_trust_list(tmp_path / "list.pem")
    assert store.entries == (CERTIFICATE,)
    assert store.pem.startswith(b"Root\n")


@pytest.mark.parametrize(
    "line",
    [
        f'*c xConfiguration {VERIFY_ORIGIN_SERVER}: "On"',
        f"xConfiguration {VERIFY_ORIGIN_SERVER}: On",
        f"  xconfiguration {VERIFY_ORIGIN_SERVER.upper()}: On ",
    ],
)
def test_xconfiguration(tmp_path: Path, line: str) -> None:
    """Pasted with or without `*c` and quotes, in any case."""
    (tmp_path / "x.txt").write_text(f"xConfiguration\r\n{line}\r\nOK\r\n")
    assert read_xconfiguration(tmp_path / "x.txt") == {VERIFY_ORIGIN_SERVER.casefold(): Known(value="On")}


@pytest.mark.parametrize(
    ("reader", "words"), [(read_trust_list, "no certificate found"), (read_xconfiguration, "no xConfig")]
)
def test_something_else(tmp_path: Path, reader: object, words: str) -> None:
    """A file of another kind is refused, with what was expected."""
    (tmp_path / "x").write_text("hello\n")
    with pytest.raises(CaptureError, match=words):
        reader(tmp_path / "x")  # type: ignore[operator]
