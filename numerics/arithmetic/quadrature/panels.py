r"""Gauss-Legendre panels for ``int t^k e^{-wt} f(t) dt`` that are kept from one rate and power to the next.

With n nodes on [a, b] a function that is analytic in the ellipse with foci a, b and semiaxes ``(rho +- 1/rho)(b-a)/4``,
and at most M there, is integrated up to

.. math:: \frac{b - a}{2} \cdot \frac{8 M \rho^{1-2n}}{\rho - 1},

as it is a polynomial of degree 2n - 1 on [a, b] up to ``2 M rho^{1-2n}/(rho - 1)`` (Trefethen, *Approximation Theory
and Approximation Practice*, theorem 8.2), which the rule integrates, and its weights are positive. M is bounded by
complex balls over a rectangle around the ellipse; panels are halved until few nodes do. The kernel's values at the
nodes and its bounds do not depend on rate and power: a moment at another rate is one exponential a node.

A kernel in roots of t is integrated over ``s = t^{1/q}``, which makes ``exp(-sqrt(t))`` analytic at 0.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import acb, arb, ctx

from memcurse.numerics.arithmetic.balls import ball_precision

#: Sums of the semiaxes of the ellipses that are tried, in units of half the panel.
_ELLIPSES = (2, 4, 8)
#: Most leaves of the tree of panels, and kernel values and products that are kept.
_MOST_PANELS, _MOST_KEPT = 400, 200_000
#: Bits of a bound; half the side of the square around 0 on which an integrand must be analytic to be taken from 0 on.
_BOUND_BITS, NEAR_ZERO = 40, 2.0**-40
#: A number of nodes for a panel that no number serves.
_NEVER = 2**60
#: Numbers of nodes, and goals, are multiples of this, so that values are met again.
_STEP = 8
_MAX_ROUNDS = 12

#: A panel by its ends ``start 2^exponent`` and ``(start + 1) 2^exponent``.
Panel = tuple[int, int]
Function = Callable[[list[acb], bool], acb]
#: From the least rate, whether the kernel is singular at 0, and bits: start, end, and a bound on what lies beyond.
Cuts = Callable[[arb, bool, int], tuple[arb, arb, arb]]


@dataclass(frozen=True)
class Cover:
    """Panels with their numbers of nodes, and a bound on what they leave out."""

    leaves: tuple[tuple[Panel, int], ...]
    error: arb


@functools.lru_cache(maxsize=256)
def _rule(n: int, bits: int) -> list[tuple[arb, arb]]:
    """Nodes and weights on [-1, 1], n even."""
    with ball_precision(bits + 10):
        half = [arb.legendre_p_root(n, k, weight=True) for k in range(n // 2)]
    return [*half, *((-x, weight) for x, weight in half)]


def over_root(kernel: sp.Expr, variable: sp.Symbol) -> tuple[sp.Expr, int]:
    """``f(s^q) q s^(q-1)``, whose integral over s is that of f, and the q for which it holds no roots of s."""
    roots = (p.exp.q for p in kernel.atoms(sp.Pow) if p.base == variable and p.exp.is_Rational)
    q = math.lcm(1, *roots)
    return kernel.xreplace({variable: variable**q}) * q * variable ** (q - 1), q


class PanelRule:
    """Integrals of ``t^k e^{-wt} f(t)`` for one kernel f.

    Parameters
    ----------
    kernel : sympy.Expr
        f, in `variable` alone.
    variable : sympy.Symbol
        Nonnegative.
    integrand : callable
        Turns an expression and its symbols into a function of complex balls that refuses branch cuts.

    Attributes
    ----------
    root : int
        q: the integrals are taken over ``t^(1/q)``.
    singular : bool
        Whether they cannot be taken from 0 on.
    """

    def __init__(
        self, kernel: sp.Expr, variable: sp.Symbol, integrand: Callable[[sp.Expr, Any], Function]
    ) -> None:
        kernel, self.root = over_root(kernel, variable)
        self._function = integrand(kernel, (variable,))
        near_zero = acb(arb(0, NEAR_ZERO), arb(0, NEAR_ZERO))
        self.singular = not self._function([near_zero], True).is_finite()
        self._goals: dict[Any, int] = {}
        self._bounds: dict[Panel, list[tuple[acb, arb, arb]]] = {}
        self._values: dict[Any, tuple[list[arb], list[arb]]] = {}
        self._products: dict[Any, list[Any]] = {}
        self._covers: dict[Any, Cover | None] = {}
        self._kept = 0

    def integral(self, power: int, rate: arb | acb, bits: int, cuts: Cuts) -> arb | acb | None:
        """``int_0^oo t^power e^{-rate t} f(t) dt`` to about `bits` of its size; None if that takes too many panels.

        `rate` is a ball above 0 or one with positive real part, or 0.

        Notes
        -----
        Rigour: enclosure.
        """
        octave = _octave(rate)
        # How many bits more than asked for the rates of an octave took is kept, too.
        goal = bits + self._goals.get((power, octave), 0)
        for _ in range(_MAX_ROUNDS):
            cover = self._cover_of(power, rate, octave, goal, cuts)
            if cover is None:
                return None
            body = self._sum(cover, power, rate)
            if not body.is_finite():
                return None
            # Digits that a rate's radius or the rounding of a sum that cancels took do not come back.
            allowed = max(_bits(abs(body).lower()) - bits, _bits(_radius(body)))
            error = arb(0, cover.error)
            short = _bits(cover.error) - allowed
            if short <= 0 or goal > 8 * bits + 4000:
                break
            # A ball that holds 0 says nothing about how small the value is.
            goal += _STEP * math.ceil(min(short + 10, goal) / _STEP)
        if octave is not None:
            self._goals[power, octave] = goal - bits
        return body + (acb(error, error) if isinstance(body, acb) else error)

    def _cover_of(
        self, power: int, rate: arb | acb, octave: int | None, goal: int, cuts: Cuts
    ) -> Cover | None:
        """Panels for a rate, or for all of its octave, which are kept."""
        key = (power, octave, goal, ctx.prec)
        if octave is None or key not in self._covers:
            least = rate.real if isinstance(rate, acb) else rate
            if octave is not None:
                least = arb(2) ** octave
                rate = least * (arb(1.5) + arb(0, 0.5))
            start, end, beyond = cuts(least, self.singular, goal)
            cover = self._cover(power, rate, start, end, goal + _STEP)
            if cover is not None:
                cover = Cover(cover.leaves, (cover.error + beyond).upper())
            if octave is None:
                return cover
            self._covers[key] = cover
        return self._covers[key]

    def _cover(self, power: int, rate: arb | acb, start: arb, end: arb, goal: int) -> Cover | None:
        """Panels from at most `start` to at least `end`, each with an error below ``2^-goal``; None if too many.

        `rate` may be a ball of rates; what is returned then serves all of them.
        """
        last = _exponent(end.upper(), self.root) + 1
        if self.singular:
            first = _exponent(start.lower(), self.root)
            pending = [(1, j) for j in range(last - 1, first - 1, -1)]
        else:
            pending = [(0, last)]
        leaves, error = [], arb(0)
        most = ctx.prec // 2 + 2 * _STEP
        with ball_precision(_BOUND_BITS):
            while pending:
                panel = pending.pop()
                n, missed = self._fewest(panel, power, rate, goal)
                if n <= most:
                    error += missed
                    leaves.append((panel, n))
                else:
                    k, j = panel
                    pending += [(2 * k + 1, j - 1), (2 * k, j - 1)]
                if len(leaves) + len(pending) > _MOST_PANELS:
                    return None
        return Cover(tuple(leaf for leaf in leaves if leaf[1]), error.upper())

    def _fewest(self, panel: Panel, power: int, rate: arb | acb, goal: int) -> tuple[int, arb]:
        """The fewest nodes that do on a panel, by the bounds over all ellipses, and the error then."""
        half = arb(2) ** (panel[1] - 1)
        fewest = _NEVER, arb(0)
        for rho, (region, size, kernel) in zip(_ELLIPSES, self._bound(panel), strict=True):
            decay = (rate * region).real
            most = kernel * size ** (self.root * power) * (-decay).exp().upper()
            if not most.is_finite():
                continue
            if _bits(2 * most * half) <= -goal:
                return 0, (2 * most * half).upper()
            scale = 8 * most * half * rho / (rho - 1)
            needed = (_bits(scale) + goal) / (2 * math.log2(rho))
            n = _STEP * max(1, math.ceil(needed / _STEP))
            if n < fewest[0]:
                fewest = n, (scale / arb(rho) ** (2 * n)).upper()
        return fewest

    def _bound(self, panel: Panel) -> list[tuple[acb, arb, arb]]:
        """For each ellipse ``s^q`` and bounds of ``|s|`` and of the kernel's absolute value."""
        if panel not in self._bounds:
            k, j = panel
            half = arb(2) ** (j - 1)
            middle, bounds = (2 * k + 1) * half, []
            for rho in _ELLIPSES:
                across, up = half * (rho * rho + 1) / (2 * rho), half * (rho * rho - 1) / (2 * rho)
                region = acb(middle + arb(0, across.upper()), arb(0, up.upper()))
                values = self._function([region], True)
                bounds.append((region**self.root, abs(region).upper(), abs(values).upper()))
            self._bounds[panel] = bounds
        return self._bounds[panel]

    def _sum(self, cover: Cover, power: int, rate: arb | acb) -> Any:
        """The integral without its error, at the current precision."""
        if self._kept > _MOST_KEPT:
            self._values.clear()
            self._products.clear()
            self._kept = 0
        key, total = _key(rate), arb(0)
        for panel, n in cover.leaves:
            at = (panel, n, ctx.prec)
            times, values = self._at_nodes(at)
            products = self._products.get((key, at))
            if products is None:
                decay = -rate
                products = [(decay * s).exp() * v for s, v in zip(times, values, strict=True)]
                self._products[key, at] = products
                self._kept += n
            for _ in range(power):
                products = list(map(operator.mul, products, times))
            total += sum(products, arb(0))
        return total

    def _at_nodes(self, at: tuple[Panel, int, int]) -> tuple[list[arb], list[arb]]:
        """Times ``s^q`` and weighted values of the kernel."""
        if at not in self._values:
            (k, j), n, bits = at
            half = arb(2) ** (j - 1)
            middle, times, values = (2 * k + 1) * half, [], []
            for x, weight in _rule(n, bits):
                s = middle + half * x
                times.append(s**self.root)
                values.append(half * weight * self._function([acb(s)], False).real)
            self._values[at] = times, values
            self._kept += n
        return self._values[at]


