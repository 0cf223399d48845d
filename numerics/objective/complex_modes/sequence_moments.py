"""Moments ``M_k(z)`` of sequences at complex poles z, |z| < 1."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from flint import acb, arb
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.objective.cancellation import same_terms
from memcurse.theory.targets.sequences import FiniteSequence, GeometricSum, TargetSequence

from .arguments import complex_ball, rounded
from .compiled_form import circle_gap
from .moments import ComplexMoments

Complex = NDArray[np.complex128]


class SequenceMoments(ComplexMoments):
    """The moments of a `GeometricSum` or `FiniteSequence`."""

    time = "discrete"

    def __init__(self, sequence: TargetSequence) -> None:
        if not isinstance(sequence, GeometricSum | FiniteSequence):
            raise TypeError(
                f"`sequence` must be a GeometricSum or FiniteSequence with field='complex'; got {sequence!r}"
            )
        self.sequence = sequence

    def ball_moments(self, z: acb) -> Sequence[acb]:
        """The three moments at `z`, |z| < 1. Rigour: enclosure."""
        if isinstance(self.sequence, FiniteSequence):
            zero = first = second = acb(0)
            for value in reversed(self.sequence.values):
                second = second * z + 2 * first
                first = first * z + zero
                zero = zero * z + complex_ball(value)
            return zero, first, second
        pairs = zip(self.sequence.a, self.sequence.p, strict=True)
        terms = [(complex_ball(c), complex_ball(q)) for c, q in pairs]
        r = [(c, q, 1 / (1 - q * z)) for c, q in terms]
        return (
            sum((c * s for c, _, s in r), acb(0)),
            sum((c * q * s**2 for c, q, s in r), acb(0)),
            sum((2 * c * q**2 * s**3 for c, q, s in r), acb(0)),
        )

    def exact_norm(self) -> arb:
        """The squared norm. Rigour: enclosure."""
        if isinstance(self.sequence, FiniteSequence):
            values = [complex_ball(v) for v in self.sequence.values]
            return sum((v.real**2 + v.imag**2 for v in values), arb(0))
        total = acb(0)
        for c, q in zip(self.sequence.a, self.sequence.p, strict=True):
            total += complex_ball(c).conjugate() * self.ball_moments(complex_ball(q).conjugate())[0]
        return total.real

    @functools.cached_property
    def _float_target(self) -> tuple[Complex, Complex, Complex]:
        """Gains, poles, and what rounding took from the poles; for a finite sequence its values alone."""
        with ball_precision(160):
            if isinstance(self.sequence, FiniteSequence):
                values = np.array([rounded(x)[0] for x in self.sequence.values])
                return values, values, values
            poles = [rounded(x) for x in self.sequence.p]
            gains = [rounded(x)[0] for x in self.sequence.a]
        return np.array(gains), np.array([x for x, _ in poles]), np.array([x for _, x in poles])

    @functools.cached_property
    def float_size(self) -> float:
        """Squared sum of the norms of the geometric sequences; the squared norm of a finite one."""
        if isinstance(self.sequence, FiniteSequence):
            return self.float_norm
        b, q, _ = self._float_target
        gaps = np.maximum((1 - np.abs(q)) * (1 + np.abs(q)), np.finfo(float).eps)
        return float((np.abs(b) / np.sqrt(gaps)).sum()) ** 2

    def is_target(self, a: Any, x: Any) -> bool:
        """Whether the poles are exactly those of the target."""
        return isinstance(self.sequence, GeometricSum) and same_terms(self.sequence.a, self.sequence.p, a, x)

    def float_moments(self, z: Complex) -> Complex:
        """The three moments in float64, without cancellation near the circle."""
        b, q, rest = self._float_target
        if isinstance(self.sequence, FiniteSequence):
            n = np.arange(b.size)
            factors = (np.ones(b.size), n, n * (n - 1.0))
            powers = [np.maximum(n - k, 0) for k in range(3)]
            return np.stack(
                [(b * f * z[..., None] ** e).sum(-1) for f, e in zip(factors, powers, strict=True)], -1
            )
        gap0 = np.reshape([circle_gap(complex(v)) for v in z.ravel()], z.shape)
        zz = z[..., None]
        gap = gap0[..., None] - zz * ((q - zz.conj()) + rest)
        return np.stack([(b / gap).sum(-1), (b * q / gap**2).sum(-1), (2 * b * q**2 / gap**3).sum(-1)], -1)
