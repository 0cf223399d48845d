r"""Times at which the natural gradient flow leaves the plateau, at any delay, without following it.

Three routes of growing reach (`theory.plateau.natural_gradient`): the flow itself (`gradient_flow(metric="natural")`),
which meets two constants of its start on the short part alone; the reduced flow, two quadratures; its limit for large
delays, one constant, which is enclosed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import mpmath
import numpy as np
from flint import acb, arb
from mpmath import mp

from memcurse.numerics.arithmetic.balls import ball_precision, from_mpf, mp_digits, precision, to_mpf
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.flow.events import Displacement
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.notation import w as rate_symbol
from memcurse.theory.targets.target import ExponentialSum, Target

__all__ = ["SmallUnit", "leading_time", "reduced_time", "runaway_integral", "small_unit"]

_DIGITS: Final = 40
#: Gauss nodes of a panel, the length of a panel in units of one over the memory, and how many at most.
_NODES, _PANEL, _MOST_PANELS = 5, 0.4, 2000
#: The share of the integral at which it ends, and the one that may be left where the rate comes to rest.
_NEGLIGIBLE, _AT_REST = 1e-18, 1e-3
#: When the start has come down to its small unit; the rest is of the relative order ``e^-time`` over the split.
_RELAXED: Final = 24
#: Where the runaway integral is cut: beyond, the integrand is below 2 x^2 e^{-x}.
_CUT: Final = 60
#: Terms of the series of the integrand near 0.
_TERMS: Final = 40


@dataclass(frozen=True)
class SmallUnit:
    """What the flow on the short part makes of a start: one unit at its rate, and a small one.

    Attributes
    ----------
    mass : float
        Limit of ``amplitude * split^2 * e^tau``.
    split : float
        Limit of the short part's rate less the small unit's.
    error : float
        Relative, of the mass: what the rest of the other moments leaves.
    """

    mass: float
    split: float
    error: float


def small_unit(a: Sequence[Any], w: Sequence[Any]) -> SmallUnit:
    """The small unit that a start of two units near ``e^{-t}`` comes down to.

    Raises
    ------
    ValueError
        If the amplitudes do not come down to one unit and a small one.
    """
    J = Objective(ExponentialSum([1], [1]))
    run = gradient_flow(J, a, w, Displacement(100), _RELAXED, 1e-9, 80, metric="natural")
    amplitudes, left = run.a[-1], math.exp(-float(run.t[-1]))
    k = int(np.argmin(np.abs(amplitudes)))
    split = 1.0 - float(run.w[-1, k])
    if (
        run.status != "until"
        or len(amplitudes) != 2
        or not 0 < amplitudes[k] < 1e-2 / split**2 * math.sqrt(left)
    ):
        raise ValueError(
            f"`a`, `w` must come down to one unit and a small one; got {run.status}, {amplitudes}"
        )
    return SmallUnit(float(amplitudes[k]) * split**2 / left, split, left / abs(split))


def reduced_time(far: Target, start: SmallUnit, drop: float | None = None) -> mpmath.mpf:
    """Time of the runaway in the reduced flow, for the target ``e^{-t} + far``.

    Parameters
    ----------
    far : Target
        The far part; it must pull towards slower rates.
    start : SmallUnit
    drop : float, optional
        Loss, absolute, that the event asks for: adds the time that the function takes, once the rate has run away, to
        gain it at rate 1.

    Raises
    ------
    ValueError
        If the far part pushes towards faster rates, or gains less than `drop`.

    Notes
    -----
    Rigour: heuristic reduction; Gauss-Legendre panels in 40 digits.
    """
    with mp_digits(_DIGITS):
        pull = Pull(far)
        total = _runaway(pull, mpmath.mpf(start.split))
        mass = start.mass / (2 - mpmath.mpf(start.split)) ** 2
        time = mpmath.log1p(mass * total)
        return +(time if drop is None else time + _gaining(pull, drop))


class Pull:
    """``k`` and ``k'`` at a rate, and the far part's memory ``L_1(1)/L_0(1)``."""

    def __init__(self, far: Target) -> None:
        self.moments: Callable[[Any], Any] = lower(
            [far.moment(n, rate_symbol) for n in range(2)], (rate_symbol,), "mpmath"
        )
        zeroth, first = self.moments(mpmath.mpf(1))
        self.double = 8 * first - 4 * zeroth
        self.single = 2 * zeroth - self.double / 2
        self.memory = float(first / zeroth)

    def off(self, v: Any) -> tuple[Any, Any]:
        """``<Q b, e^{-vt}>`` and its derivative."""
        zeroth, first = self.moments(v)
        u = 1 / (1 + v)
        return (
            zeroth - self.single * u - self.double * u**2,
            -first + self.single * u**2 + 2 * self.double * u**3,
        )

    def at(self, v: Any) -> tuple[Any, Any]:
        """``k`` and ``k'``."""
        off, slope = self.off(v)
        ratio = ((1 + v) / (1 - v)) ** 2
        k = off * ratio
        return k, slope * ratio + 4 * k / (1 - v**2)


