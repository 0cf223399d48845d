"""The objective of one width with nothing between the caller and the compiled code but a check of the shapes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arguments import (
    FloatRangeError,
)

from . import kernels

Array = NDArray[np.float64]


def range_message(a: Array, w: Array) -> str:
    """What is said where float64 cannot hold a result."""
    return (
        "`a` and `w` must keep loss, gradient and Hessian within what float64 can hold (no overflow, no underflow of "
        f"the target's moments to 0); got a = {a.tolist()}, w = {w.tolist()}; use `digits`"
    )


class PreparedObjective:
    """Loss, gradient and Hessian of one width with nothing but one compiled call per evaluation.

    Calling it with float64 arrays `a` and `w` of shape (m,) returns ``(loss, gradient, hessian)``. The two arrays are
    buffers that the next call overwrites: copy what must last. A bad point (a rate that is not positive, a result that
    float64 cannot hold) raises `FloatRangeError`.
    """

    __slots__ = ("_gradient", "_hessian", "_kernel", "_packed", "m")

    def __init__(self, packed: Array, m: int) -> None:
        self.m = m
        self._packed = packed
        self._gradient = np.empty(2 * m)
        self._hessian = np.empty((2 * m, 2 * m))
        self._kernel = kernels.evaluate

    def __call__(self, a: Array, w: Array) -> tuple[float, Array, Array]:
        """Loss, gradient and Hessian at one point."""
        if a.shape[0] != self.m or w.shape[0] != self.m:
            raise ValueError(f"`a` and `w` must have length {self.m}; got {a.shape[0]} and {w.shape[0]}")
        loss = self._kernel(a, w, self._packed, self._gradient, self._hessian, 2)
        if loss - loss != 0.0:
            raise FloatRangeError(range_message(a, w))
        return loss, self._gradient, self._hessian
