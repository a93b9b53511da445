"""What should be: plays over clusters, never steps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from remediate.model.base import Moment, Value
from remediate.model.inventory import Inventory

RemedyName = Literal["upload-missing-ca", "change-system-server-name"]
LONGEST = timedelta(days=30)
"""A temporary workaround ends within this time; each time that it is extended, too."""


class Workaround(Value):
    """The complete words without which `VerifyOriginServer: Off` is not planned."""

    owner: str
    ticket: str
    reason: str
    expires: Moment
    remove_when: Literal["origins-verified"] = "origins-verified"

    def out_of_bounds(self, now: datetime) -> str:
        """Why nobody may switch to Off on these words now; empty when they hold."""
        left = self.expires - now
        if left <= timedelta(0):
            return "the workaround has ended already"
        return f"a workaround of {left.days} days; {LONGEST.days} at most" if left > LONGEST else ""


class Play(Value):
    """One declared state for some Expressway-C clusters.

    `origins="verified"`: every connection of every peer is good. `upgrade_ready`: it would be good
    after an upgrade to X14.2, whichever of its certificates an origin then serves.
    """

    name: str
    clusters: tuple[str, ...]
    tags: tuple[str, ...] = ()
    origins: Literal["verified"] | None = None
    upgrade_ready: bool = False
    verify_origin_server: Literal["On", "Off"] | None = None
    trusted_certificates: tuple[str, ...] = ()
    """Names of certificates that every peer must list."""
    remedies: tuple[RemedyName, ...] = ()
    """In order of preference."""
    chain: Literal["complete", "minimal"] = "complete"
    workaround: Workaround | None = None
    service_restarts: Literal["by-hand", "by-tool"] = "by-hand"
    """Who restarts UC services that a change of names owes."""
    restart: Literal["by-hand", "at-end", "never"] = "by-hand"
    """Who pays the restarts that are owed: somebody later, the end of this plan, or nobody."""


class DesiredState(Value):
    """An inventory and the plays on it. Without plays: judge only."""

    inventory: Inventory
    plays: tuple[Play, ...] = ()
    playbook_digest: str = ""
    """SHA-256 of the playbook file; empty without one."""
    during_upgrade: str = ""
    """Why a cluster whose peers run different releases may be written to at all; empty: it may not."""
