r"""Compiled moments of a Gaussian bump at complex rates.

With ``nu = T/s - z s`` they are ``L_k = c e^{-T^2/(2 s^2)} s^{k+1} I_k(nu)`` with
``I_k = int_0^oo x^k e^{-x^2/2 + nu x} dx``. For ``Re nu <= 0``: ``I_0`` by Faddeeva's function and the others by
``I_{k+1} = nu I_k + k I_{k-1}`` (and 1 at k = 0) where that loses nothing that counts; left of -2 by the continued
fraction of the ratios, which the recurrence's smallest solution has; beyond 8.5 by the expansion for large nu, whose
smallest term is ``e^{-|nu|^2/2}``. For ``Re nu > 0`` the whole Gaussian less what lies before t = 0. Errors are
relative to the moments of the bump at the rate Re z.
"""

from __future__ import annotations

import cmath
import math
from typing import Final

from memcurse.numerics.arithmetic.compiled import subroutine

#: Nodes of the trapezoidal rule for Faddeeva's function: its error is e^{-pi (nodes + 1)}.
_NODES: Final = 12
_LARGE, _LEFT, _DEPTH = 8.5, 2.0, 100


@subroutine
def faddeeva(z: complex) -> complex:
    """``e^{-z^2} erfc(-i z)`` for ``Im z >= 0``.

    The trapezoidal rule for ``(i/pi) int e^{-t^2}/(z - t) dt``, its nodes shifted by half a step where one would be
    near z, and the residue at z while that lies within the strip of the rule (Matta and Reichel 1971; which shift,
    after Al Azah and Chandler-Wilde 2021). Rigour: float64, relative error about 1e-15.
    """
    h = math.sqrt(math.pi / (_NODES + 1))
    position = abs(z.real) / h
    shifted = not 0.25 <= position - math.floor(position) <= 0.75
    square = z * z
    total = 0j
    for k in range(_NODES + 1):
        if shifted:
            t = (k + 0.5) * h
            total += math.exp(-t * t) / (square - t * t)
        elif k > 0:
            t = k * h
            total += math.exp(-t * t) / (square - t * t)
    value = 2.0 * z * total
    if not shifted:
        value += 1.0 / z
    value *= 1j * h / math.pi
    if z.imag < math.pi / h:
        turn = cmath.exp(-2j * math.pi * z / h)
        value += 2.0 * cmath.exp(-square) / (1.0 + turn if shifted else 1.0 - turn)
    return value


@subroutine
def half_gaussian(nu: complex) -> tuple[complex, complex, complex]:
    """``I_0, I_1, I_2`` for ``Re nu <= 0``."""
    if nu.real <= -_LEFT:
        ratio = 0.5 * (nu + cmath.sqrt(nu * nu + 4.0 * _DEPTH))
        second = ratio
        for k in range(_DEPTH, 0, -1):
            second, ratio = ratio, k / (ratio - nu)
        i0 = 1.0 / (ratio - nu)
        i1 = ratio * i0
        return i0, i1, second * i1
    if abs(nu) >= _LARGE:
        return _expanded(nu)
    i0 = math.sqrt(0.5 * math.pi) * faddeeva(-1j * nu / math.sqrt(2.0))
    i1 = nu * i0 + 1.0
    return i0, i1, nu * i1 + i0


@subroutine
def _expanded(nu: complex) -> tuple[complex, complex, complex]:
    """Sums of ``(-1/2)^j/j! (2j + k)!/(-nu)^(2j+k+1)`` up to the smallest terms."""
    r = -1.0 / nu
    square = r * r
    term = r
    i0, i1, i2 = 0j, 0j, 0j
    for j in range(28):
        i0 += term
        i1 += (2 * j + 1) * term * r
        i2 += (2 * j + 1) * (2 * j + 2) * term * square
        term *= -(2 * j + 1) * square
    return i0, i1, i2


@subroutine
def bump_moments(z: complex, c: float, T: float, s: float, edge: float) -> tuple[complex, complex, complex]:
    """``L_0, L_1, L_2`` at Re z > 0 of ``c e^{-(t-T)^2/(2 s^2)}``; `edge` is ``e^{-T^2/(2 s^2)}``."""
    nu = T / s - z * s
    if nu.real <= 0.0:
        i0, i1, i2 = half_gaussian(nu)
        scale = c * edge * s
        return scale * i0, scale * s * i1, scale * s * s * i2
    l0 = s * math.sqrt(2.0 * math.pi) * cmath.exp(z * (0.5 * z * s * s - T))
    if edge > 0.0:
        l0 -= edge * s * half_gaussian(-nu)[0]
    mu = nu * s
    l1 = mu * l0 + s * s * edge
    l2 = mu * l1 + s * s * l0
    return c * l0, c * l1, c * l2
