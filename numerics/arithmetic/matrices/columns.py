"""Columns of numbers: the values that one formula takes at many points, added and multiplied entry by entry.

Written once for one point, a formula made of sums and products runs for all points of a column, and what Python costs
beside the arithmetic is paid once an operation instead of once a point.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any


class Column:
    """Numbers of one kind, in order.

    A number beside a column stands for a column that holds nothing else.

    Parameters
    ----------
    values : list
        Whatever adds, multiplies and divides.

    Notes
    -----
    Rigour: that of the numbers.
    """

    __slots__ = ("values",)

    def __init__(self, values: list[Any]) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __add__(self, other: Any) -> Column:
        return Column(list(map(operator.add, self.values, _each(other))))

    def __radd__(self, other: Any) -> Column:
        return Column(list(map(operator.add, _each(other), self.values)))

    def __sub__(self, other: Any) -> Column:
        return Column(list(map(operator.sub, self.values, _each(other))))

    def __rsub__(self, other: Any) -> Column:
        return Column(list(map(operator.sub, _each(other), self.values)))

    def __mul__(self, other: Any) -> Column:
        return Column(list(map(operator.mul, self.values, _each(other))))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Column:
        return Column(list(map(operator.truediv, self.values, _each(other))))

    def __rtruediv__(self, other: Any) -> Column:
        return Column(list(map(operator.truediv, _each(other), self.values)))

    def __pow__(self, power: int) -> Column:
        return Column([value**power for value in self.values])

    def __neg__(self) -> Column:
        return Column(list(map(operator.neg, self.values)))


def _each(other: Any) -> Iterable[Any]:
    return other.values if isinstance(other, Column) else repeat(other)
