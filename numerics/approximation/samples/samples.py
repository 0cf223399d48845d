"""Samples of a decay: what a user hands in becomes arrays for the search and exact numbers for the proof."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import Array, constant_ball
from memcurse.theory.exact import exact_complex, exact_number, is_positive

#: A float is its own exact value; other numbers are kept as SymPy numbers (the `Any`).
Exact = float | Any


@dataclass(frozen=True)
class Samples:
    """n values at n times, weighted.

    Attributes
    ----------
    t : ndarray, shape (n,)
        Times, rising.
    y : ndarray, shape (n,), float64 or complex128
        Values.
    sigma : ndarray, shape (n,), or None
        Standard deviations of the values; None where they are not known, and equal.
    order : ndarray of int, shape (n,)
        Where each of them stood in what the user gave.
    exact_t, exact_y, exact_sigma : tuple of exact numbers
        The same without rounding, real parts; `exact_y` holds the real parts and then, for complex data, the
        imaginary ones. `exact_sigma` is empty where `sigma` is None.
    """

    t: Array
    y: NDArray[Any]
    sigma: Array | None
    order: NDArray[np.intp]
    exact_t: tuple[Exact, ...]
    exact_y: tuple[Exact, ...]
    exact_sigma: tuple[Exact, ...]

    @property
    def complex(self) -> bool:
        """Whether the values are complex numbers."""
        return self.y.dtype.kind == "c"

    @property
    def count(self) -> int:
        """How many real numbers were measured."""
        return len(self.t) * (2 if self.complex else 1)

    @property
    def distinct_times(self) -> int:
        """How many of the times differ."""
        return len(np.unique(self.t))


def ball(x: Exact) -> arb:
    """Ball of an exact number at the current precision."""
    return arb(x) if isinstance(x, float) else constant_ball(x)


def read_samples(t: Any, y: Any, sigma: Any, complex_allowed: bool) -> Samples:
    """The samples, sorted by time.

    Raises
    ------
    TypeError, ValueError
        Naming `t`, `y` or `sigma`: no numbers, not finite, lengths that differ, a deviation that is not positive,
        complex values without ``field="complex"``.
    """
    times = _exact_list("t", t)
    parts = _exact_parts(y, complex_allowed)
    deviations = [] if sigma is None else _deviations(sigma, len(times))
    if len(parts[0]) != len(times):
        raise ValueError(
            f"`t` and `y` must have the same length; got {len(times)} times and {len(parts[0])} values"
        )
    floats = _floats("t", times)
    order = np.argsort(floats, kind="stable")
    columns = [_floats("y", part)[order] for part in parts]
    return Samples(
        t=floats[order],
        y=columns[0] if len(columns) == 1 else columns[0] + 1j * columns[1],
        sigma=_floats("sigma", deviations)[order] if deviations else None,
        order=order,
        exact_t=tuple(times[i] for i in order),
        exact_y=tuple(part[i] for part in parts for i in order),
        exact_sigma=tuple(deviations[i] for i in order) if deviations else (),
    )


def _floats(name: str, numbers: Sequence[Exact]) -> Array:
    values = np.array([float(x) for x in numbers])
    if not np.isfinite(values).all():
        i = int(np.argmin(np.isfinite(values)))
        raise ValueError(f"`{name}` must lie in the range of float64; got {numbers[i]} at index {i}")
    return values


def _exact_list(name: str, values: Any) -> list[Exact]:
    if isinstance(values, np.ndarray) and values.ndim != 1:
        raise ValueError(f"`{name}` must have one axis; got shape {values.shape}")
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        # Floats in bulk: NaN and infinities are looked for once.
        if not np.isfinite(values).all():
            i = int(np.argmin(np.isfinite(values)))
            raise ValueError(f"`{name}` must be finite; got {values[i]} at index {i}")
        return [float(x) for x in values]
    if isinstance(values, str | bytes | dict) or not isinstance(values, Iterable):
        raise TypeError(f"`{name}` must be a sequence of numbers; got {values!r}")
    numbers: list[Exact] = []
    for i, value in enumerate(values):
        number = exact_number(f"{name}[{i}]", value)
        numbers.append(float(value) if isinstance(value, float) else number)
    if not numbers:
        raise ValueError(f"`{name}` must not be empty; got {values!r}")
    return numbers


def _exact_parts(y: Any, complex_allowed: bool) -> list[list[Exact]]:
    """Real parts, and imaginary parts if the values are complex."""
    if isinstance(y, np.ndarray) and y.dtype.kind == "c":
        if not complex_allowed:
            raise TypeError(f"`y` must be real numbers unless field='complex' is given; got {y.dtype} values")
        return [_exact_list("y", np.ascontiguousarray(part)) for part in (y.real, y.imag)]
    if isinstance(y, str | bytes | dict) or not isinstance(y, Iterable):
        raise TypeError(f"`y` must be a sequence of numbers; got {y!r}")
    values = y if isinstance(y, np.ndarray) else list(y)
    if not any(isinstance(x, complex | tuple | list) for x in values):
        return [_exact_list("y", values)]
    if not complex_allowed:
        raise TypeError("`y` must be real numbers unless field='complex' is given; got a complex number")
    numbers = [exact_complex(f"y[{i}]", x).as_real_imag() for i, x in enumerate(values)]
    return [[re for re, _ in numbers], [im for _, im in numbers]]


def _deviations(sigma: Any, n: int) -> list[Exact]:
    if isinstance(sigma, np.ndarray) and sigma.ndim == 0:
        sigma = sigma.item()
    alone = isinstance(sigma, str | int | float) or not isinstance(sigma, Iterable)
    numbers = [exact_number("sigma", sigma)] * n if alone else _exact_list("sigma", sigma)
    if len(numbers) != n:
        raise ValueError(f"`sigma` must be one number or as many as `t` has, {n}; got {len(numbers)}")
    for i, x in enumerate(numbers):
        if not (x > 0 if isinstance(x, float) else is_positive(f"sigma[{i}]", x)):
            raise ValueError(f"`sigma` must be positive; got {x} at index {i}")
    return numbers
