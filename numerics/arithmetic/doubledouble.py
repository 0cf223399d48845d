"""Double-double numbers in compiled code: an unevaluated sum of two float64, about 32 digits.

A number is held in a complex128, high part in ``real`` and low part in ``imag``, so that arrays of them are plain
numpy arrays. `add`, `sub`, `mul`, `div` and their kin choose the arithmetic by the type of their arguments when they
are compiled: the same source of an algorithm, called with float64 or with complex128 arrays, runs in one or the other.

The error-free transformations are those of Dekker (Numer. Math. 18, 1971) and Knuth, with the product's error from a
fused multiply-add; the operations and their bounds are those of Joldes, Muller and Popescu (ACM TOMS 44, 2017):
relative errors of a few 2^-104. Their range is that of float64, with errors of the size of the smallest subnormal.
"""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
from numba import types
from numba.extending import intrinsic, overload

from .compiled import compiled

#: Unit round-off of a double-double operation (a bound), and of float64.
EPSILON, EPSILON_64 = 2.0**-103, 2.0**-53


@intrinsic
def _fma(typing_context: Any, x: Any, y: Any, z: Any) -> Any:
    """``x*y + z`` with one rounding."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


@compiled
def two_sum(a: float, b: float) -> tuple[float, float]:
    """``a + b`` as rounded sum and exact error."""
    s = a + b
    v = s - a
    return s, (a - (s - v)) + (b - v)


@compiled
def _fast_two_sum(a: float, b: float) -> Any:
    s = a + b
    return complex(s, b - (s - a))


@compiled
def _dd_add(x: Any, y: Any) -> Any:
    s, e = two_sum(x.real, y.real)
    t, f = two_sum(x.imag, y.imag)
    c = _fast_two_sum(s, e + t)
    return _fast_two_sum(c.real, f + c.imag)


@compiled
def _dd_mul(x: Any, y: Any) -> Any:
    p = x.real * y.real
    e = _fma(x.real, y.real, -p)
    return _fast_two_sum(p, e + _fma(x.real, y.imag, x.imag * y.real))


@compiled
def _dd_mul_float(x: Any, y: float) -> Any:
    p = x.real * y
    e = _fma(x.real, y, -p)
    return _fast_two_sum(p, _fma(x.imag, y, e))


@compiled
def _dd_inverse(x: Any) -> Any:
    # One Newton step from the float64 quotient doubles its digits; the second order term is below the rounding.
    q = 1.0 / x.real
    r = _fma(-q, x.real, 1.0) - q * x.imag
    c = _fast_two_sum(q, q * r)
    return complex(c.real, c.imag + q * r * r)


@compiled
def _dd_div(x: Any, y: Any) -> Any:
    q = x.real / y.real
    r = _dd_add(x, _dd_mul_float(y, -q))
    p = r.real / y.real
    r = _dd_add(r, _dd_mul_float(y, -p))
    c = _fast_two_sum(q, p)
    return _fast_two_sum(c.real, c.imag + r.real / y.real)


@compiled
def horner(coefficients: Any, u: Any, fine: int) -> Any:
    """A polynomial at the double-double `u`, at most 1 in size; coefficients from `fine` on count as float64.

    Notes
    -----
    Rigour: the product's low part and the sum's error are rounded to float64 before they are joined, so each step's
    error is a few 2^-105 of the larger of its terms.
    """
    tail = 0.0
    for d in range(coefficients.shape[0] - 1, fine - 1, -1):
        tail = tail * u.real + coefficients[d].real
    high, low = tail, 0.0
    for d in range(fine - 1, -1, -1):
        c = coefficients[d]
        p = high * u.real
        e = _fma(high, u.real, -p)
        e = _fma(high, u.imag, e)
        e = _fma(low, u.real, e)
        high, f = two_sum(c.real, p)
        low = f + (e + c.imag)
    return _fast_two_sum(high, low)


def add(x: Any, y: Any) -> Any:
    """``x + y``; for compiled code."""
    raise NotImplementedError


def sub(x: Any, y: Any) -> Any:
    """``x - y``; for compiled code."""
    raise NotImplementedError


def mul(x: Any, y: Any) -> Any:
    """``x * y``, where `y` may be a float64; for compiled code."""
    raise NotImplementedError


def div(x: Any, y: Any) -> Any:
    """``x / y``; for compiled code."""
    raise NotImplementedError


def inverse(x: Any) -> Any:
    """``1 / x``; for compiled code."""
    raise NotImplementedError


def value(x: Any) -> Any:
    """The nearest float64; for compiled code."""
    raise NotImplementedError


def lift(x: Any, like: Any) -> Any:
    """The float64 `x` as a number of the type of `like`; for compiled code."""
    raise NotImplementedError


def cast(x: Any, like: Any) -> Any:
    """`x` of either kind as a number of the type of `like`; for compiled code."""
    raise NotImplementedError


def _is_double_double(x: Any) -> bool:
    return isinstance(x, types.Complex)


@overload(add, strict=False)
def _add(x: Any, y: Any) -> Any:
    if _is_double_double(x):
        return lambda x, y: _dd_add(x, y)
    return lambda x, y: x + y


@overload(sub, strict=False)
def _sub(x: Any, y: Any) -> Any:
    if _is_double_double(x):
        return lambda x, y: _dd_add(x, complex(-y.real, -y.imag))
    return lambda x, y: x - y


@overload(mul, strict=False)
def _mul(x: Any, y: Any) -> Any:
    if not _is_double_double(x):
        return lambda x, y: x * y
    if _is_double_double(y):
        return lambda x, y: _dd_mul(x, y)
    return lambda x, y: _dd_mul_float(x, y)


@overload(div, strict=False)
def _div(x: Any, y: Any) -> Any:
    if _is_double_double(x):
        return lambda x, y: _dd_div(x, y)
    return lambda x, y: x / y


@overload(inverse, strict=False)
def _inverse(x: Any) -> Any:
    if _is_double_double(x):
        return lambda x: _dd_inverse(x)
    return lambda x: 1.0 / x


@overload(value, strict=False)
def _value(x: Any) -> Any:
    if _is_double_double(x):
        return lambda x: x.real
    return lambda x: x


@overload(lift, strict=False)
def _lift(x: Any, like: Any) -> Any:
    if _is_double_double(like):
        return lambda x, like: complex(x, 0.0)
    return lambda x, like: x


@overload(cast, strict=False)
def _cast(x: Any, like: Any) -> Any:
    if _is_double_double(x) == _is_double_double(like):
        return lambda x, like: x
    if _is_double_double(x):
        return lambda x, like: x.real
    return lambda x, like: complex(x, 0.0)


def split(number: Any) -> complex:
    """A number (mpmath, SymPy rational, float) as a double-double; working precision must be 110 bits or more."""
    x = mpmath.mpmathify(number)
    high = float(x)
    return complex(high, float(x - high)) if math.isfinite(high) else complex(high, 0.0)


def joined(number: complex) -> mpmath.mpf:
    """The exact value of a double-double, at the working precision of mpmath."""
    return mpmath.mpf(number.real) + mpmath.mpf(number.imag)


def split_array(numbers: Any) -> Any:
    """`split` of every entry, as a complex128 array of the same shape."""
    flat = [split(x) for x in np.ravel(np.array(numbers, dtype=object))]
    return np.array(flat, dtype=complex).reshape(np.shape(np.array(numbers, dtype=object)))
