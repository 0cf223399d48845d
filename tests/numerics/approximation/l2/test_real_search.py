"""The search in float64: its derivatives, its valleys, and what a dense scan of all pairs of rates finds."""

from __future__ import annotations

import numpy as np
import pytest

import memcurse as mc
from memcurse.numerics.approximation.l2.real_search import ReducedLoss, interlaced, ladder, real_fits
from memcurse.numerics.approximation.l2.trust_region import downhill, within

MIXED = mc.ExponentialSum(["-0.7", "2.6", "-2.9", "-2.3", "0.5"], ["0.2", "0.5", "1", "1.3", "7"])
CASES = [MIXED, mc.parse_target("exp(-t)*cos(3*t)"), mc.GaussianBump(5, 1), mc.PowerLaw("1/2")]


def nothing():
    return None


@pytest.mark.parametrize("target", CASES)
def test_reduced_derivatives_against_differences(target):
    reduced = ReducedLoss(mc.Objective(target))
    x = np.array([-1.0, 0.3, 1.1])
    loss, slope, bend = reduced.at(x)
    w = np.exp(x)
    a = reduced.amplitudes(w, reduced.moments(w)[0])
    assert loss == pytest.approx(float(mc.Objective(target).loss(a, w)), rel=1e-9)
    h = 1e-4
    for k in range(3):
        e = h * np.eye(3)[k]
        ahead, behind = reduced.at(x + e), reduced.at(x - e)
        assert slope[k] == pytest.approx((ahead[0] - behind[0]) / (2 * h), rel=1e-5, abs=1e-8)
        np.testing.assert_allclose(bend[k], (ahead[1] - behind[1]) / (2 * h), rtol=1e-4, atol=1e-7)


def dense_least(reduced, count=161):
    """The least loss on a dense grid of pairs of rates, each pair by its own solve."""
    x = np.linspace(-6, 6, count)
    v = reduced.moments(np.exp(x))[0] * np.sqrt(2 * np.exp(x))
    i, j = np.triu_indices(count, 1)
    s = 1 / np.cosh((x[i] - x[j]) / 2)
    return reduced.norm - np.max((v[i] ** 2 - 2 * s * v[i] * v[j] + v[j] ** 2) / (1 - s**2))


@pytest.mark.parametrize("seed", range(12))
def test_no_pair_of_a_dense_grid_is_lower(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 7))
    rates = np.exp(np.sort(rng.uniform(-2, 2, n)))
    target = mc.ExponentialSum([f"{a:.3f}" for a in rng.uniform(-3, 3, n)], [f"{w:.4f}" for w in rates])
    reduced = ReducedLoss(mc.Objective(target))
    fits = real_fits(mc.Objective(target), 2, 0, nothing)
    # Where rates coalesce the descent stops a little before the infimum.
    assert fits[0].loss <= dense_least(reduced) * (1 + 1e-5) + 1e-13 * reduced.norm


def test_the_minimum_that_random_starts_missed():
    fit = real_fits(mc.Objective(MIXED), 2, 0, nothing)[0]
    assert fit.loss == pytest.approx(0.0454986512382, rel=1e-11)
    assert fit.w == pytest.approx([0.0588737, 1.6217070], rel=1e-6)
    assert not fit.coalescing


def test_shallow_valleys_of_a_small_loss():
    """Both valleys lie below 1e-4 of the squared norm; moments interpolated on the grid hid the deeper one."""
    text = "-585/1000*exp(-6.2884*t)-2.953*exp(-5.0638*t)*cos(1.87*t)-2.177*exp(-6.2102*t)"
    objective = mc.Objective(mc.parse_target(text))
    fit = real_fits(objective, 2, 0, nothing)[0]
    assert fit.loss <= 1.7532e-5
    assert fit.w == pytest.approx([4.609, 4.609], rel=1e-2)


def test_a_narrow_bent_valley():
    """Along it one rate must follow the other to a few percent: the bottom lies between the points of any grid."""
    text = (
        "1.327*exp(-0.9312*t)-0.279*exp(-5.353*t)+0.794*exp(-1.1956*t)-0.078*exp(-0.4682*t)"
        "+0.316*exp(-1.88990*t)*cos(2.156*t)"
    )
    fit = real_fits(mc.Objective(mc.parse_target(text)), 2, 0, nothing)[0]
    assert fit.loss == pytest.approx(0.000659948140263, rel=1e-9)
    assert fit.w == pytest.approx([1.12315771, 20.24075637], rel=1e-6)


@pytest.mark.slow
def test_more_than_four_rates_are_added_one_by_one():
    target = mc.ExponentialSum([1, -2, 1, -1, 2, "1/2", 1], ["1/8", "1/4", "1/2", 1, 2, 4, 8])
    fits = {m: real_fits(mc.Objective(target), m, 0, nothing)[0].loss for m in (3, 4, 5)}
    assert fits[5] < fits[4] < fits[3]


def test_ladder_finds_the_one_minimum_of_a_completely_monotone_kernel():
    objective = mc.Objective(mc.PowerLaw(1))
    for m in (2, 3):
        assert ladder(objective, m, nothing)[0].loss == pytest.approx(
            real_fits(objective, m, 0, nothing)[0].loss, rel=1e-8
        )


def test_interlaced():
    np.testing.assert_allclose(interlaced(np.array([2.0])), [1, 3])
    np.testing.assert_allclose(interlaced(np.array([0.0, 1.0, 3.0])), [-0.5, 0.5, 2, 4])


def test_downhill_leaves_a_saddle_and_stops_where_no_step_is_possible():
    def look(x):
        u, v = x
        return (
            u**4 - u**2 + v**2,
            np.array([4 * u**3 - 2 * u, 2 * v]),
            np.array([[12 * u**2 - 2, 0], [0, 2]]),
        )

    def move(x, step):
        return (x + step, look(x + step)[0])

    end, (loss, _, _) = downhill(np.array([1e-3, 1.0]), look, move, longest=0.5, smallest=1e-10)
    assert abs(end[0]) == pytest.approx(np.sqrt(0.5), rel=1e-8)
    assert loss == pytest.approx(-0.25)
    stuck, _ = downhill(np.array([1e-3, 1.0]), look, lambda x, step: None, longest=0.5, smallest=1e-10)
    np.testing.assert_array_equal(stuck, [1e-3, 1.0])


@pytest.mark.parametrize("values", [[4.0, 1.0, 0.25], [4.0, -1.0, 1e-9]], ids=["definite", "indefinite"])
@pytest.mark.parametrize("reach", [1e3, 1.0, 1e-3])
def test_the_bounded_step_is_downhill_with_one_damping(values, reach):
    curvatures, slope = np.array(values), np.array([1.0, -2.0, 1e-7])
    step = within(curvatures, slope, reach)
    assert np.linalg.norm(step) <= reach
    assert np.all(step * slope < 0)
    # Levenberg and Marquardt: -slope / step = |curvature| + damping, the same one for all.
    damping = -slope / step - np.abs(curvatures)
    assert damping.min() >= 0 or reach == 1e3
    np.testing.assert_allclose(damping, damping.mean(), rtol=1e-9, atol=1e-9)
    free = -slope / np.abs(curvatures)
    if np.linalg.norm(free) <= reach:
        np.testing.assert_allclose(step, free, rtol=1e-4)
    else:
        # Not needlessly short.
        assert np.linalg.norm(step) > reach / 4
