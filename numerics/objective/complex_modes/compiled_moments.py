r"""Compiled float64 moments of targets with closed forms, at conjugate modes, for both times.

A target is packed once into one flat complex array: a header, records of four numbers, and the values of a finite
sequence. In continuous time a record ``(c, v, rest, n + i lag)`` is ``c (t - lag)^n e^{-(v + rest)(t - lag)}`` from
`lag` on, and after these come bumps ``(c, T, s, e^{-T^2/(2 s^2)})``. In discrete time ``(c, q, rest, 0)`` is
``c (q + rest)^n`` and ``(c, d, 0, 1)`` is ``c (d)_n/n!``. `rest` is what rounding took from a rate or pole; without it
nothing would be right near a resonance.
"""

from __future__ import annotations

import cmath
import math
from typing import Any, Final

from memcurse.numerics.arithmetic.compiled import compiled, subroutine

from .compiled_bumps import bump_moments

# Layout of the header. SIZE: squared sum of the norms of the target's parts. DISCRETE: 1 in discrete time. LOWEST: the
# least |z|, or 1 - |z|, served. OPEN: 1 where a part of the target is not packed, and its moments are handed in.
N_RECORDS, N_BUMPS, N_VALUES, NORM, SIZE, DISCRETE, LOWEST, OPEN, HEADER = 0, 1, 2, 3, 4, 5, 6, 7, 8
RECORD: Final = 4
GEOMETRIC, FRACTIONAL = 0.0, 1.0

_SPLIT = 134217729.0


@compiled
def circle_gap(x: complex) -> float:
    """``1 - |x|^2`` with an error of some units in its own last place, from exact squares (Dekker)."""
    total, small = 1.0, 0.0
    for y in (max(abs(x.real), abs(x.imag)), min(abs(x.real), abs(x.imag))):
        u = _SPLIT * y
        high = u - (u - y)
        low = y - high
        square = y * y
        error = ((high * high - square) + 2.0 * high * low) + low * low
        before = total
        total = before - square
        # 1 >= y^2, but the second square may exceed what is left.
        part = total - before
        small += (before - (total - part)) - (square + part) - error
    return total + small


@subroutine
def reciprocal(x: complex) -> complex:
    """``1/x`` for moduli whose squares float64 holds."""
    d = 1.0 / (x.real * x.real + x.imag * x.imag)
    return complex(x.real * d, -x.imag * d)


@compiled
def add_moments(x: Any, p: Any, moments: Any) -> None:
    """Moments of the packed target at the conjugates of `x` (m,) into `moments` (m, 3), added where it is open."""
    if p[OPEN].real == 0.0:
        moments[:] = 0.0
    for i in range(x.shape[0]):
        if p[DISCRETE].real == 1.0:
            m0, m1, m2 = _discrete_moments(x[i], p)
        else:
            m0, m1, m2 = _continuous_moments(x[i].conjugate(), p)
        moments[i, 0] += m0
        moments[i, 1] += m1
        moments[i, 2] += m2


@subroutine
def _continuous_moments(z: complex, p: Any) -> tuple[complex, complex, complex]:
    s0, s1, s2 = 0j, 0j, 0j
    if abs(z) < p[LOWEST].real:
        s0 += math.nan
    at, last, decay = HEADER, 0.0, 1.0 + 0j
    for _ in range(int(p[N_RECORDS].real)):
        n, lag = int(p[at + 3].real), p[at + 3].imag
        r = reciprocal((z + p[at + 1]) + p[at + 2])
        l0 = p[at] * r
        for k in range(1, n + 1):
            l0 *= k * r
        l1 = (n + 1) * l0 * r
        l2 = (n + 2) * l1 * r
        if lag != 0.0:
            if lag != last:
                last, decay = lag, cmath.exp(-z * lag)
            l2 = decay * (l2 + 2.0 * lag * l1 + lag * lag * l0)
            l1 = decay * (l1 + lag * l0)
            l0 = decay * l0
        s0 += l0
        s1 += l1
        s2 += l2
        at += RECORD
    for _ in range(int(p[N_BUMPS].real)):
        c, T, s, edge = p[at].real, p[at + 1].real, p[at + 2].real, p[at + 3].real
        l0, l1, l2 = bump_moments(z, c, T, s, edge)
        s0 += l0
        s1 += l1
        s2 += l2
        at += RECORD
    return s0, s1, s2


@subroutine
def _discrete_moments(x: complex, p: Any) -> tuple[complex, complex, complex]:
    z, gap = x.conjugate(), circle_gap(x)
    s0, s1, s2 = 0j, 0j, 0j
    if gap < 2.0 * p[LOWEST].real:
        s0 += math.nan
    at = HEADER
    for _ in range(int(p[N_RECORDS].real)):
        if p[at + 3].real == GEOMETRIC:
            r = reciprocal(gap - z * ((p[at + 1] - x) + p[at + 2]))
            step = (p[at + 1] + p[at + 2]) * r
            m0 = p[at] * r
            m1 = m0 * step
            m2 = 2.0 * m1 * step
        else:
            d = p[at + 1].real
            r = reciprocal(1.0 - z)
            m0 = p[at] * cmath.exp(d * cmath.log(r))
            m1 = d * m0 * r
            m2 = (d + 1.0) * m1 * r
        s0 += m0
        s1 += m1
        s2 += m2
        at += RECORD
    f0, f1, f2 = 0j, 0j, 0j
    for i in range(at + int(p[N_VALUES].real) - 1, at - 1, -1):
        f2 = f2 * z + 2.0 * f1
        f1 = f1 * z + f0
        f0 = f0 * z + p[i]
    return s0 + f0, s1 + f1, s2 + f2
