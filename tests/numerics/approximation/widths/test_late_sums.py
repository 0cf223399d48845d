"""Sums for a late bump: their distances by float quadrature at high precision of the sum, and the budget."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from mpmath import mp

import memcurse as mc
from memcurse.numerics.approximation.widths.late_sums import late_bump, late_sum


@pytest.mark.parametrize(("norm", "slack"), [("l1", 2.5), ("l2", 1.001)])
def test_distance_by_quadrature(norm: str, slack: float) -> None:
    found = late_sum(mc.GaussianBump(5), 6, norm)
    times = np.linspace(0, 40, 4001)
    with mp.workprec(300):
        values = [
            mpmath.fsum(a * mpmath.exp(-w * x) for a, w in zip(found.a, found.w, strict=True))
            - mpmath.exp(-((x - 5) ** 2) / 2)
            for x in map(mpmath.mpf, times[::2])
        ]
    r = np.abs(np.array([float(x) for x in values]))
    step = times[2] - times[0]
    size = np.trapezoid(r, dx=step) if norm == "l1" else np.trapezoid(r**2, dx=step) ** 0.5
    assert size * 0.995 <= float(found.distance) <= slack * size


def test_certified_width_takes_the_bump() -> None:
    width = mc.certified_width(mc.GaussianBump(5), sp.Rational(1, 2))
    assert width.met
    assert mc.least_width(mc.GaussianBump(5), sp.Rational(1, 2), "l1") <= width.m <= 12


def test_budget_too_small() -> None:
    width = mc.certified_width(mc.GaussianBump(5), sp.Rational(1, 2), budget=3)
    assert not width.met
    assert width.m <= 3


@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_exponentials_beside_the_bump_stay_as_they_are(norm: str) -> None:
    """Eq. (125) with numbers that binary does not hold: the distance proved covers their rounding."""
    bump = mc.GaussianBump(5)
    alone = mc.certified_width(bump, "1/2", norm)
    both = mc.certified_width(mc.ExponentialSum(["1/3"], ["1/7"]) + bump, "1/2", norm)
    assert both.met
    assert both.m == alone.m + 1
    loss = float(mc.Objective(mc.ExponentialSum(["1/3"], ["1/7"]) + bump).loss(both.a, both.w, digits=30))
    if norm == "l2":
        assert loss**0.5 <= float(both.error_enclosure.upper())


def test_a_bump_is_late_at_any_delay_and_alone_beside_exponentials() -> None:
    early, terms = mc.GaussianBump("1/2"), mc.ExponentialSum([1, 2], [1, 3])
    assert late_bump(early) == (None, early)
    assert late_bump(terms + early) == (terms, early)
    assert late_bump(early + mc.GaussianBump(3)) is None
    assert late_bump(terms) is None
    assert late_bump(mc.PowerLaw("1/2") + early) is None
    assert late_bump("exp(-t)") is None
