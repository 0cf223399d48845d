r"""Affine spaces of parameters with coinciding rates, and how many there are (definition C.1, remark C.2).

An exponential sum of width m writes the same function in many ways: put the indices 1..m into groups, give a group one
rate, and only the *sum* of its amplitudes counts. Each way of grouping is one affine space, parallel to the amplitudes.
Groups of amplitude 0 are the degenerate ones (the paper's ``I_{0,r}``): their rate is free, their sum must vanish.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sympy as sp

from memcurse.theory.exact import exact_integer, exact_vector
from memcurse.theory.targets.target import ExponentialSum

Partition = tuple[tuple[int, ...], ...]

#: How far from a space coefficients may lie, relative to the amplitudes of a group, to be moved on to it.
ON_SPACE: sp.Rational = sp.Rational(1, 10**8)


class Inertia(NamedTuple):
    """Numbers of positive, zero and negative eigenvalues of a symmetric matrix."""

    positive: int
    zero: int
    negative: int


def stirling2(m: int, l: int) -> int:
    """Stirling number of the second kind: partitions of m things into l nonempty groups without order."""
    m, l = exact_integer("m", m, 0), exact_integer("l", l, 0)
    return count_labelled_partitions(m, l) // math.factorial(l)


def count_labelled_partitions(m: int, l: int) -> int:
    """``l! S(m, l)``: partitions of m things into l nonempty groups in order, by inclusion and exclusion."""
    m, l = exact_integer("m", m, 0), exact_integer("l", l, 0)
    if l > m:
        return 0
    total, binomial = 0, 1
    for j in range(l + 1):
        total += binomial * _power(l - j, m) if j % 2 == 0 else -binomial * _power(l - j, m)
        binomial = binomial * (l - j) // (j + 1)
    return total


@functools.lru_cache(maxsize=2048)
def _power(base: int, exponent: int) -> int:
    # All counts of one width share these powers.
    return int(base**exponent)


def labelled_partitions(m: int, l: int) -> Iterator[Partition]:
    """Every partition of 0..m-1 into l nonempty groups in order, one at a time, in lexicographic order of labels."""
    m, l = exact_integer("m", m, 1), exact_integer("l", l, 1)

    labelling = [0] * (m - l) + list(range(l)) if m >= l else []
    while labelling:
        yield tuple(tuple(i for i in range(m) if labelling[i] == j) for j in range(l))
        labelling = _next_labelling(labelling, l)


def _next_labelling(labelling: list[int], l: int) -> list[int]:
    """The next larger list of the same length that has all labels below `l`; empty after the last."""
    m = len(labelling)
    counts = [0] * l
    for label in labelling:
        counts[label] += 1
    for i in reversed(range(m)):
        # What stands from i on is taken back; then entry i grows, as little as leaves room for the missing labels.
        counts[labelling[i]] -= 1
        for label in range(labelling[i] + 1, l):
            missing = [j for j in range(l) if counts[j] == 0 and j != label]
            room = m - i - 1
            if len(missing) <= room:
                return [*labelling[:i], label, *[0] * (room - len(missing)), *missing]
    return []


@dataclass(frozen=True)
class AffineSpace:
    """Parameters whose rates agree inside every group and whose amplitudes have a given sum over every group.

    Attributes
    ----------
    partition : tuple of tuples of int
        Groups of indices 0..m-1.
    amplitudes, rates : tuple of sympy.Expr
        Sum of the amplitudes and common rate (1/time) of each group, in the order of `partition`. The sum is 0 for a
        degenerate group.

    Raises
    ------
    ValueError, TypeError
        If the groups are no partition, or the rates are not positive and distinct.
    """

    partition: Partition
    amplitudes: tuple[sp.Expr, ...]
    rates: tuple[sp.Expr, ...]

    def __post_init__(self) -> None:
        groups = tuple(tuple(int(i) for i in group) for group in self.partition)
        amplitudes = exact_vector("amplitudes", self.amplitudes)
        rates = exact_vector("rates", self.rates, positive=True)
        indices = sorted(i for group in groups for i in group)
        if not all(groups) or indices != list(range(len(indices))):
            raise ValueError(
                f"`partition` must hold 0..m-1 in nonempty disjoint groups; got {self.partition}"
            )
        if not len(groups) == len(amplitudes) == len(rates):
            raise ValueError(
                "`amplitudes` and `rates` must have one entry per group; "
                f"got {len(amplitudes)} and {len(rates)} for {len(groups)} groups"
            )
        if len(set(rates)) < len(rates):
            raise ValueError(f"`rates` must be distinct; got {self.rates}")
        for name, value in (("partition", groups), ("amplitudes", amplitudes), ("rates", rates)):
            object.__setattr__(self, name, value)

    @property
    def width(self) -> int:
        """Number m of exponentials."""
        return sum(len(group) for group in self.partition)

    @property
    def dimension(self) -> int:
        """Each group leaves one amplitude less than it has free: m minus the number of groups."""
        return self.width - len(self.partition)

    def assigned_rates(self) -> tuple[sp.Expr, ...]:
        """The rate of every index, length m; it tells the space apart from every other one of the same target."""
        w: list[sp.Expr] = [sp.S.Zero] * self.width
        for group, rate in zip(self.partition, self.rates, strict=True):
            for i in group:
                w[i] = rate
        return tuple(w)

    def point(self, coefficients: Sequence[Any]) -> tuple[tuple[sp.Expr, ...], tuple[sp.Expr, ...]]:
        """The parameters ``(a, w)`` with these amplitudes, which are moved on to the space if they are almost on it.

        A coefficient that is exactly 0 stays 0: what a group's sum lacks goes to its largest coefficient.

        Raises
        ------
        ValueError, TypeError
            If there are not m coefficients, or a group's sum misses its amplitude by more than 1e-8 relative.
        """
        a = list(exact_vector("coefficients", coefficients))
        if len(a) != self.width:
            raise ValueError(f"`coefficients` must have length {self.width}; got {len(a)}")
        for group, amplitude in zip(self.partition, self.amplitudes, strict=True):
            defect = amplitude - sp.Add(*(a[i] for i in group))
            if defect == 0:
                continue
            if abs(defect) > ON_SPACE * sp.Add(abs(amplitude), *(abs(a[i]) for i in group)):
                raise ValueError(
                    f"`coefficients` must sum to {amplitude} over the indices {group}; got {amplitude - defect}"
                )
            a[max(group, key=lambda i: abs(a[i]))] += defect
        return tuple(a), self.assigned_rates()

    def contains(self, a: Sequence[Any], w: Sequence[Any]) -> bool:
        """Whether the exact parameters lie on the space."""
        amplitudes, rates = exact_vector("a", a), exact_vector("w", w)
        if len(amplitudes) != self.width or rates != self.assigned_rates():
            return False
        sums = (sp.Add(*(amplitudes[i] for i in group)) for group in self.partition)
        return all(total == amplitude for total, amplitude in zip(sums, self.amplitudes, strict=True))


def _non_degenerate(short: ExponentialSum) -> ExponentialSum:
    if not all(short.a):
        raise ValueError(f"`short` must have amplitudes other than 0; got {short.a}")
    return short


def equivalent_spaces(
    short: ExponentialSum, m: int, degenerate_rates: Sequence[Any] = ()
) -> Iterator[AffineSpace]:
    """The affine spaces of definition C.1 of parameters of width m that represent `short`, one at a time.

    Parameters
    ----------
    short : ExponentialSum
        The function to represent: amplitudes other than 0, distinct rates.
    m : int
        Width, at least the number of terms and degenerate groups together, or there is no space.
    degenerate_rates : sequence of numbers
        Rates of the groups whose amplitudes sum to 0; different from those of `short`. Default: no such group.
    """
    _non_degenerate(short)
    extra = exact_vector("degenerate_rates", degenerate_rates, positive=True) if degenerate_rates else ()
    amplitudes = (*short.a, *(sp.S.Zero for _ in extra))
    for partition in labelled_partitions(m, len(amplitudes)):
        yield AffineSpace(partition, amplitudes, (*short.w, *extra))


def equivalent_space(a: Sequence[Any], w: Sequence[Any], short: ExponentialSum) -> AffineSpace | None:
    """The affine space of definition C.1 on which the parameters lie; None if they do not represent `short`.

    Exponentials with distinct rates are independent (lemma C.2), so it is enough to compare, rate by rate, the sums
    of the amplitudes: this decides exactly.
    """
    _non_degenerate(short)
    amplitudes, rates = exact_vector("a", a), exact_vector("w", w, positive=True)
    if len(amplitudes) != len(rates):
        raise ValueError(f"`a` and `w` must have the same length; got {len(amplitudes)} and {len(rates)}")
    wanted: dict[sp.Expr, sp.Expr] = dict(zip(short.w, short.a, strict=True))
    groups: dict[sp.Expr, list[int]] = {rate: [] for rate in wanted}
    for i, rate in enumerate(rates):
        groups.setdefault(rate, []).append(i)
    for rate, group in groups.items():
        if sp.Add(*(amplitudes[i] for i in group)) != wanted.get(rate, sp.S.Zero):
            return None
    sums = tuple(wanted.get(rate, sp.S.Zero) for rate in groups)
    return AffineSpace(tuple(tuple(group) for group in groups.values()), sums, tuple(groups))
