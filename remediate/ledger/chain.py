"""One digest chain per run and cluster: every entry's digest covers the one before it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from remediate.errors import JournalError
from remediate.journal.entries import Entry
from remediate.model.base import canonical_json

START = "0" * 64
_ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


@dataclass(frozen=True)
class Record:
    """One row of the table of entries, columns in its order."""

    seq: int
    run: str
    cluster: str
    at: str
    kind: str
    body: str
    previous: str
    digest: str


@dataclass(frozen=True)
class Head:
    """Where a chain ends: compare with an exported one to see that nothing was cut off."""

    run: str
    cluster: str
    entries: int
    digest: str


def record_of(entry: Entry, seq: int, previous: str) -> Record:
    """The row for an entry that follows `previous`."""
    body = canonical_json(entry).decode().rstrip("\n")
    moment = entry.at.isoformat()
    return Record(seq, entry.run, entry.cluster, moment, entry.kind, body, previous, _digest(seq, previous, body))


def verified(records: Iterable[Record]) -> Iterator[tuple[Record, Entry]]:
    """Rows and their entries, in order. Raises JournalError naming the first bad record."""
    heads: dict[tuple[str, str], str] = {}
    for record in records:
        key = (record.run, record.cluster)
        if record.previous != heads.get(key, START):
            raise _damaged(record, "the record before it was removed, moved or changed")
        if record.digest != _digest(record.seq, record.previous, record.body):
            raise _damaged(record, "its content was changed")
        heads[key] = record.digest
        yield record, _entry(record)


def heads_of(records: Iterable[Record]) -> tuple[Head, ...]:
    """Every chain's end, in order of first appearance; raises as `verified` does."""
    heads: dict[tuple[str, str], Head] = {}
    for record, _ in verified(records):
        key = (record.run, record.cluster)
        count = heads[key].entries if key in heads else 0
        heads[key] = Head(*key, count + 1, record.digest)
    return tuple(heads.values())


def _digest(seq: int, previous: str, body: str) -> str:
    return hashlib.sha256(f"{previous}\n{seq}\n{body}".encode()).hexdigest()


def _entry(record: Record) -> Entry:
    try:
        entry = _ENTRY.validate_json(record.body)
    except ValidationError as error:
        raise _damaged(record, "it is no entry of this version of the tool") from error
    if (entry.run, entry.cluster, entry.kind, entry.at.isoformat()) != (
        record.run,
        record.cluster,
        record.kind,
        record.at,
    ):
        raise _damaged(record, "its columns differ from its content")
    return entry


def _damaged(record: Record, why: str) -> JournalError:
    where = f"record {record.seq} (run {record.run}, cluster {record.cluster or 'none'})"
    return JournalError(f"journal damaged: {where}: {why}; `remediate ledger export` prints what can be read")
