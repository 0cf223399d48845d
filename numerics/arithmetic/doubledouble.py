"""Double-double numbers in compiled code: an unevaluated sum of two float64, about 32 digits.

A number is the named pair `DoubleDouble`; arrays of them have the structured type `DOUBLE_DOUBLE` with the same two
fields. `add`, `sub`, `mul`, `div` and their kin choose the arithmetic by the type of their arguments when they are
compiled: the same source of an algorithm runs in float64, in double-double, or in complex128, which is complex and
nothing else. In compiled code an entry of a double-double array is a view of it: `loaded` makes a number of it where
the entry may change before it is used.

The error-free transformations are those of Dekker (Numer. Math. 18, 1971) and Knuth, with the product's error from a
fused multiply-add; the operations and their bounds are those of Joldes, Muller and Popescu (ACM TOMS 44, 2017):
relative errors of a few 2^-104. Their range is that of float64, with errors of the size of the smallest subnormal.

The operations are written as machine instructions (`_Code`), not as compiled Python: each is inlined a hundred times,
and type inference for every combination of numbers and views would take most of the compilation.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import mpmath
import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.compiled import overloaded, subroutine, uncounted

#: Unit round-off of a double-double operation (a bound), and of float64.
EPSILON, EPSILON_64 = 2.0**-103, 2.0**-53


class DoubleDouble(NamedTuple):
    """The sum of two float64, the second at most half a unit in the last place of the first."""

    high: float
    low: float


#: Entries of double-double arrays.
DOUBLE_DOUBLE: Final = np.dtype([("high", np.float64), ("low", np.float64)], align=True)
PAIR, _ENTRY = types.NamedUniTuple(types.float64, 2, DoubleDouble), from_dtype(DOUBLE_DOUBLE)


def is_double_double(kind: Any) -> bool:
    """Whether a type of numba's is that of a double-double number or array entry."""
    return kind in (PAIR, _ENTRY)


class _Code:
    """Instructions on pairs ``(high, low)`` of float64 values, appended to what a function compiles to."""

    def __init__(self, context: Any, builder: Any) -> None:
        self.context, self.builder = context, builder
        self.plus, self.minus, self.times = builder.fadd, builder.fsub, builder.fmul
        self.over, self.fma, self.negative = builder.fdiv, builder.fma, builder.fneg

    def constant(self, x: float) -> Any:
        return self.context.get_constant(types.float64, x)

    def parts(self, kind: Any, x: Any) -> tuple[Any, Any]:
        """High and low part of a number, of an array's entry, or of a float64."""
        if kind == PAIR:
            return self.builder.extract_value(x, 0), self.builder.extract_value(x, 1)
        if kind == _ENTRY:
            high, low = self.pointers(x)
            return self.builder.load(high), self.builder.load(low)
        return x, self.constant(0.0)

    def pointers(self, entry: Any) -> tuple[Any, Any]:
        member = functools.partial(cgutils.get_record_member, self.builder, entry)
        return member(0, ir.DoubleType()), member(8, ir.DoubleType())

    def pair(self, high: Any, low: Any) -> Any:
        return self.context.make_tuple(self.builder, PAIR, (high, low))

    def two_sum(self, a: Any, b: Any) -> tuple[Any, Any]:
        s = self.plus(a, b)
        v = self.minus(s, a)
        return s, self.plus(self.minus(a, self.minus(s, v)), self.minus(b, v))

    def fast_two_sum(self, a: Any, b: Any) -> tuple[Any, Any]:
        s = self.plus(a, b)
        return s, self.minus(b, self.minus(s, a))

    def add(self, x: Any, y: Any) -> tuple[Any, Any]:
        s, e = self.two_sum(x[0], y[0])
        t, f = self.two_sum(x[1], y[1])
        c = self.fast_two_sum(s, self.plus(e, t))
        return self.fast_two_sum(c[0], self.plus(f, c[1]))

    def sub(self, x: Any, y: Any) -> tuple[Any, Any]:
        return self.add(x, (self.negative(y[0]), self.negative(y[1])))

    def mul(self, x: Any, y: Any) -> tuple[Any, Any]:
        p = self.times(x[0], y[0])
        e = self.fma(x[0], y[0], self.negative(p))
        return self.fast_two_sum(p, self.plus(e, self.fma(x[0], y[1], self.times(x[1], y[0]))))

    def mul_float(self, x: Any, y: Any) -> tuple[Any, Any]:
        p = self.times(x[0], y)
        e = self.fma(x[0], y, self.negative(p))
        return self.fast_two_sum(p, self.fma(x[1], y, e))

    def div(self, x: Any, y: Any) -> tuple[Any, Any]:
        q = self.over(x[0], y[0])
        r = self.add(x, self.mul_float(y, self.negative(q)))
        p = self.over(r[0], y[0])
        r = self.add(r, self.mul_float(y, self.negative(p)))
        c = self.fast_two_sum(q, p)
        return self.fast_two_sum(c[0], self.plus(c[1], self.over(r[0], y[0])))

    def inverse(self, x: Any) -> tuple[Any, Any]:
        # One Newton step from the float64 quotient doubles its digits; the second order term is below the rounding.
        q = self.over(self.constant(1.0), x[0])
        r = self.minus(self.fma(self.negative(q), x[0], self.constant(1.0)), self.times(q, x[1]))
        c = self.fast_two_sum(q, self.times(q, r))
        return c[0], self.plus(c[1], self.times(self.times(q, r), r))


