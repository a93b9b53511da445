"""What the traffic server makes of each call of the verification callback (ATS `SSLClientUtils.cc`).

DISABLED asks nothing. ENFORCED stops at the first objection. PERMISSIVE writes each down and goes on.
Properties say which objections are its own: of the path (SIGNATURE), of the name (NAME), both, or
none; an error above the leaf that is not its own is left to OpenSSL, which ends the handshake silently.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from remediate.model.verdict import ClientProfile, Question, Reason
from remediate.tls import texts
from remediate.tls.names import ip_literal
from remediate.tls.replay import Event

_CONSEQUENCES = {21: {2, 18, 19, 20}}
"""Errors that go away with another: 21 only says that nothing could be verified after it."""
_SHA1_TOO_WEAK = 68
_SHA1_STRONG_ENOUGH_UP_TO = 1


class Outcome(NamedTuple):
    """How a handshake ends under a policy."""

    accepted: bool
    logs: tuple[str, ...]


class Observer(NamedTuple):
    """One client looking at one server: what it checks, and the words that it writes."""

    question: Question
    level: int
    name_holds: bool

    @property
    def profile(self) -> ClientProfile:
        """How the client is set."""
        return self.question.profile

    @property
    def checks_path(self) -> bool:
        """Whether errors of the path are its own matter."""
        return self.profile.properties in {"all", "signature"}

    @property
    def checks_name(self) -> bool:
        """Whether it compares the name."""
        return self.profile.properties in {"all", "name"}

    def objections(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """The events as this client's OpenSSL would have them.

        OpenSSL 1.1.1 counts a SHA-1 signature as 80 bits, 3 as 63 (OpenSSL `crypto/x509/x509_set.c`).
        """
        lenient = self.profile.openssl == "1.1.1" and self.level <= _SHA1_STRONG_ENOUGH_UP_TO
        return tuple(e for e in events if not (lenient and e.number == _SHA1_TOO_WEAK and _is_sha1(e)))

    def outcome(self, events: Iterable[Event]) -> Outcome:
        """Play the callback of the traffic server through."""
        enforced = self.profile.policy == "enforced"
        logs: list[str] = []
        for event in events:
            line = self._line(event, "Terminate" if enforced else "Continue")
            if line:
                logs.append(line)
            if (line and enforced) or self._left_to_openssl(event):
                return Outcome(False, tuple(logs))
        return Outcome(True, tuple(logs))

    def reasons(self, events: Iterable[Event]) -> tuple[Reason, ...]:
        """Everything that this client objects to, in the order in which it would meet it."""
        found: dict[tuple[int, int], Reason] = {}
        for event in events:
            if event.number and (self.checks_path or self._left_to_openssl(event)):
                follows = {number for number, depth in found if depth == event.depth}
                if not follows & _CONSEQUENCES.get(event.number, set()):
                    found.setdefault((event.number, event.depth), self._path_reason(event))
        name = (self._name_reason(),) if self.checks_name and not self.name_holds else ()
        return (*found.values(), *name)

    def _line(self, event: Event, action: str) -> str:
        if event.number and self.checks_path:
            return self._path_line(event, action)
        if event.depth == 0 and self.checks_name and not self.name_holds:
            return self._name_line(action)
        return ""

    def _left_to_openssl(self, event: Event) -> bool:
        return bool(event.number) and not self.checks_path and event.depth > 0

    def _path_reason(self, event: Event) -> Reason:
        version = self.profile.openssl
        return Reason(
            kind="chain",
            number=texts.number_in(version, event.number),
            error=texts.error_text(version, event.number),
            depth=event.depth,
            log=self._path_line(event, "Terminate") if self.checks_path else "",
            certificate=event.certificate,
        )

    def _name_reason(self) -> Reason:
        return Reason(kind="name", error=texts.NAME_ERROR, log=self._name_line("Terminate"))

    def _path_line(self, event: Event, action: str) -> str:
        error = texts.error_text(self.profile.openssl, event.number)
        return texts.path_line(self._name, action, error, self._server, event.depth)

    def _name_line(self, action: str) -> str:
        return texts.name_line(self._name, action, self._server)

    @property
    def _name(self) -> str:
        return ip_literal(self.question.host) or self.question.host

    @property
    def _server(self) -> str:
        return f"{self.question.host}({self.question.ip})"


def _is_sha1(event: Event) -> bool:
    return b"sha1" in event.signed_with.lower()
