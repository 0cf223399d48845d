"""Kernels: closed forms of moments and norms against quadrature that knows nothing of them."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st

from memcurse.numerics.arithmetic.balls import precision, to_mpf
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import delay, height, t, w, width
from memcurse.theory.targets.kernels import (
    AiryKernel,
    ExpressionTarget,
    GaussianBump,
    PowerLaw,
    gaussian_inner_product,
    gaussian_moment,
)
from memcurse.theory.targets.target import Delayed, ExponentialSum, Target, TargetSum, inner_product

KERNELS: list[Target] = [
    ExponentialSum(["1", "-0.5"], ["0.7", "3"]),
    GaussianBump("3", "0.5", "2"),
    GaussianBump("0", "1"),
    PowerLaw("1/2", "3"),
    PowerLaw("2.3"),
    AiryKernel("1", "3"),
    AiryKernel("2", "-1", "0.5"),
    ExponentialSum(["1"], ["1"]).delayed("2"),
    PowerLaw("1").delayed("1.5"),
    ExpressionTarget(t * sp.exp(-t)),
]
RATES = ("0.3", "1", "8")
POINTS = [0, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 20, 40, 80, 160]


def value(expression: sp.Expr, **symbols: str) -> mpmath.mpf:
    """An expression in balls at 30 digits, as an mpmath number."""
    with precision(60):
        names = sorted(expression.free_symbols, key=str)
        ball = lower(expression, names, "ball")(*(arb(symbols[str(s)]) for s in names))
        assert ball.rel_accuracy_bits() > 70
        return to_mpf(ball)


def kernel_of(target: Target) -> object:
    if isinstance(target, Delayed):
        base, lag = lower(target.base.expression, (t,), "mpmath"), float(target.delay)
        return lambda x: base(x - lag) if x >= lag else mpmath.mpf(0)
    return lower(target.expression, (t,), "mpmath")


@pytest.mark.parametrize("target", KERNELS, ids=str)
@pytest.mark.parametrize("k", [0, 1, 2, 3])
def test_moments_by_quadrature(target: Target, k: int) -> None:
    rho = kernel_of(target)
    for rate in RATES:
        with mpmath.workdps(20):
            direct = mpmath.quad(lambda x, v=rate: x**k * mpmath.exp(-mpmath.mpf(v) * x) * rho(x), POINTS)  # type: ignore[operator]
            assert mpmath.almosteq(value(target.moment(k, w), w=rate), direct, 1e-11)


@pytest.mark.parametrize("target", KERNELS, ids=str)
def test_moments_are_derivatives_of_the_laplace_transform(target: Target) -> None:
    for k in (0, 1):
        derivative = sp.diff(target.moment(k, w), w)
        if not derivative.has(sp.Integral):
            assert mpmath.almosteq(
                value(-derivative, w="0.9"), value(target.moment(k + 1, w), w="0.9"), 1e-20
            )


@pytest.mark.parametrize("target", KERNELS, ids=str)
def test_squared_norm_by_quadrature(target: Target) -> None:
    rho = kernel_of(target)
    with mpmath.workdps(20):
        near = mpmath.quad(lambda x: rho(x) ** 2, POINTS)  # type: ignore[operator]
        far = mpmath.quad(lambda u: rho(mpmath.exp(u)) ** 2 * mpmath.exp(u), [mpmath.log(160), 8, 12, 20, 40])  # type: ignore[operator]
        assert mpmath.almosteq(value(target.squared_norm()), near + far, 1e-11)


@pytest.mark.parametrize("p", KERNELS, ids=str)
@pytest.mark.parametrize("q", KERNELS, ids=str)
def test_inner_products_by_quadrature(p: Target, q: Target) -> None:
    rho, sigma = kernel_of(p), kernel_of(q)
    with mpmath.workdps(16):
        near = mpmath.quad(lambda x: rho(x) * sigma(x), POINTS)  # type: ignore[operator]
        far = mpmath.quad(
            lambda u: rho(mpmath.exp(u)) * sigma(mpmath.exp(u)) * mpmath.exp(u),  # type: ignore[operator]
            [mpmath.log(160), 8, 12, 20, 30],
        )
        assert mpmath.almosteq(value(inner_product(p, q)), near + far, 1e-9, 1e-11)


def test_gaussian_moments_obey_the_equation_of_the_laplace_transform() -> None:
    # rho' = -(t - T)/s^2 rho, so w L_0 - rho(0) = -(L_1 - T L_0)/s^2: a route with no erfc in it.
    L0, L1 = (gaussian_moment(k, w, delay, width, height) for k in (0, 1))
    edge = height * sp.exp(-(delay**2) / (2 * width**2))
    assert sp.simplify(w * L0 - edge + (L1 - delay * L0) / width**2) == 0
    for k in range(3):
        upper, lower_ = (gaussian_moment(n, w, delay, width, height) for n in (k + 1, k))
        assert sp.simplify(sp.diff(lower_, w) + upper) == 0


def test_gaussian_norm_is_the_inner_product_of_equal_bumps() -> None:
    bump = (delay, width, height)
    expected = height**2 * width * sp.sqrt(sp.pi) / 2 * sp.erfc(-delay / width)
    assert sp.simplify(gaussian_inner_product(bump, bump) - expected) == 0


@given(
    st.lists(st.tuples(st.fractions(-3, 3), st.fractions("1/10", 5)), min_size=1, max_size=4),
    st.lists(st.tuples(st.fractions(-3, 3), st.fractions("1/10", 5)), min_size=1, max_size=4),
)
@settings(max_examples=50)
def test_sums_of_exponentials_are_a_vector_space(p: list, q: list) -> None:
    x, y = (ExponentialSum(*zip(*terms, strict=True)) for terms in (p, q))
    total = x + y
    assert isinstance(total, ExponentialSum)
    assert len(set(total.w)) == len(total.w)
    parallelogram = (
        total.squared_norm() + (x - y).squared_norm() - 2 * x.squared_norm() - 2 * y.squared_norm()
    )
    assert parallelogram == 0
    assert total.moment(0, sp.Integer(2)) == x.moment(0, sp.Integer(2)) + y.moment(0, sp.Integer(2))
    assert (-3 * x).squared_norm() == 9 * x.squared_norm()


def test_sum_keeps_one_exponential_sum_in_front() -> None:
    target = GaussianBump(3) + ExponentialSum([1], [1]) + PowerLaw(1) + ExponentialSum([2], [1])
    assert isinstance(target, TargetSum)
    assert target.parts()[0] == ExponentialSum([3], [1])
    assert [type(p).__name__ for p in target.parts()[1:]] == ["GaussianBump", "PowerLaw"]
    assert target == GaussianBump(3) + PowerLaw(1) + ExponentialSum([3], [1])
    assert hash(target) == hash(GaussianBump(3) + PowerLaw(1) + ExponentialSum([3], [1]))
    assert (target - target.parts()[1]).moment(0, w) != target.moment(0, w)


def test_delays() -> None:
    assert GaussianBump(3).delayed(2) == GaussianBump(5)
    assert AiryKernel(1, 3).delayed("0.5") == AiryKernel(1, "3.5")
    late = ExponentialSum([1], [2]).delayed(3)
    assert late.delayed(1) == Delayed(ExponentialSum([1], [2]), sp.Integer(4))
    assert late.squared_norm() == sp.Rational(1, 4)
    assert ExponentialSum([1], [2]).delayed(0) == ExponentialSum([1], [2])
    # The later kernel sees the earlier one from its own start on: <e^{-2(t-3)+}, e^{-t}> = e^{-3}/3.
    assert inner_product(late, ExponentialSum([1], [1])) == sp.exp(-3) / 3
    assert inner_product(late, ExponentialSum([1], [1]).delayed(1)) == sp.exp(-2) / 3
    assert inner_product(late, ExponentialSum([1], [1]).delayed(3)) == sp.Rational(1, 3)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ExponentialSum([], []), ValueError, "`a` must not be empty"),
        (lambda: ExponentialSum([1, 2], [1]), ValueError, "same length; got 2 and 1"),
        (lambda: ExponentialSum([1], [0]), ValueError, "`w` must be positive; got 0 at index 0"),
        (lambda: ExponentialSum([1], ["-1"]), ValueError, "`w` must be positive"),
        (lambda: ExponentialSum([float("nan")], [1]), ValueError, "`a\\[0\\]` must be finite"),
        (lambda: ExponentialSum("1", "1"), TypeError, "`a` must be a sequence"),
        (lambda: GaussianBump(-1), ValueError, "`delay` must be nonnegative; got -1"),
        (lambda: GaussianBump(1, 0), ValueError, "`width` must be positive; got 0"),
        (lambda: GaussianBump(1, 1, "x"), ValueError, "`amplitude` must be a decimal"),
        (lambda: PowerLaw("-1/2"), ValueError, "`omega` must be larger than -1/2"),
        (lambda: PowerLaw(float("inf")), ValueError, "`omega` must be finite"),
        (lambda: AiryKernel(0, 1), ValueError, "`scale` must be positive"),
        (lambda: AiryKernel(1, None), TypeError, "`shift` must be a real number"),
        (lambda: GaussianBump(1).delayed(-2), ValueError, "`delay` must be nonnegative"),
        (lambda: ExpressionTarget(sp.exp(t)), ValueError, "square-integrable"),
        (lambda: ExpressionTarget(sp.exp(-0.5 * t)), ValueError, "exact coefficients"),
        (lambda: ExpressionTarget(sp.exp(-t) * sp.Symbol("x")), ValueError, "no symbol but"),
        (lambda: ExpressionTarget("exp(-t)"), TypeError, "SymPy expression"),  # type: ignore[arg-type]
    ],
)
def test_bad_kernels_are_named(make: object, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        make()  # type: ignore[operator]


def test_adding_something_else_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        GaussianBump(1) + 3  # type: ignore[operator]
    with pytest.raises(TypeError):
        GaussianBump(1) * GaussianBump(1)
