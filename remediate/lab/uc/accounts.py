"""Who may use AXL, and the sessions that follow a login (DevNet, AXL Authentication)."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

from aiohttp import web

from remediate.lab.world import UcCluster, World

Role = Literal["write", "read", "none"]
COOKIE = "JSESSIONIDSSO"
IDLE_S = 1800.0
SUFFIXES: dict[str, Role] = {"": "write", "-readonly": "read", "-norole": "none"}


@dataclass(frozen=True)
class Login:
    """What authentication says: a role, or the status to answer with. `token` is a new session's."""

    role: Role | None
    status: HTTPStatus = HTTPStatus.OK
    token: str = ""


@dataclass
class Accounts:
    """Three application users per cluster, one password: `USER`, `USER-readonly` and `USER-norole`.

    A session cookie stands in for the password for 30 idle minutes of the lab's clock; then the
    answer is 404 and the client logs in anew.
    """

    world: World
    cluster: UcCluster
    _sessions: dict[str, tuple[Role, float]] = field(default_factory=dict)

    def login(self, request: web.BaseRequest) -> Login:
        """Authenticate one request by its Authorization header, else by its cookie."""
        given = request.headers.get("Authorization")
        if given is None:
            return self._resume(request.cookies.get(COOKIE))
        role = self._role(given)
        if role is None:
            return Login(None, HTTPStatus.UNAUTHORIZED)
        if role == "none":
            return Login(None, HTTPStatus.FORBIDDEN)
        token = secrets.token_hex(16).upper()
        self._sessions[token] = (role, self.world.now())
        return Login(role, token=token)

    def _resume(self, token: str | None) -> Login:
        if token is None:
            return Login(None, HTTPStatus.UNAUTHORIZED)
        role, used = self._sessions.get(token, ("none", 0.0))
        if role == "none" or self.world.now() - used > IDLE_S:
            self._sessions.pop(token, None)
            return Login(None, HTTPStatus.NOT_FOUND)
        self._sessions[token] = (role, self.world.now())
        return Login(role)

    def _role(self, authorization: str) -> Role | None:
        scheme, _, encoded = authorization.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        if not hmac.compare_digest(password.encode(), self.cluster.axl_password.encode()):
            return None
        names = {self.cluster.axl_user + suffix: role for suffix, role in SUFFIXES.items()}
        return names.get(user)
