r"""Fits in L1 whose residual changes its sign endlessly, as that of ``e^{-t} cos 3t`` does once the fit has died out.

The norm is stationary where ``int s e^{-w_k t} = int s t e^{-w_k t} = 0`` for ``s = sgn(r)``. The factors decay, so of
the endlessly many changes of sign only those on a window count: behind a time X any signs whatever move the integrals
by at most twice ``int_X^oo t^p e^{-w_k t} dt``. Newton's method solves the equations with the changes of sign on a
window; then, at the exact numbers it ended with, the residual's norm and both integrals are enclosed.

No solution of the endless system is proved, so the dual bound must do with an `s` that is only nearly orthogonal. Let
``z_k = int s e^{-w_k t}`` and ``I_1, ..., I_m`` be intervals that follow each other. With ``c`` from ``sum_j c_j
int_{I_j} e^{-w_k t} = z_k`` the function ``s - sum_j c_j 1_{I_j}`` is orthogonal to all the terms and at most ``1 + d``
in size, ``d = max |c_j|``; so for any amplitudes b

.. math:: \int \Bigl|\sum_k b_k e^{-w_k t} - \rho\Bigr| \ge \frac{|\int s \rho| - d \int |\rho|}{1 + d},
          \qquad \int s \rho = \sum_k a_k z_k - \int |r| , \quad \int |\rho| \le \int |r| + \sum_k |a_k| / w_k .
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import sympy as sp
from flint import arb, arb_mat

from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for
from memcurse.theory.landscape.equivalent_parameters import Inertia

from .distance import MAX_DIGITS, L1Residual, l1_residual
from .residual_parts import Decomposition
from .stationary_fit import Point, alternating, newton, windowed_inertia

#: Digits for the signs at the start: more where changes of sign lie close to each other, as where the kernel touches 0.
_SIGN_DIGITS = (12, 20, 40, 80)
#: More bits in the window than the integrals are to be small to.
_WINDOW_BITS = 32
#: Digits of the norm, in those asked for: where they are enough, the changes of sign may lie in balls too wide.
_DIGITS = (1, 2, 4)


@dataclass(frozen=True)
class EndlessFit:
    """A fit that satisfies the conditions of stationarity within stated bounds.

    Attributes
    ----------
    point : Point
        Exact amplitudes and rates, and balls that hold the residual's changes of sign up to `window`.
    window : arb
        Time up to which the signs of the residual are proved.
    first : int
        Sign of the residual before the first of them.
    norm : arb
        Ball of the L1 norm of the residual.
    integrals : tuple of arb, length 2m
        Balls of ``int sgn(r) e^{-w_k t} dt`` for every k, then of ``int sgn(r) t e^{-w_k t} dt``.
    lower : arb
        Below the norm of any sum with these rates.
    """

    point: Point
    window: arb
    first: int
    norm: arb
    integrals: tuple[arb, ...]
    lower: arb


def may_be_endless(kernel: Decomposition) -> bool:
    """Whether the kernel holds a sine or a cosine. Others are left to proofs with a finite number of zeros."""
    return any(part.expression.has(sp.sin, sp.cos) for part in kernel.others)


def endless_fit(kernel: Decomposition, start: Point, digits: int) -> EndlessFit | None:
    """The fit near `start` whose integrals are below ``10^-digits`` in units of ``1/w_k`` and ``1/w_k^2``.

    None where the signs are known to the end, Newton's method strays, or the accuracy is not reached.

    Rigour: the numbers of the result are enclosures; None is no statement.
    """
    goal = bits_for(digits)
    with ball_precision(2 * (goal + _WINDOW_BITS) + 2 * GUARD_BITS):
        last = (goal + _WINDOW_BITS) * arb(2).log() / start.w[0]
        for now in _SIGN_DIGITS:
            seen = l1_residual(kernel, start.a, start.w, digits=now, every_point=True)
            if seen.complete:
                return None
            if seen.decided > last:
                break
        else:
            return None
        times = tuple(x.mid() for x in seen.sign_changes if x < last)
        parts, _ = kernel.residual()
        point = newton(parts, Point(start.a, start.w, times), goal + _WINDOW_BITS)
        if point is None or windowed_inertia(parts, point, seen.signs[0]) != Inertia(2 * len(point.w), 0, 0):
            return None
        for more in _DIGITS:
            signs = l1_residual(
                kernel, point.a, point.w, digits=min(MAX_DIGITS, more * digits + 2), every_point=True
            )
            found = _enclosed(point, signs)
            if found is not None and _accurate(found, digits):
                return found
    return None


def _enclosed(point: Point, signs: L1Residual) -> EndlessFit | None:
    if not signs.decided.is_finite():
        return None
    times = tuple(x for x in signs.sign_changes if x < signs.decided)
    first, m = signs.signs[0], len(point.w)
    integrals = sign_integrals(point.w, times, first, signs.decided)
    lower = lower_bound(point.a, point.w, signs.norm, integrals[:m])
    if lower is None:
        return None
    return EndlessFit(
        Point(point.a, point.w, times), signs.decided, first, signs.norm, integrals, arb(lower.lower())
    )


def _accurate(found: EndlessFit, digits: int) -> bool:
    rates, goal = found.point.w, arb(10) ** -digits
    units = [1 / w for w in rates] + [1 / w**2 for w in rates]
    small = all(abs(x) < goal * unit for x, unit in zip(found.integrals, units, strict=True))
    return small and bool(found.norm.rel_accuracy_bits() >= bits_for(digits))


def sign_integrals(w: tuple[arb, ...], times: tuple[arb, ...], first: int, window: arb) -> tuple[arb, ...]:
    """``int s e^{-w_k t}`` for every k, then ``int s t e^{-w_k t}``: s is `first`, then changes at `times`.

    Behind `window` s is any function of values between -1 and 1.

    Rigour: enclosure.
    """
    zeroth, moments = [], []
    for rate in w:
        decay = [(-rate * x).exp() for x in (*times, window)]
        tails = [(x / rate + 1 / rate**2) * y for x, y in zip((*times, window), decay, strict=True)]
        zeroth.append(
            first * (1 + 2 * alternating(decay[:-1])) / rate + arb(0, (2 * decay[-1] / rate).upper())
        )
        moments.append(first * (1 / rate**2 + 2 * alternating(tails[:-1])) + arb(0, (2 * tails[-1]).upper()))
    return (*zeroth, *moments)


def lower_bound(a: tuple[arb, ...], w: tuple[arb, ...], norm: arb, zeroth: tuple[arb, ...]) -> arb | None:
    """Bound on the norm with these rates and any amplitudes, from ``z_k``; None if there is none. Rigour: enclosure."""
    m = len(w)
    ends = [arb(0)]
    for rate in reversed(w):
        ends.append(ends[-1] + 1 / rate)
    over = [[((-x * p).exp() - (-x * q).exp()) / x for p, q in itertools.pairwise(ends)] for x in w]
    try:
        c = arb_mat(over).solve(arb_mat([[z] for z in zeroth]))
    except ZeroDivisionError:
        return None
    d = max((arb(abs(c[j, 0]).upper()) for j in range(m)), key=float)
    mass = norm + sum((abs(x) / y for x, y in zip(a, w, strict=True)), arb(0))
    dual = norm - sum((x * z for x, z in zip(a, zeroth, strict=True)), arb(0))
    return (abs(dual) - d * mass) / (1 + d)
