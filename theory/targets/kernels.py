r"""Target kernels ``rho`` on ``t >= 0``: exact expression, moments and squared norm.

A kernel offers everything that the objective (eq. 18) needs of it: the moments

.. math:: L_k(w) = \int_0^\infty t^k e^{-w t} \rho(t)\,dt = (-1)^k L_0^{(k)}(w)

and the squared norm ``||rho||^2``, in closed form where one is known and as an unevaluated `sympy.Integral`
otherwise (the numerical side turns those into certified quadrature). To add a kernel, add one subclass of `Target`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import sympy as sp

from memcurse.theory.exact import exact_number, exact_positive, exact_vector
from memcurse.theory.growth.envelopes import admissible
from memcurse.theory.notation import t


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

    def parts(self) -> tuple[Target, ...]:
        """The kernels this one is a sum of; itself when it is no sum."""
        return (self,)

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
    if number < 0:
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


def gaussian_moment(k: int, w: sp.Expr, delay: sp.Expr, width: sp.Expr, amplitude: sp.Expr) -> sp.Expr:
    r"""``L_k(w)`` of ``amplitude * exp(-(t - delay)^2/(2 width^2))`` on ``t >= 0``, for numbers or symbols.

    Completing the square gives ``L_0`` through erfc; integration by parts gives
    ``L_{k+1} = mu L_k + k width^2 L_{k-1}`` with ``mu = delay - w width^2``, and a boundary term at k = 0.
    """
    mu = delay - w * width**2
    edge = amplitude * sp.exp(-(delay**2) / (2 * width**2))
    z = (w * width**2 - delay) / (width * sp.sqrt(2))
    lower = amplitude * width * sp.sqrt(sp.pi / 2) * sp.exp(w * (w * width**2 / 2 - delay)) * sp.erfc(z)
    if k == 0:
        return lower
    upper = mu * lower + width**2 * edge
    for n in range(1, k):
        lower, upper = upper, mu * upper + n * width**2 * lower
    return upper


def gaussian_inner_product(p: tuple[sp.Expr, ...], q: tuple[sp.Expr, ...]) -> sp.Expr:
    """Inner product on ``t >= 0`` of two bumps ``(delay, width, amplitude)``: their product is a bump."""
    (d1, s1, c1), (d2, s2, c2) = p, q
    total = s1**2 + s2**2
    width = s1 * s2 / sp.sqrt(total)
    centre = (d1 * s2**2 + d2 * s1**2) / total
    height = c1 * c2 * sp.exp(-((d1 - d2) ** 2) / (2 * total))
    return height * width * sp.sqrt(sp.pi / 2) * sp.erfc(-centre / (width * sp.sqrt(2)))


@dataclass(frozen=True, init=False)
class GaussianBump(Target):
    """``amplitude * exp(-(t - delay)^2 / (2 width^2))``, the memory bump of eq. (125).

    Parameters
    ----------
    delay : number
        Centre ``T = 1/omega``, nonnegative, in units of time.
    width : number
        Standard deviation, positive, in units of time.
    amplitude : number
        Height of the peak.
    """

    delay: sp.Expr
    width: sp.Expr
    amplitude: sp.Expr

    def __init__(self, delay: Any, width: Any = 1, amplitude: Any = 1) -> None:
        object.__setattr__(self, "delay", _nonnegative("delay", delay))
        object.__setattr__(self, "width", exact_positive("width", width))
        object.__setattr__(self, "amplitude", exact_number("amplitude", amplitude))

    @property
    def expression(self) -> sp.Expr:
        return self.amplitude * sp.exp(-((t - self.delay) ** 2) / (2 * self.width**2))

    def moment(self, k: int, w: sp.Expr) -> sp.Expr:
        return gaussian_moment(k, w, self.delay, self.width, self.amplitude)

    def scaled(self, factor: Any) -> GaussianBump:
        return GaussianBump(self.delay, self.width, exact_number("factor", factor) * self.amplitude)

    def delayed(self, delay: Any) -> GaussianBump:
        return GaussianBump(self.delay + _nonnegative("delay", delay), self.width, self.amplitude)


@dataclass(frozen=True, init=False)
class PowerLaw(Target):
    """``amplitude * (1 + t)^-(1 + omega)``: algebraically decaying memory (eq. 64 with a concrete kernel).

    Parameters
    ----------
    omega : number
        Decay exponent, dimensionless. Square-integrable for ``omega > -1/2``, integrable for ``omega > 0``.
    amplitude : number
        Value at ``t = 0``.

    Raises
    ------
    ValueError
        If ``omega <= -1/2``: the kernel is not square-integrable.
    """

    omega: sp.Expr
    amplitude: sp.Expr

    def __init__(self, omega: Any, amplitude: Any = 1) -> None:
        exponent = exact_number("omega", omega)
        if not exponent > -sp.Rational(1, 2):
            raise ValueError(f"`omega` must be larger than -1/2 for a square-integrable kernel; got {omega}")
        object.__setattr__(self, "omega", exponent)
        object.__setattr__(self, "amplitude", exact_number("amplitude", amplitude))

    @property
    def expression(self) -> sp.Expr:
        return self.amplitude * (1 + t) ** (-(1 + self.omega))

    def moment(self, k: int, w: sp.Expr) -> sp.Expr:
        # t^k = ((1 + t) - 1)^k, and int_0^inf (1 + t)^(-s) e^(-wt) dt = e^w E_s(w).
        terms = ((-1) ** (k - j) * sp.binomial(k, j) * sp.expint(1 + self.omega - j, w) for j in range(k + 1))
        return self.amplitude * sp.exp(w) * sp.Add(*terms)

    def scaled(self, factor: Any) -> PowerLaw:
        return PowerLaw(self.omega, exact_number("factor", factor) * self.amplitude)


@dataclass(frozen=True, init=False)
class AiryKernel(Target):
    """``amplitude * Ai(scale * (t - shift))``: oscillates up to `shift`, then decays (Figure 1, section C.3.1).

    Parameters
    ----------
    scale : number
        Positive, 1/time.
    shift : number
        Any real number, in units of time; the memory of the kernel.
    amplitude : number
        Factor in front.
    """

    scale: sp.Expr
    shift: sp.Expr
    amplitude: sp.Expr

    def __init__(self, scale: Any, shift: Any, amplitude: Any = 1) -> None:
        object.__setattr__(self, "scale", exact_positive("scale", scale))
        object.__setattr__(self, "shift", exact_number("shift", shift))
        object.__setattr__(self, "amplitude", exact_number("amplitude", amplitude))

    @property
    def expression(self) -> sp.Expr:
        return self.amplitude * sp.airyai(self.scale * (t - self.shift))

    def moment(self, k: int, w: sp.Expr) -> sp.Expr:
        """``L_k(w)``: one integral, ``L_0``; the others follow from Airy's equation.

        The kernel obeys ``y'' = scale^3 (t - shift) y``. Multiplied by ``t^n e^{-wt}`` and integrated by parts, this
        gives ``scale^3 (L_{n+1} - shift L_n) = w^2 L_n - 2 n w L_{n-1} + n (n-1) L_{n-2}`` and values at t = 0.
        """
        start, c = -self.scale * self.shift, self.scale**3
        value = self.amplitude * sp.airyai(start)
        slope = self.amplitude * self.scale * sp.airyaiprime(start)
        moments = [laplace_integral(self.expression, 0, w)]
        for n in range(k):
            edge = -slope - w * value if n == 0 else value if n == 1 else sp.S.Zero
            by_parts = w**2 * moments[n] + edge
            if n >= 1:
                by_parts -= 2 * n * w * moments[n - 1]
            if n >= 2:
                by_parts += n * (n - 1) * moments[n - 2]
            moments.append(self.shift * moments[n] + by_parts / c)
        return moments[k]

    def scaled(self, factor: Any) -> AiryKernel:
        return AiryKernel(self.scale, self.shift, exact_number("factor", factor) * self.amplitude)

    def delayed(self, delay: Any) -> AiryKernel:
        return AiryKernel(self.scale, self.shift + _nonnegative("delay", delay), self.amplitude)


@dataclass(frozen=True)
class ExpressionTarget(Target):
    """Any elementary expression in `notation.t` that is provably real and square-integrable on ``t >= 0``.

    Parameters
    ----------
    kernel : sympy.Expr
        In the single symbol `notation.t`, with exact coefficients. Text goes through `parsing.parse_target`.

    Raises
    ------
    ValueError
        If `theory.growth.envelopes` cannot show the kernel to be real, finite and square-integrable; the message says
        why.
    """

    kernel: sp.Expr

    def __post_init__(self) -> None:
        if not isinstance(self.kernel, sp.Expr):
            raise TypeError(f"`kernel` must be a SymPy expression in t; got {self.kernel!r}")
        if not self.kernel.free_symbols <= {t}:
            strange = ", ".join(sorted(map(str, self.kernel.free_symbols - {t})))
            raise ValueError(f"`kernel` must contain no symbol but notation.t; got {strange}")
        if self.kernel.has(sp.Float):
            raise ValueError(f"`kernel` must have exact coefficients; got {self.kernel}")
        admissible(self.kernel)

    @property
    def expression(self) -> sp.Expr:
        """The kernel."""
        return self.kernel

    def moment(self, k: int, w: sp.Expr) -> sp.Expr:
        return laplace_integral(self.kernel, k, w)

    def scaled(self, factor: Any) -> ExpressionTarget:
        return ExpressionTarget(exact_number("factor", factor) * self.kernel)


@dataclass(frozen=True)
class Delayed(Target):
    """A kernel on ``t >= 0`` a time `delay` later, zero before that: ``L_0`` gains the factor ``e^(-w delay)``."""

    base: Target
    delay: sp.Expr

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

    def parts(self) -> tuple[Target, ...]:
        return self.terms


def add(*targets: Target) -> Target:
    """Sum of kernels, flattened, with all exponential sums merged into one that comes first."""
    flat = [part for target in targets for part in target.parts()]
    sums = [part for part in flat if isinstance(part, ExponentialSum)]
    rest = tuple(part for part in flat if not isinstance(part, ExponentialSum))
    if not sums:
        return rest[0] if len(rest) == 1 else TargetSum(rest)
    short = reduce(lambda p, q: ExponentialSum(p.a + q.a, p.w + q.w), sums)
    return TargetSum((short, *rest)) if rest else short


def laplace_integral(expression: sp.Expr, k: int, w: sp.Expr) -> sp.Integral:
    """``int_0^oo t^k e^(-w t) expression dt``, unevaluated: SymPy's own answers here are not to be trusted."""
    return sp.Integral(t**k * sp.exp(-w * t) * expression, (t, 0, sp.oo))