def _signature(name: str, numbers: tuple[Any, ...]) -> Any:
    """What an operation returns: double-double if the first number is one, else what the numbers have in common."""
    if is_double_double(numbers[0]):
        if all(is_double_double(x) or isinstance(x, types.Float) for x in numbers):
            return PAIR(*numbers)
    elif all(isinstance(x, types.Complex) for x in numbers):
        return numbers[0](*numbers)
    elif all(isinstance(x, types.Float | types.Integer) for x in numbers):
        return types.float64(*[types.float64] * len(numbers))
    elif all(isinstance(x, types.Complex | types.Float) for x in numbers):
        return types.complex128(*[types.complex128] * len(numbers))
    raise TypingError(f"`{name}` takes numbers of one kind, a double-double first; got {numbers}")


def _apply(
    of_pairs: Callable[..., tuple[Any, Any]],
    of_others: Any,
    context: Any,
    builder: Any,
    signature: Any,
    args: Any,
) -> Any:
    """The operation on pairs, or the one that the compiler knows for float64 and complex numbers."""
    if signature.return_type == PAIR:
        code = _Code(context, builder)
        numbers = [code.parts(kind, x) for kind, x in zip(signature.args, args, strict=True)]
        return code.pair(*of_pairs(code, *numbers))
    return context.get_function(of_others, signature)(builder, args)


@intrinsic
def add(typing_context: Any, x: Any, y: Any) -> Any:
    """``x + y``; for compiled code."""
    return _signature("add", (x, y)), lambda *a: _apply(_Code.add, operator.add, *a)


@intrinsic
def sub(typing_context: Any, x: Any, y: Any) -> Any:
    """``x - y``; for compiled code."""
    return _signature("sub", (x, y)), lambda *a: _apply(_Code.sub, operator.sub, *a)


@intrinsic
def mul(typing_context: Any, x: Any, y: Any) -> Any:
    """``x * y``, where `y` may be a float64; for compiled code."""
    product = _Code.mul if is_double_double(y) else lambda code, x, y: code.mul_float(x, y[0])
    return _signature("mul", (x, y)), lambda *a: _apply(product, operator.mul, *a)


@intrinsic
def div(typing_context: Any, x: Any, y: Any) -> Any:
    """``x / y``; for compiled code."""
    return _signature("div", (x, y)), lambda *a: _apply(_Code.div, operator.truediv, *a)


