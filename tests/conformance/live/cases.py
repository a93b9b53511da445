"""Differences that were found once, each as small as it got: `cases/<digest>.json`, in the corpus's form."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

from remediate.model.verdict import ClientProfile
from tests.conformance import corpus
from tests.conformance.corpus import Answer
from tests.conformance.live.agreement import Compared
from tests.conformance.live.asking import Asked

FOLDER = Path(__file__).parents[1] / "cases"


class Kept(NamedTuple):
    """A question and what the traffic server answered when it was kept."""

    identity: str
    asked: Asked
    measured: Answer


def kept() -> tuple[Kept, ...]:
    """Every case of the folder."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.json")))


def keep(found: Compared, why: str) -> Path:
    """Write a case; its name is the digest of the question."""
    question = found.asked.question
    content = {
        "why": why,
        "profile": question.profile.model_dump(),
        "keys": list(found.asked.keys),
        "server": {
            "chain": [c.pem.decode() for c in question.chain],
            "second_chain": [c.pem.decode() for c in question.second_chain],
            "tls": list(question.offer.tls),
            "ciphers": question.offer.ciphers,
            "cipher_preference": question.offer.cipher_preference,
            "requires_client_cert": question.offer.requires_client_certificate,
        },
        "trust_bundle": question.trust.pem.decode(),
        "connect": {"host": question.host, "ip": question.ip},
        "measured": found.measured._asdict(),
    }
    digest = hashlib.sha256(json.dumps({**content, "why": ""}, sort_keys=True).encode()).hexdigest()[:16]
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{digest}.json"
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return path


def _read(path: Path) -> Kept:
    content: Any = json.loads(path.read_text())
    client = ClientProfile.model_validate(content["profile"])
    measured = {**content["measured"], "log": tuple(content["measured"]["log"])}
    asked = Asked(corpus.question(content, client), tuple(content["keys"]))
    return Kept(path.stem, asked, Answer(**measured))
