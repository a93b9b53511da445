"""How a plan reads."""

from __future__ import annotations

import json
from datetime import timedelta

from remediate.actions import SetVerifyOriginServer
from remediate.model.certificate import EncodedCertificate
from remediate.model.desired import Workaround
from remediate.model.outstanding import Lease, Obligation, OpenRun, Outstanding
from remediate.model.reading import Known
from remediate.planning.plan import Plan, Step
from remediate.planning.planner import plan_for
from remediate.report import as_json
from remediate.report.as_text.drift import compare, drift
from remediate.report.as_text.plan import plan as plan_text
from remediate.report.as_text.plan import summary
from remediate.report.as_text.status import status, unowned, workarounds
from remediate.report.story import dangers
from tests.support import forge
from tests.support.scenes import ADDRESS, AT, LASTING, OFF, PUB, Scene, vouch

Lists = dict[str, tuple[EncodedCertificate, ...]]


def planned(scene: Scene) -> Plan:
    """The scene's plan."""
    return plan_for(scene.desired, scene.observed, AT, "test")


def untrusted(**changes: object) -> Scene:
    """Every origin signed by a CA that no peer lists, and which the inventory vouches for."""
    other = forge.authority("Other Root")
    trust: Lists = {p: (forge.authority("Corp Root").certificate,) for p in ("exp-c-1", "exp-c-2", "exp-c-3")}
    scene = Scene(root=other, trust=trust, plays=(LASTING,), vouched=(vouch("other-root", other.certificate),))
    return scene.with_(**changes)


def lease() -> Lease:
    """A temporary workaround that ends an hour after the scene's moment."""
    return Lease(
        cluster="exp-c",
        owner="A. Person",
        ticket="CHG1",
        reason="until the CA is trusted",
        opened_at=AT,
        expires=AT + timedelta(hours=1),
        run="r1",
    )


def test_uploads_collapse() -> None:
    """The same upload on each peer is one entry, with device clicks, undo, what is owed, and Terraform's sentence."""
    scene = untrusted()
    text = plan_text(planned(scene))
    assert text.count("  + upload other-root") == 1
    assert "  + upload other-root to the trusted CA list of exp-c-2, exp-c-1\n" in text
    assert f"      adds     other-root sha256:{scene.root.certificate.sha256}\n" in text
    assert "      because  origin-not-trusted: exp-c-2 → cucm-pub:8443 (asked as " in text
    assert "      undo     left in place; a person can take it out: exp-c-2: Maintenance > Security" in text
    assert "  restart exp-c-2, exp-c-1: what was added to the trusted CA list takes effect only then\n" in text
    assert "Connections before: 0 good, 8 fail, 0 pending, 0 unknown\n" in text
    assert "            after:  0 good, 0 fail, 8 pending, 0 unknown\n" in text
    assert text.endswith("\nPlan: 2 to add, 0 to change, 0 to destroy.\n")


def test_what_stands_from_earlier_runs() -> None:
    """The check that is off, by whose word, and what is still to be done, whatever the plan is for."""
    owed = Obligation(id="o", kind="restart", cluster="exp-c", host="exp-c-1", since=AT, run="r1")
    left = Outstanding(leases=(lease(),), obligations=(owed,))
    scene = Scene(plays=(LASTING,)).with_(verify=dict.fromkeys(Scene().peers, "Off"), outstanding=left)
    for shape in ("whole", "concise"):
        text = plan_text(planned(scene), "", shape)
        assert (
            "\nFrom earlier runs:\n  exp-c-1, exp-c-2: temporary workaround until 2026-11-24 03:00Z, A. Person" in text
        )
        assert "\n  restart exp-c-1: what was added" in text
    assert any(line.startswith("from earlier runs: exp-c-1, exp-c-2: temporary") for line in dangers(planned(scene)))


