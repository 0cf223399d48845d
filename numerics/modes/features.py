r"""Rows of features that make a linear network linear in its gains: delayed inputs, or states of fixed poles.

Both hold what they need of the past and take the samples in blocks of any length (`run`): streams need no memory.

| compiled argument | type | shape |
|---|---|---|
| x | complex128 | (N,) |
| poles, s | complex128 | (K,) |
| scale | float64 | (K,) |
| X | complex128 | (N, K) |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.compiled import compiled
from memcurse.theory.exact import exact_integer

Complex = NDArray[np.complex128]


def finite_complex(name: str, values: Any, dimensions: int = 1) -> Complex:
    """A copy of `values` as a contiguous complex array.

    Raises
    ------
    TypeError
        If they are no numbers.
    ValueError
        If they have another number of axes, rows of different lengths, or one is not finite.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"`{name}` must be an array with rows of one length; got {values!r}") from None
    if array.dtype.kind not in "iufc":
        raise TypeError(f"`{name}` must be numbers; got {array.dtype} values")
    if array.ndim != dimensions:
        raise ValueError(f"`{name}` must have {dimensions} axes; got shape {array.shape}")
    if not np.isfinite(array).all():
        i = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"`{name}` must be finite; got {array[i]} at index {i[0] if dimensions == 1 else i}")
    return np.array(array, dtype=np.complex128, order="C")


def poles_in_disc(name: str, values: Any) -> Complex:
    """`values` as a nonempty array of poles of modulus below 1."""
    p = finite_complex(name, values)
    if p.size == 0:
        raise ValueError(f"`{name}` must hold at least one pole; got none")
    if not (abs(p) < 1).all():
        k = int(np.argmax(abs(p)))
        raise ValueError(f"`{name}` must have moduli below 1; got {p[k]} at index {k}")
    return p


@dataclass
class DelayLine:
    """The last `count` inputs ``x_t, ..., x_{t-count+1}``; zeros before the start.

    Attributes
    ----------
    count : int
        Taps, at least 1.
    """

    count: int
    _past: Complex = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.count = exact_integer("count", self.count, least=1)
        self._past = np.zeros(self.count - 1, dtype=np.complex128)

    def run(self, x: Any) -> Complex:
        """Rows for the next samples, shape (N, count)."""
        values = np.concatenate([self._past, finite_complex("x", x)])
        self._past = values[len(values) - self.count + 1 :].copy()
        if len(values) < self.count:
            return np.empty((0, self.count), dtype=np.complex128)
        return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(values, self.count)[:, ::-1])


@compiled
def _states(x: Any, poles: Any, scale: Any, orthonormal: bool, s: Any, X: Any) -> None:
    """Rows of X; s is moved on. Takenaka-Malmquist: each mode feeds an all-pass into the next one."""
    for t in range(len(x)):
        u = x[t]
        for k in range(len(poles)):
            old = s[k]
            s[k] = poles[k] * old + u
            X[t, k] = scale[k] * s[k]
            if orthonormal:
                u = old - np.conj(poles[k]) * s[k]


@dataclass
class PoleStates:
    """States of a diagonal network with these poles, raw or in orthonormal (Takenaka-Malmquist) coordinates.

    Orthonormal: for white input of variance 1 the covariance tends to the identity (statement fp-tm).

    Attributes
    ----------
    poles : ndarray, shape (K,)
        Moduli below 1, repeated ones allowed.
    orthonormal : bool
    """

    poles: Complex
    orthonormal: bool = False
    _state: Complex = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.poles = poles_in_disc("poles", self.poles)
        self._state = np.zeros(len(self.poles), dtype=np.complex128)

    def run(self, x: Any) -> Complex:
        """Rows of states for the next samples, shape (N, K).

        Raises
        ------
        ValueError, TypeError
            For input that is not a finite sequence.
        ArithmeticError
            If a state leaves the range of float64; nothing is changed then.
        """
        values = finite_complex("x", x)
        X = np.empty((len(values), len(self.poles)), dtype=np.complex128)
        scale = np.sqrt(1 - abs(self.poles) ** 2) if self.orthonormal else np.ones(len(self.poles))
        state = self._state.copy()
        _states(values, self.poles, scale, self.orthonormal, state, X)
        if not np.isfinite(X).all():
            raise ArithmeticError("`x` must keep the states within what float64 can hold")
        self._state = state
        return X
