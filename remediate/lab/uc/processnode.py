"""The table behind System > Server: one row per node of a CUCM cluster, and EnterpriseWideData.

Columns and texts: TN215013; enumerations 0 publisher, 1 subscriber; role 1 CUCM, 2 IM and Presence.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from remediate.lab.uc.services import renamed
from remediate.lab.world import UcCluster, UcNode, World

ENTERPRISE_WIDE = "EnterpriseWideData"
ENTERPRISE_WIDE_PKID = "00000000-1111-0000-0000-000000000000"
MAX_NAME = 255


class Refusal(Exception):
    """The database says no: an axlcode and its words."""

    def __init__(self, code: int, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


def plain(uuid: str) -> str:
    """A UUID as SQL stores it: lower case, no braces; AXL accepts and shows `{UPPER}` too."""
    return uuid.strip("{}").lower()


@dataclass(frozen=True)
class Row:
    """One row as SQL shows it: text, `t` and `f` for booleans."""

    pkid: str
    name: str
    description: str
    nodeid: int
    subscriber: bool
    imp: bool
    sso: bool = False

    @property
    def columns(self) -> dict[str, str]:
        """All columns of `processnode` in 10.5.2's order."""
        return {
            "pkid": self.pkid,
            "name": self.name,
            "mac": "",
            "systemnode": "t" if self.name == ENTERPRISE_WIDE else "f",
            "description": self.description,
            "isactive": "t",
            "nodeid": str(self.nodeid),
            "tknodeusage": "1" if self.subscriber else "0",
            "ipv6name": "",
            "fklbmhubgroup": "",
            "tkprocessnoderole": "2" if self.imp else "1",
            "tkssomode": "1" if self.sso else "0",
        }


@dataclass
class ProcessNodes:
    """The table of one CUCM cluster, read from and written to the world's nodes."""

    world: World
    cluster: UcCluster
    descriptions: dict[str, str] = field(default_factory=dict)

    def members(self) -> list[UcNode]:
        """This cluster's nodes, then those of the IM and Presence clusters that belong to it."""
        return [*self.cluster.nodes, *(node for cluster in self._presence() for node in cluster.nodes)]

    def rows(self, on: UcNode | None = None) -> list[Row]:
        """Every row as the publisher has it, or as the node `on` does, EnterpriseWideData first."""
        lag_s = 0.0 if on is None or on.publisher else self.cluster.switches.replication_lag_s
        first = Row(ENTERPRISE_WIDE_PKID, ENTERPRISE_WIDE, "", 1, subscriber=False, imp=False)
        return [first, *(self._row(number, node, lag_s) for number, node in enumerate(self.members(), 2))]

    def find(self, *, name: str | None = None, pkid: str | None = None) -> UcNode | None:
        """The node with that name, case-insensitively, or that UUID in either spelling."""
        wanted = plain(pkid) if pkid is not None else None
        for node in self.members():
            if (wanted is not None and plain(node.pkid) == wanted) or (
                wanted is None and name is not None and node.db_name.lower() == name.lower()
            ):
                return node
        return None

    def rename(self, node: UcNode, name: str) -> None:
        """Write the name clients see. Raises Refusal for an empty, overlong or taken name."""
        if not name or len(name) > MAX_NAME:
            raise Refusal(-1, f"The specified name has an invalid length: {len(name)}")
        taken = {row.name.lower(): row.pkid for row in self.rows()}
        if taken.get(name.lower(), plain(node.pkid)) != plain(node.pkid):
            raise Refusal(-239, "Could not insert new row - duplicate value in a UNIQUE INDEX column.")
        renamed(self.world, self.world.uc_of(node), node, name)

    def _row(self, number: int, node: UcNode, lag_s: float) -> Row:
        return Row(
            plain(node.pkid),
            node.name_seen(self.world.now(), lag_s),
            self.descriptions.get(node.key, ""),
            number,
            subscriber=not node.publisher,
            imp=node.role == "imp",
            sso=self.cluster.switches.sso,
        )

    def _presence(self) -> list[UcCluster]:
        """IM and Presence clusters served beside this one, each counted to the first CUCM cluster only."""
        found: list[UcCluster] = []
        by_name = {cluster.name: cluster for cluster in self.world.ucs}
        for expressway in self.world.expressways:
            served = [by_name[name] for name in expressway.serves if name in by_name]
            first = next((cluster for cluster in served if cluster.kind == "cucm"), None)
            if first is self.cluster:
                found += [cluster for cluster in served if cluster.kind == "imp" and cluster not in found]
        return found
