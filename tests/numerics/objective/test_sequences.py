from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from flint import arb

import memcurse as mc
from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.sequences import (
    float_moments,
    float_samples,
    geometric_rests,
    moments,
    sample,
    squared_norm,
    terms_needed,
)
from memcurse.theory.notation import t
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets.sequences import SampledTarget

TARGETS = {
    "power law": mc.PowerLaw("1/2"),
    "bump": example_target(5),
    "delayed": mc.ExponentialSum([1], [1]).delayed("3/10") + mc.PowerLaw(1),
    "airy": mc.AiryKernel(1, 3),
    "t e^-t": mc.parse_target("t*exp(-t)"),
}


@pytest.mark.parametrize("name", TARGETS)
def test_moments_against_long_float_sums(name: str) -> None:
    sequence = SampledTarget(TARGETS[name], "1/10")
    n = np.arange(3000)
    rho = float_samples(sequence, 3000)
    with ball_precision(80):
        for pole in (0.9, -0.5, 0.0):
            found = moments(sequence, arb(pole))
            weights = [np.ones(3000), n, n * (n - 1)]
            for k in range(3):
                expected = np.sum(weights[k] * rho * pole ** np.maximum(n - k, 0))
                assert float(found[k].mid()) == pytest.approx(expected, rel=1e-11, abs=1e-13)
                assert found[k].rad() < 1e-15
    assert float_moments(rho, np.array([0.9, -0.5]))[1] == pytest.approx(
        [float(moments(sequence, arb(x))[1].mid()) for x in (0.9, -0.5)], rel=1e-12
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_squared_norms_against_long_float_sums(name: str) -> None:
    sequence = SampledTarget(TARGETS[name], "1/10")
    count = 2**15 if "law" in name or name == "delayed" else 1000
    rho = float_samples(sequence, count)
    # What is left of (1 + n/10)^-s behind the last term: at most its integral.
    rest = (
        10 * (1 + count / 10) ** -2 / 2 * 1.01 if name == "power law" else 10 * (count / 10) ** -3 / 3 * 1.1
    )
    with ball_precision(64):
        difference = float(squared_norm(sequence).mid()) - float(np.sum(rho**2))
    assert -1e-10 < difference < (rest if count > 1000 else 0) + 1e-10


def test_squared_norm_of_a_power_law_is_a_zeta_value() -> None:
    # sum 1/(1 + n)^4 = pi^4/90.
    with ball_precision(100):
        assert squared_norm(SampledTarget(mc.PowerLaw(1), 1)).overlaps(arb.pi() ** 4 / 90)


def test_a_delay_on_the_grid_begins_exactly_there() -> None:
    target = mc.ExponentialSum([1], [1]).delayed("3/10")
    values = float_samples(SampledTarget(target, "1/10"), 5)
    assert values[:3].tolist() == [0, 0, 0]
    assert values[3] == 1
    assert sample(target, sp.Rational(3, 10)) == 1
    assert sample(target, sp.Rational(2, 10)).is_zero()


def test_rests_of_geometric_series_by_hand() -> None:
    for k, rest in enumerate(geometric_rests(arb(1) / 2, 10)):
        x = sp.Symbol("x")
        expected = sp.diff(x**10 / (1 - x), x, k).subs(x, sp.Rational(1, 2))
        assert rest.contains(lower(expected, (), "ball")())


def test_what_cannot_be_summed_is_refused() -> None:
    with ball_precision(64), pytest.raises(ArithmeticError, match="`p` must be far enough from 1"):
        moments(SampledTarget(mc.PowerLaw(1), "1/10"), 1 - arb(1) / 10**9)
    with ball_precision(64), pytest.raises(ArithmeticError, match="sum of squared samples"):
        squared_norm(SampledTarget(mc.ExpressionTarget(1 / (1 + t**2)), "1/2"))
    with pytest.raises(FloatRangeError, match="use `digits`"):
        terms_needed(1 - 1e-12)


@pytest.mark.parametrize("kernel", ["t^(-1/4)*exp(-t)", "(exp(-t)-exp(-2*t))/t"])
def test_a_kernel_without_a_value_at_0_is_refused(kernel: str) -> None:
    objective = mc.DiscreteObjective(mc.sampled(mc.parse_target(kernel), "1/2"))
    with pytest.raises(
        ArithmeticError, match="`target` must have a value at every sample; got none at t = 0"
    ):
        objective.enclose([1], ["1/3"])
    with pytest.raises(FloatRangeError, match="`target` must have samples within float64"):
        objective.loss([1], [0.3])
