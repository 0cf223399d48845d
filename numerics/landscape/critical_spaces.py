"""Coincided critical affine spaces of a target, with the exact inertia of the Hessian at any of their points.

The spaces are those of theorem D.1 over certified critical points of J_l (`reduced_points`); the inertia is that of the
theorem in `theory.landscape.critical_spaces`, which needs only signs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, overload

import mpmath
import sympy as sp

from memcurse.numerics.arithmetic.balls import GUARD_BITS, bits_for, mp_precision, validate_digits
from memcurse.numerics.plain import JsonResult
from memcurse.theory.landscape.critical_spaces import space_inertia, validate_groups
from memcurse.theory.landscape.equivalent_parameters import (
    AffineSpace,
    Inertia,
    Partition,
    labelled_partitions,
)
from memcurse.theory.targets.sequences import TargetSequence
from memcurse.theory.targets.target import ExponentialSum, Target

from .complex_spaces import ComplexCriticalSpace, complex_critical_spaces
from .nondegenerate_points import (
    ReducedPoint,
    UndecidedSignError,
    exact_reduced_point,
    exact_sign,
    reduced_points,
)


@dataclass(frozen=True, repr=False)
class CriticalSpace(JsonResult):
    """Parameters of width m whose groups share the rates v_j and sum to the amplitudes b_j of a critical point of J_l.

    The gradient of J_m vanishes on all of it (theorem D.1). Made by `critical_spaces` and `exact_critical_space`.
    """

    affine: AffineSpace
    reduced: ReducedPoint
    digits: int

    _told: ClassVar[tuple[str, ...]] = ("partition", "dimension", "amplitudes", "rates")
    _untold: ClassVar[tuple[str, ...]] = ("affine", "reduced")

    def __repr__(self) -> str:
        return f"CriticalSpace({self.partition}, dimension {self.dimension})"

    @property
    def target(self) -> Target:
        """The kernel."""
        return self.reduced.target

    @property
    def partition(self) -> Partition:
        """The index groups, in the order of `amplitudes` and `rates`."""
        return self.affine.partition

    @property
    def dimension(self) -> int:
        """m - l."""
        return self.affine.dimension

    @property
    def amplitudes(self) -> tuple[Any, ...]:
        """b_j, the sum over each group: SymPy rationals if the point is rational, else mpmath numbers."""
        return self._shown(self.reduced.amplitudes)

    @property
    def rates(self) -> tuple[Any, ...]:
        """v_j, the rate of each group (1/time); same types as `amplitudes`."""
        return self._shown(self.reduced.rates)

    def point(self, coefficients: Sequence[Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The parameters (a, w) with these amplitudes, moved on to the space if their group sums miss by up to 1e-8.

        An exact 0 stays 0; what a group's sum lacks goes to its largest coefficient.

        Raises
        ------
        ValueError, TypeError
            If there are not m coefficients, or a group's sum misses its amplitude by more than 1e-8 relative.
        """
        a, w = self.affine.point(coefficients)
        return self._shown(a), self._shown(w)

    def inertia(self, coefficients: Sequence[Any]) -> Inertia:
        """Numbers of positive, zero and negative eigenvalues of the Hessian of J_m at `point(coefficients)`.

        Raises
        ------
        ValueError, TypeError
            As `point`.
        UndecidedSignError
            If the sign of a coefficient is open: one that was moved on to the space and almost vanishes.

        Notes
        -----
        Rigour: proof, by the theorem ext-inertia. Zeros are proved too.
        """
        given = self.affine.point(coefficients)[0]
        signs = [exact_sign(x) for x in given]
        for j, group in enumerate(self.partition):
            if radius := self.reduced.amplitude_radius(j):
                # The group's sum is an irrational number: one coefficient, the largest, carries what is irrational.
                carrier = max(group, key=lambda k: abs(given[k]))
                if abs(given[carrier]) <= radius:
                    raise UndecidedSignError(
                        f"`coefficients` must have signs that {self.digits} digits decide; "
                        f"got {sp.N(given[carrier], 5)} at index {carrier}"
                    )
        b = [exact_sign(x) for x in self.reduced.amplitudes]
        return space_inertia(self.partition, signs, b, self.reduced.signs, self.reduced.inertia)

    def _shown(self, values: Sequence[sp.Expr]) -> tuple[Any, ...]:
        if self.reduced.enclosure is None:
            return tuple(values)
        with mp_precision(bits_for(self.digits) + GUARD_BITS):
            return tuple(_mpf(x) for x in values)


