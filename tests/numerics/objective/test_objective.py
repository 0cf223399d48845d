"""`Objective`: four routes to the same numbers, and errors that name what is wrong."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import sympy as sp
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

import memcurse as mc
from memcurse.numerics.arithmetic.balls import ball_precision, from_mpf, precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import t
from memcurse.theory.plateau.delayed_part import example_target

PAPER = example_target("10")
TARGETS = [
    mc.ExponentialSum(["1", "-0.5"], ["0.3", "2"]),
    PAPER,
    mc.GaussianBump("5", "0.5", "-2"),
    mc.PowerLaw("1/2"),
    mc.PowerLaw("3") + mc.ExponentialSum(["0.5"], ["0.1"]),
    mc.AiryKernel("1", "3"),
    mc.PowerLaw("1").delayed("2") + mc.GaussianBump("4"),
    mc.ExpressionTarget(sp.exp(-t) * sp.cos(3 * t)),
]


def direct_quadrature(target: mc.Target, a: list[str], w: list[str]) -> mpmath.mpf:
    """The integral of the squared residual itself, by mpmath on panels: no moment is used."""
    rho = lower(target.expression, (t,), "mpmath") if not target.expression.has(sp.Piecewise) else None
    if rho is None:
        late = mpmath.mpf(2)

        def rho(x: mpmath.mpf) -> mpmath.mpf:  # PowerLaw("1").delayed("2") + GaussianBump("4")
            return ((x - late + 1) ** -2 if x >= late else 0) + mpmath.exp(-((x - 4) ** 2) / 2)

    exponents = [(mpmath.mpf(x), mpmath.mpf(v)) for x, v in zip(a, w, strict=True)]

    def squared(x: mpmath.mpf) -> mpmath.mpf:
        return (mpmath.fsum(c * mpmath.exp(-v * x) for c, v in exponents) - rho(x)) ** 2

    points = [0, 1, 2, 4, 6, 8, 10, 12, 16, 24, 40, 80, 160, 320]
    head = mpmath.quad(squared, points)
    far = mpmath.quad(
        lambda u: squared(mpmath.exp(u)) * mpmath.exp(u), [mpmath.log(320), 8, 10, 15, 20, 30, 60]
    )
    return head + far


@pytest.mark.slow
@pytest.mark.parametrize("index", range(len(TARGETS)))
def test_loss_by_direct_quadrature(index: int) -> None:
    target = TARGETS[index]
    rng = np.random.default_rng(index)
    for m in (1, 3):
        a = [f"{x:.3f}" for x in rng.normal(size=m)]
        w = [f"{x:.3f}" for x in np.exp(rng.uniform(-1, 2, size=m))]
        with mpmath.workdps(20):
            by_quadrature = direct_quadrature(target, a, w)
        ball = mc.Objective(target).enclose(a, w).loss
        assert abs(float(ball.mid()) - float(by_quadrature)) < 1e-12 * (1 + abs(float(ball.mid())))


@st.composite
def instances(draw: st.DrawFn) -> tuple[mc.Target, list[str], list[str]]:
    m = draw(st.integers(1, 8))
    decimals = st.decimals(-3, 3, places=3, allow_nan=False)
    a = [str(draw(decimals)) for _ in range(m)]
    w = [str(draw(st.decimals("0.05", 20, places=3, allow_nan=False))) for _ in range(m)]
    return draw(st.sampled_from(TARGETS)), a, w


@pytest.mark.slow
@given(instances())
@settings(max_examples=200)
def test_float64_mpmath_and_balls_agree(instance: tuple[mc.Target, list[str], list[str]]) -> None:
    target, a, w = instance
    J = mc.Objective(target)
    ball = J.enclose(a, w, digits=20 if target.expression.has(sp.airyai, sp.cos) else 30)
    with precision(60):
        # Moments by quadrature are the balls' own in mpmath too: nothing to compare there.
        for digits in () if target.expression.has(sp.airyai, sp.cos) else (20, 40):
            # A number correct to so many digits lies in the ball or within its own rounding of it.
            values = [
                J.loss(a, w, digits=digits),
                *J.gradient(a, w, digits=digits),
                *J.hessian(a, w, digits=digits),
            ]
            balls = [ball.loss, *ball.gradient.entries(), *ball.hessian.entries()]
            for value, exact in zip(values, balls, strict=True):
                rounding = abs(from_mpf(value)) * arb(10) ** (-digits) + arb(10) ** -300
                assert (from_mpf(value) + arb(0, rounding.upper())).overlaps(exact)
    loss, gradient, hessian = J.evaluate(a, w)
    A, W = np.abs(np.array(a, float)), np.array(w, float)
    r = 1 / (W[:, None] + W[None, :])
    size = float(abs(J.loss(np.zeros(1), np.ones(1))))  # ||rho||^2
    bound = A @ r @ A + 2 * A @ np.sqrt(size / (2 * W)) + size
    assert abs(loss - float(ball.loss.mid())) <= 1e-12 * bound
    # Each residual moment is a difference; its condition number is that of the sum of absolute values.
    moment = [math.sqrt(size) * np.sqrt(math.factorial(2 * n)) / (2 * W) ** (n + 0.5) for n in range(3)]
    s = [r @ A + moment[0], (r**2) @ A + moment[1], 2 * (r**3) @ A + moment[2]]
    for got, exact, limit in zip(
        gradient, ball.gradient.entries(), [*(2 * s[0]), *(2 * A * s[1])], strict=True
    ):
        assert abs(got - float(exact.mid())) <= 1e-12 * limit
    H = np.array([float(x.mid()) for x in ball.hessian.entries()]).reshape(hessian.shape)
    m = len(a)
    limits = np.abs(H)
    limits[:m, m:] += np.diag(2 * s[1])
    limits[m:, :m] += np.diag(2 * s[1])
    limits[m:, m:] += np.diag(2 * A * s[2])
    assert np.all(np.abs(hessian - H) <= 1e-12 * limits)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_symbolic_form_evaluated_whole_lies_in_the_enclosure(m: int) -> None:
    J = mc.Objective(PAPER)
    form = J.symbolic(m)
    rng = np.random.default_rng(m)
    a = [str(round(x, 3)) for x in rng.normal(size=m)]
    w = [str(round(x, 3)) for x in rng.uniform(0.2, 3, size=m)]
    ball = J.enclose(a, w)
    with precision(80):
        values = [arb(x) for x in (*a, *w)]
        everything = [form.loss, *form.gradient, *form.hessian]
        whole = lower(everything, (*form.a, *form.w), "ball")(*values)
    for x, y in zip(whole, [ball.loss, *ball.gradient.entries(), *ball.hessian.entries()], strict=True):
        assert x.overlaps(y)
        assert y.rel_accuracy_bits() > 160


def test_gradient_and_hessian_are_derivatives_by_finite_differences() -> None:
    J = mc.Objective(mc.PowerLaw("1") + mc.GaussianBump("3"))
    theta = ["0.7", "-0.4", "0.9", "2.1"]

    def at(values: list[mpmath.mpf]) -> tuple[mpmath.mpf, mpmath.matrix]:
        a, w = [mp_text(x) for x in values[:2]], [mp_text(x) for x in values[2:]]
        return J.loss(a, w, digits=50), J.gradient(a, w, digits=50)

    def mp_text(x: mpmath.mpf) -> str:
        return mpmath.nstr(x, 45, strip_zeros=False)

    with mpmath.workdps(60):
        start = [mpmath.mpf(x) for x in theta]
        gradient = J.gradient(theta[:2], theta[2:], digits=40)
        hessian = J.hessian(theta[:2], theta[2:], digits=40)
        for i in range(4):
            errors = []
            for h in (mpmath.mpf(10) ** -6, mpmath.mpf(10) ** -7):
                up, down = list(start), list(start)
                up[i] += h
                down[i] -= h
                (lu, gu), (ld, gd) = at(up), at(down)
                errors.append(abs((lu - ld) / (2 * h) - gradient[i]))
                for j in range(4):
                    assert abs((gu[j] - gd[j]) / (2 * h) - hessian[i, j]) < 1e-9
            # Central differences converge with order 2: a tenth of the step, a hundredth of the error. (In an
            # amplitude the loss is a quadratic: there is no error beyond the digits asked for.)
            assert errors[1] < max(errors[0] / 90, mpmath.mpf(10) ** -38)


def test_batch_axes_and_broadcasting() -> None:
    J = mc.Objective(PAPER)
    a, w = np.random.default_rng(0).normal(size=(4, 3, 2)), np.array([1.0, 2.0])
    loss, gradient, hessian = J.evaluate(a, w)
    assert loss.shape == (4, 3)
    assert gradient.shape == (4, 3, 4)
    assert hessian.shape == (4, 3, 4, 4)
    one = J.evaluate(a[2, 1], w)
    assert loss[2, 1] == one[0]
    np.testing.assert_array_equal(gradient[2, 1], one[1])
    np.testing.assert_array_equal(hessian[2, 1], one[2])
    np.testing.assert_array_equal(J.gradient(a, w), gradient)
    np.testing.assert_array_equal(J.hessian(a, w), hessian)
    assert isinstance(J.loss([1, 2], [1, 2]), float)


def test_prepared_objective_gives_the_same_numbers() -> None:
    J = mc.Objective(PAPER)
    a, w = np.array([0.7, 0.3]), np.array([1.0, 1.1])
    prepared = J.prepare(2)
    loss, gradient, hessian = prepared(a, w)
    expected = J.evaluate(a, w)
    assert loss == expected[0]
    np.testing.assert_array_equal(gradient, expected[1])
    np.testing.assert_array_equal(hessian, expected[2])
    with pytest.raises(mc.FloatRangeError):
        prepared(a, -w)
    with pytest.raises(ValueError, match="length 2"):
        prepared(np.ones(3), np.ones(3))


def test_loss_vanishes_only_at_the_target() -> None:
    J = mc.Objective(mc.ExponentialSum(["0.1", "2"], ["0.3", "7"]))
    zero = J.enclose(["2", "0.1"], ["7", "0.3"])
    assert zero.loss.contains(0)
    assert J.loss(["2", "0.1"], ["7", "0.3"], digits=40) < mpmath.mpf(10) ** -40
    assert J.enclose(["2", "0.1"], ["7", "0.30000000001"]).loss > 0


def test_permutation_symmetry_is_exact_in_balls() -> None:
    J = mc.Objective(PAPER)
    x, y = J.enclose(["0.2", "-1"], ["1", "3"]), J.enclose(["-1", "0.2"], ["3", "1"])
    assert x.loss.overlaps(y.loss)
    order = [1, 0, 3, 2]
    for i in range(4):
        assert x.gradient[i, 0].overlaps(y.gradient[order[i], 0])


def test_enclosure_has_the_digits_asked_for_even_on_the_plateau() -> None:
    target = example_target("200")
    ball = mc.Objective(target).enclose(["0.5", "0.5"], ["1", "1"], digits=30)
    # On the critical manifold the gradient is the memory's moments alone, about e^-200.
    assert all(x.rel_accuracy_bits() >= 100 for x in ball.gradient.entries())
    assert abs(ball.gradient[0, 0]) < arb(10) ** -80


def test_enclosure_of_a_box_holds_the_points_in_it() -> None:
    J = mc.Objective(PAPER)
    box = J.enclose([arb("0.5", "0.01"), "0.2"], ["1", arb("2", "0.01")], digits=20)
    for a, w in ((["0.495", "0.2"], ["1", "1.995"]), (["0.509", "0.2"], ["1", "2.0001"])):
        point = J.enclose(a, w, digits=20)
        assert box.loss.contains(point.loss)
        assert all(b.contains(p) for b, p in zip(box.hessian.entries(), point.hessian.entries(), strict=True))


def test_decimal_strings_are_not_rounded() -> None:
    J = mc.Objective(mc.ExponentialSum(["0.1"], ["1"]))
    assert J.enclose(["0.1"], ["1"]).loss.contains(0)
    assert J.enclose([0.1], ["1"], digits=60).loss > 0  # the float is another number


def test_global_precisions_are_left_alone() -> None:
    before = ctx.prec, mpmath.mp.prec
    J = mc.Objective(mc.AiryKernel("1", "1"))
    J.enclose([1], [1], digits=70)
    J.hessian([1], [1], digits=70)
    with pytest.raises(ValueError, match="digits"):
        J.loss([1], [1], digits=3)
    assert (ctx.prec, mpmath.mp.prec) == before


BAD = [
    ([], [], ValueError, "`a` must not be empty"),
    ([1.0], [1.0, 2.0], ValueError, "same"),
    ([math.nan], [1.0], ValueError, "`a` must be finite; got nan at index 0"),
    ([1.0, 2.0], [1.0, math.inf], ValueError, "`w` must be finite; got inf at index 1"),
    ([1.0] * 3, [1.0, 2.0, -0.3], ValueError, "`w` must be positive; got -0.3 at index 2"),
    ([1.0], [0.0], ValueError, "`w` must be positive"),
    ([1j], [1.0], TypeError, "`a` must be real"),
    (["one"], [1.0], ValueError, "`a\\[0\\]` must be a decimal"),
    (None, [1.0], TypeError, "`a"),
    ([True], [1.0], TypeError, "`a` must be real"),
    ("12", [1.0], TypeError, "`a` must be a sequence"),
    (1.0, [1.0], ValueError, "`a` must have at least one axis"),
    ([[1.0, 2.0], [1.0]], [1.0], ValueError, "rows of one length"),
]


@pytest.mark.parametrize(("a", "w", "error", "message"), BAD)
@pytest.mark.parametrize("method", ["loss", "gradient", "hessian", "evaluate"])
def test_bad_input_is_named_in_float64(a: object, w: object, error: type, message: str, method: str) -> None:
    with pytest.raises(error, match=message):
        getattr(mc.Objective(PAPER), method)(a, w)


@pytest.mark.parametrize(
    ("a", "w", "error", "message"),
    [
        ([], [], ValueError, "`a` must not be empty"),
        ([1], [1, 2], ValueError, "same length"),
        ([math.nan], [1], ValueError, "must be finite"),
        ([math.inf], [1], ValueError, "must be finite"),
        ([1], ["-0.3"], ValueError, "`w` must be positive; got -3/10 at index 0"),
        ([1j], [1], TypeError, "real number"),
        (["x"], [1], ValueError, "decimal or rational"),
        ("1", [1], TypeError, "sequence"),
        ([[1]], [[1]], ValueError, "one number"),
        ([arb("nan")], [1], ValueError, "finite"),
    ],
)
def test_bad_input_is_named_at_any_precision(a: object, w: object, error: type, message: str) -> None:
    J = mc.Objective(PAPER)
    with pytest.raises(error, match=message):
        J.enclose(a, w)
    with pytest.raises(error, match=message):
        J.loss(a, w, digits=30)


@pytest.mark.parametrize("digits", [14, 0, -5, 10**9])
def test_digits_out_of_range(digits: int) -> None:
    with pytest.raises(ValueError, match="`digits` must be between"):
        mc.Objective(PAPER).enclose([1], [1], digits=digits)


@pytest.mark.parametrize("digits", [30.0, "30", True])
def test_digits_of_a_wrong_type(digits: object) -> None:
    with pytest.raises(TypeError, match="`digits` must be an integer"):
        mc.Objective(PAPER).loss([1], [1], digits=digits)  # type: ignore[arg-type]


def test_results_that_float64_cannot_hold_raise() -> None:
    J = mc.Objective(PAPER)
    with pytest.raises(mc.FloatRangeError, match="use `digits`"):
        J.loss([1e200], [1.0])
    late = mc.Objective(example_target(1000))
    with pytest.raises(mc.FloatRangeError, match="underflow"):
        late.gradient([0.5, 0.5], [1.0, 1.0])
    assert late.loss([0.5, 0.5], [1.0, 1.0]) == pytest.approx(math.sqrt(math.pi), rel=1e-14)
    assert abs(late.gradient(["0.5", "0.5"], ["1", "1"], digits=20)[0]) > 0
    with pytest.raises(mc.FloatRangeError):
        mc.Objective(mc.ExponentialSum(["1e-400"], [1])).loss([1.0], [1.0])


def test_a_result_that_cancels_to_nothing_is_not_a_silent_zero_at_any_precision() -> None:
    # On the critical manifold the gradient is e^-1000000, below any working precision that is tried.
    late = mc.Objective(example_target(10**6))
    with pytest.raises(ArithmeticError, match="cannot be told from 0"):
        late.gradient([1], [1], digits=20)
    # A sum of exponentials is fitted exactly, and a zero amplitude makes a zero slope: those are zeros.
    assert mc.Objective(mc.ExponentialSum([1], [1])).gradient([1], [1], digits=20)[0] == 0
    assert mc.Objective(PAPER).gradient([1, 0], [1, 2], digits=20)[3] == 0


def test_model_error_is_kept_on_the_objective() -> None:
    assert mc.Objective(PAPER).model_error == 0
    assert 0 < mc.Objective(mc.PowerLaw("1/2") + PAPER).model_error < 5e-15


def test_balls_are_for_enclose() -> None:
    with pytest.raises(TypeError, match="`enclose` takes"):
        mc.Objective(PAPER).loss([arb(1)], [1], digits=20)


def test_objective_of_something_else() -> None:
    with pytest.raises(TypeError, match="`target` must be a memcurse target"):
        mc.Objective(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("m", [0, -1])
def test_symbolic_width_is_checked(m: int) -> None:
    with pytest.raises(ValueError, match="`m` must be at least 1"):
        mc.Objective(PAPER).symbolic(m)


def test_hessian_of_one_width_is_positive_for_a_perfect_fit() -> None:
    J = mc.Objective(mc.ExponentialSum(["2"], ["3"]))
    assert np.linalg.eigvalsh(J.hessian([2.0], [3.0])).min() > 0


def test_ball_precision_context_restores_after_an_error() -> None:
    before = ctx.prec
    with pytest.raises(ZeroDivisionError), ball_precision(500):
        raise ZeroDivisionError
    assert ctx.prec == before
