"""The machine on which the tool runs."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from remediate.cli.wiring import production
from tests.lab.faults.bench import Benches
from tests.support.canary import Canary, found, writings

pytestmark = pytest.mark.xdist_group("faults-plan")
APPLY = "apply HOME/fix.plan -i INV"


@pytest.mark.parametrize("form", ["F110-open", "F110-link", "F110-open-file"])
def test_state_directory(form: str, bench: Benches, tmp_path: Path) -> None:
    """A state directory or ledger that others can write or read, or that is a link: refused before any device is
    asked."""
    story = bench()
    story.planned()
    before = len(story.record())
    place = story.ledger.parent
    if form.endswith("link"):
        (tmp_path / "elsewhere").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "elsewhere")
    else:
        place.mkdir(mode=0o777 if form.endswith("open") else 0o700)
        place.chmod(0o777 if form.endswith("open") else 0o700)
    if form.endswith("file"):
        story.ledger.touch(mode=0o644)
        story.ledger.chmod(0o644)
    done = story.type(APPLY)
    assert done.code == 1, done.text
    assert str(place) in done.text
    assert story.writes() == []
    assert len(story.record()) == before


def test_f115_password_in_an_exception(bench: Benches) -> None:
    """A library raises with the password among its words, in every writing: neither the screen nor the file of --debug
    holds it."""
    story = bench()
    password = (story.inventory / "secrets" / "exp-c-admin").read_text().strip()
    wired = production()

    def broken(clock: object) -> object:
        readers = wired.readers(clock)  # type: ignore[arg-type]

        class Broken:
            def __getattr__(self, name: str) -> object:
                return getattr(readers, name)

            def origins(self) -> object:
                raise RuntimeError(f"cannot log in as admin with {' or '.join(writings(password).values())}")

        return Broken()

    story.wiring = replace(wired, readers=broken)  # type: ignore[arg-type]
    done = story.type("collect -i INV -o HOME/c.capture --debug")
    assert done.code == 250, done.text
    assert found([Canary("admin", password)], done.text.encode()) == []
    details = Path(done.text.split("details: ")[1].split()[0])
    assert details.stat().st_mode & 0o777 == 0o600
    assert "RuntimeError" in details.read_text()
    assert found([Canary("admin", password)], details.read_bytes()) == []
    details.unlink()


def test_f116_no_core(tmp_path: Path) -> None:
    """Core files are allowed, the process is ended by SIGSEGV: it leaves none."""
    code = (
        "import os, resource, signal; resource.setrlimit(resource.RLIMIT_CORE, (1 << 20, resource.RLIM_INFINITY));"
        "from remediate.cli.main import main; main(['explain', 'list']);"
        "print(resource.getrlimit(resource.RLIMIT_CORE)[0]);"
        "import sys; sys.stdout.flush(); os.kill(os.getpid(), signal.SIGSEGV)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=tmp_path, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])})  # fmt: skip
    assert done.returncode == -11
    assert done.stdout.splitlines()[-1] == "0"
    assert list(tmp_path.iterdir()) == []
