"""Checked arguments: what a user passes becomes arrays or exact numbers here, or an error that names it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import sympy as sp
from flint import acb, arb
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.balls import ball_precision, rational_ball
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.exact import exact_number, is_positive, is_real
from memcurse.theory.shared_precision import holding_precision

Array = NDArray[np.float64]


#: What is said about targets that float64 cannot hold: not "use `digits`", which the caller of a fit or flow may have.
DIGITS_HOLD: Final = "loss, gradient and Hessian with `digits` do without"
_FLOAT_BITS: Final = 50


class FloatRangeError(ValueError, ArithmeticError):
    """A result that float64 cannot hold (overflow, underflow, or a rate outside a model); `digits=` can."""


def _float_array(name: str, value: Any) -> Array:
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"`{name}` must be an array with rows of one length; got {value!r}") from None
    if array.ndim == 0 and array.dtype.kind in "US":
        raise TypeError(f"`{name}` must be a sequence of numbers; got {value!r}")
    if array.ndim and array.dtype.kind in "OUS":
        numbers = [float(exact_number(f"{name}{_place(i)}", x)) for i, x in np.ndenumerate(array)]
        array = np.array(numbers, dtype=float).reshape(array.shape)
    if array.dtype.kind == "c":
        raise TypeError(
            f"`{name}` must be real numbers unless field='complex' is given; got {array.dtype} values"
        )
    if array.dtype.kind not in "iuf":
        raise TypeError(f"`{name}` must be real numbers; got {array.dtype} values")
    if array.ndim == 0:
        raise ValueError(f"`{name}` must have at least one axis; got the scalar {value!r}")
    array = np.ascontiguousarray(array, dtype=float)
    if array.size == 0:
        raise ValueError(f"`{name}` must not be empty; got shape {array.shape}")
    if not np.isfinite(array).all():
        i = tuple(np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"`{name}` must be finite; got {array[i]} at index {_index(i)}")
    return array


def validate_parameters(a: Any, w: Any) -> tuple[Array, Array]:
    """Amplitudes and rates as contiguous float64 arrays of one shape (..., m), broadcast against each other.

    Raises
    ------
    TypeError, ValueError
        For text that is no number, complex or empty input, nan, inf, widths that differ, rates that are not positive.
    """
    amplitudes, rates = _float_array("a", a), _float_array("w", w)
    if amplitudes.shape != rates.shape:
        amplitudes, rates = _broadcast(amplitudes, rates)
    if not (rates > 0).all():
        i = tuple(np.argwhere(~(rates > 0))[0])
        raise ValueError(f"`w` must be positive; got {rates[i]} at index {_index(i)}")
    return amplitudes, rates


def validate_times(name: str, values: Any) -> Array:
    """Times of any shape, also a single one, as float64.

    Raises
    ------
    TypeError, ValueError
        For what is no real number, nan, inf, or a time before 0.
    """
    times = _float_array(name, np.atleast_1d(values) if np.ndim(values) == 0 else values)
    if not (times >= 0).all():
        i = tuple(np.argwhere(~(times >= 0))[0])
        raise ValueError(f"`{name}` must not be negative; got {times[i]} at index {_index(i)}")
    return times.reshape(np.shape(values))


def _broadcast(a: Array, w: Array) -> tuple[Array, Array]:
    if a.shape[-1] != w.shape[-1]:
        raise ValueError(
            f"`a` and `w` must have the same width on the last axis; got shapes {a.shape} and {w.shape}"
        )
    try:
        shape = np.broadcast_shapes(a.shape, w.shape)
    except ValueError:
        raise ValueError(
            f"`a` and `w` must have batch axes that broadcast; got {a.shape} and {w.shape}"
        ) from None
    return np.ascontiguousarray(np.broadcast_to(a, shape)), np.ascontiguousarray(np.broadcast_to(w, shape))


def _index(i: tuple[Any, ...]) -> str:
    return str(int(i[0])) if len(i) == 1 else str(tuple(int(k) for k in i))


def _place(i: tuple[int, ...]) -> str:
    return "[" + ", ".join(str(k) for k in i) + "]"


@holding_precision
def exact_parameters(a: Any, w: Any) -> tuple[list[Any], list[Any]]:
    """Amplitudes and rates of one point, length m, as exact numbers; balls (arb) pass as they are.

    Raises
    ------
    TypeError, ValueError
        As `validate_parameters`, and for batch axes.
    """
    amplitudes, rates = _exact_vector("a", a), _exact_vector("w", w)
    if len(amplitudes) != len(rates):
        raise ValueError(f"`a` and `w` must have the same length; got {len(amplitudes)} and {len(rates)}")
    for i, rate in enumerate(rates):
        # Comparing through SymPy takes longer than some evaluations.
        if not (rate > 0 if isinstance(rate, arb) else is_positive(f"w[{i}]", rate)):
            raise ValueError(f"`w` must be positive; got {rate} at index {i}")
    return amplitudes, rates


def _exact_vector(name: str, values: Any) -> list[Any]:
    if isinstance(values, str | bytes | dict) or not hasattr(values, "__iter__"):
        raise TypeError(f"`{name}` must be a sequence of numbers; got {values!r}")
    numbers = [_exact_or_ball(f"{name}[{i}]", x) for i, x in enumerate(values)]
    if not numbers:
        raise ValueError(f"`{name}` must not be empty; got {values!r}")
    return numbers


def _exact_or_ball(name: str, value: Any) -> Any:
    if isinstance(value, arb):
        if not value.is_finite():
            raise ValueError(f"`{name}` must be finite; got {value}")
        return value
    if not isinstance(value, str | int | float) and np.ndim(value) > 0:
        raise ValueError(f"`{name}` must be one number (no batch axes with `digits`); got {value!r}")
    if isinstance(value, complex | acb) or (
        isinstance(value, sp.Expr) and value.has(sp.I) and not is_real(value)
    ):
        raise TypeError(f"`{name}` must be a real number unless field='complex' is given; got {value!r}")
    return exact_number(name, value)


def constant_ball(value: Any) -> arb:
    """An exact number as a ball at the current precision; a ball as it is."""
    if isinstance(value, arb):
        return value
    return rational_ball(value) if isinstance(value, sp.Rational) else lower(value, (), "ball")()


def constant_float(name: str, value: sp.Expr) -> float:
    """An exact number as the nearest float64.

    Raises
    ------
    FloatRangeError
        If it overflows, or is not 0 and underflows; if it is an integral that the quadrature's budget does not enclose.
    """
    with ball_precision(128):
        ball = constant_ball(value)
        number = float(ball.mid())
    if value.has(sp.Integral) and not (ball.is_zero() or ball.rel_accuracy_bits() >= _FLOAT_BITS):
        raise FloatRangeError(
            f"`{name}` must be an integral that quadrature can enclose; got {ball.str(5)} for {value}"
        )
    if not np.isfinite(number) or (abs(number) < np.finfo(float).tiny and value != 0):
        raise FloatRangeError(f"`{name}` must lie in the range of float64; got {value}; {DIGITS_HOLD}")
    return number
