"""Hypothesis strategies: test claims about targets, parameters and critical spaces, with counterexamples to read.

Numbers are exact decimals with one place, integers first, so that what hypothesis shrinks to reads as rationals. A
claim is one function; this one is false:

>>> from hypothesis import given
>>> from memcurse.strategies import points_on_critical_spaces
>>> @given(points_on_critical_spaces())
... def every_coincided_critical_point_is_a_saddle(point):
...     assert point.inertia.negative > 0

Calling it shows the simplest point that is no saddle, all of whose weight is on one of two equal rates::

    Falsifying example: every_coincided_critical_point_is_a_saddle(
        point=PointOnSpace(target=ExponentialSum(a=(1, 1), w=(1, 2)), partition=((0, 1),), shares=(0, 1)),
    )

Needs hypothesis (``pip install memcurse[hypothesis]``), which finds this module by its entry point: `Target` and
`ExponentialSum` in annotations are drawn without further ado.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import sympy as sp
from hypothesis import assume
from hypothesis import strategies as st

from memcurse.theory.exact import exact_integer
from memcurse.theory.targets.target import ExponentialSum, Target

from .theory.landscape.equivalent_parameters import AffineSpace, Inertia, Partition
from .theory.targets.kernels import AiryKernel, GaussianBump, PowerLaw

if TYPE_CHECKING:
    from .numerics.landscape.critical_spaces import CriticalSpace
    from .numerics.landscape.nondegenerate_points import ReducedPoint

Parameters = tuple[tuple[sp.Rational, ...], tuple[sp.Rational, ...]]

#: Digits of the critical points: signs are raised further where they need it.
_DIGITS = 30


def decimals(low: int, high: int, *, zero: bool = True) -> st.SearchStrategy[sp.Rational]:
    """Exact decimals with at most one place between two integers, as SymPy rationals; integers are the simpler ones."""
    if high < low:
        raise ValueError(f"`high` must be at least `low` = {low}; got {high}")
    tenths = st.integers(10 * low, 10 * high).map(lambda n: sp.Rational(n, 10))
    numbers = st.one_of(st.integers(low, high).map(sp.Integer), tenths)
    return numbers if zero else numbers.filter(bool)


def _rates(count: int) -> st.SearchStrategy[list[sp.Rational]]:
    # By their differences: these shrink to 1, 2, 3, ... and cannot coincide.
    tenths = st.integers(1, 30).map(lambda n: sp.Rational(n, 10))
    gaps = st.lists(st.one_of(st.integers(1, 3).map(sp.Integer), tenths), min_size=count, max_size=count)
    return gaps.map(lambda steps: list(accumulate(steps)))


def _length(count: int | None, least: int, most: int) -> st.SearchStrategy[int]:
    return st.integers(least, most) if count is None else st.just(exact_integer("terms", count, 1))


@st.composite
def exponential_sums(
    draw: st.DrawFn, terms: int | None = None, *, positive: bool = False, least: int = 1, most: int = 3
) -> ExponentialSum:
    """Non-degenerate exponential sums: distinct rates of 1/10 and more, amplitudes from -5 to 5 other than 0.

    Parameters
    ----------
    terms : int, optional
        Number of terms; default: between `least` and `most`.
    positive : bool
        Whether all amplitudes are positive, which makes the kernel completely monotone.
    """
    n = draw(_length(terms, least, most))
    amplitude = decimals(1, 5) if positive else decimals(-5, 5, zero=False)
    return ExponentialSum(draw(st.lists(amplitude, min_size=n, max_size=n)), draw(_rates(n)))


def targets() -> st.SearchStrategy[Target]:
    """Kernels of every kind: exponential sums, power laws, Gaussian bumps, Airy kernels, and a sum with a late bump."""
    bumps = st.builds(GaussianBump, decimals(0, 9), decimals(1, 3), decimals(-3, 3, zero=False))
    powers = st.builds(PowerLaw, decimals(0, 3), decimals(-3, 3, zero=False))
    airy = st.builds(AiryKernel, decimals(1, 2), decimals(0, 4))
    late = st.tuples(exponential_sums(), bumps).map(lambda parts: parts[0] + parts[1])
    return st.one_of(exponential_sums(), powers, bumps, airy, late)


@st.composite
def parameters(draw: st.DrawFn, m: int | None = None, *, most: int = 4) -> Parameters:
    """Amplitudes (any sign, also 0) and positive rates (also equal) of one point, as tuples of m rationals."""
    n = draw(_length(m, 1, most))
    a = draw(st.lists(decimals(-5, 5), min_size=n, max_size=n))
    w = draw(st.lists(decimals(1, 9), min_size=n, max_size=n))
    return tuple(a), tuple(w)


@dataclass(frozen=True)
class PointOnSpace:
    """A point of a coincided critical affine space, by what each index has of the amplitude of its group.

    Attributes
    ----------
    target : ExponentialSum
        The kernel.
    partition : tuple of tuples of int
        The groups of indices with equal rates.
    shares : tuple of sympy.Rational, length m
        They sum to 1 over every group; a share of 0 is a zero amplitude.
    """

    target: ExponentialSum
    partition: Partition
    shares: tuple[sp.Rational, ...]

    @cached_property
    def space(self) -> CriticalSpace:
        """The space, over the lowest critical point of J_l."""
        from .numerics.landscape.critical_spaces import CriticalSpace

        point = _lowest(self.target, len(self.partition))
        return CriticalSpace(AffineSpace(self.partition, point.amplitudes, point.rates), point, _DIGITS)

    @property
    def coefficients(self) -> tuple[sp.Rational, ...]:
        """Amplitudes for `CriticalSpace.point` and `CriticalSpace.inertia`."""
        amplitudes = dict(zip(self.partition, self.space.reduced.amplitudes, strict=True))
        owner = {k: b for group, b in amplitudes.items() for k in group}
        return tuple(share * owner[k] for k, share in enumerate(self.shares))

    @property
    def parameters(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Amplitudes and rates."""
        return self.space.point(self.coefficients)

    @property
    def inertia(self) -> Inertia:
        """Exact inertia of the Hessian at the point."""
        return self.space.inertia(self.coefficients)


