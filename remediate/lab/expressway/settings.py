"""The settings an Expressway knows: their paths, what each accepts, and since which release.

Paths and types from the Administrator Guide X15.0, reference section; `VerifyOriginServer` from the
X14.2.5 release note alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from remediate.lab.world import MAINTENANCE, UC_CIPHERS, VERIFY_ORIGIN, Switches, release

STANDARD_CIPHERS = "EECDH:EDH:HIGH:-AES256+SHA:!MEDIUM:!LOW:!3DES:!MD5:!PSK:!eNULL:!aNULL"
RSA_FIRST = "ECDHE-RSA-AES256-GCM-SHA384:"
SSHD_CIPHERS = "aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr"
SSHD_MACS = "hmac-sha2-512,hmac-sha2-256,hmac-sha1"
SSHD_KEX = (
    "ecdh-sha2-nistp521,ecdh-sha2-nistp384,ecdh-sha2-nistp256,"
    "diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha1,diffie-hellman-group1-sha1"
)
TLS_FLOORS = ("minTLSv1.0", "minTLSv1.1", "minTLSv1.2")
ON_OFF = ("On", "Off")
LEVELS = ("FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE")


@dataclass(frozen=True)
class Setting:
    """One leaf: an enumeration where `choices` stand, else a number in `span`, else text up to `span[1]`."""

    path: str
    default: str
    choices: tuple[str, ...] = ()
    span: tuple[int, int] = (0, 128)
    kind: Literal["enumeration", "number", "text"] = "text"
    since: str = "X8.0"
    per_peer: bool = False

    @property
    def form(self) -> str:
        """The type as the guide prints it: `<On/Off>`, `<1..6>` or `<S: 0,128>`."""
        if self.kind == "enumeration":
            return f"<{'/'.join(self.choices)}>"
        low, high = self.span
        return f"<{low}..{high}>" if self.kind == "number" else f"<S: {low},{high}>"


def _choice(path: str, default: str, choices: tuple[str, ...] = ON_OFF, **more: str | bool) -> Setting:
    return Setting(
        path,
        default,
        choices,
        kind="enumeration",
        since=str(more.get("since", "X8.0")),
        per_peer=bool(more.get("per_peer")),
    )


def _number(path: str, default: int, low: int, high: int) -> Setting:
    return Setting(path, str(default), span=(low, high), kind="number")


def _text(path: str, default: str, longest: int = 128, *, per_peer: bool = False) -> Setting:
    return Setting(path, default, span=(0, longest), per_peer=per_peer)


def _ciphers() -> list[Setting]:
    names = ("HTTPS", "ReverseProxyTLS", "SIPTLS", "SMTPTLS", "UcClientTLS", "XCPTLS")
    lists = [
        _text(f"Ciphers {name}Ciphers Value", STANDARD_CIPHERS + (":+ADH" if name == "SIPTLS" else ""), 2048)
        for name in names
    ]
    floors = [_choice(f"Ciphers {name}Protocol Value", "minTLSv1.2", TLS_FLOORS) for name in names if name != "SIPTLS"]
    sshd = {"sshd_ciphers": SSHD_CIPHERS, "sshd_kex": SSHD_KEX, "sshd_macs": SSHD_MACS}
    return lists + floors + [_text(f"Ciphers {name} Value", value, 2048) for name, value in sshd.items()]


SETTINGS: tuple[Setting, ...] = (
    _choice("Administration HTTPS Status", "On", per_peer=True),
    _choice("Administration SSH Mode", "On", per_peer=True),
    _text("Alternates Cluster Name", ""),
    _number("Alternates ConfigurationPrimary", 1, 1, 6),
    *(_text(f"Alternates Peer {index} Address", "", per_peer=True) for index in range(1, 7)),
    *_ciphers(),
    _choice("CollaborationEdge Enabled", "On"),
    _choice("CollaborationEdge JabbercEnabled", "Off"),
    _number("EdgeConfigServer CredentialTtl", 28800, 0, 604800),
    _number("EdgeConfigServer PurgeInterval", 43200, 0, 604800),
    _number("EdgeConfigServer RateLimitLogins", 3, 0, 100),
    _number("EdgeConfigServer RateLimitPeriod", 300, 0, 86400),
    _choice(VERIFY_ORIGIN, "On", since="X14.2"),
    _text("IP DNS Server 1 Address", "127.0.0.53", per_peer=True),
    *(
        _choice(f"Logger Developer developer.trafficserver.{topic} Level", "INFO", LEVELS, per_peer=True)
        for topic in ("http", "http_trans", "iocore", "ssl")
    ),
    _choice("Login Remote LDAP", "Off"),
    _choice("Security CSRFProtection Status", "Disabled", ("Enabled", "Disabled"), since="X15.0"),
    _choice("SIP Advanced TlsSignatureAlgoPrefRsa", "Off", since="X15.3"),
    _text("SIP Advanced SipTlsVersions", "TLSv1.2", 64),
    _choice(MAINTENANCE, "Off", per_peer=True),
    _text("SystemUnit Name", "", 50, per_peer=True),
)

BY_PATH = {setting.path: setting for setting in SETTINGS}
# The name before the guide's change of words; some releases print it still.
ALIASES = {"alternates configurationmaster": "alternates configurationprimary"}


def exists(setting: Setting, version: str, switches: Switches) -> bool:
    """Whether a release has this setting; for `VerifyOriginServer` a switch says since when."""
    since = switches.verify_exists_from if setting.path == VERIFY_ORIGIN else setting.since
    return release(version) >= release(since)


def defaults(version: str, switches: Switches) -> dict[str, str]:
    """Every setting of a release with its factory value and the cipher order that the switch asks for."""
    values = {setting.path: setting.default for setting in SETTINGS if exists(setting, version, switches)}
    if switches.ciphers == "rsa-first":
        values[UC_CIPHERS] = RSA_FIRST + values[UC_CIPHERS]
    return values


def upgraded(kept: dict[str, str], old: str, new: str, switches: Switches) -> dict[str, str]:
    """The settings after an upgrade: kept values, new ones as the factory sets them, cipher lists by path.

    On the way to X14.2 from X14.0 or later the RSA prefix stands in the TLS lists; from below X14.0 it does
    not (RN X14.2.5). A list that somebody edited is left alone, as is every list where `upgrade_ciphers` is kept.
    """
    values = {path: value for path, value in defaults(new, switches).items() if path not in kept} | kept
    if switches.upgrade_ciphers == "kept" or not release(old) < release("X14.2") <= release(new):
        return values
    prefix = RSA_FIRST if release(old) >= release("X14.0") else ""
    for setting in _ciphers():
        plain = setting.default
        if setting.path.endswith("Ciphers Value") and values[setting.path] in {plain, RSA_FIRST + plain}:
            values[setting.path] = prefix + plain
    return values


def replicated(path: str, switches: Switches) -> bool:
    """Whether the peers follow the configuration primary in this setting."""
    if path == VERIFY_ORIGIN:
        return switches.verify_scope == "replicated"
    return not BY_PATH[path].per_peer
