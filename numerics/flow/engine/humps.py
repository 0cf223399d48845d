"""Where the distance from the start is largest inside a step: it can pass a threshold there and return.

A step's polynomial ``theta(x) = theta_0 + sum_p x^(p+1) q_p`` is sampled, each sampled maximum is refined, and a step
whose maximum comes near the threshold is cut there: its end, which has the order of the method, then decides.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from memcurse.numerics.arithmetic.compiled import compiled, subroutine, uncounted
from memcurse.numerics.arithmetic.doubledouble import sub, value

#: Places at which a step is looked at: more than twice the maxima that a polynomial of its degree (7) can have.
_SAMPLES = 24
#: Maxima below this share of the threshold are left alone.
NEAR = 0.99
#: A maximum within this share of the step of one of its ends is not cut at: the polynomial is good enough there.
_EDGE = 0.02
_GOLDEN = 0.6180339887498949


@uncounted
def _distance(x: float, offset: Any, powers: Any) -> float:
    total = 0.0
    for k in range(offset.shape[0]):
        moved = 0.0
        for p in range(powers.shape[0] - 1, -1, -1):
            moved = (moved + powers[p, k]) * x
        total += (offset[k] + moved) ** 2
    return math.sqrt(total)


@uncounted
def _bound(offset: Any, powers: Any) -> float:
    """No point of the step is farther from the start than this."""
    total = 0.0
    for k in range(offset.shape[0]):
        size = abs(offset[k])
        for p in range(powers.shape[0]):
            size += abs(powers[p, k])
        total += size * size
    return math.sqrt(total)


@uncounted
def _top(left: float, right: float, offset: Any, powers: Any) -> float:
    """The maximum between two places, by golden sections."""
    x, y = right - _GOLDEN * (right - left), left + _GOLDEN * (right - left)
    at_x, at_y = _distance(x, offset, powers), _distance(y, offset, powers)
    for _ in range(40):
        if at_x < at_y:
            left, x, at_x = x, y, at_y
            y = left + _GOLDEN * (right - left)
            at_y = _distance(y, offset, powers)
        else:
            right, y, at_y = y, x, at_x
            x = right - _GOLDEN * (right - left)
            at_x = _distance(x, offset, powers)
    return 0.5 * (left + right)


@compiled
def first_hump(offset: Any, powers: Any, threshold: float, last: float) -> tuple[float, float]:
    """The first maximum of the distance inside (0, `last`) at which a step must be cut, and the distance there.

    Parameters
    ----------
    offset : ndarray, shape (n,)
        Start of the step less start of the flow.
    powers : ndarray, shape (s, n)
        Coefficients of the step's polynomial.
    threshold, last : float
        Size of the event, and the part of the step to look at.

    Returns
    -------
    tuple of float
        (0, 0) where there is none. A maximum below the threshold counts if it is near it, and far from the step's ends.
    """
    if _bound(offset, powers) < NEAR * threshold:
        return 0.0, 0.0
    step = last / _SAMPLES
    before, here = _distance(0.0, offset, powers), _distance(step, offset, powers)
    for i in range(1, _SAMPLES):
        after = _distance((i + 1) * step, offset, powers)
        if here >= before and here >= after and here > 0.0:
            x = _top((i - 1) * step, (i + 1) * step, offset, powers)
            top = _distance(x, offset, powers)
            if top >= threshold or (top >= NEAR * threshold and _EDGE < x < 1.0 - _EDGE):
                return x, top
        before, here = here, after
    return 0.0, 0.0


@subroutine
def offset_from(theta: Any, start: Any) -> Any:
    """`theta` less `start`, in float64."""
    out = np.empty(theta.shape[0])
    for k in range(theta.shape[0]):
        out[k] = value(sub(theta[k], start[k]))
    return out
