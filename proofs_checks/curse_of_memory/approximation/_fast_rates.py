"""Floors under sums with fast rates, at numbers: the rate that an error forces, and sums that try to get below."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import scipy.optimize
import sympy as sp

from memcurse.numerics.arithmetic.balls import mp_digits
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.approximation.fast_rates import bounded_floor, l2_ratio, positive_floor


def _power_norms(n: int, x: sp.Rational, h: sp.Rational) -> tuple[sp.Expr, sp.Expr]:
    """Norms of ``(1+t)^-(1+omega)``, omega = n, in L2 behind x and before h."""
    s = 1 + 2 * n
    return sp.sqrt((1 + x) ** (-s) / sp.Integer(s)), sp.sqrt((1 - (1 + h) ** (-s)) / sp.Integer(s))


def _float_floor(n: int, beta: float, x: Any, h: Any) -> Any:

    s = 1 + 2 * n
    with np.errstate(under="ignore"):
        ratio = np.exp(-beta * (x - h)) / np.sqrt(2 * h * beta)
        tail, head = np.sqrt((1 + x) ** (-s) / s), np.sqrt((1 - (1 + h) ** (-s)) / s)
        return (tail - ratio * head) / (1 + ratio)


def forced_rate(n: int, error: float) -> tuple[sp.Rational, sp.Rational, sp.Rational]:
    """A rate beta, with x and h, whose floor is a little above `error`: found in float64, to be proved in balls."""

    x, h = np.meshgrid(np.geomspace(0.5, 1e5, 200), np.geomspace(0.01, 1e3, 50))
    x = np.maximum(x, h)
    low, high = 1e-8, 1e3
    for _ in range(30):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if np.max(_float_floor(n, middle, x, h)) > error else (middle, high)
    beta = 1.02 * high
    best = np.unravel_index(np.argmax(_float_floor(n, beta, x, h)), x.shape)
    return tuple(sp.Rational(f"{value:.6g}") for value in (beta, x[best], h[best]))


def floor(n: int, beta: sp.Rational, x: sp.Rational, h: sp.Rational) -> Any:
    """The floor in L2 as a ball."""

    tail, head = _power_norms(n, x, h)
    return lower(positive_floor(tail, head, l2_ratio(beta, x, h)), (), "ball")()


def with_fast_rates(beta: sp.Rational, m: int, positive: bool) -> tuple[list[Any], list[sp.Rational]]:
    """A sum with rates from `beta` on, fitted to ``(1+t)^-2``: positive, or by free least squares in L2."""

    if positive:
        w = [beta * sp.Rational(5, 4) ** k for k in range(m)]
        t = np.geomspace(1e-3, 1e4, 800)
        weights = np.sqrt(t)
        with np.errstate(under="ignore"):
            A = np.exp(-np.outer(t, [float(x) for x in w])) * weights[:, None]
            found, _ = scipy.optimize.nnls(A, weights / (1 + t) ** 2)
        kept = [(sp.Rational(float(a)), x) for a, x in zip(found, w, strict=True) if a > 0]
        return [a for a, _ in kept], [x for _, x in kept]
    w = [beta * (1 + sp.Rational(j, 2)) for j in range(m)]
    with mp_digits(60):
        rates = [mpmath.mpf(int(x.p)) / int(x.q) for x in w]
        gram = mpmath.matrix([[1 / (x + y) for y in rates] for x in rates])
        moments = mpmath.matrix([mpmath.exp(x) * mpmath.expint(2, x) for x in rates])
        return list(mpmath.lu_solve(gram, moments)), w


def bounded(beta: sp.Rational, amplitudes: int) -> tuple[Any, sp.Rational]:
    """The floor in L1 for ``sum |a| <= amplitudes`` as a ball, at the x that is best."""

    x = np.geomspace(0.1, 1e4, 4000)
    with np.errstate(under="ignore"):
        floors = 1 / (1 + x) - amplitudes * np.exp(-float(beta) * x) / float(beta)
    best = sp.Rational(f"{x[np.argmax(floors)]:.4g}")
    return lower(bounded_floor(1 / (1 + best), sp.Integer(amplitudes), beta, best), (), "ball")(), best
