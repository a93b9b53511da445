"""What a log tells about refusals."""

from __future__ import annotations

import re
import textwrap
from datetime import UTC, datetime
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.evidence.failures import Failure, Tally
from remediate.evidence.log import LogReader
from remediate.evidence.refusal import Refusal
from tests.support.log_lines import EXCERPTS, Attempt, later, log

NOW = datetime(2026, 12, 1, tzinfo=UTC)
PROSE = b"""
When you see WARNING: Core server certificate verification failed for

(<server-FQDN-or-IP>). Action=Terminate Error=self signed certificate
server=cucm.steven.lab(10.48.36.215) depth=x then update the trusted CA list. When you see
WARNING: SNI (<server-FQDN-or-IP>) not in certificate, the name is not in it.
"""


def refusals(data: bytes, size: int = 1 << 20) -> list[Refusal]:
    """Of one log, fed in blocks."""
    blocks = (data[at : at + size] for at in range(0, len(data), size))
    return list(LogReader(NOW).read(blocks))


def failures(*logs: bytes) -> tuple[Failure, ...]:
    """Of several logs."""
    tally = Tally()
    for refusal in chain.from_iterable(map(refusals, logs)):
        tally.add(refusal)
    return tally.failures()


def excerpt(name: str) -> bytes:
    """One of the seed's."""
    return (EXCERPTS / f"{name}.txt").read_bytes()


def test_seed_untrusted_ca() -> None:
    """The seed's first excerpt, broken lines and all: origin, port, user, reason, depth."""
    (failure,) = failures(excerpt("untrusted-ca"))
    assert (failure.asked, failure.address, failure.ports) == ("cucm.steven.lab", "10.48.36.215", (6972,))
    assert (failure.kind, failure.error, failure.depth) == ("chain", "self signed certificate", 0)
    assert (failure.cause, failure.mends) == ("self-signed", ("sign-by-trusted-ca", "upload-self-signed"))
    assert (failure.users, failure.devices, failure.services) == (("emusk",), ("CSFemusk",), ("TFTP configuration",))
    assert failure.first == failure.last == datetime(2022, 7, 11, 16, 55, 26, 16000, tzinfo=UTC)
    assert failure.peers == ("vcsc",)
    assert failure.warning is not None
    assert failure.warning.text == (
        "2022-07-11T18:55:26.016+02:00 vcsc traffic_server[18242]: [ET_NET 0] WARNING: Core server certificate"
        " verification failed for (cucm.steven.lab). Action=Terminate Error=self signed certificate"
        " server=cucm.steven.lab(10.48.36.215) depth=0"
    )
    assert failure.error_line is not None
    assert failure.error_line.text == (
        "2022-07-11T18:55:26.016+02:00 vcsc traffic_server[18242]: [ET_NET 0] ERROR: SSL connection failed for"
        " 'cucm.steven.lab': error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed"
    )


def test_seed_server_by_ip() -> None:
    """The seed's second excerpt: the name asked for is an address, decoded from the base64 form of a DEBUG record."""
    (failure,) = failures(excerpt("server-by-ip"))
    assert (failure.asked, failure.address, failure.ports) == ("10.48.36.215", "10.48.36.215", (8443,))
    assert (failure.kind, failure.depth, failure.users, failure.services) == ("name", None, ("emusk",), ("UDS",))
    assert (failure.cause, failure.mends) == ("address-as-name", ("change-system-server", "reissue-with-name"))
    (refusal, _) = refusals(excerpt("server-by-ip"))
    assert (refusal.request.host, refusal.request.number) == ("10.48.36.215", "144")


def test_prose_about_the_lines_is_no_refusal() -> None:
    """A page that explains the lines around the excerpts adds nothing."""
    assert refusals(PROSE) == []
    assert len(failures(PROSE + excerpt("untrusted-ca") + PROSE + excerpt("server-by-ip") + PROSE)) == 2


@pytest.mark.parametrize(
    "spacing",
    [" [ET_NET 0] WARNING: ", "[ET_NET 1]WARNING:", ": [ET_NET 12]  WARNING : ", " WARNING: ", "[ET_NET]WARNING:"],
)
def test_spacing(spacing: str) -> None:
    """Spacing around the thread differs by release; some leave the thread out."""
    (failure,) = failures(log(Attempt(spacing=spacing).story()))
    assert (failure.ports, failure.attempts) == ((6972,), 1)


