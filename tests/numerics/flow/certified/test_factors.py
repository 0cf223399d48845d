"""Corrections of Newton's method along a valley, beside those of factors of all digits."""

from __future__ import annotations

from flint import arb, arb_mat

import memcurse as mc
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.flow.certified import chebyshev_series as series
from memcurse.numerics.flow.certified.factors import FACTORS
from memcurse.numerics.flow.certified.gradient_system import GradientSystem

_DEGREE, _LENGTH = 8, 10**20
_PLACE = [arb(x) / 10 for x in (5, 3, 2, 10, 10, 10)]


def _errors() -> list[float]:
    """How far the corrections of each kind are from the last, as a share; the residual lies in the valley."""
    objective = mc.Objective(mc.ExponentialSum([1], [1]) + mc.GaussianBump(delay=48))
    with ball_precision(180):
        points = arb_mat(_DEGREE, 6, [x.mid() for _ in range(_DEGREE) for x in _PLACE])
        D = (series.differentiation(_DEGREE) * (arb(2) / _LENGTH)).mid()
        forces = GradientSystem(objective, 3).forces_along(points, arb_mat(_DEGREE, 6))
        # The amplitudes' sum is fixed by the short part, so that this direction is soft.
        residual = [(arb(x) / _LENGTH).mid() for _ in range(_DEGREE) for x in (1, -1, 0, 0, 0, 0)]
        found = []
        for make in FACTORS:
            solve = make(D, forces)
            assert solve is not None
            found.append([float(x) for x in solve(residual)])
    exact = found[-1]
    size = max(map(abs, exact))
    return [max(abs(x - y) for x, y in zip(kind, exact, strict=True)) / size for kind in found[:-1]]


def test_turned_factors_hold_the_soft_directions_and_plain_ones_do_not() -> None:
    plain, turned = _errors()
    assert turned < 1e-8
    assert plain > 0.2
