"""A certificate that must change is asked for by hand, and never vaguely."""

from __future__ import annotations

from datetime import timedelta

import pytest

from remediate.checks import findings_for
from remediate.model.certificate import EncodedCertificate
from remediate.model.inventory import Cluster, ClusterRole
from remediate.model.observed import NodeCertificates
from remediate.model.reading import Known, Unknown
from remediate.model.uc_node import Membership, NodeReading, Service
from remediate.planning.certificate_restarts import AXL_TOMCAT, restarts, stores
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from tests.support import forge
from tests.support.scenes import ADDRESS, AT, LASTING, PLAIN, PUB, SUB, Scene, fqdn

ROOT = forge.authority("Corp Root")
LACKING = forge.leaf("elsewhere.example.test", ROOT, ("elsewhere.example.test",)).certificate


def planned(scene: Scene, *held: tuple[str, EncodedCertificate]) -> Plan:
    """The plan of a scene whose publisher holds these certificates by service."""
    reading = NodeCertificates(cluster="cucm", host=PUB, identities=Known(value=held), trusts=Known(value=()))
    observed = scene.observed.model_copy(update={"certificates": (reading,)})
    return plan_for(scene.desired, observed, AT, "test")


def told(plan: Plan) -> str:
    """What unblocks it."""
    return "\n".join(b.unblock for b in plan.blocked)


def test_fields_of_the_request() -> None:
    """Purpose, distribution, every name as a dNSName, who signs, where it goes, what restarts, when it is done."""
    lines = told(planned(Scene(root=ROOT, served={(PUB, 8443): (LACKING,)}, plays=(LASTING,)))).splitlines()
    assert any("Certificate Management > Generate CSR" in line for line in lines)
    assert "  Certificate Purpose tomcat-ECDSA, Distribution this server" in lines
    assert f"  SAN, each as a dNSName: {fqdn(PUB)}" in lines
    assert any("no iPAddress entry helps" in line for line in lines)
    assert "  signed by a CA that the peers trust already: Corp Root" in lines
    assert any(line.endswith("the CA chain into tomcat-trust first, then tomcat-ECDSA") for line in lines)
    assert any("Cisco AXL Tomcat and Cisco UDS Tomcat" in line for line in lines)
    assert "  done when remediate verify finds the connection good; make a DRS backup then" in lines


def test_purpose_is_the_node_s_own_word() -> None:
    """6972 may serve tomcat: the node's inventory says so, not the port."""
    scene = Scene(root=ROOT, served={(PUB, 6972): (LACKING,)}, plays=(LASTING,))
    assert "Certificate Purpose CallManager-ECDSA, Distribution" in told(planned(scene))
    assert "Certificate Purpose tomcat, Distribution" in told(planned(scene, ("tomcat", LACKING)))


def test_multi_server() -> None:
    """A certificate that holds several nodes is asked for with all of their names, once, and restarts on all."""
    ended = (AT - timedelta(days=400), AT - timedelta(days=7))
    both = forge.leaf("cucm-ms.example.test", ROOT, (fqdn(PUB), fqdn(SUB)), dates=ended).certificate
    text = told(planned(Scene(root=ROOT, served={(PUB, 8443): (both,)}, plays=(LASTING,))))
    assert "Distribution Multi-server (SAN)" in text
    assert f"SAN, each as a dNSName: {fqdn(PUB)}, {fqdn(SUB)}" in text
    assert "then restart on every node" in text


@pytest.mark.parametrize("suffix", ["", "-ECDSA"])
def test_reuse(suffix: str) -> None:
    """One certificate for Tomcat and CallManager is asked for once, put in force for the other, and compared."""
    held = tuple((service + suffix, LACKING) for service in ("CallManager", "tomcat"))
    text = told(planned(Scene(root=ROOT, served={(PUB, 6972): (LACKING,)}, plays=(LASTING,)), *held))
    assert f"Certificate Purpose tomcat{suffix}, Distribution" in text
    assert f"the CA chain into CallManager-trust and tomcat-trust first, then tomcat{suffix}\n" in text
    assert f"then Reuse Certificate: tomcat{suffix} for CallManager{suffix}" in text
    assert f"show cert own tomcat{suffix}, show cert own CallManager{suffix}" in text
    assert "Cisco UDS Tomcat" in text
    assert "Cisco HAProxy, Cisco CallManager" in text


def test_single_sign_on() -> None:
    """A new tomcat certificate wants new metadata at the IdP; a new CallManager certificate does not."""
    scene = Scene(root=ROOT, plays=(LASTING,), facts=Known(value=PLAIN.model_copy(update={"sso": True})))
    words = "the IdP needs new SP metadata once the certificate changed"
    assert words in told(planned(scene.with_(served={(PUB, 8443): (LACKING,)})))
    assert words not in told(planned(scene.with_(served={(PUB, 6972): (LACKING,)})))


