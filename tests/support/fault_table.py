"""A pytest plugin (`make faults`): runs the tests of the fault matrix alone, and prints what each row showed."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Sequence

import pytest

from tests.support.rows import FAULTS, Row

SEEN = "seen"
"""The property in which a test notes what it saw."""


class FaultTable:
    """Gathers reports by row; the table comes at the end."""

    def __init__(self) -> None:
        self._reports: dict[str, list[pytest.TestReport]] = defaultdict(list)
        self._seen: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Of the call, and of a set-up or tear-down that did not pass; what was seen is noted at the tear-down."""
        told = [str(value) for name, value in report.user_properties if name == SEEN]
        self._seen.update({number: told[-1] for number in FAULTS.numbers_in(report.nodeid) if told})
        if report.when == "call" or not report.passed:
            for number in FAULTS.numbers_in(report.nodeid):
                self._reports[number].append(report)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Row, expected, seen."""
        rows = FAULTS.rows()
        width = max(shutil.get_terminal_size((160, 24)).columns, 100)
        for heading in dict.fromkeys(row.heading for row in rows):
            terminalreporter.section(heading, sep="-")
            for row in (row for row in rows if row.heading == heading):
                terminalreporter.line(
                    _line(row, _seen(row, self._reports[row.number], self._seen.get(row.number, "")), width)
                )
        ran = [row for row in rows if self._reports[row.number]]
        good = [row for row in ran if all(report.passed for report in self._reports[row.number])]
        out = [row for row in rows if row.left_out]
        terminalreporter.line(f"\n{len(good)} of {len(rows)} rows as expected, {len(out)} left out with a reason.")


def _line(row: Row, seen: str, width: int) -> str:
    half = (width - 10) // 2
    return f"{row.number}  {_cut(row.expected, half):<{half}}  {_cut(seen, half)}"


def _seen(row: Row, reports: Sequence[pytest.TestReport], noted: str) -> str:
    failed = next((report for report in reports if report.failed), None)
    if failed is not None:
        return f"NOT SO: {failed.nodeid.rpartition('::')[2]}"
    skipped = next((report for report in reports if report.skipped), None)
    if skipped is not None:
        return f"skipped: {skipped.longrepr[2] if isinstance(skipped.longrepr, tuple) else ''}"
    if not reports:
        return f"left out: {row.left_out}" if row.left_out else "NOT RUN"
    return noted or f"so in {len(reports)} {'test' if len(reports) == 1 else 'tests'}"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def pytest_configure(config: pytest.Config) -> None:
    """One table, where the results come together."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(FaultTable(), "fault-table")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what runs no row."""
    numbers = {row.number for row in FAULTS.rows()}
    kept = [item for item in items if numbers.intersection(FAULTS.numbers_in(item.nodeid))]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept
