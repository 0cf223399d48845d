from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import memcurse as mc
from memcurse.numerics.approximation.l1.distance import l1_error
from memcurse.theory.approximation.fast_rates import bounded_floor, l1_ratio, l2_ratio, positive_floor

R = sp.Rational


def test_the_most_that_one_term_has_late_is_attained() -> None:
    # One exponential of rate beta: its norm behind x is below ratio times that before h, and is near it for small h.
    beta, x = R(1, 2), R(6)
    for h in (R(1, 100), R(1), R(4)):
        head1, tail1 = (1 - sp.exp(-beta * h)) / beta, sp.exp(-beta * x) / beta
        head2 = sp.sqrt((1 - sp.exp(-2 * beta * h)) / (2 * beta))
        tail2 = sp.sqrt(sp.exp(-2 * beta * x) / (2 * beta))
        for tail, head, ratio in ((tail1, head1, l1_ratio), (tail2, head2, l2_ratio)):
            share = float(tail / (ratio(beta, x, h) * head))
            assert share <= 1
            assert h > R(1, 10) or share > 0.98


def test_floor_is_where_the_inequality_is_an_equation() -> None:
    T, M, kappa = sp.symbols("T M kappa", positive=True)
    e = positive_floor(T, M, kappa)
    assert sp.simplify(T - e - kappa * (M + e)) == 0
    assert positive_floor(T, M, 0) == T


@pytest.mark.parametrize("seed", range(6))
def test_no_positive_sum_with_fast_rates_is_below_the_floor(seed: int) -> None:
    rng = np.random.default_rng(seed)
    beta = float(rng.choice([0.1, 0.3, 1.0]))
    w = beta * (1 + rng.exponential(3, 3))
    J = mc.Objective(mc.PowerLaw(1))
    # The best amplitudes for these rates, where positive; else a random choice.
    gram, moments = 1 / (w[:, None] + w), -J.gradient(np.zeros(3), w)[:3] / 2
    a = np.linalg.solve(gram, moments)
    a = a if (a > 0).all() else rng.exponential(0.3, 3)
    error = J.loss(a, w) ** 0.5
    for x, h in ((20.0, 2.0), (60.0, 1.0), (200.0, 5.0)):
        tail, head = ((1 + x) ** -3 / 3) ** 0.5, ((1 - (1 + h) ** -3) / 3) ** 0.5
        assert float(positive_floor(tail, head, l2_ratio(beta, x, h))) < error


@pytest.mark.parametrize("beta", ["1/2", "1/10"])
def test_no_bounded_sum_with_fast_rates_is_below_the_floor(beta: str) -> None:
    rate = R(beta)
    error = l1_error(mc.PowerLaw(1), [R(1, 2), R(1, 2)], [rate, 3 * rate], digits=10)
    floors = [float(bounded_floor(R(1) / (1 + x), 1, rate, x)) for x in range(1, 100)]
    assert 0 < max(floors) < float(error.lower())


def test_bounded_floor_is_attained_behind_x() -> None:
    # The kernel 2 A e^{-beta t} and the sum A e^{-beta t}: what they differ by behind x is the floor itself.
    A, beta, x, t = sp.symbols("A beta x t", positive=True)
    tail = sp.integrate(2 * A * sp.exp(-beta * t), (t, x, sp.oo))
    gap = sp.integrate(A * sp.exp(-beta * t), (t, x, sp.oo))
    assert sp.simplify(bounded_floor(tail, A, beta, x) - gap) == 0