def inner_product(p: Target, q: Target) -> sp.Expr:
    """``int_0^oo p(t) q(t) dt``: in closed form where a rule below knows one, else an unevaluated integral."""
    pairs = [(x, y) for x in p.parts() for y in q.parts()]
    return sp.Add(*(_inner_product_of_parts(x, y) for x, y in pairs))


def _inner_product_of_parts(p: Target, q: Target) -> sp.Expr:
    for x, y in ((p, q), (q, p)):
        for kind_x, kind_y, rule in _INNER_PRODUCTS:
            if isinstance(x, kind_x) and isinstance(y, kind_y):
                value = rule(x, y)
                if value is not None:
                    return value
    return sp.Integral(p.expression * q.expression, (t, 0, sp.oo))


def _with_exponentials(p: ExponentialSum, q: Target) -> sp.Expr:
    return sp.Add(*(a * q.moment(0, w) for a, w in zip(p.a, p.w, strict=True)))


def _of_bumps(p: GaussianBump, q: GaussianBump) -> sp.Expr:
    return gaussian_inner_product((p.delay, p.width, p.amplitude), (q.delay, q.width, q.amplitude))


def _of_power_laws(p: PowerLaw, q: PowerLaw) -> sp.Expr:
    return p.amplitude * q.amplitude / (1 + p.omega + q.omega)


