"""What else the trusted CA lists serve, alike on one line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from remediate.model.other_use import OtherUse
from remediate.report.as_text.words import names

_STANDINGS = {
    ("trusted", "trusted"): "trusted before and after",
    ("not trusted", "not trusted"): "not trusted, before or after",
    ("not trusted", "trusted"): "not trusted before, trusted after",
}


def other_use_lines(uses: Iterable[OtherUse]) -> Iterator[str]:
    """One line per service and standing, whatever the number of clusters."""
    servers: dict[tuple[str, str], dict[str, None]] = {}
    for use in uses:
        servers.setdefault((use.service, _standing(use)), {}).update(dict.fromkeys(use.servers))
    for (service, standing), found in servers.items():
        yield f"{service}{f' ({names(tuple(found), 4)})' if found else ''}: {standing}"


def _standing(use: OtherUse) -> str:
    if "undetermined" in (use.before, use.after):
        return f"undetermined ({use.missing})"
    return _STANDINGS.get((use.before, use.after), f"{use.before} before, {use.after} after")
