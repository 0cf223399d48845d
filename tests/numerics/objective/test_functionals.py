from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
import scipy.integrate
import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.functionals import Kernel, sign_pieces
from memcurse.theory.notation import t

KERNELS = [sp.exp(-t) - 3 * sp.exp(-3 * t), sp.airyai(2 * t - 6), (1 + t) ** -3, t * sp.exp(-t)]


@pytest.mark.parametrize("expression", KERNELS, ids=str)
def test_l1_norm_against_float_quadrature(expression: sp.Expr) -> None:
    f = lower(expression, (t,), "float64")
    # Pieces up to 60: what lies behind is below 2e-4 for the power law only, where it is known.
    rest = 0.5 / 61**2 if expression.has(sp.Pow(1 + t, -3)) else 0.0
    value = sum(
        scipy.integrate.quad(lambda x: abs(f(x)), k / 4, (k + 1) / 4, limit=200)[0] for k in range(240)
    )
    with ball_precision(110):
        norm = Kernel(expression).l1_norm(40)
        assert norm.rad() < arb(2) ** -30
        assert float(norm) == pytest.approx(value + rest, rel=1e-7)


def test_l1_norm_by_hand() -> None:
    # |e^-t - 3 e^-3t| changes sign at ln(3)/2: the norm is 2 (e^-z - e^-3z) = 4/(3 sqrt 3).
    with ball_precision(110):
        norm = Kernel(KERNELS[0]).l1_norm(40)
        assert norm.contains(arb(4) / (3 * arb(3).sqrt()))


def test_sign_pieces_cover_the_interval_and_are_right() -> None:
    with ball_precision(80):
        pieces = sign_pieces(lambda x: x * x - 2, Fraction(0), Fraction(4), Fraction(1, 2**20))
    assert [piece.sign for piece in pieces] == [-1, 0, 1]
    assert pieces[0].start == 0
    assert pieces[-1].end == 4
    assert all(p.end == q.start for p, q in itertools.pairwise(pieces))
    assert pieces[1].start ** 2 <= 2 <= pieces[1].end ** 2


def test_answer_to_straight_lines_against_the_integral() -> None:
    knots = [Fraction(0), Fraction(1), Fraction(3), Fraction(7, 2)]
    values = [Fraction(1, 2), Fraction(-1), Fraction(1), Fraction(0)]

    def g(s: float) -> float:
        import numpy as np

        return float(np.interp(s, [float(x) for x in knots], [float(x) for x in values]))

    f = lower(KERNELS[1], (t,), "float64")
    expected = sum(
        scipy.integrate.quad(lambda s: f(s) * g(s), float(a), float(b))[0]
        for a, b in itertools.pairwise(knots)
    )
    with ball_precision(110):
        assert float(Kernel(KERNELS[1]).answer(knots, values)) == pytest.approx(expected, rel=1e-9)


def test_kernel_that_is_not_integrable_is_refused() -> None:
    with ball_precision(80), pytest.raises(ArithmeticError, match="integrable tail"):
        Kernel((1 + t) ** -1).cut(arb(1) / 100)
