"""What each instruction does in four arithmetics: numpy and SciPy, mpmath, real balls, complex balls for integrands."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np
import scipy.special
import sympy as sp
from flint import acb, arb, ctx, fmpq

from .balls import ball_precision, from_mpf, to_mpf
from .programs import IntegralPayload, Table, compile_program
from .quadrature.half_line import integrate_half_line


def _plain(function: Callable[..., Any]) -> Callable[[Any], Callable[..., Any]]:
    return lambda payload: function


# --- float64 -------------------------------------------------------------------------------------------------------


def _float_power(payload: tuple[int, int]) -> Callable[[Any], Any]:
    return lambda x: _float_power_of(x, *payload)


def _float_power_of(x: Any, p: int, q: int) -> Any:
    if q == 1:
        return np.asarray(x, dtype=float) ** p if p >= 0 else 1.0 / np.asarray(x, dtype=float) ** (-p)
    return np.sqrt(x) ** p if q == 2 else np.power(x, p / q)


def _float_from(late: Any, since: Any) -> Any:
    return np.where(np.asarray(since) >= 0, late, 0.0)


FLOAT64: Table = {
    "rational": lambda payload: lambda: payload[0] / payload[1],
    "pi": lambda payload: lambda: np.pi,
    "add": _plain(operator.add),
    "mul": _plain(operator.mul),
    "neg": _plain(operator.neg),
    "power": _float_power,
    "general_power": _plain(np.power),
    "exp": _plain(np.exp),
    "log": _plain(np.log),
    "sin": _plain(np.sin),
    "cos": _plain(np.cos),
    "abs": _plain(np.abs),
    "gamma": _plain(scipy.special.gamma),
    "erf": _plain(scipy.special.erf),
    "erfc": _plain(scipy.special.erfc),
    "airyai": _plain(lambda x: scipy.special.airy(x)[0]),
    "airyaiprime": _plain(lambda x: scipy.special.airy(x)[1]),
    "besselj": _plain(scipy.special.jv),
    "from": _plain(_float_from),
}

# --- mpmath --------------------------------------------------------------------------------------------------------


def _mp_power(payload: tuple[int, int]) -> Callable[[Any], Any]:
    p, q = payload
    return lambda x: x**p if q == 1 else mpmath.power(x, mpmath.mpf(p) / q)


def _mp_erfc(x: Any) -> Any:
    """mpmath's own way to the asymptotic series of a huge argument goes through floats, which overflow."""
    if x < 2**20:
        return mpmath.erfc(x)
    step, term, total, n = -1 / (2 * x * x), mpmath.mpf(1), mpmath.mpf(0), 1
    while abs(term) > mpmath.mp.eps:
        total, term, n = total + term, term * (2 * n - 1) * step, n + 1
    return mpmath.exp(-x * x) / (x * mpmath.sqrt(mpmath.pi)) * total


