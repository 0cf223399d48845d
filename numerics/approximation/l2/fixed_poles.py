r"""The best l2 fit of a discrete power law by modes of given poles, its distance enclosed.

With :math:`\rho_k = (1+k)^{-p}` the moments are :math:`\sum_k \rho_k l^k = \mathrm{Li}_p(l)/l`, the squared norm
:math:`\zeta(2p)`, and the Gram matrix of the modes :math:`1/(1 - l_i l_j)`; the squared distance is the norm's minus
:math:`v^T S^{-1} v`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import arb, arb_mat

from memcurse.numerics.arguments import Array, constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.theory.exact import exact_number

_BITS, _MOST_BITS = 512, 8192


def fixed_pole_error(power: Any, poles: Sequence[float] | Array) -> arb:
    """Relative l2 distance of ``(1+k)^-power`` from the span of ``l_i^k``.

    Parameters
    ----------
    power : number
        Above 1/2.
    poles : sequence or ndarray of float, shape (m,)
        Distinct, strictly between 0 and 1; the binary numbers themselves are meant.

    Raises
    ------
    ValueError
        If a pole is out of range or comes twice, or `power` is too small.
    ArithmeticError
        If 8192 bits do not resolve the distance.

    Notes
    -----
    Rigour: enclosure to at least 30 bits; the precision doubles until then.
    """
    exponent = exact_number("power", power)
    if not exponent > 0.5:
        raise ValueError(f"`power` must be larger than 1/2 for a square-summable sequence; got {power}")
    points = [float(x) for x in poles]
    if not points or not all(0 < x < 1 for x in points) or len(set(points)) < len(points):
        raise ValueError(f"`poles` must be distinct numbers strictly between 0 and 1; got {poles}")
    bits = _BITS
    while bits <= _MOST_BITS:
        with ball_precision(bits):
            share = _squared_share(constant_ball(exponent), [arb(x) for x in points])
            if share is not None and share > 0 and share.rel_accuracy_bits() > 30:
                return share.sqrt()
        bits *= 2
    raise ArithmeticError(
        f"`poles` must be so far apart that {_MOST_BITS} bits resolve the distance; got {poles}"
    )


def _squared_share(power: arb, poles: list[arb]) -> arb | None:
    gram = arb_mat([[1 / (1 - x * y) for y in poles] for x in poles])
    moments = arb_mat([[x.polylog(power) / x] for x in poles])
    try:
        solution = gram.solve(moments)
    except ZeroDivisionError:
        return None
    return 1 - (moments.transpose() * solution)[0, 0] / (2 * power).zeta()


def log_spaced_poles(count: int, slowest: float, fastest: float) -> Array:
    """``e^-w`` for rates w even in the logarithm, ends included, shape (count,)."""
    return np.exp(-np.geomspace(slowest, fastest, count))
