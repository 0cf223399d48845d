"""Every kind of sequence and kernel with complex modes: float64 against balls up to the circle, and direct sums."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from flint import acb
from mpmath import mp
from scipy.special import wofz

import memcurse as mc
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.objective.complex_modes.compiled_bumps import faddeeva, half_gaussian
from memcurse.numerics.objective.complex_modes.compiled_moments import add_moments
from memcurse.numerics.objective.complex_modes.kernel_moments import KernelMoments

NEAR = {
    "geometric": mc.GeometricSum([1 + 0.5j, -0.3j, 0.2], [0.6 + 0.3j, -0.5 + 0.2j, ("0.99999", 0)]),
    "finite": mc.FiniteSequence([1, (0, "1/2"), -2, 1 + 1j]),
    "fractional": mc.FractionalSequence("3/10"),
    "power": mc.PowerSequence("3/2"),
    "slow power": mc.PowerSequence("3/5"),
    "sampled power law": mc.sampled(mc.PowerLaw("1/2"), "1/2"),
    "sampled oscillation": mc.sampled(mc.parse_target("exp(-t/10)*cos(t) + exp(-t)"), "1/2"),
}
INSIDE = {
    "sampled bump": mc.sampled(mc.GaussianBump(5), "1/2"),
    "sampled sum": mc.sampled(mc.PowerLaw(1) + mc.GaussianBump(5), "1/2"),
    "sampled late": mc.sampled(mc.ExponentialSum([1], ["1/3"]).delayed(2), "1/2"),
    "sampled polynomial": mc.sampled(mc.parse_target("t*exp(-t/3)*sin(t)"), "1/2"),
}
KERNELS = {
    "power law": mc.PowerLaw("1/2"),
    "slow power law": mc.PowerLaw("-1/4"),
    "late power law": mc.PowerLaw(1).delayed("1/2") + mc.ExponentialSum([1], [2]).delayed("1/3"),
    "bump": mc.GaussianBump(5, "1/2"),
    "bump at 0": mc.GaussianBump(0, 3),
    "paper's target": mc.ExponentialSum([1], [1]) + mc.GaussianBump(10),
    "oscillation": mc.parse_target("t**2*exp(-t/10)*cos(3*t)"),
    "late oscillation": mc.parse_target("t*exp(-t/10)*cos(3*t)").delayed("3/2"),
}


def point(m: int, seed: int, gap: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Amplitudes, poles whose distance from the circle is at least `gap`, and rates of like size."""
    rng = np.random.default_rng(seed)
    a, gaps = rng.normal(size=m) + 1j * rng.normal(size=m), gap ** rng.random(m)
    return a, (1 - gaps) * np.exp(2j * np.pi * rng.random(m)), gaps + 1j * rng.normal(size=m)


def errors(objective: object, a: np.ndarray, x: np.ndarray) -> float:
    loss, gradient, hessian = objective.evaluate(a, x)
    balls = objective.enclose(a, x, 25)
    g = np.array([float(v.mid()) for v in balls.gradient.entries()])
    H = np.array([float(v.mid()) for v in balls.hessian.entries()]).reshape(hessian.shape)
    found = [abs(loss / float(balls.loss.mid()) - 1)]
    return max(
        *found, np.abs(gradient - g).max() / np.abs(g).max(), np.abs(hessian - H).max() / np.abs(H).max()
    )


@pytest.mark.parametrize("name", [*NEAR, *INSIDE])
def test_float64_is_right_up_to_the_circle(name: str) -> None:
    objective = mc.DiscreteObjective((NEAR | INSIDE)[name], field="complex")
    for seed in range(3):
        a, p, _ = point(1 + seed, seed, 1e-6 if name in NEAR else 1e-2)
        assert errors(objective, a, p) < 5e-15
        assert objective.prepare(len(a))(a, p)[0] == pytest.approx(objective.loss(a, p), rel=1e-13)


@pytest.mark.parametrize("name", KERNELS)
def test_float64_is_right_up_to_the_axis(name: str) -> None:
    objective = mc.Objective(KERNELS[name], field="complex")
    for seed in range(3):
        a, _, w = point(1 + seed, seed, 1e-6)
        assert errors(objective, a, w) < (1e-13 if "bump" in name or "paper" in name else 5e-15)
        assert objective.prepare(len(a))(a, w)[0] == pytest.approx(objective.loss(a, w), rel=1e-13)


@pytest.mark.parametrize("name", [*NEAR, *INSIDE])
def test_gradient_is_the_direct_sum(name: str) -> None:
    sequence = (NEAR | INSIDE)[name]
    count = 4 if name == "finite" else 120
    rho = np.array([complex(sequence.term(n)) for n in range(count)])
    a, p, _ = point(2, 3, 0.3)
    n = np.arange(400)
    residual = (a * p ** n[:, None]).sum(1)
    residual[:count] -= rho
    by_gain = [(residual * np.conj(x) ** n).sum() for x in p]
    by_pole = [
        np.conj(c) * (n[1:] * residual[1:] * np.conj(x) ** (n[1:] - 1)).sum()
        for c, x in zip(a, p, strict=True)
    ]
    expected = 2 * np.concatenate([np.real(by_gain), np.imag(by_gain), np.real(by_pole), np.imag(by_pole)])
    found = mc.DiscreteObjective(sequence, field="complex").gradient(a, p)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_a_mixture_says_where_it_ends() -> None:
    objective = mc.Objective(mc.PowerLaw("1/2"), field="complex")
    with pytest.raises(mc.FloatRangeError, match="use `digits`"):
        objective.loss([1.0], [1e-10])
    assert float(objective.loss([1], ["1e-10"], digits=20)) > 0


