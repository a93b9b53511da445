"""Approvals: detached signatures over the very bytes of a plan file, made and verified by OpenSSH's own ssh-keygen.

`NAMESPACE` keeps a signature made for something else (a git commit, another tool) from counting here.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from remediate.errors import InputError
from remediate.files.durable import write_private
from remediate.model.base import Value

NAMESPACE = "remediate-plan"
SUFFIX = ".sig"
SECONDS = 60
MOST_BYTES = 65_536


class Signature(Value):
    """One signature file. `principal` is the allowed signer who made it; empty with `why` where it does not count."""

    file: str
    principal: str = ""
    why: str = ""


def sign(plan: Path, data: bytes, key: Path, out: Path) -> None:
    """Sign the bytes of a plan with a private key, or with the public key of one that an agent holds.

    ssh-keygen itself asks for a passphrase. Raises InputError with its words.
    """
    if not key.is_file():
        raise InputError(
            "no such key", path=str(key), hint="a private key, or a public key whose private one an agent holds"
        )
    made = _keygen(("sign", "-q", "-f", str(key), "-n", NAMESPACE), data)
    if made.returncode != 0 or not made.stdout:
        raise InputError(f"ssh-keygen did not sign {plan}: {_words(made)}", path=str(key))
    write_private(out, made.stdout)


def beside(plan: Path) -> tuple[Path, ...]:
    """`PLAN.sig` and `PLAN.*.sig`, sorted."""
    named = (path for path in plan.parent.glob(f"{glob_safe(plan.name)}*{SUFFIX}") if path.is_file())
    return tuple(sorted(path for path in named if path.name[len(plan.name)] == "."))


def glob_safe(name: str) -> str:
    """A file name in which nothing is a pattern."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def signatures(data: bytes, files: Iterable[Path], signers: Path) -> tuple[Signature, ...]:
    """Who signed these bytes, by the file of allowed signers. Raises InputError where that cannot be read."""
    if not signers.is_file():
        hint = (
            'one line per approver: NAME namespaces="remediate-plan" ssh-ed25519 AAAA… (ssh-keygen(1), ALLOWED SIGNERS)'
        )
        raise InputError("the file of allowed signers is missing", path=str(signers), hint=hint)
    return tuple(_signature(data, file, signers) for file in files)


def _signature(data: bytes, file: Path, signers: Path) -> Signature:
    if not file.is_file() or file.stat().st_size > MOST_BYTES:
        return Signature(file=str(file), why="no signature file")
    found = _keygen(("find-principals", "-s", str(file), "-f", str(signers)), b"")
    for principal in found.stdout.decode("utf-8", "replace").splitlines():
        told = ("verify", "-f", str(signers), "-I", principal, "-n", NAMESPACE, "-s", str(file))
        if principal and _keygen(told, data).returncode == 0:
            return Signature(file=str(file), principal=principal)
    if found.returncode != 0 or not found.stdout:
        return Signature(file=str(file), why="its key is none of the allowed signers'")
    return Signature(
        file=str(file), why=f"it does not sign these bytes in the namespace {NAMESPACE}, or is not valid now"
    )


def _keygen(arguments: tuple[str, ...], data: bytes) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("ssh-keygen")
    if program is None:
        raise InputError("ssh-keygen is missing", path="PATH", hint="apt-get install openssh-client")
    try:
        return subprocess.run(  # noqa: S603 - a fixed program; its arguments are paths and names, never a shell's
            (program, "-Y", *arguments), input=data, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise InputError(f"ssh-keygen did not answer within {SECONDS} s", path=program) from error


def _words(ended: subprocess.CompletedProcess[bytes]) -> str:
    return " ".join(ended.stderr.decode("utf-8", "replace").split())[:300] or f"exit {ended.returncode}"
