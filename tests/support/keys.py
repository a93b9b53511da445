"""Keys that are the same wherever they are made, so that a recorded certificate can be served again.

Nobody's secrets: each follows from its name. `ec-N` is on P-256, another curve stands in the name (`_CURVES`),
`ed-N` is Ed25519, `rsa-2048`, `rsa-2048-b` and `rsa-1024` are what they say.
"""

from __future__ import annotations

import hashlib
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
_TO_THE_NEXT_PRIME = {"rsa-2048": (182, 272), "rsa-2048-b": (730, 1258), "rsa-1024": (418, 24)}
_EXPONENT = 65537
_CURVES: dict[str, ec.EllipticCurve] = {
    "ec": ec.SECP256R1(),
    "p224": ec.SECP224R1(),
    "p384": ec.SECP384R1(),
    "p521": ec.SECP521R1(),
    "k256": ec.SECP256K1(),
    "b256": ec.BrainpoolP256R1(),
}


@cache
def key(name: str) -> Key:
    """The key of a name."""
    kind, _, number = name.partition("-")
    if kind == "rsa":
        return _rsa(name, int(number[:4]))
    if kind == "ed":
        return ed25519.Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
    return ec.derive_private_key(int(number) + 1, _CURVES[kind])


def pem(name: str) -> bytes:
    """The key as PKCS #8."""
    return key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _rsa(name: str, bits: int) -> rsa.RSAPrivateKey:
    p, q = (_prime(f"{name} {part}", bits // 2, way) for part, way in zip("pq", _TO_THE_NEXT_PRIME[name], strict=True))
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(_EXPONENT, p * q)
    crt = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    return rsa.RSAPrivateNumbers(p, q, d, *crt, public).private_key()


def _prime(seed: str, bits: int, way: int) -> int:
    start = int.from_bytes(hashlib.shake_256(seed.encode()).digest(bits // 8), "big")
    return (start | 3 << bits - 2 | 1) + way
