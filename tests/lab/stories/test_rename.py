"""A change of System > Server from plan to rollback: two CUCM, one IM and Presence and two Unity nodes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.stories.window import FIX, Window, window

Capsys = pytest.CaptureFixture[str]
SIZE = "--switch unity_nodes=2"


@pytest.fixture
def story(tmp_path: Path, capsys: Capsys) -> Iterator[Window]:
    """System > Server holds the publisher's address."""
    with window(tmp_path, capsys, "seed-server-by-ip", SIZE) as made:
        yield made


def by_tool(story: Window) -> str:
    """The playbook that leaves the restarts to the tool."""
    path = story.home / "by-tool.yml"
    text = FIX.read_text(encoding="utf-8").replace("service_restarts: by-hand", "service_restarts: by-tool")
    path.write_text(text, encoding="utf-8")
    return str(path)


def nodes(story: Window) -> dict[str, dict[str, object]]:
    """The lab's UC nodes."""
    found: dict[str, dict[str, object]] = story.hand("state")["nodes"]
    return found


def refresh_when(story: Window, name: str) -> None:
    """A colleague presses Refresh servers once the publisher has that name."""
    story.when(lambda: nodes(story)["cucm-pub"]["db_name"] == name, lambda: story.hand("refresh", cluster="exp-c"))


def test_whole_window(story: Window) -> None:
    """The login that failed works, as many phones register again as the plan foretold, and rollback brings back what
    it said it would."""
    before = str(nodes(story)["cucm-pub"]["db_name"])
    assert story.statuses() == {200, 502}
    plan = story.type(f"plan {by_tool(story)} -i INV -o HOME/fix.plan")
    assert plan.code == 0, plan.text
    assert "restart Cisco CallManager on cucm-sub: 25 phones register again" in plan.text
    assert "restart Cisco CallManager on cucm-pub: 40 phones register again" in plan.text
    refresh_when(story, "cucm-pub.example.test")
    done = story.type("apply HOME/fix.plan -i INV --by-hand")
    assert done.code == 0, done.text
    assert story.statuses() == {200}
    assert story.type("verify -i INV").code == 0
    assert {name: node["registrations"] for name, node in nodes(story).items() if node["registrations"]} == {
        "cucm-sub": 25,
        "cucm-pub": 40,
    }
    assert nodes(story)["cucm-sub"]["tftp_names"] == {
        "cucm-pub": "cucm-pub.example.test",
        "cucm-sub": "cucm-sub.example.test",
    }
    assert "Nothing is outstanding" in story.type("status -i INV").text
    undo = story.type(
        f"rollback {story.run_id(done)} -i INV -o HOME/undo.plan --accept-login-failures 'as before the window'"
    )
    assert undo.code == 0, undo.text
    assert f"from cucm-pub.example.test to {before}" in undo.text
    refresh_when(story, before)
    assert story.type("apply HOME/undo.plan -i INV --by-hand").code == 0
    assert nodes(story)["cucm-pub"]["db_name"] == before
    assert story.statuses() == {200, 502}
    left = story.type("status -i INV").text
    assert "restart Cisco Tftp on cucm-pub" in left
    assert "restart Cisco CallManager on cucm-sub" in left


def test_restarts_by_hand_are_seen(story: Window) -> None:
    """What is owed is named per node and service, and seen done from Control Center; nothing is attested."""
    assert story.type(f"plan {FIX} -i INV -o HOME/fix.plan").code == 0
    refresh_when(story, "cucm-pub.example.test")
    assert story.type("apply HOME/fix.plan -i INV --by-hand").code == 0
    owed = story.type("status -i INV")
    assert (owed.code, owed.text.count("Pending action: restart Cisco")) == (13, 4)
    story.hand("edit", cluster="cucm", switch="service_restart_s", value="0")
    for service in ("Cisco Tftp", "Cisco CallManager"):
        for node in ("cucm-sub", "cucm-pub"):
            assert story.type(f"lab hand restart-service {node} '{service}' --dir LAB").code == 0
    assert story.type("verify -i INV").code == 0
    assert "Nothing is outstanding" in story.type("status -i INV").text


