"""The AXL endpoint of a CUCM node: authentication, versions, dispatch, faults (DevNet, AXL Developer Guide)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web

from remediate.lab.uc import soap
from remediate.lab.uc.accounts import COOKIE, Accounts, Login
from remediate.lab.uc.operations import OPERATIONS, Entry
from remediate.lab.uc.processnode import ProcessNodes, Refusal
from remediate.lab.world import UcNode, World

SCHEMAS = ("10.0", "10.5", "11.0", "11.5", "12.0", "12.5", "14.0", "15.0")
MAJORS = ("10", "11", "12", "14", "15")
OLDEST = "1.0"
TOO_LARGE = "Maximum AXL Memory Allocation Consumed. Please retry once requests in progress have completed"
_STARTING = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
_ACTION = re.compile(r"CUCM:DB ver=(?P<version>\d+\.\d+)(?:\s+(?P<operation>\w+))?")
XML = "text/xml"


def supported(version: str) -> list[str]:
    """Schema versions that a release answers, oldest first: its major and the two before, up to its own."""
    major, minor = version.split(".")[:2]
    index = MAJORS.index(major)
    keep = MAJORS[max(0, index - 2) : index + 1]
    return [one for one in SCHEMAS if one.split(".")[0] in keep and _pair(one) <= (int(major), int(minor))]


def _pair(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


@dataclass
class Axl:
    """One cluster's AXL, reached through any of its nodes; its table and sessions are the cluster's."""

    table: ProcessNodes
    operations: Mapping[str, Entry] = field(default_factory=lambda: OPERATIONS)
    accounts: Accounts = field(init=False)

    def __post_init__(self) -> None:
        self.accounts = Accounts(self.table.world, self.table.cluster)

    async def answer(self, node: UcNode, request: web.BaseRequest) -> web.StreamResponse:
        """Answer `/axl/`: GET is the status page, POST an operation."""
        if status := self._restarting():
            return _page(status)
        login = self.accounts.login(request)
        if login.role is None:
            return _page(login.status)
        if request.method == "GET":
            return _with_session(
                web.Response(text=_html("The AXL Web Service is working"), content_type="text/html"), login
            )
        if request.method != "POST":
            return _page(HTTPStatus.METHOD_NOT_ALLOWED)
        return await self._operate(node, request, login)

    async def _operate(self, node: UcNode, request: web.BaseRequest, login: Login) -> web.StreamResponse:
        body = await request.read()
        try:
            call = self._versioned(soap.read(body), request.headers.get("SOAPAction"))
        except soap.NotSoap as error:
            return _fault(soap.fault(-1, str(error), "unknown"))
        entry = self.operations.get(call.operation)
        if entry is None:
            return _fault(soap.fault(-1, f"The lab's AXL has no operation {call.operation}", call.operation))
        if entry.writes and login.role != "write":
            self._record(node, request, call, body, "401 read-only")
            return _page(HTTPStatus.UNAUTHORIZED)
        if entry.writes and self._throttled(node):
            self._record(node, request, call, body, "503 throttled")
            return _page(HTTPStatus.SERVICE_UNAVAILABLE)
        return _with_session(self._run(node, request, call, entry), login)

    def _restarting(self) -> HTTPStatus | None:
        """For so many requests as the switch says, what stands before AXL answers while it restarts."""
        switches = self.table.cluster.switches
        left, switches.axl_restart_window = switches.axl_restart_window, max(0, switches.axl_restart_window - 1)
        return _STARTING[left % len(_STARTING)] if left else None

    def _limit(self, entry: Entry) -> None:
        """A read may ask for more memory than AXL has (AXL Developer Guide)."""
        if entry.reads_much and self.table.cluster.switches.read_limit:
            raise Refusal(-1, TOO_LARGE)

    def _throttled(self, node: UcNode) -> bool:
        """By a failpoint, or for as many writes as the switch says (AXL Developer Guide: 503, wait, try again)."""
        switches = self.table.cluster.switches
        left, switches.write_throttle = switches.write_throttle, max(0, switches.write_throttle - 1)
        return left > 0 or self._world.trips("axl-throttle", node.key)

    def _run(self, node: UcNode, request: web.BaseRequest, call: soap.Call, entry: Entry) -> web.Response:
        envelope, result = soap.response(call)
        body = soap.serialise(call.element)
        try:
            self._limit(entry)
            entry.run(self.table, call, result)
        except Refusal as refusal:
            if entry.writes:
                self._record(node, request, call, body, f"fault {refusal.code}")
            qualified = None if entry.thin else call.version
            return _fault(soap.fault(refusal.code, refusal.message, call.operation, qualified))
        if entry.writes:
            self._record(node, request, call, body, "ok")
            if self._world.trips("axl-lost-reply", node.key) and request.transport is not None:
                request.transport.abort()
        return web.Response(body=soap.serialise(envelope), content_type=XML, charset="utf-8")

    def _versioned(self, call: soap.Call, action: str | None) -> soap.Call:
        """The call with a version that this release answers. Raises NotSoap where none fits."""
        known = supported(self.table.cluster.version)
        given = (action or "").strip().strip('"')
        if not given and call.version == OLDEST:
            return soap.Call(call.operation, known[0], call.element)
        if call.version not in known:
            raise soap.NotSoap(f"AXL version {call.version} is not supported; supported: {', '.join(known)}")
        parts = _ACTION.fullmatch(given)
        if given and (parts is None or parts["version"] != call.version):
            raise soap.NotSoap(f"SOAPAction {given!r} does not agree with namespace version {call.version}")
        return call

    @property
    def _world(self) -> World:
        return self.table.world

    def _record(self, node: UcNode, request: web.BaseRequest, call: soap.Call, body: bytes, result: str) -> None:
        peer = request.transport.get_extra_info("peername") if request.transport is not None else None
        connection = f"{peer[0]}:{peer[1]}" if peer else "gone"
        values = " ".join(f"{soap.local(item)}={(item.text or '').strip()}" for item in call.element)
        self._world.record(
            host=node.key,
            connection=connection,
            verb=f"axl {call.operation}",
            payload=body,
            text=values,
            result=result,
        )


def _html(text: str) -> str:
    return f"<html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>"


def _page(status: HTTPStatus) -> web.Response:
    headers = {"WWW-Authenticate": 'Basic realm="CUCM"'} if status == HTTPStatus.UNAUTHORIZED else {}
    text = _html(f"HTTP Status {status.value} – {status.phrase}")
    return web.Response(status=status, text=text, content_type="text/html", headers=headers)


def _fault(body: bytes) -> web.Response:
    return web.Response(status=500, body=body, content_type=XML, charset="utf-8")


def _with_session(response: web.Response, login: Login) -> web.Response:
    if login.token:
        response.set_cookie(COOKIE, login.token, path="/", secure=True, httponly=True)
    return response
