r"""Descent on the rates alone, in many digits: the amplitudes are eliminated.

For given rates the best amplitudes solve a linear system. What is left, ``f(x) = min_a J(a, e^x)`` in the logarithms of
the rates, has the gradient ``dJ/dx`` and the Hessian ``H_xx - H_xa H_aa^{-1} H_ax`` (variable projection, Golub and
Pereyra 1973). Newton's method with a shift that makes the Hessian positive leads down to a local minimum; exponential
sums are so ill-conditioned that float64 sees nothing of it beyond a few terms.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb, arb_mat

from memcurse.numerics.arithmetic.balls import ball_precision, bits_for
from memcurse.numerics.arithmetic.matrices.inertia import ball_inertia
from memcurse.numerics.objective.objective import Objective

_STEPS, _SHIFTS = 200, 12
#: The largest change of a log rate in one step, and how far log rates may wander: beyond, there is no minimum to reach.
_LONGEST, _FARTHEST = 1.0, 60.0
#: Log rates closer than this count as running into each other, where no strict minimum is.
_COINCIDING = 1e-6


@dataclass(frozen=True)
class RatesPoint:
    """Rates with their best amplitudes, the loss, and gradient and Hessian of the reduced loss in the log rates."""

    a: list[arb]
    w: list[arb]
    loss: arb
    gradient: arb_mat
    hessian: arb_mat


def at_rates(objective: Objective, a: Sequence[arb], w: Sequence[arb], digits: int) -> RatesPoint | None:
    """The reduced loss at rates `w`; `a` is any guess. None if the precision does not carry the linear system."""
    m = len(w)
    guess = objective.enclose(a, w, digits)
    cauchy = arb_mat(m, m, [guess.hessian[i, j] for i in range(m) for j in range(m)])
    try:
        correction = cauchy.mid().solve(
            arb_mat(m, 1, [guess.gradient[i, 0].mid() for i in range(m)]), algorithm="approx"
        )
    except ZeroDivisionError:
        return None
    best = [(a[i] - correction[i, 0]).mid() for i in range(m)]
    here = objective.enclose(best, w, digits)
    H, g = here.hessian.mid(), here.gradient.mid()
    mixed = arb_mat(m, m, [H[i, m + j] * w[j] for i in range(m) for j in range(m)])
    rates = [w[i] * w[j] * H[m + i, m + j] for i in range(m) for j in range(m)]
    for i in range(m):
        rates[i * m + i] += w[i] * g[m + i, 0]
    try:
        solved = cauchy.mid().solve(mixed.mid(), algorithm="approx")
    except ZeroDivisionError:
        return None
    hessian = (arb_mat(m, m, rates) - mixed.transpose() * solved).mid()
    gradient = arb_mat(m, 1, [(w[i] * g[m + i, 0]).mid() for i in range(m)])
    return RatesPoint(best, list(w), here.loss.mid(), gradient, hessian)


def descend(objective: Objective, a: Sequence[arb], w: Sequence[arb], digits: int) -> RatesPoint | None:
    """A local minimum of the reduced loss, by shifted Newton steps from the rates `w`; None if none is reached.

    Notes
    -----
    Rigour: none; `newton.certify` decides what the point is worth. Stops when the Newton step has lost half of
    `digits`, which `newton.newton_point` completes.
    """
    with ball_precision(bits_for(digits)):
        point = at_rates(objective, a, w, digits)
        shift = 0.0
        for _ in range(_STEPS):
            if point is None or _lost(point.w):
                return None
            moved = _step(objective, point, shift, digits)
            if moved is None:
                return None
            following, shift, length = moved
            if shift == 0.0 and length < arb(10) ** (-digits // 4):
                return following
            point = following
    return None


def _lost(w: Sequence[arb]) -> bool:
    x = sorted(float(rate.log()) for rate in w)
    gaps = (q - p for p, q in itertools.pairwise(x))
    return max(abs(x[0]), abs(x[-1])) > _FARTHEST or min(gaps, default=1.0) < _COINCIDING


def _step(
    objective: Objective, point: RatesPoint, shift: float, digits: int
) -> tuple[RatesPoint, float, arb] | None:
    """One step downhill, with the shift that it needed and its length; None if no shift leads down."""
    m = len(point.w)
    for _ in range(_SHIFTS):
        step = _newton_step(point, shift)
        if step is not None:
            length = max((abs(s) for s in step), key=lambda s: s.mid())
            factor = _LONGEST / length if length > _LONGEST else arb(1)
            w = [(point.w[i] * (factor * step[i]).exp()).mid() for i in range(m)]
            following = at_rates(objective, point.a, w, digits)
            # The last steps change the loss by less than its rounding: the Hessian vouches for them.
            tiny = shift == 0.0 and length < arb(10) ** (-digits // 4)
            if following is not None and (tiny or following.loss < point.loss):
                return following, _smaller(shift), length
        shift = max(16 * shift, 1e-4)
    return None


def _smaller(shift: float) -> float:
    return 0.0 if shift < 1e-3 else shift / 16


def _newton_step(point: RatesPoint, shift: float) -> list[arb] | None:
    """The Newton step with a share `shift` of the Hessian's diagonal added to it; None unless that is positive."""
    m = len(point.w)
    H = point.hessian
    rows = [H[i, j] + (arb(shift) * abs(H[i, i]) if i == j else 0) for i in range(m) for j in range(m)]
    matrix = arb_mat(m, m, rows).mid()
    signs = ball_inertia(matrix)
    if signs is None or signs.positive < m:
        return None
    try:
        step = matrix.solve(-point.gradient, algorithm="approx")
    except ZeroDivisionError:
        return None
    return [step[i, 0].mid() for i in range(m)]