# --- prepared ------------------------------------------------------------------------------------------------------


def test_prepared_takes_what_the_objective_takes_and_names_what_is_wrong() -> None:
    objective = mc.Objective(KERNELS["oscillation"], field="complex")
    prepared = objective.prepare(2)
    a, w = [1, 2j], [1 + 1j, 2.0]
    expected = objective.evaluate(a, w)
    for found, value in zip(prepared(a, w), expected, strict=True):
        np.testing.assert_array_equal(found, value)
    np.testing.assert_array_equal(
        prepared(np.array(a)[::-1], np.array(w)[::-1])[0], prepared(a[::-1], w[::-1])[0]
    )
    with pytest.raises(ValueError, match=r"must have shape \(2,\)"):
        prepared([1], [1])
    with pytest.raises(ValueError, match="must have length 2"):
        prepared(np.ones(3, dtype=complex), np.ones(3, dtype=complex))
    with pytest.raises(mc.FloatRangeError, match="within what float64 can hold"):
        prepared(np.ones(2, dtype=complex), np.array([1j, 1.0]))
    with pytest.raises(mc.FloatRangeError):
        prepared(np.ones(2, dtype=complex), np.array([complex("nan"), 1.0]))
    with pytest.raises(ValueError, match="`m` must be at least 1"):
        objective.prepare(0)
    with pytest.raises(ValueError, match="`field` must be 'complex'"):
        mc.DiscreteObjective(NEAR["finite"].__class__([1])).prepare(1)


def test_prepared_is_exact_where_the_terms_cancel() -> None:
    sequence = mc.GeometricSum([1, 1j], [0.5, 0.3j])
    objective = mc.DiscreteObjective(sequence, field="complex")
    a, p = np.array([1, 1j]), np.array([0.5, 0.3j])
    prepared = objective.prepare(2)
    assert prepared(a, p)[0] == 0.0
    p = p + 1e-11
    assert prepared(a, p)[0] == pytest.approx(float(objective.enclose(a, p, 20).loss.mid()), rel=1e-12)


# --- bumps ---------------------------------------------------------------------------------------------------------


def test_faddeeva_is_scipys() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(size=2000) * 10 ** rng.uniform(-4, 1, 2000) + 1j * np.abs(
        rng.normal(size=2000)
    ) * 10 ** rng.uniform(-4, 1, 2000)
    found = np.array([faddeeva(complex(v)) for v in z])
    np.testing.assert_allclose(found, wofz(z), rtol=1e-13)


def test_half_gaussians_on_the_scale_of_the_real_part() -> None:
    rng = np.random.default_rng(4)
    for _ in range(150):
        size = 10 ** rng.uniform(-2, 1.5)
        nu = size * complex(-abs(rng.normal()), rng.normal())
        found = half_gaussian(nu)
        for k in range(3):
            with mp.workdps(30):
                exact, scale = (
                    mpmath.gamma(k + 1)
                    * mpmath.mpf(2) ** (-mpmath.mpf(k + 1) / 2)
                    * mpmath.hyperu(mpmath.mpf(k + 1) / 2, 0.5, mpmath.mpmathify(v) ** 2 / 2)
                    for v in (-nu, -nu.real)
                )
                assert abs(found[k] - exact) < 1e-13 * abs(scale)


@pytest.mark.parametrize("width", ["1/100", "1", "30"])
@pytest.mark.parametrize("delay", [0, 3, 100])
def test_bump_moments_on_the_scale_of_the_real_rate(width: str, delay: int) -> None:
    bump = mc.GaussianBump(delay, width)
    moments = KernelMoments(bump)
    rng = np.random.default_rng(5)
    z = 10.0 ** rng.uniform(-4, 1, 60) + 1j * rng.normal(size=60) * 10.0 ** rng.uniform(-3, 1.5, 60)
    found = np.zeros((60, 3), dtype=complex)
    add_moments(z.conj(), moments.packed, found)
    real = np.zeros((60, 3), dtype=complex)
    add_moments(z.real.astype(complex), moments.packed, real)
    with ball_precision(400):
        for v, values, scale in zip(z, found, real, strict=True):
            exact = moments.ball_moments(acb(v.real, v.imag))
            for value, ball, size in zip(values, exact, scale, strict=True):
                error = abs(value - complex(float(ball.real.mid()), float(ball.imag.mid())))
                assert error < 2e-12 * abs(size) + 1e-290


def test_an_underflow_is_no_zero() -> None:
    objective = mc.Objective(mc.GaussianBump(100), field="complex")
    with pytest.raises(mc.FloatRangeError, match="within what float64 can hold"):
        objective.gradient([0.0], [10.0 + 1j])
    assert np.isfinite(objective.gradient([1.0], [10.0 + 1j])).all()


def test_a_resonance_sees_what_rounding_took_from_a_rate() -> None:
    objective = mc.Objective(mc.DampedOscillations([0], ["1e-7"], ["1/3"], [1], ["1/2"]), field="complex")
    assert errors(objective, np.array([0.3 + 1j]), np.array([1e-7 - 1j / 3])) < 5e-15
    assert errors(objective, np.array([0.3 + 1j]), np.array([2e-7 + 1j / 3])) < 5e-15
