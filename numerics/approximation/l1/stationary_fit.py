r"""Proofs about best L1 approximations by exponential sums: canonical points, minimality, and a dual bound.

Let ``r = sum_k a_k e^{-w_k t} - rho`` change its sign exactly at ``t_1 < ... < t_n``, and let
``E(w) = 1 + 2 sum_i (-1)^i e^{-w t_i}``, so that ``int sgn(r) e^{-wt} dt = +-E(w)/w``. The norm ``int |r|`` is
stationary in amplitudes (none 0) and rates if and only if

.. math:: r(t_i) = 0 \quad (i \le n), \qquad E(w_k) = 0, \quad E'(w_k) = 0 \quad (k \le m),

as many equations as unknowns. The last 2m say that ``sgn(r)`` is orthogonal to ``e^{-w_k t}`` and ``t e^{-w_k t}``; for
n = 2m the ``t_i`` are the canonical points of this Chebyshev system, which do not depend on the target, and the best
approximation interpolates there (Krein; Karlin and Studden, Tchebycheff Systems, 1966; for exponential sums: Braess,
Nonlinear Approximation Theory, 1986). As E has n + 1 terms of alternating signs, it has at most n zeros (Descartes),
and so n >= 2m always.

Krawczyk's operator proves a solution in a box. That the residual changes its sign there and nowhere else is proved by
`l1_error` for all points of the box; then the solution *is* stationary. Two more facts follow. With ``s = sgn(r)``, any
amplitudes b give ``int |sum b_k e^{-w_k t} - rho| >= |int s (sum b_k e^{-w_k t} - rho)| = |int s rho|``, which is the
norm at the solution: for its rates no amplitudes are better. And where the Hessian

.. math:: \sum_i \frac{2\,g_i g_i^T}{|r'(t_i)|} + \mathrm{diag}\bigl(0, a_k\!\int s\,t^2 e^{-w_k t} dt\bigr),
          \qquad g_i = \partial r(t_i),

is positive definite the solution is a strict local minimum in amplitudes and rates. (All ``t_i`` are simple zeros, and
the sign behind the last one is decided by a term that dominates for all near parameters, so the norm is twice
differentiable there.)
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb, arb_mat

from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for, hull
from memcurse.numerics.arithmetic.jets import Exponentials, Part
from memcurse.numerics.arithmetic.matrices.inertia import ball_inertia
from memcurse.numerics.time_limit import check_time
from memcurse.theory.landscape.equivalent_parameters import Inertia

from .distance import MAX_DIGITS, L1Residual, l1_residual
from .residual_parts import Decomposition

_STEPS, _INFLATIONS, _ROUNDS = 60, 4, 4
#: Share of a Newton step below which it is taken to lead nowhere.
_LEAST_SHARE = 2.0**-12
#: Digits for the signs at first: they only must tell the zeros apart.
_SIGN_DIGITS = 12


@dataclass(frozen=True)
class Point:
    """Amplitudes, rates (rising) and zeros of the residual (rising); balls or exact numbers."""

    a: tuple[arb, ...]
    w: tuple[arb, ...]
    t: tuple[arb, ...]


@dataclass(frozen=True)
class StationaryFit:
    """A solution of the equations of stationarity, proved.

    Attributes
    ----------
    point : Point
        Balls that hold the solution; it is the only one in a box around them.
    first : int
        Sign of the residual before the first canonical point.
    norm : arb
        Ball of the L1 norm of the residual, from the signs of the residual.
    dual : arb
        Ball of ``|int sgn(r) rho|``, which no amplitudes can beat at these rates, from the canonical points.
    inertia : Inertia or None
        Of the Hessian of the norm; None where balls do not decide.
    """

    point: Point
    first: int
    norm: arb
    dual: arb
    inertia: Inertia | None


def alternating(values: Sequence[arb]) -> arb:
    """``sum_i (-1)^i x_i``, i from 1."""
    return sum((x if i % 2 else -x for i, x in enumerate(values)), arb(0))


def target_jets(parts: Sequence[Part], times: Sequence[arb]) -> list[tuple[arb, arb]]:
    """Value and slope at positive times (balls) of a sum of parts. Rigour: enclosure, not finite where unknown."""
    jets = [part.jets(times) for part in parts]
    return [
        (sum((jet[i][0] for jet in jets), arb(0)), sum((jet[i][1] for jet in jets), arb(0)))
        for i in range(len(times))
    ]


def equations(parts: Sequence[Part], x: Point) -> tuple[arb_mat, arb_mat]:
    """Values and Jacobian of the equations, unknowns in the order a, w, t. Rigour: enclosure.

    Parameters
    ----------
    parts : sequence of Part
        Minus the target.
    x : Point
        Where; balls.
    """
    check_time()
    m, n = len(x.w), len(x.t)
    size = 2 * m + n
    jets = target_jets(parts, x.t)
    values: list[arb] = []
    jacobian = arb_mat(size, size)
    decay = [[(-w * t).exp() for w in x.w] for t in x.t]
    for i, (value, slope) in enumerate(jets):
        terms = [a * e for a, e in zip(x.a, decay[i], strict=True)]
        values.append(sum(terms, value))
        for k in range(m):
            jacobian[i, k] = decay[i][k]
            jacobian[i, m + k] = -x.t[i] * terms[k]
        jacobian[i, 2 * m + i] = slope - sum((w * y for w, y in zip(x.w, terms, strict=True)), arb(0))
    moments = [_moments(w, x.t, [row[k] for row in decay]) for k, w in enumerate(x.w)]
    values += [1 + 2 * zeroth for zeroth, _, _ in moments] + [first for _, first, _ in moments]
    for k, (_, first, second) in enumerate(moments):
        jacobian[n + k, m + k], jacobian[n + m + k, m + k] = -2 * first, -second
        for i in range(n):
            signed = decay[i][k] if i % 2 else -decay[i][k]
            jacobian[n + k, 2 * m + i] = -2 * x.w[k] * signed
            jacobian[n + m + k, 2 * m + i] = (1 - x.w[k] * x.t[i]) * signed
    return arb_mat([[value] for value in values]), jacobian


def _moments(w: arb, times: Sequence[arb], decay: Sequence[arb]) -> tuple[arb, arb, arb]:
    """``sum_i (-1)^i t_i^p e^{-w t_i}`` for p = 0, 1, 2."""
    first = [t * e for t, e in zip(times, decay, strict=True)]
    second = [t * y for t, y in zip(times, first, strict=True)]
    return alternating(decay), alternating(first), alternating(second)


def newton(parts: Sequence[Part], x: Point, bits: int) -> Point | None:
    """Newton's method on the equations, to about `bits` bits; None if it strays. Rigour: none."""
    goal = arb(2) ** (-bits // 2)
    values = [*x.a, *x.w, *x.t]
    for _ in range(_STEPS):
        at, jacobian = equations(parts, _point(values, len(x.w)))
        try:
            step = jacobian.mid().solve(at.mid(), algorithm="approx")
        except ZeroDivisionError:
            return None
        steps = [step[i, 0].mid() for i in range(len(values))]
        share = _share(values[len(x.w) :], steps[len(x.w) :])
        if share is None:
            return None
        moved = [(value - share * s).mid() for value, s in zip(values, steps, strict=True)]
        while not _ordered(_point(moved, len(x.w))):
            share = (share / 2).mid()
            if share < _LEAST_SHARE:
                return None
            moved = [(value - share * s).mid() for value, s in zip(values, steps, strict=True)]
        values = moved
        if share == 1 and all(abs(s) <= goal * abs(v) for v, s in zip(values, steps, strict=True)):
            return _point(values, len(x.w))
    return None


def _share(values: Sequence[arb], steps: Sequence[arb]) -> arb | None:
    """How much of a step keeps rates and times within a third of themselves."""
    if not all(s.is_finite() for s in steps):
        return None
    share = arb(1)
    for value, step in zip(values, steps, strict=True):
        if 3 * abs(step) > value:
            share = share.min(value / (3 * abs(step)))
    return share.mid()


def _point(values: Sequence[arb], m: int) -> Point:
    return Point(tuple(values[:m]), tuple(values[m : 2 * m]), tuple(values[2 * m :]))


def _ordered(x: Point) -> bool:
    """Whether rates and times are certainly positive and rising."""
    return all(values[0] > 0 and all(p < q for p, q in itertools.pairwise(values)) for values in (x.w, x.t))


def krawczyk(parts: Sequence[Part], x: Point, bits: int) -> Point | None:
    """A box around an exact point with exactly one solution, shrunk to its image; None if nothing is proved.

    Rigour: proof (Krawczyk's operator, image in the interior of the box).
    """
    m, values = len(x.w), [*x.a, *x.w, *x.t]
    size = len(values)
    at, jacobian = equations(parts, x)
    try:
        inverse = jacobian.mid().inv().mid()
    except ZeroDivisionError:
        return None
    step = inverse * at
    identity = arb_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])
    radii = [
        (2 * abs(step[i, 0]) + abs(value) * arb(2) ** -bits).abs_upper() for i, value in enumerate(values)
    ]
    for _ in range(_INFLATIONS):
        box = [value + arb(0, radius) for value, radius in zip(values, radii, strict=True)]
        if not _ordered(_point(box, m)):
            return None
        _, over = equations(parts, _point(box, m))
        shift = (identity - inverse * over) * arb_mat(size, 1, [arb(0, radius) for radius in radii]) - step
        image = [value + shift[i, 0] for i, value in enumerate(values)]
        if all(outer.contains_interior(inner) for outer, inner in zip(box, image, strict=True)):
            return _point(image, m)
        radii = [8 * radius for radius in radii]
    return None


