"""One HTML file that needs nothing else: no script, no font, no picture from anywhere; its one style by its hash."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import BaseLoader, Environment, StrictUndefined, Template
from markupsafe import Markup

from remediate.report.as_html.view import view
from remediate.report.dossier import Dossier
from remediate.report.sanitize import clean


def html(dossier: Dossier) -> str:
    """The page. Text of devices is made inert first and escaped by the template engine after."""
    style = _part("style.css")
    page: str = _template().render(view=view(dossier), style=Markup(style), policy=_policy(style))  # noqa: S704 - ours
    return page


def _policy(style: str) -> str:
    """Nothing may be loaded, sent, framed or run; the one style is known by its hash (CSP 2, §7.20)."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _template() -> Template:
    environment = Environment(
        loader=BaseLoader(), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=_inert,
    )  # fmt: skip
    return environment.from_string(_part("page.html"))


def _part(name: str) -> str:
    return files("remediate.report.templates").joinpath(name).read_text(encoding="utf-8")


def _inert(value: object) -> object:
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
