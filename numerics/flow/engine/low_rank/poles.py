r"""Poles of an orthonormal basis in which all decays with rates of an interval lie, up to a remainder below round-off.

The functions with Laplace transforms

.. math:: V_l(w) = \frac{\sqrt{2 p_l}}{w + p_l} \prod_{q < l} \frac{w - p_q}{w + p_q}

are orthonormal (Takenaka and Malmquist), and what they leave of the Gram matrix of decays is explicit:

.. math:: \frac{1}{w + w'} = \sum_{l < r} V_l(w) V_l(w') + \frac{P(w) P(w')}{w + w'},
          \qquad P(w) = \prod_{q < r} \frac{w - p_q}{w + p_q}.

Zolotarev's points make the largest `P` on an interval smallest; the rank grows like its logarithm: 8 where rates differ
by half, 18 over a decade, 28 over two. In Leja's order the first few of them do nearly as well as so many can.
"""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import ellipj, ellipkm1

Array = NDArray[np.float64]

#: The remainder of the Gram matrix and of its first derivative, relative: below the rounding of a sum of m terms.
REMAINDER = 2.0**-56
#: Ends of intervals are powers of 2 to this part, so that flows and their stretches share poles; and the least room.
_PARTS, _ROOM = 4, 1.05
#: No basis is larger: rates over four decades.
MOST_POLES = 50
_GRID = 400


def poles_for(lowest: float, highest: float) -> Array | None:
    """Poles (r,) for rates between the two and a little outside; None where more than `MOST_POLES` were needed."""
    first = math.floor(_PARTS * math.log2(lowest / _ROOM))
    last = math.ceil(_PARTS * math.log2(highest * _ROOM))
    relative = _relative_poles(last - first)
    return None if relative is None else relative * 2.0 ** (first / _PARTS)


@functools.lru_cache(maxsize=128)
def _relative_poles(parts: int) -> Array | None:
    """The fewest poles for rates from 1 to ``2^(parts/_PARTS)``."""
    ratio = 2.0 ** (parts / _PARTS)
    rates = np.geomspace(1.0, ratio, _GRID)
    for r in range(2, MOST_POLES + 1):
        poles = zolotarev_points(ratio, r)
        if remainder(rates, poles) < REMAINDER:
            return leja_ordered(poles)
    return None


def zolotarev_points(ratio: float, r: int) -> Array:
    """The `r` points of [1, `ratio`] whose product ``prod (w - p)/(w + p)`` has the smallest maximum there.

    Notes
    -----
    Rigour: float64. Source: Zolotarev 1877; N. I. Akhiezer, *Elements of the Theory of Elliptic Functions*, section 50.
    """
    small = ratio**-2
    places = (2.0 * np.arange(r) + 1.0) / (2.0 * r) * ellipkm1(small)
    return np.asarray(ratio * ellipj(places, 1.0 - small)[2][::-1])


def leja_ordered(poles: Array) -> Array:
    """The poles in an order in which each is where the product of those before it is largest; the middle one first."""
    left = list(poles)
    ordered = [left.pop(len(left) // 2)]
    while left:
        rates = np.array(left)
        product = np.prod([np.abs(rates - p) / (rates + p) for p in ordered], axis=0)
        ordered.append(left.pop(int(np.argmax(product))))
    return np.array(ordered)


def remainder(rates: Array, poles: Array) -> float:
    """Largest remainder of the Gram matrix of decays at these rates, and of its derivative, relative to an entry."""
    product, slope = np.ones_like(rates), np.zeros_like(rates)
    for p in poles:
        slope = (slope * (rates - p) + product * 2.0 * p / (rates + p)) / (rates + p)
        product = product * (rates - p) / (rates + p)
    largest = np.abs(product).max()
    return float(largest * max(largest, np.abs(rates * slope).max()))
