"""A bar on stderr while much is read; silent where stderr is no terminal."""

from __future__ import annotations

import sys
from time import monotonic

from remediate.cli.output import Output
from remediate.report.sanitize import cut

EVERY_S = 0.1
_BAR = 24


class Reading:
    """Hears of bytes read. `total` 0 means that it is not known."""

    def __init__(self, output: Output, total: int) -> None:
        self._output, self._total, self._live = output, total, output.live
        self._read, self._begun, self._shown = 0, monotonic(), 0.0

    def told(self, size: int) -> None:
        """So many more bytes."""
        self._read += size
        if self._live and monotonic() - self._shown >= EVERY_S:
            self._shown = monotonic()
            sys.stderr.write("\r\x1b[2K" + cut(self._text(), self._output.columns - 1))
            sys.stderr.flush()

    def end(self) -> None:
        """Clear the bar."""
        if self._live and self._shown:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()

    def _text(self) -> str:
        rate = self._read / max(monotonic() - self._begun, 0.001) / 1e6
        told = f"{self._read / 1e6:,.0f} MB, {rate:,.0f} MB/s"
        if not self._total:
            return f"reading {told}"
        part = min(self._read / self._total, 1.0)
        full = round(part * _BAR)
        return (
            f"reading [{'#' * full}{'-' * (_BAR - full)}] {part:4.0%} of {self._total / 1e6:,.0f} MB, {rate:,.0f} MB/s"
        )
