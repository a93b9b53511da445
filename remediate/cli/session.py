"""One command under way: its files, its readings, its ledger."""

from __future__ import annotations

import os
import threading
from argparse import Namespace
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path

from remediate.cli.limit import limited, with_served
from remediate.cli.login import with_login
from remediate.cli.parser import FORKS
from remediate.cli.wiring import Wiring
from remediate.engine.collect import collect
from remediate.engine.patience import PatientReaders
from remediate.engine.ports import Ledger, Readers
from remediate.errors import InputError
from remediate.files.captures import read_capture
from remediate.files.given import GivenReaders
from remediate.files.project import load_desired
from remediate.files.vault import Vault
from remediate.model.base import digest
from remediate.model.desired import DesiredState
from remediate.model.inventory import Inventory
from remediate.model.observed import ObservedState
from remediate.model.outstanding import Outstanding
from remediate.model.policy import Policy
from remediate.report.as_text.clocks import clocks_apart

LEDGER = Path(".remediate") / "ledger.sqlite"
VARIABLES = "REMEDIATE_VAR_"
DATA = "REMEDIATE_DATA_DIR"


class Session:
    """What the reading commands share. Holds no writer."""

    def __init__(self, args: Namespace, wiring: Wiring) -> None:
        self.args, self.wiring, self.output = args, wiring, wiring.output
        self.stop = threading.Event()
        self.clock = wiring.clock(self.stop)
        self.progress = wiring.progress(wiring.output, args.verbose)

    def desired(self) -> DesiredState:
        """Inventory, and plays where the command has a playbook, narrowed by `-l`."""
        args = self.args
        playbook = getattr(args, "playbook", None)
        desired = load_desired(
            Path(args.inventory),
            Path(playbook) if playbook else None,
            {**_environment(), **dict(getattr(args, "extra_vars", ()))},
            _words(getattr(args, "tags", ())),
            _words(getattr(args, "skip_tags", ())),
            vault=self.vault,
        )
        _refuse_strangers(args, desired.inventory)
        inventory = with_login(desired.inventory, args, self.output.note)
        words = {"inventory": inventory, "during_upgrade": getattr(args, "during_upgrade", "")}
        desired = desired.model_copy(update=words)
        return _narrowed(desired, self.limit(desired.inventory))

    @cached_property
    def vault(self) -> Vault:
        """What Ansible's vault encrypted, with the passwords that the command line names."""
        vault, args = self.wiring.vault(), self.args
        asked = ["prompt"] if getattr(args, "ask_vault_pass", False) else []
        for identity in (*getattr(args, "vault_password_file", ()), *getattr(args, "vault_id", ()), *asked):
            vault.add(identity)
        return vault

    def policy(self, inventory: Inventory) -> Policy:
        """`policy.yml` beside the inventory, or the defaults."""
        from remediate.files.policy import load_policy  # noqa: PLC0415 - start-up time

        return load_policy(Path(self.args.inventory), inventory)

    def limit(self, inventory: Inventory) -> frozenset[str] | None:
        """Clusters that `-l` names; None for all."""
        return limited(getattr(self.args, "limit", ""), inventory)

    @property
    def ledger_url(self) -> str:
        """Where the ledger lies, or would."""
        chosen = self.args.ledger or os.environ.get("REMEDIATE_LEDGER")
        return chosen or str(self.home / LEDGER.name)

    @property
    def home(self) -> Path:
        """The directory in which files of this tool lie: beside the inventory, or where the environment says."""
        elsewhere = os.environ.get(DATA)
        return Path(elsewhere) if elsewhere else _beside(getattr(self.args, "inventory", None)) / LEDGER.parent

    def ledger(self) -> Ledger:
        """The state store. Nothing is made before the first write."""
        return self.wiring.ledger(self.ledger_url, self.clock)

    def outstanding(self) -> Outstanding:
        """What earlier runs left."""
        return self.ledger().outstanding()

    @cached_property
    def readers(self) -> Readers:
        """The devices, and files that stand for some of their readings. One for the whole command: it knows
        which password was refused."""
        readers = self.wiring.readers(self.clock)
        trust = {peer: Path(file) for peer, file in getattr(self.args, "trust", ())}
        xconfig = {peer: Path(file) for peer, file in getattr(self.args, "xconfig", ())}
        given = GivenReaders(readers, trust, xconfig) if trust or xconfig else readers
        seconds = int(getattr(self.args, "node_timeout", 0))
        return PatientReaders(given, seconds) if seconds else given

    def observed(self, inventory: Inventory) -> ObservedState:
        """From the capture of `--from`, or from the devices now."""
        given = getattr(self.args, "capture", None)
        return self.handed(given, inventory) if given else self.read(inventory, self.limit(inventory))

    def handed(self, paths: Sequence[str], inventory: Inventory) -> ObservedState:
        """From the files of `--from`: one capture, or diagnostic bundles of any number of nodes."""
        from remediate.evidence.notes import Notes  # noqa: PLC0415 - start-up time: packets and archives
        from remediate.files.bundle_readings import is_capture, read_bundles  # noqa: PLC0415

        if any(is_capture(Path(path)) for path in paths):
            if len(paths) > 1:
                raise InputError("a capture stands alone", path="--from", hint="give one capture, or bundles")
            return self.captured(Path(paths[0]), inventory)
        notes = Notes()
        observed = read_bundles(paths, inventory, self.clock.now(), notes, self.outstanding())
        for note in notes.all():
            self.output.note(f"{note.place}: {note.what}")
        return observed

    def captured(self, path: Path, inventory: Inventory) -> ObservedState:
        """A capture from a file. One made with another inventory is used, and that is said."""
        observed = read_capture(path)
        if observed.inventory_digest != digest(inventory):
            self.output.note(f"{path}: made with another state of the inventory; what is missing counts as not read")
        return observed

    def read(self, inventory: Inventory, clusters: frozenset[str] | None = None) -> ObservedState:
        """From the devices: the named clusters and the UC clusters that they serve."""
        try:
            observed = collect(
                inventory,
                self.readers,
                self.clock,
                outstanding=self.outstanding(),
                clusters=with_served(clusters, inventory),
                forks=getattr(self.args, "forks", None) or FORKS,
                progress=self.progress,
            )
        finally:
            self.progress.end()
        for line in clocks_apart(observed):
            self.output.note(line)
        return observed


