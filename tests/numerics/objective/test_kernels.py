"""The compiled kernels against balls, over the whole range of delays, widths and rates that they promise."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sympy as sp
from flint import arb, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective import kernels
from memcurse.theory.notation import t, w
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets.kernels import AiryKernel, ExpressionTarget, GaussianBump, PowerLaw
from memcurse.theory.targets.oscillations import DampedOscillations
from memcurse.theory.targets.target import ExponentialSum, Target

TARGETS: dict[str, Target] = {
    "sum": ExponentialSum(["2", "-0.3", "1/7"], ["0.001", "1", "250"]),
    "late sum": ExponentialSum(["2", "-0.3"], ["0.1", "1"]).delayed(3),
    "wave": DampedOscillations([0, 2], ["1/10", "1"], ["1", "7"], ["1", "1/2"], ["0", "-1"]),
    "late wave": DampedOscillations([1], ["1/5"], ["3"], ["1"], ["2"]).delayed("1/2"),
    "bump": GaussianBump(10),
    "power": PowerLaw("1/2"),
    "slow power": PowerLaw("-1/4"),
    "late power": PowerLaw("1").delayed("0.5"),
    "airy": AiryKernel("1", "3"),
    "user": ExpressionTarget(t * sp.exp(-((t - 30) ** 2) / 8)),
}


def exact_moments(target: Target, rate: float) -> list[arb]:
    """Moments in balls, with precision raised until they are good to 60 bits or certainly tiny."""
    program = lower([target.moment(k, w) for k in range(3)], (w,), "ball")
    bits = 200
    while True:
        with ball_precision(bits):
            balls = list(program(arb(rate)))
            if all(b.rel_accuracy_bits() >= 60 or abs(b) < arb(2) ** -1080 for b in balls):
                return balls
        bits *= 2


def relative_errors(target: Target, rate: float) -> list[float]:
    packed, _ = kernels.pack(target, 1.0)
    *values, underflow = kernels.moments(rate, packed)
    errors = []
    for value, ball in zip(values, exact_moments(target, rate), strict=True):
        if abs(ball) < arb(1e-290):
            assert underflow
        else:
            errors.append(abs(float(((arb(value) - ball) / ball).mid())))
    return errors


@pytest.mark.parametrize("delay", [0, 1, 30, 1000])
@pytest.mark.parametrize("width", ["1e-3", "0.2", "1", "30", "1000"])
def test_bump_moments_are_stable_over_the_promised_range(delay: int, width: str) -> None:
    bump = GaussianBump(delay, width)
    worst = 0.0
    for exponent in np.linspace(-8, 8, 33):
        worst = max([worst, *relative_errors(bump, 10.0**exponent)])
    # The bump's exponent w T may be as large as 700 where the moment is still representable, and its rounding
    # enters the moment relatively: 700 ulp.
    assert worst < 2e-13


@given(delay=st.floats(1, 1000), width=st.floats(-3, 3), rate=st.floats(-8, 8))
@settings(max_examples=150)
def test_bump_moments_at_random(delay: float, width: float, rate: float) -> None:
    errors = relative_errors(GaussianBump(delay, 10.0**width), 10.0**rate)
    assert max(errors, default=0.0) < 2e-13


@pytest.mark.parametrize("name", TARGETS)
def test_moments_of_every_kind_of_target(name: str) -> None:
    worst = 0.0
    for exponent in (-7.9, -5.3, -2.2, -0.4, 0.0, 0.3, 1.1, 2.7, 5.2, 7.9):
        worst = max([worst, *relative_errors(TARGETS[name], 10.0**exponent)])
    assert worst < 5e-13


def test_table_of_half_gaussians_matches_mpmath() -> None:
    import mpmath

    packed, _ = kernels.pack(GaussianBump(0), 1.0)
    for x in (0.0, 1e-9, 0.3, 1.0, 3.0, 17.0, 300.0, 1e6, 1e12):
        values = kernels._half_gaussian(x, packed, int(packed[kernels._TABLE]))
        for k, value in enumerate(values):
            # I_k(-x) = k! e^{x^2/4} D_{-k-1}(x), the parabolic cylinder function; hyperu is its stable form.
            with mpmath.workdps(40):
                u = mpmath.mpf(x) ** 2 / 2
                exact = (
                    mpmath.gamma(k + 1)
                    * mpmath.mpf(2) ** (-(mpmath.mpf(k) + 1) / 2)
                    * mpmath.hyperu((mpmath.mpf(k) + 1) / 2, mpmath.mpf(1) / 2, u)
                    if x
                    else mpmath.quad(lambda s, n=k: s**n * mpmath.exp(-s * s / 2), [0, 1, 4, 12])
                )
                assert abs(value / exact - 1) < 1e-15 * 4


def test_moments_outside_a_model_are_refused() -> None:
    packed, _ = kernels.pack(PowerLaw(1), 1.0)
    assert np.isnan(kernels.moments(1e-9, packed)[0])
    assert np.isnan(kernels.moments(1e9, packed)[0])


def test_model_says_how_good_it_is() -> None:
    model = kernels.moment_model(AiryKernel("1", "3"))
    assert 0 < model.error < 5e-15


def test_model_that_cannot_be_made_is_refused() -> None:
    # A kernel that oscillates for ever at full strength within its slow decay.
    with pytest.raises(FloatRangeError, match="panels"):
        kernels.moment_model(ExpressionTarget(sp.sin(100 * t**2) / (1 + t)))


def brute_force(a: list[float], rates: list[float], target: Target) -> tuple[arb, list[arb], list[list[arb]]]:
    """Loss, gradient and Hessian by the formulas of the paper, written out entry by entry in balls."""
    m = len(a)
    A, W = [arb(x) for x in a], [arb(x) for x in rates]
    L = [exact_moments(target, x) for x in rates]
    J = lower(target.squared_norm(), (), "ball")()
    for i, j in itertools.product(range(m), repeat=2):
        J += A[i] * A[j] / (W[i] + W[j])
    for i in range(m):
        J -= 2 * A[i] * L[i][0]
    r = [
        [sum((fact * A[j] / (W[k] + W[j]) ** (n + 1) for j in range(m)), arb(0)) - L[k][n] for k in range(m)]
        for n, fact in ((0, 1), (1, 1), (2, 2))
    ]
    G = [2 * r[0][k] for k in range(m)] + [-2 * A[k] * r[1][k] for k in range(m)]
    H = [[arb(0)] * (2 * m) for _ in range(2 * m)]
    for k, j in itertools.product(range(m), repeat=2):
        s = W[k] + W[j]
        same = 1 if k == j else 0
        H[k][j] = 2 / s
        H[k][m + j] = H[m + j][k] = -2 * A[j] / s**2 - 2 * same * r[1][k]
        H[m + k][m + j] = 4 * A[k] * A[j] / s**3 + 2 * same * A[k] * r[2][k]
    return J, G, H


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("m", [1, 3])
def test_loss_gradient_hessian_against_the_paper(name: str, m: int) -> None:
    rng = np.random.default_rng(7)
    a, rates = rng.normal(size=m), np.exp(rng.uniform(-4, 4, size=m))
    packed, _ = kernels.pack(TARGETS[name], float(lower(TARGETS[name].squared_norm(), (), "ball")().mid()))
    gradient, hessian = np.empty(2 * m), np.empty((2 * m, 2 * m))
    loss = kernels.evaluate(a, rates, packed, gradient, hessian, 2)
    with ball_precision(200):
        J, G, H = brute_force(list(a), list(rates), TARGETS[name])
        scale = (
            float(
                sum(
                    abs(x * y / (u + v))
                    for x, u in zip(a, rates, strict=True)
                    for y, v in zip(a, rates, strict=True)
                )
            )
            + 1
        )
        assert abs(float((arb(loss) - J).mid())) < 1e-13 * (scale + float(abs(J).mid()))
        for got, ball in zip(gradient, G, strict=True):
            assert abs(float((arb(got) - ball).mid())) < 1e-13 * np.abs(gradient).max() + 1e-13 * scale
        for got, ball in zip(hessian.ravel(), itertools.chain(*H), strict=True):
            assert abs(float((arb(got) - ball).mid())) < 1e-12 * np.abs(hessian).max()


def test_underflow_on_the_critical_manifold_is_not_a_silent_zero() -> None:
    # rho_hat = rho_bar exactly: the gradient is the memory's moment alone, e^-1000, which float64 cannot hold.
    target = example_target(1000)
    packed, _ = kernels.pack(target, 1.0)
    gradient, hessian = np.empty(4), np.empty((4, 4))
    value = kernels.evaluate(np.array([0.5, 0.5]), np.ones(2), packed, gradient, hessian, 1)
    assert np.isnan(value)
    # Off the manifold the memory's share is below rounding, and the gradient is what the short part makes it.
    assert np.isfinite(kernels.evaluate(np.array([0.5, 0.6]), np.ones(2), packed, gradient, hessian, 2))


def test_packed_numbers_are_exact_to_rounding() -> None:
    packed, _ = kernels.pack(ExponentialSum(["0.1"], ["1/3"]), 2.0)
    assert packed[kernels._HEADER] == 0.1
    assert packed[kernels._HEADER + 1] == float(fmpq(1, 3).p) / 3