@pytest.mark.parametrize("width", [60, 76, 100])
@pytest.mark.parametrize("mark", ["", "> ", "> > "])
def test_wrapped_by_a_mail(width: int, mark: str) -> None:
    """A mail breaks lines at spaces and quotes them: the same rows, and lines told as one."""
    stories = (
        Attempt(host="c.x").story(),
        Attempt(number=2, host="d.x", port=8443, path="/a b").story(Attempt(host="d.x").name()),
    )
    whole = log(*stories).decode()
    wrapped = "\n".join(
        mark + part
        for line in whole.splitlines()
        for part in textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
    )
    assert [f.model_dump(exclude={"warning", "error_line"}) for f in failures(wrapped.encode())] == [
        f.model_dump(exclude={"warning", "error_line"}) for f in failures(whole.encode())
    ]
    (first, *_) = failures(wrapped.encode())
    assert first.warning is not None
    assert first.warning.text in whole


def test_repeats_are_one_row() -> None:
    """Four attempts of each of three requests: one row that counts both, with first and last."""
    stories = [a.story(*[a.chain()] * 4) for a in later(Attempt(), 3)]
    (failure,) = failures(log(*stories))
    assert (failure.attempts, failure.requests) == (12, 3)
    assert (failure.first, failure.last) == (Attempt().at, list(later(Attempt(), 3))[-1].at)


def test_b080_latest_lines_out_of_order() -> None:
    """The latest line is the one with the latest time, wherever it stands."""
    early, late = later(Attempt(), 2)
    (failure,) = failures(log(late.story(), early.story()))
    assert failure.warning is not None
    assert failure.warning.text == late.chain()
    assert (failure.first, failure.last) == (early.at, late.at)


def test_other_direction() -> None:
    """`alert unknown ca`: the UC server refuses Expressway's certificate; no WARNING precedes it (TAC 225746)."""
    attempt = Attempt(spacing="[ET_NET 1]WARNING:")
    error = "error:14094418: SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca"
    (failure,) = failures(log(attempt.story(attempt.failed(error))))
    assert (failure.kind, failure.error, failure.ports) == ("refused-by-server", "tlsv1 alert unknown ca", (6972,))
    assert (failure.mends, failure.users) == (("add-expressway-ca-to-uc",), ("alice",))


def test_both_directions_are_two_rows() -> None:
    """What one WARNING explains is not mixed with an alert of the same server."""
    one, two = later(Attempt(), 2)
    alert = two.failed("error:14094418:SSL routines:ssl3_read_bytes:tlsv1 alert unknown ca")
    assert {f.kind for f in failures(log(one.story(), two.story(alert)))} == {"chain", "refused-by-server"}


def test_error_without_its_warning() -> None:
    """The ERROR alone says that something failed, and the row says what is missing."""
    (failure,) = failures(log(Attempt().story(Attempt().failed())))
    assert (failure.cause, failure.mends) == ("reason-not-in-log", ("collect-warning",))


@pytest.mark.parametrize(
    ("error", "depth", "cause"),
    [
        ("self signed certificate", 0, "self-signed"),
        ("self-signed certificate", 0, "self-signed"),
        ("self signed certificate", 1, "root-not-trusted"),
        ("self-signed certificate in certificate chain", 2, "root-not-trusted"),
        ("unable to get local issuer certificate", 0, "issuer-unknown"),
        ("unable to get local issuer certificate", 1, "issuer-unknown"),
        ("unable to verify the first certificate", 0, "issuer-unknown"),
        ("certificate has expired", 0, "out-of-date"),
        ("certificate is not yet valid", 1, "out-of-date"),
        ("unsupported certificate purpose", 0, "chain-otherwise"),
        ("invalid non-CA certificate (has CA markings)", 1, "chain-otherwise"),
    ],
)
def test_cause(error: str, depth: int, cause: str) -> None:
    """By the text, in the words of both OpenSSLs; depth 0 alone does not make a certificate self-signed."""
    (failure,) = failures(log(Attempt().story(Attempt().chain(error, depth))))
    assert (failure.cause, failure.error, failure.depth) == (cause, error, depth)


def test_permissive_is_told_apart() -> None:
    """`Action=Continue` ended nothing."""
    (failure,) = failures(log(Attempt().story(Attempt().chain(action="Continue"))))
    assert not failure.terminated


