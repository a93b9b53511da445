"""The method of procedure: what hands do, in order, with nothing of this tool but its last line."""

from __future__ import annotations

from collections.abc import Iterator

from remediate.actions import UploadCertificates
from remediate.planning.plan import Device, Plan
from remediate.report import story
from remediate.report.as_markdown.change import commands
from remediate.report.as_text.words import count, moment
from remediate.report.dossier import Dossier
from remediate.report.markdown import block, code, page, text
from remediate.report.procedure import Chapter, Item, procedure
from remediate.tls.describe import describe

INITIALS = "Done at ______ by ______ (initials)"
PREFLIGHT = (
    "an Expressway backup of each peer, and a CUCM DRS backup, younger than 24 hours (by whom: ______)",
    "the trusted CA list of each peer is saved: Maintenance > Security > Trusted CA certificate > Show all (PEM file)",
    "all peers are up, on the same version, the cluster database Active, no alarm but 40049",
    "clocks of all devices within 5 minutes of each other",
    "nobody else works on these clusters, and no other change is open on them",
    "a login over MRA from outside; its result is the baseline: ______",
)


def mop(dossier: Dossier) -> str:
    """Preflight, one chapter per device, the end, and the certificates themselves as an annex."""
    assert dossier.plan is not None, "it tells what a plan does"
    return page(_lines(dossier.plan))


def _lines(plan: Plan) -> Iterator[str]:
    chapters = procedure(plan)
    minutes = sum(item.minutes for chapter in chapters for item in chapter.items)
    yield f"# Method of procedure: {text(story.purpose(plan))}"
    yield ""
    yield f"Change: ____________  Date: ____________  Lead: ____________  About {minutes} minutes and the preflight."
    yield ""
    yield f"Made {moment(plan.made_at)} of the readings of that time; not to be begun after {moment(plan.valid_until)}."
    yield "It needs a browser, an SSH client and openssl. Stop at the first surprise: its backout stands beside it."
    yield ""
    yield "## 0. Preflight"
    yield ""
    yield from (f"- [ ] {line}" for line in PREFLIGHT)
    yield from (f"- [ ] {text(_identity(device))}" for device in plan.devices)
    yield ""
    for number, chapter in enumerate(chapters, 1):
        yield from _chapter(number, chapter)
    yield from _end(len(chapters) + 1, plan)
    yield from _annex(plan)


def _identity(device: Device) -> str:
    serial = f", serial {device.serial}" if device.serial else ""
    version = f" runs {device.version}" if device.version else " answers"
    return f"{device.host} ({device.address}){version}{serial}"


def _chapter(number: int, chapter: Chapter) -> Iterator[str]:
    device = chapter.device
    where = f" ({device.address})" if device else ""
    yield f"## {number}. {text(chapter.host)}{text(where)}"
    yield ""
    for place, item in enumerate(chapter.items, 1):
        yield from _item(f"{number}.{place}", item)


def _item(place: str, item: Item) -> Iterator[str]:
    plan_step = f" (step {item.number} of the plan)" if item.number else ""
    yield f"### {place} {text(item.title)}{plan_step}"
    yield ""
    yield from (f"- [ ] Pre-check: {text(line)}" for line in item.check)
    yield from (f"- Mind: {text(line)}" for line in item.caution)
    yield "- Do:"
    yield ""
    yield from commands(item)
    yield ""
    yield from (f"- [ ] Expected: {text(line)}" for line in item.expected)
    yield f"- Minutes: {item.minutes}"
    yield f"- Stop if: {text(item.stop)}"
    yield f"- Backout: {text(item.backout)}"
    yield f"- {INITIALS}"
    yield ""


def _end(number: int, plan: Plan) -> Iterator[str]:
    yield f"## {number}. The end"
    yield ""
    yield "- [ ] A login over MRA from outside, 3 times on each peer; not worse than the baseline"
    yield "- [ ] No new alarm, and no new WARNING line of the traffic server"
    for words in story.workarounds(plan):
        yield f"- [ ] {text(words)}: the end stands in somebody's calendar"
    yield "- [ ] On a machine with the tool, which reads everything again:"
    yield ""
    yield from block(("remediate verify -i INVENTORY",))
    yield ""
    yield "- Expected: exit code 0"
    yield f"- {INITIALS}"
    yield ""


def _annex(plan: Plan) -> Iterator[str]:
    """Each file to upload: the certificates of one device, as PEM, each told by its SHA-256."""
    files: dict[tuple[bytes, ...], list[UploadCertificates]] = {}
    for step in plan.steps:
        if isinstance(step.action, UploadCertificates):
            files.setdefault(tuple(c.der for c in step.action.certificates), []).append(step.action)
    if files:
        yield "## Annex: certificates to upload"
        yield ""
    for alike in files.values():
        first = alike[0]
        yield f"For {', '.join(code(f'{action.host}.pem') for action in alike)}: " + count(
            len(first.certificates), "certificate"
        )
        yield ""
        for name, certificate in zip(first.names, first.certificates, strict=True):
            yield f"- {text(name)}: {text(describe(certificate.der).label)}, SHA-256 {certificate.sha256}"
        yield ""
        yield from block("".join(c.pem.decode() for c in first.certificates).splitlines())
        yield ""
