"""Inputs that nobody here wrote. Left out, visibly, where `REMEDIATE_SUITES` names no folder."""

from __future__ import annotations

import io
import json
import lzma
import os
import re
import subprocess
import tarfile
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from remediate.errors import InputError
from remediate.evidence.notes import Notes
from remediate.files.bundles import members
from remediate.files.captures import read_capture
from remediate.files.given import read_trust_list, read_xconfiguration
from remediate.files.inventory import load_inventory
from remediate.files.pem import read_certificates
from remediate.files.plans import read_plan
from remediate.files.playbook import check_form
from remediate.files.settings import read_settings
from remediate.files.yaml import read_yaml
from remediate.model.certificate import EncodedCertificate, TrustStore
from remediate.model.verdict import ClientProfile, Question, Rejected
from remediate.report.sanitize import clean_lines
from remediate.tls import decide
from remediate.tls.chains import missing_issuers
from remediate.tls.describe import describe
from tests.conformance.corpus import AT, chain

SUITES = os.environ.get("REMEDIATE_SUITES", "")
FOLDERS = ("openssl-fuzz-corpora/", "frankencert-seeds/", "boringssl-pki/", "go-fuzz-corpus/", "openssl-3.0.22/")
LARGEST, EVERY, EVERY_FILE = 200_000, 25, 40
PROFILE = ClientProfile(cipher_suite="ALL:@SECLEVEL=2", properties="signature", openssl="3")
SEEN_NOW = datetime(2026, 6, 1, tzinfo=UTC)

ELSEWHERE = {
    "rfc5280::validity::notafter-exact": "OpenSSL 4 counts the very second of notAfter as valid, 1.1.1 and 3 do not",
    "rfc5280::validity::notafter-fractional": "the same",
    "webpki::forbidden-p192-leaf": "no traffic server offers the curve of the key, so there is no path to judge",
    "webpki::forbidden-dsa-leaf": "the path is good, but no TLS suite is left for the key",
}
"""Cases in which the judge and `openssl verify` rightly differ, and why."""

pytestmark = pytest.mark.skipif(not SUITES, reason="REMEDIATE_SUITES is not set")


def files(folders: tuple[str, ...] = FOLDERS, every: int = EVERY) -> Iterator[tuple[str, bytes]]:
    """Every so many of the files of the folders, each as bytes in memory."""
    with tarfile.open(Path(SUITES, "outside-suites-data.tar.xz")) as archive:
        wanted = [m for m in archive if m.isfile() and m.size <= LARGEST and any(f in m.name for f in folders)]
        for member in wanted[::every]:
            opened = archive.extractfile(member)
            assert opened is not None
            yield member.name, opened.read()


def question(served: tuple[EncodedCertificate, ...], trust: TrustStore, at: datetime = AT) -> Question:
    """Only the path is asked for."""
    return Question(chain=served, trust=trust, profile=PROFILE, host="a.example", ip="127.0.0.1", at=at)


def test_files_that_break_parsers() -> None:
    """As served certificate, as trusted one and as bundle, every file gets a description and a verdict."""
    for name, content in files():
        whole, bundle = EncodedCertificate(der=content), TrustStore(pem=content)
        for served in ((whole,), bundle.entries[:4]):
            assert describe(whole.der).sha256 == whole.sha256, name
            for trust in (bundle, TrustStore(pem=whole.pem)):
                assert decide(question(served, trust)).verdict in {"accept", "reject", "undetermined"}, name
                missing_issuers(served, trust, (whole,))


READERS: tuple[Callable[[Path], object], ...] = (
    lambda file: read_yaml(file, InputError),
    lambda file: load_inventory(file, {}),
    check_form,
    read_settings,
    read_plan,
    read_capture,
    read_certificates,
    read_trust_list,
    read_xconfiguration,
    lambda file: [list(member.blocks()) for member in members([str(file)], Notes(), io.BytesIO)],
)
"""Whatever takes a file of somebody's."""


def test_files_that_break_readers(tmp_path: Path) -> None:
    """Each reader ends in a value or in one line that names the file; their text is inert on a terminal."""
    for name, content in files(("",), EVERY_FILE):
        for ending in (".yml", ""):
            file = tmp_path / f"clusters{ending}"
            file.write_bytes(content)
            for reader in READERS:
                said = refusal(reader, file)
                assert "\n" not in said, (name, said)
                assert not said or str(tmp_path) in said, (name, said)
            file.unlink()
        shown = clean_lines(content.decode("utf-8", "surrogateescape")).replace("\n", "").replace("\t", "")
        assert not {unicodedata.category(c) for c in set(shown)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}, name


def refusal(reader: Callable[[Path], object], file: Path) -> str:
    """Why a file is not read; empty where it is."""
    try:
        reader(file)
    except InputError as error:
        return str(error)
    return ""


def limbo() -> list[Any]:
    """The path-validation cases for servers."""
    if not SUITES:
        return []
    with lzma.open(Path(SUITES, "limbo-lite-289.json.xz")) as opened:
        cases = json.load(opened)["testcases"]
    return [c for c in cases if c["validation_kind"] == "SERVER"]


@pytest.mark.parametrize("case", [pytest.param(c, id=c["id"]) for c in limbo() if c["id"] not in ELSEWHERE])
def test_path_against_openssl(case: Any, tmp_path: Path) -> None:
    """The path is judged as `openssl verify` of this machine judges it, with the same purpose, level and depth."""
    time = case["validation_time"]
    at = datetime.fromisoformat(time).astimezone(UTC) if time else SEEN_NOW
    served = chain([case["peer_certificate"], *case["untrusted_intermediates"]])
    trust = TrustStore(pem="".join(case["trusted_certs"]).encode())
    verdict = decide(question(served, trust, at))
    first = verdict.reasons[0] if isinstance(verdict, Rejected) else None
    assert (first.number or first.kind if first else 0) == by_openssl(case, at, tmp_path)


def by_openssl(case: Any, at: datetime, directory: Path) -> int | str:
    """The first error number of `openssl verify`; 0 where it is content, a kind where it reads no certificate."""
    names = {
        "leaf": [case["peer_certificate"]],
        "sent": case["untrusted_intermediates"],
        "trust": case["trusted_certs"],
    }
    for name, pems in names.items():
        (directory / name).write_text("".join(pems))
    command = ["openssl", "verify", "-purpose", "sslserver", "-verify_depth", "7", "-auth_level", "2", "-trusted_first"]
    command += ["-no-CApath", "-no-CAstore", "-attime", str(int(at.timestamp())), "-CAfile", str(directory / "trust")]
    command += ["-untrusted", str(directory / "sent")] if case["untrusted_intermediates"] else []
    done = subprocess.run([*command, str(directory / "leaf")], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    found = re.search(r"error (\d+) at \d+ depth", said)
    if found:
        return int(found[1])
    return 0 if done.returncode == 0 else ("trust_file" if "trust" in said else "tls")
