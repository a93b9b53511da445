"""AXL and UDS on a pinned HTTPS session: requests out, rows in."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import zeep
import zeep.exceptions
import zeep.wsdl
from lxml import etree

from remediate.drivers.http import BUSY, Https, Page, refused
from remediate.errors import AuthenticationFailed, DeviceError, Refused, UnexpectedReply, UnsupportedVersion
from remediate.model.inventory import Host

PATH = "/axl/"
UDS = "/cucm-uds"
SCHEMAS = ("15.0", "14.0", "12.5", "12.0", "11.5", "11.0", "10.5", "10.0")
"""Schema versions that exist (AXL Developer Guide); a release answers its own major and two before."""
USUAL = ("14.0", "12.5", "11.5")
READS = ("get", "list")
"""How operations begin that change nothing."""
EVERY_NODE = "EnterpriseWideData"
"""A row of every database that is no node (TAC 211393)."""
MISSHAPEN = (zeep.exceptions.Error, etree.XMLSyntaxError, LookupError, TypeError, AttributeError, ValueError)
"""What zeep raises on answers that are not what the WSDL says, and what taking them apart raises."""
T = TypeVar("T")
SETTINGS = zeep.Settings(strict=False, forbid_entities=True, forbid_external=True)
BINDING = "{http://www.cisco.com/AXL/API/VERSION}AxlBinding"


@dataclass(frozen=True)
class Row:
    """One row of *System > Server*."""

    uuid: str
    name: str
    usage: str
    role: str


@dataclass(frozen=True)
class _Answer:
    """An HTTP answer in the shape that zeep reads."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    encoding: str = "utf-8"


class _Transport:
    """What zeep needs of a transport: one POST, on our session. Statuses that zeep would hide are raised."""

    def __init__(self, host: Host, https: Https) -> None:
        self._host, self._https = host, https

    def post_xml(self, _address: str, envelope: etree._Element, headers: Mapping[str, str]) -> _Answer:
        """Send an envelope to the AXL path of this host."""
        body = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
        sent: dict[str, Any] = {"data": body, "headers": dict(headers) | {"Accept": "text/xml"}}
        changes = not _operation(envelope).startswith(READS)
        page = (
            self._https.request("POST", PATH, **sent) if changes else self._https.patiently("POST", PATH, BUSY, **sent)
        )
        if page.status not in {200, 500} or page.looks_like_html:
            raise _status_error(self._host, page)
        return _Answer(page.status, {"Content-Type": page.headers.get("content-type", "text/xml")}, page.body)


@lru_cache(maxsize=8)
def _document(version: str) -> Any:
    """What may be asked in a schema version: parsed once for all publishers, since it costs more than an answer."""
    text = (Path(__file__).parent / "axl.wsdl").read_text(encoding="utf-8").replace("VERSION", version)
    nothing: Any = None  # it is read from memory
    return zeep.wsdl.Document(io.BytesIO(text.encode()), nothing, settings=SETTINGS)


def _operation(envelope: etree._Element) -> str:
    """The name of the first element in the body."""
    body = next((part for part in envelope if etree.QName(part).localname == "Body"), envelope)
    return next((etree.QName(part).localname for part in body), "")


def _status_error(host: Host, page: Page) -> DeviceError:
    known = {
        403: "the account has no AXL role: give it `Standard AXL API Access`",
        404: "there is no AXL here: see that Cisco AXL Web Service runs on the publisher",
    }
    if page.status in BUSY:
        hint = "AXL is busy or starting; wait and try again"
        return UnexpectedReply(host.name, f"AXL answered HTTP {page.status}", hint)
    if page.status in known:
        return Refused(host.name, f"AXL answered HTTP {page.status}", known[page.status])
    return UnexpectedReply(host.name, f"AXL answered HTTP {page.status} with something other than SOAP")


