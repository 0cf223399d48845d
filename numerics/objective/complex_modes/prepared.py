"""The objective of one width with complex modes, with nothing between the caller and the compiled code."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.objective.judged import LOST, MISFIT

from .arguments import LETTER, range_message, validate_modes
from .compiled_form import judged
from .moments import ComplexMoments

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
#: Loss, gradient and Hessian at one point, at the precision it takes.
Precise = Callable[[Complex, Complex], tuple[float, Array, Array]]


class PreparedComplexObjective:
    """Loss, gradient and Hessian of one width with nothing but one compiled call per evaluation.

    Calling it with amplitudes and modes of shape (m,) returns ``(loss, gradient, hessian)``, of shapes (4m,) and
    (4m, 4m): fastest with contiguous complex128 arrays, which it takes as they are; anything else is converted. The two
    arrays are buffers that the next call overwrites: copy what must last. A bad point (a mode that is not stable, a
    result that float64 cannot hold) raises `FloatRangeError`. Where the terms of the loss cancel the three are computed
    at higher precision.
    """

    __slots__ = (
        "_given",
        "_gradient",
        "_hessian",
        "_kernel",
        "_moments",
        "_open",
        "_packed",
        "_precise",
        "m",
    )

    def __init__(self, moments: ComplexMoments, m: int, precise: Precise) -> None:
        self.m = m
        self._moments = moments
        self._precise = precise
        self._packed = moments.packed
        self._given = np.zeros((m, 3), dtype=complex)
        self._gradient = np.empty(4 * m)
        self._hessian = np.empty((4 * m, 4 * m))
        self._kernel = fixed_kernel()
        self._open = moments.is_open

    def __call__(self, a: Any, x: Any) -> tuple[float, Array, Array]:
        """Loss, gradient and Hessian at one point."""
        if self._open:
            a, x = self._converted(a, x)
            self._given = self._moments.open_moments(x.conj())
        try:
            loss = self._kernel(a, x, self._packed, self._given, self._gradient, self._hessian)
        except TypeError:
            return self(*self._converted(a, x))
        # The sign tells, so that the usual way is one comparison.
        if loss > 0.0:
            return loss, self._gradient, self._hessian
        return self._otherwise(loss, a, x)

    def _otherwise(self, loss: float, a: Complex, x: Complex) -> tuple[float, Array, Array]:
        if loss == MISFIT:
            letter = LETTER[self._moments.time]
            raise ValueError(
                f"`a` and `{letter}` must have length {self.m}; got {a.shape[0]} and {x.shape[0]}"
            )
        if loss != LOST:
            raise FloatRangeError(range_message(self._moments.time, a, x))
        loss, self._gradient[:], self._hessian[:] = self._precise(a, x)
        return loss, self._gradient, self._hessian

    def _converted(self, a: Any, x: Any) -> tuple[Complex, Complex]:
        time = self._moments.time
        amplitudes, modes = validate_modes(time, a, x)
        if amplitudes.shape != (self.m,):
            raise ValueError(
                f"`a` and `{LETTER[time]}` must have shape ({self.m},); got {np.shape(a)} and {np.shape(x)}"
            )
        # Copies where the caller's arrays may not be written to: the compiled code knows one kind of array only.
        return np.require(amplitudes, requirements="W"), np.require(modes, requirements="W")


@functools.cache
def fixed_kernel() -> Callable[..., float]:
    """`judged` for contiguous complex128 arrays and for nothing else, which it would compile anew."""
    vector, matrix = np.empty(1, dtype=complex), np.empty((0, 3), dtype=complex)
    judged(vector, vector, vector, matrix, np.empty(0), np.empty((0, 0)))
    judged.disable_compile()
    kernel: Callable[..., float] = judged
    return kernel
