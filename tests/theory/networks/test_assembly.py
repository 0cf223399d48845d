from __future__ import annotations

import pytest
import sympy as sp

from memcurse.theory.networks.assembly import (
    GeneralRNN,
    block_linear_network,
    block_network,
    blocks,
    residual_output,
)
from memcurse.theory.networks.recurrences import LinearRNN, diagonal, jordan, oscillating

R = sp.Rational
s, z = sp.Symbol("s", real=True), sp.Symbol("z", positive=True)
FIRST = GeneralRNN(
    sp.ImmutableMatrix([1, -2]), sp.ImmutableMatrix([[-1, 3], [R(1, 2), -4]]), sp.ImmutableMatrix([2, 1])
)
SECOND = GeneralRNN(sp.ImmutableMatrix([5]), sp.ImmutableMatrix([[-3]]), sp.ImmutableMatrix([R(1, 3)]))


def test_moments_are_derivatives_of_the_transfer_function() -> None:
    w = sp.Symbol("w", positive=True)
    for k in range(3):
        expected = (-1) ** k * sp.diff(FIRST.transfer(w)[0, 0], w, k)
        assert sp.simplify(FIRST.moment(k, w)[0, 0] - expected) == 0


def test_markov_parameters_are_derivatives_of_the_kernel() -> None:
    rnn = LinearRNN(sp.ImmutableMatrix([1, 2, 3]), jordan(R(3, 2), 3), sp.ImmutableMatrix([1, -1, 1]))
    general = GeneralRNN(rnn.c, rnn.recurrence.W, rnn.U)
    kernel = rnn.kernel(s)[0, 0]
    for k in range(4):
        assert sp.diff(kernel, s, k).subs(s, 0) == general.markov(k)[0, 0]


def test_assembled_kernel_is_the_row_of_kernels() -> None:
    one = LinearRNN(
        sp.ImmutableMatrix([1, 2]), oscillating(R(1), R(2), R(0), R(1)), sp.ImmutableMatrix([1, 0])
    )
    two = LinearRNN(sp.ImmutableMatrix([1, -3]), diagonal([R(1), R(4)]), sp.ImmutableMatrix([1, 1]))
    row = block_linear_network([one, two]).kernel(s)
    assert row.shape == (1, 2)
    assert sp.simplify(row[0] - one.kernel(s)[0, 0]) == 0
    assert sp.simplify(row[1] - two.kernel(s)[0, 0]) == 0


def test_assembled_transfer_and_what_a_coupling_does_to_it() -> None:
    joined = block_network([FIRST, SECOND]).transfer(z)
    assert sp.simplify(joined - sp.Matrix([[FIRST.transfer(z)[0, 0], SECOND.transfer(z)[0, 0]]])) == sp.zeros(
        1, 2
    )
    coupled = block_network([FIRST, SECOND], sp.ImmutableMatrix([1, 0])).transfer(z)
    assert sp.simplify(coupled[0] - joined[0]) == 0
    assert sp.simplify(coupled[1] - joined[1]) != 0


def test_residual_output_adds_up() -> None:
    inputs = [(R(1), R(2)), (R(-1), R(3)), (R(0), R(1))]
    joined = residual_output(block_network([FIRST, SECOND]), inputs, R(1, 10))
    parts = [
        residual_output(network, [(x[i],) for x in inputs], R(1, 10))
        for i, network in enumerate([FIRST, SECOND])
    ]
    assert joined == sum(parts)


def test_one_step_by_hand() -> None:
    assert residual_output(SECOND, [(R(3),)], R(1, 2)) == 5 * R(1, 2) * R(1, 3) * 3


@pytest.mark.parametrize("count", [1, 2, 3])
def test_blocks_have_zeros_elsewhere(count: int) -> None:
    joined = blocks([sp.ones(2, 1)] * count)
    assert joined.shape == (2 * count, count)
    assert sum(joined) == 2 * count
