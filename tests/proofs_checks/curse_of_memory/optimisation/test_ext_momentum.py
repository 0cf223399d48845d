"""Momentum on the plateau: each ingredient by a second route, and the machinery on what it must not accept."""

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad, solve_ivp, trapezoid
from scipy.interpolate import CubicSpline

from memcurse.numerics.flow.events import LossDrop
from memcurse.numerics.plateau.slow_curve import SlowManifoldError
from memcurse.numerics.plateau.slow_manifold import slow_escape
from memcurse.proofs_checks.curse_of_memory.optimisation.escape import _valley
from memcurse.proofs_checks.curse_of_memory.optimisation.escape import ext_momentum as statement
from memcurse.proofs_checks.curse_of_memory.optimisation.escape._momentum_scaling import one_valley, scaling
from memcurse.proofs_checks.curse_of_memory.optimisation.escape._momentum_times import (
    NESTEROV,
    momentum,
    second_route,
    times,
)
from memcurse.proofs_checks.curse_of_memory.optimisation.escape._valley import (
    limiting_constant,
    objective,
    valley,
    valley_time,
)
from memcurse.proofs_checks.evidence.statement import Setting
from memcurse.proofs_checks.evidence.verdicts import Verdict

SHARE = sp.Rational(7, 10)
SETTING = Setting(digits=30)


def test_identities():
    assert all(finding.verdict is Verdict.PROVED for finding in scaling())
    assert one_valley().verdict is Verdict.PROVED
    for power in (sp.Integer(1), sp.Rational(149, 100)):
        assert one_valley(power).verdict is Verdict.REFUTED


def test_shares_are_drawn_from_the_seed_alone():
    assert statement.shares(Setting(seed=3)) == statement.shares(Setting(seed=3, quick=True))
    assert len({statement.shares(Setting(seed=seed)) for seed in range(5)}) > 1
    for seed in range(20):
        drawn = statement.shares(Setting(seed=seed))
        assert all(sp.Rational(11, 20) <= p < sp.Rational(17, 20) for p in drawn)
        assert list(drawn) == sorted(set(drawn))


def test_limiting_constant_without_friction_by_quadrature():
    """Energy: ``P'^2/2 = U(p) - U(P)`` with ``U' = -(...)``, an integral instead of an equation of motion."""

    def potential(p):
        return 2 * (2 * p - 1) / math.sqrt(p * (1 - p))

    p0 = float(SHARE)
    # P = p0 (1 - y^2) takes the root out of the start.
    time, _ = quad(
        lambda y: 2 * p0 * y / math.sqrt(2 * (potential(p0) - potential(p0 * (1 - y * y)))),
        1e-9,
        1,
        limit=200,
    )
    beta = float(mpmath.betainc(2.5, 2.5, 0, p0))
    assert limiting_constant(SHARE, 1e-10, 0.0) == pytest.approx(time / math.sqrt(beta), rel=1e-6)


def test_limiting_constant_in_other_variables():
    """With ``u = s^2/4`` the equation is ``u P'' + 2 P' = -g(P)``, regular at 0; Radau instead of Dormand-Prince."""

    def g(p):
        return (p * (1 - p)) ** -1.5

    p0, first, last = float(SHARE), 1e-6, 1e-4
    slope = -g(p0) / 2

    def arrival(u, y):
        return y[0] - last

    arrival.terminal = True
    run = solve_ivp(
        lambda u, y: [y[1], -(g(y[0]) + 2 * y[1]) / u],
        (first, 10.0),
        [p0 + slope * first, slope],
        method="Radau",
        events=arrival,
        rtol=1e-9,
        atol=1e-12,
    )
    u, speed = run.t[-1], abs(run.y[1, -1])
    found = 2 * math.sqrt(u) + 0.8 * last / (speed * math.sqrt(u))
    beta = float(mpmath.betainc(2.5, 2.5, 0, p0))
    assert limiting_constant(SHARE, 1e-10) == pytest.approx(found / math.sqrt(beta), rel=1e-5)


def test_valley_gives_the_gradient_time():
    """The same slope and length by quadrature of ``M/lambda dq``, against the escape time of `numerics`."""
    found = valley(80, SHARE, 0.01)
    density = np.exp(found.log_length - found.log_slope) * 2 * found.x * found.start
    scaled = float(trapezoid(density, found.x))
    time = mpmath.mpf(scaled) / found.slope
    other = slow_escape(objective(80), [SHARE, 1 - SHARE], [1, 1], LossDrop(fraction="0.05")).event_time
    assert float(time / other) == pytest.approx(1, rel=1e-3)


def test_length_of_a_short_valley_by_chords():
    """The arc through points of the curve, without tangents, where the rates move, too."""
    found = valley(16, SHARE, 0.01)
    curve = slow_escape(objective(16), [SHARE, 1 - SHARE], [1, 1], LossDrop(fraction="0.05"))
    assert found.start == pytest.approx(float(curve.a[0, 0]), rel=1e-12)
    points = np.hstack([curve.a, curve.w]).astype(float)[::-1]
    logs = np.log(points[:, 0])
    inside = logs > logs[-1] + 2 * math.log(found.x[2])
    points, logs = points[inside], logs[inside]
    fine = np.linspace(logs[0], logs[-1], 4000)
    arc = np.linalg.norm(np.diff(CubicSpline(logs, points)(fine), axis=0), axis=1).sum()
    length = CubicSpline(2 * np.log(found.x) + math.log(found.start), found.log_length / 2)
    assert trapezoid(np.exp(length(fine) + fine), fine) == pytest.approx(arc, rel=1e-5)
    # Amplitudes alone are shorter by more than 1 %.
    assert math.sqrt(2) * (points[-1, 0] - points[0, 0]) < 0.99 * arc


