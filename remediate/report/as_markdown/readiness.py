"""What UC servers need before Expressway-C runs X14.2: to be handed to who owns CUCM, in the order in which to do it.

The order is Cisco's own (X14.2 release notes, MRA deployment guide, TAC 225476): what the peers trust, names, the
certificates, the other direction, which certificate is served, Refresh servers.
"""

from __future__ import annotations

from collections.abc import Iterator

from remediate.actions import RenameSystemServer, UploadCertificates
from remediate.model.finding import Connection
from remediate.planning.plan import Blocked, Plan, Step
from remediate.report.as_text.words import SINCE_X14_2, count, moment, why
from remediate.report.dossier import WITHOUT_CAPTURE, Dossier
from remediate.report.likes import grouped, grouped_title
from remediate.report.markdown import block, page, table, text

TITLE = "Before Expressway-C runs X14.2: what the UC servers need"
OWN_WINDOW = "in a window of its own, before that of the upgrade: phones register again, and Refresh servers follows"
INCOMPLETE = (
    "**Not to be handed out yet.** No readings were given, so nothing is judged as after the upgrade and no change of "
    "System > Server is proposed: below stands what the plan alone tells. Make it of the plan file with --from CAPTURE "
    "-i INV."
)
NOTHING = "Nothing: upgrade when you like."
DONE = "Done when `remediate verify --view upgraded` finds every connection good."


def readiness(dossier: Dossier) -> str:
    """For the owner of CUCM."""
    plan = dossier.ready or dossier.plan
    assert plan is not None, "it tells what a plan needs"
    return page(_lines(dossier, plan))


def _lines(dossier: Dossier, plan: Plan) -> Iterator[str]:
    yield f"# {TITLE}"
    yield ""
    yield f"Read {moment(dossier.read_at or plan.made_at)}. {SINCE_X14_2}"
    yield from _judged(dossier.upgraded) if dossier.read_at else ("", INCOMPLETE, "")
    yield "## What to fix, in this order"
    yield ""
    steps = [part for part in _parts(plan) if part]
    for number, part in enumerate(steps, 1):
        yield f"{number}. {part[0]}"
        yield ""
        yield from part[1:]
        yield ""
    if not steps:
        yield NOTHING if dossier.read_at else "Nothing that the plan alone tells."
        yield ""
    yield DONE
    lacks = tuple(lack for lack in dossier.lacks if lack != WITHOUT_CAPTURE)
    if lacks:
        yield from ("", "Mind:", "")
        yield from (f"- {text(lack)}" for lack in lacks)


def _judged(connections: tuple[Connection, ...]) -> Iterator[str]:
    risky = tuple(c for c in connections if c.state != "good")
    yield f"Once what Expressway-C's side adds is in place, {len(connections) - len(risky)} of {len(connections)} "
    yield "connections are ready: every certificate that the UC server can serve passes, RSA and ECDSA."
    yield ""
    rows = tuple(_rows(risky))
    if rows:
        yield "## UC servers that are not ready"
        yield ""
        yield from table(("UC server", "asked as", "peers", "without it", "why"), rows)
        yield ""


def _rows(risky: tuple[Connection, ...]) -> Iterator[tuple[str, ...]]:
    """One per UC server and port, its peers together."""
    by_server: dict[tuple[str, int, str], list[Connection]] = {}
    for one in risky:
        by_server.setdefault((one.link.origin, one.link.port, one.link.asked), []).append(one)
    for (origin, port, asked), group in by_server.items():
        reasons = tuple(dict.fromkeys(line for c in group for line in (why(c) or c.missing or c.pending)))
        peers = ", ".join(dict.fromkeys(c.link.peer for c in group))
        yield f"{origin}:{port}", asked, peers, str(group[0].impact), "; ".join(reasons[:3])


def _parts(plan: Plan) -> Iterator[tuple[str, ...]]:
    yield _steps(plan, "Expressway-C, by its own owner (only adds to its trusted CA lists):", UploadCertificates)
    yield _steps(plan, f"System > Server, {OWN_WINDOW}:", RenameSystemServer)
    yield _by_hand(plan)
    other = [f for f in plan.findings if f.id == "client-certificate-refused"]
    told = [f"   - {text(f'{f.subject}: {f.summary}')}" for f in other]
    yield ("The other direction: CAs of Expressway-C's own certificates into the trust stores:", *told) if told else ()
    served = [e for f in plan.findings if f.id == "not-ready-for-upgrade" for e in f.evidence if e.startswith("advice")]
    advice = [f"   - {text(line)}" for line in dict.fromkeys(served)]
    yield ("Only where the ECDSA certificate cannot be made to pass, on Expressway-C:", *advice) if advice else ()
    changed = plan.blocked or any(isinstance(step.action, RenameSystemServer) for step in plan.steps)
    refresh = "   - Configuration > Unified Communications, each list: select all, Refresh servers"
    yield (
        ("Refresh servers on the configuration primary of Expressway-C, right after the UC side changed:", refresh)
        if (changed)
        else ()
    )


def _steps(plan: Plan, heading: str, kind: type[UploadCertificates] | type[RenameSystemServer]) -> tuple[str, ...]:
    chosen: tuple[Step, ...] = tuple(step for step in plan.steps if isinstance(step.action, kind))
    lines = tuple(f"   - {text(grouped_title(group))}" for group in grouped(chosen)) if chosen else ()
    return (heading, *lines) if lines else ()


def _by_hand(plan: Plan) -> tuple[str, ...]:
    """What nobody but a hand can do, each once with all that it is for."""
    groups: dict[tuple[str, str], list[Blocked]] = {}
    for one in plan.blocked:
        groups.setdefault((one.why, one.unblock), []).append(one)
    if not groups:
        return ()
    lines = [part for (_, unblock), held in groups.items() for part in _told(held, unblock)]
    heading = f"By hand ({count(len(groups), 'thing')}), publisher first, one node after the other:"
    return (heading, *lines)


def _told(held: list[Blocked], unblock: str) -> Iterator[str]:
    subjects = "; ".join(dict.fromkeys(one.subject for one in held))
    yield f"   - {text(f'{subjects}: {held[0].title}: {held[0].why}')}"
    yield ""
    yield from (f"     {line}" for line in block(unblock.splitlines()))
    yield ""
