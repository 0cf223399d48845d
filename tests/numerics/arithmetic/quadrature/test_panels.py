"""Panels that are kept: against closed forms at real, complex and blurred rates, and what their bounds are worth."""

from __future__ import annotations

import functools
import operator

import pytest
import sympy as sp
from flint import acb, arb

from memcurse.numerics.arithmetic.balls import ball_precision, precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.arithmetic.operations import integrand
from memcurse.numerics.arithmetic.quadrature import half_line, panels
from memcurse.numerics.arithmetic.quadrature.panels import PanelRule, over_root
from memcurse.theory.notation import t, w

#: Kernels with the integral of them times ``exp(-w t)``.
TRANSFORMS = [
    (
        sp.exp(-sp.sqrt(t)),
        1 / w
        - sp.sqrt(sp.pi) * sp.exp(1 / (4 * w)) * sp.erfc(1 / (2 * sp.sqrt(w))) / (2 * w ** sp.Rational(3, 2)),
    ),
    (sp.exp(-3 * t) * sp.cos(5 * t), (w + 3) / ((w + 3) ** 2 + 25)),
    (t ** sp.Rational(-1, 4) * sp.exp(-t), sp.gamma(sp.Rational(3, 4)) * (w + 1) ** sp.Rational(-3, 4)),
    (t * sp.exp(-t), (w + 1) ** -2),
]
RATES = ["1e-6", "0.3", "0.31", "1", "7", "1e5"]


def _transform(kernel: sp.Expr, power: int = 0) -> sp.Integral:
    return sp.Integral(t**power * kernel * sp.exp(-w * t), (t, 0, sp.oo))


@pytest.fixture
def only_panels(monkeypatch: pytest.MonkeyPatch) -> None:
    """No way round the panels."""
    half_line._panel_rule.cache_clear()
    monkeypatch.setattr(half_line, "_adaptively", lambda *arguments: pytest.fail("too many panels"))


@pytest.mark.usefixtures("only_panels")
@pytest.mark.parametrize(("kernel", "closed"), TRANSFORMS, ids=lambda x: str(x))
@pytest.mark.parametrize("digits", [15, 45])
def test_moments_lie_in_their_balls_at_every_rate(kernel: sp.Expr, closed: sp.Expr, digits: int) -> None:
    by_panels = lower([_transform(kernel, k) for k in range(3)], (w,), "ball")
    exact = lower([(-1) ** k * sp.diff(closed, w, k) for k in range(3)], (w,), "ball")
    for rate in RATES:
        with ball_precision(2000):
            expected = exact(arb(rate))
        with precision(digits):
            for ball, value in zip(by_panels(arb(rate)), expected, strict=True):
                assert ball.overlaps(value)
                assert ball.rel_accuracy_bits() > 3.3 * digits


@pytest.mark.usefixtures("only_panels")
def test_a_complex_rate_and_one_that_is_blurred() -> None:
    kernel, closed = TRANSFORMS[1]
    values, exact = lower(_transform(kernel), (w,), "complex ball"), lower(closed, (w,), "complex ball")
    with precision(30):
        z = acb(arb("0.7"), arb("-2.1"))
        assert values(z).overlaps(exact(z))
        assert values(z).rel_accuracy_bits() > 90
    with precision(20):
        blurred = lower(_transform(kernel), (w,), "ball")(arb("2", "0.001"))
        for rate in ("1.999", "2", "2.001"):
            assert blurred.contains(lower(closed, (w,), "ball")(arb(rate)))
        assert blurred.rad() < 1e-4


def test_a_rate_between_two_octaves_and_one_that_is_an_end() -> None:
    """A ball across a power of two lies in no octave; its panels are its own."""
    assert panels._octave(arb(2)) == 1
    assert panels._octave(arb("1.999")) == 0
    assert panels._octave(arb(2, "0.001")) is None
    assert panels._octave(acb(2)) is None
    assert panels._octave(arb(0)) is None


@pytest.mark.parametrize(
    ("kernel", "q"), [(sp.exp(-sp.sqrt(t)), 2), (sp.exp(-t), 1), (t ** sp.Rational(1, 3) + sp.sqrt(t), 6)]
)
def test_roots_are_taken_out(kernel: sp.Expr, q: int) -> None:
    over, root = over_root(kernel, t)
    assert root == q
    assert over == kernel.xreplace({t: t**q}) * q * t ** (q - 1)
    assert not any(p.exp.is_Rational and not p.exp.is_Integer for p in over.atoms(sp.Pow))


def _bounded(kernel: sp.Expr, panel: panels.Panel, n: int, goal: int) -> tuple[arb, arb]:
    """The error of n nodes on a panel, and what the bound allows at that goal."""
    rule = PanelRule(kernel, t, integrand)
    k, j = panel
    half = arb(2) ** (j - 1)
    f = integrand(kernel, (t,))
    with ball_precision(300):
        exact = acb.integral(lambda z, _: f([z], False), acb(2 * k * half), acb((2 * k + 2) * half)).real
        __, values = rule._at_nodes((panel, n, 300))
        return abs(sum(values, arb(0)) - exact), rule._fewest(panel, 0, arb(0), goal)[1]


