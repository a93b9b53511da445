"""Files in which a password of the inventory stands: before they go to a ticket, a chat or a repository."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from remediate.cli.answering import answer
from remediate.cli.exits import Exit
from remediate.cli.session import Session
from remediate.errors import InputError
from remediate.files.reading import MEBIBYTE, is_folder, read_bounded
from remediate.model.inventory import Credentials, Inventory
from remediate.report import as_json
from remediate.report.as_text.words import count
from remediate.report.redaction import hidden

OPTION = "--scan-secrets"
MOST_BYTES = 64 * MEBIBYTE
"""Of one file. Every writing of every password is looked for, which takes a second for each megabyte or two."""


def scan(session: Session, directory: Path) -> Exit:
    """Look for every password of inventory and policy in each file below a directory, as it is and in the usual
    encodings, and name file and line. Never shows what it found. Raises InputError where a password, or the
    directory, cannot be had."""
    if not session.args.inventory:
        raise InputError("the inventory is missing", path=OPTION, hint="it says what to look for: add -i INV")
    if not is_folder(directory):
        raise InputError("no such folder", path=f"{OPTION} {directory}")
    own = _resolved(session)
    files = [p for p in sorted(directory.rglob("*")) if p.is_file() and not p.is_symlink() and p.resolve() not in own]
    found: list[InputError] = []
    unread: list[InputError] = []
    for path in files:
        try:
            found += _holds(path, session.wiring.secrets())
        except InputError as error:
            unread.append(error)
    _tell(session, len(files), found, unread)
    if found:
        return Exit.NOT_CONVERGED
    return Exit.UNREACHABLE if unread else Exit.OK


def _resolved(session: Session) -> frozenset[Path]:
    """Fetches every password; the files in which some of them lie by right."""
    inventory = session.desired().inventory
    references = [account.password for account in dict.fromkeys(_accounts(session, inventory))]
    for reference in references:
        session.wiring.resolve(reference)
    return frozenset(Path(reference.name).resolve() for reference in references if reference.source == "file")


def _accounts(session: Session, inventory: Inventory) -> Iterator[Credentials]:
    login = session.policy(inventory).login_test
    if login is not None and login.credentials is not None:
        yield login.credentials
    for cluster in inventory.clusters:
        for host in cluster.hosts:
            yield from filter(None, (host.credentials, host.platform_credentials))


def _holds(path: Path, secrets: tuple[str, ...]) -> Iterator[InputError]:
    text = read_bounded(path, MOST_BYTES, InputError).decode("utf-8", "replace")
    without = hidden(text, secrets)
    if without != text:
        start = next(at for at, (one, other) in enumerate(zip_longest(text, without)) if one != other)
        line = text.count("\n", 0, start) + 1
        yield InputError("holds a password of this inventory", path=str(path), line=line)


def _tell(session: Session, files: int, found: list[InputError], unread: list[InputError]) -> None:
    def places(errors: list[InputError]) -> list[dict[str, object]]:
        return [{"path": error.path, "line": error.line, "what": error.what} for error in errors]

    lines = [*map(str, found), *map(str, unread)]
    lines.append(f"A password stands in {len(found)} of {count(files, 'file')}; {len(unread)} could not be read.")
    if found:
        lines.append("Keep them here, and change those passwords where a copy has gone elsewhere.")
    answer(
        session.args,
        session.output,
        lambda: as_json.document("scan-secrets", files=files, found=places(found), unread=places(unread)),
        lambda: session.output.text("\n".join((*lines, ""))),
    )
