"""Closed forms of complex modes against numbers: direct sums and inverses of numerical matrices."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from memcurse.theory.modes import blaschke, cauchy, objective

RNG = np.random.default_rng(5)


def modes_and_numbers(count, gain="g", pole="p"):
    h = objective.symbolic_modes(count, gain, pole)
    g = RNG.normal(size=count) + 1j * RNG.normal(size=count)
    p = RNG.uniform(0.1, 0.8, count) * np.exp(2j * np.pi * RNG.uniform(size=count))
    symbols = (*h.g, *h.g_conj, *h.p, *h.p_conj)
    return h, dict(zip(symbols, (*g, *g.conj(), *p, *p.conj()), strict=True)), g, p


def value(expression, numbers):
    symbols = sorted(expression.free_symbols, key=str)
    return complex(sp.lambdify(symbols, expression, "numpy")(*(numbers[s] for s in symbols)))


def test_loss_is_the_direct_sum():
    h, numbers, g, p = modes_and_numbers(3)
    target, more, c, q = modes_and_numbers(2, "c", "q")
    n = np.arange(400)[:, None]
    direct = (abs((g * p**n).sum(1) - (c * q**n).sum(1)) ** 2).sum()
    assert value(objective.loss(h, target), numbers | more) == pytest.approx(direct, rel=1e-12)


@pytest.mark.parametrize("count", [1, 3, 4])
def test_inverse_of_confluent_matrix(count):
    h, numbers, _, _ = modes_and_numbers(count)
    A = objective.gauss_newton(h)
    matrix = np.array([[value(A[i, j], numbers) for j in range(2 * count)] for i in range(2 * count)])
    inverse = np.linalg.inv(matrix)
    for k in range(count):
        assert value(cauchy.gain_variance(h, k), numbers) == pytest.approx(inverse[k, k], rel=1e-5)
        pole = inverse[count + k, count + k]
        assert value(cauchy.pole_variance(h, k), numbers) == pytest.approx(pole, rel=1e-5)
    determinant = value(cauchy.determinant(h, 4) * sp.Mul(*h.g, *h.g_conj), numbers)
    assert determinant == pytest.approx(np.linalg.det(matrix), rel=1e-5)


def test_best_gains_solve_the_normal_equations():
    h, numbers, _, p = modes_and_numbers(4)
    q = sp.Symbol("q")
    numbers[q] = 0.6 - 0.3j
    gains = np.array([value(x, numbers) for x in blaschke.best_gains(h, q)])
    G = 1 / (1 - p.conj()[:, None] * p)
    assert np.linalg.solve(G, 1 / (1 - p.conj() * numbers[q])) == pytest.approx(gains, rel=1e-8)
    n = np.arange(400)[:, None]
    error = (abs((gains * p**n).sum(1) - numbers[q] ** n[:, 0]) ** 2).sum()
    norm = 1 / (1 - abs(numbers[q]) ** 2)
    assert error == pytest.approx(norm * abs(value(blaschke.product(q, h), numbers)) ** 2, rel=1e-8)


def test_coloured_covariance_is_the_sum_over_lags():
    x, y, c, cc = sp.symbols("x y c cc")
    numbers = {x: 0.5 - 0.2j, y: 0.3 + 0.4j, c: 0.6 + 0.1j, cc: 0.6 - 0.1j}
    m, n = np.arange(150)[:, None], np.arange(150)
    lag = m - n
    r = np.where(lag >= 0, numbers[c] ** abs(lag), numbers[cc] ** abs(lag)) / (1 - abs(numbers[c]) ** 2)
    direct = (numbers[x] ** m * numbers[y] ** n * r).sum()
    assert value(objective.coloured_product(x, y, c, cc), numbers) == pytest.approx(direct, rel=1e-12)
