"""What goes over the wires, for who asks to see it (`-vvvv`): lines of a shell; of HTTPS the request and the status
alone, since bodies and headers hold more than anybody should read."""

from __future__ import annotations

import logging

LOGGER = logging.getLogger("remediate.wire")


def sent(host: str, what: bytes | str) -> None:
    """To a device, after the login; a login itself is never told."""
    _tell(host, ">", what)


def came(host: str, what: bytes | str) -> None:
    """From a device."""
    _tell(host, "<", what)


def _tell(host: str, way: str, what: bytes | str) -> None:
    if LOGGER.isEnabledFor(logging.DEBUG):
        text = what.decode("utf-8", "backslashreplace") if isinstance(what, bytes) else what
        for line in filter(None, text.splitlines()):
            LOGGER.debug("%s %s %s", host, way, line)
