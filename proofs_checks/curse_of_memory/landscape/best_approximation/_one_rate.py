r"""The gain of one exponential, ``G(w) = w L_0(w)^2``, for power laws: bounds that prove where its only maximum is.

For ``rho = (1+t)^{-(1+omega)}`` the moments are positive and fall with w. On ``[u, v]`` therefore ``G <= v L_0(u)^2``,
and ``h = L_0 - 2 w L_1``, which has the sign of G', has ``h' = 2 w L_2 - 3 L_1 <= 2 v L_2(u) - 3 L_1(v)``. Outside a
compact interval two bounds hold for square-integrable rho, with any T:

.. math:: \sqrt w\,L_0(w) \le \sqrt{w T}\,\|\rho\| + \tfrac{1}{\sqrt 2}\|\rho\|_{L^2(T,\infty)}, \qquad
          \sqrt w\,L_0(w) \le \rho(0)/\sqrt w,

the first by Cauchy and Schwarz on either side of T.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import w

#: Rates 2^-80 and 2^10, beyond which the two bounds take over.
ENDS: Final = (-80, 10)


@dataclass(frozen=True)
class Gain:
    """The moments of ``(1+t)^{-(1+omega)}`` in balls; any real omega, square-integrable or not."""

    omega: sp.Rational

    def moment(self, n: int, w: Any) -> Any:
        """``L_n(w)``."""
        return _moments(self.omega)[n](w)

    def __call__(self, w: Any) -> Any:
        """``w L_0(w)^2``."""
        return w * self.moment(0, w) ** 2

    def slope(self, w: Any) -> Any:
        """``L_0 - 2 w L_1``, whose sign is that of the derivative."""
        return self.moment(0, w) - 2 * w * self.moment(1, w)


@lru_cache(maxsize=32)
def _moments(omega: sp.Rational) -> tuple[Callable[[Any], Any], ...]:

    def moment(n: int) -> sp.Expr:
        # t^n = ((1 + t) - 1)^n, and int_0^oo (1 + t)^(-s) e^(-wt) dt = e^w E_s(w), for every real s.
        terms = ((-1) ** (n - j) * sp.binomial(n, j) * sp.expint(1 + omega - j, w) for j in range(n + 1))
        return sp.exp(w) * sp.Add(*terms)

    return tuple(lower(moment(n), (w,), "ball") for n in range(3))


def gain_near_zero(gain: Gain, w: Any) -> Any:
    """Ball of the largest gain at rates up to `w`, with ``T = w^{-1/2}``; unbounded unless omega > -1/2."""

    power = arb(int(gain.omega.q) + 2 * int(gain.omega.p)) / int(gain.omega.q)
    if not power > 0:
        return gain(w).union(arb.pos_inf())
    T = 1 / w.sqrt()
    norm, tail = 1 / power, (1 + T) ** (-power) / power
    return gain(w).union(((w * T * norm).sqrt() + (tail / 2).sqrt()) ** 2)


@dataclass(frozen=True)
class Maximum:
    """Where the gain is largest, in balls.

    Attributes
    ----------
    best : arb
        The gain at the rate asked about.
    elsewhere : tuple of arb
        The largest gain on each of the pieces that, with the interval around that rate, make up the half line.
    slopes : tuple of (arb, arb)
        The slope at the ends of the interval.
    curvatures : tuple of arb
        The largest derivative of the slope on pieces of the interval.
    """

    best: Any
    elsewhere: tuple[Any, ...]
    slopes: tuple[Any, Any]
    curvatures: tuple[Any, ...]


def locate(omega: sp.Rational, rate: Any) -> Maximum:
    """What proves that the only global maximum lies within a factor 4/3 of `rate`, if the balls turn out right."""

    gain = Gain(omega)
    best = gain(rate)
    low, high = (rate * 3 / 4).mid(), (rate * 4 / 3).mid()
    first, last = (arb(2) ** k for k in ENDS)
    elsewhere = [gain_near_zero(gain, first), gain(last).union(1 / last)]
    elsewhere += _pieces(gain, first, low, best) + _pieces(gain, high, last, best)
    curvatures = []
    u = low
    while u < high:
        v = (u * 65 / 64).mid()
        L1, L2 = gain.moment(1, u), gain.moment(2, u)
        curvatures.append((2 * u * L2 - 3 * L1).union(2 * v * L2 - 3 * gain.moment(1, v)))
        u = v
    return Maximum(best, tuple(elsewhere), (gain.slope(low), gain.slope(high)), tuple(curvatures))


def _pieces(gain: Gain, low: Any, high: Any, best: Any) -> list[Any]:
    """Balls of the largest gain on pieces of ``[low, high]``, each halved until it is certainly below `best`."""
    todo, found = [(low, high)], []
    while todo:
        u, v = todo.pop()
        L = gain.moment(0, u)
        largest = (u * L**2).union(v * L**2)
        if largest < best or v < u * 1.0001:
            found.append(largest)
        elif u * L**2 > best:
            # The claim fails here: nothing more is to be learnt from the rest.
            return [*found, u * L**2]
        else:
            middle = (u * v).sqrt().mid()
            todo += [(u, middle), (middle, v)]
    return found
