"""What is shipped: a wheel that installs alone and holds all it needs, and an image made of the same."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

import remediate
from remediate.files.schemas import SCHEMAS
from tests.support.pages import PROJECT

CONTAINERFILE = PROJECT / "docs" / "container" / "Containerfile"
BASE = re.compile(r"^ARG PYTHON=(\S+)$", re.MULTILINE)
COPIED = re.compile(r"^COPY (?!--)(.+) \S+$", re.MULTILINE)


def run(*command: str | Path, cwd: Path = PROJECT) -> str:
    """Its output, both streams. It must succeed."""
    done = subprocess.run(
        command, cwd=cwd, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def from_archive(place: Path) -> Path:
    """The sources as `pip download --no-binary` would give them."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", place)
    archive = next(place.glob("*.tar.gz"))
    with tarfile.open(archive) as opened:
        opened.extractall(place, filter="data")
    return place / archive.name.removesuffix(".tar.gz")


def from_container(place: Path) -> Path:
    """The sources that the Containerfile copies into its build, and no others."""
    for line in COPIED.findall(CONTAINERFILE.read_text(encoding="utf-8")):
        for name in line.split():
            source, target = PROJECT / name, place / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
    return place


@pytest.fixture(scope="module", params=[from_archive, from_container], ids=["archive", "container"])
def wheel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from those sources alone."""
    source = request.param(tmp_path_factory.mktemp("source"))
    place = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place, cwd=source)
    return next(place.glob("*.whl"))


def test_wheel_holds_what_it_needs(wheel: Path) -> None:
    """Every file of the package, the typed marker, the schemas, the playbooks, the licence; and no test."""
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        metadata = message_from_string(opened.read(next(n for n in names if n.endswith("/METADATA"))).decode())
    package = {
        path.relative_to(PROJECT).as_posix()
        for path in (PROJECT / "remediate").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert package - names == set()
    assert {"remediate/py.typed", *(f"remediate/files/schemas/{name}.schema.json" for name in SCHEMAS)} <= names
    assert {f"remediate/playbooks/{path.name}" for path in (PROJECT / "playbooks").iterdir()} <= names
    assert {name.partition("/")[0] for name in names} == {"remediate", f"remediate-{remediate.__version__}.dist-info"}
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert (metadata["Version"], metadata["License-Expression"]) == (remediate.__version__, "Apache-2.0")
    assert {"ansible", "keyring", "postgresql"} <= set(metadata.get_all("Provides-Extra", []))


def test_wheel_installs_into_a_fresh_environment(wheel: Path, tmp_path: Path) -> None:
    """Its own files are those that run; the libraries it needs are lent by this environment."""
    home = tmp_path / "venv"
    venv.create(home)
    run(sys.executable, "-m", "pip", "--python", home / "bin/python", "install", "-q", "--no-deps", "--no-index", wheel)
    packages = next(home.glob("lib/python*/site-packages"))
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    command = home / "bin" / "remediate"
    assert run(command, "--version", cwd=tmp_path) == f"remediate {remediate.__version__}\n"
    shown = run(command, "lint", "--schemas", cwd=tmp_path).split()
    assert str(packages / "remediate" / "files" / "schemas" / "plan.schema.json") in shown
    code = "import remediate.api; print(remediate.api.__file__)"
    assert run(home / "bin" / "python", "-c", code, cwd=tmp_path).strip() == str(packages / "remediate" / "api.py")
    playbook = packages / "remediate" / "playbooks" / "mra-origin-verification.yml"
    run(command, "lint", playbook, cwd=tmp_path)


def builder() -> str:
    """A program that builds images here and now; empty where there is none."""
    for name in ("podman", "docker"):
        found = shutil.which(name)
        if found and subprocess.run([found, "info"], check=False, capture_output=True).returncode == 0:
            return found
    return ""


def test_image() -> None:
    """Where images can be built: it runs the command, as a user without privileges."""
    found, base = builder(), BASE.findall(CONTAINERFILE.read_text(encoding="utf-8"))[0]
    if not found:
        pytest.skip("no builder of containers at hand: podman, or docker with its daemon")
    if subprocess.run([found, "pull", base], check=False, capture_output=True).returncode != 0:
        pytest.skip(f"the base image {base} cannot be had from here")
    run(found, "build", "-t", "remediate-test", "-f", CONTAINERFILE, ".")
    assert run(found, "run", "--rm", "remediate-test", "--version") == f"remediate {remediate.__version__}\n"
    assert run(found, "run", "--rm", "--entrypoint", "id", "remediate-test", "-u") == "1000\n"
