"""Certified L1 errors against closed forms, and against float64 quadrature that knows nothing of balls."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

import memcurse as mc
from memcurse.numerics.approximation.l1.distance import l1_error, l1_residual
from memcurse.numerics.arithmetic.balls import ball_precision, from_mpf
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.functionals import Kernel
from memcurse.theory.notation import t

NODES, WEIGHTS = np.polynomial.legendre.leggauss(20)


def dense_l1(target: mc.Target, a, w, start: float = 1e-9, end: float = 1e4, points: int = 10_000) -> float:
    """Gauss's rule on many panels, even in log t; the kinks at the zeros cost about the square of a panel."""
    f = lower(target.expression, (t,), "float64")
    # The delays of the targets below are jumps.
    edges = np.sort(np.concatenate([[0.0, 2.0, 10 / 3, 7.0], np.geomspace(start, end, points)]))
    half, centre = np.diff(edges)[:, None] / 2, (edges[1:] + edges[:-1])[:, None] / 2
    x = centre + half * NODES
    model = sum(float(b) * np.exp(-float(v) * x) for b, v in zip(a, w, strict=True))
    return float(np.sum(half * WEIGHTS * np.abs(model - f(x))))


TARGETS = [
    mc.ExponentialSum([1, 2, -2], [1, 5, 20]),
    mc.PowerLaw(2),
    mc.PowerLaw("5/2", -3) + mc.ExponentialSum([1], [2]),
    mc.GaussianBump(10),
    mc.GaussianBump(2, "1/3", -2) + mc.ExponentialSum([1], [1]),
    mc.AiryKernel(1, 5),
    mc.parse_target("t*exp(-t)"),
    mc.parse_target("sin(3*t)*exp(-t)"),
    mc.parse_target("exp(-sqrt(t))"),
    mc.parse_target("besselj(1, t)*exp(-t)"),
    mc.parse_target("1/(1+t^2)^2"),
    mc.ExponentialSum([1], [1]).delayed("10/3") + mc.PowerLaw(3),
    mc.PowerLaw(2).delayed(7),
    mc.parse_target("t*exp(-t)").delayed(2) + mc.ExponentialSum([1, -1], [1, 2]),
]


@pytest.mark.parametrize("target", TARGETS, ids=str)
def test_float_quadrature_agrees(target: mc.Target) -> None:
    a, w = [Fraction(1, 2), Fraction(-1, 7)], [Fraction(1, 3), Fraction(5)]
    ball = l1_error(target, a, w, digits=15)
    assert ball.rel_accuracy_bits() >= 49
    # What lies behind the grid is below 1e-8 for power laws with omega >= 2.
    assert float(ball) == pytest.approx(dense_l1(target, a, w), rel=1e-6)


@given(
    st.lists(st.tuples(st.integers(-20, 20), st.integers(1, 20)), min_size=1, max_size=5),
    st.lists(st.tuples(st.integers(-20, 20), st.integers(1, 20)), min_size=1, max_size=5),
)
@settings(max_examples=12)
def test_random_sums_agree_with_the_roots_of_a_polynomial(terms, others) -> None:
    # In x = e^{-t/10} the residual is a polynomial, whose roots SymPy-free numpy finds.
    target = mc.ExponentialSum([x for x, _ in others], [Fraction(k, 10) for _, k in others])
    ball = l1_error(target, [x for x, _ in terms], [Fraction(k, 10) for _, k in terms], digits=15)
    c = np.zeros(21)
    for sign, pairs in ((1, terms), (-1, others)):
        for x, k in pairs:
            c[k] += sign * x
    if not c.any():
        assert ball.is_zero()
        return
    with mpmath.workdps(30):
        lowest = int(np.flatnonzero(c)[0])
        stripped = np.trim_zeros(c[lowest:], "b")[::-1]
        roots = mpmath.polyroots([mpmath.mpf(x) for x in stripped], maxsteps=500, extraprec=400)
        cuts = sorted({mpmath.re(z) for z in roots if abs(mpmath.im(z)) < 1e-9 and 0 < mpmath.re(z) < 1})

        def antiderivative(x):
            return sum(c[k] * x**k / k for k in range(1, 21)) * 10

        expected = sum(
            abs(antiderivative(y) - antiderivative(x)) for x, y in itertools.pairwise([0, *cuts, 1])
        )
        assert float(ball) == pytest.approx(float(expected), rel=1e-10)


