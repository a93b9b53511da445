"""Log in through Expressway-E with a test account, as a client does, and say which request fails.

get_edge_config, then devices and phone configuration of each CUCM node, IM and Presence, voicemail; through each
Expressway-E peer, as often as policy.yml says (login_test). With --log, a traffic server log of Expressway-E names
the Expressway-C peer that served each request. A restart that a good login shows to be unneeded is noted as done.
Where the authentication flow forbids it (by_hand: true): --attest NAME, after logging in by hand.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate login-test -i inventories/prod
remediate login-test -i inventories/prod --log exp-e-1-traffic_server.log
remediate login-test -i inventories/prod --attest "A. Smith"
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "login-test", __doc__, EXAMPLE)
    options.inventory(parser)
    options.forks(parser)
    options.json_output(parser)
    told = "traffic server log of an Expressway-E peer that holds this test's requests; again for more"
    parser.add_argument("--log", metavar="FILE", action="append", default=[], help=told)
    told = "who logged in by hand and saw it work; where policy.yml says by_hand: true"
    parser.add_argument("--attest", metavar="NAME", default="", help=told)
