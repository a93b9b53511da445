"""SSH: identity before authentication, one attempt, no waiting without end."""

from __future__ import annotations

import socket
import time
from contextlib import closing

import paramiko
import pytest

from remediate.drivers.credentials import Gate
from remediate.drivers.expressway import answers, wire
from remediate.drivers.expressway.session import FIRST, Session
from remediate.drivers.shell import Shell
from remediate.errors import AuthenticationFailed, DeviceError, DeviceTimeout, IdentityNotTrusted, UnexpectedReply
from remediate.model.inventory import Durations, Host
from remediate.model.observed import VERIFY_ORIGIN_SERVER
from remediate.model.reading import Known
from tests.support.tiny_inventory import Plain
from tests.support.tiny_ssh import PASSWORD, Say, TinySsh, answering, serving
from tests.support.tiny_tcp import Relay, listening

SYSTEM = '*s SystemUnit: /\r\n  Uptime: "2492"\r\n*s/end\r\nOK\r\n'
REPLIES = {
    "xStatus SystemUnit": SYSTEM,
    f"xConfiguration {VERIFY_ORIGIN_SERVER}": f'*c xConfiguration {VERIFY_ORIGIN_SERVER}: "On"\r\nOK\r\n',
}
QUICK = Durations(connect_timeout=1, command_timeout=1)
SETTING = wire.leaf(VERIFY_ORIGIN_SERVER)


def gate(password: str = PASSWORD) -> Gate:
    """A gate with one secret."""
    return Gate(lambda _: Plain(password))


def asked(host: Host, waits: Durations = QUICK) -> Known[str | None] | object:
    """The setting, by a session of its own."""
    with closing(Session(host, gate(), waits)) as session:
        return answers.setting_of(session.ask((SETTING,))[0], VERIFY_ORIGIN_SERVER)


def hold(connection: socket.socket) -> None:
    """Read and never answer."""
    while connection.recv(4096):
        pass


def test_password_login() -> None:
    """The plain way."""
    with serving(TinySsh(answering(REPLIES))) as tiny:
        assert asked(tiny.host()) == Known(value="On")
    assert tiny.attempts == [PASSWORD]


def test_keyboard_interactive_login() -> None:
    """Where only this method is offered, the password answers the prompt, once."""
    with serving(TinySsh(answering(REPLIES), methods=("keyboard-interactive",))) as tiny:
        assert asked(tiny.host()) == Known(value="On")
    assert tiny.attempts == [PASSWORD]


def test_f065_odd_prompt_gets_no_password() -> None:
    """The secret goes to a prompt for a password only."""
    tiny = TinySsh(answering(REPLIES), methods=("keyboard-interactive",), prompt="Your mother's name: ")
    with serving(tiny), pytest.raises(AuthenticationFailed, match="mother"):
        Shell.open(tiny.host(), gate(), QUICK)
    assert PASSWORD not in tiny.attempts


def test_wrong_password_is_tried_once() -> None:
    """One attempt, also where the server would take more and offers two methods."""
    tiny = TinySsh(answering(REPLIES), methods=("password", "keyboard-interactive"))
    with serving(tiny):
        refusing = gate("wrong")
        for expected in ("refused", "not tried"):
            with pytest.raises(AuthenticationFailed, match=expected):
                Shell.open(tiny.host(), refusing, QUICK)
    assert tiny.attempts == ["wrong"]


@pytest.mark.parametrize("pinned", ["", "ecdsa-sha2-nistp256 AAAA", "ssh-ed25519 AAAA"])
def test_host_key_that_is_not_pinned(pinned: str) -> None:
    """No password is sent; the key's fingerprint is in the message as OpenSSH prints it."""
    with serving(TinySsh(answering(REPLIES))) as tiny:
        shown = paramiko.ECDSAKey(data=tiny.key.public_data).fingerprint
        with pytest.raises(IdentityNotTrusted) as untrusted:
            Shell.open(tiny.host(ssh_host_key=pinned), gate(), QUICK)
    assert shown in str(untrusted.value)
    assert tiny.attempts == []


@pytest.mark.parametrize(
    "options",
    [{"kex_algs": ["diffie-hellman-group14-sha1"]}, {"encryption_algs": ["aes256-cbc"]}],
    ids=str,
)
def test_f062_weak_algorithms_only(options: dict[str, list[str]]) -> None:
    """A server that offers nothing acceptable is refused before authentication."""
    tiny = TinySsh(answering(REPLIES), options=options)
    with serving(tiny), pytest.raises(IdentityNotTrusted, match="algorithm"):
        Shell.open(tiny.host(), gate(), QUICK)
    assert tiny.attempts == []


def test_pinned_rsa_key_beside_another() -> None:
    """A pin of type ssh-rsa is asked for with SHA-2 signatures."""
    import asyncssh  # noqa: PLC0415

    tiny = TinySsh(answering(REPLIES), key=asyncssh.generate_private_key("ssh-rsa", key_size=2048))
    with serving(tiny):
        assert asked(tiny.host()) == Known(value="On")


