"""Inertia against constructions with known signs, and against numpy where the matrix is well separated."""

import random
from fractions import Fraction

import numpy as np
import pytest
from flint import arb, arb_mat, fmpq, fmpq_mat

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.matrices.inertia import ball_inertia, exact_inertia, inertia_about, shifted
from memcurse.theory.landscape.equivalent_parameters import Inertia


def congruent(signs, rng):
    """``A^T diag(signs) A`` with a random regular integer matrix: Sylvester gives its inertia."""
    n = len(signs)
    while True:
        A = fmpq_mat(n, n, [rng.randint(-3, 3) for _ in range(n * n)])
        if A.det() != 0:
            D = fmpq_mat(
                n,
                n,
                [
                    fmpq(signs[i], rng.randint(1, 9)) if i == j else fmpq(0)
                    for i in range(n)
                    for j in range(n)
                ],
            )
            return A.transpose() * D * A


@pytest.mark.parametrize("seed", range(40))
def test_exact_inertia_of_congruent_matrices(seed):
    rng = random.Random(seed)
    signs = [rng.choice((-1, 0, 1)) for _ in range(rng.randint(1, 8))]
    wanted = Inertia(signs.count(1), signs.count(0), signs.count(-1))
    assert exact_inertia(congruent(signs, rng)) == wanted


@pytest.mark.parametrize("seed", range(20))
def test_balls_agree_or_do_not_decide(seed):
    rng = random.Random(seed)
    signs = [rng.choice((-1, 0, 1)) for _ in range(rng.randint(1, 6))]
    matrix = congruent(signs, rng)
    with ball_precision(300):
        n = matrix.nrows()
        balls = arb_mat(n, n, [arb(matrix[i, j]) + arb(0, 1e-60) for i in range(n) for j in range(n)])
        inertia = ball_inertia(balls)
    if 0 in signs:
        assert inertia is None
    else:
        assert inertia == Inertia(signs.count(1), 0, signs.count(-1))


def test_zero_diagonal_needs_a_block_of_two():
    assert exact_inertia([[0, 1], [1, 0]]) == (1, 0, 1)
    assert exact_inertia([[0, 0, 1], [0, 0, 1], [1, 1, 0]]) == (1, 1, 1)
    assert exact_inertia([[Fraction(1, 3)]]) == (1, 0, 0)
    assert exact_inertia([[0]]) == (0, 1, 0)
    assert ball_inertia(arb_mat([[0, 1], [1, 0]])) == (1, 0, 1)
    assert ball_inertia(arb_mat([[arb(0, 1)]])) is None
    assert ball_inertia(arb_mat(2, 2)) == (0, 2, 0)


@pytest.mark.parametrize("seed", range(10))
def test_counts_about_a_shift_match_eigenvalues(seed):
    rng = np.random.default_rng(seed)
    A = rng.integers(-9, 10, (6, 6))
    A = A + A.T
    eigenvalues = np.linalg.eigvalsh(A)
    shift = fmpq(int(rng.integers(-80, 80)), 8)
    if abs(eigenvalues - float(shift.p) / float(shift.q)).min() < 1e-6:
        return
    above = int((eigenvalues > float(shift.p) / float(shift.q)).sum())
    assert inertia_about(lambda digits: arb_mat(A.tolist()), shift) == (above, 0, 6 - above)


def test_precision_is_raised_until_the_gap_is_seen():
    tiny = fmpq(1, 10**200)

    def matrix(digits):
        return arb_mat([[arb(fmpq(1, 3)), arb(fmpq(1, 3))], [arb(fmpq(1, 3)), arb(fmpq(1, 3) + tiny)]])

    assert inertia_about(matrix, fmpq(0), 20) == (2, 0, 0)
    assert inertia_about(lambda digits: arb_mat([[arb(1, 1)]]), fmpq(0), 20) is None


def test_bad_matrices():
    with pytest.raises(ValueError, match="must be symmetric"):
        exact_inertia([[0, 1], [2, 0]])
    with pytest.raises(ValueError, match="must be square"):
        exact_inertia([[0, 1]])
    with pytest.raises(ValueError, match="must be square"):
        ball_inertia(arb_mat(2, 3))
    with pytest.raises(TypeError, match="rational"):
        exact_inertia([[0.5]])


def test_shifted():
    assert shifted(arb_mat([[3, 1], [1, 3]]), fmpq(2)) == arb_mat([[1, 1], [1, 1]])
