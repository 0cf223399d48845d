"""Starts, curvature and noise: each ingredient by a second route, and the statements broken on purpose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp

from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.plateau import spread_escape
from memcurse.numerics.plateau.spread_escape import silent_unit_time
from memcurse.proofs_checks.curse_of_memory.optimisation.methods import (
    ext_noise,
    ext_one_solve,
    ext_second_order,
    ext_spread_rates,
)
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict
from memcurse.theory.plateau import slow_manifold, spread_rates
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets.kernels import GaussianBump

SETTING = Setting(digits=30)
HALF = sp.Rational(1, 2)


# --- spread rates ---------------------------------------------------------------------------------------------------


def test_the_gain_is_what_the_best_fit_off_the_short_part_gains() -> None:
    """By the normal equations of e^{-t}, t e^{-t} and e^{-vt} in the loss itself."""
    J, v, delay = Objective(example_target(12)), 0.3, 12
    # Minimise over the amplitudes of e^{-t}, e^{-(1+h)t}, e^{-vt}: the span tends to that with t e^{-t}.
    h = 1e-4
    w = np.array([1.0, 1.0 + h, v])
    gram = 1 / (w[:, None] + w[None, :])
    moments = np.array([float(J.target.moment(0, sp.Float(x, 30))) for x in w])
    short = moments[:2] @ np.linalg.solve(gram[:2, :2], moments[:2])
    full = moments @ np.linalg.solve(gram, moments)
    gain, _ = spread_escape._gain(spread_escape.Pull(GaussianBump(delay)), mpmath.mpf(v))
    assert float(gain) == pytest.approx(full - short, rel=1e-3)


def test_the_slope_of_the_gain_is_its_derivative() -> None:
    pull = spread_escape.Pull(GaussianBump(12))
    with mpmath.workdps(40):
        v, h = mpmath.mpf("0.4"), mpmath.mpf("1e-8")
        up, down = (spread_escape._gain(pull, x)[0] for x in (v + h, v - h))
        assert float((up - down) / (2 * h) / spread_escape._gain(pull, v)[1]) == pytest.approx(1, rel=1e-9)


def test_the_time_by_another_quadrature() -> None:
    pull = spread_escape.Pull(GaussianBump(16))
    with mpmath.workdps(30):
        end = mpmath.findroot(lambda v: spread_escape._gain(pull, v)[0] - mpmath.mpf("0.01"), 0.2)
        found = mpmath.quad(lambda v: -1 / spread_escape._gain(pull, v)[1], mpmath.linspace(end, 0.5, 8))
    assert float(silent_unit_time(GaussianBump(16), "0.5", "0.01")) == pytest.approx(float(found), rel=1e-8)


@pytest.mark.parametrize(
    ("rate", "drop", "words"),
    [
        (1, "0.01", "`rate` must lie between 0 and 1"),
        (0, "0.01", "`rate` must lie between 0 and 1"),
        ("0.1", "1e-9", "`drop` must be more than the start gains"),
        ("0.5", "1.5", "`drop` must come before the rate is at rest"),
    ],
)
def test_starts_and_drops_that_have_no_time(rate: Any, drop: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        silent_unit_time(GaussianBump(16), rate, drop)


@pytest.mark.slow
def test_wrong_constants_of_the_derivation(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [x.verdict for x in ext_spread_rates.derivation()] == [Verdict.PROVED] * 3
    right = spread_rates.gain
    monkeypatch.setattr(ext_spread_rates.theory, "gain", lambda v, w, k: right(v, w, k) * v)
    assert ext_spread_rates.derivation()[2].verdict is Verdict.REFUTED


@pytest.mark.slow
def test_a_time_proved_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ext_spread_rates.proved
    assert ext_spread_rates.no_plateau(*ext_spread_rates._SLOW[0])[1].verdict is Verdict.CERTIFIED
    monkeypatch.setattr(ext_spread_rates, "proved", lambda *x: right(*x) * 101 / 100)
    assert ext_spread_rates.no_plateau(*ext_spread_rates._SLOW[0])[1].verdict is Verdict.REFUTED
    monkeypatch.setattr(ext_spread_rates, "proved", lambda *x: None)
    assert [x.verdict for x in ext_spread_rates.no_plateau(*ext_spread_rates._SLOW[0])] == [Verdict.REFUTED]


@pytest.mark.slow
def test_a_quadrature_that_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ext_spread_rates.silent_unit_time
    for cached in (ext_spread_rates.both, ext_spread_rates.ladder):
        cached.cache_clear()
    monkeypatch.setattr(ext_spread_rates, "silent_unit_time", lambda *x: right(*x) ** 1.001)
    assert ext_spread_rates.against_quadrature(HALF, 32).verdict is Verdict.REFUTED
    assert ext_spread_rates.law(HALF, 1.0, 2.0)[0].verdict is Verdict.REFUTED
    for cached in (ext_spread_rates.both, ext_spread_rates.ladder):
        cached.cache_clear()


# --- curvature ------------------------------------------------------------------------------------------------------


def test_the_leading_force_and_a_wrong_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ext_second_order.leading_force().verdict is Verdict.PROVED
    right = slow_manifold.saturated_moment
    monkeypatch.setattr(ext_second_order.slow, "saturated_moment", lambda w, d: right(w, d) * w)
    assert ext_second_order.leading_force().verdict is Verdict.REFUTED


def test_the_force_against_its_leading_order() -> None:
    """At T = 200 the next order of 1/T is left."""
    at = ext_second_order.Plateau(sp.Integer(200))
    C = float(sp.sqrt(2 * sp.pi) * sp.exp(HALF))
    leading = np.log(16 / 3 * 200.0**4 * C**1.5) - 300
    assert ext_second_order.force(at) == pytest.approx(leading, abs=0.05)


@pytest.mark.slow
def test_counts_that_are_off(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ext_second_order.precise
    assert ext_second_order.power(SETTING, -1 / 3).verdict is Verdict.OBSERVED
    monkeypatch.setattr(ext_second_order, "precise", lambda at: right(at) ** 1.3)
    assert ext_second_order.power(SETTING, -1 / 3).verdict is Verdict.REFUTED


def test_a_method_that_float64_does_not_break(monkeypatch: pytest.MonkeyPatch) -> None:
    found = dict.fromkeys(ext_second_order._BREAKING, "broken")
    monkeypatch.setattr(ext_second_order, "broken", lambda: found)
    assert [x.verdict for x in ext_second_order.breaks(6)] == [Verdict.CERTIFIED, Verdict.OBSERVED]
    found["BFGS"] = "reached"
    assert ext_second_order.breaks(6)[1].verdict is Verdict.REFUTED
    del found["BFGS"]
    assert ext_second_order.breaks(5)[0].verdict is Verdict.UNDECIDED


def test_a_method_that_does_not_come() -> None:
    stuck = ext_second_order._BREAKING["BFGS"]
    with pytest.raises(ArithmeticError, match="must leave the plateau at T = 24; got broken"):
        ext_second_order._count("BFGS", stuck, ext_second_order.Plateau(sp.Integer(24)))


# --- noise ----------------------------------------------------------------------------------------------------------


def _few(monkeypatch: pytest.MonkeyPatch, found: Any) -> None:
    monkeypatch.setattr(ext_noise, "counts", lambda setting, delay, noise=1e-3: found(delay, noise))


def test_shares_growth_and_powers_of_made_up_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty seeds whose counts are known powers of delay and noise, but for a scatter."""
    scatter = np.random.default_rng(5).lognormal(0, 0.2, (2, 20))
    _few(monkeypatch, lambda T, noise: list(1e4 * scatter[int(T == 40)] * np.exp(0.2 * (T - 28)) / noise))
    assert ext_noise.growth(SETTING, 0.1).verdict is Verdict.REFUTED
    assert ext_noise.growth(SETTING, 0.3).verdict is Verdict.OBSERVED
    assert ext_noise.power_of_noise(SETTING, -0.5).verdict is Verdict.REFUTED
    assert ext_noise.power_of_noise(SETTING, -1.5).verdict is Verdict.OBSERVED
    assert ext_noise.power_of_noise(SETTING, -0.5, above=False).verdict is Verdict.OBSERVED
    _few(monkeypatch, lambda T, noise: [None] * 20)
    assert ext_noise.share(SETTING, 0.75).verdict is Verdict.REFUTED
    _few(monkeypatch, lambda T, noise: [None] * 6 + [1] * 14)
    assert ext_noise.share(SETTING, 0.75).verdict is Verdict.UNDECIDED