def test_by_hand() -> None:
    # e^-t - 2 e^-2t + e^-3t = e^-t (1 - e^-t)^2 never changes sign; e^-t - 3 e^-3t does at ln(3)/2.
    with ball_precision(400):
        one = l1_residual(mc.ExponentialSum([1, 1], [1, 3]), [2], [2])
        assert one.signs == (-1,)
        assert one.norm.contains(arb(1) / 3)
        two = l1_residual(mc.ExponentialSum([3], [3]), [1], [1], digits=25)
        assert two.norm.contains(arb(4) / (3 * arb(3).sqrt()))
        assert two.norm.rel_accuracy_bits() >= 83
        assert two.signs == (-1, 1)
        assert two.sign_changes[0].contains(arb(3).log() / 2)


def trapezoid(omega: float, m: int, low: float, high: float):
    x = np.linspace(low, high, m)
    return (x[1] - x[0]) * np.exp((1 + omega) * x - np.exp(x)) / math.gamma(1 + omega), np.exp(x)


@pytest.mark.parametrize(("omega", "m", "low"), [("1/10", 50, -60.0), ("1/20", 118, -110.0)])
def test_long_memory_against_zeros_found_in_log_time(omega: str, m: int, low: float) -> None:
    a, w = trapezoid(float(Fraction(omega)), m, low, 4.0)
    found = l1_residual(mc.PowerLaw(omega), a, w, digits=12)

    def r(x):
        return np.exp(-np.exp(x)[:, None] * w) @ a - (1 + np.exp(x)) ** (-1 - float(Fraction(omega)))

    grid = np.linspace(-14, 130, 40_000)
    values = r(grid)
    k = np.flatnonzero(values[1:] * values[:-1] < 0)
    # One step of the secant: the norm sees the error of a zero in its square only.
    zeros = grid[k] - values[k] * (grid[k + 1] - grid[k]) / (values[k + 1] - values[k])
    with mpmath.workdps(25):
        p = mpmath.mpf(omega)
        tails = [
            mpmath.fsum(mpmath.mpf(b) / v * mpmath.exp(-mpmath.mpf(v) * x) for b, v in zip(a, w, strict=True))
            - (1 + x) ** -p / p
            for x in (mpmath.mpf(0), *map(mpmath.exp, zeros))
        ]
        expected = sum(abs(x - y) for x, y in itertools.pairwise([*tails, 0]))
    assert len(found.sign_changes) == len(zeros)
    assert float(found.norm) == pytest.approx(float(expected), rel=1e-10)
    assert found.norm.rel_accuracy_bits() >= 40
    assert found.signs[-1] == -1


def test_more_digits_are_inside_fewer() -> None:
    a, w = trapezoid(1.0, 20, -10.0, 4.0)
    balls = [l1_error(mc.PowerLaw(1), a, w, digits=digits) for digits in (12, 20, 40, 80)]
    for coarse, fine in itertools.pairwise(balls):
        assert coarse.overlaps(fine)
        assert fine.rad() < coarse.rad()
    assert balls[-1].rel_accuracy_bits() >= 265


def test_zero_residual_is_zero_and_rounded_ones_are_tiny() -> None:
    target = mc.ExponentialSum(["1/3", 1], ["1/7", 3])
    assert l1_error(target, [1, "1/3"], [3, "1/7"]).is_zero()
    assert l1_residual(target, [1, "1/3"], [3, "1/7"]).signs == (0,)
    # 1/3 and 1/7 as floats: |da|/w + a |dw|/w^2 at most.
    assert 0 < l1_error(target, [1 / 3, 1], [1 / 7, 3]) < 1e-14
    with mpmath.workdps(40):
        assert l1_error(target, [mpmath.mpf(1) / 3, 1], [mpmath.mpf(1) / 7, 3]) < 1e-38
    with ball_precision(100):
        ball = l1_error(target, [arb(1) / 3, arb(1)], [arb(1) / 7, arb(3)])
        assert ball.contains(0)
        assert ball < 1e-27


