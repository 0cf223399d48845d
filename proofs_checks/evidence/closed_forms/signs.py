"""Signs that are read off an expression: by the assumptions of its symbols, and how it is put together.

SymPy's own answers for constants rest on numerical evaluation at a precision of its choice; here a constant is decided
in balls, and everything else by the few rules below. What no rule reaches has no sign.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import sympy as sp

from memcurse.numerics.arithmetic.balls import certain_sign, precision
from memcurse.numerics.arithmetic.lowering import lower

_DIGITS: Final = 50
#: Functions that are real where their arguments are.
_REAL: Final = (sp.exp, sp.sin, sp.cos, sp.erf, sp.erfc, sp.Abs)


def sign_read_off(expr: sp.Expr) -> int | None:
    """1 if `expr` is positive for all values of its symbols, 0 if it is at least 0, None if that is not seen.

    A sum is positive if no term is negative and one is positive, a product if every factor is, a power if its base is,
    or if it is an even power of something real (at least 0). An exponential is positive, and at most 1 where its
    argument is not positive. Sums over an index have the sign of their summand, but may be empty.
    """
    if not expr.free_symbols:
        return _of_a_constant(expr)
    if isinstance(expr, sp.Symbol | sp.Indexed):
        return 1 if expr.is_positive else 0 if expr.is_nonnegative else None
    if isinstance(expr, sp.exp):
        return 1 if real_read_off(expr.args[0]) else None
    if expr.is_Add and (sign := _of_one_less_exponential(expr)) is not None:
        return sign
    if expr.is_Add or expr.is_Mul:
        return _of_parts([sign_read_off(part) for part in expr.args], any if expr.is_Add else all)
    if isinstance(expr, sp.Pow):
        return _of_a_power(expr.base, expr.exp)
    if isinstance(expr, sp.Abs):
        return 0
    if isinstance(expr, sp.factorial | sp.gamma) and sign_read_off(expr.args[0]) == 1:
        return 1
    if isinstance(expr, sp.Sum) and all(_covers(*limit) for limit in expr.limits):
        return None if sign_read_off(expr.function) is None else 0
    return None


def _ball(constant: sp.Expr) -> Any | None:
    """A ball around a real constant; None where it has none."""
    try:
        with precision(_DIGITS):
            return lower(constant, (), "ball")()
    except (TypeError, ValueError, ArithmeticError, NotImplementedError):
        return None


def _of_a_constant(constant: sp.Expr) -> int | None:
    ball = _ball(constant)
    sign = None if ball is None else certain_sign(ball)
    return sign if sign in (0, 1) else None


def _of_parts(signs: list[int | None], rule: Callable[[Iterable[int]], bool]) -> int | None:
    known = [sign for sign in signs if sign is not None]
    return int(rule(known)) if len(known) == len(signs) else None


def _of_one_less_exponential(expr: sp.Expr) -> int | None:
    """``1 - e^(-x)``, by the sign of x."""
    power = sp.S.One - expr
    return sign_read_off(-power.args[0]) if isinstance(power, sp.exp) else None


def _of_a_power(base: sp.Expr, exponent: sp.Expr) -> int | None:
    sign = sign_read_off(base)
    if sign == 1 and real_read_off(exponent):
        return 1
    if sign == 0 and sign_read_off(exponent) == 1:
        return 0
    even = exponent.is_Integer and exponent % 2 == 0 and exponent > 0
    return 0 if even and real_read_off(base) else None


def _covers(index: sp.Symbol, first: sp.Expr, last: sp.Expr) -> bool:
    """Whether every value that the index takes is one that its assumptions allow, and the sum does not run backwards.

    A sum that ends before it starts is less the terms between, by SymPy's convention.
    """
    if not (first.is_Integer and index.is_integer) or sign_read_off(last - first + 1) is None:
        return False
    return bool(
        first >= 1 if index.is_positive else first >= 0 if index.is_nonnegative else not index.is_negative
    )


def real_read_off(expr: sp.Expr) -> bool:
    """Whether `expr` is seen to be real wherever it has a value."""
    if not expr.free_symbols:
        ball = _ball(expr)
        return ball is not None and bool(ball.is_finite())
    if isinstance(expr, sp.Symbol | sp.Indexed):
        return bool(expr.is_real)
    if expr.is_Add or expr.is_Mul or isinstance(expr, _REAL):
        return all(map(real_read_off, expr.args))
    if isinstance(expr, sp.Pow):
        return real_read_off(expr.base) and (
            bool(expr.exp.is_Integer) or (sign_read_off(expr.base) is not None and real_read_off(expr.exp))
        )
    return sign_read_off(expr) is not None
