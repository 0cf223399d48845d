"""Random points of critical spaces in exact arithmetic: targets are made to have rational critical points.

Amplitudes, rates and the Q_j are drawn with every combination of signs; the target follows
(`theory.landscape.coincidence`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import product
from typing import TYPE_CHECKING, Any

import sympy as sp
from flint import arb_mat, fmpq, fmpq_mat

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.arithmetic.matrices.inertia import ball_inertia, exact_inertia, inertia_about
from memcurse.numerics.landscape.critical_spaces import CriticalSpace
from memcurse.numerics.landscape.nondegenerate_points import exact_reduced_point
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.exact import exact_number
from memcurse.theory.landscape.coincidence import sum_with_critical_point
from memcurse.theory.landscape.equivalent_parameters import (
    AffineSpace,
    Inertia,
    Partition,
    labelled_partitions,
)
from memcurse.theory.objective import continuous as closed_forms
from memcurse.theory.targets.target import ExponentialSum

if TYPE_CHECKING:
    from memcurse.numerics.landscape.critical_spaces import CriticalSpace

_ENOUGH_DIGITS = 30


@dataclass(frozen=True)
class Configuration:
    """A point of a critical space over a rational critical point of J_l."""

    space: CriticalSpace
    coefficients: tuple[sp.Rational, ...]

    @property
    def m(self) -> int:
        """Width."""
        return len(self.coefficients)

    @property
    def groups(self) -> int:
        """Number of distinct rates."""
        return len(self.space.partition)

    @property
    def text(self) -> str:
        """The numbers to reproduce it."""
        (a, w), target = self.space.point(self.coefficients), self.space.target
        numbers = {"a": a, "w": w, "target a": getattr(target, "a", ()), "target w": getattr(target, "w", ())}
        return ", ".join(f"{name} = ({', '.join(map(str, x))})" for name, x in numbers.items() if x)

    @cached_property
    def hessian(self) -> sp.Matrix:
        """Hessian of J_m, rational, from the closed form: it knows nothing of groups."""
        # Equal rates ask for equal moments.
        moment = cache(self.space.target.moment)
        return closed_forms.hessian(*self.space.point(self.coefficients), moment)

    @cached_property
    def null_vectors(self) -> list[list[sp.Rational]]:
        """Vectors that the theorem says are in the null space, independent by construction.

        Differences of amplitudes in a group; the rate of a vanishing amplitude; where ``Q_j = 0`` also the differences
        of rates in the group.
        """
        m, vectors = self.m, []
        for (first, *others), Q in zip(self.space.partition, self.space.reduced.signs, strict=True):
            vectors += [_vector(2 * m, {first: -1, k: 1}) for k in others]
            zeros = [k for k in (first, *others) if self.coefficients[k] == 0]
            vectors += [_vector(2 * m, {m + k: 1}) for k in zeros]
            if Q == 0:
                p, *rest = [k for k in (first, *others) if k not in zeros]
                a = self.coefficients
                vectors += [_vector(2 * m, {m + k: a[p], m + p: -a[k]}) for k in rest]
        return vectors

    @property
    def kept(self) -> list[int]:
        """Coordinates that complete the null vectors to a basis: the form on them has the remaining inertia."""
        m, kept = self.m, [group[0] for group in self.space.partition]
        for group, Q in zip(self.space.partition, self.space.reduced.signs, strict=True):
            moving = [m + k for k in group if self.coefficients[k] != 0]
            kept += moving if Q else moving[:1]
        return kept

    def null_image(self) -> list[Any]:
        """All entries of ``H n`` for the null vectors n, exact."""

        if not self.null_vectors:
            return []
        H = fmpq_mat([[fmpq(int(x.p), int(x.q)) for x in row] for row in self.hessian.tolist()])
        columns = [[fmpq(int(x.p), int(x.q)) for x in map(sp.S, n)] for n in self.null_vectors]
        return list((H * fmpq_mat(columns).transpose()).entries())

    def exact_inertia(self) -> Inertia:
        """Inertia of the Hessian by elimination in rationals."""

        return exact_inertia(self.hessian.tolist())

    def ball_inertia(self, digits: int = _ENOUGH_DIGITS) -> Inertia | None:
        """Inertia of the ball Hessian: signs certified on `kept`, and one zero per null vector. None if undecided.

        That the null vectors are null is no matter of balls; but where a ball Hessian certainly takes one of them to
        something else, its own inertia is given, without the theorem.
        """

        J, (a, w) = _objective(self.space.target), self.space.point(self.coefficients)
        found = inertia_about(lambda n: submatrix(J.enclose(a, w, n).hessian, self.kept), _zero(), digits)
        with precision(digits):
            H = J.enclose(a, w, digits).hessian
            return self.with_zeros(H, found)

    def with_zeros(self, H: Any, found: Inertia | None) -> Inertia | None:
        """The inertia `found` on `kept` with the zeros of the null vectors, if the ball matrix H allows them."""
        for vector in self.null_vectors:
            column = arb_mat([[constant_ball(exact_number("n", x))] for x in vector])
            if any(x > 0 or x < 0 for x in (H * column).entries()):
                return ball_inertia(H)
        if found is None:
            return None
        return Inertia(found.positive, found.zero + 2 * self.m - len(self.kept), found.negative)


@lru_cache(maxsize=16)
def _objective(target: Any) -> Any:

    return Objective(target)


def _zero() -> Any:

    return fmpq(0)


def _vector(length: int, entries: dict[int, Any]) -> list[Any]:
    return [entries.get(i, 0) for i in range(length)]


def submatrix(matrix: Any, kept: Sequence[int]) -> Any:
    """The principal submatrix of a ball matrix with these rows and columns."""

    return arb_mat(len(kept), len(kept), [matrix[i, j] for i in kept for j in kept])


def random_rational(rng: random.Random, sign: int = 0, low: int = 1, high: int = 24) -> sp.Rational:
    """A rational in twelfths or less between low/12 and high/12, of the given sign (0: either)."""
    return sp.Rational(
        (sign or rng.choice((-1, 1))) * rng.randint(low, high), rng.choice((1, 2, 3, 4, 6, 12)) * 2
    )


def _distinct_rates(rng: random.Random, n: int) -> list[sp.Rational]:
    return [sp.Rational(k, 6) for k in rng.sample(range(2, 2 + max(30, 4 * n)), n)]


def random_target(
    rng: random.Random, b_signs: Sequence[int], Q_signs: Sequence[int]
) -> tuple[ExponentialSum, list[sp.Rational], list[sp.Rational]]:
    """A target, and a critical point (b, v) of its J_l with these signs of the b_j and Q_j."""
    l = len(b_signs)
    b = [random_rational(rng, sign) for sign in b_signs]
    # Small Q_j leave H_l positive definite, large ones need not: both occur.
    Q = [sign * sp.Rational(1, rng.choice((1, 4, 50, 400))) for sign in Q_signs]
    v = _distinct_rates(rng, l)
    return sum_with_critical_point(b, v, Q, _distinct_rates(rng, 3 * l)), b, v


def random_group(rng: random.Random, size: int, amplitude: sp.Rational, zeros: int) -> list[sp.Rational]:
    """Coefficients of a group with the given sum, `zeros` of them 0 and the others not."""
    while True:
        free = [random_rational(rng) for _ in range(size - zeros - 1)]
        last = amplitude - sp.Add(*free)
        if last != 0:
            values = [*free, last, *(sp.S.Zero for _ in range(zeros))]
            rng.shuffle(values)
            return values


def random_coefficients(
    rng: random.Random, partition: Partition, b: Sequence[sp.Rational], zero_share: float = 0.3
) -> tuple[sp.Rational, ...]:
    """Coefficients of a random point: group sums b_j, some of them exactly 0."""
    a = [sp.S.Zero] * sum(map(len, partition))
    for group, amplitude in zip(partition, b, strict=True):
        zeros = rng.randint(1, len(group) - 1) if len(group) > 1 and rng.random() < zero_share else 0
        for k, value in zip(group, random_group(rng, len(group), amplitude, zeros), strict=True):
            a[k] = value
    return tuple(a)


def sign_cases(
    l: int, curvatures: Sequence[int] = (-1, 0, 1)
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """All signs of the b_j with all signs of the Q_j."""
    for b in product((-1, 1), repeat=l):
        for Q in product(curvatures, repeat=l):
            yield b, Q


def random_configurations(
    rng: random.Random, count: int, widths: Sequence[int], curvatures: Sequence[int] = (-1, 0, 1)
) -> list[Configuration]:
    """Points of random spaces, through all sign cases for one and two groups, drawn ones for three, in turn."""

    cases = [case for l in (1, 2) for case in sign_cases(l, curvatures)]
    found: list[Configuration] = []
    while len(found) < count:
        rng.shuffle(cases)
        three = tuple(tuple(rng.choice(s) for _ in range(3)) for s in ((-1, 1), curvatures))
        for b_signs, Q_signs in [*cases, three]:
            target, b, v = random_target(rng, b_signs, Q_signs)
            point = exact_reduced_point(target, b, v)
            for m in widths:
                if m >= len(b):
                    partition = random_partition(rng, m, len(b))
                    space = CriticalSpace(AffineSpace(partition, tuple(b), tuple(v)), point, 40)
                    found.append(Configuration(space, random_coefficients(rng, partition, b)))
    return found[:count]


def random_partition(rng: random.Random, m: int, l: int) -> Partition:
    """A labelled partition, by drawing labels until none is missing."""
    while True:
        labels = [rng.randrange(l) for _ in range(m)]
        if len(set(labels)) == l:
            return tuple(tuple(k for k in range(m) if labels[k] == j) for j in range(l))


def unlabelled_partitions(m: int) -> Iterator[Partition]:
    """Every partition of 0..m-1 once, whatever the order of its groups."""
    for l in range(1, m + 1):
        for partition in labelled_partitions(m, l):
            if list(partition) == sorted(partition):
                yield partition
