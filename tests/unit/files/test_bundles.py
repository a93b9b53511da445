"""Bundles are read, never extracted; nothing in one keeps the rest from being read (rows B070 to B075)."""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.errors import CaptureError
from remediate.evidence.notes import Notes
from remediate.files import archives, bundles, streams
from remediate.files.bundles import looked_at, members, size_of
from remediate.files.streams import MOST_AT_ONCE
from tests.support.archives import tar, tar_entry, tar_gz, zipped

GOOD = {"a/one.log": b"first\n", "a/two.log": b"second\n"}
BOTH = [tar_gz, zipped, tar]
MEBIBYTE = 1 << 20


def read(*paths: object, stdin: bytes = b"") -> tuple[dict[str, bytes], dict[str, str]]:
    """Members by their last name, and notes by place."""
    notes = Notes()
    found = {
        member.place.rsplit(": ", 1)[-1]: b"".join(member.blocks())
        for member in members([str(path) for path in paths], notes, lambda: io.BytesIO(stdin))
    }
    return found, {note.place: note.what for note in notes.all()}


def kept(tmp_path: Path, data: bytes, name: str = "bundle.bin") -> Path:
    """In a file whose name says nothing."""
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("make", BOTH)
def test_archive(tmp_path: Path, make: Callable[[dict[str, bytes]], bytes]) -> None:
    """Its first bytes say what it is; members come in order."""
    assert read(kept(tmp_path, make(GOOD))) == (GOOD, {})


@pytest.mark.parametrize("make", BOTH)
def test_archive_on_stdin(make: Callable[[dict[str, bytes]], bytes]) -> None:
    """`-` takes what a file may hold."""
    assert read("-", stdin=make(GOOD)) == (GOOD, {})


def test_folder(tmp_path: Path) -> None:
    """Files by name, bundles of several nodes opened, links and pipes left alone, other files not looked at."""
    kept(tmp_path, b"plain\n", "b.log")
    kept(tmp_path, tar_gz({"x/one.log": b"1"}), "a.tar.gz")
    kept(tmp_path, b"image", "photo.png")
    (tmp_path / "link.log").symlink_to("/etc/hostname")
    os.mkfifo(tmp_path / "pipe.log")
    assert read(tmp_path) == ({"x/one.log": b"1", str(tmp_path / "b.log"): b"plain\n"}, {})
    assert size_of([str(tmp_path)]) > 0


def test_named_twice(tmp_path: Path) -> None:
    """A file, its folder and a link to it: read once."""
    path = kept(tmp_path, b"x\n", "x.log")
    notes, link = Notes(), tmp_path / "y"
    link.symlink_to(path)
    found = members([str(path), str(tmp_path), str(link)], notes, io.BytesIO)
    assert [member.place for member in found] == [str(path)]


def test_folder_that_is_closed(tmp_path: Path) -> None:
    """A folder that vanishes or may not be read is named; the rest is read."""
    kept(tmp_path, b"x\n", "x.log")
    notes = Notes()
    found = list(bundles._inside(tmp_path / "gone", notes))
    assert found == []
    assert [note.what for note in notes.all()] == ["cannot be read: No such file or directory"]


def test_bundles_in_a_bundle(tmp_path: Path) -> None:
    """A folder of nodes, zipped; in each bundle a rotated log."""
    inner = tar_gz({"n/old.log.1.gz": gzip.compress(b"old\n"), "n/new.log": b"new\n"})
    found, notes = read(kept(tmp_path, zipped({"node-1.tar.gz": inner, "node-2.zip": zipped(GOOD)})))
    assert (found, notes) == ({"n/old.log.1.gz": b"old\n", "n/new.log": b"new\n", **GOOD}, {})


def test_b072_too_deep(tmp_path: Path) -> None:
    """Archives in archives end somewhere."""
    data = b"x\n"
    for depth in range(8):
        data = zipped({f"{depth}.zip" if depth else "x.log": data, "beside.log": b"y\n"})
    found, notes = read(kept(tmp_path, data))
    assert found == {"beside.log": b"y\n"}
    assert any("deep" in what for what in notes.values())


