"""Sequences of long memory: terms, moments and norms against sums, in every arithmetic; bad input."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from mpmath import mp

import memcurse as mc

SEQUENCES = [mc.FractionalSequence("3/10"), mc.PowerSequence("3/2"), mc.PowerSequence("3/5")]


def term(sequence: object, n: object) -> mpmath.mpf:
    if isinstance(sequence, mc.FractionalSequence):
        d = mpmath.mpf(int(sequence.d.p)) / int(sequence.d.q)
        return mpmath.rf(d, n) / mpmath.factorial(n)
    return mpmath.power(n + 1, -mpmath.mpf(int(sequence.alpha.p)) / int(sequence.alpha.q))


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_terms(sequence: object) -> None:
    for n in range(6):
        assert float(sequence.term(n)) == pytest.approx(float(term(sequence, n)), rel=1e-14)


@pytest.mark.parametrize("sequence", SEQUENCES)
@pytest.mark.parametrize("pole", ["-3/4", "0", "1/2", "9/10"])
def test_loss_is_the_sum_where_the_poles_are_real(sequence: object, pole: str) -> None:
    with mp.workdps(25):
        p = mpmath.mpf(sp.Rational(pole).p) / sp.Rational(pole).q
        moments = [
            mpmath.fsum(mpmath.ff(n, k) * p ** (n - k) * term(sequence, n) for n in range(k, 900))
            for k in range(3)
        ]
        norm = (
            mpmath.nsum(lambda n: term(sequence, n) ** 2, [0, mpmath.inf])
            if sequence == SEQUENCES[1]
            else None
        )
        gradient = [2 / (1 - p**2) - 2 * moments[0], 2 * (p / (1 - p**2) ** 2 - moments[1])]
        curved = 2 * (1 + p**2) / (1 - p**2) ** 3 + 2 * (2 * p**2 / (1 - p**2) ** 3 - moments[2])
        objective = mc.DiscreteObjective(sequence)
        assert objective.gradient([1.0], [float(p)]) == pytest.approx(
            [float(v) for v in gradient], rel=1e-9, abs=1e-12
        )
        assert objective.hessian([1.0], [float(p)])[1, 1] == pytest.approx(float(curved), rel=1e-9)
        exact = objective.enclose([1], [pole], 20)
        assert float(exact.hessian[1, 1].mid()) == pytest.approx(float(curved), rel=1e-12)
        if norm is not None:
            loss = 1 / (1 - p**2) - 2 * moments[0] + norm
            assert float(exact.loss.mid()) == pytest.approx(float(loss), rel=1e-9)


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_norm_against_partial_sums(sequence: object) -> None:
    n = np.arange(200_000.0)
    if isinstance(sequence, mc.FractionalSequence):
        values = np.cumprod(np.concatenate([[1.0], (float(sequence.d) + n[:-1]) / n[1:]]))
        power, scale = 2 - 2 * float(sequence.d), 1 / float(sp.gamma(sequence.d)) ** 2
    else:
        values, power, scale = (n + 1) ** -float(sequence.alpha), 2 * float(sequence.alpha), 1.0
    rest = scale * n.size ** (1 - power) / (power - 1)
    assert float(sequence.squared_norm()) == pytest.approx((values**2).sum() + rest, rel=1e-5)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: mc.FractionalSequence("1/2"), "`d` must lie strictly between 0 and 1/2"),
        (lambda: mc.FractionalSequence(0), "`d` must be positive"),
        (lambda: mc.PowerSequence("1/2"), "`alpha` must be above 1/2"),
    ],
)
def test_bad_input_names_argument_and_rule(make: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make()
