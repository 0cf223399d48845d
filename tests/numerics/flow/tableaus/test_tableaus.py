"""Tableaus: order conditions, against literature values and by observed order."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from flint import arb

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.flow.tableaus.explicit_pairs import (
    DORMAND_PRINCE_5,
    ExplicitPair,
    TableauError,
    order_defects,
    rooted_trees,
)
from memcurse.numerics.flow.tableaus.radau import radau, radau_arrays, radau_defects


def test_number_of_rooted_trees() -> None:
    # OEIS A000081.
    assert [len(rooted_trees(n)) for n in range(1, 8)] == [1, 1, 2, 4, 9, 20, 48]


def test_dormand_prince_has_order_5_and_not_6() -> None:
    assert order_defects(DORMAND_PRINCE_5.A, DORMAND_PRINCE_5.weights, 5) == {}
    assert order_defects(DORMAND_PRINCE_5.A, DORMAND_PRINCE_5.weights, 6)
    assert order_defects(DORMAND_PRINCE_5.A, DORMAND_PRINCE_5.embedded, 5)
    assert DORMAND_PRINCE_5.nodes[1:4] == (Fraction(1, 5), Fraction(3, 10), Fraction(4, 5))


def test_a_wrong_coefficient_is_refused() -> None:
    rows = [list(row) for row in DORMAND_PRINCE_5.A]
    rows[3][0] += Fraction(1, 10**9)
    with pytest.raises(TableauError, match="order 5"):
        ExplicitPair("wrong", tuple(map(tuple, rows)), DORMAND_PRINCE_5.embedded, 5, 4, "none")
    with pytest.raises(TableauError, match="row 1"):
        ExplicitPair("wrong", ((), ()), (Fraction(1), Fraction(0)), 1, 1, "none")


def test_observed_order_of_the_explicit_pair() -> None:
    A, gap = DORMAND_PRINCE_5.arrays()
    b = np.array([float(x) for x in DORMAND_PRINCE_5.weights])
    c = np.array([float(x) for x in DORMAND_PRINCE_5.nodes])

    def error(weights: np.ndarray, steps: int) -> float:
        y, h = 1.0, 1.0 / steps
        for n in range(steps):  # y' = y cos t, y = exp(sin t)
            k = np.zeros(len(b))
            for i in range(len(b)):
                k[i] = (y + h * A[i] @ k) * np.cos((n + c[i]) * h)
            y += h * float(weights @ k)
        return abs(y - np.exp(np.sin(1.0)))

    assert np.log2(error(b, 32) / error(b, 64)) == pytest.approx(5, abs=0.2)
    assert np.log2(error(b - gap, 64) / error(b - gap, 128)) == pytest.approx(4, abs=0.2)


@pytest.mark.parametrize("stages", [1, 3, 5, 7, 9])
def test_radau_order_conditions_hold_to_many_digits(stages: int) -> None:
    tableau = radau(stages, 300)
    with ball_precision(900):
        assert all(d.contains(0) and float(abs(d).upper()) < 2.0**-300 for d in radau_defects(tableau))
    assert tableau.order == 2 * stages - 1


def test_radau_5_is_the_textbook_one() -> None:
    # Hairer and Wanner II, table IV.5.6.
    root = np.sqrt(6)
    arrays = radau_arrays(3)
    np.testing.assert_allclose(arrays.nodes, [(4 - root) / 10, (4 + root) / 10, 1], rtol=1e-15)
    A = [
        [(88 - 7 * root) / 360, (296 - 169 * root) / 1800, (-2 + 3 * root) / 225],
        [(296 + 169 * root) / 1800, (88 + 7 * root) / 360, (-2 - 3 * root) / 225],
        [(16 - root) / 36, (16 + root) / 36, 1 / 9],
    ]
    np.testing.assert_allclose(arrays.A, A, rtol=1e-14)
    # The error coefficients of RADAU5: gamma0/3 (-13 - 7 sqrt 6, -13 + 7 sqrt 6, -1).
    gamma = 1 / (3 + 3 ** (2 / 3) - 3 ** (1 / 3))
    assert arrays.gamma == pytest.approx(gamma, rel=1e-14)
    np.testing.assert_allclose(
        arrays.error, gamma / 3 * np.array([-13 - 7 * root, -13 + 7 * root, -1]), rtol=1e-13
    )


def test_radau_inverse_and_powers() -> None:
    arrays = radau_arrays(5)
    np.testing.assert_allclose(arrays.A @ arrays.inverse, np.eye(5), atol=1e-13)
    # The polynomial through the stages takes their values at the nodes.
    Z = np.arange(1.0, 6.0)
    coefficients = arrays.powers @ Z
    values = [sum(c * x ** (k + 1) for k, c in enumerate(coefficients)) for x in arrays.nodes]
    np.testing.assert_allclose(values, Z, rtol=1e-12)


def test_double_double_tableau_agrees_beyond_float64() -> None:
    fine, plain = radau_arrays(5, True), radau_arrays(5)
    np.testing.assert_array_equal(fine.A["high"], plain.A)
    assert np.abs(fine.A["low"]).max() > 0
    assert np.all(np.abs(fine.A["low"]) <= np.spacing(np.abs(fine.A["high"])))
    exact = radau(3).nodes[0]
    with ball_precision(200):
        nodes = radau_arrays(3, True).nodes
        assert abs(float((arb(nodes[0]["high"]) + arb(nodes[0]["low"]) - exact).mid())) < 1e-31


def test_bad_numbers_of_stages() -> None:
    with pytest.raises(ValueError, match=r"`stages` must be odd.*got 4"):
        radau(4)
    with pytest.raises(ValueError, match=r"`stages`"):
        radau(17)
    with pytest.raises(TypeError, match=r"`stages` must be an integer"):
        radau(True)