def test_equal_rates_tiny_amplitudes_and_fast_rates() -> None:
    target = mc.PowerLaw(1)
    whole = l1_error(target, [1], [2])
    assert l1_error(target, ["1/4", "3/4"], [2, 2]).overlaps(whole)
    near = l1_error(target, [1, "1e-400"], [2, "1e300"])
    assert near.overlaps(whole)
    assert l1_error(target, ["1e-300"], [1], digits=30).overlaps(arb(1))


def test_balls_with_radii_enclose_all_their_points() -> None:
    ball = l1_error(mc.PowerLaw(1), [arb(1, 0.01)], [arb(1, 0.01)])
    for a, w in itertools.product(("0.99", "1", "1.01"), repeat=2):
        assert ball.contains(l1_error(mc.PowerLaw(1), [a], [w]))
    assert ball.rad() < 0.05


def test_a_huge_delay_keeps_both_masses() -> None:
    # The bump's mass sqrt(2 pi) and that of the exponential lie apart.
    ball = l1_error(mc.GaussianBump(10**6), [1], [1], digits=15)
    assert float(ball) == pytest.approx(1 + math.sqrt(2 * math.pi), rel=1e-13)


def test_agrees_with_the_norm_of_the_residual_as_a_kernel() -> None:
    with ball_precision(110):
        residual = sp.exp(-t / 2) / 2 - t * sp.exp(-t)
        assert Kernel(residual).l1_norm(40).contains(l1_error(mc.parse_target("t*exp(-t)"), ["1/2"], ["1/2"]))


def test_a_kernel_that_is_infinite_at_0() -> None:
    # t^(-1/4) e^-t against a tiny sum: Gamma(3/4), less what lies above the crossing.
    ball = l1_error(mc.parse_target("t^(-1/4)*exp(-t)"), ["1e-30"], [2], digits=20)
    assert float(ball) == pytest.approx(math.gamma(0.75), rel=1e-14)


@pytest.mark.parametrize(
    ("kernel", "norm"),
    [
        ("t^(-3/2)*exp(-1/(4*t))", lambda: 2 * mpmath.sqrt(mpmath.pi)),
        ("exp(-1/t-t)/t", lambda: 2 * mpmath.besselk(0, 2)),
    ],
)
def test_a_pole_that_an_exponential_outweighs(kernel: str, norm) -> None:
    with mpmath.workdps(30):
        assert l1_error(mc.parse_target(kernel), [0], [1], digits=20).overlaps(from_mpf(norm()))


@pytest.mark.parametrize(
    ("target", "a", "w", "options", "error", "message"),
    [
        (mc.PowerLaw(0), [1], [1], {}, ValueError, "`target` must be integrable, with `omega` > 0"),
        (mc.PowerLaw("-1/4").delayed(1), [1], [1], {}, ValueError, "`target` must be integrable"),
        (mc.parse_target("1/(2+t)"), [1], [1], {}, ValueError, "`target` must be integrable"),
        (3, [1], [1], {}, TypeError, "`target` must be a memcurse target"),
        (mc.PowerLaw(1), [1], [0], {}, ValueError, "`w` must be positive; got 0 at index 0"),
        (mc.PowerLaw(1), [1, 2], [1], {}, ValueError, "`a` and `w` must have the same length"),
        (mc.PowerLaw(1), [float("nan")], [1], {}, ValueError, "`a[0]` must be finite"),
        (mc.PowerLaw(1), [1], [1], {"digits": 2}, ValueError, "`digits` must be between 3 and 1000; got 2"),
        (mc.PowerLaw(1), [1], [1], {"digits": 9.5}, TypeError, "`digits` must be an integer; got 9.5"),
    ],
)
def test_bad_input(target, a, w, options, error, message) -> None:
    with pytest.raises(error) as raised:
        l1_error(target, a, w, **options)
    assert message in str(raised.value)


