"""AXL answers that are none: an error of ours that names the node, whatever comes."""

from __future__ import annotations

import ssl
from contextlib import closing, suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.drivers.cucm.wire import Axl
from remediate.errors import DeviceError, Refused
from tests.support.tiny_tls import server_context, serving
from tests.unit.drivers.test_http import OWN, host, session

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
FAULT = """<e:Envelope xmlns:e="{envelope}"><e:Body><e:Fault><faultcode>e:Client</faultcode>
<faultstring>no: s\u00e9cret &lt;b&gt;\x1b[2J</faultstring>
<detail><axlError><axlcode>5003</axlcode></axlError></detail></e:Fault></e:Body></e:Envelope>"""
ANSWER = f"""<e:Envelope xmlns:e="{ENVELOPE}"><e:Body><n:getCCMVersionResponse xmlns:n="{{namespace}}"><return>
<componentVersion><version>14.0.1</version></componentVersion></return></n:getCCMVersionResponse></e:Body></e:Envelope>"""
BAD = {
    "HTML": ("200 OK", "<html>login</html>"),
    "HTML error": ("500 Internal Server Error", "<html>s\u00e9cret</html>"),
    "fault": ("500 Internal Server Error", FAULT.format(envelope=ENVELOPE).replace("\x1b", "")),
    "escape codes": ("500 Internal Server Error", FAULT.format(envelope=ENVELOPE)),
    "SOAP 1.2": ("500 Internal Server Error", FAULT.format(envelope="http://www.w3.org/2003/05/soap-envelope")),
    "cut": ("200 OK", ANSWER[:100]),
    "empty": ("200 OK", ""),
    "entity": ("200 OK", f'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>{ANSWER}'),
    "no body": ("200 OK", f'<e:Envelope xmlns:e="{ENVELOPE}"/>'),
}


def asked(status: str, body: str | bytes) -> str:
    """The version that such an answer tells."""
    content = body.encode() if isinstance(body, str) else body

    def respond(connection: ssl.SSLSocket) -> None:
        data = connection.recv(65_536)
        while data and not data.rstrip().endswith(b"Envelope>"):
            data += connection.recv(65_536)
        head = f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\nContent-Length: {len(content)}\r\n\r\n"
        connection.sendall(head.encode() + content)

    with serving(server_context(OWN), respond) as port, closing(session(host(OWN), port)) as https:
        return Axl(host(OWN), https, "14.0").version()


@pytest.mark.parametrize("namespace", ["http://www.cisco.com/AXL/API/14.0", "http://www.cisco.com/AXL/API/12.5"])
def test_b136_answer(namespace: str) -> None:
    """The form that all others are damaged from; an answer in the namespace of another schema is read as well."""
    assert asked("200 OK", ANSWER.format(namespace=namespace)) == "14.0.1"


@pytest.mark.parametrize("what", BAD)
def test_b136_no_answer(what: str) -> None:
    """The node is named, and a password that the answer repeats is not."""
    with pytest.raises(DeviceError) as caught:
        asked(*BAD[what])
    assert str(caught.value).startswith("tiny: ")
    assert "s\u00e9cret" not in str(caught.value)
    assert isinstance(caught.value, Refused) or what != "fault"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, len(ANSWER) - 1), st.sampled_from([b"", b"<", b"&x;", b"\0", b"\xff", b"</return>", b"]]>"]))
def test_b136_damaged_anywhere(at: int, piece: bytes) -> None:
    """A version or an error of ours, never another exception."""
    good = ANSWER.format(namespace="http://www.cisco.com/AXL/API/14.0").encode()
    with suppress(DeviceError):
        assert asked("200 OK", good[:at] + piece + good[at + 1 :])
