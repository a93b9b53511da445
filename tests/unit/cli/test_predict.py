"""`remediate predict`: every option, and questions as lines."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from remediate.cli.main import main
from tests.conformance.corpus import Case, cases
from tests.support import forge, wrong
from tests.support.wrong import Wanted, common_name, dns, made

HOST = "cucm.example.test"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A chain of a root, and what else the tests hand in, as PEM files by name."""
    root, old = forge.authority("Corp Root"), datetime(2021, 1, 1, tzinfo=UTC)
    signer = Wanted(common_name("signer"), common_name("signer"), ca=True)
    sha1 = Wanted(common_name(HOST), signer.subject, key="ec-1", names=dns(HOST), purposes=("server",), digest="sha1")
    contents = {
        "leaf": forge.leaf(HOST, root, (HOST,)).certificate.pem,
        "other-name": forge.leaf("x.example.test", root, ("x.example.test",)).certificate.pem,
        "short-lived": forge.leaf(HOST, root, (HOST,), dates=(forge.BEGIN, old)).certificate.pem,
        "rsa": forge.leaf(HOST, root, (HOST,), key=forge.rsa_key()).certificate.pem,
        "sha1": made(sha1).pem,
        "signer": made(signer).pem,
        "self-signed": forge.leaf(HOST, None, (HOST,)).certificate.pem,
        "root": root.certificate.pem,
        "stranger": forge.authority("Stranger").certificate.pem,
        "broken": root.certificate.pem[:-40],
    }
    for each, content in contents.items():
        (tmp_path / f"{each}.pem").write_bytes(content)
    return {each: str(tmp_path / f"{each}.pem") for each in contents}


def asked(capsys: Captured, chain: str, trust: str, *options: str) -> tuple[int, Any]:
    """The exit code and the JSON answer."""
    code = main(["predict", "--chain", chain, "--trust", trust, "--host", HOST, "--json", *options])
    return code, json.loads(capsys.readouterr().out)


def test_accept(files: dict[str, str], capsys: Captured) -> None:
    """0, and the path from leaf to anchor with subjects and SHA-256."""
    code, answer = asked(capsys, files["leaf"], files["root"])
    assert (code, answer["verdict"], answer["kind"], answer["reasons"]) == (0, "accept", None, [])
    assert [step["subject"] for step in answer["path"]] == [f"CN={HOST}", "CN=Corp Root"]
    assert all(len(step["sha256"]) == 64 for step in answer["path"])


def test_reject(files: dict[str, str], capsys: Captured) -> None:
    """2, and what the traffic server would write."""
    code, answer = asked(capsys, files["leaf"], files["stranger"], "--ip", "10.0.0.11")
    assert (code, answer["verdict"], answer["kind"], answer["number"], answer["depth"]) == (2, "reject", "chain", 20, 0)
    assert answer["log"] == (
        f"WARNING: Core server certificate verification failed for ({HOST}). Action=Terminate "
        f"Error=unable to get local issuer certificate server={HOST}(10.0.0.11) depth=0"
    )


def test_reasons_in_the_order_of_mending(files: dict[str, str], capsys: Captured) -> None:
    """The path first, then the name that mending it would uncover; a name alone leaves the path standing."""
    _, both = asked(capsys, files["other-name"], files["stranger"])
    assert [r["kind"] for r in both["reasons"]] == ["chain", "name"]
    assert both["path"] == []
    _, mended = asked(capsys, files["other-name"], files["root"])
    assert [r["kind"] for r in mended["reasons"]] == ["name"]
    assert [step["subject"] for step in mended["path"]] == ["CN=x.example.test", "CN=Corp Root"]


def test_at(files: dict[str, str], capsys: Captured) -> None:
    """`--at` is the peer's clock."""
    inside, after = ("--at", "2020-06-01T00:00:00Z"), ("--at", "2026-06-01T00:00:00Z")
    assert asked(capsys, files["short-lived"], files["root"], *inside)[0] == 0
    code, answer = asked(capsys, files["short-lived"], files["root"], *after)
    assert (code, answer["number"], answer["error"]) == (2, 10, "certificate has expired")


def test_ciphers_and_tls(files: dict[str, str], capsys: Captured) -> None:
    """Suites for the other key end the handshake in TLS 1.2 and do not matter in TLS 1.3."""
    ciphers = ("--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384")
    code, answer = asked(capsys, files["rsa"], files["root"], *ciphers, "--tls", "1.2")
    assert (code, answer["kind"], answer["log"]) == (2, "tls", None)
    assert asked(capsys, files["rsa"], files["root"], *ciphers, "--tls", "1.3")[0] == 0
    code, answer = asked(capsys, files["rsa"], files["root"], "--ciphers", "NONSENSE")
    assert (code, answer["verdict"], answer["missing"]) == (
        4,
        "undetermined",
        ["a client cipher string that OpenSSL takes"],
    )


def test_policy(files: dict[str, str], capsys: Captured) -> None:
    """Permissive and disabled refuse no certificate; a broken trust file ends even disabled."""
    assert asked(capsys, files["leaf"], files["stranger"], "--policy", "permissive")[0] == 0
    assert asked(capsys, files["leaf"], files["stranger"], "--policy", "disabled")[0] == 0
    code, answer = asked(capsys, files["leaf"], files["broken"], "--policy", "disabled")
    assert (code, answer["kind"]) == (2, "trust_file")


