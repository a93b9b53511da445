"""Entries of UC servers, in every form that a release may give them."""

from __future__ import annotations

import json
import ssl
from contextlib import closing

import pytest

from remediate.drivers.credentials import Gate
from remediate.drivers.expressway.uc_servers import uc_servers
from remediate.drivers.http import Https
from remediate.model.inventory import Credentials, Durations, Host, Role, SecretRef
from remediate.model.reading import Known, Unknown
from remediate.model.uc_server import UcServer, UcServers
from tests.support.tiny_inventory import Plain
from tests.support.tiny_tls import identity, server_context, serving

OWN = identity()
CUCM = "/api/provisioning/controller/server/cucm"
NESTED = """#%RAML 0.8
/controller:
  /server:
    /cucm:
      get:
    /impserver:
      get:
    /ucxn/address/{address}:
      get:
    /ucxn:
      get:
/common:
  /mra:
    get:
"""


def told(pages: dict[str, str]) -> UcServers:
    """What is read of a peer that answers these pages, and 404 to every other."""

    def talk(connection: ssl.SSLSocket) -> None:
        data = b""
        while not data.endswith(b"\r\n\r\n"):
            data += connection.recv(65_536)
        body = pages.get(data.split()[1].decode())
        status = "200 OK" if body is not None else "404 Not Found"
        text = (body if body is not None else "{}").encode()
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + text)

    account = Credentials(username="admin", password=SecretRef(source="env", name="X"))
    with serving(server_context(OWN), talk) as port:
        device = Host(
            name="tiny",
            address="127.0.0.1",
            fqdn="tiny.example.test",
            role=Role.EXPRESSWAY_C,
            cluster="c",
            credentials=account,
            tls_certificates=(OWN.encoded,),
        )
        waits = Durations(connect_timeout=2, command_timeout=2)
        with closing(Https(device, Gate(lambda _: Plain("secret")), waits, port)) as https:
            return uc_servers(device, https)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ([], ()),
        ([{"Publisher": "a.test", "CertValidationDisabled": "On"}], (("a.test", "Off", ""),)),
        ({"Publisher": "a.test", "CertValidationDisabled": False, "Status": "Active"}, (("a.test", "On", "Active"),)),
        ({"records": [{"address": " a.test ", "tls_verify_mode": "OFF"}], "count": 1}, (("a.test", "Off", ""),)),
        ({"1": {"HostName": "a.test"}, "2": {"HostName": "b.test"}}, (("a.test", "", ""), ("b.test", "", ""))),
        ([{"Publisher": "a.test", "TLSVerifyMode": "sometimes"}], (("a.test", "", ""),)),
    ],
    ids=str,
)
def test_forms(body: object, expected: tuple[tuple[str, str, str], ...]) -> None:
    """A list, one object, objects by number, words of another release: the same entries; what is not said is empty."""
    page = dict(told({CUCM: json.dumps(body)}))["cucm"]
    assert isinstance(page, Known)
    assert tuple((s.address, s.tls_verify, s.status) for s in page.value) == expected


@pytest.mark.parametrize("body", ["not JSON", "[{'a': 1}]", '[{"Colour": "red"}]', "[" * 5000, '"text"'])
def test_other_answers(body: str) -> None:
    """What is no list of servers is unknown or empty, never an entry and never a traceback."""
    page = dict(told({CUCM: body}))["cucm"]
    assert isinstance(page, Unknown) or page.value == ()


def test_pages_by_raml() -> None:
    """The peer's RAML tells where the entries of IM and Presence and Unity Connection lie; there they are read."""
    base = "/api/provisioning/controller/server"
    pages = {"/api/raml": NESTED, f"{base}/impserver": '[{"Address": "imp"}]', f"{base}/ucxn": '{"Address": "cuc"}'}
    found = dict(told(pages))
    assert found["im-and-presence"] == Known(value=(UcServer(kind="im-and-presence", address="imp"),))
    assert found["unity-connection"] == Known(value=(UcServer(kind="unity-connection", address="cuc"),))
    assert isinstance(found["cucm"], Unknown)
    assert "HTTP 404" in found["cucm"].why


def test_account_is_not_kept() -> None:
    """An entry that holds its account leaves nothing of it in the reading."""
    body = [{"Publisher": "a.test", "AxlUsername": "somebody", "AxlPassword": "s3cret"}]
    kept = " ".join(str(page) for _, page in told({CUCM: json.dumps(body)}))
    assert "a.test" in kept
    assert "s3cret" not in kept
    assert "somebody" not in kept