@pytest.mark.parametrize(
    "name", ["../x.log", "a/../../x.log", "/etc/x.log", "..\\x.log", "a\\..\\..\\x.log", "C:\\x.log", "C:x.log"]
)
@pytest.mark.parametrize("make", BOTH)
def test_b070_escaping_names(tmp_path: Path, make: Callable[[dict[str, bytes]], bytes], name: str) -> None:
    """A name that leads out is named and refused; the rest is read; nothing is written anywhere."""
    path = kept(tmp_path, make({name: b"evil", **GOOD}))
    found, notes = read(path)
    assert found == GOOD
    assert notes == {f"{path}: {name}": "a name that leads out of the archive: refused"}
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_b071_links_and_devices_in_tar(tmp_path: Path, kind: bytes) -> None:
    """Refused, by name."""
    path = kept(tmp_path, tar_gz(GOOD, tar_entry("evil.log", kind, "/etc/passwd")))
    assert read(path) == (GOOD, {f"{path}: evil.log": "a link or a device: refused"})


def test_b071_link_in_zip(tmp_path: Path) -> None:
    """A zip can hold a symbolic link too."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("evil.log")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
        archive.writestr("good.log", "ok\n")
    path = kept(tmp_path, out.getvalue())
    assert read(path) == ({"good.log": b"ok\n"}, {f"{path}: evil.log": "a link or a device: refused"})


@pytest.mark.parametrize("make", [tar_gz, zipped])
def test_b072_bomb(tmp_path: Path, make: Callable[[dict[str, bytes]], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    """Zeros, packed a thousandfold, are left before they end, in little memory; the rest of a zip is read."""
    monkeypatch.setattr(streams, "RATIO_FROM", 8 * MEBIBYTE)
    path = kept(tmp_path, make({"bomb.log": bytes(60 * MEBIBYTE), "z/one.log": b"first\n"}))
    notes, sizes = Notes(), {}
    tracemalloc.start()
    for member in members([str(path)], notes, io.BytesIO):
        sizes[member.name] = sum(map(len, member.blocks()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sizes["bomb.log"] < 30 * MEBIBYTE
    assert any("bomb" in note.what for note in notes.all())
    assert peak < 40 * MEBIBYTE
    assert make is tar_gz or sizes["z/one.log"] == 6


def test_b072_header_that_claims_everything(tmp_path: Path) -> None:
    """A PAX header of 10 MB is a bomb of its own."""
    entry = tarfile.TarInfo("x.log")
    entry.pax_headers = {"comment": "0" * (10 * MEBIBYTE)}
    path = kept(tmp_path, tar_gz({}, entry))
    tracemalloc.start()
    found, notes = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == {}
    assert "claims more" in notes[str(path)]
    assert peak < 3 * MOST_AT_ONCE


def test_b074_two_members_of_one_name(tmp_path: Path) -> None:
    """The first counts, the second is named."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for body in (b"first", b"second"):
            entry = tarfile.TarInfo("same.log")
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    path = kept(tmp_path, data.getvalue())
    assert read(path) == (
        {"same.log": b"first"},
        {f"{path}: same.log": "a second member of this name: refused"},
    )