def test_openssl(files: dict[str, str], capsys: Captured) -> None:
    """1.1.1, Expressway's own, takes SHA-1 at level 1; 3 does not, and words it in its own way."""
    sha1, other = (files["sha1"], files["signer"]), (files["self-signed"], files["root"])
    assert asked(capsys, *sha1, "--openssl", "1.1.1")[0] == 0
    assert asked(capsys, *sha1, "--ciphers", "DEFAULT:@SECLEVEL=1", "--openssl", "3")[1]["number"] == 68
    assert asked(capsys, *other)[1]["error"] == "self signed certificate"
    assert asked(capsys, *other, "--openssl", "3")[1]["error"] == "self-signed certificate"


def test_what_is_missing(files: dict[str, str], capsys: Captured) -> None:
    """A question without its parts, or a chain that is none, is bad input (5), with what to do."""
    assert main(["predict", "--host", HOST]) == 5
    assert "--chain, --trust" in capsys.readouterr().err
    assert main(["predict", "--chain", files["broken"], "--trust", files["root"], "--host", HOST]) == 5
    assert "broken.pem" in capsys.readouterr().err
    assert main(["predict", "--batch", "-", "--host", HOST]) == 5
    assert "in each line" in capsys.readouterr().err


def batch(monkeypatch: pytest.MonkeyPatch, capsys: Captured, lines: list[str], *options: str) -> tuple[int, list[Any]]:
    """The exit code and the answers."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(lines).encode()), encoding="utf-8"))
    code = main(["predict", "--batch", "-", *options])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def asking(case: Case) -> str:
    """A recorded question as a line."""
    asked = case.question
    offer, profile = asked.offer, asked.profile
    return json.dumps(
        {
            "id": case.identity,
            "chain": [c.pem.decode() for c in asked.chain],
            "second_chain": [c.pem.decode() for c in asked.second_chain],
            "server": {"tls": offer.tls, "ciphers": offer.ciphers, "cipher_preference": offer.cipher_preference},
            "trust": asked.trust.pem.decode(),
            "host": asked.host,
            "ip": asked.ip,
            "profile": {"cipher_suite": profile.cipher_suite, "tls13": profile.tls13},
            "at": asked.at.isoformat(),
        }
    )


def test_batch_of_the_recorded_questions(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """Lines get the measured verdict, kind, number, depth and log line, in their order."""
    promised = [case for case in cases() if case.promised]
    code, answers = batch(monkeypatch, capsys, [asking(case) for case in promised])
    assert (code, len(answers)) == (0, len(promised))
    for case, answer in zip(promised, answers, strict=True):
        wanted = case.measured
        assert set(answer) == {"id", "verdict", "kind", "number", "error", "depth", "log"}
        assert answer["id"] == case.identity
        got = (answer["verdict"], answer["kind"], answer["number"], answer["depth"])
        assert got == (wanted.verdict, wanted.kind, wanted.number, wanted.depth), case.identity
        if wanted.kind in ("chain", "name"):
            assert (answer["log"],) == wanted.log


def test_batch_defaults(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """Options hold for lines that do not say otherwise; null is as good as left out."""
    pem = made(Wanted(common_name(HOST), common_name(HOST), names=dns(HOST), dates=wrong.PAST)).pem.decode()
    line = {"chain": [pem], "trust": pem, "host": HOST, "at": None, "second_chain": None, "server": None}
    lines = [json.dumps(line), json.dumps({**line, "at": "2015-01-01T00:00:00Z"})]
    code, answers = batch(monkeypatch, capsys, lines, "--at", "2026-06-01T00:00:00Z")
    assert (code, [a["verdict"] for a in answers]) == (0, ["reject", "accept"])
    _, answers = batch(monkeypatch, capsys, lines, "--at", "2026-06-01T00:00:00Z", "--policy", "disabled")
    assert [a["verdict"] for a in answers] == ["accept", "accept"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "Expecting"),
        ("[1]", "not a JSON object"),
        ('{"id": 1}', "chain, trust, host"),
        ('{"chain": null, "trust": "", "host": "x"}', "missing member: chain"),
        ('{"chain": [], "trust": "", "host": "x", "hots": 1}', "hots"),
        ('{"chain": [], "chain": [], "trust": "", "host": "x"}', "duplicate"),
        ('{"chain": ["x"], "trust": "", "host": "x"}', "one certificate"),
        ('{"chain": [], "trust": 7, "host": "x"}', "encode"),
        ('{"chain": [], "trust": "", "host": 7}', "host"),
        ('{"chain": [], "trust": "", "host": "x", "at": "2026-01-01"}', "time and zone"),
        ('{"chain": [], "trust": "", "host": "x", "at": "0001-01-01T00:00:00+14:00"}', "out of range"),
        ('{"chain": [], "trust": "", "host": "x", "server": {"tls": ["9"]}}', "tls"),
        ('{"chain": [], "trust": "", "host": "x", "profile": {"tls13": "yes"}}', "tls13"),
        ('{"id": NaN, "chain": [], "trust": "", "host": "x"}', "NaN"),
        ('{"chain": [], "trust": "\\ud800", "host": "x"}', "surrogates"),
        ("[" * 100_000, "deep"),
    ],
)
def test_malformed_line(line: str, why: str, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """5, told by number and reason, and the next line is answered."""
    good = json.dumps({"id": "good", "chain": [], "trust": "", "host": HOST})
    code, answers = batch(monkeypatch, capsys, [line, good])
    assert (code, answers[0]["line"], answers[1]["id"]) == (5, 1, "good")
    assert why in answers[0]["error"]
    assert "\n" not in answers[0]["error"]
