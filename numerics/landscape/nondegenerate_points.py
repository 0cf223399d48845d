"""Non-degenerate critical points of J_l with what the inertia theorem asks of them: signs of the Q_j, inertia of H_l.

Each sign is exact or certified in balls, whose precision is raised as long as it is open. Where that does not help, the
sign may be 0, and rational numbers near the point are tried in exact arithmetic.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import arb

from memcurse.numerics.approximation.l2.best_fit import best_fit
from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import (
    GUARD_BITS,
    ball_precision,
    bits_for,
    certain_sign,
    certainly_less,
    validate_digits,
)
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.arithmetic.matrices.inertia import exact_inertia
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.stationary.critical_points import critical_points
from memcurse.numerics.stationary.newton import certify
from memcurse.numerics.stationary.points import (
    Box,
    CriticalPoint,
    CriticalPoints,
    is_rational_sum,
    validate_target,
    validate_width,
)
from memcurse.theory.landscape.coincidence import residual_moments, validate_rational_sum
from memcurse.theory.landscape.equivalent_parameters import Inertia
from memcurse.theory.notation import w as rate_symbol
from memcurse.theory.objective import continuous as closed_forms
from memcurse.theory.targets.target import ExponentialSum, Target

#: Doublings of the digits before a sign counts as undecided.
_ROUNDS = 3


class UndecidedSignError(ArithmeticError):
    """A sign that balls could not decide at the highest precision tried; it may be 0."""


@dataclass(frozen=True)
class ReducedPoint:
    """A critical point (b, v) of J_l with all b_j other than 0: what all spaces over it share.

    Attributes
    ----------
    target : Target
        The kernel.
    amplitudes, rates : tuple of sympy.Rational, length l
        The point; for an inexact one the midpoints of its balls.
    enclosure : Box or None
        Balls that hold exactly one critical point; None if the point is exact.
    inertia : Inertia
        Of H_l, proved.
    signs : tuple of {-1, 0, 1}
        Of the Q_j, proved.
    """

    target: Target
    amplitudes: tuple[sp.Rational, ...]
    rates: tuple[sp.Rational, ...]
    enclosure: Box | None
    inertia: Inertia
    signs: tuple[int, ...]

    @functools.cached_property
    def loss(self) -> arb:
        """Ball of ``J_l`` at the point; at the precision current when first asked for if the point is exact."""
        if self.enclosure is not None:
            return Objective(self.target).enclose(self.enclosure.a, self.enclosure.w).loss
        moment, norm = self.target.moment, self.target.squared_norm()
        return constant_ball(closed_forms.loss(self.amplitudes, self.rates, moment, norm))

    def amplitude_radius(self, j: int) -> sp.Rational:
        """How far b_j may be from its midpoint."""
        return sp.S.Zero if self.enclosure is None else _rational(self.enclosure.a[j].rad())


def exact_reduced_point(target: Target, b: Sequence[sp.Rational], v: Sequence[sp.Rational]) -> ReducedPoint:
    """The rational point (b, v), checked to be critical for J_l in exact arithmetic.

    Rigour: exact.
    """
    target = validate_rational_sum(target)
    if not all(b):
        raise ValueError(f"`amplitudes` must not be 0; got {tuple(b)}")
    moments = residual_moments(b, v, target)
    if any(R0 != 0 or R1 != 0 for R0, R1, _ in moments):
        raise ValueError(
            f"`amplitudes` and `rates` must be critical for J_{len(v)}; got {tuple(b)}, {tuple(v)}"
        )
    H = closed_forms.hessian(b, v, target.moment)
    signs = tuple(exact_sign(Q) for _, _, Q in moments)
    return ReducedPoint(target, tuple(b), tuple(v), None, exact_inertia(H.tolist()), signs)


def reduced_points(
    target: Target | str, l: int, digits: int = 40, *, lowest_only: bool = False
) -> list[ReducedPoint]:
    """Non-degenerate critical points of J_l, lowest loss first (or the lowest only), with the signs of their Q_j.

    Raises
    ------
    ValueError
        If none was found, or the target has fewer than l terms.
    UndecidedSignError
        If the sign of a Q_j is open.

    Notes
    -----
    Rigour: proof for each. That none is missing, and that the first is the global minimiser, is proved only for
    l = 1 and rational exponential sums, and where the target itself has l terms.
    """
    target, l, digits = validate_target(target), validate_width("l", l), validate_digits(digits)
    terms = _terms(target)
    if terms and len(terms) < l:
        raise ValueError(
            f"`l` must be at most the number {len(terms)} of terms of the target: "
            f"with more, J_l has no non-degenerate minimiser; got {l}"
        )
    if len(terms) == l:
        # The target itself: the residual is 0, and so are all Q_j, which no ball could show. H_l is twice the Gram
        # matrix of the derivatives of the model, which are independent (lemma C.2).
        v, b = zip(*sorted(terms), strict=True)
        exact = ReducedPoint(target, b, v, None, Inertia(2 * l, 0, 0), (0,) * l)
        others = (
            [] if lowest_only else [p for p in critical_points(target, l, digits) if certain_sign(p.loss)]
        )
        return [exact, *(_reduced(target, p, digits) for p in others if _non_degenerate(p))]
    points = _lowest(target, l, digits) if lowest_only else []
    points = [p for p in points or _all_found(target, l, digits) if _non_degenerate(p)]
    if not points:
        raise ValueError(
            f"`target` must have a non-degenerate critical point of J_{l}; none found for {target!r}"
        )
    return [_reduced(target, point, digits) for point in (points[:1] if lowest_only else points)]


def _lowest(target: Target, l: int, digits: int) -> list[CriticalPoint]:
    """The best fit of l terms, as a critical point; nothing if no strict minimum was proved."""
    try:
        fit = best_fit(target, l, digits=digits)
    except ArithmeticError:
        return []
    return [CriticalPoint(fit.a, fit.w, fit.enclosure, fit.inertia, fit.loss_enclosure, True)]


def _all_found(target: Target, l: int, digits: int) -> CriticalPoints:
    """What the search finds, and the best fit, which it may miss where rates are many or far apart."""
    found = critical_points(target, l, digits)
    best = [] if found.complete else _lowest(target, l, digits)
    new = [p for p in best if not any(_meet(p.enclosure, q.enclosure) for q in found)]
    return CriticalPoints([*found, *new], found.complete, found.reason, found.undecided)


def _meet(p: Box, q: Box) -> bool:
    return all(x.overlaps(y) for x, y in zip((*p.a, *p.w), (*q.a, *q.w), strict=True))


def _terms(target: Target) -> list[tuple[sp.Expr, sp.Expr]]:
    """``(rate, amplitude)`` of an exponential sum without vanishing terms; empty for any other target."""
    if not isinstance(target, ExponentialSum):
        return []
    return [(w, a) for a, w in zip(target.a, target.w, strict=True) if a]


def _non_degenerate(point: CriticalPoint) -> bool:
    return all(certain_sign(b) in (1, -1) for b in point.enclosure.a)


def _reduced(target: Target, point: CriticalPoint, digits: int) -> ReducedPoint:
    if point.inertia is None:
        raise UndecidedSignError(f"`point` must have a certified inertia; got rates {point.rates}")
    for x, y in itertools.pairwise(point.enclosure.w):
        if not certainly_less(x, y):
            raise UndecidedSignError(f"`point` must have rates that balls tell apart; got {x} and {y}")
    b, v = ([_rational(x.mid()) for x in balls] for balls in (point.enclosure.a, point.enclosure.w))
    try:
        signs = _curvature_signs(target, point, digits)
    except UndecidedSignError:
        if (exact := _rational_point(target, b, v, digits)) is None:
            raise
        return exact
    return ReducedPoint(target, tuple(b), tuple(v), point.enclosure, point.inertia, signs)


def _rational_point(
    target: Target, b: Sequence[sp.Rational], v: Sequence[sp.Rational], digits: int
) -> ReducedPoint | None:
    """The critical point, if it is rational with numerators and denominators of a third of the digits."""
    if not is_rational_sum(target):
        return None
    guesses = [[x.limit_denominator(10 ** (digits // 3)) for x in values] for values in (b, v)]
    try:
        return exact_reduced_point(target, *guesses)
    except ValueError:
        return None


def curvatures(target: Target, box: Box, digits: int) -> list[arb]:
    """``Q_j = sum_i 2 b_i/(v_i + v_j)^3 - L_2(v_j)`` for all points of the box.

    Rigour: enclosure.
    """
    with ball_precision(bits_for(digits) + GUARD_BITS):
        moment = lower(target.moment(2, rate_symbol), (rate_symbol,), "ball")
        pairs = list(zip(box.a, box.w, strict=True))
        return [sum((2 * b / (v + x) ** 3 for b, v in pairs), arb(0)) - moment(x) for x in box.w]


def _curvature_signs(target: Target, point: CriticalPoint, digits: int) -> tuple[int, ...]:
    box: Box | None = point.enclosure
    for _ in range(_ROUNDS):
        if box is None:
            break
        signs = [certain_sign(Q) for Q in curvatures(target, box, digits)]
        if None not in signs:
            return tuple(s for s in signs if s is not None)
        digits *= 2
        box = _refined(target, box, digits)
    raise UndecidedSignError(
        f"`target` must have Q_j with signs that {digits} digits decide; got rates {point.rates} of {target!r}"
    )


def _refined(target: Target, box: Box, digits: int) -> Box | None:
    """A smaller box about the same critical point; None where that is not proved."""
    proof = certify(Objective(target), [x.mid() for x in box.a], [x.mid() for x in box.w], digits)
    if proof is None:
        return None
    inside = zip((*box.a, *box.w), (*proof.a, *proof.w), strict=True)
    return Box(proof.a, proof.w) if all(outer.contains(inner) for outer, inner in inside) else None


def exact_sign(x: Any) -> int:
    """Sign of an exact number."""
    return int(bool(x > 0)) - int(bool(x < 0))


def _rational(x: arb) -> sp.Rational:
    mantissa, exponent = x.man_exp()
    return sp.Integer(int(mantissa)) * sp.Integer(2) ** int(exponent)