def prove(kernel: Decomposition, start: Point, digits: int) -> StationaryFit | None:
    """The stationary fit near `start` with all numbers to `digits` relative to themselves, or None.

    A start with fewer than 2m zeros leads to none: no stationary fit has so few.

    Rigour: proof; None is no statement.
    """
    if len(start.t) < 2 * len(start.w):
        return None
    goal, now, x = bits_for(digits), digits, start
    for _ in range(_ROUNDS):
        with ball_precision(bits_for(now) + 2 * GUARD_BITS):
            parts, _ = kernel.residual()
            polished = newton(parts, x, bits_for(now))
            if polished is None:
                return None
            x = polished
            found = _certified(kernel, parts, x, digits, bits_for(now), _SIGN_DIGITS + now - digits)
            if found is not None and _accurate(found, goal):
                return found
        now += max(20, now // 2)
    return None


def _accurate(found: StationaryFit, bits: int) -> bool:
    numbers = (*found.point.a, *found.point.w, *found.point.t, found.norm)
    return found.inertia is not None and all(x.rel_accuracy_bits() >= bits for x in numbers)


def _certified(
    kernel: Decomposition, parts: Sequence[Part], x: Point, digits: int, bits: int, sign_digits: int
) -> StationaryFit | None:
    box = krawczyk(parts, x, bits)
    if box is None:
        return None
    signs = l1_residual(kernel, box.a, box.w, digits=_SIGN_DIGITS, every_point=True)
    # Zeros that lie in sharper balls may do. Where a sign is not told at all, more digits seldom tell it.
    worthwhile = signs.complete or all(isinstance(part, Exponentials) for part in parts)
    if worthwhile and sign_digits > _SIGN_DIGITS and not _changes_there_only(parts, box, signs):
        signs = l1_residual(kernel, box.a, box.w, digits=min(sign_digits, MAX_DIGITS), every_point=True)
    if not _changes_there_only(parts, box, signs):
        return None
    first = signs.signs[0]
    norm = l1_residual(kernel, box.a, box.w, digits=digits + 2).norm
    return StationaryFit(box, first, norm, dual_bound(parts, box.t), windowed_inertia(parts, box, first))


def _changes_there_only(parts: Sequence[Part], box: Point, signs: L1Residual) -> bool:
    """Whether every residual in the box changes its sign at its zeros ``t_i``, simple ones, and has no others."""
    if not signs.complete or len(signs.sign_changes) != len(box.t):
        return False
    # In each ball lies a change of sign and, as the slope does not vanish there, one zero only: the t_i of the box.
    around = [hull(x, y) for x, y in zip(signs.sign_changes, box.t, strict=True)]
    return all(certain for certain in (_slope(parts, box, x) != 0 for x in around))


def _slope(parts: Sequence[Part], box: Point, time: arb) -> int:
    """Sign of the residual's derivative on a ball of times, or 0."""
    ((_, slope),) = target_jets(parts, [time])
    for a, w in zip(box.a, box.w, strict=True):
        slope -= a * w * (-w * time).exp()
    return 1 if slope > 0 else -1 if slope < 0 else 0


def dual_bound(parts: Sequence[Part], times: Sequence[arb]) -> arb:
    """``|int s rho|`` with s = 1 up to the first of `times`, and a change of sign at each. Rigour: enclosure."""
    tails = [part.tails([arb(0), *times]) for part in parts]
    values = [sum(column, arb(0)) for column in zip(*tails, strict=True)]
    return abs(values[0] + 2 * alternating(values[1:]))


def windowed_inertia(parts: Sequence[Part], box: Point, first: int) -> Inertia | None:
    """Inertia of the norm's Hessian as made by these zeros; any others make it larger. Rigour: proof; None is none."""
    m = len(box.w)
    hessian = arb_mat(2 * m, 2 * m)
    for time, (_, slope) in zip(box.t, target_jets(parts, box.t), strict=True):
        decay = [(-w * time).exp() for w in box.w]
        terms = [a * e for a, e in zip(box.a, decay, strict=True)]
        slope -= sum((w * y for w, y in zip(box.w, terms, strict=True)), arb(0))
        # In the unknowns a_k and log w_k, which does not change the inertia.
        g = arb_mat(2 * m, 1, decay + [-time * w * y for w, y in zip(box.w, terms, strict=True)])
        hessian += g * g.transpose() * (2 / abs(slope))
    for k, (a, w) in enumerate(zip(box.a, box.w, strict=True)):
        _, _, second = _moments(w, box.t, [(-w * time).exp() for time in box.t])
        # int s t^2 e^{-wt} = +-E''(w)/w, as E and E' vanish.
        hessian[m + k, m + k] += first * a * w * 2 * second
    return ball_inertia(hessian)
