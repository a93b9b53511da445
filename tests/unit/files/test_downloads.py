"""Bundles as they come from devices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from remediate.errors import CaptureError, DeviceTimeout
from remediate.files.downloads import receive, slug
from tests.support.doubles import AT

Take = Callable[[bytes], object]


def sends(*pieces: bytes) -> Callable[[Take], None]:
    """A device that sends these."""

    def send(take: Take) -> None:
        for piece in pieces:
            take(piece)

    return send


@pytest.mark.parametrize(("first", "ending"), [(b"\x1f\x8b\x08\x00", ".tar.gz"), (b"PK\x03\x04", ".zip")])
def test_ending(tmp_path: Path, first: bytes, ending: str) -> None:
    """What an archive is its first bytes say; its owner alone may read it."""
    file = receive(tmp_path, "exp-c-1", AT, sends(first, b"rest"))
    assert file.name == f"diagnostic_log_exp-c-1_20261124T020000Z{ending}"
    assert file.read_bytes() == first + b"rest"
    assert file.stat().st_mode & 0o777 == 0o600


def test_broken_off(tmp_path: Path) -> None:
    """A download that breaks off leaves no file that could pass for whole."""

    def send(take: Take) -> None:
        take(b"\x1f\x8b\x08\x00")
        raise DeviceTimeout("exp-c-1", "no more bytes")

    with pytest.raises(DeviceTimeout):
        receive(tmp_path, "exp-c-1", AT, send)
    assert list(tmp_path.iterdir()) == []


def test_no_archive(tmp_path: Path) -> None:
    """A page of HTML is no bundle: said with its first bytes, and nothing is kept."""
    with pytest.raises(CaptureError, match="sent no archive"):
        receive(tmp_path, "exp-c-1", AT, sends(b"<html>"))
    assert list(tmp_path.iterdir()) == []


def test_folder_gone(tmp_path: Path) -> None:
    """A disk that refuses is one error."""
    with pytest.raises(CaptureError, match="No such file"):
        receive(tmp_path / "gone", "exp-c-1", AT, sends(b"PK\x03\x04"))


@pytest.mark.parametrize("name", ["../x", "a/b", "x" * 300, "CON\x00", "", "..", "näme"])
def test_b099_slug(name: str) -> None:
    """A device's name as a file name leads nowhere else, stays short, and differs for different names."""
    made = slug(name)
    assert Path(made).name == made
    assert 0 < len(made) < 80
    assert made not in (".", "..")
    assert made.isascii()
    assert made != slug(name + "-")
