"""Pin the SSH host key or the certificate of a device by a fingerprint that you type.

Read the fingerprint at the device itself, by another way than this network. trust add then looks at what the
device shows, sends it nothing, and pins the one that matches, in pins.yml beside the inventory (.pins.yml beside
an Ansible inventory), which leads over it. Pins that the device no longer shows are dropped. trust list prints
what is pinned.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.fingerprint import typed
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate trust list -i inventories/prod
remediate trust add exp-c-1 -i inventories/prod --fingerprint SHA256:jDVKMlsYbmd+mSCeNz8Rrq1KsOcd8Zb6KcGmPXQfvS4
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "trust", __doc__, EXAMPLE)
    parser.add_argument("what", metavar="list|add", choices=["list", "add"])
    parser.add_argument("host", metavar="HOST", nargs="?", default="", help="a node of the inventory (add)")
    options.inventory(parser)
    told = "as you read it at the device: SHA256:… or 64 hex digits, the whole of it (add)"
    parser.add_argument("--fingerprint", metavar="SHA256:…", type=typed, default=None, help=told)
