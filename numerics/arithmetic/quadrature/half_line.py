r"""Certified integrals over the half line ``int_0^oo t^k e^{-w t} f(t) dt``, for balls.

Panels whose values are kept (`panels`) handle a finite interval; where that takes too many, Arb's integrator does
(Petras' method: adaptive bisection, Gauss-Legendre with an error bound from complex balls). What they leave out, the
tail and the neighbourhood of an algebraic singularity at 0, is bounded by the exact envelopes of
`theory.growth.envelopes` and added to the radius.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp
from flint import acb, arb, ctx

from memcurse.numerics.arithmetic.balls import ball_precision, rational_ball
from memcurse.theory.growth.envelopes import Envelope, envelope_at_infinity, envelope_at_zero
from memcurse.theory.growth.errors import GrowthError
from memcurse.theory.notation import t

from .panels import NEAR_ZERO, PanelRule

#: The integrator gives up (and returns a wide ball) after this many evaluations per bit of precision.
_EVALUATIONS_PER_BIT = 1000
#: Where the tail may begin, as powers of two: few values, so that the envelopes are computed once.
_START_EXPONENTS = (
    *range(-40, 64, 3),
    *(64 * n // 2 for n in (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)),
)
_MAX_ROUNDS = 12

Lowering = Callable[[sp.Expr, Any], Callable[..., acb]]
Constant = Callable[[sp.Expr], arb]


@dataclass(frozen=True)
class _Split:
    """An integrand as ``exp(-rate t)`` times a kernel in the variable alone, which the envelopes can bound."""

    rate: sp.Expr
    kernel: sp.Expr


def integrate_half_line(
    function: sp.Expr,
    variable: sp.Symbol,
    parameters: Mapping[sp.Symbol, arb | acb],
    integrand: Lowering,
    constant: Constant,
) -> Any:
    """Enclosure of ``int_0^oo function d(variable)`` at the current precision.

    Parameters
    ----------
    function : sympy.Expr
        A kernel in `variable` times ``exp(-rate * variable)``, where only the rate holds parameters.
    variable : sympy.Symbol
        The variable of integration, nonnegative.
    parameters : mapping of symbols to balls
        Values of the remaining symbols. Where one is complex (acb), so is the result.
    integrand : callable
        Turns the function into a function of complex balls (`operations` hands itself in, as below).
    constant : callable
        Turns an expression without symbols into a ball.

    Notes
    -----
    Rigour: enclosure. Aims at a radius of ``2^-prec`` relative to the value; where the integral cancels more than
    that, or the integrator's budget ends, the ball is wide and says so itself.
    """
    complex_rate = any(isinstance(value, acb) for value in parameters.values())
    if function == 0:
        return acb(0) if complex_rate else arb(0)
    split = _split(function, variable, tuple(parameters))
    prec = ctx.prec
    with ball_precision(prec + 20):
        least = _rate_ball(split.rate, parameters)
        cuts = functools.partial(_cuts, split, variable, constant)
        rule, power = _panel_rule(split.kernel, variable, integrand)
        total = rule.integral(power, parameters.get(split.rate, least), prec, cuts)
        if total is None:
            f = integrand(function, (variable, *parameters))
            values = [acb(value) for value in parameters.values()]
            total = _adaptively(
                lambda x, analytic: f([x, *values], analytic), functools.partial(cuts, least), prec
            )
            total = total if complex_rate else total.real
    return +(acb(total) if complex_rate else total)


@functools.lru_cache(maxsize=128)
def _panel_rule(kernel: sp.Expr, variable: sp.Symbol, integrand: Lowering) -> tuple[PanelRule, int]:
    """The panels of a kernel without its power of the variable, and the power."""
    power = sp.S.Zero
    for factor in sp.Mul.make_args(kernel):
        base, exponent = factor.as_base_exp()
        if base == variable and exponent.is_Integer and exponent > 0:
            power = exponent
    if power > 0:
        return _panel_rule(kernel / variable**power, variable, integrand)[0], int(power)
    return PanelRule(kernel, variable, integrand), 0


def _adaptively(
    f: Callable[[acb, bool], acb], cuts: Callable[[bool, int], tuple[arb, arb, arb]], prec: int
) -> acb:
    """The integral by Arb's integrator."""
    singular = not f(acb(arb(0, NEAR_ZERO), arb(0, NEAR_ZERO)), True).is_finite()
    goal = prec
    for _ in range(_MAX_ROUNDS):
        start, end, beyond = cuts(singular, goal)
        error = arb(0, beyond)
        total = _integrate(f, start, end, goal) + acb(error, error)
        if not total.is_finite():
            raise ArithmeticError(
                f"`function` must be integrable within the budget; got no bound up to {end.str(5)}"
            )
        shortfall = prec - int(total.rel_accuracy_bits())
        # An integral that is 0 never gets relative accuracy.
        if shortfall <= 0 or goal > 8 * prec + 4000:
            break
        # A ball that holds 0 says nothing about how small the value is.
        goal += goal if total.contains(0) else max(shortfall + 10, 20)
    return total


def _cuts(
    split: _Split, variable: sp.Symbol, constant: Constant, rate: arb, singular: bool, goal: int
) -> tuple[arb, arb, arb]:
    """Where to start and to stop, and a bound on what lies beyond; at rates of at least `rate`."""
    try:
        start, head = _cut_at_zero(split, variable, goal, constant) if singular else (arb(0), arb(0))
        end, tail = _cut_at_infinity(split, variable, rate, goal, constant)
    except GrowthError as error:
        raise ArithmeticError(f"`function` must be bounded at both ends for a quadrature; {error}") from error
    return start, end, (head + tail).upper()