def _exponent(x: arb, root: int) -> int:
    """The exponent of the largest power of two that is at most ``x^(1/root)``, x exact."""
    mantissa, exponent = x.man_exp()
    return (int(mantissa).bit_length() + int(exponent) - 1) // root


def _bits(x: arb) -> float:
    """An upper bound of the binary logarithm of a ball; minus infinity where it holds nothing above 0."""
    if not x.upper() > 0:
        return -math.inf
    mantissa, exponent = x.upper().man_exp()
    return math.log2(int(mantissa)) + int(exponent) + 1e-9


def _key(rate: arb | acb) -> Any:
    parts = (rate.real, rate.imag) if isinstance(rate, acb) else (rate,)
    return tuple((x.mid().man_exp(), x.rad().man_exp()) for x in parts)


def _radius(x: arb | acb) -> arb:
    return abs(x.real.rad()) + abs(x.imag.rad()) if isinstance(x, acb) else x.rad()


def _octave(rate: arb | acb) -> int | None:
    """The exponent e of ``2^e <= rate <= 2^(e+1)``; None for a rate that is 0, complex, or in no octave."""
    if isinstance(rate, acb) or not rate > 0:
        return None
    octave = _exponent(rate.lower(), 1)
    return octave if rate.upper() <= arb(2) ** (octave + 1) else None
