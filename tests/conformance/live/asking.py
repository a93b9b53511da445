"""One question put to a real traffic server and a real origin, and the answer in the form that is compared."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from remediate.model.certificate import Chain
from remediate.model.verdict import ClientProfile, Question
from remediate.tls import texts
from tests.conformance.corpus import Answer
from tests.conformance.live import origin
from tests.conformance.live.server import Reply, TrafficServer
from tests.support import keys

_PATH = re.compile(r"WARNING: Core server certificate .* Error=(?P<error>.*) server=.*\(.*\) depth=(?P<depth>\d+)")
_NAME = re.compile(r"WARNING: SNI \(.*\) not in certificate\. ")
_NUMBERS = {text: number for number, text in texts._OPENSSL_3.items()}


class Asked(NamedTuple):
    """A question, and the names of the keys with which its chains can be served."""

    question: Question
    keys: tuple[str, ...]


class Live:
    """An origin, and a traffic server for each cipher string that was asked for so far."""

    def __init__(self) -> None:
        self._servers: dict[tuple[str | None, bool], TrafficServer] = {}
        self._origin = origin.Origin()
        self._folder = Path(tempfile.mkdtemp(prefix="origin-"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers.values():
            server.close()
        self._origin.close()
        shutil.rmtree(self._folder)

    def measure(self, asked: Asked) -> Answer:
        """The traffic server's answer. Raises ssl.SSLError where no OpenSSL would serve these chains."""
        question = asked.question
        chains = [chain for chain in (question.chain, question.second_chain) if chain]
        files = [self._identity(n, *pair) for n, pair in enumerate(zip(asked.keys, chains, strict=True))]
        offer = question.offer
        preference = offer.cipher_preference == "server"
        self._origin.serves = origin.context(files, offer.tls, offer.ciphers, server_preference=preference)
        return answer(self._server(question.profile).ask(question, self._origin.port))

    def _identity(self, number: int, key: str, chain: Chain) -> Path:
        path = self._folder / f"{number}.pem"
        path.write_bytes(keys.pem(key) + origin.GROUP + b"".join(c.pem for c in chain))
        return path

    def _server(self, profile: ClientProfile) -> TrafficServer:
        wanted = (profile.cipher_suite, profile.tls13)
        if wanted not in self._servers:
            self._servers[wanted] = TrafficServer(profile)
        return self._servers[wanted]


def answer(reply: Reply) -> Answer:
    """What a status and its log lines say."""
    if reply.status == 200:
        return Answer("accept", log=reply.lines)
    if texts.TRUST_FILE_LOG in reply.lines:
        return Answer("reject", "trust_file")
    last = reply.lines[-1] if reply.lines else ""
    path = _PATH.fullmatch(last)
    if path:
        return Answer("reject", "chain", _NUMBERS.get(path["error"], -1), int(path["depth"]), reply.lines)
    return Answer("reject", "name" if _NAME.match(last) else "unlogged", log=reply.lines)
