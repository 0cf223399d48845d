"""The constants of the slow manifold against integrals and derivatives taken anew."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

from memcurse.theory.plateau import slow_manifold as slow
from memcurse.theory.targets.kernels import GaussianBump


def test_overlap_is_an_integral_with_a_laguerre_polynomial() -> None:
    w, bump = sp.Rational(3, 2), GaussianBump("9", "2", "1/3")
    for n in range(4):
        with mpmath.workdps(30):
            direct = mpmath.quad(
                lambda t, n=n: (
                    mpmath.exp(-1.5 * t) * mpmath.laguerre(n, 0, 3 * t) * mpmath.exp(-((t - 9) ** 2) / 8) / 3
                ),
                [0, 3, 6, 9, 12, 30],
            )
        assert float(slow.overlap(n, w, bump)) == pytest.approx(float(direct), rel=1e-9)


@pytest.mark.parametrize("share", ["1/5", "1/2", "7/10", "1"])
def test_drift_integral_is_an_incomplete_beta_function(share: str) -> None:
    p = sp.Rational(share)
    assert float(slow.drift_integral(p)) == pytest.approx(
        float(mpmath.betainc(2.5, 2.5, 0, float(p))), rel=1e-12
    )


def test_time_is_what_the_energy_makes_of_the_share() -> None:
    p, a, w, d2 = sp.symbols("p a w d2", positive=True)
    d3 = sp.Symbol("d3", negative=True)
    speed = sp.diff(slow.drift_energy(p, a, w, d2, d3), p) / (2 * a**2)
    slope = sp.diff(slow.drift_time(a, w, slow.drift_integral(p), d2, d3), p)
    assert sp.simplify(speed * slope) == 1


def test_law_is_the_limit_of_the_time() -> None:
    T, w = sp.Integer(10**6), sp.Integer(2)
    strength = slow.bump_strength(w, sp.S.One, sp.S.One)
    d2, d3 = (strength * sp.laguerre(n, 2 * w * T) * sp.exp(-w * T) for n in (2, 3))
    ratio = slow.drift_time(sp.S.One, w, sp.S.One, d2, d3) / slow.escape_law(
        sp.S.One, w, sp.S.One, sp.S.One, sp.S.One, T
    )
    assert float(sp.N(ratio, 20)) == pytest.approx(1, abs=1e-5)


def test_shift_undoes_itself_when_the_names_are_exchanged() -> None:
    a, p, s = sp.symbols("a p s", positive=True)
    assert sp.simplify(slow.split_shift(a, p, s) + slow.split_shift(a, 1 - p, s)) == 0