def test_shapes() -> None:
    """`concise` leaves out commands and undo, `summary` all but titles and sums, `expand` collapses nothing."""
    plan = planned(untrusted())
    concise, short, every = (
        plan_text(plan, shape="concise"),
        plan_text(plan, shape="summary"),
        plan_text(plan, "", "expand"),
    )
    assert "      undo " not in concise
    assert "      because  " in concise
    assert short.splitlines()[2:] == [
        "",
        "  + upload other-root to the trusted CA list of exp-c-2, exp-c-1",
        "",
        "Connections before: 0 good, 8 fail, 0 pending, 0 unknown",
        "            after:  0 good, 0 fail, 8 pending, 0 unknown",
        "",
        "Plan: 2 to add, 0 to change, 0 to destroy.",
    ]
    assert every.count("  + upload other-root") == every.count("      undo ") == 2
    blocked = plan_text(planned(untrusted(vouched=())), shape="summary")
    assert "  ! blocked: " in blocked
    assert blocked.endswith("No changes. 8 remedies blocked.\n")


def test_outlier_first() -> None:
    """A step that differs from the collapsed ones stands above them."""
    root, twin = forge.authority("Other Root"), forge.authority("Extra Root")
    listed: Lists = {"exp-c-1": (root.certificate,), "exp-c-2": (root.certificate,), "exp-c-3": (twin.certificate,)}
    play = LASTING.model_copy(update={"trusted_certificates": ("root", "extra")})
    scene = Scene(
        root=root,
        peers=("exp-c-1", "exp-c-2", "exp-c-3"),
        trust=listed,
        plays=(play,),
        vouched=(vouch("root", root.certificate), vouch("extra", twin.certificate)),
    )
    lines = [line for line in plan_text(planned(scene)).splitlines() if line.startswith("  + ")]
    assert lines == [
        "  + upload root to the trusted CA list of exp-c-3",
        "  + upload extra to the trusted CA list of exp-c-2, exp-c-1",
    ]


def in_cluster(number: int, plan: Plan, root: EncodedCertificate | None = None) -> tuple[Step, ...]:
    """The steps of a plan again in another cluster; with a root an upload adds that one."""
    cluster, found = f"site-{number}", []
    for step in plan.steps:
        other = {"certificates": (root,)} if root else {}
        action = step.action.model_copy(update={"cluster": cluster, "host": f"{step.action.host}-{number}", **other})
        found.append(step.model_copy(update={"id": f"{step.id}-{number}", "cluster": cluster, "action": action}))
    return tuple(found)


def test_plan_of_many_clusters_is_told_by_kind() -> None:
    """What each cluster gets of its own is one line, what is alike everywhere another, the rarest first."""
    renames, uploads = planned(Scene(names={PUB: ADDRESS[PUB]}, plays=(LASTING,))), planned(untrusted())
    own = [in_cluster(n, uploads, forge.authority(f"Root {n}").certificate) for n in range(100)]
    alike = [in_cluster(n, uploads) for n in range(100, 160)]
    named = [in_cluster(n, renames) for n in range(160, 200)]
    steps = (*(step for part in (*own, *alike, *named) for step in part), uploads.steps[0])
    text = plan_text(uploads.model_copy(update={"steps": steps}))
    titles = [line[2:] for line in text.splitlines() if line.startswith(("  + ", "  ~ "))]
    assert titles == [
        "~ change System > Server to the FQDN of 40 UC servers in 40 clusters "
        "(cucm-pub, cucm-pub, cucm-pub and 37 more)",
        "~ Refresh servers on 40 peers in 40 clusters, so that each cluster learns the new names "
        "(exp-c-1-160, exp-c-1-161, exp-c-1-162 and 37 more)",
        "+ upload other-root to the trusted CA list of 121 peers in 61 clusters "
        "(exp-c-2-100, exp-c-1-100, exp-c-2-101 and 118 more)",
        "+ upload 100 certificates, other ones in each cluster, to the trusted CA lists of 200 peers in 100 clusters "
        "(exp-c-2-0, exp-c-1-0, exp-c-2-1 and 197 more)",
    ]
    assert len(text.splitlines()) < 40
    assert "201 clusters, so this is concise; --expand tells every step.\nPlan: 321 to add, 80 to change" in text


