"""What the objective with complex modes asks of its target: moments at conjugate modes, and the squared norm."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import acb, arb, ctx
from numpy.typing import NDArray

from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.objective.assembly import Time

from .compiled_moments import OPEN
from .records import Record

Complex = NDArray[np.complex128]

#: Precisions tried in turn where moments are rounded from balls.
_BITS = (90, 180, 400, 1000)
_ENOUGH_BITS = 60


class ComplexMoments(ABC):
    """The moments of one target; `time` says which."""

    time: Time

    @abstractmethod
    def ball_moments(self, z: acb) -> Sequence[acb]:
        """The three moments at `z` in balls at the current precision. Rigour: enclosure."""

    @abstractmethod
    def exact_norm(self) -> arb:
        """The squared norm as a ball at the current precision. Rigour: enclosure."""

    @functools.cached_property
    def float_norm(self) -> float:
        """The squared norm in float64."""
        with ball_precision(128):
            return float(self.exact_norm().mid())

    @functools.cached_property
    def float_size(self) -> float:
        """Squared sum of the norms of the target's parts: what its own terms may cancel from."""
        return self.float_norm

    def is_target(self, a: Any, x: Any) -> bool:
        """Whether the modes are exactly those of the target."""
        return False

    @property
    @abstractmethod
    def packed(self) -> Complex:
        """The target for compiled code (`compiled_moments`)."""

    @property
    def is_open(self) -> bool:
        """Whether something is not packed."""
        return bool(self.packed[OPEN].real)

    @abstractmethod
    def open_moments(self, z: Complex) -> Complex:
        """Moments at `z`, shape (...), of what is not packed: shape (..., 3), zeros where everything is."""

    def _flat(
        self,
        records: Sequence[Record],
        bumps: Sequence[Record] = (),
        values: Sequence[complex] = (),
        *,
        lowest: float = 0.0,
        is_open: bool = False,
    ) -> Complex:
        counts = [len(records), len(bumps), len(values)]
        header = [*counts, self.float_norm, self.float_size, self.time == "discrete", lowest, is_open]
        flat = [np.ravel(np.array(x, dtype=complex)) for x in (header, records, bumps, values)]
        return np.concatenate(flat)

    def rounded_moments(self, z: Complex) -> Complex:
        """The three moments at `z`, shape (...), rounded from balls: shape (..., 3)."""
        found = np.empty((*z.shape, 3), dtype=complex)
        for i in np.ndindex(z.shape):
            found[i] = self._rounded(complex(z[i]))
        return found

    @functools.lru_cache(maxsize=256)  # noqa: B019 - few targets, small entries
    def _rounded(self, z: complex) -> tuple[complex, ...]:
        for bits in _BITS:
            with ball_precision(bits):
                values = self.ball_moments(acb(z.real, z.imag))
                if all(v.rel_accuracy_bits() >= _ENOUGH_BITS or v.is_zero() for v in values):
                    return tuple(complex(float(v.real.mid()), float(v.imag.mid())) for v in values)
        raise FloatRangeError(
            f"`target` must have moments that {_BITS[-1]} bits tell from 0; got {values} at {z}"
        )

    def ball_norm(self) -> arb:
        """`exact_norm`, kept for the last few precisions."""
        return self._norm_at(ctx.prec)

    @functools.lru_cache(maxsize=16)  # noqa: B019
    def _norm_at(self, bits: int) -> arb:
        return self.exact_norm()