def _runaway(pull: Pull, split: Any) -> Any:
    """``int e^y dv/(-4 v^2 (k + 2 v k'))`` from ``1 - split`` downwards, until it has converged."""
    nodes, weights, within = panel_rule()
    v, y, total, share = 1 - split, mpmath.mpf(0), mpmath.mpf(0), mpmath.mpf(1)
    for _ in range(_MOST_PANELS):
        h = min(_PANEL / pull.memory, float(v) / 4)
        points = [v - h * x for x in nodes]
        values = [pull.at(x) for x in points]
        forces = [-(k + 2 * x * slope) for x, (k, slope) in zip(points, values, strict=True)]
        if not all(force > 0 for force in forces):
            # The rate comes to rest at its best value: all but nothing of the time has passed.
            if share < _AT_REST * total:
                return total
            raise ValueError("`far` must pull towards slower rates until they have run away; it does not")
        rates = [
            (k + x * slope) / (x * force) for x, (k, slope), force in zip(points, values, forces, strict=True)
        ]
        inside = [y + h * mpmath.fdot(row, rates) for row in within]
        share = h * mpmath.fsum(
            weight * mpmath.exp(z) / (4 * x**2 * force)
            for weight, z, x, force in zip(weights, inside, points, forces, strict=True)
        )
        total += share
        if share < _NEGLIGIBLE * total:
            return total
        v, y = v - h, y + h * mpmath.fdot(weights, rates)
    raise ArithmeticError(f"the runaway integral must converge in {_MOST_PANELS} panels; it did not")


def panel_rule() -> tuple[list[Any], list[Any], list[list[Any]]]:
    """Gauss nodes and weights on [0, 1], and the weights of the integrals from 0 to each node."""
    x = [(1 + node) / 2 for node in mpmath.polyroots(_legendre(_NODES), maxsteps=200, extraprec=100)]
    vandermonde = mpmath.matrix([[node**j for node in x] for j in range(_NODES)])

    def integral(end: Any) -> list[Any]:
        moments = mpmath.matrix([end ** (j + 1) / (j + 1) for j in range(_NODES)])
        return list(mpmath.lu_solve(vandermonde, moments))

    return x, integral(mpmath.mpf(1)), [integral(node) for node in x]


def _legendre(n: int) -> list[Any]:
    """Coefficients of the Legendre polynomial, highest power first."""
    return mpmath.taylor(lambda x: mpmath.legendre(n, x), 0, n)[::-1]


def _gaining(pull: Pull, drop: float) -> Any:
    """``-ln(1 - drop/gain)/2``: with the rates at rest the gain of the projection is taken at twice rate 1."""
    goals = [mpmath.mpf(x) / (64 * pull.memory) for x in range(20, 84)]
    gain = max(pull.off(v)[0] ** 2 * 2 * v * ((1 + v) / (1 - v)) ** 4 for v in goals)
    if not drop < gain:
        raise ValueError(
            f"`drop` must be below what a slow unit gains, about {mpmath.nstr(gain, 6)}; got {drop}"
        )
    return -mpmath.log1p(-drop / gain) / 2


