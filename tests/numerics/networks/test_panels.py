from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.networks.recurrent_kernel import RecurrentKernel
from memcurse.numerics.networks.simulation import BallRNN
from memcurse.numerics.objective.functionals import Kernel
from memcurse.theory.notation import t

#: Networks with their kernels written out, for the routes of `norms.Kernel`.
PAIRS = [
    (
        RecurrentKernel.diagonal([1, -6, 10, "-9/2"], [1, 2, 3, 5]),
        sp.exp(-t) - 6 * sp.exp(-2 * t) + 10 * sp.exp(-3 * t) - sp.Rational(9, 2) * sp.exp(-5 * t),
    ),
    (RecurrentKernel([1, 0], [[-1, -2], [2, -1]], [1, 0]), sp.exp(-t) * sp.cos(2 * t)),
    (
        RecurrentKernel([1, -2, 0], [[-1, 1, 0], [0, -1, 1], [0, 0, -1]], [0, 0, 1]),
        sp.exp(-t) * (t**2 / 2 - 2 * t),
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("network", "expression"), PAIRS)
def test_norm_signs_and_tails_against_the_written_kernel(
    network: RecurrentKernel, expression: sp.Expr
) -> None:
    panels, written = network.input(0), Kernel(expression)
    with ball_precision(110):
        assert panels.l1_norm(40).overlaps(written.l1_norm(40))
        assert abs(panels.l1_norm(40) - written.l1_norm(40)).upper() < 1e-10
        for x in (Fraction(0), Fraction(7, 3)):
            for power in (0, 1):
                assert panels.tail(x, power).overlaps(written.tail(x, power))
        signs = [p.sign for p in panels.pieces(40)[0] if p.sign]
        theirs = [p.sign for p in written.pieces(40)[0] if p.sign]
        assert signs[: len(theirs) // 2] == theirs[: len(theirs) // 2]
        knots, values = [Fraction(0), Fraction(1, 2), Fraction(3)], [Fraction(1), Fraction(-1), Fraction(0)]
        assert panels.answer(knots, values).overlaps(written.answer(knots, values))


def test_stiff_kernel_in_few_panels() -> None:
    # Rates over nine decades; int |.| = 10^4 + 1 - 10^-5 because the sum is positive.
    network = RecurrentKernel.diagonal([1, 1, -1], ["1/10000", 1, 100000])
    norm = network.input(0).l1_to(15)
    with ball_precision(80):
        assert norm.contains(arb(10001) - arb(1) / 100000)
    assert norm.rel_accuracy_bits() >= 49


def test_chain_of_large_growth() -> None:
    # e^{-t} (10^3 t)^2/2: grows to 10^5 before it decays, its integral is 10^6.
    network = RecurrentKernel([1, 0, 0], [[-1, 1000, 0], [0, -1, 1000], [0, 0, -1]], [0, 0, 1])
    assert network.l1_norms()[0].contains(10**6)


def test_a_kernel_that_is_0_has_norm_0() -> None:
    network = RecurrentKernel([1, -1], [[-1, 0], [0, -1]], [[1, 1], [1, 0]])
    zero, other = network.l1_norms()
    assert zero.is_zero()
    assert other.contains(1)
    assert network.enclose(1)[0].is_zero()
    tiny = RecurrentKernel(["1e-60"], [[-1]], [1]).l1_norms()[0]
    assert tiny > 0
    assert tiny.rel_accuracy_bits() >= 49


def test_a_zero_that_only_touches() -> None:
    # e^{-t} (1 - t)^2 never changes sign; its integral is 1.
    network = RecurrentKernel([1, 0, 0], [[-1, 1, 0], [0, -1, 1], [0, 0, -1]], [1, -2, 2])
    assert network.l1_norms()[0].contains(1)
    with ball_precision(110):
        assert {p.sign for p in network.input(0).pieces(40)[0]} <= {0, 1}


def test_forward_state_against_the_convolution() -> None:
    network = RecurrentKernel([1, -1], [[-1, 3], [-3, -2]], [[1, 0], [2, 1]])
    times = [Fraction(0), Fraction(1), Fraction(5, 2), Fraction(4)]
    values = [
        (Fraction(0), Fraction(0)),
        (Fraction(1), Fraction(-1)),
        (Fraction(-2), Fraction(1, 3)),
        (Fraction(1), Fraction(1)),
    ]
    with ball_precision(110):
        forward = BallRNN(*network.matrices()).after_lines(times, values)
        backward = arb(0)
        for i in range(2):
            ages = [times[-1] - x for x in reversed(times)]
            backward += network.input(i).answer(ages, [x[i] for x in reversed(values)])
        # Behind the oldest knot the input keeps its value there, which is 0.
        assert abs(forward - backward).upper() < 1e-25


@pytest.mark.slow
def test_a_kernel_that_rings_too_long_is_refused() -> None:
    network = RecurrentKernel([1, 0], [["-1e-6", 1], [-1, "-1e-6"]], [1, 0])
    with pytest.raises(ArithmeticError, match="`W` must be damped enough"):
        network.l1_norms()


@pytest.mark.slow
def test_a_dense_network_of_order_12() -> None:
    rows = [[((7 * i + 3 * j) % 11 - 5) / 16 - 3 * (i == j) for j in range(12)] for i in range(12)]
    network = RecurrentKernel([1, -1] * 6, rows, [1, 2, 3] * 4)
    norm = network.l1_norms()[0]
    t = np.linspace(0, 12, 4001)
    assert float(norm.mid()) == pytest.approx(np.trapezoid(np.abs(network.at(t)[:, 0]), t), rel=1e-4)
    assert norm.rel_accuracy_bits() >= 49
