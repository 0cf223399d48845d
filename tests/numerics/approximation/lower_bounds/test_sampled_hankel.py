"""Lower bounds in the maximum norm from samples: by hand, against sums that are near, and with their parts broken."""

from __future__ import annotations

import numpy as np
import pytest
from flint import arb

import memcurse as mc
from memcurse.numerics.approximation.lower_bounds import sampled_hankel
from memcurse.numerics.approximation.lower_bounds.sampled_hankel import hankel_sample_bounds, sampled_bounds
from memcurse.numerics.approximation.sup.kernel import interval_kernel
from memcurse.numerics.arithmetic.balls import ball_precision


def test_a_unit_sample_in_the_middle_by_hand() -> None:
    """The matrix is the exchange of n coordinates: all singular values are 1."""
    n = 5
    bounds = hankel_sample_bounds([arb(int(k == n - 1)) for k in range(2 * n - 1)])
    assert [float(x) for x in bounds] == pytest.approx([np.sqrt(n - m) / n for m in range(n + 1)], abs=1e-12)


def test_samples_of_a_sum_have_no_bound_at_its_number_of_terms() -> None:
    """Damped oscillations are two complex exponentials: a bound above 0 for two terms would be false."""
    with ball_precision(128):
        kernel = interval_kernel("exp(-t/5)*cos(2*t)", (0, 10))
        for bounds in sampled_bounds(kernel):
            assert all(x < arb("1e-12") for x in bounds[2:])
        assert max(float(b[1]) for b in sampled_bounds(kernel)) > 0.05


@pytest.mark.parametrize("m", [1, 2, 3])
def test_no_bound_is_above_the_best_fit(m: int) -> None:
    fit = mc.best_fit("1/t", m, norm="sup", digits=20, interval=(1, 10))
    with ball_precision(128):
        found = [b[m] for b in sampled_bounds(interval_kernel("1/t", (1, 10))) if len(b) > m]
    assert all(x <= fit.error_enclosure for x in found)
    assert any(x > fit.error_enclosure / 200 for x in found)


def test_without_the_size_of_the_matrix_a_bound_is_false(monkeypatch: pytest.MonkeyPatch) -> None:
    """The spectral norm of the difference is n times the error at most, not the error."""
    distances = sampled_hankel.rank_distances

    def larger(values: object, radius: object, hilbert_schmidt: bool) -> list[arb]:
        found = distances(values, radius, hilbert_schmidt)  # type: ignore[arg-type]
        return [x * (len(found) - 1) for x in found]

    monkeypatch.setattr(sampled_hankel, "rank_distances", larger)
    fit = mc.best_fit("1/t", 1, norm="sup", digits=20, interval=(1, 10))
    with ball_precision(128):
        found = [b[1] for b in sampled_bounds(interval_kernel("1/t", (1, 10))) if len(b) > 1]
    assert any(x > fit.error_enclosure for x in found)


def test_a_half_line_has_none() -> None:
    assert list(sampled_bounds(interval_kernel("exp(-sqrt(t))", None))) == []
