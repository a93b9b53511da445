"""What editors check with is what the loaders take: examples pass both, mistakes fail both."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from remediate.errors import InputError
from remediate.files.inventory import load_inventory
from remediate.files.lint import lint
from remediate.files.plans import write_plan
from remediate.files.policy import load_policy
from remediate.files.project import load_desired
from remediate.files.schemas import SCHEMAS, schema_file
from remediate.files.settings import read_settings
from remediate.files.yaml import Mapping, Node, Sequence, Text, read_yaml
from remediate.planning.planner import plan_for
from tests.golden.cases import cases
from tests.support.scenes import AT, OFF, Scene

PROJECT = Path(__file__).parents[3]
EXAMPLE, PLAYBOOKS = PROJECT / "inventories" / "example", PROJECT / "playbooks"
SETTINGS = "inventory: inv\nforks: 20\nlock-timeout: 5m\nno-color: true\nverbose: 1\nremote-user: admin\n"


@cache
def validator(name: str) -> Draft202012Validator:
    """Of a shipped schema, which is one."""
    schema = json.loads(schema_file(name).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def wrong(name: str, document: object) -> list[str]:
    """What a schema finds in a document."""
    return [f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(document)]


def as_editors_read(node: Node) -> Any:
    """A tree by the core schema of YAML 1.2 (§10.3), in which `Off` is a word."""
    match node:
        case Mapping():
            return {key.value: as_editors_read(value) for key, value in node.items}
        case Sequence():
            return [as_editors_read(item) for item in node.items]
        case Text(quoted=True):
            return node.value
        case Text(value=value):
            if value in ("", "~", "null"):
                return None
            if value in ("true", "false"):
                return value == "true"
            return int(value) if re.fullmatch(r"[-+]?[0-9]+", value) else value


def of_file(path: Path) -> Any:
    """A file as an editor reads it."""
    return as_editors_read(read_yaml(path, InputError))


@pytest.mark.parametrize("name", SCHEMAS)
def test_sound(name: str) -> None:
    """Each is a schema of its dialect, and nothing is one of its documents."""
    assert wrong(name, []) != []


def test_shipped_examples() -> None:
    """Inventory, policy, playbooks and golden cases pass; the lines at their heads lead to the schemas."""
    assert wrong("inventory", of_file(EXAMPLE / "clusters.yml")) == []
    assert wrong("policy", of_file(EXAMPLE / "policy.yml")) == []
    for playbook in sorted(PLAYBOOKS.glob("*.yml")):
        assert wrong("playbook", of_file(playbook)) == []
    for file in (EXAMPLE / "clusters.yml", EXAMPLE / "policy.yml", *PLAYBOOKS.glob("*.yml")):
        head = file.read_text(encoding="utf-8").splitlines()[0]
        assert (file.parent / head.removeprefix("# yaml-language-server: $schema=")).is_file(), file
    for case in cases():
        assert wrong("inventory", of_file(case / "inventory" / "clusters.yml")) == []
        assert wrong("playbook", of_file(case / "playbook.yml")) == []
        assert wrong("capture", json.loads((case / "observed.json").read_text(encoding="utf-8"))) == []


def test_plan(tmp_path: Path) -> None:
    """A plan file passes; one with a word too many does not."""
    scene = Scene(plays=(OFF,))
    write_plan(tmp_path / "off.plan", plan_for(scene.desired, scene.observed, AT, "test"))
    document = json.loads((tmp_path / "off.plan").read_text(encoding="utf-8"))
    assert document["steps"]
    assert wrong("plan", document) == []
    assert wrong("plan", document | {"more": 1}) != []
    assert wrong("plan", {key: value for key, value in document.items() if key != "devices"}) != []


Load = Callable[[Path], object]
FILES: dict[str, tuple[str, Load]] = {
    "inventory": ("clusters.yml", lambda folder: load_inventory(folder, {"axl_user": "x"})),
    "policy": ("policy.yml", lambda folder: load_policy(folder, load_inventory(folder, {"axl_user": "x"})[0])),
    "playbook": ("playbook.yml", lambda folder: load_desired(folder, folder / "playbook.yml", {"axl_user": "x"})),
    "settings": ("remediate.yml", lambda folder: read_settings(folder / "remediate.yml")),
}
NODE = "        address: 192.0.2.11\n"
PASSWORD = "{env: EXPRESSWAY_PASSWORD}"
REFUSED = {
    "key": ("inventory", "role: expressway-c", "role: expressway-c\n    rolle: x"),
    "role": ("inventory", "role: expressway-c", "role: expresswayc"),
    "no role": ("inventory", "    role: cucm\n", ""),
    "no address": ("inventory", NODE, ""),
    "host": ("inventory", NODE, NODE.replace("192.0.2.11", "-oProxyCommand=x")),
    "port": ("inventory", "tftp: 6972", "tftp: 69720"),
    "port name": ("inventory", "tftp: 6972", "tfpt: 6972"),
    "wait": ("inventory", "replication_interval: 60s", "replication_interval: soon"),
    "password in clear text": ("inventory", PASSWORD, "hunter2"),
    "two places of a secret": ("inventory", PASSWORD, "{env: A, file: B}"),
    "place of a secret": ("inventory", PASSWORD, "{enf: A}"),
    "host key": ("inventory", "ssh_host_key: ecdsa-sha2-nistp256 ", "ssh_host_key: "),
    "fingerprint": ("inventory", "tls_sha256: 5f7392", "tls_sha256: "),
    "consent": ("inventory", "accept: [left-in-place]", "accept: [left-in-plase]"),
    "words for names": ("inventory", "[endpoints-learn-name]", "[endpoints-learn-names]"),
    "neither file nor source": ("inventory", "    file: trust/example-root.pem\n", ""),
    "nodes of an Expressway": ("inventory", "    peers:\n      exp-e-1:", "    nodes:\n      exp-e-1:"),
    "publisher of an Expressway": ("inventory", "primary: exp-e-1", "publisher: exp-e-1"),
    "no primary": ("inventory", "    primary: exp-c-1 # the configuration primary (System > Clustering)\n", ""),
    "no publisher": ("inventory", "    publisher: cucm-pub\n", ""),
    "list as a variable": ("inventory", "change: CHG0123", "change: [CHG0123]"),
    "empty": ("inventory", "change: CHG0123", "change:"),
    "risk": ("policy", "additive: 0", "aditive: 0"),
    "budget": ("policy", "max_failed: 1", "max_failed: 0"),
    "day": ("policy", "days: [sat, sun]", "days: [saturday]"),
    "weekly and once": ("policy", "kind: deny,", "kind: deny, days: [sat],"),
    "time of day": ("policy", '"00:30"', '"24:30"'),
    "window without end": ("policy", ", duration: 408h", ""),
    "login without account": (
        "policy",
        "  credentials: {username: mra-test, password: {env: MRA_TEST_PASSWORD}}\n",
        "",
    ),
    "switch": ("playbook", "verify_origin_server: Off", "verify_origin_server: false"),
    "On with a workaround": ("playbook", "verify_origin_server: Off", "verify_origin_server: On"),
    "Off without its words": ("playbook", "owner: A, ", ""),
    "expiry": ("playbook", "2026-12-01T06:00:00Z", "2026-12-01"),
    "remedy": ("playbook", "[upload-missing-ca]", "[upload-missing]"),
    "no hosts": ("playbook", "    hosts: all\n", ""),
    "play key": ("playbook", "remedies:", "remedys:"),
    "no plays": ("playbook", "plays:", "playz:"),
    "restart": ("playbook", "restart: at-end", "restart: now"),
    "setting": ("settings", "forks: 20", "fork: 20"),
    "forks": ("settings", "forks: 20", "forks: 0"),
    "duration": ("settings", "lock-timeout: 5m", "lock-timeout: 5min"),
    "truth": ("settings", "no-color: true", "no-color: maybe"),
}
PLAYBOOK = """plays:
  - name: one
    hosts: all
    desired: {verify_origin_server: Off}
    workaround: {owner: A, ticket: B, reason: C, expires: "2026-12-01T06:00:00Z"}
  - name: two
    hosts: all
    desired: {origins: verified}
    remedies: [upload-missing-ca]
    restart: at-end
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An inventory with a playbook and settings."""
    shutil.copytree(EXAMPLE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "playbook.yml").write_text(PLAYBOOK)
    (tmp_path / "remediate.yml").write_text(SETTINGS)
    return tmp_path


@pytest.mark.parametrize("name", FILES)
def test_both_accept(folder: Path, name: str) -> None:
    """What the mistakes below are made of is right."""
    file, load = FILES[name]
    load(folder)
    assert wrong(name, of_file(folder / file)) == []


@pytest.mark.parametrize("what", REFUSED)
def test_both_refuse(folder: Path, what: str) -> None:
    """The loader names the place, and an editor underlines it."""
    name, old, new = REFUSED[what]
    file, load = FILES[name]
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=rf"{re.escape(file)}:\d+:\d+: "):
        load(folder)
    assert wrong(name, of_file(folder / file)) != []


@pytest.mark.parametrize("source", ["env", "file", "prompt", "vault", "keyring", "ansible"])
def test_every_place_of_a_secret(folder: Path, source: str) -> None:
    """Loader and schema know the same places."""
    file = folder / "clusters.yml"
    file.write_text(file.read_text(encoding="utf-8").replace(PASSWORD, f"{{{source}: 'a/b#c'}}"), encoding="utf-8")
    assert wrong("inventory", of_file(file)) == []
    assert lint([file]) == ()
