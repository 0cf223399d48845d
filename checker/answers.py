"""What may come of a certificate, and the operations that one may take."""

from __future__ import annotations

from contextlib import AbstractContextManager
from decimal import Context, Inexact, InvalidOperation, localcontext


class NotReachedError(Exception):
    """What this program does not know how to decide."""


class LimitError(NotReachedError):
    """Nothing is left of the limit: no other way to the answer is tried."""


class RefusedError(Exception):
    """A claim that is false, or a file that was changed."""


class Limit:
    """Operations left for one file: products of intervals and of monomials."""

    def __init__(self) -> None:
        self.most = self.left = 2_000_000

    def renew(self) -> None:
        """A new file."""
        self.left = self.most

    def spend(self, operations: int) -> None:
        """Raises LimitError, which names the limit, when there are none left."""
        self.left -= operations
        if self.left < 0:
            raise LimitError(f"the limit of {self.most} operations")


LIMIT = Limit()


def exactly() -> AbstractContextManager[Context]:
    """Where decimal numbers are not rounded but by a context that is named: anything else is an error."""
    return localcontext(Context(traps=[Inexact, InvalidOperation]))