def test_what_earlier_runs_owe_is_a_plan(story: Window) -> None:
    """Restarts that a run left to a hand become steps once the playbook leaves them to the tool."""
    assert story.type(f"plan {FIX} -i INV -o HOME/fix.plan").code == 0
    refresh_when(story, "cucm-pub.example.test")
    assert story.type("apply HOME/fix.plan -i INV --by-hand").code == 0
    assert story.type(f"plan {by_tool(story)} -i INV -o HOME/owed.plan -detailed-exitcode").code == 2
    assert story.type("apply HOME/owed.plan -i INV").code == 0
    assert "Nothing is outstanding" in story.type("status -i INV").text
    assert "No changes" in story.type(f"plan {by_tool(story)} -i INV -detailed-exitcode").text


def test_accepted_without_effect(story: Window) -> None:
    """The thick call says yes and changes nothing: said so, nothing further is done; SQL only with the word for it."""
    story.hand("edit", cluster="cucm", switch="thick_rename", value="accepted-no-effect")
    assert story.type(f"plan {FIX} -i INV -o HOME/fix.plan").code == 0
    failed = story.type("apply HOME/fix.plan -i INV --by-hand")
    assert failed.code == 2
    assert "the device said OK and the value is unchanged" in failed.text
    assert "axl executeSQLUpdate" not in {verb for _, verb in story.writes()}
    clusters = story.lab / "inventory" / "clusters.yml"
    words = "- phones-resolve-names"
    clusters.write_text(clusters.read_text().replace(words, f"{words}\n      - sql-update"), encoding="utf-8")
    assert story.type(f"plan {FIX} -i INV -o HOME/sql.plan").code == 0
    refresh_when(story, "cucm-pub.example.test")
    done = story.type("apply HOME/sql.plan -i INV --by-hand")
    assert done.code == 0, done.text
    assert "axl executeSQLUpdate" in {verb for _, verb in story.writes()}
    assert story.statuses() == {200}


def test_certificates_regenerated(story: Window) -> None:
    """The run stops after the name, says what has to be signed again, and Refresh servers stays owed."""
    story.hand("edit", cluster="cucm", switch="rename_regenerates_certs", value="on")
    assert story.type(f"plan {FIX} -i INV -o HOME/fix.plan").code == 0
    stopped = story.type("apply HOME/fix.plan -i INV --by-hand")
    assert stopped.code == 2
    assert "cucm-pub shows another certificate than before" in stopped.text
    assert "Refresh servers on exp-c" in story.type("status -i INV").text


def test_certificates_regenerated_in_mixed_mode(tmp_path: Path, capsys: Capsys) -> None:
    """Phones trust by the CTL then: its update is owed, and as nothing readable shows it, somebody has to vouch."""
    switches = "--switch rename_regenerates_certs=on --switch cluster_security_mode=1"
    with window(tmp_path, capsys, "seed-server-by-ip", f"--peers 1 {switches}") as story:
        plan = story.type(f"plan {FIX} -i INV -o HOME/fix.plan")
        assert "mixed mode: where one changed, utils ctl update CTLFile on cucm-pub" in plan.text
        assert story.type("apply HOME/fix.plan -i INV --by-hand").code == 2
        status = story.type("status -i INV")
        assert "Pending action: utils ctl update CTLFile on cucm-pub, then reset the phones of cucm" in status.text
        identity = status.text.split("remediate attest ")[-1].split()[0]
        assert story.type(f"attest {identity} -i INV --who 'A. Smith'").code == 0
        assert "CTLFile" not in story.type("status -i INV").text


