"""Checked complex amplitudes and modes: arrays, or exact numbers and balls, or an error that names the argument."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import sympy as sp
from flint import acb, arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.objective.assembly import Time
from memcurse.theory.exact import exact_complex_vector
from memcurse.theory.targets.sequences import exact_disc_poles

from .compiled_moments import circle_gap

Complex = NDArray[np.complex128]

#: What the modes are called.
LETTER: dict[Time, str] = {"continuous": "w", "discrete": "p"}
_RULE: dict[Time, str] = {"continuous": "have positive real parts", "discrete": "have moduli below 1"}


def complex_array(name: str, values: Any) -> Complex:
    """A contiguous complex128 array with at least one axis, of finite numbers."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"`{name}` must be an array with rows of one length; got {values!r}") from None
    if array.ndim == 1 and array.dtype.kind in "OUS":
        array = np.array([complex(x) for x in exact_complex_vector(name, values)])
    if array.ndim == 0 or array.size == 0 or array.dtype.kind not in "iufc":
        raise TypeError(f"`{name}` must be a nonempty array of complex numbers; got {values!r}")
    array = np.ascontiguousarray(array, dtype=complex)
    if not np.isfinite(array).all():
        raise ValueError(f"`{name}` must be finite; got {array[~np.isfinite(array)][0]}")
    return array


def validate_modes(time: Time, a: Any, x: Any) -> tuple[Complex, Complex]:
    """Amplitudes and modes as contiguous arrays of one shape (..., m), broadcast against each other.

    Raises
    ------
    TypeError, ValueError
        For input that is no array of finite numbers, widths that differ, or unstable modes.
    """
    letter = LETTER[time]
    amplitudes, modes = complex_array("a", a), complex_array(letter, x)
    stable = modes.real > 0 if time == "continuous" else _inside(modes)
    if not stable.all():
        i = tuple(int(k) for k in np.argwhere(~stable)[0])
        place = i[0] if len(i) == 1 else i
        raise ValueError(f"`{letter}` must {_RULE[time]}; got {modes[i]} at index {place}")
    if amplitudes.shape == modes.shape:
        return amplitudes, modes
    if amplitudes.shape[-1] != modes.shape[-1]:
        raise ValueError(
            f"`a` and `{letter}` must have the same width on the last axis; "
            f"got {amplitudes.shape} and {modes.shape}"
        )
    try:
        shape = np.broadcast_shapes(amplitudes.shape, modes.shape)
    except ValueError:
        raise ValueError(
            f"`a` and `{letter}` must have batch axes that broadcast; got {amplitudes.shape} and {modes.shape}"
        ) from None
    wide = [np.ascontiguousarray(np.broadcast_to(v, shape)) for v in (amplitudes, modes)]
    return wide[0], wide[1]


def _inside(modes: Complex) -> NDArray[np.bool_]:
    inside = np.abs(modes) < 1
    # The modulus is rounded: what is near the circle is decided by exact products.
    for i in np.argwhere(np.abs(np.abs(modes) - 1) < 1e-15):
        inside[tuple(i)] = circle_gap(complex(modes[tuple(i)])) > 0
    return inside


def exact_modes(time: Time, a: Any, x: Any) -> tuple[list[Any], list[Any]]:
    """Amplitudes and modes of one point as exact complex numbers; balls (arb, acb) pass as they are.

    Raises
    ------
    TypeError, ValueError
        As `validate_modes`, and for batch axes. A ball must be stable as a whole.
    """
    letter = LETTER[time]
    amplitudes, modes = _exact_vector("a", a), _exact_vector(letter, x)
    if len(amplitudes) != len(modes):
        raise ValueError(
            f"`a` and `{letter}` must have the same length; got {len(amplitudes)} and {len(modes)}"
        )
    for i, mode in enumerate(modes):
        if isinstance(mode, arb | acb):
            ball = acb(mode)
            size = ball.real * ball.real + ball.imag * ball.imag
            stable = ball.real > 0 if time == "continuous" else size < 1
        elif time == "continuous":
            stable = bool(mode.as_real_imag()[0] > 0)
        else:
            exact_disc_poles(letter, [mode])
            stable = True
        if not stable:
            raise ValueError(f"`{letter}` must {_RULE[time]}; got {mode} at index {i}")
    return amplitudes, modes


def _exact_vector(name: str, values: Any) -> list[Any]:
    if isinstance(values, str | bytes | dict) or not hasattr(values, "__iter__"):
        raise TypeError(f"`{name}` must be a sequence of numbers; got {values!r}")
    items = list(values)
    if not any(isinstance(v, arb | acb) for v in items):
        return list(exact_complex_vector(name, items))
    numbers = []
    for i, v in enumerate(items):
        if isinstance(v, arb | acb) and not v.is_finite():
            raise ValueError(f"`{name}` must be finite; got {v} at index {i}")
        numbers.append(v if isinstance(v, arb | acb) else exact_complex_vector(name, [v])[0])
    return numbers


@functools.lru_cache(maxsize=4096)
def _parts(value: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Real and imaginary part; SymPy takes a hundred times as long to find them as to hash the number."""
    re_part, im_part = value.as_real_imag()
    return re_part, im_part


def complex_ball(value: Any) -> acb:
    """An exact complex number as a ball at the current precision; a ball as it is."""
    if isinstance(value, arb | acb):
        return acb(value)
    re_part, im_part = _parts(value)
    return acb(constant_ball(re_part), constant_ball(im_part))


def rounded(value: sp.Expr) -> tuple[complex, complex]:
    """An exact complex number in float64, and the rest that rounding took from it."""
    re_part, im_part = _parts(value)
    pairs = []
    for part in (re_part, im_part):
        ball = constant_ball(part)
        near = float(ball.mid())
        pairs.append((near, float((ball - arb(near)).mid())))
    return complex(pairs[0][0], pairs[1][0]), complex(pairs[0][1], pairs[1][1])


def range_message(time: Time, a: Complex, x: Complex) -> str:
    """What is said where float64 cannot hold a result."""
    letter = LETTER[time]
    return (
        f"`a` and `{letter}` must keep loss, gradient and Hessian within what float64 can hold; "
        f"got a = {a.tolist()}, {letter} = {x.tolist()}; use `digits`"
    )
