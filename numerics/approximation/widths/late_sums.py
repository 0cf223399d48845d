r"""Exponential sums for a late bump: distinct rates near one, as Laguerre functions have, with certified distances.

A sum of m exponentials with rates near m/T follows a bump at T. For rates
:math:`w_k = (m/T)\,e^{(2k - m + 1)/(2m)}` the best amplitudes solve a linear system, in balls: no search, and no
cancellation that the precision does not cover. In L1 the weight :math:`q = 1 + (t-T)^2/c^2` gives

.. math:: \|r\|_{L^1}^2 \le \int_0^\infty \frac{dt}{q} \int_0^\infty r^2 q\,dt, \qquad
   \int_0^\infty \frac{dt}{q} = c\,\Bigl(\frac{\pi}{2} + \arctan\frac{T}{c}\Bigr),

and the weighted integral is again a quadratic form in closed form. In L2, c is infinite and the factor 1.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp
from flint import arb, arb_mat

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision, to_mpf
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import w as rate
from memcurse.theory.targets.kernels import GaussianBump
from memcurse.theory.targets.target import ExponentialSum, Target, split_exponentials

#: Bits for each term and at least; amplitudes are of the order e^(3 m), and the system loses as much again.
_BITS_PER_TERM, _BITS = 24, 192
#: Length of the weight in L1, in standard deviations of the bump.
_LENGTH = 3


@dataclass(frozen=True)
class LateSum:
    """Amplitudes and rates, exact binary numbers, and a certified upper bound on the distance from the bump."""

    a: tuple[mpmath.mpf, ...]
    w: tuple[mpmath.mpf, ...]
    distance: arb


def late_sum(bump: GaussianBump, m: int, norm: str) -> LateSum:
    """The sum of m terms of the rule above.

    Parameters
    ----------
    bump : GaussianBump
        With a positive delay.
    m : int
        Number of terms, at least 1.
    norm : {"l1", "l2"}

    Notes
    -----
    Rigour: the distance is proved for the exact numbers returned; that they are the best is not.
    """
    with ball_precision(_BITS + _BITS_PER_TERM * m):
        delay = constant_ball(bump.delay)
        rates = [(arb(m) / delay * (arb(2 * k - m + 1) / (2 * m)).exp()).mid() for k in range(m)]
        q, factor = _weight(bump, norm)
        gram = arb_mat(
            [[q[0] / s + q[1] / s**2 + 2 * q[2] / s**3 for s in (x + y for y in rates)] for x in rates]
        )
        moments = arb_mat(
            [[sum((c * f(x) for c, f in zip(q, _moments(bump), strict=True)), arb(0))] for x in rates]
        )
        solution = gram.solve(moments)
        amplitudes = arb_mat([[solution[k, 0].mid()] for k in range(m)])
        square = (
            _weighted_square(bump, q)
            + (amplitudes.transpose() * gram * amplitudes)[0, 0]
            - 2 * (amplitudes.transpose() * moments)[0, 0]
        )
        distance = (factor * arb(square.abs_upper())).sqrt()
        a = tuple(to_mpf(amplitudes[k, 0]) for k in range(m))
        return LateSum(a, tuple(to_mpf(x) for x in rates), arb(distance.upper()))


def shortest_late_sum(bump: GaussianBump, error: arb, norm: str, budget: int) -> LateSum:
    """The shortest sum of the rule within `error`, by doubling and bisection; within the budget the best otherwise."""
    low, high = 0, 1
    found = late_sum(bump, high, norm)
    while not found.distance < error and high < budget:
        low, high = high, min(2 * high, budget)
        found = late_sum(bump, high, norm)
    while high - low > 1 and found.distance < error:
        middle = (low + high) // 2
        trial = late_sum(bump, middle, norm)
        if trial.distance < error:
            high, found = middle, trial
        else:
            low = middle
    return found


def late_bump(target: Any) -> tuple[ExponentialSum | None, GaussianBump] | None:
    """The exponentials of a target, if any, and the one late bump that is the rest of it; None for other targets."""
    if not isinstance(target, Target):
        return None
    sums, others = split_exponentials(target.parts())
    if len(others) != 1 or not isinstance(others[0], GaussianBump) or not others[0].delay > 0:
        return None
    return (sums[0] if sums else None), others[0]


def rounded_terms(
    own: Sequence[tuple[sp.Expr, sp.Expr]], norm: str
) -> tuple[tuple[mpmath.mpf, ...], tuple[mpmath.mpf, ...], arb]:
    """Terms as binary numbers, and a bound on the distance that rounding them makes."""
    amplitudes, rates, slack = [], [], arb(0)
    for a, w in own:
        x, v = constant_ball(a), constant_ball(w)
        b, u = x.mid(), v.mid()
        if norm == "l1":
            slack += abs(x - b) / v + abs(b) * abs(1 / v - 1 / u)
        else:
            moved = (1 / (2 * v) + 1 / (2 * u) - 2 / (v + u)).abs_upper()
            slack += abs(x - b) / (2 * v).sqrt() + abs(b) * arb(moved).sqrt()
        amplitudes.append(to_mpf(b))
        rates.append(to_mpf(u))
    return tuple(amplitudes), tuple(rates), arb(slack.abs_upper())


@functools.lru_cache(maxsize=8)
def _moments(bump: GaussianBump) -> tuple[Callable[..., arb], ...]:
    return tuple(lower(bump.moment(k, rate), (rate,), "ball") for k in range(3))


def _weight(bump: GaussianBump, norm: str) -> tuple[list[arb], arb]:
    """Coefficients of q in t, and the integral of 1/q (1 in L2, where q = 1)."""
    if norm == "l2":
        return [arb(1), arb(0), arb(0)], arb(1)
    delay, c = constant_ball(bump.delay), _LENGTH * constant_ball(bump.width)
    return [1 + (delay / c) ** 2, -2 * delay / c**2, 1 / c**2], c * (arb.pi() / 2 + (delay / c).atan())


def _weighted_square(bump: GaussianBump, q: list[arb]) -> arb:
    """``int f^2 q``: with ``u = t - T`` the part of ``u^2`` follows by parts, with a boundary term at t = 0."""
    delay, width, height = (constant_ball(x) for x in (bump.delay, bump.width, bump.amplitude))
    plain = height**2 * width * arb.pi().sqrt() / 2 * (-delay / width).erfc()
    second = width**2 / 2 * (plain - height**2 * delay * (-((delay / width) ** 2)).exp())
    # q = (value at T) + q_2 u^2, since its slope at T is 0.
    return plain * (q[0] + q[1] * delay + q[2] * delay**2) + q[2] * second
