"""`trusted_certificates` of an inventory: what the operator vouches for, and with which words."""

from __future__ import annotations

from pathlib import Path

from remediate.errors import CertificateFileError, InventoryError
from remediate.files.convert import Reader
from remediate.files.pem import read_certificates
from remediate.files.yaml import Node, Text
from remediate.model.certificate import EncodedCertificate, Provenance, TrustedCertificate

KEYS = ("file", "sha256", "source", "accept")
WORDS = ("left-in-place", "certificate-authority")
read = Reader(InventoryError)


def trusted_certificates(folder: Path, node: Node) -> tuple[TrustedCertificate, ...]:
    """All of them, in the order of the file. Raises InventoryError and CertificateFileError."""
    return tuple(_trusted(folder, key, value) for key, value in read.mapping(node).items)


def _trusted(folder: Path, key: Text, node: Node) -> TrustedCertificate:
    tree = read.mapping(node, KEYS, ("sha256",))
    sha256 = read.sha256(tree.get("sha256") or tree)
    file, source = tree.get("file"), tree.get("source")
    if (file is None) == (source is None):
        raise read.fail(tree.mark, "either file (PEM) or source (where you read the SHA-256)")
    certificate = _one(folder, file, sha256) if file is not None else None
    words = read.text(file if file is not None else source or tree)
    provenance = Provenance(kind="ca-file" if file is not None else "fingerprint", source=words)
    return TrustedCertificate(
        name=key.value,
        certificate=certificate,
        sha256=sha256,
        provenance=provenance,
        accept=read.words(tree.get("accept"), WORDS),
    )


def _one(folder: Path, node: Node, sha256: str) -> EncodedCertificate:
    path = folder / read.text(node)
    found = read_certificates(path)
    if len(found) != 1:
        raise CertificateFileError(f"{len(found)} certificates; one file, one certificate here", path=str(path))
    if found[0].sha256 != sha256:
        raise read.fail(node.mark, f"{path.name} has SHA-256 {found[0].sha256}, and sha256 says {sha256}")
    return found[0]
