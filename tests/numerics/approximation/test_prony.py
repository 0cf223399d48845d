"""Gains and poles from samples: made from known ones, against numerical roots, and bad input."""

import random

import numpy as np
import pytest
import sympy as sp
from flint import acb, arb, fmpq

from memcurse import prony
from memcurse.numerics.arithmetic.balls import ball_precision

R = sp.Rational


def _samples(gains, poles, count):
    return [sp.expand(sum(g * p**n for g, p in zip(gains, poles, strict=True))) for n in range(count)]


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("complex_modes", [False, True])
def test_rational_modes_come_back_exactly(width, complex_modes):
    rng = random.Random(width)
    numbers = [R(a, 11) for a in range(-13, 14)]
    poles = rng.sample(numbers, width)
    gains = [R(rng.choice([-3, -1, 2, 5]), rng.randint(1, 9)) for _ in range(width)]
    if complex_modes:
        poles = [p + sp.I * R(rng.randint(-6, 6), 7) for p in poles]
        gains = [g + sp.I * R(rng.randint(-6, 6), 5) for g in gains]
    found = prony(_samples(gains, poles, 2 * width + 1), width)
    assert found.exact
    assert dict(zip(found.poles, found.gains, strict=True)) == dict(zip(poles, gains, strict=True))


def test_irrational_modes_are_enclosed():
    # Fibonacci's numbers: gains and poles in Q(sqrt 5).
    found = prony([0, 1, 1, 2, 3, 5, 8], 2, digits=40)
    with ball_precision(400):
        root = arb(5).sqrt()
        expected = [((1 + root) / 2, 1 / root), ((1 - root) / 2, -1 / root)]
        for pole, gain, (p, g) in zip(found.poles, found.gains, expected, strict=True):
            assert pole.contains(p)
            assert gain.contains(g)
            assert min(pole.rel_accuracy_bits(), gain.rel_accuracy_bits()) >= 132
    assert not found.exact


def test_rational_beside_irrational():
    found = prony([3, "1/2", "17/4", "1/8", "129/16", "1/32"], 3)  # (1/2)^n and sqrt(2)^n + (-sqrt 2)^n
    exact = [p for p in found.poles if isinstance(p, sp.Expr)]
    assert exact == [R(1, 2)]
    assert sorted(float(p) for p in found.poles) == pytest.approx([-(2**0.5), 0.5, 2**0.5])


@pytest.mark.parametrize("seed", range(4))
def test_random_samples_are_reproduced(seed):
    rng = random.Random(seed)
    m = rng.randint(2, 7)
    values = [R(rng.randint(-9, 9), 10) for _ in range(2 * m)]
    found = prony(values, m, digits=20)
    with ball_precision(500):
        for n, value in enumerate(values):
            total = sum((acb(g) * acb(p) ** n for g, p in zip(found.gains, found.poles, strict=True)), acb(0))
            assert total.contains(acb(arb(fmpq(int(value.p), int(value.q)))))
    hankel = np.array([[float(values[i + j]) for j in range(m)] for i in range(m)])
    recurrence = np.linalg.solve(hankel, -np.array([float(x) for x in values[m:]]))
    assert np.sort_complex(np.array([complex(acb(p)) for p in found.poles])) == pytest.approx(
        np.sort_complex(np.roots([1, *recurrence[::-1]])), rel=1e-6
    )


def test_poles_that_nearly_coincide():
    gap = R(1, 10**40)
    found = prony(_samples([1, 1], [R(1, 2), R(1, 2) + gap], 4), 2)
    assert set(found.poles) == {R(1, 2) + gap, R(1, 2)}
    assert found.gains == (1, 1)


def test_sizes_far_apart():
    found = prony(_samples([1, 1], [R(10) ** 30, R(1, 10**30)], 4), 2)
    assert found.poles == (R(10) ** 30, R(1, 10**30))
    assert prony([1, R(10) ** 400], 1).poles == (R(10) ** 400,)
    with pytest.raises(ArithmeticError, match="find apart; got 4 samples"):
        prony(_samples([1, 1], [R(10) ** 400, R(1, 10**400)], 4), 2, digits=15)


def test_floats_are_the_numbers_they_are():
    assert prony([0.1, 0.05], 1).poles == (R(1, 2),)


def test_bad_input():
    with pytest.raises(ValueError, match="at least 2m = 4 numbers; got 3"):
        prony([2, 1, "5/8"], 2)
    with pytest.raises(ValueError, match=r"`m` must be at most 1.*rank 1"):
        prony([1, "1/2", "1/4", "1/8"], 2)
    with pytest.raises(ValueError, match="not all be 0"):
        prony([0, 0], 1)
    with pytest.raises(ValueError, match=r"poles that coincide: 1/2 \(2 times\)"):
        prony([0, "1/2", "1/2", "3/8"], 2)
    with pytest.raises(ValueError, match="gives 1/4 at index 2; got 1/5"):
        prony([1, "1/2", "1/5"], 1)
    with pytest.raises(TypeError, match=r"rational numbers, real or complex; got sqrt\(2\) at index 1"):
        prony([1, sp.sqrt(2)], 1)
    with pytest.raises(ValueError, match="nan"):
        prony([1, float("nan")], 1)
    with pytest.raises(TypeError, match="`m` must be an integer"):
        prony([1, 2], 1.0)


def test_confluent_samples_that_are_irrational_name_their_polynomial():
    # n sqrt(2)^n and n (-sqrt 2)^n: double zeros of z^2 - 2.
    values = [0, 0, 4, 0, 16, 0, 48, 0]
    with pytest.raises(ValueError, match=r"the zeros of z\*\*2 - 2 \(2 times\)"):
        prony(values, 4)