def test_silence_after_connecting() -> None:
    """No greeting within the time for connecting is a timeout."""
    with listening(hold) as port:
        host = TinySsh(answering({})).host(ports=(("ssh", port),))
        with pytest.raises(DeviceTimeout):
            Shell.open(host, gate(), QUICK)


def test_nobody_listens() -> None:
    """A closed port is unreachable, with address and port."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    host = TinySsh(answering({})).host(ports=(("ssh", port),))
    with pytest.raises(DeviceError, match=f"cannot connect to 127.0.0.1:{port}"):
        Shell.open(host, gate(), QUICK)


def test_silence_after_login() -> None:
    """A device that vanishes after login costs a bounded time and gives no value."""
    with serving(TinySsh(lambda _data, _say: None)) as tiny, pytest.raises(DeviceTimeout):
        asked(tiny.host())


def test_one_byte_at_a_time() -> None:
    """Bytes that trickle do not extend the time for a command."""
    ends = time.monotonic() + 60

    def trickle(data: bytes, say: Say) -> None:
        if data and time.monotonic() < ends:
            say(b"." * 3)

    with serving(TinySsh(trickle)) as tiny, pytest.raises(DeviceTimeout):
        asked(tiny.host())


def test_flood() -> None:
    """An answer without end stops at the limit."""

    def flood(data: bytes, say: Say) -> None:
        if data:
            say(SYSTEM.encode())
            for _ in range(9):
                say(b"x" * 1_000_000)

    with serving(TinySsh(flood)) as tiny, pytest.raises((UnexpectedReply, DeviceTimeout)):
        asked(tiny.host(), Durations(connect_timeout=5, command_timeout=5))


def test_long_banner() -> None:
    """Ten thousand lines that look like prompts and verdicts are passed over."""
    banner = "admin> OK\r\nOK\r\n" * 5_000
    with serving(TinySsh(answering(REPLIES, banner))) as tiny:
        assert asked(tiny.host(), Durations(connect_timeout=5, command_timeout=10)) == Known(value="On")


def test_one_line_at_a_time() -> None:
    """A device that drops all but the first line of a write is asked in turn, on a second session."""
    talk = answering(REPLIES)

    def first_only(data: bytes, say: Say) -> None:
        talk(data.partition(b"\n")[0] + b"\n" if data else b"", say)

    waits = Durations(connect_timeout=5, command_timeout=5)
    with serving(TinySsh(first_only)) as tiny, closing(Session(tiny.host(), gate(), waits)) as session:
        replies = session.ask((FIRST, SETTING, SETTING))
        assert [reply.verdict for reply in replies] == ["OK"] * 3
        session.ask((SETTING, SETTING))
    assert tiny.sessions == 2


def changing(after_read: bytes, on_change: bytes) -> DeviceError | wire.Verdict:
    """What a session makes of a change where these words come behind a read, and in place of the change's reply."""
    talk = answering(REPLIES)

    def noisy(data: bytes, say: Say) -> None:
        if b": Off" in data:
            say(on_change)
            return
        talk(data, say)
        if b"SystemUnit" in data:
            say(after_read)

    with serving(TinySsh(noisy)) as tiny, closing(Session(tiny.host(), gate(), QUICK)) as session:
        session.ask((FIRST,))
        try:
            return session.tell(wire.assignment(VERIFY_ORIGIN_SERVER, "Off")).verdict
        except DeviceError as error:
            return error


def test_stale_words_before_a_change() -> None:
    """An OK that was lying about, or still on its way, is never the verdict on a change that was refused."""
    assert changing(b"OK\r\n", b"ERROR\r\n") != "OK"


@pytest.mark.parametrize("words", [b"OK\r\nERROR\r\n", b"ERROR\r\nOK\r\n", b"OK\r\n\r\nCommand not recognized.\r\n"])
def test_two_verdicts_on_a_change(words: bytes) -> None:
    """Which of them is the change's own nobody can tell: the outcome is not known, and both are shown."""
    outcome = changing(b"", words)
    assert isinstance(outcome, UnexpectedReply)
    assert "contradict" in str(outcome)
    assert "OK" in str(outcome)
    assert "not known" in str(outcome)


def test_same_verdict_twice_on_a_change() -> None:
    """Where all of them say the same there is nothing to doubt."""
    assert changing(b"OK\r\n", b"OK\r\n") == "OK"
    assert changing(b"", b"ERROR\r\nERROR\r\n") == "ERROR"


def turns() -> tuple[int, int]:
    """Turns of the line for the first reads of a session, and for those and the next."""
    with serving(TinySsh(answering(REPLIES))) as tiny:
        relay = Relay(tiny.port)
        with listening(relay.handle) as port, closing(Session(tiny.host(ports=(("ssh", port),)), gate(), QUICK)) as one:
            one.ask((FIRST, *[SETTING] * 11))
            first = relay.turns
            one.ask((SETTING, SETTING))
            return first, relay.turns


def test_round_trips() -> None:
    """All reads of a peer take no more turns than connecting, logging in and one write.

    A busy machine cuts a message in pieces, which only ever adds turns: the best of several counts.
    """
    first, then = min(turns() for _ in range(8))
    assert first <= 7
    assert then <= 8