@pytest.mark.parametrize(
    "kernel", [1 / (1 + t**2), sp.exp(-t), sp.exp(-t) * sp.cos(9 * t), 1 / (t + sp.Rational(1, 9))], ids=str
)
def test_the_bound_of_a_panel_holds_and_is_not_idle(kernel: sp.Expr) -> None:
    """For each number of nodes that a goal asks for; a goal that asks for half of them would be missed."""
    rule, missed = PanelRule(kernel, t, integrand), 0
    for goal in (20, 60, 120):
        n, _ = rule._fewest((1, 0), 0, arb(0), goal)
        error, allowed = _bounded(kernel, (1, 0), int(n), goal)
        assert error < allowed
        assert allowed < arb(2) ** -goal
        less, _ = _bounded(kernel, (1, 0), 2 * (int(n) // 6), goal)
        missed += bool(less > arb(2) ** -goal)
    assert missed


def test_where_panels_are_too_many_the_integrator_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "_MOST_PANELS", 3)
    half_line._panel_rule.cache_clear()
    taken: list[int] = []
    adaptively = half_line._adaptively
    monkeypatch.setattr(half_line, "_adaptively", lambda *x: (taken.append(1), adaptively(*x))[1])
    kernel, closed = TRANSFORMS[0]
    with precision(20):
        ball = lower(_transform(kernel), (w,), "ball")(arb("0.3"))
        assert ball.overlaps(lower(closed, (w,), "ball")(arb("0.3")))
    assert taken
    half_line._panel_rule.cache_clear()


def test_values_are_kept_from_rate_to_rate_and_power_to_power() -> None:
    half_line._panel_rule.cache_clear()
    kernel = sp.exp(-sp.sqrt(t) - t)
    moments = lower([_transform(kernel, k) for k in range(3)], (w,), "ball")
    with precision(30):
        moments(arb("0.3"))
        rule = half_line._panel_rule(kernel, t, integrand)[0]
        before = len(rule._values)
        moments(arb("0.4"))
        assert len(rule._values) == before
    assert functools.reduce(operator.add, (n for _, n, _ in rule._values)) < 2000


def test_what_is_kept_is_given_up_when_it_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "_MOST_KEPT", 10)
    half_line._panel_rule.cache_clear()
    kernel, closed = TRANSFORMS[0]
    with precision(20):
        for rate in RATES:
            ball = lower(_transform(kernel), (w,), "ball")(arb(rate))
        with ball_precision(2000):
            expected = lower(closed, (w,), "ball")(arb(rate))
        assert ball.overlaps(expected)
    rule = half_line._panel_rule(kernel, t, integrand)[0]
    assert rule._kept < 2000
    half_line._panel_rule.cache_clear()


def test_what_lies_beyond_the_ends_is_in_the_ball() -> None:
    """Cut at t = 2: the tail e^-2 is handed in as a bound, and must come out as a radius."""
    rule = PanelRule(sp.exp(-t), t, integrand)
    tail = arb(-2).exp().upper()
    with ball_precision(80):
        ball = rule.integral(0, arb(0), 2, lambda least, singular, goal: (arb(0), arb(1.5), tail))
        assert ball is not None
        assert ball.contains(1)
        assert 0 < ball.mid() < 1 - tail / 2


@pytest.mark.parametrize("power", [0, 1, 4])
@pytest.mark.parametrize("goal", [2, 20])
def test_the_error_of_a_cover_at_a_coarse_goal(power: int, goal: int) -> None:
    """``int_0^64 t^(k - 1/2) e^(-t/10) dt`` over panels of the root: exact up to the error that the cover states."""
    rule = PanelRule(1 / sp.sqrt(t), t, integrand)
    with ball_precision(100):
        rate, s = arb(1) / 10, power + arb(0.5)
        cover = rule._cover(power, rate, arb(0), arb(60), goal)
        assert cover is not None
        exact = (s.gamma() - (arb(64) * rate).gamma_upper(s)) / rate**s
        assert (rule._sum(cover, power, rate) + arb(0, cover.error)).contains(exact)


@pytest.mark.parametrize("power", [0, 1, 4])
def test_a_panel_that_is_left_out_is_in_the_error(power: int) -> None:
    """From t = 64 to 256, where a goal of no bits asks for no node: the whole integral must be below the bound."""
    rule = PanelRule(1 / sp.sqrt(t), t, integrand)
    with ball_precision(100):
        n, error = rule._fewest((1, 3), power, arb(0), -100)
        s = power + arb(0.5)
        assert n == 0
        assert (arb(256) ** s - arb(64) ** s) / s <= error


@pytest.mark.usefixtures("only_panels")
def test_an_integral_that_vanishes() -> None:
    """``int (3 - t) e^(-t) t^2 dt = 0``: the ball holds 0 and is small."""
    with precision(20):
        ball = lower(sp.Integral((3 - t) * sp.exp(-t) * t**2, (t, 0, sp.oo)), (), "ball")()
    assert ball.contains(0)
    assert ball.rad() < 1e-20
