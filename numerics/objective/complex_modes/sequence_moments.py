"""Moments ``M_k(z)`` of sequences at complex poles z, |z| < 1."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp
from flint import acb, arb
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective import sequences
from memcurse.numerics.objective.cancellation import same_terms
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.long_memory import FractionalSequence, PowerSequence, power_moment
from memcurse.theory.targets.sequences import FiniteSequence, GeometricSum, SampledTarget, TargetSequence

from .arguments import complex_ball, rounded
from .compiled_moments import circle_gap
from .moments import ComplexMoments
from .records import LOWEST, Record, sampled_geometric, sequence_records

Complex = NDArray[np.complex128]


class SequenceMoments(ComplexMoments):
    """The moments of a sequence: closed forms, or sums with a bound on what is left out."""

    time = "discrete"

    def __init__(self, sequence: TargetSequence) -> None:
        known = GeometricSum | FiniteSequence | FractionalSequence | PowerSequence | SampledTarget
        if not isinstance(sequence, known):
            raise TypeError(f"`sequence` must be of a kind known with field='complex'; got {sequence!r}")
        self.sequence = sequence

    # --- balls -------------------------------------------------------------------------------------------------

    def ball_moments(self, z: acb) -> Sequence[acb]:
        """The three moments at `z`, |z| < 1. Rigour: enclosure."""
        columns = [evaluate(z) for evaluate in self._ball_parts]
        return [sum(values, acb(0)) for values in zip(*columns, strict=True)]

    @functools.cached_property
    def _ball_parts(self) -> list[Callable[[acb], Sequence[acb]]]:
        if isinstance(self.sequence, SampledTarget):
            return [
                _of_sampled(SampledTarget(part, self.sequence.step)) for part in self.sequence.target.parts()
            ]
        return [_of(self.sequence)]

    def exact_norm(self) -> arb:
        """The squared norm. Rigour: enclosure."""
        if isinstance(self.sequence, FiniteSequence):
            values = [complex_ball(v) for v in self.sequence.values]
            return sum((v.real**2 + v.imag**2 for v in values), arb(0))
        if not isinstance(self.sequence, GeometricSum):
            return sequences.squared_norm(self.sequence)
        total = acb(0)
        for c, q in zip(self.sequence.a, self.sequence.p, strict=True):
            total += complex_ball(c).conjugate() * self.ball_moments(complex_ball(q).conjugate())[0]
        return total.real

    # --- float64 -----------------------------------------------------------------------------------------------

    @functools.cached_property
    def float_size(self) -> float:
        """Squared sum of the norms of the geometric sequences; the squared norm of others."""
        if not isinstance(self.sequence, GeometricSum):
            return self.float_norm
        with ball_precision(160):
            pairs = [
                (rounded(c)[0], rounded(q)[0]) for c, q in zip(self.sequence.a, self.sequence.p, strict=True)
            ]
        least = np.finfo(float).eps
        return float(sum(abs(c) / np.sqrt(max(circle_gap(q), least)) for c, q in pairs)) ** 2

    def is_target(self, a: Any, x: Any) -> bool:
        """Whether the poles are exactly those of the target."""
        return isinstance(self.sequence, GeometricSum) and same_terms(self.sequence.a, self.sequence.p, a, x)

    @functools.cached_property
    def _parts(self) -> tuple[list[Record], list[SampledTarget]]:
        """Records of what has closed forms, and the sampled parts that have none."""
        if not isinstance(self.sequence, SampledTarget):
            return sequence_records(self.sequence) or [], []
        closed: list[Record] = []
        others = []
        for part in self.sequence.target.parts():
            one = SampledTarget(part, self.sequence.step)
            records = sequence_records(one)
            if records is None:
                others.append(one)
            else:
                closed += records
        return closed, others

    @functools.cached_property
    def packed(self) -> Complex:
        """The target for compiled code."""
        closed, others = self._parts
        values: list[complex] = []
        if isinstance(self.sequence, FiniteSequence):
            with ball_precision(160):
                values = [rounded(v)[0] for v in self.sequence.values]
        lowest = LOWEST if self._is_mixture() else 0.0
        return self._flat(closed, values=values, lowest=lowest, is_open=bool(others))

    def _is_mixture(self) -> bool:
        if isinstance(self.sequence, SampledTarget):
            return any(isinstance(part, PowerLaw) for part in self.sequence.target.parts())
        return isinstance(self.sequence, PowerSequence)

    def open_moments(self, z: Complex) -> Complex:
        """The moments at `z`, shape (...), of sampled kernels without closed forms: shape (..., 3)."""
        total = np.zeros((*z.shape, 3), dtype=complex)
        for part in self._parts[1]:
            count = sequences.terms_needed(float(np.abs(z).max()))
            samples = sequences.float_samples(part, 1 << (count - 1).bit_length())
            total += np.stack(sequences.float_moments(samples, z), -1)
        return total


# --- moments in balls ----------------------------------------------------------------------------------------------


def _of(sequence: TargetSequence) -> Callable[[acb], Sequence[acb]]:
    if isinstance(sequence, FiniteSequence):
        return functools.partial(_of_values, sequence)
    if isinstance(sequence, GeometricSum):
        return functools.partial(_of_poles, sequence)
    pole = sp.Symbol("p")
    return _lowered([sequence.moment(k, pole) for k in range(3)], pole)


def _lowered(expressions: list[sp.Expr], pole: sp.Symbol) -> Callable[[acb], Sequence[acb]]:
    evaluate: Callable[[acb], Sequence[acb]] = lower(expressions, (pole,), "complex ball")
    return evaluate


def _of_values(sequence: FiniteSequence, z: acb) -> Sequence[acb]:
    zero = first = second = acb(0)
    for value in reversed(sequence.values):
        second = second * z + 2 * first
        first = first * z + zero
        zero = zero * z + complex_ball(value)
    return zero, first, second


def _of_poles(sequence: GeometricSum, z: acb) -> Sequence[acb]:
    pairs = zip(sequence.a, sequence.p, strict=True)
    terms = [(complex_ball(c), complex_ball(q)) for c, q in pairs]
    r = [(c, q, 1 / (1 - q * z)) for c, q in terms]
    return (
        sum((c * s for c, _, s in r), acb(0)),
        sum((c * q * s**2 for c, q, s in r), acb(0)),
        sum((2 * c * q**2 * s**3 for c, q, s in r), acb(0)),
    )


def _of_sampled(sequence: SampledTarget) -> Callable[[acb], Sequence[acb]]:
    """One part of a sampled kernel."""
    part, step = sequence.target, sequence.step
    if isinstance(part, PowerLaw):
        # (1 + n step)^-p = step^-p (n + 1/step)^-p
        power, pole = 1 + part.omega, sp.Symbol("p")
        scale = part.amplitude * step ** (-power)
        return _lowered([scale * power_moment(power, 1 / step, k, pole) for k in range(3)], pole)
    poles = sampled_geometric(part, step)
    return functools.partial(sequences.summed_moments, sequence) if poles is None else _of(poles)
