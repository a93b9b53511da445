"""Change an entry under CUCM *System > Server* to the node's own FQDN (TAC 211393)."""

from __future__ import annotations

from typing import Literal

from remediate.actions.base import Owed, Risk, Stated, Undo
from remediate.actions.restart_service import AFTER_RENAME
from remediate.model.base import Value
from remediate.model.fact import Fact, ListedNames, ServerName
from remediate.model.observed import ObservedState, ProcessNode, UcReading
from remediate.model.reading import Known
from remediate.model.uc_node import NodeReading


class ServedCertificate(Value):
    """The certificate that one handshake met: SHA-256 of the leaf."""

    address: str
    port: int
    kind: Literal["rsa", "ecdsa"]
    sha256: str


UPDATE_CTL = "utils ctl update CTLFile"


class RenameSystemServer(Value):
    """Written once, on the publisher, by UUID: the key survives the change."""

    kind: Literal["rename-system-server"] = "rename-system-server"
    cluster: str
    host: str
    """The publisher."""
    node: str
    """The UC server that the entry stands for."""
    uuid: str
    old: str
    new: str
    serves: tuple[str, ...]
    """Expressway-C clusters that learn the name at *Refresh servers* only."""
    nodes: tuple[str, ...] = ()
    """CUCM nodes that must list the new name to clients (UDS); none for an entry of IM and Presence."""
    restarts: tuple[str, ...] = ()
    """CUCM nodes on which Cisco Tftp, then Cisco CallManager is owed: those of the last name of a plan."""
    phones: int | None = None
    """Registered in the cluster when the plan was made; None: not counted."""
    sql: bool = False
    """Thin AXL may write it where the thick call is accepted and has no effect (the operator's word)."""
    mixed_mode: bool = False
    """Phones then trust by the CTL, which has to be updated where a certificate was regenerated."""
    served: tuple[ServedCertificate, ...] = ()
    """What the node shows on its ports before: whether a rename regenerates certificates, the vendor says both."""

    @property
    def risk(self) -> Risk:
        """Phones register again; MRA stands still until the refresh."""
        return Risk.RENAME

    @property
    def title(self) -> str:
        """One line for people."""
        return f"change System > Server of {self.node} from {self.old} to {self.new} on {self.host}"

    @property
    def cautions(self) -> tuple[str, ...]:
        """What to bear in mind (TAC 211393, MRA126, Admin-12.5)."""
        own = (
            "the IM and Presence node restarts, and presence is interrupted: one node at a time (Admin-14)",
            f"afterwards: System > Application Server shows {self.new}; new SP metadata where SSO is on",
        )
        mixed = f"mixed mode: where one changed, {UPDATE_CTL} on {self.host}, then reset the phones"
        return (
            f"until Refresh servers on {', '.join(self.serves)} is done nobody logs in over MRA through this name",
            f"{'phones' if self.phones is None else f'{self.phones} phones'} register again when Cisco CallManager "
            "restarts, and keep the name that they learned",
            "the vendor's texts disagree whether certificates are regenerated: the run compares fingerprints and stops "
            "where one changed; then CA-signed ones have to be signed again",
            *((mixed,) if self.mixed_mode else ()),
            *(() if self.nodes else own),
        )

    def effect(self, observed: ObservedState) -> ObservedState:
        """The new name in the publisher's database. Expressway-C does not know it yet."""
        nodes = tuple(self._listed(n) for n in observed.nodes)
        return observed.model_copy(update={"uc": tuple(self._in(u) for u in observed.uc), "nodes": nodes})

    def _listed(self, node: NodeReading) -> NodeReading:
        if node.host not in self.nodes or not isinstance(node.listed, Known):
            return node
        names = tuple(self.new if name.casefold() == self.old.casefold() else name for name in node.listed.value)
        return node.model_copy(update={"listed": Known(value=names)})

    def _in(self, uc: UcReading) -> UcReading:
        if uc.cluster != self.cluster or not isinstance(uc.process_nodes, Known):
            return uc
        nodes = tuple(self._renamed(n) for n in uc.process_nodes.value)
        return uc.model_copy(update={"process_nodes": Known(value=nodes)})

    def _renamed(self, node: ProcessNode) -> ProcessNode:
        return node.model_copy(update={"name": self.new}) if node.uuid == self.uuid else node

    def stated(self, observed: ObservedState) -> Stated | None:  # noqa: ARG002 - one signature for all actions
        """Expect the old name on the publisher; confirm the new one there, and that every node tells it to clients."""
        field = ServerName(host=self.host, cluster=self.cluster, uuid=self.uuid)
        before = Fact(field=field, relation="is", value=self.old)
        told = (Fact(field=ListedNames(host=node), relation="holds", value=(self.new,)) for node in self.nodes)
        return Stated(expect=before, confirm=(Fact(field=field, relation="is", value=self.new), *told))

    def undo(self, observed: ObservedState) -> Undo:  # noqa: ARG002
        """The name goes back; what endpoints learned, and certificates regenerated by it, do not: a CA-signed one
        needs a new CSR and upload, and a DRS backup from before is no way back (Change-12.5)."""
        clicks = f"{self.host}: Cisco Unified CM Administration > System > Server: {self.new} back to {self.old}"
        left = "not taken back: what endpoints learned, and certificates if they were regenerated"
        return Undo(kind="exact", how=f"{clicks}; Refresh servers on {', '.join(self.serves)}; {left}")

    def inverse(self, observed: ObservedState) -> RenameSystemServer:  # noqa: ARG002
        """The same change, the other way."""
        return self.model_copy(update={"old": self.new, "new": self.old})

    @property
    def owes(self) -> tuple[Owed, ...]:
        """Refresh on every Expressway-C cluster; Cisco Tftp on all nodes, then Cisco CallManager on all nodes."""
        refresh = tuple(Owed(kind="refresh-servers", cluster=c, host="", names=(self.new,)) for c in self.serves)
        services = tuple(
            Owed(kind="restart-service", cluster=self.cluster, host=host, what=service)
            for service in AFTER_RENAME
            for host in self.restarts
        )
        return refresh + services

    @property
    def owed_if_regenerated(self) -> tuple[Owed, ...]:
        """What is owed besides where the change of name regenerated certificates (Admin-12.5)."""
        ctl = Owed(kind="update-ctl", cluster=self.cluster, host=self.host, what=UPDATE_CTL)
        return (ctl,) if self.mixed_mode else ()

    @property
    def by_hand(self) -> str:
        """The same without AXL."""
        return f"{self.host}: Cisco Unified CM Administration > System > Server: {self.old} to {self.new}, Save"
