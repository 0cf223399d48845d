"""Findings from ball arithmetic: inequalities, disjointness, containment, exact zeros. Re-exported by `findings`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flint import arb

from memcurse.numerics.arithmetic.balls import ball_precision, certainly_less
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.stationary.exact_system import enclosed_zero, working_bits

from .finding import About, Finding
from .identities import counterexample, exact_expression, vanishing_reduction
from .intervals import Interval, decimal, exact_fraction, gap, interval, validate_guaranteed
from .verdicts import Verdict

Pair = tuple[Any, Any]
#: What a variable is multiplied by where `Vanishing` moves it: 1 + 2^-10, exactly.
_THOUSANDTH_MORE = arb(1025) / 1024


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
    def failed(self) -> Pair | None:
        """The first pair that certainly fails."""
        return next((pair for pair, held in zip(self.pairs, self._held, strict=True) if held is False), None)

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
    r"""Quantities that are exactly 0 at the one zero of a system which a box holds.

    Parameters
    ----------
    system : sequence of sympy.Expr, length n
        Exact expressions in the variables, such as the entries of a gradient.
    box : mapping from the n variables to balls
        Where the zero is said to be.
    ties : sequence of (quantity, factor, entry)
        Exact expressions, and an index: ``quantity == factor * system[entry]`` for all values of the variables.
    route : callable
        From balls of the variables to a ball of each quantity: the routine that is held against this.
    moved : sequence of sympy.Symbol
        Variables that are moved in turn by a thousandth: the same route must then see that a quantity is not 0.

    Notes
    -----
    CERTIFIED if each of these is shown: the ties are identities; Krawczyk's operator, from the expressions, proves a
    zero of the system in the box; the factors are finite there; and each quantity is certainly not 0 at a moved point.
    REFUTED if a ball of the route excludes 0 at the zero or its box, or is disjoint from that of the expression there
    or at a moved point, or a tie fails at some point. UNDECIDED otherwise: balls that hold 0 show nothing alone.
    """

    system: Sequence[Any]
    box: Mapping[Any, Any]
    ties: Sequence[tuple[Any, Any, int]]
    route: Callable[[Sequence[Any]], Sequence[Any]]
    moved: Sequence[Any]
    method = "Krawczyk's operator"

    def __post_init__(self) -> None:
        super().__post_init__()
        system = tuple(exact_expression(self.name, entry) for entry in nonempty(self.name, self.system))
        ties = tuple(
            (exact_expression(self.name, quantity), exact_expression(self.name, factor), entry)
            for quantity, factor, entry in nonempty(self.name, self.ties)
        )
        object.__setattr__(self, "system", system)
        object.__setattr__(self, "ties", ties)
        object.__setattr__(self, "moved", nonempty(self.name, self.moved))
        if not all(0 <= entry < len(system) for *_, entry in ties) or not set(self.moved) <= set(self.box):
            raise ValueError(
                f"`{self.name}` must tie to entries below {len(system)} and move variables of the box"
            )

    @property
    def held(self) -> int:
        """How many quantities there are."""
        return len(self.ties)

    def _balls(self, point: Sequence[Any]) -> list[tuple[Any, Any]]:
        """Each quantity at a point, by the route and by its expression; an error if the route leaves one out."""
        quantities = [quantity for quantity, *_ in self.ties]
        with ball_precision(working_bits(tuple(self.box.values()))):
            by_expression = lower(quantities, tuple(self.box), "ball")(*point)
        return list(zip(self.route(point), by_expression, strict=True))

    @cached_property
    def _result(self) -> tuple[Verdict, str]:
        image = enclosed_zero(self.system, tuple(self.box), tuple(self.box.values()))
        point = tuple(self.box.values()) if image is None else image
        at_zero = self._balls(point)
        if (wrong := self._refutation(at_zero)) is not None:
            return Verdict.REFUTED, wrong
        if (open_question := self._missing(image)) is not None:
            return Verdict.UNDECIDED, open_question
        widest = max((ball.abs_upper() for ball, _ in at_zero), key=lambda ball: ball.mid())
        return Verdict.CERTIFIED, (
            f"{len(self.ties)} balls hold 0, all below {widest.str(3, radius=False)}, and are multiples of entries of "
            "a system with a zero there; moved by a thousandth, they exclude it"
        )

    def _refutation(self, at_zero: Sequence[tuple[Any, Any]]) -> str | None:
        for index, (ball, _) in enumerate(at_zero):
            if ball > 0 or ball < 0:
                return f"entry {index} is {ball.str(8)}, which is not 0"
        for index, (quantity, factor, entry) in enumerate(self.ties):
            if (witness := counterexample(quantity - factor * self.system[entry])) is not None:
                return f"entry {index} is not tied to the system: the difference is {witness}"
        for balls in (at_zero, *self._moved_balls):
            for index, (ball, other) in enumerate(balls):
                if ball.is_finite() and other.is_finite() and not ball.overlaps(other):
                    return f"entry {index}: the route gives {ball.str(8)}, its expression {other.str(8)}"
        return None

    @cached_property
    def _moved_balls(self) -> list[list[tuple[Any, Any]]]:
        """The quantities where one variable is a thousandth larger, for each that is moved."""
        sides = tuple(self.box.values())
        with ball_precision(working_bits(sides)):
            points = [
                [side * _THOUSANDTH_MORE if x == variable else side for x, side in self.box.items()]
                for variable in self.moved
            ]
        return [self._balls(point) for point in points]

    def _missing(self, image: Sequence[Any] | None) -> str | None:
        """What of the proof is not there, or None."""
        if image is None:
            return "no zero of the system is proved in the box"
        factors = lower([factor for _, factor, _ in self.ties], tuple(self.box), "ball")(*image)
        for index, (quantity, factor, entry) in enumerate(self.ties):
            difference = quantity - factor * self.system[entry]
            if not factors[index].is_finite() or vanishing_reduction(difference) is None:
                return f"entry {index} was not tied to the system"
            if not any(balls[index][0] > 0 or balls[index][0] < 0 for balls in self._moved_balls):
                return f"entry {index} holds 0 wherever the variables are moved: the route sees nothing"
        return None

    @property
    def verdict(self) -> Verdict:
        """CERTIFIED, UNDECIDED or REFUTED."""
        return self._result[0]

    @property
    def detail(self) -> str:
        """What refutes it, what is missing, or the widest ball."""
        return self._result[1]
