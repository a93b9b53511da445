"""Check inventories, playbooks, policies and settings without a network. Exit 5 when something is wrong."""

from __future__ import annotations

import threading
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from remediate.cli.answering import answer
from remediate.cli.exits import Exit
from remediate.cli.wiring import Wiring
from remediate.errors import InputError
from remediate.files.fixes import Fixed, fixed
from remediate.files.lint import files_of, lint
from remediate.files.schemas import SCHEMAS, schema_file
from remediate.report import as_json

FIXABLE = "(--fix mends it)"


def run(args: Namespace, wiring: Wiring) -> int:
    """One line per thing that is wrong; with `--fix` first what was mended."""
    if args.schemas:
        for name in SCHEMAS:
            wiring.output.line(f"{name:<9} {schema_file(name)}")
        return Exit.OK
    if not args.paths:
        raise InputError("nothing to check", path="PATH", hint="give inventories, playbooks or folders of them")
    paths = [Path(path) for path in args.paths]
    found = [one for one in map(fixed, files_of(paths)) if one is not None and one.before != one.after]
    if args.fix:
        for one in found:
            one.write()
            if not args.json:
                wiring.output.text(one.difference)
    wrong = lint(paths, wiring.clock(threading.Event()).now())
    told = _told(wrong, [] if args.fix else found)
    answer(args, wiring.output, lambda: as_json.lint(wrong), lambda: wiring.output.text("\n".join((*told, ""))))
    return Exit.USAGE if wrong else Exit.OK


def _told(wrong: Sequence[InputError], left: Sequence[Fixed]) -> list[str]:
    """What is wrong, and what is only written otherwise; which of it `--fix` would mend."""
    edits = {(e.mark.path, e.mark.line, e.mark.column): str(e.finding) for one in left for e in one.edits}
    tabs = {str(one.path) for one in left if one.tabs}
    lines = [str(error) for error in wrong]
    for at, error in enumerate(wrong):
        if edits.pop((error.path, error.line, error.column), "") or ("tab" in error.what and error.path in tabs):
            lines[at] += f" {FIXABLE}"
    lines += [f"{line} {FIXABLE}" for line in edits.values()]
    return lines or ["Nothing wrong."]
