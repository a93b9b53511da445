"""`remediate diagnose`, as it is typed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from remediate.cli.main import main
from remediate.cli.output import Output
from remediate.cli.reading import Reading
from remediate.files import streams
from tests.support import captures, forge
from tests.support.archives import tar_gz, zipped
from tests.support.log_lines import EXCERPTS, Attempt, later, log

VERBATIM = ("  log: ", "  log*: ")


class Stdin:
    """A pipe."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def kept(path: Path, data: bytes) -> str:
    """Written, as an argument."""
    path.write_bytes(data)
    return str(path)


def typed(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    """Exit code and stdout."""
    code = main(["diagnose", *map(str, arguments)])
    return code, capsys.readouterr().out


def test_seed(capsys: pytest.CaptureFixture[str]) -> None:
    """The seed's two excerpts: for each the server, the port, who was hit, why, and the seed's remedies."""
    code, text = typed(capsys, EXCERPTS)
    assert code == 9
    assert text.startswith("Read 2 Expressway logs in 2 files, ")
    assert "FAILS  10.48.36.215:6972 (asked as cucm.steven.lab)\n" in text
    assert "  why    chain: its self-signed certificate is not in the trusted CA list\n" in text
    assert "  hit    TFTP configuration; user emusk; device CSFemusk\n" in text
    assert "  fix    have the UC server's certificate signed by a CA that every peer" in text
    assert "  or     upload the self-signed certificate itself to the trusted CA list" in text
    assert "FAILS  10.48.36.215:8443\n" in text
    assert "  fix    change System > Server to the node's own FQDN" in text
    assert "  hit    UDS; user emusk\n" in text
    assert "(CSCwa12905)" in text
    assert text.endswith("\nDiagnose: 2 failures, 2 UC servers, 1 peer.\n")


def test_latest_lines_are_verbatim(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The latest WARNING and ERROR, each as it stands in the log, on a line of its own."""
    first, last = later(Attempt(), 2)
    _, text = typed(capsys, kept(tmp_path / "x.log", log(first.story(), last.story())))
    assert f"  log: {last.chain()}\n  log: {last.failed()}\n" in text
    assert first.chain() not in text


def test_fits_80_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Long names, many peers and users, every kind of refusal: only verbatim lines are longer."""
    host = "a-very-long-name-of-a-server-in-a-very-long-domain.example.test"
    stories = [
        one.story(*told)
        for n in range(30)
        for one in (Attempt(number=n, peer=f"expressway-c-{n:02}.example.test", host=host, user=f"user-{n}"),)
        for told in ((one.chain(),), (one.name(),), (one.chain("unable to get local issuer certificate"),),
                     (one.failed("error:1:SSL routines:x:tlsv1 alert unknown ca"),), (one.chain(action="Continue"),))
    ]  # fmt: skip
    _, text = typed(capsys, kept(tmp_path / ("x" * 99 + ".log"), log(*stories) + b"\xff"))
    assert [line for line in text.splitlines() if len(line) > 80 and not line.startswith(VERBATIM)] == []
    assert "depth 0 does not say self-signed" in text
    assert "only noted (Action=Continue): the request went on" in text
    assert "the other direction: the UC server does not trust the Expressway's certificate" in text.replace(
        "\n         ", " "
    )


def test_bundles_of_several_nodes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder with a tar.gz and a zip: one row for what both peers met."""
    one, two = Attempt(), Attempt(peer="exp-c-2", pid=7)
    kept(
        tmp_path / "exp-c-1.tar.gz", tar_gz({"logs/traffic_server.log": log(one.story()), "xconf_dump.txt": b"*c x\n"})
    )
    kept(tmp_path / "exp-c-2.zip", zipped({"logs/traffic_server.log": log(two.story())}))
    code, text = typed(capsys, tmp_path, "--json")
    document = json.loads(text)
    assert (code, document["format_version"], document["kind"]) == (9, "1.0", "diagnose")
    (failure,) = document["failures"]
    assert (failure["peers"], failure["requests"]) == (["exp-c-1", "exp-c-2"], 2)
    assert document["looked"]["logs"] == 2


def test_certificates_out_of_a_capture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bundle with its tcpdump: beside the failure stands what the server showed, and what TLS 1.3 hid is said."""
    twin = (forge.leaf("cucm-EC.steven.lab", None),)
    dump = captures.capture(captures.packets(captures.handshake(twin, trusting=False)))
    hidden = captures.packets(captures.handshake(twin, "1.3"), (captures.PEER[0], 7), ("10.48.36.215", 8443))
    logs = (EXCERPTS / "untrusted-ca.txt").read_bytes()
    members = {"logs/traffic_server.log": logs, "eth0.pcap": dump, "eth1.pcap": captures.capture(hidden, ng=True)}
    code, text = typed(capsys, kept(tmp_path / "x.tar.gz", tar_gz(members)))
    joined = " ".join(text.split())
    assert code == 9
    assert "Read 1 Expressway log and 2 packet captures in 3 files" in joined
    assert "shown CN=cucm-EC.steven.lab, self-signed, EC secp256r1, until " in joined
    assert f"SHA-256 {twin[0].certificate.sha256} (from a capture of packets)" in joined
    assert "10.48.36.34 → 10.48.36.215:6972 (asked as cucm.steven.lab): TLS 1.2, 1 time, 2022-07-11" in joined
    assert "refused: unknown ca" in joined
    assert "10.48.36.215:8443 (asked as cucm.steven.lab): TLS 1.3, certificates hidden, 1 time" in joined
    assert "TLS 1.3 hides certificates from a capture" in joined
    assert [line for line in text.splitlines() if len(line) > 80 and not line.startswith(VERBATIM)] == []


def test_capture_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A capture without a log is evidence; nothing in it fails. Damaged, it is named, and that is no clean bill."""
    whole = captures.capture(captures.packets(captures.handshake((forge.leaf("a", None),))))
    assert typed(capsys, kept(tmp_path / "x.pcap", whole))[0] == 0
    code, text = typed(capsys, kept(tmp_path / "y.pcap", whole + b"\0" * 7))
    assert code == 4
    assert "damaged capture, read as far as it goes" in " ".join(text.split())


def test_stdin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`-` reads a pipe, packed or not."""
    for data in (log(Attempt().story()), tar_gz({"x.log": log(Attempt().story())})):
        monkeypatch.setattr("sys.stdin", Stdin(data))
        assert typed(capsys, "-")[0] == 9


def test_closed_stdin(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`<&-`: 5, as for an empty one."""
    monkeypatch.setattr("sys.stdin", None)
    assert main(["diagnose", "-"]) == 5
    assert "internal error" not in capsys.readouterr().err


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_b077_utf_16(tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str) -> None:
    """A log that a Windows editor has saved."""
    path = kept(tmp_path / "x.log", log(Attempt().story()).decode().encode(encoding))
    code, text = typed(capsys, path)
    assert code == 9
    assert "Read with care:\n" in text


def test_nothing_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A clean log: 0."""
    one = Attempt()
    path = kept(tmp_path / "x.log", log([one.received(), one.allowed(), one.sending(), one.replied("200 OK")]))
    assert typed(capsys, path) == (0, typed(capsys, path)[1])
    assert typed(capsys, path)[1].endswith("Diagnose: no refusal found.\n")


def test_nothing_failed_but_something_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A clean log beside a broken bundle: not a clean bill, 4."""
    one = Attempt()
    kept(tmp_path / "x.log", log([one.received(), one.sending(), one.replied("200 OK")]))
    kept(tmp_path / "y.tar.gz", tar_gz({"x.log": b"1\n" * 90_000})[:-20])
    code, text = typed(capsys, tmp_path)
    assert code == 4
    assert "Not read, or in part only:\n" in text


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"Nov 27 10:00:00 web nginx[1]: GET / 200\n", "access.log", "not an Expressway diagnostic log"),
        (b"", "empty.log", "not an Expressway diagnostic log"),
        (b"Salted__1234", "backup.tar.gz.enc", "encrypted Expressway backup, not a log"),
        (zipped({"photo.png": b"x"}), "x.zip", "Read 0 Expressway logs in 0 files"),
    ],
    ids=["B080-another", "B080-empty", "B075-encrypted", "no-log"],
)
def test_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, name: str, said: str) -> None:
    """Nothing of an Expressway: 5, and what it is instead."""
    code, text = typed(capsys, kept(tmp_path / name, data))
    assert code == 5
    assert said in " ".join(text.split())


def test_no_such_file(capsys: pytest.CaptureFixture[str]) -> None:
    """A path that leads nowhere: 5, one line."""
    assert main(["diagnose", "/nowhere/x.log"]) == 5
    assert capsys.readouterr().err == (
        "error: /nowhere/x.log: no such file or folder: give logs, folders or diagnostic bundles\n"
    )


def test_wicked_bundle_does_not_stop_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An escaping name, a bomb and a broken archive beside a good log: its failure is told, and they are named."""
    monkeypatch.setattr(streams, "RATIO_FROM", 4 << 20)
    kept(tmp_path / "a.tar.gz", tar_gz({"../evil.log": b"x", "bomb.log": bytes(20 << 20)}))
    kept(tmp_path / "b.zip", b"PK\x03\x04 nothing")
    kept(tmp_path / "c.log", log(Attempt().story()))
    monkeypatch.chdir(tmp_path)
    code, text = typed(capsys, ".")
    joined = " ".join(text.split())
    assert code == 9
    assert "a.tar.gz: ../evil.log: a name that leads out of the archive: refused" in joined
    assert "a.tar.gz: bomb.log: unpacks out of proportion" in joined
    assert "b.zip: damaged archive" in joined


def test_b077_device_text_is_inert(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Escape codes in a name, in a line and in a member's name show as text."""
    one = Attempt(host="x\x1b[2J.test", user="\x1b]0;root\x07")
    _, text = typed(capsys, kept(tmp_path / "x.zip", zipped({"a\x1b[31m.log": log(one.story()), "../\x1b.log": b""})))
    assert "\x1b" not in text
    assert "\\x1b[2J.test" in text


class Terminal(Output):
    """A live one, 60 columns wide."""

    @property
    def live(self) -> bool:
        """Yes."""
        return True

    @property
    def columns(self) -> int:
        """Narrow."""
        return 60


@pytest.mark.parametrize(
    ("total", "said"), [(200_000_000, "reading [######------------------]  25% of 200 MB"), (0, "reading 50 MB")]
)
def test_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, total: int, said: str) -> None:
    """On a terminal one line is rewritten and cleared at the end; a pipe sees nothing."""
    clock: Iterator[float] = iter(n / 4 for n in range(1, 99))
    monkeypatch.setattr("remediate.cli.reading.monotonic", lambda: next(clock))
    bar = Reading(Terminal(), total)
    bar.told(50_000_000)
    bar.end()
    shown = capsys.readouterr().err
    assert shown.startswith(f"\r\x1b[2K{said}")
    assert shown.endswith("\r\x1b[2K")
    quiet = Reading(Output(), total)
    quiet.told(50_000_000)
    quiet.end()
    assert capsys.readouterr().err == ""