def test_terms_that_cancel_keep_the_digits_asked_for() -> None:
    # 1e20 (e^{-(1-h)t} - e^{-(1+h)t}) with h = 1e-20 is 2 t e^-t to 40 digits.
    rates = ["0.99999999999999999999", "1.00000000000000000001"]
    ball = l1_error(mc.parse_target("t*exp(-t)"), ["1e20", "-1e20"], rates, digits=20)
    assert ball.contains(1)
    assert ball.rel_accuracy_bits() >= 64


def test_rates_and_amplitudes_beyond_float64() -> None:
    assert l1_error(mc.PowerLaw(1), [1], ["1e400"]).overlaps(1 - arb("1e-400"))
    with ball_precision(100):
        assert l1_error(mc.ExponentialSum(["1e-400"], [1]), ["2e-400"], [1]).overlaps(arb("1e-400"))
        assert l1_error(mc.PowerLaw(1), [1], ["1e-400"]).rel_accuracy_bits() > 60


def test_what_is_not_decided_goes_into_the_radius() -> None:
    # Behind the fast term the kernel changes its sign for ever, and the last changes are not looked for.
    target = mc.parse_target("sin(3*t)*exp(-t)")
    coarse = l1_residual(target, ["1/2"], [2], digits=3)
    fine = l1_error(target, ["1/2"], [2], digits=60)
    assert coarse.undecided > fine.rad()
    assert coarse.norm.contains(fine)


@pytest.mark.parametrize("delay", ["1/6", "2"])
@pytest.mark.parametrize(
    ("kernel", "mass"),
    [
        ("sqrt(t)*exp(-2*t)", lambda: mpmath.gamma(1.5) / mpmath.mpf(2) ** 1.5),
        ("t^(-1/4)*exp(-t)", lambda: mpmath.gamma(0.75)),
        ("erfc(sqrt(t))", lambda: mpmath.mpf(1) / 2),
    ],
)
def test_delayed_kernels_that_are_not_smooth_where_they_start(kernel: str, mass, delay: str) -> None:
    """Before the delay there is the sum alone; ``e^(-t/9)/100`` stays below the kernel up to one crossing."""
    target, a, w = mc.parse_target(kernel).delayed(delay), mpmath.mpf("0.01"), mpmath.mpf(1) / 9
    ball = l1_error(target, ["1/100"], ["1/9"], digits=12)
    assert ball.rel_accuracy_bits() >= 38
    with mpmath.workdps(25):
        rho = lower(mc.parse_target(kernel).expression, (t,), "mpmath")
        late = mpmath.mpf(sp.Rational(delay).p) / sp.Rational(delay).q

        def excess(x):
            return mpmath.log(rho(x) / a) + w * (x + late)

        brackets = [(mpmath.mpf("1e-9"), mpmath.mpf("0.2")), (mpmath.mpf("0.2"), mpmath.mpf(20))]
        changes = [
            mpmath.findroot(excess, ends, solver="anderson")
            for ends in brackets
            if excess(ends[0]) * excess(ends[1]) < 0
        ]
        edges = [mpmath.mpf(0), *changes]
        sign = mpmath.sign(rho(changes[0] / 2) - a * mpmath.exp(-w * late))
        # Between the zeros by tails of both, with signs.
        tails = [
            mpmath.quad(rho, [x, x + 1, x + 10, x + 90]) - a / w * mpmath.exp(-w * (x + late)) for x in edges
        ]
        pieces = [
            sign * (-1) ** k * (x - y) for k, (x, y) in enumerate(zip(tails, [*tails[1:], 0], strict=True))
        ]
        exact = a / w * (1 - mpmath.exp(-w * late)) + sum(pieces)
    assert float(ball) == pytest.approx(float(exact), rel=1e-9)
    assert l1_error(target, ["1e-40"], [1], digits=12).overlaps(from_mpf(mass()) + arb(0, "1e-15"))
