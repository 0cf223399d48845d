"""Distances for fixed poles against a long sum in float64, and bad input."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from memcurse.numerics.approximation.l2.fixed_poles import fixed_pole_error


def test_against_least_squares_on_a_long_sequence() -> None:
    k = np.arange(20000)
    rho, poles = (1.0 + k) ** -2, [0.3, 0.8, 0.95]
    modes = np.array(poles)[None, :] ** k[:, None]
    fit = np.linalg.lstsq(modes, rho, rcond=None)[0]
    expected = np.linalg.norm(rho - modes @ fit) / np.linalg.norm(rho)
    assert float(fixed_pole_error(2, poles)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("poles", [[], [0.5, 0.5], [1.0], [0.0], [float("nan")]])
def test_bad_poles(poles: list[float]) -> None:
    with pytest.raises(ValueError, match="poles"):
        fixed_pole_error(sp.Rational(3, 2), poles)


def test_bad_power() -> None:
    with pytest.raises(ValueError, match="power"):
        fixed_pole_error(sp.Rational(1, 2), [0.5])
