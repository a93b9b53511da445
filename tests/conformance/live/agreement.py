"""Questions at random put to both: `decide`, and the traffic server that runs here."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, reject, seed, settings

from tests.conformance.corpus import NOT_PROMISED, Answer, predicted
from tests.conformance.live.asking import Asked, Live
from tests.conformance.live.strategies import KINDS


class Compared(NamedTuple):
    """One question, and both answers."""

    asked: Asked
    measured: Answer
    predicted: Answer

    @property
    def agree(self) -> bool:
        """All of the answer where it is promised; where the handshake never got so far, the verdict alone."""
        if self.measured.kind in NOT_PROMISED:
            return self.measured.verdict == self.predicted.verdict
        return self.measured == self.predicted


def compared(live: Live, asked: Asked) -> Compared:
    """Put a question to both. Raises ssl.SSLError where no OpenSSL would serve these chains."""
    return Compared(asked, live.measure(asked), predicted(asked.question))


def explore(live: Live, kind: str, examples: int, start: int, look: Callable[[Compared], None]) -> None:
    """Show `look` so many random comparisons. What it raises on is made as small as it gets, and raised."""

    @seed(start)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=tuple(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        print_blob=False,
    )
    @given(KINDS[kind])
    def shown(asked: Asked) -> None:
        try:
            both = compared(live, asked)
        except ssl.SSLError:  # what no origin serves nobody needs to judge
            reject()
        look(both)

    shown()
