r"""The natural metric: ``theta' = -(G + damping I)^{-1} grad J / 2``, G the Gram matrix of the model's derivatives.

``G`` is Cauchy-like and as badly conditioned as the modes are close; its derivatives are closed forms too, so that the
implicit method has its exact Jacobian.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.objective.assembly import Time

from .arithmetic import Arithmetic, Numbers
from .field import Metric
from .real_modes import RealField
from .wrapped import Wrapped

Array = NDArray[np.float64]


class _Pairs(NamedTuple):
    """Inner products of two modes (m, m), derivatives by the mode of the row (x), by that of the column (q)."""

    value: Numbers
    x: Numbers
    q: Numbers
    xq: Numbers
    xx: Numbers
    qq: Numbers
    xxq: Numbers
    xqq: Numbers


def _pairs(time: Time, modes: Numbers) -> _Pairs:
    """Of ``1/(x + q)`` in continuous time, of ``1/(1 - x q)`` in discrete time."""
    x, q = modes[:, None], modes[None, :]
    if time == "continuous":
        r = 1 / (x + q)
        square = r * r
        second, third = 2 * (square * r), -6 * (square * square)
        return _Pairs(r, -square, -square, second, second, second, third, third)
    r = 1 / (1 - x * q)
    return _Pairs(
        r,
        q * r**2,
        x * r**2,
        (1 + x * q) * r**3,
        2 * q**2 * r**3,
        2 * x**2 * r**3,
        2 * q * (2 + x * q) * r**4,
        2 * x * (2 + x * q) * r**4,
    )


def gram_matrix(time: Time, a: Numbers, modes: Numbers) -> Numbers:
    """Inner products of the derivatives of ``sum_k a_k e^{-x_k t}`` or ``sum_k a_k x_k^n`` in (a, x), (2m, 2m)."""
    return _gram(_pairs(time, modes), a)


def _gram(g: _Pairs, a: Numbers) -> Numbers:
    column = a[:, None]
    return _joined(g.value, g.q * a, column * g.x, column * g.xq * a)


def gram_along(time: Time, a: Numbers, modes: Numbers, u: Numbers) -> Numbers:
    """``sum_j dG_ij/dtheta_k u_j`` at (i, k): the derivative of ``G(theta) u`` at fixed u (2m,).

    With y the first half of u, v the second and z = a v the entries of ``G u`` are ``sum_j g y_j + g_q z_j`` and
    ``a_i sum_j g_x y_j + g_xq z_j``, g at the modes i and j: both of them move.
    """
    return _along(_pairs(time, modes), a, u)


def _along(g: _Pairs, a: Numbers, u: Numbers) -> Numbers:
    m = len(a)
    y, v = u[:m], u[m:]
    z, column = a * v, a[:, None]
    upper, lower = g.q * y + g.qq * z, column * (g.xq * y + g.xqq * z)
    return _joined(g.q * v, upper, column * g.xq * v, lower) + _bending(g, a, u)


def gram_bending(time: Time, a: Numbers, modes: Numbers, u: Numbers) -> Numbers:
    """Inner products of the model's second derivatives with its derivative along u (2m,), shape (2m, 2m).

    Only those with one unit in both places are not 0: by amplitude and mode, and by the mode twice.
    """
    return _bending(_pairs(time, modes), a, u)


def _bending(g: _Pairs, a: Numbers, u: Numbers) -> Numbers:
    m = len(a)
    y, z = u[:m], a * u[m:]
    mixed = (g.x * y + g.xq * z).sum(axis=1)
    bent = np.zeros((2 * m, 2 * m), dtype=mixed.dtype)
    i = np.arange(m)
    bent[i, m + i] = bent[m + i, i] = mixed
    bent[m + i, m + i] = a * (g.xx * y + g.xxq * z).sum(axis=1)
    return bent


def _joined(first: Numbers, second: Numbers, third: Numbers, fourth: Numbers) -> Numbers:
    """Four blocks (m, m) as one matrix, row by row."""
    m = len(first)
    out = np.empty((2 * m, 2 * m), dtype=first.dtype)
    out[:m, :m], out[:m, m:], out[m:, :m], out[m:, m:] = first, second, third, fourth
    return out


class NaturalField(Wrapped):
    """A field of real modes in the natural metric.

    Parameters
    ----------
    base : RealField
        The loss, in continuous or discrete time.
    damping : exact number
        Not negative.

    Notes
    -----
    In function space the flow relaxes at rate 1. One amplitude may go to 0 while its mode runs away, and then decides
    how fast: amplitudes count relative to themselves, however small; the modes' length scales are those of the plain
    flow.
    """

    base: RealField
    most_digits = 400

    def __init__(self, base: RealField, damping: Any) -> None:
        super().__init__(base)
        self.damping = damping
        self._shifts: dict[Arithmetic, Numbers] = {}

    def scales(self, theta: Numbers, arithmetic: Arithmetic) -> Array:
        """Those of the base, but amplitudes as they are; one that is 0 (with damping) has no size of its own."""
        m, base = self.base.m, self.base.scales(theta, arithmetic)
        sizes = np.abs(arithmetic.floats(theta[:m]))
        return np.concatenate([np.where(sizes > 0.0, np.maximum(sizes, 1e-300), base[:m]), base[m:]])

    def metric(self, theta: Numbers, arithmetic: Arithmetic) -> Metric:
        """``2 (G + damping I)``."""
        m = self.base.m
        a, g = theta[:m], _pairs(self.base.time, theta[m:])
        if arithmetic not in self._shifts:
            self._shifts[arithmetic] = arithmetic.exact([self.damping])[0] * arithmetic.identity(2 * m)
        G = _gram(g, a) + self._shifts[arithmetic]
        return Metric(arithmetic.rounded(2 * G), lambda u: arithmetic.rounded(2 * _along(g, a, u)))
