"""What fields of sums of modes share: the order of the variables, twins, sizes of errors, round-off."""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memcurse.numerics.flow.engine.scales import mean_scale

from .arithmetic import FLOAT64, Arithmetic, Midpoints, Numbers
from .field import Field, Values

Array = NDArray[np.float64]
#: An amplitude counts as this share of the largest at least.
_LEAST = 1e-8
#: Smallest distance of two modes, relative to them, that float64 resolves.
_FLOOR = 1e-7


@dataclass(frozen=True)
class Units:
    """The order of the variables of m units with so many real parts to a number."""

    m: int
    parts: int

    def parameters(self, theta: Any) -> tuple[Any, Any]:
        """Amplitudes and modes of states (..., n) as complex arrays, or real ones where there is one part."""
        half = self.m * self.parts
        if self.parts == 1:
            return theta[..., :half], theta[..., half:]
        m = self.m
        return (
            theta[..., :m] + 1j * theta[..., m:half],
            theta[..., half : half + m] + 1j * theta[..., half + m :],
        )


class UnitField(Field):
    """A loss of m units, each an amplitude and a mode, both of one real part or of two (Re, Im).

    Variables are parts of all amplitudes, then parts of all modes: (a, x), or (Re a, Im a, Re x, Im x).
    """

    any_digits = True

    def __init__(self, amplitudes: Sequence[Any], modes: Sequence[Any], parts: int) -> None:
        self.m, self.parts = len(amplitudes) // parts, parts
        self.start = [*amplitudes, *modes]

    @abstractmethod
    def edge(self, theta: Array) -> Array:
        """Distance of the modes (m,) of a float64 state from the edge of the domain."""

    def layout(self) -> Units:
        """The order of the variables."""
        return Units(self.m, self.parts)

    def parameters(self, theta: Array) -> tuple[NDArray[Any], NDArray[Any]]:
        """Amplitudes and modes."""
        return self.layout().parameters(theta)

    @functools.cached_property
    def _unit_twins(self) -> list[int]:
        """For each unit the first that starts alike."""
        units = [tuple(str(x) for x in self.start[k :: self.m]) for k in range(self.m)]
        return [units.index(unit) for unit in units]

    def symmetry(self) -> tuple[NDArray[np.int64], Array]:
        """Units that start alike stay alike."""
        shifts = self.m * np.arange(2 * self.parts)
        twins = (shifts[:, None] + np.array(self._unit_twins)).ravel()
        return twins, np.ones(len(twins))

    @functools.cached_property
    def _natural_amplitude(self) -> float:
        """See `engine.scales.natural_amplitude`."""
        with FLOAT64.context():
            values = self.evaluate(FLOAT64.exact(self.start), FLOAT64)
        if values is None:
            return 0.0
        k = np.arange(self.m * self.parts)
        curvature = values.hessian[k, k]
        steps = np.divide(values.gradient[k], curvature, out=np.zeros(len(k)), where=curvature > 0.0)
        return float(np.abs(steps).max())

    def scales(self, theta: Numbers, arithmetic: Arithmetic) -> Array:
        """Amplitudes, and length scales of modes: see `engine.scales.set_scales`."""
        m, half = self.m, self.m * self.parts
        floats = arithmetic.floats(theta)
        amplitudes = np.hypot.reduce(floats[:half].reshape(self.parts, m), axis=0)
        sizes = np.hypot.reduce(floats[half:].reshape(self.parts, m), axis=0)
        modes = theta[half:].reshape(self.parts, m)
        gaps = np.hypot.reduce(arithmetic.floats(modes[:, :, None] - modes[:, None, :]), axis=0)
        edge = self.edge(floats)
        floor = 10.0 ** (-0.6 * arithmetic.digits) if isinstance(arithmetic, Midpoints) else _FLOOR
        lengths = np.empty(m)
        for k in range(m):
            others = [j for j in range(m) if self._unit_twins[j] != self._unit_twins[k]]
            spread = float(sum(amplitudes[j] * gaps[j, k] ** 2 for j in others))
            weights = float(sum(amplitudes[j] for j in others))
            nearest = float(min([edge[k], *gaps[others, k]]))
            lengths[k] = max(mean_scale(nearest, spread, weights), floor * sizes[k])
        least = _LEAST * max(float(amplitudes.max()), self._natural_amplitude)
        return np.concatenate(
            [np.tile(np.maximum(amplitudes, max(least, 1e-300)), self.parts), np.tile(lengths, self.parts)]
        )

    def round_off(self, theta: Numbers, values: Values, arithmetic: Arithmetic) -> float:
        """From what cancels in the gradient: ``sum_j |H_kj a_j|`` over the amplitudes, and the target's moments.

        The moments are these sums less the gradient, hence at most as large as both together. See `engine.scales`.
        """
        half = self.m * self.parts
        columns = np.abs(arithmetic.floats(values.hessian[:, :half]))
        terms = columns @ np.abs(arithmetic.floats(theta[:half]))
        slope = np.abs(arithmetic.floats(values.gradient))
        return 2.0 * arithmetic.unit * float(np.linalg.norm(terms + slope))
