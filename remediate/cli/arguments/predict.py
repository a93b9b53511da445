"""Would the traffic server of an Expressway-C accept this server's certificate? No network.

Exit 0: accepted; 2: refused; 4: not decidable. With --batch - : one JSON question per line in, one answer
per line out; 0, or 5 where a line is malformed. --at, --ciphers, --tls, --policy and --openssl then hold for
lines that do not say otherwise.
"""

from __future__ import annotations

from pathlib import Path

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate predict --chain cucm.pem --trust exp-c-1.pem --host cucm-pub.example.com
remediate predict --batch - < questions.ndjson
"""
TLS_VERSIONS = ("1.2", "1.3")


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "predict", __doc__, EXAMPLE)
    parser.add_argument("--chain", metavar="FILE", type=Path, help="PEM as served: leaf first")
    parser.add_argument("--trust", metavar="FILE", type=Path, help="the peer's trusted CA list, PEM")
    parser.add_argument("--host", metavar="NAME_OR_IP", help="the name asked for")
    parser.add_argument("--ip", metavar="IP", help="where the connection goes; in the log line only")
    parser.add_argument("--at", metavar="TIME", type=options.moment, help="the peer's clock; default: now")
    parser.add_argument("--ciphers", metavar="STRING", help="the peer's cipher string")
    parser.add_argument("--tls", choices=TLS_VERSIONS, help="this version only")
    parser.add_argument("--policy", choices=["enforced", "permissive", "disabled"], default="enforced")
    parser.add_argument(
        "--openssl",
        choices=["1.1.1", "3"],
        help="whose rules and texts; default: 1.1.1, as on Expressway, and with --batch 3, as was measured",
    )
    parser.add_argument("--batch", choices=["-"], help="questions on stdin, answers on stdout")
    options.json_output(parser)