class Axl:
    """One AXL session in one schema version."""

    def __init__(self, host: Host, https: Https, version: str) -> None:
        self._host, self._version = host, ""
        make: Any = zeep.Client
        client = make(_document(version), transport=_Transport(host, https), settings=SETTINGS)
        self._service = client.create_service(BINDING.replace("VERSION", version), https.base + PATH)

    def version(self) -> str:
        """Product version of the publisher, asked once."""
        if not self._version:
            self._version = self._call("getCCMVersion", lambda a: str(a["return"]["componentVersion"]["version"]))
        return self._version

    def rows(self) -> tuple[Row, ...]:
        """All rows of *System > Server* that are nodes."""
        tags = {"name": "", "nodeUsage": "", "processNodeRole": ""}
        rows = self._call("listProcessNode", _rows, searchCriteria={"name": "%"}, returnedTags=tags)
        return tuple(row for row in rows if row.name != EVERY_NODE)

    def rename(self, uuid: str, name: str) -> None:
        """Change a name, by UUID. Raises `Refused` when AXL said no; to an account that may only read it
        says so with 401 (AXL Authentication)."""
        try:
            answer = self._call("updateProcessNode", lambda a: str(a["return"]), uuid=uuid, newName=name)
        except AuthenticationFailed as error:
            hint = "give it `Standard AXL API Access`"
            raise Refused(self._host.name, "AXL answered 401 to the change: the account may only read", hint) from error
        if answer.strip().casefold() == "false":
            raise Refused(self._host.name, "AXL answered false to updateProcessNode")

    def select(self, sql: str) -> tuple[dict[str, str], ...]:
        """Rows of a query, thin AXL, each as its columns by name in lower case."""
        return self._call("executeSQLQuery", _selected, sql=sql)

    def rename_by_sql(self, uuid: str, name: str) -> None:
        """Thin AXL past AXL's own rules: only where the operator allowed it. Raises `Refused` unless it is one row."""
        key, text = uuid.strip("{}").lower(), name.replace("'", "''")
        sql = f"update processnode set name='{text}' where pkid='{key}'"  # noqa: S608 - both are ours, quotes doubled
        rows = self._call(
            "executeSQLUpdate", lambda a: str((a["return"] or {})["rowsUpdated"]) if a["return"] else "", sql=sql
        )
        if rows != "1":
            raise Refused(self._host.name, f"executeSQLUpdate changed {rows or 'no'} rows, not 1")

    def _call(self, operation: str, taken: Callable[[Any], T], **arguments: Any) -> T:
        """What is taken of the answer; raises `UnexpectedReply` where it is not there to be taken."""
        try:
            return taken(self._service[operation](**arguments))
        except zeep.exceptions.Fault as fault:
            raise _refusal(self._host, operation, fault) from fault
        except MISSHAPEN as error:
            what = f"AXL {operation}: not the SOAP answer it should be: {type(error).__name__}: {str(error)[:200]}"
            raise UnexpectedReply(self._host.name, what) from error


def _rows(answer: Any) -> tuple[Row, ...]:
    found = (answer["return"] or {})["processNode"] or [] if answer["return"] else []
    return tuple(Row(str(r["uuid"]), str(r["name"]), str(r["nodeUsage"]), str(r["processNodeRole"])) for r in found)


def _selected(answer: Any) -> tuple[dict[str, str], ...]:
    rows = (answer["return"] or {})["row"] or [] if answer["return"] else []
    return tuple({etree.QName(e).localname.casefold(): (e.text or "").strip() for e in _cells(row)} for row in rows)


def _cells(row: Any) -> list[etree._Element]:
    """Columns that no schema names: zeep keeps them as elements."""
    held = row["_value_1"] if row is not None else []
    return [cell for cell in held or [] if isinstance(cell, etree._Element)]  # noqa: SLF001 - lxml's class is nameless


def _refusal(host: Host, operation: str, fault: zeep.exceptions.Fault) -> DeviceError:
    if not isinstance(fault.detail, etree._Element):  # noqa: SLF001 - lxml gives its class no public name
        return UnexpectedReply(host.name, f"AXL {operation}: a fault without detail: {str(fault.message)[:200]}")
    code = next((e.text for e in fault.detail.iter() if etree.QName(e).localname.casefold() == "axlcode"), "")
    words = f"AXL {operation} was refused: {str(fault.message)[:300]}" + (f" (axlcode {code})" if code else "")
    return UnsupportedVersion(host.name, words) if "not supported" in str(fault.message) else Refused(host.name, words)


def uds_version(host: Host, https: Https) -> str:
    """Product version by UDS, which wants no password. Raises `DeviceError`."""
    found = _uds(host, https, "/version").findtext("version")
    if not found:
        raise UnexpectedReply(host.name, "UDS does not say its version")
    return found.strip()


def uds_servers(host: Host, https: Https) -> tuple[str, ...]:
    """Names of the CUCM servers by UDS: those of *System > Server*. Raises `DeviceError`."""
    return tuple((server.text or "").strip() for server in _uds(host, https, "/servers").iter("server"))


def _uds(host: Host, https: Https, page: str) -> etree._Element:
    answer = https.get(UDS + page, login=False)
    if answer.status != 200:
        raise refused(host, answer, f"GET {UDS}{page}")
    try:
        return etree.fromstring(answer.body, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise UnexpectedReply(host.name, f"{UDS}{page} is not XML: {error}") from error


def schemas_for(product: str) -> tuple[str, ...]:
    """Schema versions to try on a product version, best first; the usual ones when it is not known."""
    own = ".".join(product.split(".")[:2])
    major = own.split(".")[0]
    if own in SCHEMAS:
        return (own,)
    of_major = tuple(version for version in SCHEMAS if version.split(".")[0] == major)
    return of_major or USUAL