@pytest.mark.slow
def test_noise_that_is_not_added(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ext_noise.descend
    monkeypatch.setattr(
        ext_noise, "descend", lambda *x, **k: right(*x, **{**k, "noise": 0.0, "max_steps": 10_000})
    )
    ext_noise.steps.cache_clear()
    assert ext_noise.share(SETTING, 0.75).verdict is Verdict.REFUTED
    monkeypatch.setattr(ext_noise, "descend", lambda *x, **k: replace(right(*x, **k), status="reached"))
    ext_noise.steps.cache_clear()
    monkeypatch.setattr(ext_noise, "_WITHOUT", 1000)
    assert ext_noise.without(0).verdict is Verdict.REFUTED
    ext_noise.steps.cache_clear()


# --- one solve ------------------------------------------------------------------------------------------------------


def test_the_share_of_one_solve_by_floats() -> None:
    """Normal equations over a grid of times, against the enclosure."""
    delay, h = 10, 5e-3
    t = np.arange(0, 400, h) + h / 2
    rho = np.exp(-t) + np.exp(-((t - delay) ** 2) / 2)
    A = np.exp(-np.outer(t, [float(x) for x in ext_one_solve.rates(delay)]))
    c = np.linalg.lstsq(A, rho, rcond=1e-13)[0]
    share = 1 - ((A @ c - rho) ** 2).sum() * h / np.sqrt(np.pi)
    assert float(ext_one_solve.learned(delay)) == pytest.approx(share, abs=2e-4)


def test_a_solve_that_learns_less(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ext_one_solve.learned
    assert [x.verdict for x in ext_one_solve.one_solve()] == [Verdict.CERTIFIED] * 2
    monkeypatch.setattr(ext_one_solve, "learned", lambda T: right(T) * 95 / 100)
    assert ext_one_solve.one_solve()[0].verdict is Verdict.REFUTED
    monkeypatch.setattr(ext_one_solve, "learned", lambda T: right(T) / 5)
    assert ext_one_solve.no_loss(1).verdict is Verdict.REFUTED


def test_flows_that_left_or_were_not_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ext_one_solve, "escaped", lambda: {20: "until", 40: "reached"})
    assert ext_one_solve.still_there().verdict is Verdict.REFUTED


def test_least_widths_that_are_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ext_one_solve, "_least_width", lambda T: 6)
    assert ext_one_solve.half(SETTING)[0].verdict is Verdict.REFUTED
    assert ext_one_solve.half(SETTING, fewer=1)[0].verdict is Verdict.CERTIFIED


def test_networks_that_do_better_or_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ext_one_solve, "drawn", lambda T, seed: 0.1 + 0.01 * (seed % 3))
    assert ext_one_solve.remains(SETTING, 10, 0.05).verdict is Verdict.REFUTED
    assert ext_one_solve.remains(SETTING, 40, 0.25, above=True).verdict is Verdict.REFUTED
    monkeypatch.setattr(ext_one_solve, "forecast", lambda T, seed: float("inf"))
    assert ext_one_solve.sampled(SETTING, 4, 12).verdict is Verdict.REFUTED
