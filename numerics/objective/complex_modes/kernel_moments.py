"""Moments ``L_k(z)`` of kernels at complex rates z, Re z > 0."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from flint import acb, arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import constant_ball, constant_float
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.cancellation import equals_target
from memcurse.theory.notation import w as rate_symbol
from memcurse.theory.targets.kernels import GaussianBump, PowerLaw
from memcurse.theory.targets.target import ExponentialSum, Target

from .moments import ComplexMoments
from .records import LOWEST, Record, bump_record, kernel_records

Complex = NDArray[np.complex128]


class KernelMoments(ComplexMoments):
    """A kernel's moments: closed forms continued to the right half plane, or quadrature at the complex rate."""

    time = "continuous"

    def __init__(self, target: Target) -> None:
        self.target = target

    @functools.cached_property
    def _lowered(self) -> Callable[[acb], Sequence[acb]]:
        evaluate: Callable[[acb], Sequence[acb]] = lower(
            [self.target.moment(k, rate_symbol) for k in range(3)], (rate_symbol,), "complex ball"
        )
        return evaluate

    def ball_moments(self, z: acb) -> Sequence[acb]:
        """The three moments at `z`, Re z > 0. Rigour: enclosure."""
        return [acb(v) for v in self._lowered(z)]

    def exact_norm(self) -> arb:
        """The squared norm. Rigour: enclosure."""
        return constant_ball(self.target.squared_norm())

    @functools.cached_property
    def float_size(self) -> float:
        """Squared sum of the norms of the parts, of each exponential for a sum of them."""
        total = 0.0
        for part in self.target.parts():
            if isinstance(part, ExponentialSum):
                pairs = zip(part.a, part.w, strict=True)
                total += sum(
                    abs(constant_float("a", a)) / math.sqrt(2 * constant_float("w", w)) for a, w in pairs
                )
            else:
                total += math.sqrt(KernelMoments(part).float_norm)
        return total * total

    def is_target(self, a: Any, x: Any) -> bool:
        """Whether the exponentials are exactly those of the target."""
        return equals_target(self.target, a, x)

    @functools.cached_property
    def _parts(self) -> tuple[list[Record], list[Record], list[KernelMoments]]:
        """Records of exponentials and of bumps, and the parts that are neither."""
        closed: list[Record] = []
        bumps: list[Record] = []
        others = []
        for part in self.target.parts():
            records = kernel_records(part)
            if isinstance(part, GaussianBump):
                bumps.append(bump_record(part))
            elif records is None:
                others.append(KernelMoments(part))
            else:
                closed += records
        return closed, bumps, others

    @functools.cached_property
    def packed(self) -> Complex:
        """The target for compiled code."""
        closed, bumps, others = self._parts
        served = LOWEST if any(isinstance(part.undelayed, PowerLaw) for part in self.target.parts()) else 0.0
        return self._flat(closed, bumps, lowest=served, is_open=bool(others))

    def open_moments(self, z: Complex) -> Complex:
        """The moments at `z`, shape (...), of the parts that are not packed: shape (..., 3), rounded from balls."""
        total = np.zeros((*z.shape, 3), dtype=complex)
        for part in self._parts[2]:
            total += part.rounded_moments(z)
        return total
