"""Densities that do and do not belong to a kernel."""

from __future__ import annotations

import pytest
import sympy as sp

from memcurse.numerics.approximation.widths.mixing_measures import validate_measure
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.recognition import parse_target

X = sp.Symbol("x", positive=True)
STRETCHED = sp.exp(-1 / (4 * X)) / (2 * sp.sqrt(sp.pi) * X ** sp.Rational(3, 2))


@pytest.mark.parametrize(
    ("kernel", "density"),
    [
        ("(1+t)^-2", X * sp.exp(-X)),
        ("exp(-sqrt(t))", STRETCHED),
        ("(1+t)^-1.5", sp.sqrt(X) * sp.exp(-X) * 2 / sp.sqrt(sp.pi)),
    ],
)
def test_densities_of_known_kernels_pass(kernel, density):
    target = parse_target(kernel)
    assert validate_measure(target, "l1", density) is target


@pytest.mark.parametrize(
    ("density", "message"),
    [
        (X * sp.exp(-2 * X), "`measure` must represent the target: at t = 1/3"),
        ((X - 1) * sp.exp(-X), "`measure` must be nonnegative"),
        (sp.Float(0.5) * X * sp.exp(-X), "`measure` must be an exact expression in one symbol"),
        (sp.Integer(1), "`measure` must be an exact expression in one symbol"),
        (X * sp.Symbol("y") * sp.exp(-X), "`measure` must be an exact expression in one symbol"),
        (sp.exp(X), r"`measure` must be a density with a transform .* grows exponentially"),
        (sp.loggamma(X) ** 2 * sp.exp(-X), "`measure` must be a density"),
    ],
)
def test_other_densities_are_refused(density, message):
    with pytest.raises(ValueError, match=message):
        validate_measure(PowerLaw(1), "l1", density)


def test_text_is_refused():
    with pytest.raises(TypeError, match="`measure` must be a SymPy expression"):
        validate_measure(PowerLaw(1), "l1", "x*exp(-x)")
