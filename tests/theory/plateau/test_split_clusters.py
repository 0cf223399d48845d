"""Stable splits against their forms, moments against sums, the drift's integral against quadrature."""

from __future__ import annotations

import random

import mpmath
import pytest
import sympy as sp

from memcurse.theory.plateau.split_clusters import (
    drift_factor,
    is_stable,
    signed_drift_integral,
    split,
    stable_splits,
    two_cluster_moments,
)


def form_is_positive(slow: list[sp.Rational], fast: list[sp.Rational], sign: int) -> bool:
    """The form on its hyperplanes, written out, by leading minors."""
    blocks = []
    for part, factor in ((slow, -sign), (fast, sign)):
        # u_1 = -sum_{i>1} a_i u_i / a_1.
        n = len(part) - 1
        blocks.append(
            sp.Matrix(
                n,
                n,
                lambda i, j, part=part, factor=factor: (
                    factor * (part[i + 1] * part[j + 1] / part[0] + (part[i + 1] if i == j else 0))
                ),
            )
        )
    return all(block[:k, :k].det() > 0 for block in blocks for k in range(1, block.rows + 1))


def test_stability_is_that_of_the_form() -> None:
    draw = random.Random(4)
    kinds = set()
    for _ in range(150):
        m = draw.randint(2, 5)
        a = [sp.Rational(draw.choice([-1, 1]) * draw.randint(1, 40), 7) for _ in range(m)]
        n = draw.randint(1, m - 1)
        slow, fast = a[:n], a[n:]
        if not (sp.Add(*slow) and sp.Add(*fast)):
            continue
        for sign in (1, -1):
            found = is_stable(slow, fast, sign)
            assert found is form_is_positive(slow, fast, sign)
            kinds.add((m > 2, found))
    assert kinds == {(True, True), (True, False), (False, True)}


@pytest.mark.parametrize("m", [2, 3, 5, 8])
def test_positive_amplitudes_part_one_slow_unit(m: int) -> None:
    a = [sp.Rational(k, 3) for k in range(1, m + 1)]
    found = stable_splits(a)
    assert [x.slow for x in found] == [(k,) for k in range(m)]
    assert all(x.factor == sp.Rational(m, 2 * (m - 1)) for x in found)
    assert sum(x.share for x in found) == 1
    assert stable_splits(a, -1) == []


def test_both_signs() -> None:
    a = [sp.Rational(9, 10), sp.Rational(4, 10), sp.Rational(-3, 10)]
    assert [(x.slow, x.share) for x in stable_splits(a)] == [
        ((0, 2), sp.Rational(3, 5)),
        ((1, 2), sp.Rational(1, 10)),
    ]
    # Where no positive unit outweighs the negative ones, nothing rests.
    assert stable_splits([sp.Integer(2), sp.Integer(2), sp.Integer(-3)]) == []
    assert split(a, [2, 0]) == stable_splits(a)[0]
    assert drift_factor(2, 1) == sp.Rational(3, 4)


def test_moments_of_two_clusters() -> None:
    a, p, s = sp.symbols("a p s", positive=True)
    first, second, third = two_cluster_moments(a, p, s)
    assert sp.expand(first) == 0
    assert sp.expand(second - a * p * (1 - p) * s**2) == 0
    assert sp.expand(third - a * p * (1 - p) * (2 * p - 1) * s**3) == 0


@pytest.mark.parametrize("share", ["-2", "-3/10", "7/10"])
def test_signed_integral(share: str) -> None:
    p = sp.Rational(share)
    direct = mpmath.quad(lambda x: abs(x * (1 - x)) ** 1.5, [0, float(p)])
    assert float(signed_drift_integral(p)) == pytest.approx(abs(float(direct)), rel=1e-10)
