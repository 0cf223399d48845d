"""The one place where SymPy becomes float64, mpmath, balls or ranges.

An expression is flattened once into a straight-line program (shared sub-expressions once), which is then run by one
of six tables of operations: numpy/SciPy, mpmath, real balls, ranges by their ends (`ranges`), complex balls, and
complex balls for integrands, which refuse a branch cut when asked to. Nothing is printed to text and nothing is
evaluated by Python's compiler.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, Literal

import mpmath
import sympy as sp

from memcurse.theory.exact import hand_in_signs
from memcurse.theory.growth.errors import GrowthError
from memcurse.theory.growth.outward_rounding import LARGEST_EXPONENT, hand_in_enclosures

from .balls import ball_precision, certain_sign
from .operations import BALL, COMPLEX_BALL, FLOAT64, MPMATH, ball_bits, integrand_table
from .programs import Table, compile_program
from .ranges import RANGE

Arithmetic = Literal["float64", "mpmath", "ball", "range", "integrand", "complex ball"]


def lower(
    expressions: sp.Expr | Sequence[sp.Expr], symbols: Sequence[sp.Symbol], to: Arithmetic
) -> Callable[..., Any]:
    """A function of the values of `symbols` that evaluates the expression, or the list of expressions.

    Parameters
    ----------
    expressions : sympy.Expr or sequence of them
        Made of rationals, pi, `symbols`, sums, products, powers, the functions in `_FUNCTIONS`, and integrals over
        the half line.
    symbols : sequence of sympy.Symbol
        Arguments, in order.
    to : {"float64", "mpmath", "ball", "range", "integrand", "complex ball"}
        Arithmetic. float64 accepts arrays; mpmath and balls work at the precision current when called. "complex ball"
        is for moments at complex rates in the right half plane.

    Raises
    ------
    TypeError
        For a node that has no counterpart in the arithmetic asked for.

    Notes
    -----
    Rigour: "ball" and "range" enclose; "mpmath" is correct to the working precision up to cancellation in the
    expression; "float64" likewise, with no bound (the compiled kernels are the stable route).
    """
    single = isinstance(expressions, sp.Expr)
    run = _bound(tuple([expressions] if single else expressions), tuple(symbols), to)
    if single:
        return lambda *values: run(values)[0]
    return lambda *values: run(values)


@functools.lru_cache(maxsize=1024)
def _bound(
    expressions: tuple[sp.Expr, ...], symbols: tuple[sp.Symbol, ...], to: Arithmetic
) -> Callable[[Sequence[Any]], list[Any]]:
    """A program in an arithmetic, which keeps what it knows of its constants: many ask for the same one again."""
    return compile_program(expressions, symbols).bind(_TABLES[to], _WORKING_BITS[to])


def lower_columns(
    expressions: Sequence[sp.Expr], symbols: Sequence[sp.Symbol], to: Arithmetic
) -> Callable[[Sequence[Sequence[Any]]], list[list[Any]]]:
    """As `lower` for a list of expressions, at many points: from one column of values a symbol to one an expression."""
    return compile_program(tuple(expressions), tuple(symbols)).bind_columns(_TABLES[to], _WORKING_BITS[to])


_TABLES: dict[str, Table] = {
    "float64": FLOAT64,
    "mpmath": MPMATH,
    "ball": BALL,
    "range": RANGE,
    "integrand": integrand_table(False),
    "complex ball": COMPLEX_BALL,
}


_WORKING_BITS: dict[str, Callable[[], int]] = {
    "float64": lambda: 0,
    "mpmath": lambda: int(mpmath.mp.prec),
    "ball": ball_bits,
    "range": ball_bits,
    "integrand": ball_bits,
    "complex ball": ball_bits,
}


#: Bits at which constants are enclosed for `theory.growth`; more where they cancel.
_CONSTANT_BITS = tuple(160 * 2**k for k in range(6))


def _rational_ends(value: sp.Expr) -> tuple[Fraction, Fraction]:
    """Rationals around a constant, from its ball."""
    for bits in _CONSTANT_BITS:
        with ball_precision(bits):
            ball = lower(value, (), "ball")()
            if not ball.is_zero() and abs(int(ball.mid().man_exp()[1])) > LARGEST_EXPONENT:
                raise GrowthError(
                    f"the constant {value} is too large or too small for a quotient of integers"
                )
            if ball.is_finite() and ball.rel_accuracy_bits() >= _CONSTANT_BITS[0] // 2:
                low, high = (end.fmpq() for end in (ball.lower(), ball.upper()))
                return Fraction(int(low.p), int(low.q)), Fraction(int(high.p), int(high.q))
            raise GrowthError(f"the constant {value} is too large or too small for a quotient of integers")
    raise GrowthError(f"the constant {value} cannot be enclosed")


def _proved_sign(value: sp.Expr) -> int | None:
    """The sign of a constant by its ball, 0 where it holds 0, None where balls have no such function."""
    for bits in _CONSTANT_BITS:
        try:
            with ball_precision(bits):
                sign = certain_sign(lower(value, (), "ball")())
        except TypeError:
            return None
        if sign is not None:
            return sign
    return 0


# Envelopes are proved in `theory`, which has no balls of its own.
hand_in_enclosures(_rational_ends)
hand_in_signs(_proved_sign)
