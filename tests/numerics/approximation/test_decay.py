"""gamma against grids, and the hypotheses that fail by name."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import memcurse as mc
from memcurse.numerics.approximation.decay import decay_constant, rate_bounds, weighted_derivatives
from memcurse.numerics.arithmetic.balls import ball_precision, rational_ball
from memcurse.theory.approximation.jackson import rate_bound
from memcurse.theory.notation import t

KERNELS = [
    ("t*exp(-t)", 3, "1/2"),
    ("exp(-t)*cos(2*t)", 2, "3/4"),
    ("exp(-t) - 2*exp(-3*t)", 3, "7/10"),
    ("exp(-(t-2)**2/2)", 2, "1"),
    ("t**2*exp(-t)/(1+t)", 2, "3/5"),
    ("exp(-3*t)*sin(20*t) + exp(-t)", 1, "1/3"),
]


@pytest.mark.parametrize(("text", "alpha", "beta"), KERNELS)
def test_gamma_against_a_grid(text: str, alpha: int, beta: str) -> None:
    target, b = mc.parse_target(text), float(sp.Rational(beta))
    found = decay_constant(target, alpha, beta)
    x = np.linspace(0, 60, 120001)
    sizes = []
    for j in range(alpha + 1):
        values = sp.lambdify(t, sp.diff(target.expression, t, j), "numpy")(x)
        sizes.append(np.max(np.abs(np.exp(b * x) * values)) / b ** (j + 1))
    assert float(found.mid()) == pytest.approx(max(sizes), rel=1e-6)
    assert float(found.upper()) >= max(sizes) * (1 - 1e-12)
    assert float(found.rad()) < 1e-10 * float(found.mid())


def test_exact_value() -> None:
    assert decay_constant(mc.parse_target("t*exp(-t)"), 1, "1/2").contains(4)


def test_same_gamma_when_time_runs_faster() -> None:
    slow = decay_constant(mc.parse_target("t*exp(-t)"), 2, "1/3")
    fast = decay_constant(mc.parse_target("49*t*exp(-7*t)"), 2, "7/3")
    assert slow.overlaps(fast)


@pytest.mark.parametrize(
    ("text", "beta"),
    [("(1+t)**-2", "1/100"), ("exp(-sqrt(t))", "1/100"), ("exp(-t)", "1"), ("t*exp(-t)", "11/10")],
)
def test_decay_that_fails_is_named(text: str, beta: str) -> None:
    with pytest.raises(ValueError, match=r"e\^\(beta t\) y\^\(1\) = o\(1\) cannot be shown for beta = "):
        decay_constant(mc.parse_target(text), 1, beta)


@pytest.mark.parametrize("text", ["sqrt(t)*exp(-t)", "exp(-t-sqrt(t))"])
def test_smoothness_that_fails_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"`target` must be smooth: y\^\([12]\) is not seen to be bounded"):
        decay_constant(mc.parse_target(text), 1, "1/2")


def test_a_causal_delay_is_not_smooth() -> None:
    with pytest.raises(ValueError, match="`target` must be smooth"):
        weighted_derivatives(mc.ExponentialSum([1], [1]).delayed(1), 1, "1/2")


@pytest.mark.parametrize(
    ("alpha", "beta", "message"), [(0, 1, "`alpha` must be at least 1"), (1, -1, "`beta` must be positive")]
)
def test_bad_arguments(alpha: int, beta: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decay_constant(mc.parse_target("exp(-t)"), alpha, beta)


def test_bounds_for_several_widths() -> None:
    target = mc.parse_target("t*exp(-t)")
    found = rate_bounds(target, 1, "1/2", (1, 3))
    assert {m: float(x.mid()) for m, x in found.items()} == pytest.approx(
        {m: float(rate_bound(1, 4, m)) for m in (1, 3)}
    )
    with pytest.raises(ValueError, match="must decay exponentially"):
        rate_bounds(mc.PowerLaw(1), 1, "1/2", (1,))


@pytest.mark.parametrize("size", ["1e320", "1e-320", "1e600"])
def test_kernels_beyond_float64(size: str) -> None:
    """gamma is proportional to the kernel: for ``c e^-t`` at beta = 1/2, alpha = 1 it is ``4 c``."""
    found = decay_constant(mc.ExponentialSum([size], [1]), 1, "1/2")
    with ball_precision(128):
        assert (found / rational_ball(sp.Rational(size))).contains(4)
        assert found.rel_accuracy_bits() > 36


@pytest.mark.parametrize("target", [None, ["exp(-t)"], 1.0])
def test_what_is_no_target(target: object) -> None:
    with pytest.raises(TypeError, match="`target` must be a memcurse target"):
        decay_constant(target, 1, 1)  # type: ignore[arg-type]