def test_connections_of_many_clusters_are_told_by_their_change() -> None:
    """Where a line per cluster would be too many: how many connections change how, and where."""
    plan = planned(untrusted())
    before = tuple(
        c.model_copy(
            update={"link": c.link.model_copy(update={"peer": f"p-{n}", "origin": f"o-{n}", "cluster": f"c-{n}"})}
        )
        for n in range(30)
        for c in plan.before
    )
    text = plan_text(plan.model_copy(update={"before": before, "after": before}))
    assert "\n  240 connections in 30 clusters (c-0, c-1, c-2 and 27 more): FAILS → FAILS\n" in text


def test_rename_is_a_change_and_the_refresh_is_by_hand() -> None:
    """A change of System > Server counts as a change; the clicks of Refresh servers are printed."""
    text = plan_text(planned(Scene(names={PUB: ADDRESS[PUB]}, plays=(LASTING,))))
    assert "  ~ change System > Server of cucm-pub from 10.0.0.11 to cucm-pub.example.test on cucm-pub\n" in text
    assert "select all, press Refresh servers" in text
    assert text.endswith("Plan: 0 to add, 2 to change, 0 to destroy. 1 step by hand.\n")


def test_workaround_says_what_it_exposes() -> None:
    """Off carries the device's own command, its risk, its end, and what it exposes."""
    text = plan_text(planned(untrusted(plays=(OFF,))))
    assert "  ~ on exp-c-1: xConfiguration EdgeConfigServer VerifyOriginServer: Off\n" in text
    assert "risk security-reducing" in text
    assert "Temporary workaround on exp-c until " in text
    assert "every MRA user's credentials" in text


def test_blocked_prints_the_line_that_unblocks() -> None:
    """Without a voucher nothing runs, and the line to write is shown with its fingerprint left blank."""
    text = plan_text(planned(untrusted(vouched=())))
    assert "      unblock   trusted_certificates:" in text
    assert 'sha256: ""' in text
    assert "UNVERIFIED" in text
    assert "No changes. 8 remedies blocked.\n" in text


def test_nothing_to_do() -> None:
    """A healthy fleet's plan ends with Terraform's words."""
    assert plan_text(planned(Scene(plays=(LASTING,)))).endswith("\nNo changes.\n")


def test_summary_of_nothing() -> None:
    """Counting an empty plan gives zeros."""
    assert summary(planned(Scene(plays=(LASTING,)))) == "Plan: 0 to add, 0 to change, 0 to destroy."


def test_hostile_names_are_inert() -> None:
    """Escape codes in a workaround's reason never reach the terminal."""
    words = Workaround(owner="x\x1b[2J", ticket="t", reason="a\nPlan: 0 to add", expires=AT + timedelta(days=1))
    text = plan_text(planned(untrusted(plays=(OFF.model_copy(update={"workaround": words}),))))
    assert "\x1b" not in text
    assert "\nPlan: 0 to add" not in text.removesuffix(text.splitlines()[-1] + "\n")


def test_json_keeps_terraforms_shape() -> None:
    """The document has a version, and `resource_changes` with actions, before and after."""
    document = json.loads(as_json.plan(planned(untrusted()), "ab" * 32))
    assert (document["format_version"], document["kind"], document["errored"]) == ("1.0", "plan", False)
    first = document["resource_changes"][0]
    assert first["address"] == f"exp-c.exp-c-2.{first['name']}"
    assert first["change"]["actions"] == ["create"]
    assert set(first) >= {"expect", "inverse", "risk", "undo", "action_reason"}


def test_drift_names_each_field() -> None:
    """Drift says what is wanted and what was read, field by field."""
    text = drift(planned(untrusted(plays=(OFF,))))
    assert "~ exp-c-1: EdgeConfigServer VerifyOriginServer: wanted Off (read: On)\n" in text
    assert drift(planned(Scene(plays=(LASTING,)))) == "No drift.\n"


def test_compare_of_captures() -> None:
    """A changed setting and an added certificate are one line each; equal captures differ in nothing."""
    before = Scene()
    extra = forge.authority("Extra")
    after = before.with_(verify={"exp-c-2": "Off"}, trust={"exp-c-1": (before.root.certificate, extra.certificate)})
    assert compare(before.observed, before.observed) == ()
    assert compare(before.observed, after.observed) == (
        f"+ exp-c-1: trusted CA list: CN=Extra sha256:{extra.certificate.sha256}",
        "~ exp-c-2: EdgeConfigServer VerifyOriginServer: On → Off",
    )