def test_mixed_mode_and_old_release() -> None:
    """CallManager's certificate in mixed mode needs the CTL; before 14 other services restart."""
    facts = Known(value=PLAIN.model_copy(update={"parameters": (("ClusterSecurityMode", "1"),)}))
    scene = Scene(root=ROOT, served={(PUB, 6972): (LACKING,)}, plays=(LASTING,), facts=facts)
    assert "utils ctl update CTLFile" in told(planned(scene))
    uc = tuple(u.model_copy(update={"version": Known(value="12.5.1.14900-63")}) for u in scene.observed.uc)
    old = plan_for(scene.desired, scene.observed.model_copy(update={"uc": uc}), AT, "test")
    assert "Cisco Trust Verification Service" in told(old)


@pytest.mark.parametrize(("services", "split"), [(("Cisco Tomcat",), False), (("Cisco Tomcat", AXL_TOMCAT), True)])
def test_services_as_the_node_has_them(services: tuple[str, ...], split: bool) -> None:
    """Whether AXL and UDS restart apart from Cisco Tomcat is seen from the services, whatever the release says."""
    told_services = Known(value=tuple(Service(name=name, status="Started", since="Mon") for name in services))
    says: dict[str, dict[str, object]] = {host: {"services": told_services} for host in (PUB, SUB)}
    scene = Scene(root=ROOT, served={(PUB, 8443): (LACKING,)}, plays=(LASTING,), node_says=says)
    assert (AXL_TOMCAT in told(planned(scene))) is split


@pytest.mark.parametrize(
    ("role", "version", "purpose", "words"),
    [
        ("unity-connection", "12.5.1", "tomcat", ""),
        ("unity-connection", "15.0.1", "tomcat", "; Cisco HAProxy too where 8443 then still shows the old one"),
        ("unity-connection", "", "tomcat", "; Cisco HAProxy too where 8443 then still shows the old one"),
        ("im-and-presence", "14.0.1", "tomcat", "; after the CA chain Cisco Intercluster Sync Agent"),
    ],
)
def test_release_of_the_cluster_itself(role: ClusterRole, version: str, purpose: str, words: str) -> None:
    """Unity Connection and IM and Presence have a release of their own, told by their nodes, whatever CUCM runs."""
    scene = Scene(root=ROOT)
    cluster = Cluster(name="other", role=role, hosts=())
    told_by = Known(value=Membership(version=version, members=())) if version else Unknown(why="not read")
    node = NodeReading(cluster="other", host="other-1", membership=told_by)
    observed = scene.observed.model_copy(update={"nodes": (*scene.observed.nodes, node)})
    assert restarts(observed, cluster, purpose) == f"Cisco Tomcat (CLI: utils service restart Cisco Tomcat){words}"


def test_presence_has_certificates_of_its_own() -> None:
    """Those of XMPP restart Cisco XCP Router (IMP-12.5); for cup no text names a service, and none is invented."""
    cluster, observed = Cluster(name="imp", role="im-and-presence", hosts=()), Scene(root=ROOT).observed
    assert restarts(observed, cluster, "cup-xmpp-ECDSA").startswith("Cisco XCP Router; after the CA chain")
    assert stores("cup-xmpp-ECDSA") == "cup-xmpp-trust"
    assert "none is known here" in restarts(observed, cluster, "cup")


def test_an_address_is_not_asked_for() -> None:
    """The name in the request is the node's own, whatever address it is asked by."""
    scene = Scene(root=ROOT, names={PUB: ADDRESS[PUB]}, served={(PUB, 8443): (LACKING,)}, plays=(LASTING,))
    asked = next(line for line in told(planned(scene)).splitlines() if "SAN, each" in line)
    assert ADDRESS[PUB] not in asked
    assert fqdn(PUB) in asked


def test_self_signed_twins() -> None:
    """Two services with one CN and two keys are named; one certificate for both is no twin."""
    one, other = (forge.leaf(fqdn(PUB), None, (fqdn(PUB),)).certificate for _ in range(2))
    scene = Scene(root=ROOT)

    def found(*held: tuple[str, EncodedCertificate]) -> list[str]:
        reading = NodeCertificates(cluster="cucm", host=PUB, identities=Known(value=held), trusts=Known(value=()))
        observed = scene.observed.model_copy(update={"certificates": (reading,)})
        return [f.summary for f in findings_for(scene.desired, observed) if f.id == "self-signed-twins"]

    assert found(("tomcat", one), ("CallManager", one)) == []
    assert found(("tomcat", one), ("CallManager", other)) == [
        f"tomcat and CallManager are self-signed with one CN, {fqdn(PUB)}: only one can be trusted"
    ]
