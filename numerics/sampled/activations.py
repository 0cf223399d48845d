"""Activation functions of a sampled layer, each with its derivative: tanh, ReLU, a function of SciPy, any callable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import scipy.special
from numpy.typing import NDArray

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

#: Step of the central difference, about the cube root of the unit roundoff: error about 1e-10 of the third derivative.
_STEP: Final = 6e-6


@dataclass(frozen=True)
class Activation:
    """A function of one real variable, elementwise, and its derivative.

    Attributes
    ----------
    scale, shift : float
        ``w = scale (x2 - x1)/|x2 - x1|^2`` and ``b = -<w, x1> - shift`` for a neuron made of a pair.
    bound : float or None
        Largest absolute value, where there is one that is known.
    """

    name: str
    function: Function
    derivative: Function
    scale: float
    shift: float
    bound: float | None = None


def _relu(x: Array) -> Array:
    return np.maximum(x, 0.0)


def _step(x: Array) -> Array:
    return (x > 0).astype(float)


def _tanh_slope(x: Array) -> Array:
    return 1.0 - np.tanh(x) ** 2


_LN3: Final = float(np.log(3.0))
TANH: Final = Activation("tanh", np.tanh, _tanh_slope, _LN3, _LN3 / 2, 1.0)
#: A ReLU neuron of a pair is 0 at its first point and 1 at its second.
RELU: Final = Activation("relu", _relu, _step, 1.0, 0.0)


def activation(value: Any) -> Activation:
    """An `Activation` from its name ("tanh", "relu", or a function of `scipy.special`), or from a callable.

    Raises
    ------
    ValueError
        If the name is unknown, or the function does not map an array of reals to finite reals of the same shape.
    TypeError
        If `value` is neither a name nor callable.

    Notes
    -----
    Rigour: float64. The derivative of a function that is not tanh or ReLU is a central difference.
    """
    if isinstance(value, Activation):
        return value
    if isinstance(value, str):
        known = {"tanh": TANH, "relu": RELU}
        if value in known:
            return known[value]
        function = getattr(scipy.special, value, None) if not value.startswith("_") else None
        if not callable(function):
            raise ValueError(
                f"`activation` must be 'tanh', 'relu' or a function of scipy.special; got {value!r}"
            )
        return _tested(value, function)
    if not callable(value):
        raise TypeError(f"`activation` must be a name or a function; got {value!r}")
    if value is np.tanh:
        return TANH
    return _tested(getattr(value, "__name__", "function"), value)


def _tested(name: str, function: Any) -> Activation:
    points = np.linspace(-2.0, 2.0, 8).reshape(2, 4)
    try:
        values = np.asarray(function(points), dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"`activation` must map an array of reals to reals; got {name!r} ({error})"
        ) from None
    if values.shape != points.shape or not np.isfinite(values).all():
        raise ValueError(f"`activation` must give finite values of the same shape on [-2, 2]; got {name!r}")

    def applied(x: Array) -> Array:
        return np.asarray(function(x), dtype=float)

    def slope(x: Array) -> Array:
        return (applied(x + _STEP) - applied(x - _STEP)) / (2 * _STEP)

    return Activation(name, applied, slope, _LN3, _LN3 / 2)
