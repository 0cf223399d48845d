"""Coincided critical spaces of complex modes, in both times, with the certified inertia of the real Hessian.

The inertia is that of fp-inertia and ext-complex-saddles (`theory.modes.coincidence`): a group with d + 1 nonzero
amplitudes adds d positive and d negative eigenvalues where its Q_j is not 0. So a point with two nonzero amplitudes in
such a group is a strict saddle; stable parts as those of real modes do not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import mpmath
from flint import acb

from memcurse.numerics.approximation.l2.complex_fit import ComplexFit, best_complex_fit, complex_objective
from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for, to_mpf
from memcurse.numerics.objective.complex_modes.arguments import complex_ball
from memcurse.numerics.objective.complex_modes.objective import ComplexObjective
from memcurse.numerics.plain import JsonResult
from memcurse.theory.exact import exact_complex_vector
from memcurse.theory.landscape.equivalent_parameters import Inertia, Partition, labelled_partitions
from memcurse.theory.targets.recognition import as_target
from memcurse.theory.targets.sequences import TargetSequence
from memcurse.theory.targets.target import Target

from .nondegenerate_points import UndecidedSignError

#: How far the sum over a group may miss its amplitude, relative.
_ON_SPACE = 1e-8


@dataclass(frozen=True, repr=False)
class ComplexCriticalSpace(JsonResult):
    """Parameters of width m whose groups share the modes v_j and sum to the amplitudes b_j of a minimum of J_l.

    Attributes
    ----------
    partition : tuple of tuples of int
        The index groups, in the order of `amplitudes` and `modes`.
    reduced : ComplexFit
        The certified minimum of J_l.
    vanishing : tuple of bool, length l
        Whether Q_j, the second moment of the residual at conj v_j, is 0; that it is not is proved in balls.
    """

    partition: Partition
    reduced: ComplexFit
    vanishing: tuple[bool, ...]

    _told: ClassVar[tuple[str, ...]] = ("dimension", "amplitudes", "modes")
    _untold: ClassVar[tuple[str, ...]] = ("reduced",)

    def __repr__(self) -> str:
        return f"ComplexCriticalSpace({self.partition}, dimension {self.dimension})"

    @property
    def dimension(self) -> int:
        """Complex dimension: m - l."""
        return sum(map(len, self.partition)) - len(self.partition)

    @property
    def amplitudes(self) -> tuple[mpmath.mpc, ...]:
        """b_j, the sum over each group."""
        return self.reduced.a

    @property
    def modes(self) -> tuple[mpmath.mpc, ...]:
        """v_j, the rate (1/time) or pole of each group."""
        return self.reduced.modes

    def point(self, coefficients: Sequence[object]) -> tuple[tuple[mpmath.mpc, ...], tuple[mpmath.mpc, ...]]:
        """Amplitudes and modes of width m, moved on to the space if the group sums miss by up to 1e-8.

        An exact 0 stays 0; what a group's sum lacks goes to its largest coefficient.

        Raises
        ------
        TypeError, ValueError
            If there are not m coefficients, or a sum misses its amplitude by more.
        """
        a = self._on_space(coefficients)
        x: list[mpmath.mpc] = [mpmath.mpc(0)] * len(a)
        for group, mode in zip(self.partition, self.modes, strict=True):
            for k in group:
                x[k] = mode
        midpoints = [mpmath.mp.make_mpc((to_mpf(v.real)._mpf_, to_mpf(v.imag)._mpf_)) for v in a]
        return tuple(midpoints), tuple(x)

    def inertia(self, coefficients: Sequence[object]) -> Inertia:
        """Inertia of the Hessian of J_m by the 4m real variables at `point(coefficients)`.

        Raises
        ------
        TypeError, ValueError
            As `point`.
        UndecidedSignError
            If a coefficient that was moved on to the space may be 0.

        Notes
        -----
        Rigour: proof, zeros included.
        """
        a = self._on_space(coefficients)
        positive, zero, negative = self.reduced.inertia
        for group, flat in zip(self.partition, self.vanishing, strict=True):
            nonzero = sum(1 for k in group if not a[k].is_zero())
            for k in group:
                if not a[k].is_zero() and a[k].contains(0):
                    raise UndecidedSignError(
                        f"`coefficients` must be 0 or certainly not with {self.reduced.digits} digits; "
                        f"got {a[k].str(3)} at index {k}"
                    )
            d = nonzero - 1
            # The differences of the amplitudes; what amplitudes of 0 leave free; and the form of the group.
            zero += 2 * (len(group) - 1) + 2 * (len(group) - nonzero) + (2 * d if flat else 0)
            positive, negative = (positive, negative) if flat else (positive + d, negative + d)
        return Inertia(positive, zero, negative)

    def _on_space(self, coefficients: Sequence[object]) -> list[acb]:
        given = exact_complex_vector("coefficients", coefficients)
        m = sum(map(len, self.partition))
        if len(given) != m:
            raise ValueError(f"`coefficients` must have length {m}; got {len(given)}")
        with ball_precision(bits_for(self.reduced.digits) + GUARD_BITS):
            a = [complex_ball(x) for x in given]
            for group, b in zip(self.partition, self.reduced.a_enclosure, strict=True):
                total = sum((a[k] for k in group), acb(0))
                defect = b - total
                size = abs(b) + sum((abs(a[k]) for k in group), abs(b) * 0)
                if not abs(defect) <= _ON_SPACE * size:
                    raise ValueError(
                        f"`coefficients` must sum to {b.str(12, radius=False)} over the indices {group}; "
                        f"got {total.str(12, radius=False)}"
                    )
                carrier = max(group, key=lambda k: float(abs(a[k]).mid()))
                a[carrier] += defect
        return a


def complex_critical_spaces(
    target: Target | TargetSequence | str, m: int, l: int, digits: int
) -> Iterator[ComplexCriticalSpace]:
    """The spaces over the lowest minimum of J_l that is found, one at a time; see `critical_spaces`."""
    target = target if isinstance(target, TargetSequence) else as_target(target)
    fit = best_complex_fit(target, l, digits=digits)
    vanishing = _vanishing(complex_objective(target), fit)
    return (ComplexCriticalSpace(groups, fit, vanishing) for groups in labelled_partitions(m, l))


def _vanishing(objective: ComplexObjective, fit: ComplexFit) -> tuple[bool, ...]:
    if fit.loss_enclosure.is_zero():
        # The residual is 0, and so are all its moments, which no ball could show.
        return (True,) * fit.m
    with ball_precision(bits_for(fit.digits) + GUARD_BITS):
        curvatures = complex_curvatures(objective, fit)
    for Q, mode in zip(curvatures, fit.modes, strict=True):
        if Q.contains(0):
            raise UndecidedSignError(
                f"`target` must have Q_j that {fit.digits} digits tell from 0; got {Q.str(3)} at {mode}"
            )
    return (False,) * fit.m


def complex_curvatures(objective: ComplexObjective, fit: ComplexFit) -> list[acb]:
    """``Q_j``, the second moment (derivative in discrete time) of fit minus target at ``conj v_j``.

    Rigour: enclosure, at the current precision.
    """
    found = []
    for v in fit.modes_enclosure:
        z = v.conjugate()
        total = -objective.moments.ball_moments(z)[2]
        for a, x in zip(fit.a_enclosure, fit.modes_enclosure, strict=True):
            total += 2 * a / (z + x) ** 3 if fit.time == "continuous" else 2 * a * x**2 / (1 - z * x) ** 3
        found.append(total)
    return found
