r"""Moments as coordinates, in which the narrow valley of the objective is straight.

The exponential part of the objective is a quadratic form in the function ``sum_j a_j e^{-w_j t}``, so it is nearly
quadratic in the moments ``y_k = sum_j a_j (w_j - c)^k``, k = 0 .. 2m - 1, which parametrise it. In the amplitudes and
rates themselves its valley is curved, and Newton's method converges only from within a distance that shrinks like the
valley's width. Predicting and correcting in the moments removes that limit. Only the path of the iteration changes:
its limit is the solution of the collocation equations in either coordinates, so accuracy does not depend on this.

It pays for two units, whose moments are inverted in closed form (Prony's method); with three and more the valley is
wide enough for Newton's method.
"""

from __future__ import annotations

import math
from typing import Any

from memcurse.numerics.arithmetic.compiled import uncounted
from memcurse.numerics.arithmetic.doubledouble import value

#: Unknowns for which moments are used: those of two units.
TWO_UNITS = 4
#: A move this many times the guess means that the moments do not determine it here.
LONGEST = 10.0
#: Moves shorter than this share of the distance of the two rates are straight enough as they are.
_SHORTEST = 1e-6


@uncounted
def moment_change(a: Any, x: Any, d: Any, linear: Any, change: Any) -> None:
    """The change of the moments when ``(a, x)`` moves by `d`: its linear part and the whole, without cancellation."""
    m = a.shape[0]
    for k in range(2 * m):
        linear[k], change[k] = 0.0, 0.0
    for j in range(m):
        da, dx, moved = d[j], d[m + j], x[j] + d[m + j]
        power, below, difference = 1.0, 0.0, 0.0  # x^k, k x^(k-1), (x+dx)^k - x^k
        for k in range(2 * m):
            linear[k] += power * da + a[j] * below * dx
            change[k] += (a[j] + da) * difference + power * da
            difference = difference * moved + power * dx
            below = below * x[j] + power
            power *= x[j]


@uncounted
def curved(d: Any, distance: float) -> bool:
    """Whether a move of two units, whose rates are a `distance` apart, is long enough for the valley to turn."""
    return abs(d[2]) + abs(d[3]) > _SHORTEST * abs(distance)


@uncounted
def solve_moments(a: Any, x: Any, change: Any, d: Any) -> bool:
    """The move `d` (4,) of two units that changes their four moments by `change`, near the guess that `d` holds.

    False, with `d` as it was, where the moments belong to no two units with real rates, or to some far from the guess.

    Notes
    -----
    Rigour: float64; `d` has an error of a few roundings of the amplitudes and of the distance of the two rates: a
    guess. Short moves (`curved`) had better be left alone.
    """
    y0, y1 = a[0] + a[1] + change[0], a[0] * x[0] + a[1] * x[1] + change[1]
    y2 = a[0] * x[0] ** 2 + a[1] * x[1] ** 2 + change[2]
    y3 = a[0] * x[0] ** 3 + a[1] * x[1] ** 3 + change[3]
    # Both rates are roots of x^2 - 2 p x + q.
    determinant = y0 * y2 - y1 * y1
    if determinant == 0.0:
        return False
    p, q = 0.5 * (y0 * y3 - y1 * y2) / determinant, (y1 * y3 - y2 * y2) / determinant
    if not p * p - q > 0.0:
        return False
    root = math.copysign(math.sqrt(p * p - q), x[0] - x[1])
    first, second = p + root, p - root
    da, dx = (y1 - second * y0) / (2.0 * root) - a[0], first - x[0]
    db, dz = (first * y0 - y1) / (2.0 * root) - a[1], second - x[1]
    if not abs(dx) + abs(dz) <= LONGEST * (abs(d[0]) + abs(d[1]) + abs(d[2]) + abs(d[3])):
        return False
    d[0], d[1], d[2], d[3] = da, db, dx, dz
    return True


@uncounted
def centred(theta: Any, centre: float, a: Any, x: Any) -> None:
    """Amplitudes, and rates less the centre, as float64."""
    m = a.shape[0]
    for j in range(m):
        a[j], x[j] = value(theta[j]), value(theta[m + j]) - centre
