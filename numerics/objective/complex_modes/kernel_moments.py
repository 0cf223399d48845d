"""Moments ``L_k(z)`` of kernels at complex rates z, Re z > 0."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from flint import acb, arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.cancellation import equals_target
from memcurse.theory.notation import w as rate_symbol
from memcurse.theory.targets.target import ExponentialSum, Target

from .arguments import rounded
from .moments import ComplexMoments

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
                c, v, _ = KernelMoments(part)._float_terms
                total += float((np.abs(c) / np.sqrt(2 * v.real)).sum())
            else:
                total += math.sqrt(KernelMoments(part).float_norm)
        return total * total

    def is_target(self, a: Any, x: Any) -> bool:
        """Whether the exponentials are exactly those of the target."""
        return equals_target(self.target, a, x)

    def float_moments(self, z: Complex) -> Complex:
        """The three moments in float64: closed form for exponential sums, rounded from balls for other kernels."""
        if not isinstance(self.target, ExponentialSum):
            return super().float_moments(z)
        r = 1 / ((z[..., None] + self._float_terms[1]) + self._float_terms[2])
        c = self._float_terms[0]
        return np.stack([(c * r).sum(-1), (c * r**2).sum(-1), (2 * c * r**3).sum(-1)], -1)

    @functools.cached_property
    def _float_terms(self) -> tuple[Complex, Complex, Complex]:
        """Amplitudes, rates, and what rounding took from the rates."""
        if not isinstance(self.target, ExponentialSum):
            raise TypeError(f"`target` must be an ExponentialSum; got {self.target!r}")
        with ball_precision(160):
            c = [rounded(v)[0] for v in self.target.a]
            v = [rounded(v) for v in self.target.w]
        return np.array(c), np.array([x for x, _ in v]), np.array([x for _, x in v])
