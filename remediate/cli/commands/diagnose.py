"""What the traffic server refused, and why, from logs, packet captures and diagnostic bundles. No network."""

from __future__ import annotations

import sys
import threading
from argparse import Namespace

from remediate.cli.answering import answer
from remediate.cli.exits import Exit
from remediate.cli.reading import Reading
from remediate.cli.wiring import Wiring
from remediate.evidence.diagnosis import Diagnosis, Diagnostician
from remediate.evidence.notes import Notes
from remediate.files import bundles
from remediate.report import as_json
from remediate.report.as_text.diagnose import diagnose


def run(args: Namespace, wiring: Wiring) -> int:
    """Read everything, print what failed."""
    notes, reading = Notes(), Reading(wiring.output, bundles.size_of(args.paths))
    now = wiring.clock(threading.Event()).now()
    try:
        found = Diagnostician(now, notes).read_all(
            bundles.members(args.paths, notes, lambda: sys.stdin.buffer, reading.told)
        )
    finally:
        reading.end()
    answer(
        args,
        wiring.output,
        lambda: as_json.document("diagnose", **dict(found)),
        lambda: wiring.output.text(diagnose(found, wiring.output.columns)),
    )
    return _code(found)


def _code(found: Diagnosis) -> Exit:
    if found.failures:
        return Exit.NOT_CONVERGED
    if not (found.looked.logs or found.looked.captures):
        return Exit.USAGE
    return Exit.UNREACHABLE if any(note.lost for note in found.notes) else Exit.OK
