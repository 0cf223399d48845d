r"""Rates that interpolate themselves: the fixed-point iteration of H2-optimal model reduction, in many digits.

The exponential sum of m terms that agrees with the target's ``L_0`` and ``L_1`` at given rates ``w_1..w_m`` has as its
own rates the eigenvalues of ``E^{-1} A`` with the Loewner matrices (Mayo and Antoulas 2007)

.. math:: E_{ij} = -\frac{L_0(w_i) - L_0(w_j)}{w_i - w_j},\quad
          A_{ij} = \frac{w_i L_0(w_i) - w_j L_0(w_j)}{w_i - w_j},\quad
          E_{ii} = L_1(w_i),\quad A_{ii} = L_0(w_i) - w_i L_1(w_i).

A fixed point satisfies the conditions of theorem D.5. Iterating (Gugercin, Antoulas and Beattie 2008) converges near a
minimum for completely monotone targets (Flagg, Beattie and Gugercin 2012), and there in few steps from afar.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from flint import acb_mat, arb, arb_mat

from memcurse.numerics.arithmetic.balls import ball_precision, bits_for
from memcurse.numerics.objective.objective import Objective

_STEPS = 300
#: Change of a log rate below which Newton's method takes over.
_NEAR = 1e-9


def self_interpolating_rates(objective: Objective, w: Sequence[arb], digits: int) -> list[arb] | None:
    """Rates near a fixed point, in increasing order; None if they leave the positive line or do not settle.

    Notes
    -----
    Rigour: none; `newton.certify` decides what the rates are worth.
    """
    with ball_precision(bits_for(digits)):
        rates = list(w)
        for _ in range(_STEPS):
            following = _next_rates(objective, rates, digits)
            if following is None:
                return None
            pairs = zip(following, rates, strict=True)
            change = max(abs(float((new / old).log())) for new, old in pairs)
            rates = following
            if change < _NEAR:
                return rates
    return None


def _next_rates(objective: Objective, w: Sequence[arb], digits: int) -> list[arb] | None:
    m = len(w)
    # With all amplitudes 0 the gradient holds -2 L_0, and the mixed second derivatives hold 2 L_1.
    at = objective.enclose([arb(0)] * m, w, digits)
    L0 = [(-at.gradient[k, 0] / 2).mid() for k in range(m)]
    L1 = [(at.hessian[k, m + k] / 2).mid() for k in range(m)]
    E, A = arb_mat(m, m), arb_mat(m, m)
    for i in range(m):
        E[i, i], A[i, i] = L1[i], L0[i] - w[i] * L1[i]
        for j in range(i):
            E[i, j] = E[j, i] = -(L0[i] - L0[j]) / (w[i] - w[j])
            A[i, j] = A[j, i] = (w[i] * L0[i] - w[j] * L0[j]) / (w[i] - w[j])
    try:
        matrix = E.mid().solve(A.mid(), algorithm="approx").mid()
    except ZeroDivisionError:
        return None
    if not all(matrix[i, j].is_finite() for i in range(m) for j in range(m)):
        return None
    values = acb_mat(matrix).eig(algorithm="approx")
    return _positive([value.real.mid() for value in values], [float(value.imag) for value in values])


def _positive(values: list[arb], imaginary: list[float]) -> list[arb] | None:
    """The values in increasing order if they are positive, real to half a float's digits, and distinct."""
    rates = sorted(values, key=float)
    if not all(rate > 0 for rate in rates) or not all(x < y for x, y in itertools.pairwise(rates)):
        return None
    return rates if max(abs(x) for x in imaginary) <= 1e-8 * float(rates[0]) else None
