"""Fits of kernels without closed moments, limits on time, and what a search tells."""

from __future__ import annotations

import pytest

import memcurse as mc
from memcurse.numerics import time_limit as limits
from memcurse.numerics.time_limit import TimeLimitError, check_time


@pytest.mark.slow
def test_a_kernel_that_changes_sign_and_has_no_closed_moments():
    fit = mc.best_fit(mc.parse_target("(1-t^2)/(1+t^2)^2"), 1, digits=15)
    assert float(fit.w[0]) == pytest.approx(2.54714479023403, rel=1e-14)
    assert float(fit.a[0]) == pytest.approx(1.32121639668528, rel=1e-14)
    assert float(fit.loss) == pytest.approx(0.0500383948067092, rel=1e-14)


class Clock:
    """Time that moves by one second each time it is asked for."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1.0
        return self.now


def test_the_best_so_far_when_the_time_is_over(monkeypatch):
    """The clock stands still until the proof begins."""
    clock = Clock()
    monkeypatch.setattr(limits.time, "monotonic", clock)
    told = []

    def progress(line):
        told.append(line)
        if line.startswith("proving"):
            clock.now += 1e6

    kernel = mc.ExponentialSum(["-0.7", "2.6", "-2.9", "-2.3", "0.5"], ["0.2", "0.5", "1", "1.3", "7"])
    with pytest.raises(TimeLimitError, match=r"best so far, not proved: rates 0\.058873") as caught:
        mc.best_fit(kernel, 2, time_limit=1e5, progress=progress)
    assert caught.value.best.loss == pytest.approx(0.0454986512382, rel=1e-11)
    assert told == ["searching 2 rates in float64", "proving a minimum with J = 0.045498651"]


def test_nothing_found_when_the_time_is_over_at_once(monkeypatch):
    monkeypatch.setattr(limits.time, "monotonic", Clock())
    for norm, field in (("l2", "real"), ("l2", "complex"), ("l1", "real")):
        with pytest.raises(TimeLimitError) as caught:
            mc.best_fit(mc.parse_target("exp(-t)*cos(3*t)"), 1, norm, field=field, time_limit="1/2")
        assert caught.value.best is None


@pytest.mark.parametrize("limit", [0, -1, "x", True])
def test_limits_are_positive_numbers(limit):
    with pytest.raises((ValueError, TypeError), match="`time_limit` must be"):
        mc.best_fit(mc.PowerLaw(1), 1, time_limit=limit)


def test_no_limit_outside():
    with limits.time_limit(None):
        check_time()
    check_time()
