from __future__ import annotations

import itertools

import pytest
import scipy.integrate
import sympy as sp

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.by_quadrature import model, smooth_pieces, squared_distance
from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import GaussianBump, PowerLaw
from memcurse.theory.targets.target import ExponentialSum, Target

A, W = (sp.Rational(1), sp.Rational(-1, 2)), (sp.Rational(1), sp.Rational(3))
TARGETS = [
    ExponentialSum(["2"], ["1/2"]) + GaussianBump("4"),
    ExponentialSum(["2"], ["1/2"]).delayed("3/2") + ExponentialSum(["1"], ["1"]),
    PowerLaw("1").delayed("1") + GaussianBump("4").delayed("1"),
]


@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("until", [None, 1, 5])
def test_squared_distance_against_float_quadrature(target: Target, until: int | None) -> None:
    rho, rho_hat = (lower(x, (t,), "float64") for x in (target.expression, model(A, W)))
    breaks = [0.0, 1.0, 1.5, 4.0, 5.0, 9.0, 40.0, 2e3, 1e6]
    end = 1e6 if until is None else float(until)
    expected = sum(
        scipy.integrate.quad(lambda x: (rho(x) - rho_hat(x)) ** 2, a, b)[0]
        for a, b in itertools.pairwise(breaks)
        if b <= end
    )
    with precision(30):
        found = squared_distance(target, A, W, until=None if until is None else sp.Integer(until))
    assert float(found) == pytest.approx(expected, rel=1e-8)


def test_a_delay_splits_the_kernel() -> None:
    pieces = smooth_pieces(TARGETS[1])
    assert [start for start, _ in pieces] == [0, sp.Rational(3, 2)]
    assert pieces[0][1] == sp.exp(-t)