def test_compare_of_starts() -> None:
    """A start moves by a second when it is reckoned twice, which is no difference; a restart is one."""
    before = Scene().observed
    peer, *others = before.peers
    product = peer.product
    assert isinstance(product, Known)

    def compared(moved: timedelta) -> tuple[str, ...]:
        later = product.value.model_copy(update={"started_at": product.value.started_at + moved})
        now = peer.model_copy(update={"product": Known(value=later)})
        return compare(before, before.model_copy(update={"peers": (now, *others)}))

    assert compared(timedelta(seconds=1)) == compared(timedelta(seconds=-1)) == ()
    assert [line.startswith(f"~ {peer.host}: product: ") for line in compared(timedelta(minutes=5))] == [True]


def test_what_is_not_known() -> None:
    """A plan names what could not be read, once per reason; with everything read there is nothing to name."""
    text = plan_text(planned(untrusted(unreadable=("exp-c-2",))))
    _, heading, rest = text.partition("Not known, so that no step rests on it:\n")
    assert heading
    lines = rest.partition("\n\n")[0].splitlines()
    assert "release" in lines[0]
    assert len(lines) == len(set(lines)) < 4
    assert "      unblock   bring the peer back\n" in text
    assert "Not known" not in plan_text(planned(untrusted()))


def test_status() -> None:
    """A lease, a pending action and an open run are told with who, until when, and what to do."""
    owed = Obligation(id="o", kind="restart", cluster="exp-c", host="exp-c-1", since=AT, run="r1")
    run = OpenRun(run="r2", plan="0" * 64, clusters=("exp-c",), opened_at=AT)
    text = status(Outstanding(leases=(lease(),), obligations=(owed,), open_runs=(run,)), AT)
    assert text.startswith("Temporary workaround until 2026-11-24 03:00:00Z: VerifyOriginServer Off on exp-c\n")
    assert "  A. Person, CHG1: until the CA is trusted\n" in text
    assert "every MRA user's credentials" in text
    assert "Pending action: restart exp-c-1" in text
    assert "remediate rollback r2 -i INV -o undo.plan\n" in text


def test_expired_lease_alarms() -> None:
    """Past its date a workaround is marked, and only then."""
    outstanding = Outstanding(leases=(lease(),))
    assert outstanding.expired(AT) == ()
    late = AT + timedelta(hours=4)
    assert outstanding.expired(late) == (lease(),)
    assert "EXPIRED 3 hours ago" in workarounds(outstanding, late)


def test_f100_clock_behind_the_ledger() -> None:
    """The ledger was last written later than our clock says it is: that counts, in every form of status."""
    written = Outstanding(leases=(lease(),), as_of=AT + timedelta(hours=4))
    assert written.expired(AT) == (lease(),)
    assert "EXPIRED 3 hours ago" in workarounds(written, AT)
    assert "EXPIRED 3 hours ago" in status(written, AT)


def test_nothing_outstanding() -> None:
    """An empty ledger is said to be so."""
    assert status(Outstanding(), AT) == "Nothing is outstanding.\n"
    assert workarounds(Outstanding(), AT) == "No temporary workaround is in force.\n"


def test_setting_off_again_collapses_over_peers() -> None:
    """The conditional write on the second peer says under which condition it is made."""
    plan = planned(untrusted(plays=(OFF,)))
    assert any(isinstance(s.action, SetVerifyOriginServer) and s.unless for s in plan.steps)
    assert "      only if  this peer has not followed by itself after " in plan_text(plan)


def test_off_that_nobody_owns() -> None:
    """A peer that says Off without a temporary workaround is never called `nothing outstanding`."""
    off = Scene(verify={"exp-c-1": "Off"}).observed
    assert unowned(Outstanding(), off) == ("exp-c-1",)
    assert unowned(Outstanding(leases=(lease(),)), off) == ()
    text = status(Outstanding(), AT, off)
    assert "exp-c-1: VerifyOriginServer Off, and no temporary workaround owns it\n" in text
    assert "Nothing is outstanding" not in text
