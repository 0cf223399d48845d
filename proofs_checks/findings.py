"""The kinds of evidence: each finding holds numbers and computes the verdict that they earn.

| finding | may reach | refuted by |
|---|---|---|
| `Identity`, `Identities` | PROVED | a rational point where the difference certainly is not 0 |
| `BallInequality`, `BallInequalities`, `Enclosed`, `Exact` | CERTIFIED | a certain violation at an instance |
| `Agreement`, `Counted` | VERIFIED | routes that certainly differ, another count |
| `Experiment` | OBSERVED | the claim outside an interval of a much stricter level |
| `BallEquality` | UNDECIDED | disjoint balls; overlapping ones show nothing |
| `Every` | whatever its parts reach | any part refuted |

No tolerance appears here: every threshold is a ball's radius, the digits that a route claims, or a
confidence level.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from .agreement import Agreement
from .intervals import Interval, decimal, exact_fraction, gap, interval
from .statement import Finding, Verdict

Pair = tuple[Any, Any]


def _nonempty(name: str, values: Iterable[Any]) -> tuple[Any, ...]:
    checked = tuple(values)
    if not checked:
        raise ValueError(f"`{name}` must not be empty; got {values!r}")
    return checked


def _certainly_less(x: Any, y: Any) -> bool | None:
    """True: x < y for all points of the balls; False: x >= y for all; None: the balls do not tell."""
    try:
        from ..numerics.balls import certainly_less
    except ImportError:
        return True if x < y else False if x >= y else None
    return certainly_less(x, y)


def _flat(values: Any) -> tuple[Any, ...]:
    """Entries of a matrix or sequence, or the one value."""
    if hasattr(values, "flat"):
        return tuple(values.flat() if callable(values.flat) else values.flat)
    return tuple(values) if isinstance(values, Sequence) else (values,)


def _paired(name: str, left: Any, right: Any) -> tuple[Pair, ...]:
    lefts, rights = _flat(left), _flat(right)
    if len(lefts) != len(rights) or getattr(left, "shape", None) != getattr(right, "shape", None):
        raise ValueError(
            f"`{name}` must have as many entries on both sides; got {len(lefts)} and {len(rights)}"
        )
    return _nonempty(name, zip(lefts, rights, strict=True))


@dataclass(frozen=True)
class Identities:
    """Symbolic identities ``left == right`` for all values of their symbols (the assumptions are the
    hypotheses).

    PROVED if every difference reduces to a structural 0; REFUTED by a rational point at which one certainly
    differs from 0 in ball arithmetic, which is looked for first. Expressions are exact: no floats.
    """

    name: str
    pairs: Sequence[Pair]
    method = "symbolic identity"

    def __post_init__(self) -> None:
        from .identities import exact_expression

        pairs = _nonempty(self.name, self.pairs)
        checked = tuple((exact_expression(self.name, x), exact_expression(self.name, y)) for x, y in pairs)
        object.__setattr__(self, "pairs", checked)

    @cached_property
    def _result(self) -> tuple[Verdict, str]:
        from .identities import counterexample, vanishing_reduction

        reductions: dict[str, None] = {}
        undecided: list[str] = []
        for index, (left, right) in enumerate(self.pairs):
            if (witness := counterexample(left - right)) is not None:
                return Verdict.REFUTED, f"{self._which(index)}left - right = {witness}"
            if (reduction := vanishing_reduction(left - right)) is None:
                undecided.append(
                    f"{self._which(index)}left - right = {_short(left - right)} was not reduced to 0"
                )
            else:
                reductions[reduction] = None
        if undecided:
            return Verdict.UNDECIDED, undecided[0] + (
                f" (and {len(undecided) - 1} more)" if undecided[1:] else ""
            )
        count = f"{len(self.pairs)} differences are" if len(self.pairs) > 1 else "difference is"
        return Verdict.PROVED, f"{count} 0 {'; '.join(reductions)}"

    def _which(self, index: int) -> str:
        return f"pair {index}: " if len(self.pairs) > 1 else ""

    @property
    def verdict(self) -> Verdict:
        """PROVED, UNDECIDED or REFUTED."""
        return self._result[0]

    @property
    def detail(self) -> str:
        """The reductions that were needed, or the witness."""
        return self._result[1]


def _short(value: Any, limit: int = 120) -> str:
    text = str(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def Identity(name: str, left: Any, right: Any = 0) -> Identities:
    """One symbolic identity, entry by entry if both sides are matrices or sequences; see `Identities`."""
    return Identities(name, _paired(name, left, right))


@dataclass(frozen=True)
class BallInequalities:
    """``smaller < larger`` (or ``<=`` with ``strict=False``) for every pair of balls.

    CERTIFIED if every pair holds for all points of its balls, REFUTED if one fails for all of them.
    """

    name: str
    pairs: Sequence[Pair]
    strict: bool = True
    method = "ball inequality"

    def __post_init__(self) -> None:
        object.__setattr__(self, "pairs", _nonempty(self.name, self.pairs))

    def _holds(self, pair: Pair) -> bool | None:
        smaller, larger = pair
        if self.strict:
            return _certainly_less(smaller, larger)
        reverse = _certainly_less(larger, smaller)
        return None if reverse is None else not reverse

    @cached_property
    def _held(self) -> tuple[bool | None, ...]:
        return tuple(self._holds(pair) for pair in self.pairs)

    @property
    def verdict(self) -> Verdict:
        """CERTIFIED, UNDECIDED or REFUTED."""
        if any(held is False for held in self._held):
            return Verdict.REFUTED
        return Verdict.UNDECIDED if any(held is None for held in self._held) else Verdict.CERTIFIED

    @property
    def detail(self) -> str:
        """The first instance that fails or stays open, else the one with the smallest certain margin."""
        sign = "<" if self.strict else "<="
        for held, words in ((False, "certainly fails"), (None, "is not separated")):
            if held in self._held:
                index = self._held.index(held)
                return f"instance {index}: {_inequality(self.pairs[index], sign)} {words}"
        margins = [_ball_text((larger - smaller).abs_lower()) for smaller, larger in self.pairs]
        index = min(
            range(len(margins)), key=lambda i: (self.pairs[i][1] - self.pairs[i][0]).abs_lower().mid()
        )
        count = "" if len(self.pairs) == 1 else f"{len(self.pairs)} instances, tightest "
        return f"{count}{_inequality(self.pairs[index], sign)}, margin at least {margins[index]}"


def _ball_text(ball: Any) -> str:
    return str(ball.str(6, radius=False)) if hasattr(ball, "str") else str(ball)


def _inequality(pair: Pair, sign: str) -> str:
    smaller, larger = (ball.str(8) if hasattr(ball, "str") else str(ball) for ball in pair)
    return f"{smaller} {sign} {larger}"


def BallInequality(name: str, smaller: Any, larger: Any, strict: bool = True) -> BallInequalities:
    """One inequality of balls; see `BallInequalities`."""
    return BallInequalities(name, ((smaller, larger),), strict)


@dataclass(frozen=True)
class BallEquality:
    """``left == right`` for two balls: REFUTED if they are disjoint; overlapping, they decide nothing."""

    name: str
    left: Any
    right: Any
    method = "ball overlap"

    @property
    def verdict(self) -> Verdict:
        """REFUTED or UNDECIDED."""
        apart = _certainly_less(self.left, self.right) or _certainly_less(self.right, self.left)
        return Verdict.REFUTED if apart else Verdict.UNDECIDED

    @property
    def detail(self) -> str:
        """Both balls."""
        words = "disjoint" if self.verdict is Verdict.REFUTED else "not disjoint"
        return f"{self.left.str(12)} and {self.right.str(12)} are {words}"


@dataclass(frozen=True)
class Enclosed:
    """The number inside `value` (a ball, or exact) lies in `enclosure` (a ball, or a pair of exact ends).

    CERTIFIED if all of `value` lies in `enclosure`, REFUTED if they are disjoint.
    """

    name: str
    value: Any
    enclosure: Any
    method = "enclosure"

    @cached_property
    def _sets(self) -> tuple[Interval, Interval]:
        if isinstance(self.enclosure, tuple):
            low, high = (exact_fraction(self.name, end) for end in self.enclosure)
            outer = Interval(low, high, is_ball=False)
        else:
            outer = interval(self.name, self.enclosure)
        if outer.bounded and outer.ends[0] > outer.ends[1]:
            raise ValueError(f"`{self.name}` must be enclosed by ends in order; got {self.enclosure}")
        return interval(self.name, self.value), outer

    def __post_init__(self) -> None:
        _ = self._sets

    @property
    def verdict(self) -> Verdict:
        """CERTIFIED, UNDECIDED or REFUTED."""
        inner, outer = self._sets
        if not (inner.bounded and outer.bounded):
            return Verdict.UNDECIDED
        (low, high), (least, most) = inner.ends, outer.ends
        if least <= low and high <= most:
            return Verdict.CERTIFIED
        return Verdict.REFUTED if gap(inner, outer) > 0 else Verdict.UNDECIDED

    @property
    def detail(self) -> str:
        """Value and enclosure."""
        return f"{_set_text(self._sets[0])} in {_set_text(self._sets[1])}"


def _set_text(numbers: Interval) -> str:
    if not numbers.bounded:
        return "an unbounded ball"
    low, high = numbers.ends
    return decimal(low, 12) if low == high else f"[{decimal(low, 12)}, {decimal(high, 12)}]"


@dataclass(frozen=True)
class Exact:
    """Equality of exact rational numbers, entry by entry, at instances: CERTIFIED or REFUTED."""

    name: str
    left: Any
    right: Any
    method = "exact arithmetic"

    @cached_property
    def _pairs(self) -> tuple[tuple[Fraction, Fraction], ...]:
        pairs = _paired(self.name, self.left, self.right)
        if any(isinstance(x, float) for pair in pairs for x in pair):
            raise TypeError(f"`{self.name}` must compare exact numbers; got a float")
        return tuple((exact_fraction(self.name, x), exact_fraction(self.name, y)) for x, y in pairs)

    def __post_init__(self) -> None:
        _ = self._pairs

    @property
    def verdict(self) -> Verdict:
        """CERTIFIED or REFUTED."""
        return Verdict.CERTIFIED if all(x == y for x, y in self._pairs) else Verdict.REFUTED

    @property
    def detail(self) -> str:
        """The first difference, or how many entries are equal."""
        for index, (x, y) in enumerate(self._pairs):
            if x != y:
                return f"entry {index}: {_short(x, 60)} differs from {_short(y, 60)}"
        last = self._pairs[-1][0]
        return (
            f"both are {_short(last, 60)}"
            if len(self._pairs) == 1
            else f"{len(self._pairs)} entries are equal"
        )


@dataclass(frozen=True)
class Counted:
    """A number of objects, found by enumeration, against the number that the statement gives."""

    name: str
    expected: int
    found: int
    method = "enumeration"

    def __post_init__(self) -> None:
        for field, value in (("expected", self.expected), ("found", self.found)):
            if (
                isinstance(value, bool)
                or exact_fraction(field, value).denominator != 1
                or isinstance(value, float)
            ):
                raise ValueError(f"`{field}` must be an integer; got {value!r}")

    @property
    def verdict(self) -> Verdict:
        """VERIFIED or REFUTED."""
        return Verdict.VERIFIED if self.expected == self.found else Verdict.REFUTED

    @property
    def detail(self) -> str:
        """Both counts."""
        return f"expected {self.expected}, found {self.found}"


@dataclass(frozen=True)
class Experiment:
    """A claimed number against the confidence interval of a measurement.

    OBSERVED if the claim lies in `interval` (confidence `level`); REFUTED if it lies outside
    `exclusion_interval`, whose level must be higher, so that chance alone refutes a true claim with
    probability ``1 - exclusion_level``; UNDECIDED between the two.
    """

    name: str
    claimed: float
    interval: tuple[float, float]
    exclusion_interval: tuple[float, float]
    level: float
    exclusion_level: float
    samples: int
    method = "experiment"

    def __post_init__(self) -> None:
        numbers = (self.claimed, *self.interval, *self.exclusion_interval)
        if not all(math.isfinite(x) for x in numbers):
            raise ValueError(f"`{self.name}` must hold finite numbers; got {numbers}")
        (low, high), (least, most) = self.interval, self.exclusion_interval
        if not least <= low < high <= most:
            raise ValueError(
                f"`interval` must have a length and lie in `exclusion_interval`; got {numbers[1:]}"
            )
        if not 0 < self.level < self.exclusion_level < 1:
            raise ValueError(
                f"`exclusion_level` must lie between `level` and 1; got {self.exclusion_level} and {self.level}"
            )
        if self.samples < 2:
            raise ValueError(f"`samples` must be at least 2; got {self.samples}")

    @property
    def verdict(self) -> Verdict:
        """OBSERVED, UNDECIDED or REFUTED."""
        if self.interval[0] <= self.claimed <= self.interval[1]:
            return Verdict.OBSERVED
        inside = self.exclusion_interval[0] <= self.claimed <= self.exclusion_interval[1]
        return Verdict.UNDECIDED if inside else Verdict.REFUTED

    @property
    def detail(self) -> str:
        """Claim, interval, level and sample size."""
        refuted = self.verdict is Verdict.REFUTED
        (low, high), level = (
            (self.exclusion_interval, self.exclusion_level) if refuted else (self.interval, self.level)
        )
        words = "in" if self.verdict is Verdict.OBSERVED else "outside"
        confidence = f"{100 * level:.10g} % interval, {self.samples} samples"
        return f"{self.claimed:.8g} {words} [{low:.8g}, {high:.8g}] ({confidence})"


@dataclass(frozen=True)
class Every:
    """The same kind of finding at many instances; as weak as its weakest part."""

    name: str
    parts: Sequence[Finding]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", _nonempty(self.name, self.parts))

    @property
    def method(self) -> str:
        """The kinds of argument of the parts, each once."""
        return ", ".join(dict.fromkeys(part.method for part in self.parts))

    @cached_property
    def _weakest(self) -> Finding:
        return min(self.parts, key=lambda part: part.verdict)

    @property
    def verdict(self) -> Verdict:
        """The weakest verdict of the parts."""
        return self._weakest.verdict

    @property
    def detail(self) -> str:
        """How many parts there are, and the weakest of them."""
        count = "1 instance" if len(self.parts) == 1 else f"{len(self.parts)} instances"
        return f"{count}; weakest: {self._weakest.name}: {self._weakest.detail}"


__all__ = [
    "Agreement",
    "BallEquality",
    "BallInequalities",
    "BallInequality",
    "Counted",
    "Enclosed",
    "Every",
    "Exact",
    "Experiment",
    "Identities",
    "Identity",
]
