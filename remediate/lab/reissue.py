"""A certificate fix by hand: one UC certificate issued anew while the lab runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import NameOID

from remediate.lab.build import LEAF_WORDS
from remediate.lab.errors import LabError
from remediate.lab.pki import Authority, Request, sha256
from remediate.lab.uc.services import install
from remediate.lab.world import Identity, Owned, UcNode, World

SELF = "self"
ISSUER = "lab-root"


@dataclass(frozen=True)
class Renewal:
    """What to issue: `service` of `node`, with SAN entries `names` (none: the present ones and the node's FQDN).

    `issuer` is an authority of the world's workshop, or `self`.
    """

    node: UcNode
    service: str
    names: Sequence[str] = ()
    issuer: str = ISSUER


def reissue(world: World, renewal: Renewal) -> Identity:
    """Issue it with its present CN and a new key, in force from the next connection on, or once its service restarts.

    Nodes that shared the old certificate (a multi-server one) receive the new one too. A self-signed one
    is entered among what the operator owns as a file. LabError where service, issuer or world do not allow it.
    """
    node, service = renewal.node, renewal.service
    old = node.certificates.get(service)
    if old is None:
        raise LabError(f"{node.key} has no certificate {service}: choose one of {', '.join(node.certificates)}")
    made = _made(world, renewal, x509.load_der_x509_certificate(old.chain[0]))
    for other in [one for uc in world.ucs for one in uc.nodes if one.certificates.get(service) == old]:
        install(world.uc_of(other), other, service, made)
    if renewal.issuer == SELF:
        name = f"{node.key}-{service.lower()}-reissued"
        world.owned[:] = [one for one in world.owned if one.name != name]
        world.owned.append(Owned(name, made.chain[0], LEAF_WORDS))
    return made


def digest(identity: Identity) -> str:
    """SHA-256 of its leaf."""
    return sha256(x509.load_der_x509_certificate(identity.chain[0]))


def _made(world: World, renewal: Renewal, old: x509.Certificate) -> Identity:
    if world.workshop is None:
        raise LabError("this lab kept nothing to issue certificates with: start it with `remediate lab up`")
    cn = str(old.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
    node = renewal.node
    own = node.db_name if world.uc_of(node).switches.san_source == "processnode" else node.fqdn
    names = tuple(dict.fromkeys(renewal.names or [*_names(old), own]))
    kind = "ec" if renewal.service.endswith("-ECDSA") else "rsa"
    if renewal.issuer == SELF:
        return world.workshop.forge.leaf(Request(cn, names), kind)
    known = world.workshop.authorities
    if renewal.issuer not in known:
        raise LabError(f"no issuer {renewal.issuer}: choose one of {', '.join([*known, SELF])}")
    issuer = known[renewal.issuer]
    return world.workshop.forge.leaf(Request(cn, names), kind, issuer, *_sent(issuer))


def _sent(issuer: Authority) -> tuple[Authority, ...]:
    """An intermediate is sent along; a root is not."""
    return () if issuer.certificate.issuer == issuer.certificate.subject else (issuer,)


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [*held.get_values_for_type(x509.DNSName), *map(str, held.get_values_for_type(x509.IPAddress))]
