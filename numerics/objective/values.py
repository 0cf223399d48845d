"""Kernels and sequences as functions: float64 values at times and at indices."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import FloatRangeError, validate_times
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.exact import exact_number
from memcurse.theory.notation import t as time
from memcurse.theory.targets.sequences import TargetSequence
from memcurse.theory.targets.target import Target

Array = NDArray[np.float64]

_BITS, _ROUNDS, _GOAL = 128, 6, 53


def values(target: Target | TargetSequence, places: Any) -> Any:
    """``rho(t)`` at times t >= 0, or ``rho_n`` at indices, of any shape; one number for one place.

    Raises
    ------
    TypeError, ValueError
        For places that are no times or no indices.
    FloatRangeError
        Where the kernel has no value that float64 holds, as ``t^(-1/4)`` has none at 0.

    Notes
    -----
    Rigour: kernels float64, at places where that has no value midpoints of balls; sequences rounded from balls.
    """
    if isinstance(target, Target):
        times = validate_times("t", places)
        return sum(_part(part, times) for part in target.parts())[()]
    indices = validate_times("n", places)
    if not (indices == np.floor(indices)).all():
        raise ValueError(f"`n` must hold whole numbers; got {places!r}")
    found = {n: _term(target, int(n)) for n in np.unique(indices)}
    number = float if target.is_real else complex
    result = np.array([found[n] for n in indices.ravel()], dtype=number)
    return result.reshape(indices.shape)[()]


def _part(part: Target, times: Array) -> Any:
    """A kernel that is no sum; 0 before it starts."""
    lag = float(part.lag)
    late = times >= lag
    result = np.zeros(times.shape)
    if late.any():
        expression = part.undelayed.expression
        run = lower(expression, (time,), "float64")
        moved = times[late] - lag
        with np.errstate(all="ignore"):
            found = np.array(np.broadcast_to(run(moved), moved.shape), dtype=float)
        for k in np.flatnonzero(~np.isfinite(found)):
            found[k] = _midpoint(
                expression.subs(time, exact_number("t", float(moved[k]))), f"t = {moved[k]:g}"
            )
        result[late] = found
    return result


def _term(target: TargetSequence, n: int) -> complex | float:
    value = target.term(n)
    if target.is_real:
        return _midpoint(value, f"n = {n}")
    return complex(*(_midpoint(x, f"n = {n}") for x in value.as_real_imag()))


def _midpoint(value: sp.Expr, place: str) -> float:
    for k in range(_ROUNDS):
        with ball_precision(_BITS << k):
            try:
                ball = lower(sp.Add(value), (), "ball")()
            except (TypeError, ValueError, ZeroDivisionError):
                break
            small = ball.is_zero() or ball.rel_accuracy_bits() >= _GOAL or bool(abs(ball) < arb("1e-320"))
            if ball.is_finite() and small and abs(float(ball.mid())) < np.inf:
                return float(ball.mid())
    raise FloatRangeError(f"`target` must have a value that float64 holds; it has none at {place}")
