"""Questions as lines of JSON, and verdicts as members of an answer."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple

from pydantic import ValidationError

from remediate.cli.exits import Exit
from remediate.cli.output import Output
from remediate.model.certificate import Chain, EncodedCertificate, TrustStore
from remediate.model.verdict import Accepted, ClientProfile, Question, Reason, Rejected, ServerOffer, Verdict
from remediate.tls import decide
from remediate.tls.describe import describe

Answer = dict[str, Any]
_MEMBERS = frozenset({"id", "chain", "second_chain", "server", "trust", "host", "ip", "profile", "at"})
_NEEDED = ("chain", "trust", "host")


_WRONG = (ValueError, TypeError, AttributeError, OverflowError, RecursionError)
"""What decoding and converting a line raises."""


class Malformed(Exception):
    """A line that is no question, and why."""


class Defaults(NamedTuple):
    """What holds for a line that does not say otherwise."""

    profile: ClientProfile
    offer: ServerOffer
    at: datetime


def batch(lines: BinaryIO, output: Output, defaults: Defaults) -> int:
    """One answer per line, as they come; 5 where a line was malformed, and the others are answered."""
    code = Exit.OK
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            reply = _line(line, defaults)
        except (Malformed, *_WRONG) as error:
            reply, code = {"line": number, "error": f"line {number}: {_why(error)}"}, Exit.USAGE
        output.line(json.dumps(reply, ensure_ascii=True, sort_keys=True))
    return code


def _why(error: Exception) -> str:
    """In one line; of a value that does not fit, where it stands and what would."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
    return "nested too deep" if isinstance(error, RecursionError) else str(error)


def answer(verdict: Verdict, question: Question) -> Answer:
    """Members of `predict --json`: the first reason, all reasons, the path from leaf to anchor."""
    reasons = verdict.reasons if isinstance(verdict, Rejected) else ()
    return {
        **_first(verdict),
        "reasons": [_reason(r) for r in reasons],
        "path": [{"subject": subject, "sha256": sha256} for subject, sha256 in path(verdict, question)],
        "missing": list(verdict.missing) if verdict.verdict == "undetermined" else [],
    }


def path(verdict: Verdict, question: Question) -> tuple[tuple[str, str], ...]:
    """Subject and SHA-256 from leaf to anchor; empty where no path was found. A name that fails does not undo it."""
    if isinstance(verdict, Rejected) and all(r.kind == "name" for r in verdict.reasons):
        verdict = decide(question.model_copy(update={"profile": _nameless(question.profile)}))
    if not isinstance(verdict, Accepted):
        return ()
    known = {c.sha256: c for c in (*question.chain, *question.second_chain, *question.trust.entries)}
    return tuple((_subject(known.get(sha256)), sha256) for sha256 in verdict.path)


def _nameless(profile: ClientProfile) -> ClientProfile:
    return profile.model_copy(update={"properties": "signature"})


def address(host: str) -> str:
    """The host where it is an IP address, else the address of nowhere."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return "0.0.0.0"


def _line(line: bytes, defaults: Defaults) -> Answer:
    asked = json.loads(line.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_constant)
    if not isinstance(asked, Mapping):
        raise Malformed("not a JSON object")
    wrong = sorted(set(asked) - _MEMBERS) or [name for name in _NEEDED if asked.get(name) is None]
    if wrong:
        raise Malformed(f"unknown or missing member: {', '.join(map(str, wrong))}")
    question = _question({name: value for name, value in asked.items() if value is not None}, defaults)
    return {"id": asked.get("id"), **_first(decide(question))}


def _question(asked: Mapping[str, Any], defaults: Defaults) -> Question:
    server = asked.get("server", {})
    server = {**server, "tls": tuple(server["tls"])} if "tls" in server else server
    return Question(
        chain=_chain(asked["chain"]),
        second_chain=_chain(asked.get("second_chain", ())),
        offer=ServerOffer(**{**dict(defaults.offer), **server}),
        trust=TrustStore(pem=asked["trust"].encode()),
        profile=ClientProfile(**{**dict(defaults.profile), **asked.get("profile", {})}),
        host=asked["host"],
        ip=asked.get("ip") or address(asked["host"]),
        at=_moment(asked["at"]) if "at" in asked else defaults.at,
    )


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise Malformed("at: give time and zone, e.g. 2026-11-30T22:00:00Z")
    return at.astimezone(UTC)


def _chain(pems: Iterable[str]) -> Chain:
    return tuple(_certificate(pem) for pem in pems)


def _certificate(pem: str) -> EncodedCertificate:
    entries = TrustStore(pem=pem.encode()).entries
    if len(entries) != 1:
        raise Malformed("each member of a chain is one certificate as PEM")
    return entries[0]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a duplicate key")
    return found


def _constant(word: str) -> None:
    raise Malformed(f"{word} is no JSON")


def _first(verdict: Verdict) -> Answer:
    reason = verdict.reasons[0] if isinstance(verdict, Rejected) else None
    empty = {"kind": None, "number": None, "error": None, "depth": None, "log": None}
    return {"verdict": verdict.verdict, **(_reason(reason) if reason else empty)}


def _reason(reason: Reason) -> Answer:
    return {
        "kind": reason.kind,
        "number": reason.number,
        "error": reason.error,
        "depth": reason.depth,
        "log": reason.log or None,
    }


def _subject(certificate: EncodedCertificate | None) -> str:
    return describe(certificate.der).subject if certificate else ""