@lru_cache(maxsize=256)
def _lowest(target: ExponentialSum, l: int) -> ReducedPoint:
    from .numerics.landscape.nondegenerate_points import reduced_points

    return reduced_points(target, l, _DIGITS, lowest_only=True)[0]


@st.composite
def points_on_critical_spaces(
    draw: st.DrawFn, m: int | None = None, l: int | None = None, *, positive: bool = False
) -> PointOnSpace:
    """Points of coincided critical spaces of exponential sums with more terms than the space has rates.

    Parameters
    ----------
    m : int, optional
        Width; default 2 to 4.
    l : int, optional
        Number of distinct rates, below `m`; default 1 or 2.
    positive : bool
        Whether the target has positive amplitudes only.
    """
    if m is not None and l is not None and not l < m:
        raise ValueError(f"`l` must be below m = {m}; got {l}")
    width = draw(_length(m, 2 if l is None else l + 1, 4))
    rates = draw(_length(l, 1, min(2, width - 1)))
    target = draw(exponential_sums(positive=positive, least=rates + 1, most=rates + 2))
    labels = draw(st.lists(st.integers(0, rates - 1), min_size=width, max_size=width))
    assume(len(set(labels)) == rates)
    partition = tuple(tuple(k for k in range(width) if labels[k] == j) for j in range(rates))
    point = PointOnSpace(target, partition, _shares(draw, partition))
    assume(_has_space(point))
    return point


def _shares(draw: st.DrawFn, partition: Partition) -> tuple[sp.Rational, ...]:
    shares: dict[int, sp.Rational] = {}
    for *others, last in partition:
        shares.update({k: draw(decimals(-2, 2)) for k in others})
        shares[last] = 1 - sum((shares[k] for k in others), sp.S.Zero)
    return tuple(shares[k] for k in sorted(shares))


def _has_space(point: PointOnSpace) -> bool:
    # J_l of a sum of mixed signs may have no strict minimum: rates that want to coincide, or to run away.
    try:
        return point.space is not None
    except (ArithmeticError, ValueError):
        return False


def register() -> None:
    """Let hypothesis draw targets where an annotation asks for one; called through its entry point."""
    st.register_type_strategy(ExponentialSum, exponential_sums())
    st.register_type_strategy(Target, targets())
