"""Files damaged at any place end in a value or in one clear error of ours."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediate.errors import InputError
from remediate.files.fixes import fixed
from remediate.files.inventory import load_inventory
from remediate.files.lint import lint
from remediate.files.pins import read_pins
from remediate.files.policy import load_policy
from remediate.files.project import load_desired, variables_in
from remediate.files.settings import read_settings

PROJECT = Path(__file__).parents[3]
EXAMPLE, WORKAROUND = PROJECT / "inventories" / "example", PROJECT / "playbooks" / "mra-workaround.yml"
VARIABLES = {"axl_user": "axl", "workaround_expires": "2026-12-01T06:00:00Z"} | {
    f"workaround_{word}": word for word in ("owner", "ticket", "reason")
}
INI = b"""[expressway_c]
a[1:3] ansible_host=10.0.0.1 ansible_password='x y' ansible_port=22 remediate_known_hosts=known
[cucm:children]
below
[below]
b ansible_host=10.0.0.9
[all:vars]
named=1
ansible_user={{ named }}
"""
ANSIBLE_YAML = b"""all:
  vars: &v {ansible_user: admin}
  children:
    expressway_c:
      hosts:
        a[01:02]: {ansible_host: 10.0.0.1, <<: *v}
        b: {ansible_password: !vault 'x'}
    cucm:
      hosts: {p: {ansible_host: '{{ q }}', q: 10.0.0.3}}
"""
PINS = b"exp-c-1:\n  tls_sha256: [" + b"ab" * 32 + b"]\n  verified: A, today\n"
SETTINGS = b"inventory: x\nforks: 3\nno-color: true\nnode-timeout: 5m\n"
Load = Callable[[Path], object]
LOADERS: dict[str, tuple[bytes, Load]] = {
    "clusters.yml": ((EXAMPLE / "clusters.yml").read_bytes(), lambda f: load_desired(f, WORKAROUND, VARIABLES)),
    "policy.yml": (
        (EXAMPLE / "policy.yml").read_bytes(),
        lambda f: load_policy(f, load_inventory(f.parent, VARIABLES)[0]),
    ),
    "playbook.yml": (WORKAROUND.read_bytes(), lambda f: load_desired(f.parent, f, VARIABLES)),
    "pins.yml": (PINS, lambda f: read_pins(f, ["exp-c-1"])),
    "remediate.yml": (SETTINGS, read_settings),
    "variables.yml": (b"a: b\n" * 3, variables_in),
    "hosts": (INI, lambda f: load_inventory(f, VARIABLES)),
    "hosts.yml": (ANSIBLE_YAML, lambda f: load_inventory(f, VARIABLES)),
}
PIECES = (
    *(
        b"{{ x }}",
        b"{{",
        b"}}",
        b"{% x %}",
        b"{{ ''.__class__ }}",
        b"[",
        b"]",
        b"{",
        b"}",
        b": ",
        b"- ",
        b"'",
        b'"',
        b"#",
    ),
    *(b"*v", b"&v ", b"<<: ", b"!vault ", b"!!binary ", b"%YAML 1.1\n---\n", b"---\n", b"...\n", b"|\n", b">-2\n"),
    *(
        b"\t",
        b"\n",
        b"\r\n",
        b"\0",
        b"\xff",
        b"\xe2\x80\xa8",
        b"\xc2\x85",
        b"\xef\xbf\xbe",
        b"\xf0\x9f\x98\x80",
        b"\xd9\xa3",
    ),
    *(b"[a:b]", b"[1:99999999]", b"[1:9999]" * 3, b"[1:1]" * 40, b"9" * 5000, b"." * 300, b"x" * 300, b"[" * 5000),
    *(b"null", b"~", b"1e999", b"@/etc/passwd", b"../", b"9999-12-31T23:59:59-23:59", b"0001-01-01T00:00:00+23:00"),
)


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """The file with a few pieces put in, cut out or repeated."""
    data = good
    for _ in range(draw(st.integers(1, 3))):
        at, length = draw(st.integers(0, len(data))), draw(st.integers(0, 40))
        piece = draw(st.sampled_from((*PIECES, data[at : at + length])))
        data = data[:at] + piece + data[at + draw(st.sampled_from((0, length))) :]
    return data


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example, with files of every kind beside it."""
    shutil.copytree(EXAMPLE, tmp_path / "inv")
    (tmp_path / "inv" / "known").write_text("a ssh-rsa AAAA\n")
    return tmp_path / "inv"


@pytest.mark.parametrize("name", LOADERS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_value_or_one_clear_error(folder: Path, name: str, data: st.DataObject) -> None:
    """Nothing foreign is raised, and the error is one line that names a file; checking and mending it end well too."""
    good, load = LOADERS[name]
    (folder / name).write_bytes(data.draw(damaged(good)))
    errors = [*refusal(load, folder / name), *lint([folder / name])]
    assert all(error.path and "\n" not in str(error).strip() for error in errors)
    fixed(folder / name)
    (folder / name).write_bytes(good)


def refusal(load: Load, file: Path) -> tuple[InputError, ...]:
    """Why a file is not read; empty where it is."""
    try:
        load(file)
    except InputError as error:
        return (error,)
    return ()
