"""The REST pages of a peer: the trusted CA list, and `/status.xml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from lxml import etree

from remediate.drivers.expressway.answers import Leaves, leaves_of_xml
from remediate.drivers.http import Https, Page, refused
from remediate.errors import Refused, UnexpectedReply
from remediate.model.certificate import Chain, TrustStore
from remediate.model.inventory import Host
from remediate.model.reading import Known, Unknown

ROOTS = "/api/provisioning/certs/root"
STATUS = "/status.xml"
HTTPS_PORT = 443
NO_SUCH_PAGE = frozenset({404, 405})


@dataclass(frozen=True)
class Listed:
    """The answer of the trusted CA page, and the device's own time with it."""

    trust: Known[TrustStore] | Unknown
    by_api: Known[bool] | Unknown
    clock: datetime | None


def trusted(host: Host, https: Https) -> Listed:
    """The trusted CA list. Raises `DeviceError`; a release without the page is a reading, not an error."""
    page = https.get(ROOTS)
    clock = clock_of(page)
    if page.status in NO_SUCH_PAGE:
        hint = f"give a saved list, `collect --trust {host.name}=FILE`"
        why = f"{host.name} has no trusted CA API (HTTP {page.status}): {hint}"
        return Listed(Unknown(why=why), Known(value=False), clock)
    if page.status != 200:
        raise refused(host, page, f"GET {ROOTS}")
    return Listed(Known(value=_store(host, page)), Known(value=True), clock)


def _store(host: Host, page: Page) -> TrustStore:
    """PEM by its content: the device calls it `text/html`."""
    if b"-----BEGIN " not in page.body:
        raise UnexpectedReply(host.name, f"{ROOTS} is not a list of PEM certificates")
    if page.body.count(b"-----BEGIN ") != page.body.count(b"-----END "):
        raise UnexpectedReply(host.name, f"{ROOTS} breaks off in the middle of a certificate")
    return TrustStore(pem=page.body)


def clock_of(page: Page) -> datetime | None:
    """The `Date` of an answer (RFC 9110 §6.6.1), which is UTC whatever zone the device is set to."""
    try:
        return parsedate_to_datetime(page.headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return None


def status(host: Host, https: Https) -> tuple[Leaves, datetime | None]:
    """`/status.xml` and the device's time. Raises `DeviceError`."""
    page = https.get(STATUS)
    if page.status != 200:
        raise refused(host, page, f"GET {STATUS}")
    try:
        root = etree.fromstring(page.body, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise UnexpectedReply(host.name, f"{STATUS} is not XML: {error}") from error
    return leaves_of_xml(root), clock_of(page)


def upload(host: Host, https: Https, certificates: Chain) -> None:
    """Append these certificates in one request, as canonical PEM. Raises `Refused` when the device said no."""
    pem = b"".join(certificate.pem for certificate in certificates)
    page = https.post(ROOTS, files={"file": ("trusted.pem", pem, "application/x-pem-file")})
    if page.status >= 500:
        what = f"the upload was answered with HTTP {page.status}"
        raise UnexpectedReply(host.name, what, "whether it took effect is not known")
    if page.status not in {200, 201}:
        raise refused(host, page, "the upload")
    if b"Bad Request" in page.body or b"Error" in page.body:
        words = page.body[:300].decode("utf-8", "replace")
        raise Refused(host.name, f"the upload was answered with {words}")
