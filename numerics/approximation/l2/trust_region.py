"""Newton's method downhill: saddle-free (curvatures made positive) and within a trust region."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
State = TypeVar("State")

#: Loss, gradient and Hessian.
Look = tuple[float, Array, Array]
_STEPS = 100


def downhill(
    state: State,
    look: Callable[[State], Look],
    move: Callable[[State, Array], tuple[State, float] | None],
    *,
    longest: float,
    smallest: float,
    rounding: float = 0.0,
) -> tuple[State, Look]:
    """The state that Newton's steps lead to, and what is seen there.

    Parameters
    ----------
    look : callable
        Loss, gradient and Hessian at a state.
    move : callable
        The state after a step, and its loss; None where there is none.
    longest, smallest : float
        Norm of the longest step, and of the one that ends the search.
    rounding : float
        By how much the loss may rise in a step.

    Notes
    -----
    Rigour: float64.
    """
    seen = look(state)
    reach = longest
    for _ in range(_STEPS):
        loss, slope, bend = seen
        values, vectors = np.linalg.eigh(bend)
        step = vectors @ within(values, vectors.T @ slope, reach)
        moved = move(state, step)
        if moved is None or not moved[1] <= loss * (1 + 1e-14) + rounding:
            reach /= 4
            if reach < smallest:
                break
            continue
        small = np.linalg.norm(step) < smallest
        state = moved[0]
        seen = look(state)
        if small:
            break
        reach = min(longest, 2 * reach)
    return state, seen


def within(values: Array, slope: Array, reach: float) -> Array:
    """The step against `slope` in the eigenbasis, with curvatures made positive, no longer than `reach`."""
    size = np.abs(values)
    damping = 1e-14 * size.max() + 1e-300
    step: Array = -slope / (size + damping)
    while np.linalg.norm(step) > reach:
        damping = max(3 * damping, 1e-6 * size.max())
        step = -slope / (size + damping)
    return step
