"""The words of OpenSSL 1.1.1 and 3, and the lines that the traffic server writes with them.

Sources: OpenSSL `crypto/x509/x509_txt.c` of both, ATS `SSLClientUtils.cc`, measured lines of ATS 9.2.9.
"""

from __future__ import annotations

from remediate.model.verdict import OpenSslVersion

_OPENSSL_3 = {
    2: "unable to get issuer certificate",
    4: "unable to decrypt certificate's signature",
    6: "unable to decode issuer public key",
    7: "certificate signature failure",
    9: "certificate is not yet valid",
    10: "certificate has expired",
    13: "format error in certificate's notBefore field",
    14: "format error in certificate's notAfter field",
    17: "out of memory",
    18: "self-signed certificate",
    19: "self-signed certificate in certificate chain",
    20: "unable to get local issuer certificate",
    21: "unable to verify the first certificate",
    22: "certificate chain too long",
    23: "certificate revoked",
    24: "issuer certificate doesn't have a public key",
    25: "path length constraint exceeded",
    26: "unsuitable certificate purpose",
    27: "certificate not trusted",
    28: "certificate rejected",
    29: "subject issuer mismatch",
    30: "authority and subject key identifier mismatch",
    31: "authority and issuer serial number mismatch",
    32: "key usage does not include certificate signing",
    34: "unhandled critical extension",
    37: "invalid non-CA certificate (has CA markings)",
    38: "proxy path length constraint exceeded",
    40: "proxy certificates not allowed, please set the appropriate flag",
    41: "invalid or inconsistent certificate extension",
    42: "invalid or inconsistent certificate policy extension",
    43: "no explicit policy",
    45: "unsupported extension feature",
    46: "RFC 3779 resource not subset of parent's resources",
    47: "permitted subtree violation",
    48: "excluded subtree violation",
    49: "name constraints minimum and maximum not supported",
    50: "application verification failure",
    51: "unsupported name constraint type",
    52: "unsupported or invalid name constraint syntax",
    53: "unsupported or invalid name syntax",
    55: "path loop",
    62: "hostname mismatch",
    64: "IP address mismatch",
    66: "EE certificate key too weak",
    67: "CA certificate key too weak",
    68: "CA signature digest algorithm too weak",
    69: "invalid certificate verification context",
    70: "issuer certificate lookup error",
    76: "Cannot find certificate signature algorithm",
    77: "subject signature algorithm and issuer public key algorithm mismatch",
    78: "cert info signature and signature algorithm mismatch",
    79: "invalid CA certificate",
    94: "Certificate public key has explicit ECC parameters",
}

_OPENSSL_1_1_1 = {
    18: "self signed certificate",
    19: "self signed certificate in certificate chain",
    24: "invalid CA certificate",
    26: "unsupported certificate purpose",
    55: "Path Loop",
    62: "Hostname mismatch",
}

_NUMBERS_1_1_1 = {79: 24}
"""X509_V_ERR_INVALID_CA moved."""

NAME_ERROR = "name not in certificate"
TRUST_FILE_LOG = "ERROR: failed to create SSL client session"


def number_in(version: OpenSslVersion, number: int) -> int:
    """An error number of OpenSSL 3 as that version counts it."""
    return _NUMBERS_1_1_1.get(number, number) if version == "1.1.1" else number


def error_text(version: OpenSslVersion, number: int) -> str:
    """What that version says of an error number of OpenSSL 3 (`X509_verify_cert_error_string`)."""
    own = number_in(version, number)
    if version == "1.1.1" and own in _OPENSSL_1_1_1:
        return _OPENSSL_1_1_1[own]
    return _OPENSSL_3.get(own, f"error number {own}")


def path_line(name: str, action: str, error: str, server: str, depth: int) -> str:
    """The WARNING for a path that fails; `server` is `HOST(IP)`."""
    return (
        f"WARNING: Core server certificate verification failed for ({name}). "
        f"Action={action} Error={error} server={server} depth={depth}"
    )


def name_line(name: str, action: str, server: str) -> str:
    """The WARNING for a name that the certificate does not hold."""
    return f"WARNING: SNI ({name}) not in certificate. Action={action} server={server}"


def connection_line(version: OpenSslVersion, host: str) -> str:
    """The ERROR that follows a refusal. OpenSSL 3's traffic server writes it as debug output only."""
    code = {
        "1.1.1": "error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed",
        "3": "error:0A000086:SSL routines::certificate verify failed",
    }[version]
    return f"SSL connection failed for '{host}': {code}"
