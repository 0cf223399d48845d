"""Densities known from the form of a kernel: their transforms, by quadrature, are the kernel."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

import memcurse as mc
from memcurse.theory.notation import t, w
from memcurse.theory.targets.mixing_densities import mixing_density

KNOWN = [
    sp.exp(-sp.sqrt(t)),
    3 * sp.exp(-2 * sp.sqrt(t)) / 2,
    -sp.exp(-sp.sqrt(2 * t + 3)),
    (t + 2) ** sp.Rational(-3, 2),
    5 / (3 * t + 1),
    sp.exp(-sp.sqrt(t)) - (t + 4) ** -2,
]


@pytest.mark.parametrize("kernel", KNOWN)
def test_the_transform_of_the_density_is_the_kernel(kernel):
    density = sp.lambdify(w, mixing_density(kernel), "mpmath")
    for time in (0.5, 3):
        value = mpmath.quad(
            lambda x, time=time: density(x) * mpmath.exp(-x * time), [0, 0.05, 0.2, 1, 3, 10, 40, mpmath.inf]
        )
        assert float(value) == pytest.approx(float(kernel.subs(t, time)), rel=1e-9)


@pytest.mark.parametrize(
    "kernel",
    [
        sp.exp(-t),
        sp.exp(sp.sqrt(t)),
        sp.exp(-sp.sqrt(t - 1)),
        (t - 1) ** -2,
        t ** sp.Rational(-3, 2),
        sp.exp(-(t**2)),
        sp.exp(-sp.sqrt(t)) + sp.sin(t),
    ],
)
def test_no_density_is_made_up(kernel):
    assert mixing_density(kernel) is None


@pytest.mark.slow
def test_the_example_of_the_command_works():
    width = mc.certified_width("exp(-sqrt(t))", "1/10")
    assert width.m == 3
    assert float(width.error_enclosure.mid()) == pytest.approx(0.0426763515272615, rel=1e-12)