@pytest.mark.parametrize("friction", [0.0, 0.5, 3.0])
def test_constant_force_is_a_free_fall(friction):
    """From rest ``q = q0 - s^2/(2 (1 + friction))``."""
    time, _ = _valley._descent(lambda q: (-1.0, 1.0), 1.0, 0.25, friction, 1e-10)
    assert time == pytest.approx(math.sqrt(1.5 * (1 + friction)), rel=1e-12)


@pytest.mark.parametrize("share", [sp.Rational(3, 5), sp.Rational(4, 5)])
def test_valley_time_over_root_tends_to_the_constant(share):
    def ratio(delay):
        stop = LossDrop(fraction="0.05")
        slowly = slow_escape(objective(delay), [share, 1 - share], [1, 1], stop).event_time
        return float(valley_time(delay, share, step=0.01).time / mpmath.sqrt(slowly))

    limit = limiting_constant(share, 1e-9)
    off = [abs(ratio(delay) / limit - 1) for delay in (20, 30, 80)]
    assert off[0] > off[1] > off[2]
    assert off[2] < 1e-6


def test_too_short_a_delay_has_no_valley():
    with pytest.raises(SlowManifoldError, match="must leave its start"):
        valley(4, SHARE)


def test_second_route_agrees():
    run = momentum(sp.Integer(8), SHARE, NESTEROV, 1e-10)
    assert second_route(8, SHARE, 1e-10) == pytest.approx(run.event_time, rel=1e-7)


def test_flow_that_does_not_escape_is_an_error(monkeypatch):
    class Run:
        event_time = None

    monkeypatch.setattr(
        "memcurse.proofs_checks.curse_of_memory.optimisation.escape._momentum_times.momentum",
        lambda *args: Run(),
    )
    with pytest.raises(ArithmeticError, match="must escape"):
        times(sp.Rational(71, 100), sp.Integer(8), NESTEROV)


def test_energy_falls_and_the_loss_does_not():
    assert statement.dissipated(30).verdict is Verdict.CERTIFIED
    assert statement.dissipated(30, kinetic=False).verdict is Verdict.REFUTED


def test_wrong_constants_are_refuted():
    assert statement.constant(SHARE).verdict is Verdict.VERIFIED
    for friction in (2.99, 3.01, 1.0):
        assert statement.constant(SHARE, friction).verdict is Verdict.REFUTED


@pytest.mark.slow
def test_exponents_near_a_half_are_refuted_along_the_valley():
    assert statement.valley_exponent(SETTING, 0.5).verdict is Verdict.OBSERVED
    for claimed in (0.499, 0.501, 0.4):
        assert statement.valley_exponent(SETTING, claimed).verdict is Verdict.REFUTED


@pytest.mark.slow
@pytest.mark.parametrize("friction", [0.1, 0.5])
def test_fixed_friction_has_the_exponent_of_the_gradient_flow(friction):
    """1 is refuted for Nesterov's flow and 1/2 for these: the delays alone do not decide."""
    assert statement.integrated_exponent(SETTING, 0.5, friction).verdict is Verdict.REFUTED
    assert statement.integrated_exponent(SETTING, 1.0, friction).verdict is not Verdict.REFUTED


@pytest.mark.slow
def test_the_delays_of_the_fixed_friction_do_not_refute_nesterov(monkeypatch):
    monkeypatch.setattr(statement, "_HALVES", statement._FIXED_HALVES)
    assert statement.integrated_exponent(SETTING, 0.5).verdict is not Verdict.REFUTED


@pytest.mark.slow
def test_flow_comes_closer_to_the_valley():
    found = [abs(sum(statement.followed(delay, SHARE).bounds)) / 2 for delay in (14, 15, 16)]
    assert found[0] > found[1] > found[2]
    assert found[2] < 0.06


def test_steps_in_a_constant_force():
    assert statement.constant_force().verdict is Verdict.PROVED
    assert statement.constant_force(2).verdict is Verdict.REFUTED


@pytest.mark.parametrize("beta", [0.5, 0.9])
def test_a_fixed_beta_that_gains_more(beta, monkeypatch):
    assert statement.gain(beta).verdict is Verdict.OBSERVED
    assert statement.fixed_beta(beta).verdict is Verdict.OBSERVED
    right = statement.steps
    monkeypatch.setattr(statement, "steps", lambda T, b: right(T, b) * (0.99 if b else 1))
    assert statement.gain(beta).verdict is Verdict.REFUTED
    monkeypatch.setattr(statement, "steps", lambda T, b: right(T, b) ** (0.9 if b and T > 12 else 1))
    assert statement.fixed_beta(beta).verdict is Verdict.REFUTED
