"""Inner products of a moved kernel: symbols for the times against numbers, and against quadrature."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad

import memcurse as mc
from memcurse.theory.targets.moved import moved_product
from memcurse.theory.targets.target import inner_product

x, y = sp.symbols("x y", nonnegative=True)
KERNELS = [
    mc.ExponentialSum(["1", "-1/2"], ["1/2", "3"]),
    mc.GaussianBump("6", "3/2", "-2"),
    mc.ExponentialSum(["1", "1/3"], ["1", "2"]) + mc.GaussianBump(4) + mc.GaussianBump("5", "1/2", "3"),
]


@pytest.mark.parametrize("target", KERNELS)
@pytest.mark.parametrize(("early", "late"), [("0", "0"), ("1/3", "2"), ("7/2", "1/4")])
def test_the_form_in_two_times_is_that_of_the_moved_kernels(target: mc.Target, early: str, late: str) -> None:
    form = moved_product(target, x, y)
    assert form is not None
    times = sp.Rational(early), sp.Rational(late)
    found = complex(form.subs({x: times[0], y: times[1]}).evalf(20)).real
    moved = [target.seen_from(time) for time in times]
    assert found == pytest.approx(float(inner_product(*moved).evalf(20)), rel=1e-14)
    values = quad(
        lambda t: float(target(np.float64(t + float(times[0]))) * target(np.float64(t + float(times[1])))),
        0,
        60,
        limit=200,
    )
    assert found == pytest.approx(values[0], abs=1e-8)


def test_other_kinds_have_none() -> None:
    assert moved_product(mc.PowerLaw("1/2"), x, y) is None
    assert moved_product(mc.GaussianBump(3) + mc.PowerLaw(1), x, y) is None
