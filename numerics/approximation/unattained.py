"""What is raised where the best approximation does not exist: the infimum is only approached."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any


class NotAttainedError(ArithmeticError):
    """No sum of so many terms is best: some come as near as one likes to an error that none has.

    Attributes
    ----------
    reason : str
        What happens on the way, such as rates that coalesce.
    rates : tuple of numbers
        Rates (1/time) in the limit, those that coalesce as often as they do.
    error : number
        Infimum of the error, a distance, as far as the search saw it.
    """

    def __init__(self, reason: str, rates: tuple[Any, ...], error: Any, message: str) -> None:
        super().__init__(message)
        self.reason, self.rates, self.error = reason, rates, error

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.reason, self.rates, self.error, str(self))


def coalescence(rates: Sequence[float]) -> str:
    """Which of the rates, sorted, coalesce, and where."""
    groups = [(u, len(list(group))) for u, group in itertools.groupby(rates)]
    return "; ".join(f"{n} rates coalesce at {u:.8g}" for u, n in groups if n > 1)
