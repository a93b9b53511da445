"""Certificate Management of UC nodes, read from the lab's: what nodes hold and trust."""

from __future__ import annotations

from contextlib import closing

import pytest

from remediate.model.reading import Known, Unknown
from tests.lab.contract.conftest import Lab


def test_what_a_node_holds_and_trusts(lab: Lab) -> None:
    """Own certificates by service, and both trust stores by their usual name."""
    reading = lab.certificates("cucm-pub")
    assert isinstance(reading.identities, Known)
    assert {service for service, _ in reading.identities.value} == {
        "tomcat", "tomcat-ECDSA", "CallManager", "CallManager-ECDSA",
    }  # fmt: skip
    assert isinstance(reading.trusts, Known)
    assert {store: len(held) for store, held in reading.trusts.value} == {"CallManager-trust": 2, "tomcat-trust": 2}


@pytest.mark.parametrize(("form", "words"), [("absent", "HTTP 404"), ("odd", "no list of identities")])
def test_f05e_another_form_is_not_read(lab: Lab, form: str, words: str) -> None:
    """A release without the API, or JSON of another shape: trust stores are an Unknown that says so, never an empty
    store; own certificates are then read on the command line, and where that is not pinned neither are known."""
    told = lab.certificates("cucm-pub").identities
    lab.switch("cucm", certificate_api=form)
    assert lab.certificates("cucm-pub").identities == told
    assert isinstance(lab.certificates("cucm-pub").trusts, Unknown)
    cluster, host = lab.node("cucm-pub")
    with closing(lab.readers.certificates(cluster, host.model_copy(update={"ssh_host_key": ""}))) as reader:
        reading = reader.read()
    assert isinstance(reading.identities, Unknown)
    assert words in reading.identities.why
    assert isinstance(reading.trusts, Unknown)
