"""How a peer stands after a restart, compared with how it stood before: each condition is one word or not there."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from remediate.model.base import Moment, Value
from remediate.model.observed import PeerReading
from remediate.model.reading import Known, Unknown

MAINTENANCE = "SystemUnit Maintenance Mode"
RESTARTED = "restarted"
VERSION = "same version"
DATABASE = "cluster database Active"
ALARMS = "no new alarm"
ZONES = "zones as before"
MODE = "maintenance mode Off"
STANDS = (VERSION, DATABASE, ZONES)
"""What must hold before a restart already; the alarm that asks for it may be new."""
SOUND = (RESTARTED, *STANDS, ALARMS, MODE)
"""What must hold after it."""
BENIGN_ALARMS = frozenset({"40049"})
"""Cluster TLS verification is permissive (AG14-CL): no sign of trouble."""
_JITTER = timedelta(seconds=2)
"""A start is the device's clock less its uptime in whole seconds."""


class Health(Value):
    """The conditions of one peer, against what stood before: its start, release, alarms and zones."""

    kind: Literal["health"] = "health"
    host: str
    since: Moment
    version: str
    alarms: tuple[str, ...]
    zones: tuple[str, ...]


def health_of(peer: PeerReading, field: Health) -> Known[tuple[str, ...]] | Unknown:
    """The conditions that hold, in the order of `SOUND`. Unknown when one of them cannot be read."""
    readings = (peer.product, peer.view, peer.alarms, peer.zones, peer.setting(MAINTENANCE))
    unread = next((reading for reading in readings if isinstance(reading, Unknown)), None)
    if unread is not None:
        return unread
    return Known(value=tuple(word for word in SOUND if _holds(word, peer, field)))


def _holds(word: str, peer: PeerReading, field: Health) -> bool:
    product, view, alarms, zones = peer.product, peer.view, peer.alarms, peer.zones
    mode = peer.setting(MAINTENANCE)
    assert isinstance(product, Known)
    assert isinstance(view, Known)
    assert isinstance(alarms, Known)
    assert isinstance(zones, Known)
    assert isinstance(mode, Known)
    return {
        RESTARTED: product.value.started_at > field.since + _JITTER,
        VERSION: product.value.version == field.version,
        DATABASE: (view.value.database or "Active").casefold() == "active",
        ALARMS: set(alarms.value) <= {*field.alarms, *BENIGN_ALARMS},
        ZONES: set(field.zones) <= set(zones.value),
        MODE: (mode.value or "Off").casefold() == "off",
    }[word]
