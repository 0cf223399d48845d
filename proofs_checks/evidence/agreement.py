"""Agreement of independent routes to one number, and order of numbers that such routes, not proofs, have given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any

from .finding import Finding
from .intervals import Interval, decimal, exact_fraction, gap, interval
from .verdicts import Verdict

_LEVELS = (0, 1)
#: Fewer digits than this, or no more than this many gained, show nothing.
_FEWEST_DIGITS, _FEWEST_GAINED = 3, 2


@dataclass(frozen=True)
class Agreement(Finding):
    r"""Independent routes to one number agree, at a low and at a high precision.

    Parameters
    ----------
    routes : mapping from a route's name to ``(value at low, value at high precision)``
        At least two. A ball carries its own error; any other number is taken to be right to the claimed
        digits. digits : pair of int
        Significant digits that every route claims at the low and at the high precision: a few less than the
        working digits. No other tolerance enters.
    scale : number, optional
        What the claims are relative to. Default: the largest value among the routes; give it where the value
        is 0 or where the routes cancel.

    Notes
    -----
    Write each value as a set: a ball as it is, a number :math:`x` as :math:`x \pm 10^{-d} s` (claim d, scale
    s).

    - VERIFIED if, at both precisions, all sets meet pairwise and no ball is wider than the claim, and the
      two sets of every route meet. The claims shrink from the low to the high precision, so agreement has to
      improve.
    - REFUTED if two balls are disjoint, or two routes settle on different numbers: the sets at high
      precision, widened for a route without balls by all that it moved from the low precision and by its low
      claim, are disjoint.
    - UNDECIDED otherwise: also where two routes share every rounding error, so that they are one, and where the
      scale hides the values.
    """

    routes: Mapping[str, tuple[Any, Any]]
    digits: tuple[int, int]
    scale: Any = None
    method = "agreement of routes"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.routes, Mapping):
            raise TypeError(
                f"`routes` must map names to (value at low, value at high precision); got {self.routes!r}"
            )
        for route, values in self.routes.items():
            if not isinstance(values, Sequence) or isinstance(values, str) or len(values) != 2:
                raise TypeError(
                    f"`routes` must give (value at low, value at high precision) for {route!r}; got {values!r}"
                )
        if len(self.routes) < 2:
            raise ValueError(f"`routes` must hold at least two; got {sorted(self.routes)}")
        if (
            len(self.digits) != 2
            or self.digits[0] < _FEWEST_DIGITS
            or self.digits[1] < self.digits[0] + _FEWEST_GAINED
        ):
            raise ValueError(
                f"`digits` must be two positive integers, at least {_FEWEST_DIGITS} and growing by at least "
                f"{_FEWEST_GAINED}; got {self.digits}"
            )
        if self.scale is not None and exact_fraction("scale", self.scale) <= 0:
            raise ValueError(f"`scale` must be positive; got {self.scale}")
        _ = self._values

    @cached_property
    def _values(self) -> dict[str, tuple[Interval, Interval]]:
        return {
            route: (interval(f"{self.name}: {route}", low), interval(f"{self.name}: {route}", high))
            for route, (low, high) in self.routes.items()
        }

    @cached_property
    def _size(self) -> Fraction:
        if self.scale is not None:
            return exact_fraction("scale", self.scale)
        return max(abs(high.middle) for _, high in self._values.values())

    def _claim(self, level: int) -> Fraction:
        return self._size / 10 ** self.digits[level]

    def _set(self, route: str, level: int) -> Interval:
        value = self._values[route][level]
        return value if value.is_ball else _widened(value, self._claim(level))

    def _settled(self, route: str) -> Interval:
        low, high = self._values[route]
        return high if high.is_ball else _widened(high, abs(high.middle - low.middle) + self._claim(0))

    def _contradiction(self) -> tuple[str, str] | None:
        """Two routes (or one, against itself) that certainly give different numbers."""
        balls = [(route, value) for route, pair in self._values.items() for value in pair if value.is_ball]
        settled = [(route, self._settled(route)) for route in self._values]
        for sets in (balls, settled):
            for (first, x), (second, y) in combinations(sets, 2):
                if gap(x, y) > 0:
                    return first, second
        return None

    def _agrees(self) -> bool:
        for level in _LEVELS:
            if any(self._values[route][level].radius > self._claim(level) for route in self._values):
                return False
            sets = [self._set(route, level) for route in self._values]
            if any(gap(x, y) > 0 for x, y in combinations(sets, 2)):
                return False
        return all(gap(self._set(route, 0), self._set(route, 1)) == 0 for route in self._values)

    @cached_property
    def _result(self) -> tuple[Verdict, str]:
        unbounded = [
            route for route, pair in self._values.items() if not all(value.bounded for value in pair)
        ]
        if unbounded:
            return Verdict.UNDECIDED, f"route {unbounded[0]} gives an unbounded ball"
        if (routes := self._contradiction()) is not None:
            first, second = (f"{decimal(self._values[route][1].middle, 12)} ({route})" for route in routes)
            return Verdict.REFUTED, f"{first} certainly differs from {second}"
        spread = self._spread()
        if (copy := self._copied()) is not None:
            return Verdict.UNDECIDED, f"{copy[0]} and {copy[1]} share every digit and every error: one route"
        if self._hidden():
            return Verdict.UNDECIDED, f"the scale hides the values, which do not shrink; {spread}"
        if self._agrees():
            names = ", ".join(self._values)
            value = decimal(next(iter(self._values.values()))[1].middle, 12)
            return Verdict.VERIFIED, f"{names} give {value}; {spread}"
        return Verdict.UNDECIDED, f"{', '.join(self._values)} do not agree to the claimed digits; {spread}"

    def _copied(self) -> tuple[str, str] | None:
        """Two routes with the same numbers to the last bit, rounding errors and all: a route against itself.

        Rounding errors show where a route moves from the low to the high precision, or in the radius of a ball; exact
        numbers have none, and may well be the same.
        """
        for (first, x), (second, y) in combinations(self._values.items(), 2):
            if x == y and (x[0] != x[1] or any(value.radius for value in x)):
                return first, second
            if all(p is q for p, q in zip(self.routes[first], self.routes[second], strict=True)) and not all(
                isinstance(p, int) for p in self.routes[first]
            ):
                return first, second
        return None

    def _hidden(self) -> bool:
        """Whether even the high claim leaves the values fewer digits than `_FEWEST_DIGITS`.

        Where the value is 0, what the routes give is their error, which must shrink instead.
        """
        low, high = (max(abs(pair[level].middle) for pair in self._values.values()) for level in _LEVELS)
        resolved = high >= self._claim(1) * 10**_FEWEST_DIGITS
        return not resolved and high != 0 and high >= low / 10

    def _spread(self) -> str:
        """Largest distance between points of two routes, relative to the scale, at both precisions."""
        parts = []
        for level in _LEVELS:
            sets = [pair[level] for pair in self._values.values()]
            widest = max(abs(x.middle - y.middle) + x.radius + y.radius for x, y in combinations(sets, 2))
            relative = decimal(widest / self._size, 2) if self._size else decimal(widest, 2)
            parts.append(f"{relative} at {self.digits[level]} digits")
        return ("relative" if self._size else "absolute") + " spread " + ", ".join(parts)

    @property
    def verdict(self) -> Verdict:
        """VERIFIED, UNDECIDED or REFUTED."""
        return self._result[0]

    @property
    def detail(self) -> str:
        """The value and the spread of the routes at both precisions."""
        return self._result[1]


def _widened(value: Interval, by: Fraction) -> Interval:
    low, high = value.ends
    return Interval(low - by, high + by, is_ball=False)


@dataclass(frozen=True)
class InOrder(Finding):
    """``smaller <= larger`` for every pair of intervals that integrations, not proofs, have given.

    VERIFIED if every pair is apart in that order, REFUTED if one is apart in the other, UNDECIDED otherwise.
    """

    pairs: Sequence[tuple[Interval, Interval]]
    method = "intervals of computed times"

    @property
    def held(self) -> int:
        """How many pairs there are."""
        return max(len(self.pairs), 1)

    @cached_property
    def _held(self) -> list[bool | None]:
        held: list[bool | None] = []
        for smaller, larger in self.pairs:
            (low, high), (least, most) = smaller.ends, larger.ends
            held.append(True if high < least else False if most < low else None)
        return held

    @property
    def verdict(self) -> Verdict:
        """VERIFIED, UNDECIDED or REFUTED."""
        if False in self._held:
            return Verdict.REFUTED
        return Verdict.VERIFIED if self._held and None not in self._held else Verdict.UNDECIDED

    @property
    def detail(self) -> str:
        """The first pair that fails or stays open, else the tightest."""
        if not self._held:
            return "no instance"
        for held, words in ((False, "fails"), (None, "is not separated")):
            if held in self._held:
                return f"{_pair_text(self.pairs[self._held.index(held)])} {words}"
        tightest = min(self.pairs, key=lambda pair: pair[1].middle / abs(pair[0].middle))
        return f"{len(self.pairs)} instances, tightest {_pair_text(tightest)}"


def _pair_text(pair: tuple[Interval, Interval]) -> str:
    return " <= ".join(decimal(side.middle, 8) for side in pair)
