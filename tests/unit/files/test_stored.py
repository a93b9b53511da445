"""Captures, plans, secrets and how files are written."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

import keyring
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediate.errors import CaptureError, InputError, PlanFileError, SecretError
from remediate.files.captures import read_capture, write_capture
from remediate.files.durable import write_private
from remediate.files.plans import read_plan, write_plan
from remediate.files.secrets import SecretSource
from remediate.model.base import canonical_json
from remediate.model.inventory import SecretRef
from remediate.planning.planner import plan_for
from tests.support.keyrings import PLACE, OneEntry
from tests.support.scenes import AT, OFF, Scene

SCENE = Scene(plays=(OFF,))
OBSERVED = SCENE.observed
PLAN = plan_for(SCENE.desired, OBSERVED, AT, "test")
TEXT = canonical_json(PLAN)
TWICE = PLAN.model_copy(update={"steps": (*PLAN.steps, *PLAN.steps)})


def test_capture_round_trip(tmp_path: Path) -> None:
    """What was written is what is read, under the SHA-256 that was printed."""
    path = tmp_path / "a.capture"
    first = write_capture(path, OBSERVED)
    assert read_capture(path) == OBSERVED
    assert write_capture(path, read_capture(path)) == first


def test_plan_round_trip(tmp_path: Path) -> None:
    """A plan is its canonical bytes."""
    path = tmp_path / "a.plan"
    sha256 = write_plan(path, PLAN)
    assert read_plan(path) == (PLAN, sha256)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(TEXT.replace(b'"Off"', b'"Off" ', 1), "not in canonical form", id="reformatted"),
        pytest.param(TEXT[:-1], "not in canonical form", id="no-line-end"),
        pytest.param(TEXT.replace(b"{", b'{"made_at":"x",', 1), "duplicate key 'made_at'", id="B100"),
        pytest.param(TEXT.replace(b'"format_version":1', b'"format_version":NaN'), "whole numbers", id="B101-nan"),
        pytest.param(TEXT.replace(b'"format_version":1', b'"format_version":1.0'), "whole numbers", id="B101-float"),
        pytest.param(TEXT.replace(b'"format_version":1', b'"format_version":9007199254740993'), "2^53", id="B101-big"),
        pytest.param(b"\xef\xbb\xbf" + TEXT, "byte order mark", id="B103-bom"),
        pytest.param(TEXT.decode().encode("utf-16"), "not UTF-8", id="B103-utf16"),
        pytest.param(TEXT.replace(b':"test"', b':"\\ud800"'), "hex escape at line 1 column 9", id="B103-surrogate"),
        pytest.param(TEXT.replace(b'"format_version":1', b'"format_version":1e400'), "whole numbers", id="B101-beyond"),
        pytest.param(TEXT.replace(b'"format_version":1', b'"format_version":-0.0'), "whole numbers", id="B101-zero"),
        pytest.param(TEXT + b"{}", "cut or damaged at byte", id="B104-two"),
        pytest.param(TEXT[:100], "cut or damaged at byte 9", id="B104-cut"),
        pytest.param(b"", "empty file", id="B104-empty"),
        pytest.param(b"[" * 5000, "nested too deep", id="deep"),
        pytest.param(
            TEXT.replace(b'"format_version":1', b'"format_version":2'), "this tool reads 1", id="B105-version"
        ),
        pytest.param(TEXT.replace(b"{", b'{"extra":"x",', 1), "extra: Extra inputs", id="B105-extra"),
        pytest.param(
            TEXT.replace(b'"purpose":"remediate",', b"").replace(b'"steps"', b'"stps"'), "stps", id="B105-key"
        ),
        pytest.param(TEXT.replace(b'"undo":', b'"udno":'), "undo: Field required", id="B106-no-way-back"),
        pytest.param(
            TEXT.replace(b'"risk":"security-reducing"', b'"risk":"additive"', 1),
            "is security-reducing, and the file says additive",
            id="another-risk",
        ),
        pytest.param(canonical_json(TWICE), "two of its steps are called", id="B106-twice"),
        pytest.param(b"---\n- clusters: all\n", "i INV -o FILE makes a plan of it", id="playbook"),
        pytest.param(b'"text"', "format_version is None", id="not-a-document"),
    ],
)
def test_plan_refused(tmp_path: Path, data: bytes, words: str) -> None:
    """A plan file in any other form is refused, and the file is named."""
    path = tmp_path / "a.plan"
    path.write_bytes(data)
    with pytest.raises(PlanFileError) as caught:
        read_plan(path)
    assert words in str(caught.value)
    assert "a.plan" in str(caught.value)


def test_missing_files(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(PlanFileError, match=r"a\.plan: cannot be read"):
        read_plan(tmp_path / "a.plan")
    with pytest.raises(CaptureError, match=r"a\.capture: cannot be read"):
        read_capture(tmp_path / "a.capture")


def test_files_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """No more of a plan or capture is read than one may hold."""
    for module, read, kind in (("plans", read_plan, PlanFileError), ("captures", read_capture, CaptureError)):
        monkeypatch.setattr(f"remediate.files.{module}.MOST_STORED", 1 << 20)
        with pytest.raises(kind, match="/dev/zero: larger than 1 MiB"):
            read(Path("/dev/zero"))


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, len(TEXT)), st.binary(max_size=4))
def test_a_changed_plan_is_never_taken(tmp_path: Path, at: int, piece: bytes) -> None:
    """Whatever is put into a plan file, it is refused or nothing changed."""
    path = tmp_path / "a.plan"
    path.write_bytes(TEXT[:at] + piece + TEXT[at + len(piece) :])
    try:
        plan, _ = read_plan(path)
    except PlanFileError:
        return
    assert canonical_json(plan) == path.read_bytes()


def test_f111_private_whatever_the_umask(tmp_path: Path) -> None:
    """Files are 0600 in directories of 0700 (F111)."""
    before = os.umask(0)
    try:
        write_private(tmp_path / "new" / "file", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new" / "file").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_stream_is_written_to_and_stays(tmp_path: Path) -> None:
    """`-o /dev/null` as root leaves the device, and a pipe takes the bytes."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_private(pipe, b"x")
    assert (os.read(reader, 9), pipe.is_fifo()) == (b"x", True)
    os.close(reader)
    target, stdout = tmp_path / "target", tmp_path / "stdout"
    with target.open("wb") as held:
        stdout.symlink_to(f"/proc/self/fd/{held.fileno()}")
        write_private(stdout, b"y")
    assert (target.read_bytes(), stdout.is_symlink()) == (b"y", True)
    for place in (tmp_path, Path()):
        with pytest.raises(InputError, match="cannot be written: Is a directory"):
            write_private(place, b"x")


