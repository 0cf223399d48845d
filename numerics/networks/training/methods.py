r"""Methods of training as data: a name, an update, its constants and where it is from. To add one, add one entry.

An update changes `theta` in place. It is an ordinary function of arrays and numbers, compiled when it is first used:

=============  ============  =========================================================
``theta``      ``(n,)``      parameters
``gradient``   ``(n,)``      of the loss at `theta`
``memory``     ``(q, n)``    what the method remembers, 0 at the start
``k``          int           number of this step, from 1
``rate``       float         step size
``constants``  ``(p,)``      the others, in the order of `Method.constants`
=============  ============  =========================================================
"""

from __future__ import annotations

import difflib
import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numba
import numpy as np
from numba import types
from numpy.typing import NDArray

Array = NDArray[np.float64]
_VECTOR = types.float64[::1]
_SIGNATURE = types.void(_VECTOR, _VECTOR, types.float64[:, ::1], types.int64, types.float64, _VECTOR)


@dataclass(frozen=True)
class Method:
    """A method of training.

    Attributes
    ----------
    name : str
    update : callable
        As at the head of this module.
    rate : float
        Step size that is used if none is given.
    memory : int
        Vectors that it remembers.
    constants : mapping of str to float
        Its other constants, in the order in which `update` takes them.
    source : str
    """

    name: str
    update: Callable[..., None]
    rate: float
    memory: int = 0
    constants: Mapping[str, float] = field(default_factory=dict)
    source: str = ""

    @property
    def compiled(self) -> Any:
        """The update for compiled code, which calls it by its address."""
        return _compiled(self.update)

    def constants_with(self, changes: Mapping[str, Any]) -> Array:
        """All constants, some changed.

        Raises
        ------
        ValueError, TypeError
            For a constant that the method does not have, or that is no finite number.
        """
        for name, value in changes.items():
            if name not in self.constants:
                known = ", ".join(self.constants) or "none"
                raise ValueError(f"`{name}` must be a constant of {self.name} ({known}); got {value!r}")
        return np.array([finite(name, x) for name, x in {**self.constants, **changes}.items()], dtype=float)


@functools.lru_cache(maxsize=64)
def _compiled(update: Callable[..., None]) -> Any:
    return numba.cfunc(_SIGNATURE)(update)


def finite(name: str, value: Any) -> float:
    """`value` as a finite float."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise TypeError(f"`{name}` must be a real number; got {value!r}")
    if not math.isfinite(value):
        raise ValueError(f"`{name}` must be finite; got {value!r}")
    return float(value)


def _gradient_descent(theta: Any, gradient: Any, memory: Any, k: int, rate: float, constants: Any) -> None:
    for i in range(theta.shape[0]):
        theta[i] -= rate * gradient[i]


def _heavy_ball(theta: Any, gradient: Any, memory: Any, k: int, rate: float, constants: Any) -> None:
    for i in range(theta.shape[0]):
        memory[0, i] = constants[0] * memory[0, i] + gradient[i]
        theta[i] -= rate * memory[0, i]


def _nesterov(theta: Any, gradient: Any, memory: Any, k: int, rate: float, constants: Any) -> None:
    # In the variables at which the gradient is taken, as in Sutskever et al. (2013), section 3.
    for i in range(theta.shape[0]):
        memory[0, i] = constants[0] * memory[0, i] + gradient[i]
        theta[i] -= rate * (gradient[i] + constants[0] * memory[0, i])


def _adam(theta: Any, gradient: Any, memory: Any, k: int, rate: float, constants: Any) -> None:
    first, second, eps = constants[0], constants[1], constants[2]
    mean, square = 1.0 - first**k, 1.0 - second**k
    for i in range(theta.shape[0]):
        memory[0, i] = first * memory[0, i] + (1.0 - first) * gradient[i]
        memory[1, i] = second * memory[1, i] + (1.0 - second) * gradient[i] ** 2
        theta[i] -= rate * (memory[0, i] / mean) / (math.sqrt(memory[1, i] / square) + eps)


def _rmsprop(theta: Any, gradient: Any, memory: Any, k: int, rate: float, constants: Any) -> None:
    decay, eps = constants[0], constants[1]
    for i in range(theta.shape[0]):
        memory[0, i] = decay * memory[0, i] + (1.0 - decay) * gradient[i] ** 2
        theta[i] -= rate * gradient[i] / (math.sqrt(memory[0, i]) + eps)


def _sign_descent(theta: Any, gradient: Any, memory: Any, k: int, rate: float, constants: Any) -> None:
    for i in range(theta.shape[0]):
        if gradient[i] != 0.0:
            theta[i] -= math.copysign(rate, gradient[i])


METHODS: Final = {
    method.name: method
    for method in (
        Method("gd", _gradient_descent, 0.02, source="Cauchy, C. R. Acad. Sci. 25 (1847)"),
        Method(
            "heavy-ball", _heavy_ball, 0.002, 1, {"beta": 0.9}, "Polyak, Zh. Vychisl. Mat. Mat. Fiz. 4 (1964)"
        ),
        Method("nesterov", _nesterov, 0.002, 1, {"beta": 0.9}, "Nesterov, Dokl. Akad. Nauk SSSR 269 (1983)"),
        Method(
            "adam",
            _adam,
            0.001,
            2,
            {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
            "Kingma and Ba, ICLR (2015), algorithm 1",
        ),
        Method(
            "rmsprop",
            _rmsprop,
            0.001,
            1,
            {"decay": 0.9, "eps": 1e-8},
            "Tieleman and Hinton, COURSERA lecture 6.5 (2012)",
        ),
        Method("sign", _sign_descent, 0.001, source="Riedmiller and Braun, ICNN (1993), steps of one size"),
    )
}


def choose_method(method: str | Method) -> Method:
    """The method of this name, or the one given.

    Raises
    ------
    ValueError, TypeError
        For an unknown name, with the nearest known one.
    """
    if isinstance(method, Method):
        return method
    if not isinstance(method, str):
        raise TypeError(f"`method` must be a name or a Method; got {method!r}")
    return METHODS[chosen("method", method, METHODS)]


def chosen(argument: str, name: str, known: Mapping[str, Any]) -> str:
    """`name`, if it is one of the `known` ones; else an error with a guess at what was meant."""
    if name in known:
        return name
    near = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.4)
    guess = f"; did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"`{argument}` must be one of {', '.join(known)}; got {name!r}{guess}")
