"""Whether a flow of a field has come so near a strict minimum that the event can no longer come.

As `engine.settled`, for any metric and with momentum: two Newton steps show that a strict minimum is near, the second
promising far less than the first. What never rises then holds the flow inside a level set, an ellipsoid about the
minimum: with E the energy above it and k the least curvature no point of it is farther away than ``sqrt(2 E/k)``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.flow.engine.settled import LESS, NEAR_A_MINIMUM
from memcurse.numerics.flow.engine.state import LOSS_DROP
from memcurse.numerics.flow.fields.arithmetic import Arithmetic, Numbers
from memcurse.numerics.flow.fields.field import Field, Point, Values, symmetry_matrix

from .events import Watch

Array = NDArray[np.float64]
#: Float64 sees that a Hessian is definite above this share of its largest eigenvalue.
_DEFINITE = 1e-12


def _newton(values: Values, symmetry: Array, arithmetic: Arithmetic) -> tuple[float, Numbers, float] | None:
    """Decrease that Newton's method promises, its step (n,), and the least curvature; None without a definite Hessian.

    The curvature is that of the variables' lengths: columns of the symmetry are not normalised.
    """
    fold = arithmetic.array(symmetry)
    H, g = fold.T @ values.hessian @ fold, fold.T @ values.gradient
    sizes = np.sqrt(np.abs(symmetry).sum(axis=0))
    curvatures = np.linalg.eigvalsh(arithmetic.floats(H) / np.outer(sizes, sizes))
    if not curvatures[0] > _DEFINITE * curvatures[-1]:
        return None
    step = arithmetic.solve(H, g)
    if step is None:
        return None
    return 0.5 * float(g @ step), fold @ step, float(curvatures[0])


def out_of_reach(field: Field, arithmetic: Arithmetic, point: Point, watch: Watch) -> bool:
    """Whether the event, short of its threshold at `point`, is out of reach."""
    values, n = point.values, len(point.values.gradient)
    symmetry = symmetry_matrix(field, n)
    near = _newton(values, symmetry, arithmetic)
    if near is None:
        return False
    promise, step, curvature = near
    energy = promise + max(0.0, float(point.energy - values.loss))
    reach = math.sqrt(2.0 * max(energy, 0.0) / curvature)
    scale = field.scales_at(point, arithmetic)[:n]
    if not reach <= NEAR_A_MINIMUM * float(scale.min()):
        return False
    left = 2.0 * promise if watch.kind == LOSS_DROP else 2.0 * field.stretch(point.theta, arithmetic) * reach
    if watch.excess(point) + left >= 0.0:
        return False
    there = arithmetic.rounded(point.theta[:n] - step)
    after: Any = field.evaluate(_joined(there, point.theta), arithmetic)
    if after is None:
        return False
    again = _newton(after, symmetry, arithmetic)
    noise = arithmetic.unit * n * float(np.abs(arithmetic.floats(values.hessian)).max())
    return again is not None and again[0] <= LESS * promise + noise**2


def _joined(head: Numbers, theta: Numbers) -> Numbers:
    """`head` in the place of the first variables of `theta`."""
    return np.concatenate([head, theta[len(head) :]])
