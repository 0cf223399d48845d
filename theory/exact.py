"""Exact numbers from what a user writes: int, Fraction, Decimal, decimal string or float, kept exactly."""

from __future__ import annotations

import contextlib
import functools
import math
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from numbers import Complex, Integral, Rational, Real
from typing import Any

import sympy as sp
from sympy.core.evalf import PrecisionExhausted

from .shared_precision import holding_precision

#: A decimal or a quotient of decimals. The exponent is bounded: "1e999999999" must not fill the memory, and Python
#: writes no number of more than 4300 digits into a message.
_DECIMAL = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?"
_NUMBER = re.compile(rf"\s*({_DECIMAL})\s*(?:/\s*({_DECIMAL})\s*)?\Z", re.ASCII)
_LONGEST = 2000
_LARGEST_EXPONENT = 2000
_LARGEST_BINARY_EXPONENT = 1_000_000


def exact_number(name: str, value: Any) -> sp.Expr:
    """The number that `value` stands for, without rounding: a SymPy rational, or the exact SymPy constant given.

    A string is read as the decimal (or quotient of decimals) it shows; a float is the binary fraction that it is.

    Raises
    ------
    TypeError
        If `value` is complex, a bool or no number at all.
    ValueError
        If it is nan, infinite, or a text that is no number.
    """
    if isinstance(value, sp.Expr):
        return _from_sympy(name, value)
    if isinstance(value, str):
        return _from_text(name, value)
    if isinstance(value, bool) or type(value).__name__ in {"bool", "bool_"}:
        raise TypeError(f"`{name}` must be a number; got the truth value {value!r}")
    if isinstance(value, Integral):
        return sp.Integer(int(value))
    if isinstance(value, Rational):
        return sp.Rational(int(value.numerator), int(value.denominator))
    if (
        isinstance(value, Decimal)
        and value.is_finite()
        and value
        and abs(value.adjusted()) > _LARGEST_EXPONENT
    ):
        raise ValueError(f"`{name}` must have an exponent of at most {_LARGEST_EXPONENT}; got {value}")
    if isinstance(value, Decimal) and value == 0:
        return sp.S.Zero
    if isinstance(value, Decimal | Real):
        if not _is_finite(value):
            raise ValueError(f"`{name}` must be finite; got {value!r}")
        fraction = Fraction(value) if isinstance(value, Decimal) else Fraction(*_float_ratio(name, value))
        return sp.Rational(fraction.numerator, fraction.denominator)
    raise TypeError(
        f"`{name}` must be a real number (int, Fraction, Decimal, decimal string or float); got {value!r}"
    )


@holding_precision
def _from_sympy(name: str, value: sp.Expr) -> sp.Expr:
    if value.free_symbols:
        raise TypeError(f"`{name}` must be a number; got {value} with free symbols")
    if value.has(sp.zoo, sp.oo, -sp.oo, sp.nan):
        raise ValueError(f"`{name}` must be finite; got {value}")
    if isinstance(value, sp.Float):
        return sp.Rational(value)
    if value.has(sp.Float) or not is_real(value):
        raise TypeError(f"`{name}` must be an exact real number; got {value}")
    return value


#: Real at real arguments; SymPy does not say so of all of them.
_REAL = (
    *(sp.Add, sp.Mul, sp.exp, sp.sin, sp.cos, sp.sinh, sp.cosh, sp.tanh, sp.atan, sp.asinh, sp.Abs),
    *(sp.erf, sp.erfc, sp.airyai, sp.airyaiprime, sp.besselj, sp.gamma),
)


@holding_precision
def is_real(value: sp.Expr) -> bool:
    """Whether a constant is shown to be real: by its structure, and by SymPy's rules only where that does not tell.

    SymPy asks its rules in an order of chance, and some of them compare digits: -1/log(erf(7)) is real, or not, or
    raises a TypeError, from one run to the next.
    """
    if isinstance(value, sp.besselj) and not value.order.is_Integer:
        return False
    if not value.args:
        return bool(value.is_real)
    if all(map(is_real, value.args)):
        if isinstance(value, sp.log) or (isinstance(value, sp.Pow) and not value.exp.is_Integer):
            return is_positive("base", value.args[0])
        if isinstance(value, (*_REAL, sp.Pow)):
            return True
    if isinstance(value, sp.Add) and all(is_real(x) or is_real(x / sp.I) for x in value.args):
        # A sum collects what it can: real and imaginary parts that are left do not cancel by form.
        return False
    with contextlib.suppress(TypeError):
        return bool(value.is_real)
    return False


def _is_finite(value: Any) -> bool:
    """Whether a number is neither infinite nor nan, beyond the range of floats, too."""
    if isinstance(value, Decimal):
        return value.is_finite()
    return bool(abs(value) < math.inf)


def _float_ratio(name: str, value: Any) -> tuple[int, int]:
    parts = getattr(value, "_mpf_", None)
    if parts is not None:
        # An mpmath number holds more than a float: its sign, mantissa and binary exponent are taken as they are.
        sign, mantissa, exponent, size = parts
        if mantissa and abs(exponent + size) > _LARGEST_BINARY_EXPONENT:
            raise ValueError(
                f"`{name}` must have a binary exponent of at most {_LARGEST_BINARY_EXPONENT}; got {value}"
            )
        number = Fraction(-int(mantissa) if sign else int(mantissa)) * Fraction(2) ** int(exponent)
        return number.numerator, number.denominator
    ratio = getattr(value, "as_integer_ratio", None)
    numerator, denominator = ratio() if ratio is not None else float(value).as_integer_ratio()
    return int(numerator), int(denominator)


