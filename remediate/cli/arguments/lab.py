"""A simulated fleet to try everything on: real SSH, HTTPS and SOAP on loopback addresses.

It writes DIR/inventory, ready for -i, and keeps its own record in DIR/record.ndjson.
"""

from __future__ import annotations

from pathlib import Path

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate lab up --scenario seed-untrusted-ca --dir lab --detach
remediate lab login --dir lab
remediate lab hand restart exp-c-1 --dir lab
remediate lab hand edit peer=exp-c-1 "path=EdgeConfigServer VerifyOriginServer" value=Off --dir lab
remediate lab down --dir lab
"""
HANDS = {
    "restart": ("peer",),
    "restart-service": ("node", "service"),
    "refresh": ("cluster",),
    "trusted-ca": ("peer",),
    "append-ca": ("peer", "pem"),
    "remove-ca": ("peer", "sha256"),
    "upgrade": ("peer", "version"),
    "reissue": ("node", "service"),
    "trust": ("uc", "store", "ca"),
    "alarm": ("peer", "code"),
    "carry": ("peer", "calls", "sessions"),
    "edit": (),
}
"""What each needs, in order, a `pem` as a file; `edit` takes KEY=VALUE: peer path value, node name, or cluster rule."""
NAMED = {
    "kill": ("host", "A host goes away"),
    "revive": ("host", "It comes back"),
    "snapshot": ("name", "Keep the present state under a name"),
    "restore": ("name", "Bring a kept state back"),
}


def add(parsers: Parsers) -> None:
    """The arguments."""
    verbs = options.verb(parsers, "lab", __doc__, EXAMPLE).add_subparsers(dest="what", required=True, metavar="WHAT")
    options.verb(verbs, "scenarios", "Name them, one sentence each.", "remediate lab scenarios")
    options.verb(verbs, "demo", "A whole change window on a lab of its own, told as it goes.", "remediate lab demo")
    _up(_verb(verbs, "up", "Start a lab.", "remediate lab up --scenario healthy --dir lab"))
    _verb(verbs, "down", "Stop it.", "remediate lab down --dir lab")
    login = _verb(verbs, "login", "A client's requests through each peer.", "remediate lab login --dir lab")
    login.add_argument("--user", default="emusk")
    login.add_argument("--via-e", action="store_true", help="through Expressway-E, as a client outside does")
    _hand(_verb(verbs, "hand", "What only a hand can do.", "remediate lab hand restart exp-c-1 --dir lab"))
    _fail(_verb(verbs, "fail", "Arm a failpoint.", "remediate lab fail set-lost --nth 2 --dir lab"))
    for name, (argument, told) in NAMED.items():
        example = f"remediate lab {name} {argument.upper()} --dir lab"
        _verb(verbs, name, f"{told}.", example).add_argument("given", metavar=argument.upper())
    clock = _verb(verbs, "clock", "Move the lab's clock.", "remediate lab clock 3600 --dir lab")
    clock.add_argument("given", metavar="SECONDS", type=float)


def _verb(verbs: Parsers, name: str, description: str, example: str) -> options.Parser:
    parser = options.verb(verbs, name, description, example)
    parser.add_argument("--dir", metavar="DIR", type=Path, required=True, help="the lab's directory")
    return parser


def _up(parser: options.Parser) -> None:
    parser.add_argument("--scenario", metavar="NAME", required=True, help="see remediate lab scenarios")
    parser.add_argument("--peers", metavar="N", type=options.positive, default=2, help="peers per cluster, 1 to 6")
    parser.add_argument("--clusters", metavar="N", type=options.positive, default=1)
    parser.add_argument("--latency", metavar="MS", type=float, default=0.0, help="of every answer")
    parser.add_argument("--version", metavar="X14.2.5", default="X14.2.5", help="of Expressway")
    parser.add_argument("--switch", metavar="KEY=VALUE", type=options.variable, action="append", default=[])
    parser.add_argument("--detach", action="store_true", help="return when every listener answers")


def _hand(parser: options.Parser) -> None:
    parser.add_argument("hand", metavar="|".join(HANDS), choices=list(HANDS))
    told = "as the verb wants them: PEER, CLUSTER, NODE SERVICE, PEER FILE, PEER SHA256, PEER CODE, … or KEY=VALUE…"
    parser.add_argument("given", metavar="ARGUMENT", nargs="*", help=told)
    parser.add_argument("--names", metavar="NAME,…", help="reissue: SAN entries; by default as before, and the FQDN")
    parser.add_argument("--issuer", metavar="NAME", help="reissue: lab-root (default), lab-issuing, self")


def _fail(parser: options.Parser) -> None:
    parser.add_argument("given", metavar="POINT")
    parser.add_argument("--nth", metavar="N", type=options.positive, help="the nth time only")
    parser.add_argument("--host", metavar="HOST", help="on this host only")
    parser.add_argument("--every", action="store_true", help="every time")
    parser.add_argument("--seconds", metavar="S", type=float, help="of what is slow (default 1)")
    parser.add_argument("--clear", action="store_true", help="disarm it")