@overload
def critical_spaces(
    target: Target | str,
    m: int,
    l: int,
    digits: int = 40,
    *,
    every_point: bool = False,
    field: Literal["real"] = "real",
) -> Iterator[CriticalSpace]: ...


@overload
def critical_spaces(
    target: Target | TargetSequence | str,
    m: int,
    l: int,
    digits: int = 40,
    *,
    every_point: bool = False,
    field: Literal["complex"],
) -> Iterator[ComplexCriticalSpace]: ...


def critical_spaces(
    target: Any,
    m: int,
    l: int,
    digits: int = 40,
    *,
    every_point: bool = False,
    field: Literal["real", "complex"] = "real",
) -> Iterator[CriticalSpace] | Iterator[ComplexCriticalSpace]:
    """Coincided critical affine spaces of J_m with l distinct rates, one at a time.

    Parameters
    ----------
    target : Target or str
        The kernel to fit, or its text; with ``field="complex"`` also a `TargetSequence`.
    m, l : int
        Width and number of distinct rates, ``1 <= l <= m``.
    digits : int
        Accuracy of amplitudes and rates.
    every_point : bool
        Also the spaces over the other critical points of J_l that were found. By default those over the lowest one:
        ``count_critical_spaces(m, l)`` of them. Real modes only.
    field : {"real", "complex"}
        "complex": spaces of complex modes over the best complex fit (l up to 8), as `ComplexCriticalSpace`.

    Raises
    ------
    TypeError, ValueError
        For bad integers, or if no non-degenerate critical point of J_l was found: where the target is a sum of fewer
        than l terms there is no non-degenerate minimiser. For ``every_point`` with complex modes.
    ArithmeticError
        If no strict minimum with complex modes is found.
    UndecidedSignError
        If the sign of a Q_j is open.

    Notes
    -----
    Rigour: every space is proved critical. That the lowest critical point found is the global minimiser is proved only
    where `critical_points(target, l).complete`.
    """
    m, l = validate_groups(m, l)
    if field == "complex":
        if every_point:
            raise ValueError(f"`every_point` must be False with field='complex'; got {every_point!r}")
        return complex_critical_spaces(target, m, l, validate_digits(digits))
    if field != "real":
        raise ValueError(f"`field` must be 'real' or 'complex'; got {field!r}")
    points = reduced_points(target, l, validate_digits(digits), lowest_only=not every_point)
    return _spaces(m, points, int(digits))


def _spaces(m: int, points: Sequence[ReducedPoint], digits: int) -> Iterator[CriticalSpace]:
    for point in points:
        for partition in labelled_partitions(m, len(point.rates)):
            yield CriticalSpace(AffineSpace(partition, point.amplitudes, point.rates), point, digits)


def exact_critical_space(
    target: ExponentialSum, partition: Partition, amplitudes: Sequence[Any], rates: Sequence[Any]
) -> CriticalSpace:
    """The space over a rational critical point of J_l.

    Raises
    ------
    TypeError, ValueError
        If the target is no rational exponential sum, the point is not critical for J_l or an amplitude is 0.

    Notes
    -----
    Rigour: exact.
    """
    affine = AffineSpace(partition, tuple(amplitudes), tuple(rates))
    return CriticalSpace(affine, exact_reduced_point(target, affine.amplitudes, affine.rates), digits=40)


def _mpf(x: sp.Rational) -> mpmath.mpf:
    return mpmath.mpf(int(x.p)) / int(x.q)
