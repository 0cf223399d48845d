r"""Target kernels ``rho`` on ``t >= 0``: exact expression, moments and squared norm.

A kernel offers everything that the objective (eq. 18) needs of it: the moments

.. math:: L_k(w) = \int_0^\infty t^k e^{-w t} \rho(t)\,dt = (-1)^k L_0^{(k)}(w)

and the squared norm ``||rho||^2``, in closed form where one is known and as an unevaluated `sympy.Integral`
otherwise (the numerical side turns those into certified quadrature). `kernels` holds the kinds; to add one, add
one subclass of `Target`. Here stand the contract, and what sums and delays of kernels are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import sympy as sp

from memcurse.theory.exact import exact_number, exact_vector, is_positive
from memcurse.theory.notation import t

from .evaluation import values


class Target(ABC):
    """A real, square-integrable kernel on ``t >= 0``. Immutable and hashable."""

    @property
    @abstractmethod
    def expression(self) -> sp.Expr:
        """The kernel as an expression in `notation.t`, valid for ``t >= 0``."""

    @abstractmethod
    def moment(self, k: int, w: sp.Expr) -> sp.Expr:
        """``L_k(w)``, the Laplace transform of ``t^k rho(t)`` at the rate `w` (1/time)."""

    @abstractmethod
    def scaled(self, factor: Any) -> Target:
        """The kernel times an exact real number."""

    def squared_norm(self) -> sp.Expr:
        """``||rho||^2``, the integral of ``rho^2`` over ``t >= 0``."""
        return inner_product(self, self)

    def delayed(self, delay: Any) -> Target:
        """The kernel a time `delay` later.

        A template that is defined on the whole line (`GaussianBump`, `AiryKernel`) is translated, as in eq. (20); any
        other kernel starts at ``t = 0``, so its delay is causal: zero before `delay`.
        """
        lag = _nonnegative("delay", delay)
        return self if lag == 0 else Delayed(self, lag)

    @property
    def lag(self) -> sp.Expr:
        """The time before which a causal delay holds the kernel at 0; 0 for a kernel that starts at once."""
        return sp.S.Zero

    @property
    def undelayed(self) -> Target:
        """The kernel without its `lag`."""
        return self

    def sign(self) -> int | None:
        """1 if the kernel is seen to be completely monotone, -1 if its negative is, 0 if it is 0, else None."""
        return None

    def second_antiderivative(self, x: sp.Expr) -> sp.Expr | None:
        """A function of `x` whose second derivative is the kernel, where this kind knows a closed form."""
        return None

    def seen_from(self, time: sp.Expr) -> Target | None:
        """The kernel ``t -> rho(t + time)``, where it is of a kind that has closed forms."""
        return None

    def product_with(self, other: Target) -> sp.Expr | None:
        """``int_0^oo`` of this kernel times another one, where this kind knows a closed form; neither is a sum."""
        return None

    def parts(self) -> tuple[Target, ...]:
        """The kernels this one is a sum of; itself when it is no sum."""
        return (self,)

    def __call__(self, t: Any) -> Any:
        """``rho(t)`` at times t >= 0 of any shape, float64."""
        return values(self, t)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle \rho(t) = {sp.latex(self.expression)}$"

    def __add__(self, other: object) -> Target:
        if not isinstance(other, Target):
            return NotImplemented
        return add(self, other)

    def __sub__(self, other: object) -> Target:
        if not isinstance(other, Target):
            return NotImplemented
        return add(self, other.scaled(-1))

    def __neg__(self) -> Target:
        return self.scaled(-1)

    def __mul__(self, factor: object) -> Target:
        if isinstance(factor, Target):
            return NotImplemented
        return self.scaled(factor)

    __rmul__ = __mul__


def _nonnegative(name: str, value: Any) -> sp.Expr:
    number = exact_number(name, value)
    if number != 0 and not is_positive(name, number):
        raise ValueError(f"`{name}` must be nonnegative; got {value}")
    return number


@dataclass(frozen=True, init=False)
class ExponentialSum(Target):
    """``sum_j a_j exp(-w_j t)``; terms with equal rates are merged.

    Parameters
    ----------
    a : sequence of numbers, length n
        Amplitudes of any sign.
    w : sequence of numbers, length n
        Positive rates, 1/time.

    Raises
    ------
    ValueError, TypeError
        If the lengths differ, the sequences are empty, or a rate is not positive.
    """

    a: tuple[sp.Expr, ...]
    w: tuple[sp.Expr, ...]

    def __init__(self, a: Sequence[Any], w: Sequence[Any]) -> None:
        amplitudes, rates = exact_vector("a", a), exact_vector("w", w, positive=True)
        if len(amplitudes) != len(rates):
            raise ValueError(f"`a` and `w` must have the same length; got {len(amplitudes)} and {len(rates)}")
        merged: dict[sp.Expr, sp.Expr] = {}
        for amplitude, rate in zip(amplitudes, rates, strict=True):
            merged[rate] = merged.get(rate, sp.S.Zero) + amplitude
        object.__setattr__(self, "a", tuple(merged.values()))
        object.__setattr__(self, "w", tuple(merged))

    @property
    def expression(self) -> sp.Expr:
        return sp.Add(*(a * sp.exp(-w * t) for a, w in zip(self.a, self.w, strict=True)))

    def moment(self, k: int, w: sp.Expr) -> sp.Expr:
        return sp.Add(
            *(a * sp.factorial(k) / (w + v) ** (k + 1) for a, v in zip(self.a, self.w, strict=True))
        )

    def scaled(self, factor: Any) -> ExponentialSum:
        c = exact_number("factor", factor)
        return ExponentialSum([c * a for a in self.a], self.w)

    def second_antiderivative(self, x: sp.Expr) -> sp.Expr:
        return sp.Add(*(a * sp.exp(-w * x) / w**2 for a, w in zip(self.a, self.w, strict=True)))

    def seen_from(self, time: sp.Expr) -> ExponentialSum:
        return ExponentialSum([a * sp.exp(-w * time) for a, w in zip(self.a, self.w, strict=True)], self.w)

    def sign(self) -> int | None:
        signs = {1 if is_positive("a", x) else -1 for x in self.a if x != 0}
        return signs.pop() if len(signs) == 1 else None if signs else 0

    def product_with(self, other: Target) -> sp.Expr:
        return sp.Add(*(a * other.moment(0, w) for a, w in zip(self.a, self.w, strict=True)))


@dataclass(frozen=True)
class Delayed(Target):
    """A kernel on ``t >= 0`` a time `delay` later, zero before that: ``L_0`` gains the factor ``e^(-w delay)``."""

    base: Target
    delay: sp.Expr

    @property
    def lag(self) -> sp.Expr:
        return self.delay

    @property
    def undelayed(self) -> Target:
        return self.base

    @property
    def expression(self) -> sp.Expr:
        late = self.base.expression.subs(t, t - self.delay)
        return sp.Piecewise((late, t >= self.delay), (0, True))

    def moment(self, k: int, w: sp.Expr) -> sp.Expr:
        terms = (sp.binomial(k, j) * self.delay ** (k - j) * self.base.moment(j, w) for j in range(k + 1))
        return sp.exp(-w * self.delay) * sp.Add(*terms)

    def scaled(self, factor: Any) -> Delayed:
        return Delayed(self.base.scaled(factor), self.delay)

    def delayed(self, delay: Any) -> Delayed:
        return Delayed(self.base, self.delay + _nonnegative("delay", delay))

    def product_with(self, other: Target) -> sp.Expr:
        if other.lag == 0:
            return _overlap(other, self.base, self.delay)
        # Only what happens after the later start counts; seen from there, the earlier kernel has moved on.
        early, late = (self, other) if self.lag <= other.lag else (other, self)
        lag = late.lag - early.lag
        early, late = early.undelayed, late.undelayed
        return inner_product(early, late) if lag == 0 else _overlap(early, late, lag)


@dataclass(frozen=True)
class TargetSum(Target):
    """A sum of kernels; made by ``+``, which keeps at most one exponential sum in it."""

    terms: tuple[Target, ...]

    @property
    def expression(self) -> sp.Expr:
        return sp.Add(*(term.expression for term in self.terms))

    def moment(self, k: int, w: sp.Expr) -> sp.Expr:
        return sp.Add(*(term.moment(k, w) for term in self.terms))

    def scaled(self, factor: Any) -> Target:
        return add(*(term.scaled(factor) for term in self.terms))

    def delayed(self, delay: Any) -> Target:
        return add(*(term.delayed(delay) for term in self.terms))

    def seen_from(self, time: sp.Expr) -> Target | None:
        moved = [term.seen_from(time) for term in self.terms]
        return add(*(term for term in moved if term is not None)) if None not in moved else None

    def parts(self) -> tuple[Target, ...]:
        return self.terms


def split_exponentials(parts: Iterable[Target]) -> tuple[list[ExponentialSum], tuple[Target, ...]]:
    """The exponential sums among the parts of a kernel, and the others."""
    sums, others = [], []
    for part in parts:
        if isinstance(part, ExponentialSum):
            sums.append(part)
        else:
            others.append(part)
    return sums, tuple(others)


def add(*targets: Target) -> Target:
    """Sum of kernels, flattened, with all exponential sums merged into one that comes first."""
    flat = [part for target in targets for part in target.parts()]
    sums, rest = split_exponentials(flat)
    if not sums:
        return rest[0] if len(rest) == 1 else TargetSum(rest)
    short = reduce(lambda p, q: ExponentialSum(p.a + q.a, p.w + q.w), sums)
    return TargetSum((short, *rest)) if rest else short


def inner_product(p: Target, q: Target) -> sp.Expr:
    """``int_0^oo p(t) q(t) dt``: in closed form where a rule below knows one, else an unevaluated integral."""
    pairs = [(x, y) for x in p.parts() for y in q.parts()]
    return sp.Add(*(_inner_product_of_parts(x, y) for x, y in pairs))


def _inner_product_of_parts(p: Target, q: Target) -> sp.Expr:
    for x, y in ((p, q), (q, p)):
        value = x.product_with(y)
        if value is not None:
            return value
    return sp.Integral(p.expression * q.expression, (t, 0, sp.oo))


def _overlap(early: Target, late: Target, lag: sp.Expr) -> sp.Expr:
    """``int_0^oo early(t + lag) late(t) dt``; some kernels keep their kind when they move on."""
    moved = early.seen_from(lag)
    if moved is not None:
        return inner_product(moved, late)
    return sp.Integral(early.expression.subs(t, t + lag) * late.expression, (t, 0, sp.oo))


def is_completely_monotone(target: Target) -> bool:
    """Whether the target, or its negative, is seen to be completely monotone; for other kernels the answer is False."""
    signs = {part.sign() for part in target.parts()}
    return signs <= {0, 1} or signs <= {0, -1}