def _refuse_strangers(args: Namespace, inventory: Inventory) -> None:
    """A file for a peer that nobody knows would be ignored in silence."""
    peers = [h.name for c in inventory.clusters if c.role.startswith("expressway") for h in c.hosts]
    for option in ("trust", "xconfig"):
        for peer, _ in getattr(args, option, ()):
            if peer not in peers:
                hint = f"the inventory has {', '.join(peers)}"
                raise InputError(f"no Expressway peer {peer}", path=f"--{option}", hint=hint)


def _narrowed(desired: DesiredState, clusters: frozenset[str] | None) -> DesiredState:
    if clusters is None:
        return desired
    kept = ((play, tuple(c for c in play.clusters if c in clusters)) for play in desired.plays)
    plays = tuple(play.model_copy(update={"clusters": names}) for play, names in kept if names)
    return desired.model_copy(update={"plays": plays})


def _words(given: Iterable[str]) -> frozenset[str]:
    return frozenset(filter(None, (word.strip() for text in given for word in text.split(","))))


def _environment() -> dict[str, str]:
    return {k.removeprefix(VARIABLES): v for k, v in os.environ.items() if k.startswith(VARIABLES)}


def _beside(inventory: str | None) -> Path:
    if inventory is None:
        return Path()
    path = Path(inventory)
    return path if path.is_dir() else path.parent
