"""A whole change window on a lab of its own: every command as an operator would type it, through `main`."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import remediate
from remediate.cli.exits import Exit
from remediate.cli.main import main
from remediate.cli.wiring import Wiring
from remediate.errors import InputError
from remediate.lab import serve
from remediate.lab.control import send
from remediate.lab.errors import LabError

LAB = Path("lab")
INVENTORY = "-i lab/inventory"
FIX = f"playbooks/mra-origin-verification.yml {INVENTORY}"


@dataclass(frozen=True)
class Scene:
    """What is told, what is typed, and the exit code that the story expects."""

    story: str
    command: str
    expected: int = Exit.OK


BEFORE = (
    Scene(
        "A cluster of two Expressway-C peers has come to X14.2. Port 6972 of CUCM serves a self-signed certificate.",
        "lab up --scenario seed-untrusted-ca --dir lab --detach",
    ),
    Scene("Users call: logins fail. The traffic server answers 502.", "lab login --dir lab", Exit.NOT_CONVERGED),
    Scene("Read everything, and keep it.", f"collect {INVENTORY} -o before.capture"),
    Scene("Which UC server fails on which peer, and why?", f"verify {INVENTORY}", Exit.NOT_CONVERGED),
    Scene(
        "Users first: the temporary workaround, with an owner, a ticket and an end.",
        f"plan playbooks/mra-workaround.yml {INVENTORY} -o off.plan",
    ),
    Scene("The file that was reviewed is the file that runs.", f"apply off.plan {INVENTORY}"),
    Scene("Logins work again.", "lab login --dir lab"),
    Scene("The workaround is not forgotten (13: something is outstanding).", f"status {INVENTORY}", Exit.OUTSTANDING),
    Scene(
        "To go secure now would break logins, so it is refused (7).",
        f"workaround retire {INVENTORY} -o early.plan",
        Exit.REFUSED,
    ),
    Scene(
        "Now the lasting fix (2: there are changes).",
        f"plan {FIX} -o fix.plan -detailed-exitcode",
        Exit.CHANGES_OR_FAILED,
    ),
    Scene(
        "Rehearse it: on twins, in memory, with every fault and every death, to the end and back.",
        f"rehearse fix.plan {INVENTORY}",
    ),
    Scene(
        "Each peer has a list of its own, so each gets the upload, and each is read back.",
        f"apply fix.plan {INVENTORY}",
    ),
    Scene("Listed is not loaded: the restarts are owed until they are seen.", f"status {INVENTORY}", Exit.OUTSTANDING),
)
AFTER = (
    Scene("With fresh readings every connection passes.", f"verify {INVENTORY}"),
    Scene("Logins still work.", "lab login --dir lab"),
    Scene("Nothing would fail any more: the workaround can end.", f"workaround retire {INVENTORY} -o secure.plan"),
    Scene("VerifyOriginServer On again, on every peer.", f"apply secure.plan {INVENTORY}"),
    Scene("Logins work with the check On.", "lab login --dir lab"),
    Scene("A second plan has nothing to do.", f"plan {FIX} -detailed-exitcode"),
    Scene("And nothing is outstanding.", f"status {INVENTORY}"),
    Scene("The end.", "lab down --dir lab"),
)


def demo(wiring: Wiring) -> int:
    """0 when the whole story came true; 1 and a clear message at the first scene that did not."""
    with _stage():
        for scene in _scenes():
            wiring.output.line(f"\n# {scene.story}\n$ remediate {scene.command}")
            code = main(shlex.split(scene.command), wiring)
            if code != scene.expected:
                wiring.output.note(f"the demo stops: exit {code}, and the story expects {int(scene.expected)}")
                return Exit.ERROR
    wiring.output.line("\n# From 502 to 200, with the check On, and every step in the ledger.")
    return Exit.OK


def _scenes() -> Iterator[Scene]:
    yield from BEFORE
    for peer in send(LAB, "state")["peers"]:
        if peer.rpartition("-")[0].endswith("-c"):
            yield Scene(
                f"A restart stays in human hands, one peer at a time: {peer}.", f"lab hand restart {peer} --dir lab"
            )
    yield from AFTER


@contextmanager
def _stage() -> Iterator[None]:
    """A directory to play in, which goes with its lab, whatever happens."""
    home = Path.cwd()
    directory = Path(tempfile.mkdtemp(prefix="remediate-demo-"))
    shutil.copytree(_playbooks(), directory / "playbooks")
    os.chdir(directory)
    try:
        yield
    finally:
        with suppress(LabError):
            serve.down(LAB)
        os.chdir(home)
        shutil.rmtree(directory, ignore_errors=True)


def _playbooks() -> Path:
    package = Path(remediate.__file__).parent
    for place in (package / "playbooks", package.parent / "playbooks"):
        if place.is_dir():
            return place
    raise InputError("the shipped playbooks are missing", path=str(package), hint="install the package again")
