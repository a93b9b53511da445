"""The words of two versions of OpenSSL."""

from __future__ import annotations

import pytest

from remediate.tls import texts


@pytest.mark.parametrize(
    ("number", "old", "new"),
    [
        (18, "self signed certificate", "self-signed certificate"),
        (19, "self signed certificate in certificate chain", "self-signed certificate in certificate chain"),
        (20, "unable to get local issuer certificate", "unable to get local issuer certificate"),
        (26, "unsupported certificate purpose", "unsuitable certificate purpose"),
        (79, "invalid CA certificate", "invalid CA certificate"),
        (9999, "error number 9999", "error number 9999"),
    ],
)
def test_error_text(number: int, old: str, new: str) -> None:
    """Each version has its own text."""
    assert (texts.error_text("1.1.1", number), texts.error_text("3", number)) == (old, new)


def test_numbers() -> None:
    """One number moved between the versions."""
    assert (texts.number_in("1.1.1", 79), texts.number_in("3", 79)) == (24, 79)


def test_connection_line() -> None:
    """The ERROR line of OpenSSL 1.1.1 is the one in the field."""
    assert texts.connection_line("1.1.1", "cucm").endswith(
        "error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed"
    )
