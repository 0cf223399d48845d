"""Taylor models and certified signs: the polynomial is as near as it says, and a sign is one for every point."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp
from flint import arb, arb_poly

import memcurse as mc
from memcurse.numerics.approximation.l1.distance import l1_residual
from memcurse.numerics.approximation.l1.residual_parts import decomposed
from memcurse.numerics.approximation.l1.smooth_jets import Smooth
from memcurse.numerics.arithmetic.balls import ball_precision, to_mpf
from memcurse.numerics.arithmetic.bernstein import bernstein_table, certified_signs
from memcurse.numerics.arithmetic.jets import panel
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.arithmetic.power_series import taylor_coefficients
from memcurse.theory.notation import t
from memcurse.theory.targets.target import Delayed

KERNELS = [
    mc.ExponentialSum([1, -3], [1, "5/2"]),
    mc.PowerLaw("1/2", 3),
    mc.GaussianBump(2),
    mc.AiryKernel(1, 3),
    mc.parse_target("besselj(2, t)*exp(-t)"),
    mc.parse_target("erfc(t) + sin(3*t)*exp(-sqrt(t))"),
    mc.parse_target("t*exp(-t)/(1+t^2)"),
    mc.parse_target("log(1+t)*exp(-t)").delayed(1),
]


@pytest.mark.parametrize("target", KERNELS, ids=str)
@pytest.mark.parametrize("order", [3, 12])
def test_models_hold_the_kernel_within_their_error(target: mc.Target, order: int) -> None:
    # All points are behind the one delay.
    expression = (
        target.base.expression.subs(t, t - target.delay) if isinstance(target, Delayed) else target.expression
    )
    value = lower(expression, (t,), "ball")
    with ball_precision(200):
        parts, _ = decomposed(target).residual()
        for start, end in ((1.0, 1.25), (1.5, 2.5), (4.0, 6.0)):
            p = panel(arb(start), arb(end))
            models = [part.model([p], order) for part in parts]
            row = [sum(column, arb(0)) for column in zip(*(m.rows[0] for m in models), strict=True)]
            error = sum((m.errors[0] for m in models), arb(0)).upper()
            assert error > 0
            largest = 0.0
            for u in (-1.0, -0.7, 0.0, 0.4, 1.0):
                # The parts are minus the target.
                off = abs(-value(p.centre + p.half * u) - arb_poly(row)(arb(u)))
                assert not off > error
                largest = max(largest, float(off.mid()))
            # The bound is no fantasy either.
            assert float(error) < 1e9 * largest + 1e-40


def test_signs_leave_open_what_the_error_may_turn() -> None:
    with ball_precision(100):
        rows = [[arb("-0.1"), arb(1), arb(0)], [arb("0.01"), arb(0), arb(1)], [arb(1), arb("0.5"), arb(0)]]
        errors = [arb("0.05")] * 3
        found = certified_signs(rows, bernstein_table(rows), errors, [arb("1e-6")] * 3)
        line, parabola, positive = found
        assert [s.sign for s in line] == [-1, 0, 1]
        assert line[0].end <= 0.05
        assert line[2].start >= 0.15
        assert all(s.sign == 0 for s in parabola if s.start < 0.19 and s.end > -0.19)
        assert parabola[0].sign == parabola[-1].sign == 1
        assert [s.sign for s in positive] == [1]


def test_a_residual_of_zero_tells_no_sign() -> None:
    with ball_precision(100):
        rows = [[arb(0)] * 4]
        (found,) = certified_signs(rows, bernstein_table(rows), [arb("1e-9")], [arb("1e-20")])
        assert all(s.sign == 0 for s in found)
        assert all(s.bound > 9e-10 for s in found)


@pytest.mark.parametrize("target", KERNELS, ids=str)
def test_jets_hold_value_and_slope_at_every_point_of_a_ball(target: mc.Target) -> None:
    expression = (
        target.base.expression.subs(t, t - target.delay) if isinstance(target, Delayed) else target.expression
    )
    value = lower(expression, (t,), "mpmath")
    with ball_precision(100), mpmath.workprec(150):
        parts, _ = decomposed(target).residual()
        ball = arb("1.5", "1e-3")
        for point in (mpmath.mpf("1.4991"), mpmath.mpf("1.5"), mpmath.mpf("1.5009")):
            for jets in ([part.jets([x])[0] for part in parts] for x in (ball, arb(str(point), "1e-20"))):
                found = [-sum(column, arb(0)) for column in zip(*jets, strict=True)]
                for enclosure, k in zip(found, (0, 1), strict=True):
                    exact = mpmath.diff(value, point, k)
                    assert abs(to_mpf(enclosure) - exact) <= to_mpf(enclosure.rad()) + mpmath.mpf(10) ** -15


def test_a_jump_has_no_slope() -> None:
    parts, _ = decomposed(mc.PowerLaw(2).delayed(2)).residual()
    (late,) = parts
    for ball in (arb(2), arb("2", "0.1")):
        ((_, slope),) = late.jets([ball])
        assert not slope.is_finite()
    before, behind = late.jets([arb("1.9"), arb("2.1")])
    assert before[0].is_zero()
    assert before[1].is_zero()
    assert behind[1] > 0


def test_a_kernel_without_a_series_has_no_slope() -> None:
    ((value, slope),) = Smooth(sp.Abs(sp.sin(t))).jets([arb("1.5", "0.01")])
    assert value.contains(arb("1.5").sin())
    assert not slope.is_finite()


@pytest.mark.parametrize(
    ("text", "sign", "power", "constant"),
    [("t^(-1/4)*exp(-t)", 1, -0.25, 1.0), ("-t^(-1/3)*exp(-t)*(2+cos(log(t)))", -1, -1 / 3, 1.0)],
)
def test_the_sign_at_an_infinite_value(text: str, sign: int, power: float, constant: float) -> None:
    (part,) = decomposed(mc.parse_target(text)).residual()[0]
    with ball_precision(100):
        for k in (10, 40, 100):
            end = arb(2) ** -k
            found, least = part.sign_near_zero(end)
            # The parts are minus the target.
            assert found == -sign
            assert 0.9 * constant < float(least / end**power) < constant * (1 + 1e-12)


def test_no_sign_is_told_where_none_outweighs_the_others() -> None:
    def signs(a: str) -> tuple[int, ...]:
        return l1_residual(mc.parse_target("t^(-1/4)*exp(-t)"), [a], [1], digits=8, every_point=True).signs

    assert signs("2") == (-1, 1)
    oscillating = decomposed(mc.parse_target("t^(-1/4)*cos(log(t))*exp(-t)")).residual()[0]
    assert oscillating[0].sign_near_zero(arb(2) ** -40)[0] == 0


def test_a_series_of_one_term_is_the_value() -> None:
    with ball_precision(100):
        (value,) = taylor_coefficients(sp.besselj(2, 3 * t) * sp.exp(-t), arb("1.5"), arb("0.25"), 0)
        assert value.overlaps(arb("4.5").bessel_j(arb(2)) * arb("-1.5").exp())
        assert value.rel_accuracy_bits() > 80
