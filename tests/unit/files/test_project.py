"""Inventories and playbooks as an operator writes them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediate.errors import InputError, InventoryError, PlaybookError
from remediate.files.patterns import select
from remediate.files.project import load_desired
from remediate.model.inventory import Role
from tests.support import forge

ROOT = forge.authority("Root").certificate
DEVICE = forge.leaf("exp-c-1.example.test", None).certificate
INVENTORY = f"""
vars: {{ticket: CHG1, admin: operator}}
trusted_certificates:
  root: {{file: root.pem, sha256: "{ROOT.sha256}", accept: [left-in-place, certificate-authority]}}
  typed: {{sha256: "{"ab" * 32}", source: read on the console}}
clusters:
  exp-c:
    role: expressway-c
    groups: [expressway_c, emea]
    primary: exp-c-1
    serves: [cucm]
    replication_interval: 90s
    credentials: {{username: "{{{{ admin }}}}", password: {{env: EXP_PASSWORD}}}}
    peers:
      exp-c-1: {{address: 10.0.0.1, tls_certificate: device.pem, tls_sha256: {DEVICE.sha256}}}
      exp-c-2: {{address: 10.0.0.2, ports: {{ssh: 5022}}}}
  cucm:
    role: cucm
    groups: [uc]
    publisher: pub
    system_server: {{accept: [endpoints-learn-name], refresh_by: A. Person, allow_list_rules: in-place}}
    nodes:
      pub: {{address: 10.0.0.11}}
      sub: {{address: 10.0.0.12}}