def test_trusted_ca_list_damaged() -> None:
    """No session at all: the list itself is broken."""
    line = f"{Attempt().head} [ET_NET 0] ERROR: failed to create SSL client session"
    (failure,) = failures(log(Attempt().story(line)))
    assert (failure.kind, failure.mends, failure.ports) == ("trust-file", ("repair-trusted-ca-list",), (6972,))


def test_two_ports_open_at_once() -> None:
    """Of two requests on their way to one address, the one that is answered 502 is the refused one."""
    tftp, uds = Attempt(), Attempt(number=2, port=8443, path="/cucm-uds/user/alice/devices")
    lines = [
        tftp.received(),
        tftp.sending(),
        uds.received(),
        uds.sending(),
        tftp.chain(),
        tftp.replied(),
        uds.replied("200 "),
    ]
    (failure,) = failures(log(lines))
    assert failure.ports == (6972,)


def test_two_ports_and_nothing_decides() -> None:
    """A log that ends before the answers leaves the port open, and says so."""
    tftp, uds = Attempt(), Attempt(number=2, port=8443, path="/cucm-uds/user/alice/devices")
    (failure,) = failures(log([tftp.received(), tftp.sending(), uds.received(), uds.sending(), tftp.chain()]))
    assert set(failure.ports) == {6972, 8443}


def test_answered_request_is_not_the_refused_one() -> None:
    """The nearest request to that address had its 200 before: the refusal is the other's."""
    tftp, uds = Attempt(), Attempt(number=2, port=8443, path="/cucm-uds/user/alice/devices")
    lines = [tftp.received(), tftp.sending(), uds.received(), uds.sending(), uds.replied("200 "), tftp.chain()]
    (failure,) = failures(log(lines))
    assert failure.ports == (6972,)


def test_another_process_is_another_story() -> None:
    """Transaction numbers begin again with each process: only its own lines are joined."""
    before = Attempt(pid=1, port=8443, path="/cucm-uds/user/bob/devices", user="bob")
    (failure,) = failures(log([before.received(), before.allowed(), before.sending()], Attempt().story()))
    assert (failure.ports, failure.users) == ((6972,), ("alice",))


def test_line_without_its_request() -> None:
    """What was cut off before the WARNING is unknown, not guessed."""
    (failure,) = failures(log([Attempt().chain()]))
    assert (failure.ports, failure.users, failure.services, failure.attempts) == ((), (), (), 1)


def test_bare_lines() -> None:
    """The two lines as a mail hands them on, without time or host."""
    bare = re.sub(rb".*?(?=WARNING)", b"", log([Attempt().chain()]))
    (failure,) = failures(bare)
    assert (failure.peers, failure.first, failure.asked) == ((), None, Attempt().host)


def test_copies_without_a_head() -> None:
    """The traffic server's own log beside Expressway's holds every refusal once more: nothing is counted twice."""
    told = log(Attempt().story())
    own = b"[Nov 30 22:00:00.000] [ET_NET 0] " + re.sub(
        rb".*?(?=WARNING)", b"", log([Attempt().chain("self-signed certificate")])
    )
    assert failures(told, own) == failures(told)
    assert len(failures(own)) == 1


def test_fifty_nodes() -> None:
    """Fifty peers with one failure in common, and one of another kind: two rows, the rarer one not lost."""
    logs = [log(*(a.story() for a in later(Attempt(peer=f"exp-c-{n:02}", pid=1000 + n), 4))) for n in range(50)]
    odd = Attempt(peer="exp-c-17", pid=1017, number=90, host="10.0.0.11")
    logs[17] += log(odd.story(odd.name(), odd.failed()))
    common, rare = failures(*logs)
    assert (len(common.peers), common.requests, common.attempts) == (50, 200, 200)
    assert (rare.peers, rare.kind, rare.requests) == (("exp-c-17",), "name", 1)


@settings(deadline=None)
@given(size=st.integers(min_value=1, max_value=400_000), noise=st.integers(min_value=0, max_value=200_000))
def test_blocks_do_not_matter(size: int, noise: int) -> None:
    """However a log is cut into blocks, the same refusals."""
    filler = b"2026-11-30T22:00:00.000+00:00 exp-c-1 tvcs: nothing of note\n" * (noise // 60)
    data = filler + log(Attempt().story()) + filler + log(Attempt(number=2).story()) + filler
    assert refusals(data, max(size, len(data) // 50)) == refusals(data, len(data))
