"""Times of the natural gradient flow without following it: against quadrature and integration."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from flint import arb
from scipy.integrate import quad, solve_ivp

from memcurse.numerics.arithmetic.balls import to_mpf
from memcurse.numerics.flow.events import Displacement
from memcurse.numerics.flow.fields.natural import gram_matrix
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plateau import natural_escape
from memcurse.numerics.plateau.natural_escape import (
    SmallUnit,
    leading_time,
    reduced_time,
    runaway_integral,
    small_unit,
)
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.plateau.natural_gradient import gram_off
from memcurse.theory.targets.kernels import GaussianBump

START = (["0.475", "0.525"], ["1.05", "0.95"])
SCALE = math.sqrt(2 * math.pi) * math.exp(0.5)


@pytest.mark.parametrize("start", [-3.0, -0.25, 0.0, 0.7, 4.0])
def test_the_runaway_integral_by_quadrature(start: float) -> None:
    """``1/E`` by Gauss-Legendre of the mean ``int s(1-s) e^{sx} ds`` instead of the closed form."""
    s, weights = np.polynomial.legendre.leggauss(40)
    s = (1 + s) / 2

    def pace(x: float) -> float:
        return 2.0 / float(np.sum(weights * s * (1 - s) * np.exp(s * x)))

    direct = quad(pace, start, 80, epsabs=0, epsrel=1e-10, limit=200)[0]
    found = runaway_integral(arb(start))
    assert float(found.mid()) == pytest.approx(direct, rel=1e-9)
    assert float(found.rad()) < 1e-12


@pytest.mark.parametrize("start", [-101.0, 51.0, math.nan])
def test_the_runaway_integral_has_a_range(start: float) -> None:
    with pytest.raises(ValueError, match=r"`start` must lie in \[-100, 50\]"):
        runaway_integral(start)


@pytest.mark.slow
def test_the_reduced_flow_by_its_equations_of_motion() -> None:
    """The unit pinned at rate 1 and a small one, projected with the Gram matrix of all four functions."""
    T, unit = 30, SmallUnit(2.5e-3, 0.05, 0.0)
    far = GaussianBump(T)
    moment = [sp.lambdify(sp.Symbol("w"), far.moment(n, sp.Symbol("w")), "mpmath") for n in range(2)]

    def slope(time: float, y: np.ndarray) -> list[float]:
        """Of the logarithm of the amplitude, and of the split: in 40 digits, as the Gram matrix is nearly singular."""
        with mpmath.workdps(40):
            amplitude, v = mpmath.exp(mpmath.mpf(y[0])), 1 - mpmath.mpf(y[1])
            rates = [mpmath.mpf(1), v]
            G = mpmath.matrix(4)
            for i in range(2):
                for j in range(2):
                    s = rates[i] + rates[j]
                    G[i, j], G[i, j + 2], G[i + 2, j], G[i + 2, j + 2] = 1 / s, 1 / s**2, 1 / s**2, 2 / s**3
            right = mpmath.matrix([moment[0](r) for r in rates] + [moment[1](r) for r in rates])
            x = mpmath.lu_solve(G, right)
            return [float(-1 + x[1] / amplitude), float(x[3] / amplitude)]

    first = math.log(unit.mass / unit.split**2)

    def away(time: float, y: np.ndarray) -> float:
        return float(y[1] - 0.6)

    away.terminal = True  # type: ignore[attr-defined]
    run = solve_ivp(slope, (0, 20), [first, unit.split], rtol=1e-9, atol=1e-12, events=away)
    assert float(reduced_time(far, unit)) == pytest.approx(float(run.t[-1]), rel=1e-3)


def test_the_reduced_flow_tends_to_its_limit() -> None:
    unit = SmallUnit(1.0, 0.0, 0.0)
    off = [
        float(reduced_time(GaussianBump(T), unit) - leading_time(T, unit, SCALE)) * T for T in (200, 400, 800)
    ]
    # A series in 1/T: the first coefficient settles as 1/T.
    assert off[0] - off[1] == pytest.approx(2 * (off[1] - off[2]), rel=0.1)
    assert off[2] == pytest.approx(13.2, abs=0.05)


@pytest.mark.slow
def test_a_small_split_makes_the_unit_of_its_moments() -> None:
    unit = small_unit(["0.3", "0.7"], ["1.002", "0.999"])
    second, third = (0.3 * 0.002**k * (-1) ** k + 0.7 * 0.001**k for k in (2, 3))
    assert unit.mass == pytest.approx(second, rel=1e-2)
    assert unit.split == pytest.approx(third / second, rel=1e-2)


@pytest.mark.slow
def test_starts_that_come_down_to_no_small_unit_are_refused() -> None:
    with pytest.raises(ValueError, match="must come down to one unit and a small one"):
        small_unit(["1.5", "-0.5"], ["1.01", "0.97"])


def test_a_far_part_that_pushes_the_other_way_is_refused() -> None:
    with pytest.raises(ValueError, match="`far` must pull towards slower rates"):
        reduced_time(GaussianBump(30, 1, -1), SmallUnit(1e-3, 1e-3, 0.0))
    with pytest.raises(ValueError, match="`drop` must be below what a slow unit gains"):
        reduced_time(GaussianBump(30), SmallUnit(1e-3, 1e-3, 0.0), drop=1.0)


@pytest.mark.slow
@pytest.mark.parametrize("delay", [32, 48])
def test_the_full_flow(delay: int) -> None:
    run = gradient_flow(
        Objective(example_target(delay)), *START, Displacement("0.9"), rtol=1e-6, metric="natural"
    )
    reduced = float(reduced_time(GaussianBump(delay), small_unit(*START)))
    assert float(run.event_time) == pytest.approx(reduced, abs=4e-4)


@pytest.mark.slow
def test_amplitudes_however_small_are_followed_to_the_tolerance() -> None:
    """At T = 100 the small amplitude is 1e-28 when it decides: it may not be followed to 1e-8 of the large one."""
    found = [
        float(
            gradient_flow(
                Objective(example_target(100)),
                *START,
                Displacement("0.9"),
                rtol=rtol,
                digits=120,
                metric="natural",
            ).event_time
        )
        for rtol in (1e-4, 1e-6)
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-3)
    assert found[1] == pytest.approx(float(reduced_time(GaussianBump(100), small_unit(*START))), rel=1e-5)


@pytest.mark.slow
def test_three_units_follow_the_law_of_their_moments() -> None:
    a, w = ["0.325", "0.3", "0.375"], ["1.05", "1.01", "0.95"]
    run = gradient_flow(
        Objective(example_target(40)), a, w, Displacement("1"), rtol=1e-4, metric="natural", digits=100
    )
    law = float(leading_time(40, SmallUnit(0, 0, 0), SCALE, a, w))
    assert float(run.event_time) - law == pytest.approx(0.61, abs=0.02)


@pytest.mark.slow
def test_the_law_of_many_units_is_that_of_two() -> None:
    """Two units by the general route: nodes of the one-point measure, Opitz' matrix, another quadrature."""
    a, split = [mpmath.mpf("0.4"), mpmath.mpf("0.6")], [mpmath.mpf("-0.01"), mpmath.mpf("0.02")]
    second, third = (sum(x * d**k for x, d in zip(a, split, strict=True)) for k in (2, 3))
    T = 50
    general = natural_escape._many(mpmath.mpf(T), a, split)
    two = second / T * to_mpf(runaway_integral(arb(float(T * third / second))).mid())
    assert float(general / two) == pytest.approx(1, rel=1e-6)


def test_gram_matrix_off_the_short_part() -> None:
    """The theory's closed form against the Schur complement of the numerical Gram matrix."""
    v, w = sp.Rational(3, 5), sp.Integer(1)
    G = gram_matrix("continuous", np.array([1.0, 1.0]), np.array([1.0, 0.6]))
    short, other = [0, 2], [1]
    schur = G[np.ix_(other, other)] - G[np.ix_(other, short)] @ np.linalg.solve(
        G[np.ix_(short, short)], G[np.ix_(short, other)]
    )
    assert float(gram_off(v, v, w)) == pytest.approx(float(schur[0, 0]), rel=1e-9)