"""
PLAYBOOK = """
name: All
plays:
  - name: verified
    hosts: expressway_c
    tags: [mra]
    desired: {origins: verified, trusted_certificates: [root]}
    remedies: [upload-missing-ca]
  - name: off
    hosts: all
    tags: [workaround]
    desired: {verify_origin_server: Off}
    workaround: {owner: A, ticket: "{{ ticket }}", reason: why, expires: "2026-12-01T06:00:00Z"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project on disk."""
    (tmp_path / "clusters.yml").write_text(INVENTORY)
    (tmp_path / "playbook.yml").write_text(PLAYBOOK)
    (tmp_path / "root.pem").write_bytes(ROOT.pem)
    (tmp_path / "device.pem").write_bytes(DEVICE.pem)
    return tmp_path


def changed(folder: Path, file: str, old: str, new: str) -> None:
    """Edit a file of the project."""
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1))


def test_loaded(folder: Path) -> None:
    """Clusters, roles, pins, waits, consents, templates and plays arrive as written."""
    desired = load_desired(folder, folder / "playbook.yml")
    inventory = desired.inventory
    exp, cucm = inventory.clusters
    assert exp.hosts[0].tls_certificates == (DEVICE,)
    assert (exp.hosts[1].fqdn, exp.hosts[1].port("ssh", 22)) == ("10.0.0.2", 5022)
    assert exp.hosts[0].credentials is not None
    assert exp.hosts[0].credentials.username == "operator"
    assert exp.durations.replication_interval == 90
    assert [h.role for h in cucm.hosts] == [Role.CUCM_PUBLISHER, Role.CUCM_SUBSCRIBER]
    assert cucm.system_server.refresh_by == "A. Person"
    assert [t.provenance.kind for t in inventory.trusted_certificates] == ["ca-file", "fingerprint"]
    verified, off = desired.plays
    assert (verified.clusters, verified.trusted_certificates) == (("exp-c",), ("root",))
    assert off.workaround is not None
    assert off.workaround.ticket == "CHG1"
    assert len(desired.playbook_digest) == 64


def test_variables_win_in_order(folder: Path) -> None:
    """`-e` wins over `group_vars`, `vars:` of the inventory wins over `group_vars`."""
    (folder / "group_vars").mkdir()
    (folder / "group_vars" / "emea.yml").write_text("admin: from-group\nextra: x\n")
    credentials = load_desired(folder).inventory.clusters[0].hosts[0].credentials
    assert credentials is not None
    assert credentials.username == "operator"
    changed(folder, "clusters.yml", ", admin: operator", "")
    credentials = load_desired(folder).inventory.clusters[0].hosts[0].credentials
    assert credentials is not None
    assert credentials.username == "from-group"
    credentials = load_desired(folder, extra={"admin": "typed"}).inventory.clusters[0].hosts[0].credentials
    assert credentials is not None
    assert credentials.username == "typed"


def test_tags(folder: Path) -> None:
    """Tags choose plays; none left is said."""
    playbook = folder / "playbook.yml"
    assert [p.name for p in load_desired(folder, playbook, tags=frozenset({"mra"})).plays] == ["verified"]
    assert [p.name for p in load_desired(folder, playbook, skip_tags=frozenset({"mra"})).plays] == ["off"]
    with pytest.raises(PlaybookError, match=r"no play has these tags: its tags: mra, workaround$"):
        load_desired(folder, playbook, tags=frozenset({"none"}))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("role: cucm", "role: cucmm", "did you mean cucm?", id="role"),
        pytest.param("serves: [cucm]", "serves: [cuc]", "serves cuc, which is no UC cluster here", id="serves"),
        pytest.param("primary: exp-c-1", "primary: exp-c-9", "exp-c-9 is not one of its nodes", id="primary"),
        pytest.param("    primary: exp-c-1\n", "", "which of these is the configuration primary", id="no-primary"),
        pytest.param("publisher: pub", "primary: pub", "has a publisher", id="word"),
        pytest.param("10.0.0.12", "10.0.0.11", "have one address", id="B034-address"),
        pytest.param("10.0.0.12", '"::ffff:10.0.0.11"', "have one address", id="B034-mapped"),
        pytest.param("sub: {", "exp-c-1: {", "is named twice: first on line 15", id="B034-name"),
        pytest.param(
            "password: {env: EXP_PASSWORD}", "password: hunter2", "stands here in clear text", id="clear-text"
        ),
        pytest.param("{env: EXP_PASSWORD}", "{env: A, file: B}", "one place for a secret", id="two-places"),
        pytest.param(ROOT.sha256, "cd" * 32, "root.pem has SHA-256", id="file-digest"),
        pytest.param(DEVICE.sha256, "cd" * 32, "tls_sha256 is not that of a certificate", id="pin"),
        pytest.param(
            "accept: [left-in-place, ", "accept: [left-in-plase, ", "did you mean left-in-place?", id="accept"
        ),
        pytest.param("source: read on the console", "sorce: x", "did you mean source?", id="key"),
        pytest.param("exp-c-1: {address: 10.0.0.1, ", "exp-c-1: {", "address is missing", id="B026-node"),
        pytest.param("    role: cucm\n", "", "role is missing", id="B026-cluster"),
        pytest.param("ssh: 5022", "ssh: 05022", "leading zero", id="B012"),
        pytest.param("nodes:", "peers:", "has nodes, not peers", id="nodes"),
        pytest.param("{{ admin }}", "{{ admln }}", "'admln' is undefined", id="template"),
    ],
)
def test_inventory_refused(folder: Path, old: str, new: str, words: str) -> None:
    """Each mistake is named with file, line and column, and no secret is shown."""
    changed(folder, "clusters.yml", old, new)
    with pytest.raises(InputError) as caught:
        load_desired(folder)
    assert words in str(caught.value)
    assert "clusters.yml:" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param("hosts: expressway_c", "hosts: expresway_c", "did you mean expressway_c?", id="hosts"),
        pytest.param("hosts: expressway_c", "hosts: exp-c-1", "is a node, and a pattern names clusters", id="node"),
        pytest.param("remedies:", "remedys:", "did you mean remedies?", id="key"),
        pytest.param("upload-missing-ca", "upload-missing-cas", "did you mean upload-missing-ca?", id="remedy"),
        pytest.param(
            "{verify_origin_server: Off}", "{verify_origin_server: On}", "belongs to verify_origin_server: Off", id="on"
        ),
        pytest.param("owner: A, ", "", ":13:17: owner is missing", id="B026-words"),
        pytest.param("2026-12-01T06:00:00Z", "2026-12-01", "give time and zone", id="B014"),
        pytest.param("[root]", "[rot]", "did you mean root?", id="certificate"),
        pytest.param("    hosts: all\n", "", ":9:5: hosts is missing", id="B026-play"),
    ],
)
def test_playbook_refused(folder: Path, old: str, new: str, words: str) -> None:
    """Each mistake in a playbook likewise."""
    changed(folder, "playbook.yml", old, new)
    with pytest.raises(InputError) as caught:
        load_desired(folder, folder / "playbook.yml")
    assert words in str(caught.value)
    assert "playbook.yml:" in str(caught.value)


def test_off_needs_its_words(folder: Path) -> None:
    """`Off` without a workaround is refused, and the missing words are listed."""
    text = (folder / "playbook.yml").read_text()
    (folder / "playbook.yml").write_text("\n".join(line for line in text.splitlines() if "workaround: {" not in line))
    with pytest.raises(PlaybookError, match=r"Off needs a workaround: workaround: \{owner: …, ticket: …"):
        load_desired(folder, folder / "playbook.yml")


def test_f08c_b034_seven_peers(folder: Path) -> None:
    """A cluster has at most six peers."""
    more = "".join(f"\n      exp-c-{n}: {{address: 10.0.0.{n}}}" for n in range(3, 8))
    changed(folder, "clusters.yml", "ports: {ssh: 5022}}", "ports: {ssh: 5022}}" + more)
    with pytest.raises(InventoryError, match="7 peers; a cluster has 1 to 6"):
        load_desired(folder)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("all", ["exp-c", "cucm"]),
        ("exp-c", ["exp-c"]),
        ("exp-c:cucm", ["exp-c", "cucm"]),
        ("all:!uc", ["exp-c"]),
        ("!uc", ["exp-c"]),
        ("expressway_*:&emea", ["exp-c"]),
        ("cucm,exp-c", ["exp-c", "cucm"]),
    ],
)
def test_patterns(folder: Path, pattern: str, names: list[str]) -> None:
    """Ansible's patterns over clusters and groups, in inventory order."""
    assert list(select(pattern, load_desired(folder).inventory.clusters, "--limit")) == names


def test_pattern_from_a_file(folder: Path) -> None:
    """`@file` reads one part per line; an empty result is refused."""
    (folder / "limit").write_text("# only these\nexp-c\n")
    clusters = load_desired(folder).inventory.clusters
    assert select(f"@{folder / 'limit'}", clusters, "--limit") == ("exp-c",)
    with pytest.raises(InputError, match="selects no cluster"):
        select("exp-c:!exp-c", clusters, "--limit")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_any_edit_ends_in_a_project_or_our_error(folder: Path, data: st.DataObject) -> None:
    """Cut a piece out of the inventory, or put one in: no foreign exception leaves."""
    at = data.draw(st.integers(0, len(INVENTORY)))
    length = data.draw(st.integers(0, 30))
    piece = data.draw(st.sampled_from(["", "{", "]", ": ", "\n", "- ", "{{", "'", "null", "[[", "é", "\t"]))
    (folder / "clusters.yml").write_text(INVENTORY[:at] + piece + INVENTORY[at + length :])
    with suppress(InputError):
        load_desired(folder, folder / "playbook.yml")