@functools.lru_cache(maxsize=4096)
def _from_text(name: str, text: str) -> sp.Rational:
    match = _NUMBER.match(text) if len(text) <= _LONGEST else None
    if match is None:
        shown = str(text) if len(text) <= 40 else str(text[:40]) + "..."
        raise ValueError(f"`{name}` must be a decimal or rational number, exponents up to 999; got {shown!r}")
    top, bottom = Fraction(match[1]), Fraction(match[2] or 1)
    if bottom == 0:
        raise ValueError(f"`{name}` must have a denominator other than 0; got {text!r}")
    value = top / bottom
    return sp.Rational(value.numerator, value.denominator)


@holding_precision
def exact_positive(name: str, value: Any) -> sp.Expr:
    """`exact_number` that must be positive."""
    number = exact_number(name, value)
    if not is_positive(name, number):
        raise ValueError(f"`{name}` must be positive; got {value}")
    return number


@holding_precision
def is_positive(name: str, number: sp.Expr) -> bool:
    """Whether an exact real number is above 0: the one place where that is asked of a constant.

    SymPy's own `is_positive` and comparisons are not asked: they answer where no digit is known, and by chance.

    Raises
    ------
    ValueError
        If neither 15 nor 60 digits tell it from 0, if it is not real, or if a proved enclosure holds 0.
    """
    if isinstance(number, sp.Rational):
        return bool(number.p > 0)
    sign = _sign(number)
    if sign == 0:
        raise ValueError(f"`{name}` must be a real constant that can be told from 0; got {number}")
    return sign > 0


@functools.lru_cache(maxsize=4096)
def _sign(number: sp.Expr) -> int:
    """The sign of an irrational constant, 0 where it is not known."""
    for digits in (15, 60):
        with contextlib.suppress(PrecisionExhausted, ArithmeticError, TypeError):
            # SymPy gives 0 of no digits at all, in spite of `strict`, where a logarithm cancels.
            size = number.n(digits, strict=True)
            if isinstance(size, sp.Float) and size != 0:
                sign = 1 if size > 0 else -1
                proved = None if _proved_sign is None else _proved_sign(number)
                return sign if proved is None else proved
    return 0


#: Gives the proved sign of a constant, 0 where balls do not tell, None where they know a function in it not.
_proved_sign: Callable[[sp.Expr], int | None] | None = None


def hand_in_signs(sign: Callable[[sp.Expr], int | None] | None) -> None:
    """Let `is_positive` hold SymPy's digits against a sign that is proved; `numerics.arithmetic` has balls."""
    global _proved_sign
    _proved_sign = sign
    _sign.cache_clear()


def exact_integer(name: str, value: Any, least: int | None = None, most: int | None = None) -> int:
    """The int that `value` is; anything that merely has an integral value, such as 1.0, is refused.

    Raises
    ------
    TypeError
        If `value` is a bool or no integer.
    ValueError
        If it is below `least` or above `most`.
    """
    number = None
    if not isinstance(value, bool) and hasattr(value, "__index__"):
        # An array has the method, and refuses unless it is a single integer.
        with contextlib.suppress(TypeError):
            number = int(value.__index__())
    if number is None:
        raise TypeError(f"`{name}` must be an integer; got {value!r}")
    if (least is not None and number < least) or (most is not None and number > most):
        rule = f"at least {least}" if most is None else f"between {least} and {most}"
        raise ValueError(f"`{name}` must be {rule}; got {number}")
    return number


@holding_precision
def exact_vector(name: str, values: Any, *, positive: bool = False) -> tuple[sp.Expr, ...]:
    """Exact numbers of a nonempty one-dimensional sequence; errors name the index."""
    if isinstance(values, str | bytes | dict) or not isinstance(values, Iterable):
        raise TypeError(f"`{name}` must be a sequence of numbers; got {values!r}")
    numbers = []
    for i, value in enumerate(values):
        number = exact_number(f"{name}[{i}]", value)
        if positive and not is_positive(f"{name}[{i}]", number):
            raise ValueError(f"`{name}` must be positive; got {value} at index {i}")
        numbers.append(number)
    if not numbers:
        raise ValueError(f"`{name}` must not be empty; got {values!r}")
    return tuple(numbers)


def exact_complex(name: str, value: Any) -> sp.Expr:
    """The complex number that `value` stands for, without rounding.

    A Python or NumPy complex, an exact SymPy number, a pair (re, im) of exact reals, or what `exact_number` takes.

    Raises
    ------
    TypeError, ValueError
        If a part is no exact finite real number.
    """
    if isinstance(value, tuple | list):
        if len(value) != 2:
            raise ValueError(f"`{name}` must be a number or a pair (re, im); got {value!r}")
        re_part, im_part = value
    elif isinstance(value, sp.Expr):
        re_part, im_part = value.as_real_imag()
    elif isinstance(value, Complex) and not isinstance(value, Real):
        re_part, im_part = value.real, value.imag
    else:
        return exact_number(name, value)
    return exact_number(f"re {name}", re_part) + sp.I * exact_number(f"im {name}", im_part)


def exact_complex_vector(name: str, values: Any) -> tuple[sp.Expr, ...]:
    """Exact complex numbers of a nonempty one-dimensional sequence; errors name the index."""
    if isinstance(values, str | bytes | dict) or not isinstance(values, Iterable):
        raise TypeError(f"`{name}` must be a sequence of numbers; got {values!r}")
    numbers = tuple(exact_complex(f"{name}[{i}]", x) for i, x in enumerate(values))
    if not numbers:
        raise ValueError(f"`{name}` must not be empty; got {values!r}")
    return numbers
