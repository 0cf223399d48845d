"""Where the terms of the float64 loss cancel: the same numbers from balls.

The loss is a squared distance, computed as a difference of terms of the size of the two kernels. Near a good fit, or
between large amplitudes of opposite sign, nothing of it may be left in float64. The kernels say so (`judged`),
and the result is computed here at whatever precision it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.theory.targets.target import ExponentialSum, Target

from .assembly import Parts

Array = NDArray[np.float64]
BallParts = Callable[[list[Any], list[Any]], Parts]

_FIRST_BITS, _GOAL = 128, 60


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
    bits = _FIRST_BITS
    for _ in range(rounds):
        with ball_precision(bits):
            parts = ball_parts(*points)
        if exact or (parts.loss > 0 and parts.loss.rel_accuracy_bits() >= _GOAL):
            return _as_floats(parts, exact, a, w)
        bits *= 2
    raise ArithmeticError(
        "`a` and `w` must not make the loss vanish against the terms it is made of; got a = "
        f"{a.tolist()}, w = {w.tolist()}, where it cannot be told from 0 with {bits // 2} bits; `enclose` bounds it"
    )


def _as_floats(parts: Parts, exact: bool, a: Array, w: Array) -> tuple[float, Array, Array]:
    loss = 0.0 if exact else float(parts.loss.mid())
    gradient = np.array([0.0 if exact else float(x.mid()) for x in parts.gradient])
    hessian = np.array([[float(x.mid()) for x in row] for row in parts.hessian])
    held = exact or np.finfo(float).tiny <= loss < np.inf
    if not (held and np.isfinite(gradient).all() and np.isfinite(hessian).all()):
        raise FloatRangeError(range_message(a, w))
    return loss, gradient, hessian


def equals_target(target: Target, a: Any, w: Any) -> bool:
    """Whether the exponentials are exactly those of the target: the one case of loss 0 that structure shows."""
    if not isinstance(target, ExponentialSum):
        return False
    merged: dict[sp.Expr, sp.Expr] = dict(zip(target.w, target.a, strict=True))
    for amplitude, rate in zip(a, w, strict=True):
        exact = sp.Rational(float(rate)) if isinstance(rate, float) else rate
        merged[exact] = merged.get(exact, sp.S.Zero) - (
            sp.Rational(float(amplitude)) if isinstance(amplitude, float) else amplitude
        )
    return all(x == 0 for x in merged.values())


def range_message(a: Array, w: Array) -> str:
    """What is said where float64 cannot hold a result."""
    return (
        "`a` and `w` must keep loss, gradient and Hessian within what float64 can hold (no overflow, no underflow of "
        f"the target's moments to 0); got a = {a.tolist()}, w = {w.tolist()}; use `digits`"
    )
