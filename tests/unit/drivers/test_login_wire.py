"""A client's requests, and the configuration that names them."""

from __future__ import annotations

import pytest

from remediate.drivers.login.wire import Asked, NotConfiguration, configuration_path, origin_path, requests_for

BODY = b"""<?xml version="1.0"?>
<getEdgeConfigResponse version="1.0"><serviceConfig>
 <service><name>_cisco-uds</name>
  <server><priority>10</priority><port>8443</port><address>cucm.steven.lab</address></server></service>
 <service><name>_cuplogin</name><server><address>imp.steven.lab</address></server></service>
</serviceConfig></getEdgeConfigResponse>"""


def test_paths_of_the_seed() -> None:
    """The very segments of the seed's trace."""
    devices = Asked("cucm.steven.lab", 8443, "/cucm-uds/user/emusk/devices", "devices")
    expected = "/c3RldmVuLmxhYi9odHRwcy9jdWNtLnN0ZXZlbi5sYWIvODQ0Mw/cucm-uds/user/emusk/devices"
    assert origin_path("steven.lab", devices) == expected
    phone = Asked("cucm.steven.lab", 6972, "/CSFemusk.cnf.xml", "phone configuration")
    assert origin_path("steven.lab", phone) == "/c3RldmVuLmxhYi9odHRwcy9jdWNtLnN0ZXZlbi5sYWIvNjk3Mg/CSFemusk.cnf.xml"
    assert configuration_path("steven.lab").startswith("/c3RldmVuLmxhYg/get_edge_config?")


def test_requests() -> None:
    """Devices and phone configuration per CUCM node, then IM and Presence, then voicemail."""
    asked = [(a.origin, a.port, a.what) for a in requests_for(BODY, "emusk", ("cuc.steven.lab",))]
    assert asked == [
        ("cucm.steven.lab", 8443, "devices"),
        ("cucm.steven.lab", 6972, "phone configuration"),
        ("imp.steven.lab", 8443, "IM and Presence"),
        ("cuc.steven.lab", 8443, "voicemail"),
    ]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"<a/>", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a/>']
)
def test_no_configuration(body: bytes) -> None:
    """Anything else is said, not guessed at."""
    with pytest.raises(NotConfiguration):
        requests_for(body, "emusk", ())
