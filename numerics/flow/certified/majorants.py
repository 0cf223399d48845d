"""Numbers that bound the absolute value of others: what a formula gives for them bounds it on a whole polydisc."""

from __future__ import annotations

from typing import Any

from flint import arb


class Majorant:
    """An upper bound of ``|z|``. Sums and differences add, so a formula of sums and products yields a bound of it.

    A quotient divides by the bound as it is, so a divisor must hold a *lower* bound of what it stands for: the sum of
    two rates by the sum of lower bounds of their real parts, ``|x + y| >= Re x + Re y``.

    Notes
    -----
    Rigour: balls; the upper ends of the results are bounds.
    """

    __slots__ = ("bound",)

    def __init__(self, bound: arb) -> None:
        self.bound = bound

    def __add__(self, other: Any) -> Majorant:
        return Majorant(self.bound + _bound(other))

    __radd__ = __add__
    __sub__ = __add__
    __rsub__ = __add__

    def __mul__(self, other: Any) -> Majorant:
        return Majorant(self.bound * _bound(other))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Majorant:
        return Majorant(self.bound / _bound(other))

    def __rtruediv__(self, other: Any) -> Majorant:
        return Majorant(_bound(other) / self.bound)

    def __pow__(self, power: int) -> Majorant:
        return Majorant(self.bound**power)

    def __neg__(self) -> Majorant:
        return self


def _bound(x: Any) -> Any:
    return x.bound if isinstance(x, Majorant) else abs(x)