def runaway_integral(start: arb | float, digits: int = 30) -> arb:
    """``I(x) = int_x^oo du/E(u)``, enclosed. For starts from -100 to 50.

    Raises
    ------
    ValueError
        For a start outside.
    """
    if not -100 <= float(start) <= 50:
        raise ValueError(f"`start` must lie in [-100, 50]; got {start}")
    with precision(digits):
        x, cut = arb(start), arb(_CUT)
        ends = [x, *(arb(e) for e in (-1, 1, 8, 24) if float(x) < e), cut]
        body = sum((acb.integral(_pace, acb(low), acb(high)).real for low, high in pairwise(ends)), arb(0))
        # Beyond the cut 1/E <= u^3 e^{-u}/(u - 2) <= 2 u^2 e^{-u}.
        tail = 2 * (-cut).exp() * (cut**2 + 2 * cut + 2)
        return body + tail.union(arb(0))


def _pace(u: acb, _: bool) -> acb:
    """``1/E``: by the power series ``sum (k+1) u^k/(k+3)!`` near 0."""
    size = u.abs_upper()
    if size < 2:
        value, term = acb(0), acb(1) / 6
        for k in range(_TERMS):
            value += (k + 1) * term
            term *= u / (k + 4)
        # The terms fall by more than a half each.
        rest = 2 * (_TERMS + 1) * size**_TERMS / arb(_TERMS + 3).fac()
        return 1 / (value + acb(arb(0, rest), arb(0, rest)))
    return u**3 / ((u - 2) * u.exp() + u + 2)


def leading_time(
    delay: Any, start: SmallUnit, scale: Any, a: Sequence[Any] = (), w: Sequence[Any] = ()
) -> mpmath.mpf:
    r"""Limit of the time for large delays: ``ln(1 + M e^T I(split * T)/(128 C T^4))``; for m > 2 from moments alone.

    Parameters
    ----------
    delay : number
    start : SmallUnit
        For two units; else what `a` and `w` say is taken.
    scale : number
        ``C = int b(T + s) e^{-s} ds``, positive.
    a, w : sequences of m > 2 numbers, optional
        The start.
    """
    with mp_digits(_DIGITS), ball_precision(140):
        T, C = mpmath.mpf(delay), mpmath.mpf(scale)
        if len(a) <= 2:
            integral = to_mpf(runaway_integral(from_mpf(T * start.split)).mid())
            return +mpmath.log1p(start.mass * mpmath.exp(T) * integral / (128 * C * T**4))
        m, turned = len(a), _many(T, [mpmath.mpf(x) for x in a], [1 - mpmath.mpf(x) for x in w])
        return +mpmath.log1p(turned * mpmath.exp(T) / (mpmath.mpf(2) ** (4 * m - 1) * C * T ** (2 * m - 1)))


def _many(T: Any, a: list[Any], split: list[Any]) -> Any:
    """``int dN/E`` over the moment of degree 2m - 1, E the divided difference at 0, 0 and twice each small unit."""
    m = len(a)
    moments = [mpmath.fsum(x * d**n for x, d in zip(a, split, strict=True)) for n in range(2 * m)]
    unit = moments[2 * m - 2] / T

    def pull(u: Any) -> Any:
        nodes = [T * x for x in _atoms([*moments[2:-1], moments[-1] + unit * u], m - 1)]
        return 1 / _divided_difference([mpmath.mpf(0)] * 2 + [x for x in nodes for _ in range(2)])

    return unit * mpmath.quad(pull, [0, 1, 4, 12, 40, 100])


def _atoms(moments: list[Any], n: int) -> list[Any]:
    """Nodes of the n-point measure with 2n moments."""
    matrix = mpmath.matrix([moments[i : i + n] for i in range(n)])
    right = mpmath.matrix([-x for x in moments[n : 2 * n]])
    c = list(mpmath.lu_solve(matrix, right))
    return [mpmath.re(x) for x in mpmath.polyroots([1, *c[::-1]], maxsteps=300, extraprec=4 * mp.prec)]


def _divided_difference(nodes: list[Any]) -> Any:
    """Of exp: the corner of the exponential of a bidiagonal matrix (Opitz)."""
    n = len(nodes)
    matrix = mpmath.zeros(n)
    for i in range(n):
        matrix[i, i] = nodes[i]
        if i + 1 < n:
            matrix[i, i + 1] = 1
    return mpmath.expm(matrix)[0, n - 1]
