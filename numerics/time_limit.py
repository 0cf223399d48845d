"""A limit on the time that a search may take: set once around it, asked for by its loops."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from memcurse.theory.exact import exact_positive

_END: ContextVar[float | None] = ContextVar("end", default=None)


class TimeLimitError(ArithmeticError):
    """The time is over.

    Attributes
    ----------
    best : object or None
        What was found until then; its kind is that of the search.
    """

    def __init__(self, message: str, best: Any = None) -> None:
        super().__init__(message)
        self.best = best


@contextmanager
def time_limit(seconds: Any) -> Iterator[None]:
    """Let `check_time` raise once `seconds` of wall time have passed in the block; None is no limit.

    Raises
    ------
    TypeError, ValueError
        If `seconds` is no positive number.
    """
    if seconds is None:
        yield
        return
    token = _END.set(time.monotonic() + float(exact_positive("time_limit", seconds)))
    try:
        yield
    finally:
        _END.reset(token)


def check_time() -> None:
    """Raise if the limit around the caller, if there is one, is over.

    Raises
    ------
    TimeLimitError
    """
    end = _END.get()
    if end is not None and time.monotonic() >= end:
        raise TimeLimitError("`time_limit` must be longer for a proof; the time is over")
