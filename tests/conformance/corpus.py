"""The measured verdicts of a real traffic server, and the same questions put to `decide`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from remediate.model.certificate import Chain, EncodedCertificate, TrustStore
from remediate.model.verdict import Accepted, ClientProfile, Question, Rejected, ServerOffer
from remediate.tls import decide

CORPUS = Path(__file__).with_name("traffic_server.json")
AT = datetime(2026, 6, 1, tzinfo=UTC)
"""Any moment in 2020–2049 does but for scenarios about dates, which are far from it."""

NOT_PROMISED = frozenset({"tls", "unlogged"})
"""Origins that finish no handshake: nothing that a certificate or a trust file says decides there."""

_NO_TLS_1_3 = "proxy.config.ssl.client.TLSv1_3"


class Answer(NamedTuple):
    """What is compared."""

    verdict: str
    kind: str | None = None
    number: int | None = None
    depth: int | None = None
    log: tuple[str, ...] = ()


class Case(NamedTuple):
    """One question and the traffic server's answer to it."""

    identity: str
    question: Question
    measured: Answer

    @property
    def promised(self) -> bool:
        """Whether agreement is promised; the client certificate that an origin wants is not in a question."""
        return self.measured.kind not in NOT_PROMISED and not self.question.offer.requires_client_certificate


@cache
def corpus() -> Any:
    """The recorded file."""
    return json.loads(CORPUS.read_text())


def chain(pems: list[str]) -> Chain:
    """Certificates in the order in which they were served."""
    return tuple(e for pem in pems for e in TrustStore(pem=pem.encode()).entries)


def profile(name: str, openssl: Literal["1.1.1", "3"] = "3") -> ClientProfile:
    """One of the recorded client profiles."""
    recorded = corpus()["profiles"][name]
    tls13 = recorded["records"].get(_NO_TLS_1_3) != "0"
    return ClientProfile(cipher_suite=recorded["cipher_suite"], tls13=tls13, openssl=openssl)


def question(scenario: Any, client: ClientProfile) -> Question:
    """The question of a scenario, byte for byte."""
    server = scenario["server"]
    return Question(
        chain=chain(server["chain"]),
        second_chain=chain(server.get("second_chain", [])),
        offer=ServerOffer(
            tls=tuple(server["tls"]),
            ciphers=server["ciphers"],
            cipher_preference=server["cipher_preference"],
            requires_client_certificate=server["requires_client_cert"],
        ),
        trust=TrustStore(pem=scenario["trust_bundle"].encode()),
        profile=client,
        host=scenario["connect"]["host"],
        ip=scenario["connect"]["ip"],
        at=AT,
    )


def cases() -> Iterator[Case]:
    """Every scenario with every profile that it was measured with."""
    for scenario in corpus()["scenarios"]:
        for name, measured in scenario["traffic_server"].items():
            yield Case(f"{scenario['id']}-{name}", question(scenario, profile(name)), _measured(measured))


def replayed_cases() -> Iterator[Case]:
    """The verification callback on OpenSSL 1.1.1n, at the level of the string believed to be Expressway's."""
    for scenario in corpus()["scenarios"]:
        if "openssl_1_1_1" in scenario:
            asked = question(scenario, profile("expressway", "1.1.1"))
            replayed = scenario["openssl_1_1_1"]
            log = replayed.get("log") or []
            yield Case(scenario["id"], asked, _measured({**replayed, "log": [log] if log else []}))


def policy_cases() -> Iterator[Case]:
    """Every policy with every set of properties. Logs are compared in full."""
    scenarios = {s["id"]: s for s in corpus()["scenarios"]}
    for identity, outcomes in corpus()["policy_matrix"].items():
        for key, measured in outcomes.items():
            policy, properties = key.lower().split("/")
            client = profile("default").model_copy(update={"policy": policy, "properties": properties})
            asked = question(scenarios[identity], client)
            yield Case(f"{identity}-{key}", asked, Answer(measured["verdict"], log=tuple(measured["log"])))


def _measured(recorded: Any) -> Answer:
    kind = recorded.get("kind")
    log = () if kind == "trust_file" else tuple(recorded.get("log", ()))
    return Answer(recorded["verdict"], kind, recorded.get("num"), recorded.get("depth"), log)


def predicted(asked: Question) -> Answer:
    """What `decide` answers, in the form that is compared."""
    verdict = decide(asked)
    if not isinstance(verdict, Rejected):
        return Answer(verdict.verdict, log=verdict.logs if isinstance(verdict, Accepted) else ())
    first = verdict.reasons[0]
    log = (first.log,) if first.log and first.kind != "trust_file" else ()
    return Answer("reject", first.kind, first.number, first.depth, log)


def certificates() -> tuple[EncodedCertificate, ...]:
    """Every served certificate of the corpus, once."""
    served = (s["server"]["chain"] + s["server"].get("second_chain", []) for s in corpus()["scenarios"])
    return tuple(dict.fromkeys(c for pems in served for c in chain(pems)))
