"""Every form of a report by its name on the command line."""

from __future__ import annotations

from collections.abc import Callable

from remediate.report import as_json
from remediate.report.as_junit import junit
from remediate.report.as_markdown.backout import backout
from remediate.report.as_markdown.change import change
from remediate.report.as_markdown.mop import mop
from remediate.report.as_markdown.readiness import readiness
from remediate.report.as_markdown.summary import summary
from remediate.report.dossier import Dossier


def _html(dossier: Dossier) -> str:
    from remediate.report.as_html import html  # noqa: PLC0415 - the template engine is slow to load

    return html(dossier)


FORMS: dict[str, Callable[[Dossier], str]] = {
    "html": _html,
    "md": summary,
    "json": as_json.report,
    "junit": junit,
    "change": change,
    "mop": mop,
    "backout": backout,
    "readiness": readiness,
}
FROM_A_PLAN = ("change", "mop", "readiness")
"""Forms that tell what will be done: a run without its plan has none."""