def test_certificates_regenerated_and_shown_after_a_restart(story: Window) -> None:
    """A service may show its old certificate until it restarts: the run looks again then, and stops before the next
    node."""
    for switch, value in (("rename_regenerates_certs", "on"), ("certificate_in_force", "after-restart")):
        story.hand("edit", cluster="cucm", switch=switch, value=value)
    assert story.type(f"plan {by_tool(story)} -i INV -o HOME/fix.plan").code == 0
    refresh_when(story, "cucm-pub.example.test")
    stopped = story.type("apply HOME/fix.plan -i INV --by-hand")
    assert stopped.code == 2
    assert "restart-service:cucm-pub:cisco-tftp: cucm-pub shows another certificate than before on 6972" in stopped.text
    assert nodes(story)["cucm-pub"]["registrations"] == 0


@pytest.mark.parametrize("value", ["on", "off"])
def test_presence_has_its_own_procedure(shared: Window, value: str) -> None:
    """An entry of IM and Presence is for a hand: no zone would show that Expressway-C was refreshed for it."""
    shared.hand("restore", name="fresh")
    address = str(nodes(shared)["imp-1"]["address"])
    shared.hand("edit", cluster="imp", switch="imp_rename_restarts_node", value=value)
    shared.hand("edit", node="imp-1", name=address)
    shared.hand("clock", seconds="2")
    plan = shared.type(f"plan {FIX} -i INV")
    assert plan.code in (0, 7), plan.text
    assert f"change it by hand: Cisco Unified CM Administration > System > Server: {address} to imp-1" in plan.text
    assert "rename-system-server:imp-1" not in plan.text


def test_replication_is_waited_for(story: Window) -> None:
    """The next step begins only once every node tells clients the new name."""
    story.hand("edit", cluster="cucm", switch="replication_lag_s", value="2")
    assert story.type(f"plan {FIX} -i INV -o HOME/fix.plan").code == 0
    refresh_when(story, "cucm-pub.example.test")
    done = story.type("apply HOME/fix.plan -i INV --by-hand")
    assert done.code == 0, done.text
    asked = [r["time"] for r in story.record() if r["verb"] == "axl updateProcessNode"]
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("switch", "value", "words"),
    [
        ("dns_split", "external-missing", "by DNS nothing"),
        ("dns_split", "reverse-missing", "no reverse record cucm-pub.example.test"),
        ("dns_split", "not-configured", "a mix of nodes with and without DNS"),
        ("replication", "broken", "(4) Setup Failed"),
        ("validate_network", "Failed", "validate_network failed on cucm-pub"),
        ("sso", "on", "the IdP needs new SP metadata"),
    ],
)
def test_blocked(shared: Window, switch: str, value: str, words: str) -> None:
    """Each thing that the nodes or the database show to be amiss blocks, with its reason."""
    shared.hand("restore", name="fresh")
    shared.hand("edit", cluster="cucm", switch=switch, value=value)
    plan = shared.type(f"plan {FIX} -i INV")
    assert plan.code in (4, 7), plan.text
    assert words in plan.text
    assert "rename-system-server" not in plan.text


def test_reads_that_axl_limits(shared: Window) -> None:
    """Where AXL answers -1 nothing is known of the names, and that is said in AXL's own words."""
    shared.hand("restore", name="fresh")
    shared.hand("edit", cluster="cucm", switch="read_limit", value="on")
    assert shared.type(f"plan {FIX} -i INV").code == 4
    verify = shared.type("verify -i INV")
    assert "Maximum AXL Memory Allocation Consumed" in verify.text
    assert "axlcode -1" in verify.text


@pytest.fixture
def shared(home: Path, capsys: Capsys) -> Window:
    """One lab for what changes nothing."""
    return Window(home, capsys)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A lab in its first state."""
    from remediate.lab.control import send  # noqa: PLC0415
    from remediate.lab.serve import Order, down, up  # noqa: PLC0415

    directory = tmp_path_factory.mktemp("rename")
    up(Order("seed-server-by-ip", directory / "lab", peers=1), detach=True)
    send(directory / "lab", "snapshot", name="fresh")
    yield directory
    down(directory / "lab")