@pytest.mark.parametrize("make", BOTH)
def test_b074_too_many_members(
    tmp_path: Path, make: Callable[[dict[str, bytes]], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many are read, then it says so."""
    monkeypatch.setattr(archives, "MOST_MEMBERS", 5)
    path = kept(tmp_path, make({f"{n}.log": b"x" for n in range(9)}))
    found, notes = read(path)
    assert len(found) == 5
    assert notes == {str(path): "more than 5 members: the rest is left"}


def test_b074_zip_directory_of_any_size(tmp_path: Path) -> None:
    """A million members are a directory of many megabytes; it is not loaded."""
    data = zipped(GOOD)
    at = data.rindex(b"PK\x05\x06")
    padded = data[:at] + bytes(MOST_AT_ONCE + 1) + data[at:]
    size = len(padded) - data.rindex(b"PK\x01\x02", 0, at)
    path = kept(tmp_path, padded[:-10] + struct.pack("<II", size, 0) + b"\0\0")
    found, notes = read(path)
    assert found == {}
    assert list(notes) == [str(path)]


def test_b074_name_that_is_not_utf8(tmp_path: Path) -> None:
    """Such a member is read; its name travels as it is until it is shown."""
    found, notes = read(kept(tmp_path, tar_gz({"n\udce9d.log": b"x"})))
    assert (found, notes) == ({"n\udce9d.log": b"x"}, {})


def test_b075_gz_that_is_none(tmp_path: Path) -> None:
    """Read as the text that it is, and said."""
    path = kept(tmp_path, b"plain text\n", "x.log.gz")
    assert read(path) == ({str(path): b"plain text\n"}, {str(path): "is not what its name says: read as text"})


@pytest.mark.parametrize(("data", "name"), [(b"Salted__12345678", "x.tar.gz"), (b"\x8f\x11", "backup.tar.gz.enc")])
def test_b075_encrypted_backup(tmp_path: Path, data: bytes, name: str) -> None:
    """An encrypted backup is no log, and is called what it is."""
    path = kept(tmp_path, data, name)
    assert read(path) == ({}, {str(path): "encrypted Expressway backup, not a log"})


@pytest.mark.parametrize("make", BOTH)
def test_cut_short(tmp_path: Path, make: Callable[[dict[str, bytes]], bytes]) -> None:
    """A download that broke: never an error, and a file beside it is read."""
    whole = make({"x.log": os.urandom(200_000), **GOOD})
    broken = kept(tmp_path, whole[: len(whole) // 2], "broken.bin")
    good = kept(tmp_path, tar_gz(GOOD), "good.tar.gz")
    found, notes = read(broken, good)
    assert found.items() >= GOOD.items()
    assert any(place.startswith(str(broken)) for place in notes)


@pytest.mark.parametrize("packed", [gzip.compress, lambda data: tar_gz({"x.log": data})], ids=["gz", "tar.gz"])
def test_cut_short_is_read_as_far_as_it_goes(tmp_path: Path, packed: Callable[[bytes], bytes]) -> None:
    """What stands before the break is not lost with the block that it breaks."""
    data = os.urandom(200_000)
    whole = packed(data)
    found, notes = read(kept(tmp_path, whole[: len(whole) * 9 // 10]))
    (log,) = found.values()
    assert data.startswith(log)
    assert len(log) > len(data) * 8 // 10
    assert "damaged" in "".join(notes.values())


def test_member_whose_sum_is_wrong(tmp_path: Path) -> None:
    """It is read all the same but for its last piece, and it is told."""
    data = os.urandom(200_000)
    whole = zipped({"x.log": data})
    at = whole.index(b"PK\x01\x02") + 16
    path = kept(tmp_path, whole[:at] + bytes(4) + whole[at + 4 :])
    found, notes = read(path)
    assert data.startswith(found["x.log"])
    assert len(found["x.log"]) > len(data) * 8 // 10
    assert "CRC" in notes[f"{path}: x.log"]


def test_head_that_cannot_be_read(tmp_path: Path) -> None:
    """A damaged head inside a tar is not its end: that the rest is missing is told."""
    whole = bytearray(tar(GOOD))
    whole[1024 + 148 : 1024 + 156] = b"99999999"
    path = kept(tmp_path, bytes(whole))
    found, notes = read(path)
    assert len(found) == 1
    assert "the rest is left" in notes[str(path)]


def test_encrypted_member(tmp_path: Path) -> None:
    """A member with a password is named; the others are read."""
    data = bytearray(zipped({"locked.log": b"x", **GOOD}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path = kept(tmp_path, bytes(data))
    found, notes = read(path)
    assert found == GOOD
    assert "encrypted" in notes[f"{path}: locked.log"]


def test_no_such_path(tmp_path: Path) -> None:
    """A path that leads nowhere is an error before anything is read."""
    with pytest.raises(CaptureError, match="no such file"):
        read(kept(tmp_path, b""), tmp_path / "missing")


@settings(deadline=None)
@given(data=st.binary(max_size=400), at=st.integers(min_value=0, max_value=900), make=st.sampled_from(BOTH))
def test_damaged_anywhere(data: bytes, at: int, make: Callable[[dict[str, bytes]], bytes]) -> None:
    """Bytes thrown into an archive never raise."""
    whole = make(GOOD)
    read("-", stdin=whole[:at] + data + whole[at + len(data) :])
    read("-", stdin=whole[:at] + data + whole[at:])


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("loggingsnapshot_x/traffic_server.log", True),
        ("xconf_dump.txt", True),
        ("messages", True),
        ("messages.1.gz", True),
        ("eth0.pcap1", True),
        ("ca.pem", True),
        ("core.bin", False),
        ("photo.png", False),
    ],
)
def test_looked_at(name: str, seen: bool) -> None:
    """Members that may hold evidence are read, no others."""
    assert looked_at(name) is seen