def test_f023_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    """A target that cannot be replaced stays as it was, with nothing beside it (F023)."""
    target = tmp_path / "file"
    target.mkdir()
    (target / "inside").write_text("old")
    with pytest.raises(InputError, match="file: cannot be written"):
        write_private(target, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert (target / "inside").read_text() == "old"


def secret_file(tmp_path: Path, data: bytes, mode: int = 0o600) -> SecretRef:
    """A reference to a file with this content."""
    path = tmp_path / "secret"
    path.write_bytes(data)
    path.chmod(mode)
    return SecretRef(source="file", name=str(path))


def test_b126_prompt_beside_a_plan_on_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where stdin holds a plan, no password is read from it."""
    monkeypatch.setattr("sys.stdin", io.StringIO(TEXT.decode()))
    with pytest.raises(SecretError, match="Expressway password: nobody is there to be asked: use env or file"):
        SecretSource()(SecretRef(source="prompt", name="Expressway password"))


def test_secret(tmp_path: Path) -> None:
    """A secret shows itself only when asked."""
    source = SecretSource()
    secret = source(secret_file(tmp_path, b"hunter2\n"))
    assert secret.reveal() == "hunter2"
    assert "hunter2" not in f"{secret} {secret!r}"
    assert source.known_secrets() == ("hunter2",)


@pytest.mark.parametrize(
    ("data", "mode", "words"),
    [
        pytest.param(b"hunter2\n", 0o644, "chmod 600", id="F113"),
        pytest.param(b"hunter2\nhunter3\n", 0o600, "must be one line", id="F114-two"),
        pytest.param(b"\n", 0o600, "must be one line", id="empty"),
        pytest.param(b"hunt\xffer2", 0o600, "not UTF-8", id="bytes"),
    ],
)
def test_secret_refused(tmp_path: Path, data: bytes, mode: int, words: str) -> None:
    """What is wrong with the place is said, never what lies there."""
    with pytest.raises(SecretError) as caught:
        SecretSource()(secret_file(tmp_path, data, mode))
    assert words in str(caught.value)
    assert "hunt" not in str(caught.value)


def test_secret_behind_a_link(tmp_path: Path) -> None:
    """A symbolic link is not followed (I52)."""
    reference = secret_file(tmp_path, b"hunter2")
    (tmp_path / "link").symlink_to(reference.name)
    with pytest.raises(SecretError, match="cannot be read"):
        SecretSource()(SecretRef(source="file", name=str(tmp_path / "link")))


def test_secret_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is not set is named."""
    monkeypatch.setenv("A_SECRET", "hunter2")
    assert SecretSource()(SecretRef(source="env", name="A_SECRET")).reveal() == "hunter2"
    with pytest.raises(SecretError, match="NO_SECRET: not set in the environment"):
        SecretSource()(SecretRef(source="env", name="NO_SECRET"))


def test_secret_from_the_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry is named by service and user; one that is not there is told with the line that adds it."""
    (tmp_path / "keyring").write_text("hunter2")
    monkeypatch.setenv(PLACE, str(tmp_path / "keyring"))
    before = keyring.get_keyring()
    keyring.set_keyring(OneEntry())
    try:
        assert SecretSource()(SecretRef(source="keyring", name="expressway/admin")).reveal() == "hunter2"
        with pytest.raises(SecretError, match="not in the keyring: keyring set expressway root"):
            SecretSource()(SecretRef(source="keyring", name="expressway/root"))
        with pytest.raises(SecretError, match=r"write \{keyring: SERVICE/USER\}"):
            SecretSource()(SecretRef(source="keyring", name="expressway"))
    finally:
        keyring.set_keyring(before)
