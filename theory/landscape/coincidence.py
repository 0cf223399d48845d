r"""Definition D.1 as a classifier in exact arithmetic, and targets made to have a given critical point.

Parameters are *l-coincided critical* if the gradient of J_m vanishes and exactly l rates are distinct. With the sums
:math:`b_j` of the amplitudes over the groups of equal rates v_j, and the moments
:math:`R_{n,j} = \int t^n e^{-v_j t} r\,dt` of the residual, this says: all :math:`R_{0,j} = 0`, and
:math:`R_{1,j} = 0` for every group that has an amplitude other than 0. If all :math:`b_j \ne 0`, the point (b, v) is
then critical for J_l. A group whose amplitudes cancel still demands :math:`R_{1,j} = 0`, which J_l does not.

Critical points are roots of polynomials, rarely rational. To have them rational, `sum_with_critical_point` goes the
other way: (b, v) and the :math:`Q_j = R_{2,j}` are prescribed, and the amplitudes of an exponential sum with given
rates solve a linear system, whose matrix (a confluent Cauchy matrix) is regular.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.polys.matrices import DomainMatrix

from memcurse.theory.exact import exact_vector
from memcurse.theory.objective import continuous as objective
from memcurse.theory.targets.target import ExponentialSum, Target

from .equivalent_parameters import AffineSpace, Partition


@dataclass(frozen=True)
class Coincidence:
    """What definition D.1 says of one point.

    Attributes
    ----------
    partition : tuple of tuples of int
        Groups of indices with equal rates, in the order in which the rates first appear.
    amplitudes, rates : tuple of sympy.Expr
        Sum of the amplitudes and rate of each group: the point (b, v) of J_l.
    gradient : tuple of sympy.Expr
        Gradient of J_m, amplitudes first.
    """

    partition: Partition
    amplitudes: tuple[sp.Expr, ...]
    rates: tuple[sp.Expr, ...]
    gradient: tuple[sp.Expr, ...]

    @property
    def distinct(self) -> int:
        """Number l of distinct rates."""
        return len(self.rates)

    @property
    def critical(self) -> bool:
        """Whether the gradient vanishes: the point is l-coincided critical with l = `distinct`."""
        return all(x == 0 for x in self.gradient)

    @property
    def non_degenerate(self) -> bool:
        """Whether no group's amplitudes cancel: then the point lies on a space over a critical point of J_l."""
        return all(b != 0 for b in self.amplitudes)

    @property
    def space(self) -> AffineSpace | None:
        """The coincided critical affine space through the point; None if the point is on none of theorem D.1."""
        if not (self.critical and self.non_degenerate):
            return None
        return AffineSpace(self.partition, self.amplitudes, self.rates)


def rate_groups(rates: Sequence[sp.Expr]) -> dict[sp.Expr, tuple[int, ...]]:
    """Indices of every rate, in the order in which the rates first appear."""
    groups: dict[sp.Expr, list[int]] = {}
    for i, rate in enumerate(rates):
        groups.setdefault(rate, []).append(i)
    return {rate: tuple(group) for rate, group in groups.items()}


def coincidence(a: Sequence[Any], w: Sequence[Any], target: ExponentialSum) -> Coincidence:
    """Classify exact parameters for an exponential sum with rational data.

    Raises
    ------
    TypeError, ValueError
        If the target is no exponential sum, or the data are no rational numbers, not positive or of two lengths.
    """
    validate_rational_sum(target)
    amplitudes, rates = exact_vector("a", a), exact_vector("w", w, positive=True)
    if len(amplitudes) != len(rates):
        raise ValueError(f"`a` and `w` must have the same length; got {len(amplitudes)} and {len(rates)}")
    for name, values in (("a", amplitudes), ("w", rates)):
        if not all(isinstance(x, sp.Rational) for x in values):
            raise TypeError(f"`{name}` must be rational for an exact answer; got {values}")
    groups = rate_groups(rates)
    sums = tuple(sp.Add(*(amplitudes[i] for i in group)) for group in groups.values())
    gradient = tuple(objective.gradient(amplitudes, rates, target.moment))
    return Coincidence(tuple(groups.values()), sums, tuple(groups), gradient)


def validate_rational_sum(target: Any) -> ExponentialSum:
    """`target`, if it is an exponential sum with rational data."""
    if not isinstance(target, ExponentialSum) or not all(
        isinstance(x, sp.Rational) for x in (*target.a, *target.w)
    ):
        raise TypeError(f"`target` must be an ExponentialSum with rational data; got {target!r}")
    return target


def residual_moments(
    b: Sequence[sp.Expr], v: Sequence[sp.Expr], target: Target
) -> tuple[tuple[sp.Expr, ...], ...]:
    """``(R0_j, R1_j, Q_j)``: moments of the residual against ``t^n e^(-v_j t)``, for every j."""
    return tuple(
        tuple(objective.residual_moment(n, j, b, v, target.moment) for n in range(3)) for j in range(len(v))
    )


def sum_with_critical_point(
    amplitudes: Sequence[Any],
    rates: Sequence[Any],
    curvatures: Sequence[Any],
    target_rates: Sequence[Any],
    slopes: Sequence[Any] | None = None,
) -> ExponentialSum:
    r"""The exponential sum with the given rates for which ``(amplitudes, rates)`` is critical with these ``Q_j``.

    Parameters
    ----------
    amplitudes, rates : sequences of l rationals
        The critical point (b, v) of J_l; rates positive and distinct.
    curvatures : sequence of l rationals
        ``Q_j``, of any sign, also 0.
    target_rates : sequence of 3l rationals
        Rates of the target, positive and distinct.
    slopes : sequence of l rationals, optional
        ``R_(1,j)``, default 0. Where one is not, ``(amplitudes, rates)`` is critical only if its amplitude is 0.

    Raises
    ------
    TypeError, ValueError
        If lengths or signs are wrong, or rates coincide.
    """
    b, Q = exact_vector("amplitudes", amplitudes), exact_vector("curvatures", curvatures)
    v = exact_vector("rates", rates, positive=True)
    mu = exact_vector("target_rates", target_rates, positive=True)
    l = len(v)
    R = (sp.S.Zero,) * l if slopes is None else exact_vector("slopes", slopes)
    if not len(b) == len(Q) == len(R) == l or len(mu) != 3 * l:
        raise ValueError(
            f"`amplitudes`, `curvatures`, `slopes` and `target_rates` must have lengths {l}, {l}, {l} and {3 * l}; "
            f"got {len(b)}, {len(Q)}, {len(R)} and {len(mu)}"
        )
    for name, values in (("rates", v), ("target_rates", mu)):
        if len(set(values)) < len(values):
            raise ValueError(f"`{name}` must be distinct; got {values}")
    model = ExponentialSum(b, v)
    orders = [(n, j) for n in range(3) for j in range(l)]
    matrix = [[sp.factorial(n) / (v[j] + x) ** (n + 1) for x in mu] for n, j in orders]
    right = [[model.moment(n, v[j]) - ((sp.S.Zero, R[j], Q[j])[n])] for n, j in orders]
    return ExponentialSum(_solution(matrix, right), mu)


def _solution(matrix: list[list[sp.Expr]], right: list[list[sp.Expr]]) -> list[sp.Expr]:
    left, vector = (
        DomainMatrix.from_list_sympy(len(x), len(x[0]), x).convert_to(sp.QQ) for x in (matrix, right)
    )
    return [row[0] for row in left.lu_solve(vector).to_Matrix().tolist()]
