"""Where the terms of the float64 loss cancel: the same numbers from balls.

The loss is a squared distance, computed as a difference of terms of the size of the two kernels. Near a good fit, or
between large amplitudes of opposite sign, nothing of it may be left in float64. The kernels say so (`judged`),
and the result is computed here at whatever precision it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

import mpmath
import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.arithmetic.balls import ball_precision, from_mpf
from memcurse.theory.targets.target import ExponentialSum, Target

from .assembly import Parts

Array = NDArray[np.float64]
BallParts = Callable[[list[Any], list[Any]], Parts]
_Parts = TypeVar("_Parts")

#: The share of its terms below which a loss has too few digits (five are left above it).
UNIT: Final = 2.0**-35
_FIRST_BITS, _GOAL = 128, 60


def lost(loss: Array, a: NDArray[Any], norms: Array, size: float) -> NDArray[np.bool_]:
    """Which losses are too small a part of the terms they are the difference of.

    Parameters
    ----------
    loss : ndarray, shape (...)
    a : ndarray, shape (..., m)
        Amplitudes.
    norms : ndarray, shape (..., m)
        Squared norms of the exponentials.
    size : float
        Squared sum of the norms of the target's parts.

    Notes
    -----
    By Cauchy and Schwarz the terms are at most ``(sum_k ||a_k e_k|| + sqrt(size))^2``, and that at most ``m + 1`` times
    the sum of the squares.
    """
    terms = size + (np.abs(a) ** 2 * norms).sum(axis=-1)
    return np.asarray(loss <= UNIT * (a.shape[-1] + 1) * terms)


def settled(
    parts: Callable[[], _Parts], loss: Callable[[_Parts], arb], exact: bool, rounds: int
) -> _Parts | None:
    """`parts` at the first precision where their loss has all digits of a float; None if none of `rounds` settles it.

    With `exact` the loss is known to be 0.
    """
    for k in range(rounds):
        with ball_precision(_FIRST_BITS << k):
            found = parts()
        value = loss(found)
        if exact or value.is_zero() or (value > 0 and value.rel_accuracy_bits() >= _GOAL):
            return found
    return None


def as_floats(
    loss: arb, gradient: Sequence[arb], hessian: Iterable[Sequence[arb]], exact: bool, message: str
) -> tuple[float, Array, Array]:
    """The balls' midpoints; 0 for the loss and its gradient where the loss is `exact`ly 0.

    Raises
    ------
    FloatRangeError
        With `message`, if float64 cannot hold them.
    """
    exact = exact or loss.is_zero()
    value = 0.0 if exact else float(loss.mid())
    slope = np.array([0.0 if exact else float(x.mid()) for x in gradient])
    curvature = np.array([[float(x.mid()) for x in row] for row in hessian])
    held = exact or np.finfo(float).tiny <= value < np.inf
    if not (held and np.isfinite(slope).all() and np.isfinite(curvature).all()):
        raise FloatRangeError(message)
    return value, slope, curvature


def precise_floats(
    target: Target, ball_parts: BallParts, a: Array, w: Array, rounds: int
) -> tuple[float, Array, Array]:
    """Loss, gradient (2m,) and Hessian (2m, 2m) at one point, the loss to the last bit.

    Parameters
    ----------
    target : Target
    ball_parts : callable
        The objective in balls at the current precision.
    a, w : ndarray, shape (m,)
        The binary fractions that the floats are.
    rounds : int
        How often the precision is doubled.

    Raises
    ------
    FloatRangeError
        If float64 cannot hold the loss.
    ArithmeticError
        If the loss cannot be told from 0.

    Notes
    -----
    Rigour: rounded from enclosures. The loss is 0 where the exponentials are those of the target, and nowhere else.
    """
    exact = equals_target(target, a, w)
    points = [arb(float(x)) for x in a], [arb(float(x)) for x in w]
    parts = settled(lambda: ball_parts(*points), lambda found: found.loss, exact, rounds)
    if parts is None:
        raise ArithmeticError(vanishing("w", a, w))
    return as_floats(parts.loss, parts.gradient, parts.hessian, exact, range_message(a, w))


def equals_target(target: Target, a: Any, w: Any) -> bool:
    """Whether the exponentials are exactly those of the target: the one case of loss 0 that structure shows."""
    return isinstance(target, ExponentialSum) and same_terms(target.a, target.w, a, w)


def same_terms(b: Sequence[sp.Expr], y: Sequence[sp.Expr], a: Any, x: Any) -> bool:
    """Whether amplitudes `a` at modes `x`, exact numbers or floats, add up to the terms `b` at `y`."""
    left = dict(zip(y, b, strict=True))
    for amplitude, mode in zip(map(_exact, a), map(_exact, x), strict=True):
        left[mode] = left.get(mode, sp.S.Zero) - amplitude
    return all(z == 0 for z in left.values())


def _exact(value: Any) -> sp.Expr:
    if isinstance(value, complex):
        return sp.Rational(value.real) + sp.I * sp.Rational(value.imag)
    return sp.Rational(float(value)) if isinstance(value, float) else value


def vanishing(letter: str, a: NDArray[Any], x: NDArray[Any]) -> str:
    """What is said where no precision tried tells a loss from 0."""
    return (
        f"`a` and `{letter}` must not make the loss vanish against the terms it is made of; got a = {a.tolist()}, "
        f"{letter} = {x.tolist()}, where it cannot be told from 0; `enclose` bounds it"
    )


def range_message(a: Array, w: Array) -> str:
    """What is said where float64 cannot hold a result."""
    return (
        "`a` and `w` must keep loss, gradient and Hessian within what float64 can hold (no overflow, no underflow of "
        f"the target's moments to 0); got a = {a.tolist()}, w = {w.tolist()}; use `digits`"
    )


def agree(before: Sequence[Any], now: Sequence[Any], zeros: Sequence[bool], bits: int) -> bool:
    """Whether two lists of numbers agree to so many bits; two zeros do only where `zeros` says that they are exact."""
    # Terms may have cancelled to the last bit twice.
    return all(
        zero or (y != 0 and abs(x - y) <= mpmath.ldexp(abs(y), -bits))
        for x, y, zero in zip(before, now, zeros, strict=True)
    )


def holds(ball: arb, value: mpmath.mpf) -> bool:
    """Whether a number of mpmath's lies in a ball, but for mpmath's own roundings."""
    # They are some units in the last place of the terms, as the radius is.
    return bool(ball.is_finite() and abs(ball.mid() - from_mpf(value)) <= ball.rad() * 2**16)