@intrinsic
def _store(typing_context: Any, entry: Any, x: Any) -> Any:
    """Write a number into the entry of an array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        code = _Code(context, builder)
        for pointer, part in zip(code.pointers(arguments[0]), code.parts(x, arguments[1]), strict=True):
            builder.store(part, pointer)
        return context.get_dummy_value()

    return types.void(entry, x), generate


@overloaded(operator.setitem)
def _setitem(array: Any, index: Any, x: Any) -> Any:
    """Double-double numbers go into double-double arrays."""
    if isinstance(array, types.Array) and array.dtype == _ENTRY and x == PAIR:
        return lambda array, index, x: _store(array[index], x)
    return None


def _unchanged(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return arguments[0]


def _refuse_complex(name: str, *kinds: Any) -> None:
    if any(isinstance(kind, types.Complex) for kind in kinds):
        raise TypingError(f"`{name}` takes float64 or double-double numbers; got {kinds}")


# Intrinsics all of them: to choose an overload takes the compiler longer than to compile what it does.


@intrinsic
def inverse(typing_context: Any, x: Any) -> Any:
    """``1 / x``; for compiled code."""
    if is_double_double(x):
        return PAIR(x), lambda *a: _apply(_Code.inverse, None, *a)
    kind = types.complex128 if isinstance(x, types.Complex) else types.float64

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        divide = context.get_function(operator.truediv, kind(kind, kind))
        return divide(builder, (context.get_constant_generic(builder, kind, 1.0), arguments[0]))

    return kind(kind), generate


@intrinsic
def loaded(typing_context: Any, x: Any) -> Any:
    """`x` as a number that does not change with the array that it was read from; for compiled code."""
    if is_double_double(x):
        return PAIR(x), lambda *a: _apply(lambda code, x: x, None, *a)
    return x(x), _unchanged


@intrinsic
def value(typing_context: Any, x: Any) -> Any:
    """The nearest float64; for compiled code."""
    _refuse_complex("value", x)
    return (types.float64(x), _high) if is_double_double(x) else (x(x), _unchanged)


@intrinsic
def lift(typing_context: Any, x: Any, like: Any) -> Any:
    """The float64 `x` as a number of the type of `like`; for compiled code."""
    _refuse_complex("lift", x, like)
    return (
        (PAIR(types.float64, like), _joined_with_zero) if is_double_double(like) else (x(x, like), _unchanged)
    )


@intrinsic
def cast(typing_context: Any, x: Any, like: Any) -> Any:
    """`x`, float64 or double-double, as a number of the type of `like`; for compiled code."""
    _refuse_complex("cast", x, like)
    if not is_double_double(like):
        return (types.float64(x, like), _high) if is_double_double(x) else (x(x, like), _unchanged)
    if is_double_double(x):
        return PAIR(x, like), lambda *a: _apply(lambda code, x, like: x, None, *a)
    return PAIR(types.float64, like), _joined_with_zero


def _high(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    return _Code(context, builder).parts(signature.args[0], arguments[0])[0]


def _joined_with_zero(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    code = _Code(context, builder)
    return code.pair(arguments[0], code.constant(0.0))


@intrinsic
def _fma(typing_context: Any, x: Any, y: Any, z: Any) -> Any:
    """``x*y + z`` with one rounding."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


@uncounted
def two_sum(a: float, b: float) -> tuple[float, float]:
    """``a + b`` as rounded sum and exact error."""
    s = a + b
    v = s - a
    return s, (a - (s - v)) + (b - v)


@subroutine
def horner(coefficients: Any, u: Any, fine: int) -> Any:
    """A polynomial at the double-double `u`, at most 1 in size; coefficients from `fine` on count as float64.

    Notes
    -----
    Rigour: the product's low part and the sum's error are rounded to float64 before they are joined, so each step's
    error is a few 2^-105 of the larger of its terms.
    """
    tail = 0.0
    for d in range(coefficients.shape[0] - 1, fine - 1, -1):
        tail = tail * u.high + coefficients[d].high
    high, low = tail, 0.0
    for d in range(fine - 1, -1, -1):
        c = coefficients[d]
        p = high * u.high
        e = _fma(high, u.high, -p)
        e = _fma(high, u.low, e)
        e = _fma(low, u.high, e)
        high, f = two_sum(c.high, p)
        low = f + (e + c.low)
    total = high + low
    return DoubleDouble(total, low - (total - high))


def split(number: Any) -> DoubleDouble:
    """A number (mpmath, SymPy rational, float) as a double-double; working precision must be 110 bits or more."""
    x = mpmath.mpmathify(number)
    high = float(x)
    return DoubleDouble(high, float(x - high) if math.isfinite(high) else 0.0)


def joined(number: Any) -> mpmath.mpf:
    """The exact value of a double-double, or of an array's entry, at the working precision of mpmath."""
    high, low = number.item() if isinstance(number, np.void) else number
    return mpmath.mpf(high) + mpmath.mpf(low)


def split_array(numbers: Any) -> NDArray[np.void]:
    """`split` of every entry, as an array of `DOUBLE_DOUBLE` of the same shape."""
    objects = np.array(numbers, dtype=object)
    return np.array([split(x) for x in objects.ravel()], dtype=DOUBLE_DOUBLE).reshape(objects.shape)


def high_parts(numbers: NDArray[Any]) -> NDArray[np.float64]:
    """The nearest float64 of every entry of an array of `DOUBLE_DOUBLE` or float64."""
    return numbers["high"] if numbers.dtype == DOUBLE_DOUBLE else numbers
