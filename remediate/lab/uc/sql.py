"""The part of thin AXL that touches `processnode`: select and update, and Informix's own refusals.

axlcodes 201 (syntax) and 217 (no such column): third-party texts; 206 (no such table) is Informix's.
"""

from __future__ import annotations

import re

from remediate.lab.uc.processnode import ProcessNodes, Refusal, Row

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_SELECT = re.compile(
    rf"select\s+(?P<what>.+?)\s+from\s+(?P<table>{_NAME})(?:\s+where\s+(?P<where>.+?))?"
    rf"(?:\s+order\s+by\s+(?P<order>{_NAME}))?\s*;?",
    re.IGNORECASE | re.DOTALL,
)
_UPDATE = re.compile(
    rf"update\s+(?P<table>{_NAME})\s+set\s+(?P<column>{_NAME})\s*=\s*'(?P<value>(?:[^']|'')*)'"
    r"(?:\s+where\s+(?P<where>.+?))?\s*;?",
    re.IGNORECASE | re.DOTALL,
)
_TERM = re.compile(rf"(?P<column>{_NAME})\s*(?P<sign>=|!=|<>|\blike\b)\s*'?(?P<value>(?:[^']|'')*?)'?", re.IGNORECASE)


def query(table: ProcessNodes, text: str) -> list[dict[str, str]]:
    """Rows of a `select … from processnode`. Raises Refusal as the database would."""
    parts = _SELECT.fullmatch(text.strip())
    if parts is None:
        raise Refusal(201, "A syntax error has occurred.")
    _known_table(parts["table"])
    rows = _where(table.rows(), parts["where"])
    wanted = _columns(parts["what"])
    if parts["order"]:
        order = _column(parts["order"])
        rows = sorted(rows, key=lambda row: row.columns[order])
    return [{name: row.columns[name] for name in wanted} for row in rows]


def update(table: ProcessNodes, text: str) -> int:
    """Carry out an `update processnode set name|description = '…'`; the number of rows it touched."""
    parts = _UPDATE.fullmatch(text.strip())
    if parts is None:
        raise Refusal(201, "A syntax error has occurred.")
    _known_table(parts["table"])
    column, value = _column(parts["column"]), parts["value"].replace("''", "'")
    nodes = [node for row in _where(table.rows(), parts["where"]) if (node := table.find(pkid=row.pkid))]
    for node in nodes:
        if column == "name":
            table.rename(node, value)
        elif column == "description":
            table.descriptions[node.key] = value
        else:
            raise Refusal(-1, f"The lab keeps column {column} as it is; it can set name and description")
    return len(nodes)


def _known_table(name: str) -> None:
    if name.lower() != "processnode":
        raise Refusal(206, f"The specified table ({name}) is not in the database.")


def _column(name: str) -> str:
    if name.lower() not in Row("", "", "", 0, subscriber=False, imp=False).columns:
        raise Refusal(217, f"Column ({name}) not found in any table in the query (or SLV is undefined).")
    return name.lower()


def _columns(text: str) -> list[str]:
    if text.strip() == "*":
        return list(Row("", "", "", 0, subscriber=False, imp=False).columns)
    return [_column(name.strip()) for name in text.split(",")]


def _where(rows: list[Row], text: str | None) -> list[Row]:
    if text is None:
        return rows
    for term in re.split(r"\s+and\s+", text, flags=re.IGNORECASE):
        parts = _TERM.fullmatch(term.strip())
        if parts is None:
            raise Refusal(201, "A syntax error has occurred.")
        column, value = _column(parts["column"]), parts["value"].replace("''", "'")
        rows = [row for row in rows if _holds(row.columns[column], parts["sign"].lower(), value)]
    return rows


def _holds(actual: str, sign: str, value: str) -> bool:
    if sign == "like":
        return like(actual, value)
    return (actual == value) is (sign == "=")


def like(actual: str, pattern: str) -> bool:
    """Whether `actual` matches a pattern in which `%` stands for any text, case aside."""
    expression = ".*".join(re.escape(part) for part in pattern.split("%"))
    return re.fullmatch(expression, actual, re.IGNORECASE | re.DOTALL) is not None
