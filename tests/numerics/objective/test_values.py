"""Kernels and sequences as functions, against mpmath; and the loss as a formula."""

from __future__ import annotations

import subprocess
import sys

import mpmath
import numpy as np
import pytest
import sympy as sp

import memcurse as mc
from memcurse.theory.notation import t as time

TIMES = [0.0, 0.25, 1.0, 7.5, 30.0]


@pytest.mark.parametrize(
    "target",
    [
        mc.parse_target("exp(-t) + exp(-(t-10)^2/2)"),
        mc.parse_target("t^2*exp(-t/10)*cos(3*t)"),
        mc.PowerLaw("1/3", "-2"),
        mc.AiryKernel(2, 3),
        mc.parse_target("exp(-sqrt(t))"),
        mc.ExponentialSum([1], [1]).delayed(2) + mc.PowerLaw(1).delayed("7/2"),
    ],
    ids=str,
)
def test_kernels_are_functions(target: mc.Target) -> None:
    found = target(TIMES)
    assert found.dtype == np.float64
    with mpmath.workdps(30):
        exact = [float(target.expression.subs(time, sp.Rational(x)).evalf(25)) for x in TIMES]
    np.testing.assert_allclose(found, exact, rtol=1e-13, atol=1e-300)
    assert target(7.5) == found[3]
    assert target(np.reshape(TIMES[:4], (2, 2))).shape == (2, 2)


@pytest.mark.parametrize(
    "sequence",
    [
        mc.GeometricSum([1, -2], ["1/2", "-1/3"]),
        mc.GeometricSum([(0, 1)], [("1/2", "1/2")]),
        mc.FiniteSequence([1, "1/2", 3]),
        mc.FractionalSequence("3/10"),
        mc.PowerSequence("3/2"),
        mc.sampled("(1+t)^-1", "1/2"),
    ],
    ids=str,
)
def test_sequences_are_functions(sequence: mc.TargetSequence) -> None:
    n = [0, 1, 2, 9]
    exact = np.array([complex(sequence.term(k).evalf(25)) for k in n])
    found = sequence(n)
    np.testing.assert_allclose(found, exact, rtol=1e-15, atol=1e-300)
    assert np.iscomplexobj(found) != sequence.is_real
    assert sequence(9) == found[3]
    for bad in (-1, 0.5, "one"):
        with pytest.raises((ValueError, TypeError), match="`n"):
            sequence(bad)


def test_a_kernel_without_a_value_says_where() -> None:
    with pytest.raises(mc.FloatRangeError, match=r"has none at t = 0"):
        mc.parse_target("t^(-1/4)*exp(-t)")([1.0, 0.0])


def test_calling_works_from_a_fresh_interpreter() -> None:
    code = "import memcurse as mc; print(mc.ExponentialSum([1], [1])(0))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1.0"


def test_formulas_are_the_papers() -> None:
    bump = mc.GaussianBump(10)
    assert bump._repr_latex_() == r"$\displaystyle \rho(t) = e^{- \frac{\left(t - 10\right)^{2}}{2}}$"
    real, wave = mc.Objective(bump)._repr_latex_(), mc.Objective(bump, field="complex")._repr_latex_()
    assert r"\frac{a_i a_j}{w_i + w_j} - 2 \sum_i a_i L_0(w_i) + \|\rho\|^2" in real
    assert (
        r"\frac{a_i \overline{a_j}}{w_i + \overline{w_j}} - 2 \operatorname{Re} \sum_i a_i L_0(w_i)" in wave
    )
    for text in (real, wave):
        assert r"\sqrt" not in text
        assert "erfc" not in text
    finite = mc.FiniteSequence([1])
    discrete = mc.DiscreteObjective(finite)._repr_latex_()
    assert discrete is not None
    assert r"\frac{a_i a_j}{1 - p_i p_j} - 2 \sum_i a_i M_0(p_i)" in discrete
    assert mc.DiscreteObjective(finite, "complex", "1/2")._repr_latex_() is None


@pytest.mark.parametrize(("a", "w"), [([1 + 2j, 0.5], [1 + 1j, 2 - 0.5j]), ([1.0, -2.0], [1.0, 3.0])])
def test_the_formula_is_the_loss(a: list[complex], w: list[complex]) -> None:
    target = mc.ExponentialSum([1, 2], [1, 5])
    pairs = [(x, z) for x, z in zip(a, w, strict=True)]
    gram = sum(x * np.conj(y) / (z + np.conj(v)) for x, z in pairs for y, v in pairs)
    cross = sum(x * sum(b / (z + c) for b, c in ((1, 1), (2, 5))) for x, z in pairs)
    norm = float(target.squared_norm())
    assert mc.Objective(target, field="complex").loss(a, w) == pytest.approx(
        float((gram - 2 * np.real(cross)).real) + norm, rel=1e-13
    )


def test_long_values_are_shown_short() -> None:
    assert repr(mc.FiniteSequence(range(1000))) == "FiniteSequence(0, 1, 2, 3, 4, 5, 6, 7, ... 1000 in all)"
    assert repr(mc.parse_target("exp(-t)*cos(3*t)")) == "DampedOscillations(exp(-t)*cos(3*t))"
