r"""The delayed part of a target, and explicit constants for what it does to loss, gradient and Hessian.

With a template :math:`\rho_0` and the delay :math:`T = 1/\omega`, everything follows from the moments (lemma C.1)

.. math:: \Delta_n(w) = \int_0^\infty t^n e^{-wt} |\rho_0(t - T)|\,dt .

**The bound.** Let :math:`|\rho_0(s)| \le c_0 e^{-c_1 s^2}` for all s (if (81) holds for :math:`|s| \ge t_0` only and
:math:`|\rho_0| \le M`, the larger constant :math:`c_0 + M e^{c_1 t_0^2}` will do). Substitute :math:`t = T + s`, use
:math:`0 \le T + s \le T (1 + |s|)` for :math:`T \ge 1`, complete the square with :math:`b = w/(2 c_1)` and
:math:`u = s + b`, and use :math:`|s| \le |u| + b`:

.. math:: \Delta_n(w) \le T^n e^{-wT} c_0 e^{w^2/(4 c_1)} \int (1 + b + |u|)^n e^{-c_1 u^2} du
          = C(n, c_0, c_1, w)\, T^n e^{-wT},

and the binomial theorem with :math:`\int |u|^k e^{-c_1 u^2} du = \Gamma(\tfrac{k+1}{2})\, c_1^{-(k+1)/2}` gives C.

**Where the model equals the short part** the residual is :math:`-\rho_0(t - T)`, so the entries of the gradient are at
most :math:`2\Delta_0(w_k)` and :math:`2|a_k|\Delta_1(w_k)`, and the Hessian differs from that of the short part only by
:math:`\pm 2\Delta_1(w_k)` at ``(a_k, w_k)`` and by :math:`2|a_k|\Delta_2(w_k)` at ``(w_k, w_k)`` at most.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import (
    GaussianBump,
    gaussian_inner_product,
    gaussian_moment,
    laplace_integral,
)
from memcurse.theory.targets.target import ExponentialSum, Target


def exponential_antiderivative(n: int, rate: sp.Expr, x: sp.Expr) -> sp.Expr:
    """``F_n(x)`` with ``-F_n' = x^n e^(-rate x)``; for a positive rate the integral from x to infinity."""
    terms = (sp.factorial(n) / sp.factorial(k) * x**k / rate ** (n - k + 1) for k in range(n + 1))
    return sp.exp(-rate * x) * sp.Add(*terms)


def example_target(delay: Any, *, a: Any = 1, w: Any = 1, amplitude: Any = 1, width: Any = 1) -> Target:
    """The paper's example, eq. (125): ``a e^{-w t}`` and a Gaussian bump of this amplitude and width at `delay`."""
    return ExponentialSum([a], [w]) + GaussianBump(delay, width, amplitude)


class Template(ABC):
    """A template ``rho_0`` on the whole line: bounded, square-integrable, not 0, and -> 0 at -infinity."""

    name: str

    @property
    @abstractmethod
    def envelope(self) -> tuple[sp.Expr, sp.Expr]:
        """``(c_0, c_1)`` with ``|rho_0(s)| <= c_0 exp(-c_1 s^2)``; of a template that has none, what it would be."""

    @abstractmethod
    def delta(self, n: int, w: sp.Expr, delay: sp.Expr) -> sp.Expr:
        """``Delta_n(w)``, exact."""

    @abstractmethod
    def squared_norm(self, delay: sp.Expr) -> sp.Expr:
        """The square of the norm of ``rho_0(t - delay)`` on ``t >= 0``."""


@dataclass(frozen=True)
class GaussianTemplate(Template):
    """``height * exp(-s^2/(2 width^2))``, the bump of eq. (125)."""

    width: sp.Expr = sp.S.One
    height: sp.Expr = sp.S.One
    name = "Gaussian"

    def expression(self, x: sp.Expr) -> sp.Expr:
        """The template at x."""
        return self.height * sp.exp(-(x**2) / (2 * self.width**2))

    @property
    def envelope(self) -> tuple[sp.Expr, sp.Expr]:
        return abs(self.height), 1 / (2 * self.width**2)

    def delta(self, n: int, w: sp.Expr, delay: sp.Expr) -> sp.Expr:
        return gaussian_moment(n, w, delay, self.width, abs(self.height))

    def squared_norm(self, delay: sp.Expr) -> sp.Expr:
        bump = (delay, self.width, self.height)
        return gaussian_inner_product(bump, bump)


@dataclass(frozen=True)
class BoxTemplate(Template):
    """`height` for ``|s| <= half_width``, else 0. For delays of at least `half_width`."""

    half_width: sp.Expr = sp.S.One
    height: sp.Expr = sp.S.One
    name = "box"

    @property
    def envelope(self) -> tuple[sp.Expr, sp.Expr]:
        # A kernel bounded by M that vanishes beyond h lies below M e^(c_1 h^2) e^(-c_1 s^2) for every c_1.
        return abs(self.height) * sp.E, 1 / self.half_width**2

    def delta(self, n: int, w: sp.Expr, delay: sp.Expr) -> sp.Expr:
        ends = (delay - self.half_width, delay + self.half_width)
        first, last = (exponential_antiderivative(n, w, end) for end in ends)
        return abs(self.height) * (first - last)

    def squared_norm(self, delay: sp.Expr) -> sp.Expr:
        return 2 * self.half_width * self.height**2


