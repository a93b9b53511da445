"""What the traffic server refused, and why, from logs, packet captures and diagnostic bundles. No network.

Exit 0: no refusal found; 9: refusals; 4: none, but not everything could be read; 5: nothing of an Expressway in it.
"""

from __future__ import annotations

import sys
import threading
from argparse import Namespace
from typing import BinaryIO

from remediate.cli import parser as options
from remediate.cli.exits import Exit
from remediate.cli.parser import Parsers
from remediate.cli.reading import Reading
from remediate.cli.wiring import Wiring
from remediate.errors import InputError
from remediate.evidence.diagnosis import Diagnosis, Diagnostician
from remediate.evidence.notes import Notes
from remediate.files import bundles
from remediate.report import as_json
from remediate.report.as_text.diagnose import diagnose

EXAMPLE = """
remediate diagnose exp-c-1.tar.gz exp-c-2.tar.gz exp-e-1.tar.gz
ssh jump cat traffic_server.log | remediate diagnose -
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "diagnose", __doc__, EXAMPLE)
    told = "a log, a capture of packets, a folder, a diagnostic bundle (tar.gz, zip) of one or more nodes, - for stdin"
    parser.add_argument("paths", metavar="PATH", nargs="+", help=told)
    options.json_output(parser)


def run(args: Namespace, wiring: Wiring) -> int:
    """Read everything, print what failed."""
    notes, reading = Notes(), Reading(wiring.output, bundles.size_of(args.paths))
    now = wiring.clock(threading.Event()).now()
    try:
        found = Diagnostician(now, notes).read_all(bundles.members(args.paths, notes, _stdin, reading.told))
    finally:
        reading.end()
    if args.json:
        wiring.output.text(as_json.document("diagnose", **dict(found)))
    else:
        wiring.output.text(diagnose(found, wiring.output.columns))
    return _code(found)


def _stdin() -> BinaryIO:
    if sys.stdin is None:
        raise InputError("standard input is closed", path="-", hint="give a file")
    return sys.stdin.buffer


def _code(found: Diagnosis) -> Exit:
    if found.failures:
        return Exit.NOT_CONVERGED
    if not (found.looked.logs or found.looked.captures):
        return Exit.USAGE
    return Exit.UNREACHABLE if any(note.lost for note in found.notes) else Exit.OK
