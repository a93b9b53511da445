"""The pages of UC server entries: CUCM's is known from third-party code, those of the other two from nowhere."""

from __future__ import annotations

from typing import Literal

from aiohttp import web

from remediate.lab.expressway.desk import Desk, said
from remediate.lab.expressway.refresh import served

PAGE = "/controller/server/"


def there(desk: Desk, path: str) -> bool:
    """Whether this release has the page, by its path."""
    pages = desk.life.cluster.switches.uc_server_pages
    return PAGE not in path or pages == "all" or (pages == "cucm" and path.endswith(f"{PAGE}cucm"))


async def cucm(desk: Desk, request: web.Request) -> web.StreamResponse:
    """The Unified CM servers."""
    return _entries(desk, request, "cucm")


async def im_and_presence(desk: Desk, request: web.Request) -> web.StreamResponse:
    """The IM and Presence Service nodes."""
    return _entries(desk, request, "imp")


async def unity_connection(desk: Desk, request: web.Request) -> web.StreamResponse:
    """The Unity Connection servers."""
    return _entries(desk, request, "cuc")


def _entries(desk: Desk, request: web.Request, kind: Literal["cucm", "imp", "cuc"]) -> web.StreamResponse:
    """An entry keeps the address as it was typed: the publisher's FQDN."""
    if not there(desk, request.path):
        return said("Not Found", 404)
    world, cluster, _ = desk.view
    found = [
        {
            "Publisher" if kind == "cucm" else "Address": uc.nodes[0].fqdn,
            "AxlUsername" if kind != "cuc" else "Username": uc.axl_user,
            "CertValidationDisabled": "Off" if cluster.switches.tls_verify_mode == "On" else "On",
            "Status": "Active" if uc.nodes[0].alive else "Failed",
        }
        for uc in served(world, cluster)
        if uc.kind == kind
    ]
    one = cluster.switches.uc_server_json == "object" and len(found) == 1
    return web.json_response(found[0] if one else found)
