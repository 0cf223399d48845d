"""The steps to the growth of the Fubini numbers, and the expansion that they lead to, against the numbers."""

from __future__ import annotations

import math

import mpmath
import pytest
import sympy as sp

from memcurse.proofs_checks.evidence.findings import Identities, Inequalities
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.landscape import fubini_numbers as steps
from memcurse.theory.landscape.critical_spaces import fubini


@pytest.mark.parametrize(
    "step",
    [steps.generating_function, steps.fourier_coefficients, steps.poles, steps.derivatives, steps.law],
    ids=lambda f: f.__name__,
)
def test_identities(step) -> None:
    assert Identities(step.__name__, step()).verdict is Verdict.PROVED


def test_inequalities() -> None:
    assert Inequalities("distances", steps.distances()).verdict is Verdict.PROVED
    assert Inequalities("constants", steps.constants(), strict=True).verdict is Verdict.PROVED


@pytest.mark.parametrize(("power", "factor"), [(-1, 2), (1, 2), (0, 1), (0, 3)])
def test_another_law_is_refuted(power: int, factor: int) -> None:
    assert Identities("law", steps.law(power, factor)).verdict is Verdict.REFUTED


def test_the_sum_over_the_poles_is_the_number() -> None:
    """``F(m) = m!/2 (ln 2)^-(m+1) + m! sum over k of Re x_k^-(m+1)``, with terms enough to round to an integer."""
    for m in range(3, 9):
        first = (sp.log(2) ** -(m + 1) / 2).evalf(30)
        with mpmath.workdps(30):
            others = sum(
                mpmath.re(mpmath.mpc(mpmath.log(2), 2 * mpmath.pi * k) ** -(m + 1)) for k in range(1, 400)
            )
        assert abs(math.factorial(m) * (float(first) + float(others)) - fubini(m)) < 1e-3


def test_the_bound_is_the_claimed_one() -> None:
    for m in (1, 2, 3, 8, 10):
        ratio = 2 * math.log(2) ** (m + 1) * fubini(m) / math.factorial(m)
        bound = float(steps.relative_error_bound(m, sp.zeta(m + 1)))
        assert abs(ratio - 1) <= bound
        # Nearly attained where the powers of the poles are almost real.
        if m in (1, 3, 8, 10):
            assert abs(ratio - 1) > 0.75 * bound