def _of_airy_kernels(p: AiryKernel, q: AiryKernel) -> sp.Expr | None:
    # Ai'' = x Ai makes Ai'(x) Ai(x+c) - Ai(x) Ai'(x+c) an antiderivative of -c Ai(x) Ai(x+c), and
    # x Ai^2 - Ai'^2 one of Ai^2; both vanish at infinity. Different scales have no such antiderivative.
    if p.scale != q.scale:
        return None
    x, c = -p.scale * p.shift, p.scale * (p.shift - q.shift)
    ai, ai_prime = sp.airyai(x), sp.airyaiprime(x)
    if c == 0:
        value = ai_prime**2 - x * ai**2
    else:
        value = (ai_prime * sp.airyai(x + c) - ai * sp.airyaiprime(x + c)) / c
    return p.amplitude * q.amplitude * value / p.scale


def _of_delayed(p: Delayed, q: Delayed) -> sp.Expr:
    # Only what happens after the later start counts; seen from there, the earlier kernel has moved on.
    if p.delay > q.delay:
        p, q = q, p
    lag = q.delay - p.delay
    if lag == 0:
        return inner_product(p.base, q.base)
    return _overlap(p.base, q.base, lag)


def _delayed_with_other(p: Delayed, q: Target) -> sp.Expr:
    return _overlap(q, p.base, p.delay)


def _overlap(early: Target, late: Target, lag: sp.Expr) -> sp.Expr:
    """``int_0^oo early(t + lag) late(t) dt``; an early exponential sum stays one when it moves on."""
    if isinstance(early, ExponentialSum):
        moved = ExponentialSum([a * sp.exp(-w * lag) for a, w in zip(early.a, early.w, strict=True)], early.w)
        return inner_product(moved, late)
    return sp.Integral(early.expression.subs(t, t + lag) * late.expression, (t, 0, sp.oo))


_Rule = Callable[[Any, Any], sp.Expr | None]
#: Tried in this order, on both orders of the pair.
_INNER_PRODUCTS: tuple[tuple[type, type, _Rule], ...] = (
    (ExponentialSum, Target, _with_exponentials),
    (Delayed, Delayed, _of_delayed),
    (Delayed, Target, _delayed_with_other),
    (GaussianBump, GaussianBump, _of_bumps),
    (PowerLaw, PowerLaw, _of_power_laws),
    (AiryKernel, AiryKernel, _of_airy_kernels),
)
