"""Findings from ball arithmetic: inequalities, disjointness, containment. Re-exported by `findings`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from memcurse.numerics.arithmetic.balls import certainly_less

from .finding import About, Finding
from .intervals import Interval, decimal, exact_fraction, gap, interval, validate_guaranteed
from .verdicts import Verdict

Pair = tuple[Any, Any]


def nonempty(name: str, values: Iterable[Any]) -> tuple[Any, ...]:
    """`values` as a tuple that is not empty."""
    checked = tuple(values)
    if not checked:
        raise ValueError(f"`{name}` must not be empty; got {values!r}")
    return checked


@dataclass(frozen=True)
class BallInequalities(Finding):
    """``smaller < larger`` (or ``<=`` with ``strict=False``) for every pair of balls.

    CERTIFIED if every pair holds for all points of its balls, REFUTED if one fails for all of them.
    """

    pairs: Sequence[Pair]
    strict: bool = True
    method = "ball inequality"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "pairs", nonempty(self.name, self.pairs))
        for value in (side for pair in self.pairs for side in pair):
            validate_guaranteed(self.name, value)

    @property
    def held(self) -> int:
        """How many inequalities there are."""
        return len(self.pairs)

    def _holds(self, pair: Pair) -> bool | None:
        smaller, larger = pair
        if self.strict:
            return certainly_less(smaller, larger)
        reverse = certainly_less(larger, smaller)
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


def BallInequality(
    name: str, smaller: Any, larger: Any, strict: bool = True, *, about: About = "claim"
) -> BallInequalities:
    """One inequality of balls; see `BallInequalities`."""
    return BallInequalities(name, ((smaller, larger),), strict, about=about)


@dataclass(frozen=True)
class BallEquality(Finding):
    """``left == right`` for two balls: REFUTED if they are disjoint; overlapping, they decide nothing."""

    left: Any
    right: Any
    method = "ball overlap"

    @property
    def verdict(self) -> Verdict:
        """REFUTED or UNDECIDED."""
        apart = certainly_less(self.left, self.right) or certainly_less(self.right, self.left)
        return Verdict.REFUTED if apart else Verdict.UNDECIDED

    @property
    def detail(self) -> str:
        """Both balls."""
        words = "disjoint" if self.verdict is Verdict.REFUTED else "not disjoint"
        return f"{self.left.str(12)} and {self.right.str(12)} are {words}"


@dataclass(frozen=True)
class Enclosed(Finding):
    """The number inside `value` (a ball, or exact) lies in `enclosure` (a ball, or a pair of exact ends).

    CERTIFIED if all of `value` lies in `enclosure`, REFUTED if they are disjoint.
    """

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
        super().__post_init__()
        ends = self.enclosure if isinstance(self.enclosure, tuple) else (self.enclosure,)
        for value in (self.value, *ends):
            validate_guaranteed(self.name, value)
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
class Vanishing(Finding):
    """Numbers that are 0 because of a proof: REFUTED by a ball without 0, CERTIFIED by the proof, or else open."""

    balls: tuple[Any, ...]
    proof: BallInequalities | None
    method = "Krawczyk's operator"

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "balls", nonempty(self.name, self.balls))

    @property
    def held(self) -> int:
        """How many balls there are."""
        return len(self.balls)

    @cached_property
    def _apart(self) -> tuple[int, ...]:
        return tuple(i for i, ball in enumerate(self.balls) if ball > 0 or ball < 0)

    @property
    def verdict(self) -> Verdict:
        """REFUTED, UNDECIDED, or what the proof earns."""
        if self._apart:
            return Verdict.REFUTED
        return Verdict.UNDECIDED if self.proof is None else self.proof.verdict

    @property
    def detail(self) -> str:
        """The ball that excludes 0, or the widest one."""
        if self._apart:
            return f"entry {self._apart[0]} is {self.balls[self._apart[0]].str(8)}, which is not 0"
        widest = max((ball.abs_upper() for ball in self.balls), key=lambda ball: float(ball.mid().log()))
        by = "nothing proves it" if self.proof is None else self.proof.detail
        return f"{len(self.balls)} balls hold 0, all below {widest.str(3, radius=False)}; {by}"
