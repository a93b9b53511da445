"""Diagnostic logging over REST (RN1425: from X12.6.3). Every step of it is known from third-party code only, so each
documented spelling is taken: the state under either key, `PUT`, or `POST` where the device answers 405."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

from remediate.drivers.http import Https, Page, refused
from remediate.errors import Refused, UnexpectedReply
from remediate.model.fact import FieldReading
from remediate.model.inventory import Host
from remediate.model.reading import Known, Unknown

LOGS = "/api/provisioning/common/diagnosticlogging"
READY = "ready to download"
KEYS = ("DownLoadStatus", "DownloadStatus", "Status")
ABSENT = 404
TOO_OLD = "this release has no diagnostic logging over REST; it is expected from X12.6.3"
Mode = Literal["start", "stop", "collect", "download"]


def state(host: Host, https: Https) -> FieldReading:
    """`running` or `stopped`; Unknown where the device does not say. Raises `DeviceError`."""
    page = https.get(LOGS)
    if page.status == ABSENT:
        return Unknown(why=f"{host.name}: {TOO_OLD}")
    if page.status != 200:
        raise refused(host, page, f"GET {LOGS}")
    told = _told(host, page)
    mode = str(told.get("Mode", "")).casefold()
    words = " ".join(str(told[key]) for key in KEYS if key in told).casefold()
    if mode == "start" or "in progress" in words:
        return Known(value="running")
    if mode == "stop" or words:
        return Known(value="stopped")
    return Unknown(why=f"{host.name} does not say whether diagnostic logging runs")


def ready(host: Host, https: Https) -> bool:
    """Whether this peer's archive can be downloaded. Raises `DeviceError`."""
    page = https.get(LOGS)
    if page.status != 200:
        raise refused(host, page, f"GET {LOGS}")
    told = _told(host, page)
    return any(READY in str(told.get(key, "")).casefold() for key in KEYS)


def change(host: Host, https: Https, mode: Mode, *, packets: bool = False) -> None:
    """Start, stop or collect. Raises `Refused` with the device's words."""
    body = {"Mode": mode} | ({"TCPDump": "on" if packets else "off"} if mode == "start" else {})
    page = https.request("PUT", LOGS, json=body)
    if page.status == 405:
        page = https.request("POST", LOGS, json=body)
    if page.status == ABSENT:
        raise Refused(host.name, TOO_OLD)
    if page.status >= 500:
        what = f"{mode} of diagnostic logging was answered with HTTP {page.status}"
        raise UnexpectedReply(host.name, what, "whether it took effect is not known")
    if page.status not in {200, 201, 202, 204}:
        raise refused(host, page, f"{mode} of diagnostic logging")


def download(host: Host, https: Https, take: Callable[[bytes], object], seconds: int) -> None:
    """The archive of this peer, piece by piece. Raises `DeviceError`; what was taken before it is not whole."""
    body = {"Mode": "download"}
    status = https.stream("PUT", LOGS, take, seconds, json=body)
    if status == 405:
        status = https.stream("POST", LOGS, take, seconds, json=body)
    if status != 200:
        raise Refused(host.name, f"the download was answered with HTTP {status}")


def _told(host: Host, page: Page) -> dict[str, Any]:
    try:
        found = json.loads(page.body)
    except ValueError as error:
        raise UnexpectedReply(host.name, f"{LOGS} is not JSON") from error
    if not isinstance(found, dict):
        raise UnexpectedReply(host.name, f"{LOGS} is not a JSON object")
    return found
