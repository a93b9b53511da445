"""The same work on many devices at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from remediate.errors import BugError, RemediateError

T = TypeVar("T")
R = TypeVar("R")


def on_each(work: Callable[[T], R], items: Sequence[T], forks: int) -> tuple[R | RemediateError, ...]:
    """Results in the order of `items`, `forks` at a time. Our own errors are values; any other exception
    is a `BugError` value that names it."""
    if not items:
        return ()

    def guarded(item: T) -> R | RemediateError:
        try:
            return work(item)
        except RemediateError as error:
            return error
        except Exception as error:  # noqa: BLE001 - one device's bug must not lose the readings of the others
            bug = BugError(f"{type(error).__name__}: {error}")
            bug.__cause__ = error
            return bug

    with ThreadPoolExecutor(max_workers=max(1, min(forks, len(items)))) as pool:
        return tuple(pool.map(guarded, items))
