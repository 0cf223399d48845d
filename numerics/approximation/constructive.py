r"""Exponential sums written down, not searched for: the approximants in the proofs of theorems 4.1 and 4.2.

Both are polynomials of degree m without a constant term in :math:`s = e^{-rt}`, so their rates are
:math:`r, 2r, \dots, mr`. On the circle, :math:`s = \cos^2(\theta/2)`, they are sine polynomials
:math:`\sum_k b_k \sin k\theta` next to :math:`F = 2 \tan(\theta/2)\,\rho`, and (`theory.approximation.jackson`)

.. math:: \|\rho - \hat\rho\|_{L^1} = \frac1{2r} \int_0^\pi \Bigl|F - \sum_{k=1}^m b_k \sin k\theta\Bigr|\,d\theta,
   \qquad \hat\rho = s \sum_{k=1}^m b_k\,U_{k-1}(2s - 1) .

`interpolating_sum` takes the values of F at :math:`\theta_i = i\pi/(m+1)`, the zeros of :math:`U_m`, where best L1
polynomials interpolate (for q whose m-th derivative has one sign it is the best one). `averaged_sum` takes de la Vallee
Poussin's means of the Fourier series of F, which tend to F in L1 for *every* integrable kernel, by Fejer's theorem:
lemma A.2 with its approximant written down.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import Any

import numpy as np
import sympy as sp
from flint import arb, fmpq
from numpy.typing import NDArray

from memcurse.numerics.approximation.l1.distance import l1_error, validate_l1_digits
from memcurse.numerics.approximation.l1.residual_parts import decomposed, validate_integrable
from memcurse.numerics.approximation.l1.stationary_fit import dual_bound, target_jets
from memcurse.numerics.arguments import FloatRangeError, constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision, bits_for, to_mpf
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.exact import exact_integer, exact_number, exact_positive
from memcurse.theory.notation import t
from memcurse.theory.targets.target import Target

#: Digits of the error enclosures.
_DIGITS = 15
#: Gauss-Legendre nodes per panel, and the time r t at which what is left out is below rounding.
_NODES, _HORIZON = 20, 90.0


@dataclass(frozen=True)
class ConstructiveSum:
    """An exponential sum ``sum_j a_j exp(-w_j t)`` next to its target, with the certified distance.

    Attributes
    ----------
    target : Target
        The kernel.
    a : tuple of sympy.Rational, length m
        Amplitudes, exact (dyadic).
    w : tuple of sympy.Rational, length m
        Rates ``rate * j``, 1/time.
    error_enclosure : arb
        The L1 norm of target minus sum.
    """

    target: Target
    a: tuple[sp.Rational, ...]
    w: tuple[sp.Rational, ...]
    error_enclosure: arb

    @property
    def m(self) -> int:
        """The width: number of exponentials."""
        return len(self.a)


def interpolating_sum(target: Target, m: int, rate: Any, *, digits: int = _DIGITS) -> ConstructiveSum:
    """The sum with the rates ``rate, .., m rate`` that meets the target at the zeros of ``U_m(2s - 1)``.

    Parameters
    ----------
    target : Target
        Integrable kernel.
    m : int
        Width, at least 1.
    rate : number
        Base rate, 1/time; ``beta/(alpha + 1)`` in theorem 4.2.
    digits : int
        Of the enclosure of the error.

    Notes
    -----
    Rigour: enclosure of the error of exactly these amplitudes, which are rounded to numbers that are exact.
    Source: (53)-(56) with the interpolant in place of Jackson's.
    """
    width, base = exact_integer("m", m, 1), exact_positive("rate", rate)
    bits = _bits(width, validate_l1_digits(digits))
    target = validate_integrable(target)
    with ball_precision(bits):
        angles = [arb(fmpq(i, width + 1)) for i in range(1, width + 1)]
        values = _circle_values(target, base, angles)
        sines = [
            sum((f * (k * x).sin_pi() for f, x in zip(values, angles, strict=True)), arb(0)) * 2 / (width + 1)
            for k in range(1, width + 1)
        ]
        amplitudes = [_exact(x) for x in _in_powers(sines)]
    return _certified(target, amplitudes, base, digits)


def averaged_sum(target: Target, m: int, rate: Any, *, digits: int = _DIGITS) -> ConstructiveSum:
    """De la Vallee Poussin's mean of degree `m` of the Fourier series of F, for any integrable target.

    Parameters
    ----------
    target, m, rate, digits
        As `interpolating_sum`. The target must be one that float64 can evaluate.

    Notes
    -----
    Rigour: enclosure of the error of exactly these amplitudes. The Fourier coefficients themselves are float64; what
    they lose is part of the error that is enclosed. Source: lemma A.2.
    """
    width, base = exact_integer("m", m, 1), exact_positive("rate", rate)
    bits = _bits(width, validate_l1_digits(digits))
    target = validate_integrable(target)
    full = (width + 1) // 2
    means = [min(1.0, (width + 1 - k) / (width + 1 - full)) for k in range(1, width + 1)]
    sines = _fourier_sines(target, float(base), width) * np.array(means)
    with ball_precision(bits):
        amplitudes = [_exact(x) for x in _in_powers([arb(float(b)) for b in sines])]
    return _certified(target, amplitudes, base, digits)


def constructive_errors(target: Target, widths: Iterable[int], rate: Any) -> dict[int, arb]:
    """``{m: L1 error}`` of `interpolating_sum` for several widths, as `plots.rates.plot_errors` takes it."""
    return {m: interpolating_sum(target, m, rate).error_enclosure for m in widths}


def fixed_rates_floor(target: Target, m: int, rate: Any) -> arb:
    r"""Lower bound on the L1 error of *every* sum with the rates ``rate, .., m rate``.

    :math:`\operatorname{sgn} U_m(2s - 1)` is orthogonal to all of them in dt, so no sum does better than
    :math:`|\int \rho \operatorname{sgn} U_m\,dt|`, a combination of tails of the target.

    Rigour: enclosure of the bound.
    """
    width, base = exact_integer("m", m, 1), exact_positive("rate", rate)
    target = validate_integrable(target)
    with ball_precision(128):
        parts, _ = decomposed(target).residual()
        knots = [_time(base, arb(fmpq(i, width + 1))) for i in range(1, width + 1)]
        return dual_bound(parts, knots).max(arb(0))


def _bits(m: int, digits: int) -> int:
    # Amplitudes grow like (1 + sqrt 2)^(2m), which cancels in the sum.
    return bits_for(digits) + 3 * m + 40


def _time(rate: sp.Expr, angle: arb) -> arb:
    """``t = -ln(cos^2(pi angle/2))/rate``."""
    return -2 * (angle / 2).cos_pi().log() / constant_ball(rate)


def _circle_values(target: Target, rate: sp.Expr, angles: list[arb]) -> list[arb]:
    """``F(theta) = 2 tan(theta/2) rho`` at ``theta = pi angle``."""
    parts, _ = decomposed(target).residual()
    jets = target_jets(parts, [_time(rate, x) for x in angles])
    # The parts are minus the target.
    values = [-2 * (x / 2).tan_pi() * value for x, (value, _) in zip(angles, jets, strict=True)]
    if not all(value.is_finite() for value in values):
        raise ValueError(f"`target` must have a value at every node; got {target}")
    return values


@lru_cache(maxsize=32)
def _shifted_chebyshev(n: int) -> tuple[int, ...]:
    """Coefficients of ``U_n(2s - 1)``, lowest power first."""
    return tuple((-1) ** (n - j) * comb(n + j + 1, 2 * j + 1) * 4**j for j in range(n + 1))


def _in_powers(sines: list[arb]) -> list[arb]:
    """Amplitudes of ``s^1 .. s^m`` from the sine coefficients ``b_1 .. b_m``."""
    amplitudes = [arb(0)] * len(sines)
    for k, b in enumerate(sines):
        for j, c in enumerate(_shifted_chebyshev(k)):
            amplitudes[j] += c * b
    return amplitudes


def _exact(x: arb) -> sp.Rational:
    return exact_number("amplitude", to_mpf(x))


def _certified(target: Target, a: list[sp.Rational], rate: sp.Expr, digits: int) -> ConstructiveSum:
    w = tuple(rate * j for j in range(1, len(a) + 1))
    # The terms cancel 0.77 digits per term, of which the error needs about half.
    error = l1_error(target, a, w, digits=digits + len(a) // 2)
    return ConstructiveSum(target, tuple(a), w, error)


def _fourier_sines(target: Target, rate: float, m: int) -> NDArray[np.float64]:
    """``b_k = (4 r/pi) int rho(t) sin(k theta(t)) dt`` for k = 1 .. m, by Gauss-Legendre in ``x = sqrt(r t)``."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    edges = np.linspace(0.0, np.sqrt(_HORIZON), 40 + 4 * m)
    half = np.diff(edges)[:, None] / 2
    x = (edges[:-1, None] + half * (1 + nodes)).ravel()
    # theta from sin(theta/2): cos(theta/2) = exp(-x^2/2) says nothing near theta = 0.
    theta = 2 * np.arctan2(np.sqrt(-np.expm1(-(x**2))), np.exp(-(x**2) / 2))
    # A bump falls below what float64 holds, which is as good as 0 here.
    with np.errstate(all="ignore"):
        try:
            values = lower(target.expression, (t,), "float64")(x**2 / rate)
        except OverflowError:
            values = np.inf
        mass = (half * weights).ravel() * 2 * x * np.broadcast_to(values, x.shape) * 4 / np.pi
        sines = np.array([np.sum(mass * np.sin(k * theta)) for k in range(1, m + 1)])
    if not np.isfinite(sines).all():
        raise FloatRangeError(f"`target` must be one that float64 can evaluate; got {target}")
    return sines
