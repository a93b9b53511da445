"""Certificates that several nodes or services of a CUCM cluster share: multi-server ones, and their reuse (14+)."""

from __future__ import annotations

from remediate.lab.pki import Authority, Forge, Request
from remediate.lab.uc_state import Identity, UcCluster


def share(forge: Forge, cluster: UcCluster, issuing: Authority, root: Authority) -> None:
    """As the cluster's `cert_sharing` says; `reuse` serves the multi-server tomcat certificate as CallManager too."""
    how = cluster.switches.cert_sharing
    if how == "separate":
        return
    tomcat = multi_server(forge, cluster, issuing, root)
    other = tomcat if how == "reuse" else multi_server(forge, cluster, issuing, root)
    for node in cluster.nodes:
        node.certificates |= tomcat | {name.replace("tomcat", "CallManager"): held for name, held in other.items()}


def multi_server(forge: Forge, cluster: UcCluster, issuing: Authority, root: Authority) -> dict[str, Identity]:
    """`tomcat` and `tomcat-ECDSA` for all nodes, their CN no host's (Sec-14: `HOST-ms.DOMAIN`, `HOST-EC-ms.DOMAIN`)."""
    names, domain = tuple(node.fqdn for node in cluster.nodes), cluster.nodes[0].os_domain
    ms, ec_ms = f"{cluster.name}-ms.{domain}", f"{cluster.name}-EC-ms.{domain}"
    return {
        "tomcat": forge.leaf(Request(ms, (*names, ms)), "rsa", issuing, issuing),
        "tomcat-ECDSA": forge.leaf(Request(ec_ms, (*names, ec_ms)), "ec", root),
    }
