"""The steps of the inverse theorem: true ones are shown, and what they bound is bounded at numbers."""

from __future__ import annotations

import math

import pytest

from memcurse.proofs_checks.evidence.findings import Identities, Inequalities
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.approximation import inverse_theorem as steps
from memcurse.theory.approximation.fast_rates import l2_ratio


@pytest.mark.parametrize("step", [steps.derivatives, steps.decay, steps.ratios], ids=lambda f: f.__name__)
def test_identities(step) -> None:
    assert Identities(step.__name__, step()).verdict is Verdict.PROVED


@pytest.mark.parametrize(
    "step",
    [steps.factors, steps.sum_of_terms, steps.product_of_norms, steps.falling, steps.least_error],
    ids=lambda f: f.__name__,
)
def test_inequalities(step) -> None:
    assert Inequalities(step.__name__, step()).verdict is Verdict.PROVED


@pytest.mark.parametrize("step", [steps.factors, steps.falling], ids=lambda f: f.__name__)
def test_rates_on_the_other_side_are_refuted(step) -> None:
    assert Inequalities(step.__name__, step(-1)).verdict is Verdict.REFUTED


def test_the_ratio_bounds_positive_sums_and_is_nearly_attained() -> None:
    """Squared norms of sums in closed form: below the ratio; with one slow term on a short head, not far below."""

    def squared(a, w, low, high):
        pairs = [(x * y, v + u) for x, v in zip(a, w, strict=True) for y, u in zip(a, w, strict=True)]
        return sum(c * (math.exp(-s * low) - (math.exp(-s * high) if high else 0)) / s for c, s in pairs)

    for a, w in (((1.0,), (0.5,)), ((1.0, 3.0), (0.5, 2.0)), ((0.2, 5.0, 1.0), (0.5, 0.7, 9.0))):
        for h, x in ((0.1, 0.1), (0.1, 2.0), (1.0, 3.0)):
            found = math.sqrt(squared(a, w, x, None) / squared(a, w, 0.0, h))
            assert found <= float(l2_ratio(0.5, x, h))
    one = math.sqrt(squared((1.0,), (0.5,), 2.0, None) / squared((1.0,), (0.5,), 0.0, 0.01))
    assert one > 0.99 * float(l2_ratio(0.5, 2.0, 0.01))
