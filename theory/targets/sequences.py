r"""Target sequences ``rho_0, rho_1, ...``: terms, moments and squared norm, exact.

What the objective in discrete time needs of a sequence are the derivatives of its generating function,

.. math:: M_k(p) = \sum_{n \ge 0} n (n-1) \cdots (n-k+1)\, p^{n-k} \rho_n,

and ``||rho||^2 = sum_n rho_n^2``: closed forms for sums of geometric sequences and for finite ones; for a sampled
kernel `sympy.Sum`, which the numerical side turns into certified sums.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from memcurse.theory.exact import (
    exact_complex_vector,
    exact_integer,
    exact_positive,
    exact_vector,
    is_positive,
    is_real,
)
from memcurse.theory.notation import t

from .evaluation import values
from .recognition import as_target
from .target import ExponentialSum, Target

#: Values that a line of text shows.
_SHOWN = 8
_n = sp.Symbol("n", integer=True, nonnegative=True)


def exact_poles(name: str, values: Any) -> tuple[sp.Expr, ...]:
    """Exact real numbers that lie strictly between -1 and 1.

    Raises
    ------
    TypeError, ValueError
        If a value is no exact real number, or no stable pole.
    """
    numbers = exact_vector(name, values)
    for i, x in enumerate(numbers):
        if not (is_positive(f"{name}[{i}] + 1", x + 1) and is_positive(f"1 - {name}[{i}]", 1 - x)):
            raise ValueError(f"`{name}` must lie strictly between -1 and 1; got {x} at index {i}")
    return numbers


def exact_disc_poles(name: str, values: Any) -> tuple[sp.Expr, ...]:
    """Exact complex numbers of modulus below 1.

    Raises
    ------
    TypeError, ValueError
        If a value is no exact complex number, or no stable pole.
    """
    numbers = exact_complex_vector(name, values)
    for i, x in enumerate(numbers):
        re_part, im_part = x.as_real_imag()
        if im_part == 0:
            exact_poles(name, [re_part])
        elif not is_positive(f"1 - |{name}[{i}]|^2", 1 - re_part**2 - im_part**2):
            raise ValueError(f"`{name}` must have moduli below 1; got {x} at index {i}")
    return numbers


class TargetSequence(ABC):
    """A square-summable sequence, real or complex. Immutable and hashable."""

    @property
    def is_real(self) -> bool:
        """Whether all parameters are real, so that the objective with real gains and poles applies."""
        return True

    def term(self, n: Any) -> sp.Expr:
        """``rho_n`` at an index from 0, which may be a symbol.

        Raises
        ------
        TypeError, ValueError
            If the index is no SymPy expression and no integer, or negative.
        """
        return self._term(n if isinstance(n, sp.Expr) else exact_integer("n", n, 0))

    @abstractmethod
    def _term(self, n: Any) -> sp.Expr: ...

    def __call__(self, n: Any) -> Any:
        """``rho_n`` at indices of any shape, float64 or complex128."""
        return values(self, n)

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.formula}$"

    @property
    def formula(self) -> str:
        """LaTeX of the n-th term."""
        return rf"\rho_n = {sp.latex(self._term(_n))}"

    @abstractmethod
    def moment(self, k: int, p: sp.Expr) -> sp.Expr:
        """``M_k(p)``, the k-th derivative of ``sum_n rho_n p^n``."""

    @abstractmethod
    def squared_norm(self) -> sp.Expr:
        """``sum_n rho_n^2``."""


@dataclass(frozen=True, init=False)
class GeometricSum(TargetSequence):
    """``sum_j a_j p_j^n``; terms with equal poles are merged.

    Parameters
    ----------
    a : sequence of numbers, length n
        Gains, real or complex.
    p : sequence of numbers, length n
        Poles of modulus below 1.

    Raises
    ------
    ValueError, TypeError
        If the lengths differ, the sequences are empty, or a pole is not in the open unit disc.
    """

    a: tuple[sp.Expr, ...]
    p: tuple[sp.Expr, ...]

    def __init__(self, a: Sequence[Any], p: Sequence[Any]) -> None:
        gains, poles = exact_complex_vector("a", a), exact_disc_poles("p", p)
        if len(gains) != len(poles):
            raise ValueError(f"`a` and `p` must have the same length; got {len(gains)} and {len(poles)}")
        merged: dict[sp.Expr, sp.Expr] = {}
        for gain, pole in zip(gains, poles, strict=True):
            merged[pole] = merged.get(pole, sp.S.Zero) + gain
        object.__setattr__(self, "a", tuple(merged.values()))
        object.__setattr__(self, "p", tuple(merged))

    @property
    def is_real(self) -> bool:
        """Whether gains and poles are real."""
        return all(map(is_real, (*self.a, *self.p)))

    def _term(self, n: Any) -> sp.Expr:
        return sp.Add(*(a * p**n for a, p in zip(self.a, self.p, strict=True)))

    def moment(self, k: int, p: sp.Expr) -> sp.Expr:
        """``M_k(p)``."""
        terms = (a * q**k / (1 - p * q) ** (k + 1) for a, q in zip(self.a, self.p, strict=True))
        return sp.factorial(k) * sp.Add(*terms)

    def squared_norm(self) -> sp.Expr:
        """``sum_n |rho_n|^2``."""
        terms = (
            sp.conjugate(a) * self.moment(0, sp.conjugate(q)) for a, q in zip(self.a, self.p, strict=True)
        )
        return sp.Add(*terms)


@dataclass(frozen=True, init=False, repr=False)
class FiniteSequence(TargetSequence):
    """The numbers `values`, then zeros: a measured response, or a pulse."""

    values: tuple[sp.Expr, ...]

    def __init__(self, values: Sequence[Any]) -> None:
        object.__setattr__(self, "values", exact_complex_vector("values", values))

    def __repr__(self) -> str:
        shown = ", ".join(map(str, self.values[:_SHOWN]))
        more = f", ... {len(self.values)} in all" if len(self.values) > _SHOWN else ""
        return f"FiniteSequence({shown}{more})"

    @property
    def is_real(self) -> bool:
        """Whether all values are real."""
        return all(map(is_real, self.values))

    def _term(self, n: Any) -> sp.Expr:
        if isinstance(n, int):
            return self.values[n] if n < len(self.values) else sp.S.Zero
        return sp.Piecewise(*((x, sp.Eq(n, i)) for i, x in enumerate(self.values)), (0, True))

    def moment(self, k: int, p: sp.Expr) -> sp.Expr:
        """``M_k(p)``."""
        terms = ((sp.ff(n, k) * x, n - k) for n, x in enumerate(self.values) if n >= k)
        return sp.Add(*(factor * p**power for factor, power in terms))

    def squared_norm(self) -> sp.Expr:
        """``sum_n |rho_n|^2``."""
        return sp.Add(*(x * sp.conjugate(x) for x in self.values))


@dataclass(frozen=True, init=False)
class SampledTarget(TargetSequence):
    """A kernel at the times ``0, step, 2 step, ...``: moments and norm are infinite sums.

    Parameters
    ----------
    target : Target
        The kernel; see `sampled`, which knows exponential sums in closed form.
    step : number
        Positive and rational, in units of time.
    """

    target: Target
    step: sp.Rational

    def __init__(self, target: Target, step: Any) -> None:
        kernel = as_target(target)
        for part in kernel.parts():
            if not isinstance(part.lag, sp.Rational):
                raise ValueError(f"`target` must have rational delays to be sampled; got {part.lag}")
        object.__setattr__(self, "target", kernel)
        object.__setattr__(self, "step", _step(step))

    def _term(self, n: Any) -> sp.Expr:
        return self.target.expression.subs(t, n * self.step)

    def moment(self, k: int, p: sp.Expr) -> sp.Expr:
        """``M_k(p)``."""
        return sp.Sum(sp.ff(_n, k) * p ** (_n - k) * self._term(_n), (_n, k, sp.oo))

    def squared_norm(self) -> sp.Expr:
        """``sum_n rho_n^2``."""
        return sp.Sum(self._term(_n) ** 2, (_n, 0, sp.oo))


def sampled(target: Target | str, step: Any) -> TargetSequence:
    """The kernel at the times ``n step``; an exponential sum becomes the sum with the poles ``e^{-w step}``.

    Raises
    ------
    TypeError, ValueError
        If `target` is no kernel, or `step` is not positive and rational.
    """
    kernel, span = as_target(target), _step(step)
    if isinstance(kernel, ExponentialSum):
        return GeometricSum(kernel.a, [sp.exp(-w * span) for w in kernel.w])
    return SampledTarget(kernel, span)


def _step(step: Any) -> sp.Rational:
    number = exact_positive("step", step)
    if not isinstance(number, sp.Rational):
        raise ValueError(f"`step` must be rational; got {step}")
    return number
