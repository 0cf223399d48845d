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
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from .agreement import Agreement
from .ball_findings import BallEquality, BallInequalities, BallInequality, Enclosed, Pair, nonempty
from .identities import counterexample, exact_expression, vanishing_reduction
from .intervals import exact_fraction
from .statement import Finding, Verdict


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
    return nonempty(name, zip(lefts, rights, strict=True))


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

        pairs = nonempty(self.name, self.pairs)
        checked = tuple((exact_expression(self.name, x), exact_expression(self.name, y)) for x, y in pairs)
        object.__setattr__(self, "pairs", checked)

    @cached_property
    def _result(self) -> tuple[Verdict, str]:

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
        count = f"{len(self.pairs)} differences reduce" if len(self.pairs) > 1 else "the difference reduces"
        return Verdict.PROVED, f"{count} to 0 ({', '.join(reductions)})"

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
                "`exclusion_level` must lie between `level` and 1; "
                f"got {self.exclusion_level} and {self.level}"
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
        object.__setattr__(self, "parts", nonempty(self.name, self.parts))

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
        alike = all(part.verdict is self._weakest.verdict for part in self.parts)
        word = "first" if alike else "weakest"
        return f"{count}; {word}: {self._weakest.name}: {self._weakest.detail}"


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
