from __future__ import annotations

import pytest
import sympy as sp

from memcurse.theory.networks.recurrences import (
    LinearRNN,
    Recurrence,
    diagonal,
    diagonal_rnn,
    jordan,
    laplace_of_exponentials,
    oscillating,
    overdamped,
)

R = sp.Rational
s, z = sp.Symbol("s", real=True), sp.Symbol("z", positive=True)
RECURRENCES = [
    diagonal([R(1), R(5, 2)]),
    jordan(R(3, 2), 3),
    oscillating(R(1, 2), R(2), R(1), R(-3)),
    overdamped(R(3), R(2), R(1), R(-3)),
]


@pytest.mark.parametrize("recurrence", RECURRENCES)
def test_propagator_against_the_power_series(recurrence: Recurrence) -> None:
    time, total, term = R(1, 4), sp.zeros(recurrence.W.rows), sp.eye(recurrence.W.rows)
    for k in range(1, 30):
        total += term
        term = term * recurrence.W * time / k
    difference = (recurrence.after(time) - total).evalf(30)
    assert all(abs(x) < 1e-20 for x in difference)


def test_kernel_of_a_diagonal_network_is_its_exponential_sum() -> None:
    kernel = diagonal_rnn([R(2), R(-1)], [R(1), R(3)]).kernel(s)[0, 0]
    assert kernel == 2 * sp.exp(-s) - sp.exp(-3 * s)


@pytest.mark.parametrize("recurrence", RECURRENCES)
def test_transfer_is_the_laplace_transform_of_the_kernel(recurrence: Recurrence) -> None:
    ones = sp.ImmutableMatrix([1] * recurrence.W.rows)
    rnn = LinearRNN(ones, recurrence, ones)
    found = laplace_of_exponentials(rnn.kernel(s)[0, 0], s, z)
    assert sp.simplify(found - rnn.transfer(z)[0, 0]) == 0


def test_laplace_rule_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="must be a sum"):
        laplace_of_exponentials(sp.exp(-(s**2)), s, z)
    with pytest.raises(ValueError, match="must be a sum"):
        laplace_of_exponentials(1 / s, s, z)


def test_ramp_response_against_the_double_integral() -> None:
    rnn = diagonal_rnn([R(2)], [R(3)])
    u = sp.Symbol("u", positive=True)
    expected = sp.integrate((u - s) * 2 * sp.exp(-3 * s), (s, 0, u))
    assert sp.simplify(rnn.ramp_response(u)[0, 0] - expected) == 0