@dataclass(frozen=True)
class DoubleExponentialTemplate(Template):
    """``exp(-rate |s|)``: light tails that are not sub-Gaussian. For rates `w` other than its own."""

    rate: sp.Expr = sp.S.One
    name = "double exponential"

    @property
    def envelope(self) -> tuple[sp.Expr, sp.Expr]:
        return sp.S.One, self.rate**2 / 2

    def delta(self, n: int, w: sp.Expr, delay: sp.Expr) -> sp.Expr:
        rising = [exponential_antiderivative(n, w - self.rate, x) for x in (sp.S.Zero, delay)]
        falling = exponential_antiderivative(n, w + self.rate, delay)
        early = sp.exp(-self.rate * delay) * (rising[0] - rising[1])
        return early + sp.exp(self.rate * delay) * falling

    def squared_norm(self, delay: sp.Expr) -> sp.Expr:
        return (1 - sp.exp(-2 * self.rate * delay) / 2) / self.rate


@dataclass(frozen=True)
class FatTailTemplate(Template):
    """``1/(1 + s^2)``: satisfies the assumptions of section C.2 but not (81). For numbers as delays."""

    name = "fat tail"

    @property
    def envelope(self) -> tuple[sp.Expr, sp.Expr]:
        return sp.S.One, sp.Rational(1, 2)

    def expression(self, x: sp.Expr) -> sp.Expr:
        """The template at x."""
        return 1 / (1 + x**2)

    def delta(self, n: int, w: sp.Expr, delay: sp.Expr) -> sp.Expr:

        return laplace_integral(self.expression(t - delay), n, w)

    def squared_norm(self, delay: sp.Expr) -> sp.Expr:

        return sp.Integral(self.expression(t - delay) ** 2, (t, 0, sp.oo))


def tail_moment(k: int, c1: sp.Expr) -> sp.Expr:
    """``int |u|^k exp(-c_1 u^2) du`` over the line."""
    half = sp.Rational(k + 1, 2)
    return sp.gamma(half) / c1**half


def delta_constant(n: int, c0: sp.Expr, c1: sp.Expr, w: sp.Expr) -> sp.Expr:
    """``C`` with ``Delta_n(w) <= C T^n e^(-wT)`` for all delays ``T >= 1``, see above."""
    b = w / (2 * c1)
    terms = (sp.binomial(n, k) * (1 + b) ** (n - k) * tail_moment(k, c1) for k in range(n + 1))
    return c0 * sp.exp(w**2 / (4 * c1)) * sp.Add(*terms)


def delta_floor(n: int, template: GaussianTemplate, w: sp.Expr) -> sp.Expr:
    """``c`` with ``Delta_n(w) >= c T^n e^(-wT)`` for all T >= 0: the part ``0 <= s <= 1``, where t >= T."""
    height, c1 = template.envelope
    return height * sp.exp(-w - c1)


def gradient_constant(
    a: Sequence[sp.Expr], w: Sequence[sp.Expr], envelope: tuple[sp.Expr, sp.Expr]
) -> sp.Expr:
    """``C`` with ``|grad J| <= C T e^(-cT)``, c the smallest rate, where the model equals the short part; T >= 1."""
    c0, c1 = envelope
    terms = (
        delta_constant(0, c0, c1, wk) + abs(ak) * delta_constant(1, c0, c1, wk)
        for ak, wk in zip(a, w, strict=True)
    )
    return 2 * sp.Add(*terms)


def hessian_constants(
    a: Sequence[sp.Expr], w: Sequence[sp.Expr], envelope: tuple[sp.Expr, sp.Expr]
) -> list[sp.Expr]:
    """Row by row (Gershgorin) ``C_k`` with ``|E| <= max_k C_k T^2 e^(-cT)``, E the delayed part of the Hessian."""
    c0, c1 = envelope
    return [
        2 * delta_constant(1, c0, c1, wk) + 2 * abs(ak) * delta_constant(2, c0, c1, wk)
        for ak, wk in zip(a, w, strict=True)
    ]


def gram(a: Sequence[sp.Expr], w: Sequence[sp.Expr]) -> sp.Matrix:
    """Gram matrix of the model's derivatives ``e^(-w_k t)`` and ``-a_k t e^(-w_k t)``, order 2m."""
    m = len(a)
    factors = [(sp.S.One, 0, wk) for wk in w] + [(-ak, 1, wk) for ak, wk in zip(a, w, strict=True)]

    def entry(i: int, j: int) -> sp.Expr:
        (c, n, x), (d, k, y) = factors[i], factors[j]
        return c * d * sp.factorial(n + k) / (x + y) ** (n + k + 1)

    return sp.Matrix(2 * m, 2 * m, entry)