def _rate_ball(rate: sp.Expr, parameters: Mapping[sp.Symbol, arb | acb]) -> arb:
    """The rate at which the integrand decays at least: the real part of a complex one."""
    if rate == 0:
        return arb(0)
    if rate in parameters:
        value = parameters[rate]
        return value.real if isinstance(value, acb) else value
    raise TypeError(f"`function` must decay like exp(-w t) in a single parameter w; got the rate {rate}")


@functools.lru_cache(maxsize=512)
def _split(function: sp.Expr, variable: sp.Symbol, parameters: tuple[sp.Symbol, ...]) -> _Split:
    rate, kernel = sp.S.Zero, []
    for factor in sp.Mul.make_args(function):
        if isinstance(factor, sp.exp):
            # SymPy joins exponentials: take the parameters' share of the exponent back out.
            mine, other = sp.expand(factor.args[0]).as_independent(*parameters, as_Add=True)
            rate -= other / variable
            kernel.append(sp.exp(mine))
        else:
            kernel.append(factor)
    product = sp.Mul(*kernel)
    if product.free_symbols & set(parameters) or sp.cancel(rate).has(variable):
        raise TypeError(f"`function` must be a kernel times exp(-w t); got {function}")
    return _Split(sp.cancel(rate), product)


@functools.lru_cache(maxsize=4096)
def _envelope_at_infinity(kernel: sp.Expr, variable: sp.Symbol, start: sp.Rational) -> Envelope:

    return envelope_at_infinity(kernel.xreplace({variable: t}), start)


@functools.lru_cache(maxsize=512)
def _envelope_at_zero(kernel: sp.Expr, variable: sp.Symbol, end: sp.Rational) -> Envelope:

    return envelope_at_zero(kernel.xreplace({variable: t}), end)


def _cut_at_zero(split: _Split, variable: sp.Symbol, goal: int, constant: Constant) -> tuple[arb, arb]:
    """Where to start, and a bound on what lies before: ``int_0^end C t^p dt = C end^(p+1)/(p+1)``."""
    envelope = _envelope_at_zero(split.kernel, variable, sp.Integer(1))
    if envelope.power <= -1:
        raise ArithmeticError(f"`function` must be integrable at 0; got no bound for {split.kernel}")
    exponent = int(sp.ceiling((goal + 20) / (envelope.power + 1)))
    envelope = _envelope_at_zero(split.kernel, variable, sp.Rational(1, 2**exponent))
    end, p = rational_ball(envelope.start), rational_ball(envelope.power)
    return end, constant(envelope.constant) * end ** (p + 1) / (p + 1)


def _cut_at_infinity(
    split: _Split, variable: sp.Symbol, rate: arb, goal: int, constant: Constant
) -> tuple[arb, arb]:
    """Where to stop, and a bound below ``2^-goal`` on what lies behind; starts are powers of two, for the cache."""
    target = arb(2) ** (-goal)
    # Bounds fall as the start grows: bisect for the first that is small enough. (Were they not monotone, the start
    # found would be later than it need be, and no less valid.)
    low, high = 0, len(_START_EXPONENTS)
    best = None
    while low < high:
        middle = (low + high) // 2
        end, tail = _tail(split.kernel, variable, rate, sp.Integer(2) ** _START_EXPONENTS[middle], constant)
        if tail < target:
            best, high = (end, tail), middle
        else:
            low = middle + 1
    if best is None:
        raise ArithmeticError(
            f"`function` must have a tail that can be bounded below 2^-{goal}; got {split.kernel}"
        )
    return best


def _tail(
    kernel: sp.Expr, variable: sp.Symbol, rate: arb, start: sp.Rational, constant: Constant
) -> tuple[arb, arb]:
    """Bound on ``int_X^oo C t^p exp(-q t^r - w t) dt``: the smallest of three, each dropping a decaying factor."""
    envelope = _envelope_at_infinity(kernel, variable, start)
    X, p = rational_ball(envelope.start), rational_ball(envelope.power)
    q, r = rational_ball(envelope.rate), rational_ball(envelope.stretch)
    bounds = []
    stretched = (-q * X**r).exp()
    if envelope.rate > 0:
        s = (p + 1) / r
        bounds.append((-rate * X).exp() * q ** (-s) / r * _gamma_tail(s, q * X**r))
    if rate > 0:
        bounds.append(stretched * rate ** (-p - 1) * _gamma_tail(p + 1, rate * X))
    if envelope.power < -1:
        bounds.append(stretched * (-rate * X).exp() * X ** (p + 1) / (-p - 1))
    finite = [b for b in bounds if b.is_finite()]
    if not finite:
        return X, arb.pos_inf()
    return X, constant(envelope.constant) * functools.reduce(arb.min, finite)


def _gamma_tail(s: arb, z: arb) -> arb:
    """Bound on ``int_z^oo u^(s-1) e^-u du``, as there ``u <= z e^((u-z)/z)``; Arb's own may take seconds."""
    if s <= 1:
        return z ** (s - 1) * (-z).exp()
    if z > s - 1:
        return z ** (s - 1) * (-z).exp() / (1 - (s - 1) / z)
    return arb.pos_inf()


def _integrate(f: Callable[[acb, bool], acb], start: arb, end: arb, goal: int) -> acb:
    if not end > start:
        return acb(0)
    return acb.integral(
        f,
        acb(start),
        acb(end),
        rel_tol=arb(2) ** (-ctx.prec),
        abs_tol=arb(2) ** (-goal - 10),
        eval_limit=_EVALUATIONS_PER_BIT * ctx.prec,
        depth_limit=8 * (goal + 200),
    )
