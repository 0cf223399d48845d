"""Points of critical spaces whose critical point of J_l is known in balls only."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp

from memcurse.numerics.arithmetic.balls import precision, rational_ball
from memcurse.numerics.arithmetic.matrices.inertia import ball_inertia
from memcurse.numerics.landscape.critical_spaces import CriticalSpace
from memcurse.numerics.landscape.nondegenerate_points import reduced_points
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.landscape.equivalent_parameters import AffineSpace, Inertia
from memcurse.theory.targets.target import Target

from ._configurations import Configuration, random_coefficients, random_partition, submatrix

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class IrrationalConfiguration(Configuration):
    """A point of a critical space over a critical point in balls.

    In every group the largest coefficient is a ball: what the others leave of the irrational amplitude.
    """

    def balls(self) -> tuple[list[Any], list[Any]]:
        """Amplitudes and rates, each a ball that holds those of the point."""

        box, a = self.space.reduced.enclosure, [rational_ball(x) for x in self.coefficients]
        if box is None:
            raise ValueError(f"`space` must be over a critical point in balls; got {self.space}")
        w = list(a)
        for j, group in enumerate(self.space.partition):
            carrier = max(group, key=lambda k: abs(self.coefficients[k]))
            a[carrier] = box.a[j] - sum((a[k] for k in group if k != carrier), rational_ball(sp.S.Zero))
            for k in group:
                w[k] = box.w[j]
        return a, w

    def ball_inertia(self, digits: int = 0) -> Inertia | None:
        """Signs certified on a complement of the null vectors of the theorem; at the digits of the critical point."""

        with precision(self.space.digits):
            H = Objective(self.space.target).enclose(*self.balls(), self.space.digits).hessian
            return self.with_zeros(H, ball_inertia(submatrix(H, self.kept)))


def irrational_configurations(
    targets: Sequence[tuple[Target, int]], points: int, rng: random.Random, digits: int
) -> list[IrrationalConfiguration]:
    """Random points of random spaces over every critical point found, for each (target, l)."""

    found = []
    for target, l in targets:
        for point in reduced_points(target, l, digits):
            for _ in range(points):
                partition = random_partition(rng, rng.randint(l, l + 3), l)
                affine = AffineSpace(partition, point.amplitudes, point.rates)
                space = CriticalSpace(affine, point, digits)
                # Shares of the midpoint that are exact: the ball replaces the largest of them later.
                a = random_coefficients(rng, partition, point.amplitudes)
                found.append(IrrationalConfiguration(space, a))
    return found