def _mp_integral(payload: IntegralPayload) -> Callable[..., Any]:
    enclosure = _ball_integral(payload)

    def midpoint(*values: Any) -> Any:
        bits = int(mpmath.mp.prec)
        with ball_precision(bits + 10):
            ball = enclosure(*(from_mpf(mpmath.mpf(v)) for v in values))
        if not (ball.is_zero() or ball.rel_accuracy_bits() >= bits // 2):
            raise ArithmeticError(
                f"`digits` must be few enough for the quadrature's budget; got {ball.str(5)} for the integral of "
                f"{payload[0]}"
            )
        return to_mpf(ball)

    # mpmath's quadrature estimates its error and is fooled by narrow peaks; a tight ball is the better source.
    return midpoint


MPMATH: Table = {
    "rational": lambda payload: lambda: mpmath.mpf(payload[0]) / payload[1],
    "pi": lambda payload: lambda: +mpmath.pi,
    "add": _plain(operator.add),
    "mul": _plain(operator.mul),
    "neg": _plain(operator.neg),
    "power": _mp_power,
    "general_power": _plain(mpmath.power),
    "exp": _plain(mpmath.exp),
    "log": _plain(mpmath.log),
    "sin": _plain(mpmath.sin),
    "cos": _plain(mpmath.cos),
    "abs": _plain(abs),
    "gamma": _plain(mpmath.gamma),
    "erf": _plain(mpmath.erf),
    "erfc": _plain(_mp_erfc),
    "airyai": _plain(mpmath.airyai),
    "airyaiprime": _plain(lambda x: mpmath.airyai(x, derivative=1)),
    "besselj": _plain(mpmath.besselj),
    "expint": _plain(mpmath.expint),
    "uppergamma": _plain(lambda s, x: mpmath.gammainc(s, x)),
    "lerchphi": _plain(mpmath.lerchphi),
    "zeta": _plain(mpmath.zeta),
    "integral": _mp_integral,
}

# --- real balls ----------------------------------------------------------------------------------------------------


def _ball_power(payload: tuple[int, int]) -> Callable[[arb], arb]:
    p, q = payload
    if q == 1:
        # Products take half as long as Arb's own powers, and a quotient a third less than its negative ones.
        if p == 2:
            return lambda x: x * x
        return (lambda x: x**p) if p >= 0 else (lambda x: 1 / x) if p == -1 else (lambda x: (1 / x) ** -p)
    if q == 2:
        return lambda x: x.sqrt() ** p
    return lambda x: x.root(q) ** p if q <= 64 else x ** arb(fmpq(p, q))


#: Bits that erfc may lose beyond those that its argument costs.
_ERFC_SPARE = 6


def _ball_erfc(x: arb) -> arb:
    found = x.erfc()
    if not x > 4:
        return found
    # A relative error of x counts 2 x^2 times in the tail. Arb's erfc may lose more for a large argument that is not
    # exact (all digits, in older versions); the incomplete gamma function does not, but takes two to four times longer.
    due = min(ctx.prec, x.rel_accuracy_bits()) - 2 * math.log2(float(x.mid())) - _ERFC_SPARE
    if found.rel_accuracy_bits() >= due:
        return found
    return (x * x).gamma_upper(arb(0.5)) / arb.const_sqrt_pi()


def _ball_integral(payload: IntegralPayload) -> Callable[..., Any]:
    function, variable, parameters = payload
    if not parameters:
        return lambda: _number(function, variable, ctx.prec)
    return lambda *values: integrate_half_line(
        function, variable, dict(zip(parameters, values, strict=True)), integrand, _constant
    )


@functools.lru_cache(maxsize=2048)
def _number(function: sp.Expr, variable: sp.Symbol, bits: int) -> arb:
    """An integral without parameters at the precision in force, `bits`; several moments may hold one and the same."""
    value: arb = integrate_half_line(function, variable, {}, integrand, _constant)
    return value


def _constant(expression: sp.Expr) -> arb:
    return compile_program((expression,), ()).bind(BALL, ball_bits)(())[0]


BALL: Table = {
    "rational": lambda payload: lambda: arb(fmpq(*payload)),
    "pi": lambda payload: lambda: arb.pi(),
    "add": _plain(operator.add),
    "mul": _plain(operator.mul),
    "neg": _plain(operator.neg),
    "power": _ball_power,
    "general_power": _plain(lambda x, y: x**y),
    "exp": _plain(arb.exp),
    "log": _plain(arb.log),
    "sin": _plain(arb.sin),
    "cos": _plain(arb.cos),
    "abs": _plain(abs),
    "gamma": _plain(arb.gamma),
    "erf": _plain(arb.erf),
    "erfc": _plain(_ball_erfc),
    "airyai": _plain(arb.airy_ai),
    "airyaiprime": _plain(lambda x: x.airy_ai(derivative=1)),
    "besselj": _plain(lambda n, x: x.bessel_j(n)),
    "expint": _plain(lambda s, x: x.expint(s)),
    "uppergamma": _plain(lambda s, x: x.gamma_upper(s)),
    # Inside the unit disc all three are real together.
    "lerchphi": _plain(lambda z, s, a: acb(z).lerch_phi(acb(s), acb(a)).real),
    "zeta": _plain(arb.zeta),
    "integral": _ball_integral,
}

# --- complex balls for integrands ----------------------------------------------------------------------------------
# An integrand must say where it is not analytic: with the flag set, functions with a branch cut return a non-finite
# ball on it. Entire functions may ignore the flag.


def ball_bits() -> int:
    """Bits of the balls computed now."""
    return int(ctx.prec)


def integrand(function: sp.Expr, symbols: Sequence[sp.Symbol]) -> Callable[..., acb]:
    """``f(values, analytic)`` on complex balls."""
    program = compile_program((function,), tuple(symbols))
    runs = {flag: program.bind(integrand_table(flag), ball_bits) for flag in (False, True)}
    return lambda values, analytic: runs[bool(analytic)](values)[0]


def _complex_power(payload: tuple[int, int], analytic: bool) -> Callable[[acb], acb]:
    p, q = payload
    if q == 1:
        return lambda x: x**p
    if q == 2:
        return lambda x: x.sqrt(analytic=analytic) ** p
    return lambda x: x.pow(acb(fmpq(p, q)), analytic=analytic)


@functools.cache
def integrand_table(analytic: bool) -> Table:
    """Operations on complex balls, which refuse a branch cut where `analytic` is asked for."""
    return {
        "rational": lambda payload: lambda: acb(fmpq(*payload)),
        "pi": lambda payload: lambda: acb.pi(),
        "add": _plain(operator.add),
        "mul": _plain(operator.mul),
        "neg": _plain(operator.neg),
        "power": lambda payload: _complex_power(payload, analytic),
        "general_power": _plain(lambda x, y: x.pow(y, analytic=analytic)),
        "exp": _plain(acb.exp),
        "log": _plain(lambda x: x.log(analytic=analytic)),
        "sin": _plain(acb.sin),
        "cos": _plain(acb.cos),
        "abs": _plain(lambda x: x.real_abs(analytic=analytic)),
        "gamma": _plain(acb.gamma),
        "erf": _plain(acb.erf),
        "erfc": _plain(acb.erfc),
        "airyai": _plain(acb.airy_ai),
        "airyaiprime": _plain(lambda x: x.airy_ai(derivative=1)),
        "besselj": _plain(lambda n, x: x.bessel_j(n)),
    }


# --- complex balls for values --------------------------------------------------------------------------------------
# Laplace transforms at complex rates: the closed forms known for positive rates, continued to the right half plane,
# where none of them has a cut.


def _complex_erfc(x: acb) -> acb:
    # As in `_ball_erfc`; the principal root of x^2 is x only on the right.
    if x.real > 4:
        return (x * x).gamma_upper(acb(0.5)) / arb.const_sqrt_pi()
    return x.erfc()


COMPLEX_BALL: Table = {
    **integrand_table(False),
    "erfc": _plain(_complex_erfc),
    "expint": _plain(lambda s, x: x.expint(s)),
    "uppergamma": _plain(lambda s, x: x.gamma_upper(s)),
    "lerchphi": _plain(lambda z, s, a: z.lerch_phi(s, a)),
    "integral": _ball_integral,
}
