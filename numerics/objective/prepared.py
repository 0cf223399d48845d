"""The objective of one width with nothing between the caller and the compiled code."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arguments import FloatRangeError, validate_parameters

from .cancellation import range_message
from .judged import LOST, MISFIT, judged

Array = NDArray[np.float64]
#: Loss, gradient and Hessian at one point, at the precision it takes.
Precise = Callable[[Array, Array], tuple[float, Array, Array]]


class PreparedObjective:
    """Loss, gradient and Hessian of one width with nothing but one compiled call per evaluation.

    Calling it with `a` and `w` of shape (m,) returns ``(loss, gradient, hessian)``: fastest with contiguous float64
    arrays, which it takes as they are; anything else is converted. The two arrays are buffers that the next call
    overwrites: copy what must last. A bad point (a rate that is not positive, a result that float64 cannot hold)
    raises `FloatRangeError`. Where the terms of the loss cancel the three are computed at higher precision.
    """

    __slots__ = ("_gradient", "_hessian", "_kernel", "_packed", "_precise", "m")

    def __init__(self, packed: Array, m: int, precise: Precise) -> None:
        self.m = m
        self._packed = packed
        self._gradient = np.empty(2 * m)
        self._hessian = np.empty((2 * m, 2 * m))
        self._kernel = _fixed_kernel()
        self._precise = precise

    def __call__(self, a: Any, w: Any) -> tuple[float, Array, Array]:
        """Loss, gradient and Hessian at one point."""
        try:
            loss = self._kernel(a, w, self._packed, self._gradient, self._hessian, 1)
        except TypeError:
            return self(*self._converted(a, w))
        # The sign tells, so that the usual way is one comparison.
        if loss > 0.0:
            return loss, self._gradient, self._hessian
        return self._otherwise(loss, a, w)

    def derivatives(self, a: Array, w: Array) -> tuple[Array, Array]:
        """Gradient and Hessian alone, for arrays that `__call__` takes as they are: float64 even where terms cancel."""
        loss = self._kernel(a, w, self._packed, self._gradient, self._hessian, 0)
        if not loss > 0.0:
            self._otherwise(loss, a, w)
        return self._gradient, self._hessian

    def _otherwise(self, loss: float, a: Array, w: Array) -> tuple[float, Array, Array]:
        if loss == MISFIT:
            raise ValueError(f"`a` and `w` must have length {self.m}; got {a.shape[0]} and {w.shape[0]}")
        if loss != LOST:
            raise FloatRangeError(range_message(a, w))
        loss, self._gradient[:], self._hessian[:] = self._precise(a, w)
        return loss, self._gradient, self._hessian

    def _converted(self, a: Any, w: Any) -> tuple[Array, Array]:
        amplitudes, rates = validate_parameters(a, w)
        if amplitudes.shape != (self.m,):
            raise ValueError(f"`a` and `w` must have shape ({self.m},); got {np.shape(a)} and {np.shape(w)}")
        # Copies where the caller's arrays may not be written to: the compiled code knows one kind of array only.
        return np.require(amplitudes, requirements="W"), np.require(rates, requirements="W")


@functools.cache
def _fixed_kernel() -> Any:
    """`judged` for contiguous float64 arrays and for nothing else, which it would compile anew."""
    # A misfit: compiled for these types, and over at once.
    judged(np.empty(1), np.empty(1), np.empty(1), np.empty(0), np.empty((0, 0)), 1)
    judged.disable_compile()
    return judged
