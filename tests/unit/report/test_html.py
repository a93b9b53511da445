"""The HTML report: in a real browser, and against device text that means harm."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from remediate.files.captures import read_capture
from remediate.files.project import load_desired
from remediate.model.finding import Connection, Finding, Severity
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from remediate.report.as_html import html
from remediate.report.dossier import Dossier, of_capture, of_plan
from tests.golden.cases import HERE
from tests.support.browser import Tab, in_tab

HARM = (
    "<script>document.title='taken'</script>",
    '" onmouseover="document.title=1',
    "javascript:alert(1)",
    "\x1b[2J\x1b]0;title\x07",
    "Off\rOn ",
    "\u202egnp.exe",
    "{{ 7 * 7 }}",
    "</style><style>*{display:none}",
    "\udcff",
)


def dossier(case: str) -> Dossier:
    """A golden case, as its report is made of it."""
    desired = load_desired(HERE / case / "inventory", HERE / case / "playbook.yml")
    observed = read_capture(HERE / case / "observed.json")
    return of_capture(f"{case}.capture", desired, observed, plan_for(desired, observed, observed.taken_at, "test"))


def harmful() -> Dossier:
    """A plan whose findings carry what devices might say."""
    plan = dossier("seed-untrusted-ca").plan
    assert plan is not None
    found = tuple(
        Finding(id="peer-unreachable", severity=Severity.ERROR, cluster="c", subject=h, summary=h, evidence=(h,))
        for h in HARM
    )
    return of_plan("<b>.plan", plan.model_copy(update={"findings": found, "tool_version": HARM[0]}), "0" * 64)


class Seen(HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.tags.append((tag, dict(attrs)))


def test_needs_nothing_else() -> None:
    """No script, no event attribute, no inline style, no address but its own parts; every id once."""
    tags = Seen(html(dossier("mixed"))).tags
    assert {tag for tag, _ in tags} & {"script", "img", "iframe", "object", "link", "form", "svg"} == set()
    attributes = [(name, value) for _, attrs in tags for name, value in attrs.items()]
    assert [name for name, _ in attributes if name.startswith("on") or name in ("style", "src")] == []
    assert [value for name, value in attributes if name == "href" and not str(value).startswith("#")] == []
    ids = [value for name, value in attributes if name == "id"]
    assert len(ids) == len(set(ids))
    assert {str(value)[1:] for name, value in attributes if name == "href"} <= set(map(str, ids))


def test_b096_device_text_is_inert() -> None:
    """Markup, escape codes, template code and bidirectional text of a device are shown, not obeyed (B090-B098)."""
    text = html(harmful())
    assert {tag for tag, _ in Seen(text).tags} & {"script", "b.plan"} == set()
    assert text.count("<style>") == 1
    assert "&lt;script&gt;" in text
    assert "{{ 7 * 7 }}" in text
    assert r"\x1b[2J" in text
    assert r"Off\x0dOn" in text
    assert r"\u202egnp.exe" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)


def test_policy_names_the_style_it_has() -> None:
    """The security policy allows nothing but the one style, by its hash."""
    text = html(dossier("healthy"))
    policy = next(a["content"] for t, a in Seen(text).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def spread(plan: Plan, number: int) -> Plan:
    """The same connections again in so many clusters; in the last one everything is good."""

    def again(connections: tuple[Connection, ...]) -> tuple[Connection, ...]:
        return tuple(
            c.model_copy(
                update={
                    "link": c.link.model_copy(
                        update={k: f"{getattr(c.link, k)}-{n}" for k in ("peer", "cluster", "origin")}
                    ),
                    "state": "good" if n == number - 1 else c.state,
                }
            )
            for n in range(number)
            for c in connections
        )

    return plan.model_copy(update={"before": again(plan.before), "after": again(plan.after)})


def test_many_clusters_stand_by_their_kind() -> None:
    """One matrix of each kind stands open, what fails first; those alike are folded below it, and none is left out."""
    plan = dossier("seed-untrusted-ca").plan
    assert plan is not None
    text = html(of_plan("many.plan", spread(plan, 30), "0" * 64))
    assert '<body class="large">' in text
    assert "28 more clusters like exp-c-0<" in text
    assert text.count('<details class="cluster" open>') == 1
    assert all(f"<b>exp-c-{n}</b>" in text for n in range(30))
    assert re.search(r"<h3>.{0,200}58 connections in 29 clusters \(exp-c-0, exp-c-1, exp-c-2 and 26 more\)", text)
    few = html(of_plan("few.plan", spread(plan, 3), "0" * 64))
    assert "<body>" in few
    assert few.count('<details class="cluster" open>') == 3


def test_in_a_browser(tmp_path: Path) -> None:
    """A browser applies the style, says nothing on its console, loads nothing else, and folds by keyboard."""
    page = tmp_path / "report.html"
    page.write_text(html(dossier("seed-untrusted-ca")), encoding="utf-8")

    async def asked(tab: Tab) -> dict[str, Any]:
        folded = "[...document.querySelectorAll('details.chain')].find(d => !d.open)"
        await tab.value(f"window.chain = {folded}; window.chain.querySelector('summary').focus()")
        await tab.key("Enter", 13)
        return {
            "title": await tab.value("document.title"),
            "text": await tab.value("document.body.innerText"),
            "padding": await tab.value("getComputedStyle(document.querySelector('.card')).borderLeftWidth"),
            "opened": await tab.value("window.chain.open"),
            "failing": await tab.value("document.querySelectorAll('#matrix td .mark.fails').length"),
            "headers": await tab.value("[...document.querySelectorAll('table th')].every(h => h.scope)"),
            "wide": await tab.value("document.documentElement.scrollWidth <= window.innerWidth"),
            "said": tab.said,
            "loads": tab.loads,
        }

    seen = in_tab(page, asked)
    assert seen["title"] == "MRA connections as read in seed-untrusted-ca.capture"
    assert "exp-c-1" in seen["text"]
    assert "Restart" in seen["text"] or "restart exp-c-2, exp-c-1" in seen["text"]
    assert (seen["padding"], seen["opened"], seen["failing"], seen["headers"]) == ("6px", True, 4, True)
    assert seen["wide"] is True
    assert seen["said"] == []
    assert seen["loads"] == [page.as_uri()]


def test_harm_in_a_browser(tmp_path: Path) -> None:
    """Device text that means harm runs nothing: the title stays, the page stays visible, the console is silent."""
    page = tmp_path / "harm.html"
    page.write_text(html(harmful()), encoding="utf-8")

    async def asked(tab: Tab) -> tuple[Any, Any, Any, list[str]]:
        title = await tab.value("document.title")
        shown = await tab.value("getComputedStyle(document.body).display")
        scripts = await tab.value("document.scripts.length")
        return title, shown, scripts, tab.said

    assert in_tab(page, asked) == ("Fix MRA connections to UC servers", "block", 0, [])


QUESTIONS = (
    ("what will change where", "upload cucm-pub-tomcat-ecdsa, cucm-sub-tomcat-ecdsa to the trusted CA list of exp-c-2"),
    ("why", "the server's self-signed certificate is not in the trusted CA list"),
    ("what could go wrong", "whoever holds a key that it trusts can impersonate a server there too"),
    ("who says that the certificate is genuine", "from trust/cucm-pub-tomcat-ecdsa.pem, whose SHA-256 the"),
    ("what ends by itself one day", "own certificate, trusted until it is renewed (2028-10-24 at the latest)"),
    ("would logins work before the restart", "on exp-c-1, exp-c-2 is refused as before until its restart"),
    ("how is step 2 undone", "exp-c-1: Maintenance > Security > Trusted CA certificate: tick"),
    ("what is left to do", "restart exp-c-2, exp-c-1"),
    ("what will this change on peer 2", '<a href="#step-1">Step 1</a>: upload'),
    ("what does the traffic server write", "Core server certificate verification failed for"),
    ("which certificate is missing", "this self-signed certificate itself would have to be in the trusted CA list"),
)


@pytest.mark.parametrize(("question", "answer"), QUESTIONS, ids=[q for q, _ in QUESTIONS])
def test_answers(question: str, answer: str) -> None:
    """Each question of `docs/questions.md` on a report is answered by the file alone."""
    page = (Path(__file__).parents[3] / "docs" / "questions.md").read_text(encoding="utf-8")
    assert question in page.casefold()
    assert answer in unescape(html(dossier("seed-untrusted-ca")))
