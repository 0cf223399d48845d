r"""What the far part is worth to two units, for several short terms and for other templates than the Gaussian.

**Several short terms.** Let the units of one group stand at w and single units at the other rates :math:`w_j`. All
their amplitudes and rates relax at once, so that what counts is what is left off the span of :math:`e^{-wt}, t
e^{-wt}, e^{-w_j t}, t e^{-w_j t}`: by its Laplace transform, the functions :math:`B h` with h in the Hardy space of
the right half-plane and

.. math:: B(z) = \Bigl(\frac{z - w}{z + w}\Bigr)^2 \prod_j \Bigl(\frac{z - w_j}{z + w_j}\Bigr)^2, \qquad
          \beta^2 = \prod_j \Bigl(\frac{w - w_j}{w + w_j}\Bigr)^2 .

:math:`t^2 e^{-wt}` and :math:`t^3 e^{-wt}` add to it the functions :math:`\frac{\beta^2}{2 w^2} e_2` and
:math:`-\frac{3 \beta^2}{4 w^3} e_3`, orthogonal, of the squared norm 1/(2w), with the transforms

.. math:: \hat e_n(z) = \frac{(z - w)^n}{(z + w)^{n+1}} \prod_j \Bigl(\frac{z - w_j}{z + w_j}\Bigr)^2 ;

without others these are the Laguerre functions of `slow_manifold`. So with :math:`D_n = \int e_n b` everything there
holds with :math:`\mu_2 = 8 w^3 D_2/\beta^2` and :math:`E_3 = -\beta^2 D_3 \mu_3/(4 w^3)`:

.. math:: \tau = \beta\, \frac{16 w^3 a^{5/2}}{-D_3 (8 w^3 D_2)^{3/2}} \int_0^{P_0} (p (1-p))^{3/2} dp .

**What the delay makes of it.** For a template with a transform :math:`R(z) = \int \rho_0(s) e^{-zs} ds` (over the
line), every pole :math:`-v` of :math:`\hat e_n` gives :math:`e^{-vT}`, and the power of T is the order of the pole
less one:

- *the group at the slowest rate*, :math:`w < w_j`, order n + 1: :math:`D_n \approx L_n(2wT)\, e^{-wT} R(w)/\beta^2`,
  hence :math:`\tau = \beta^6 \cdot \tau` **without the other terms**: the power 6 and the exponent 5w/2 stay, and
  terms near w shorten the plateau;
- *the group at a rate w that is not the slowest*, v: order 2 for all n, so :math:`D_2 \approx \frac{4 v^2 (w +
  v)^2}{(w - v)^3}\, \gamma^2\, T e^{-vT} R(v)` and :math:`D_3/D_2 \to -(w + v)/(w - v)`, where :math:`\gamma^2` is
  the product of :math:`((v + w_j)/(v - w_j))^2` over the other terms: **the power is 5/2 and the exponent 5v/2**, v
  the slowest rate, whatever the rate of the group.

**Templates** (no other terms). :math:`\tau \sim D^{-5/2}`, whatever D is:

- *light tails*, R(w) finite, above all sub-Gaussian ones: the law of the Gaussian with :math:`C = R(w)`. That is what
  replaces :math:`c_0 \sigma \sqrt{2\pi}\, e^{w^2\sigma^2/2}`: the box :math:`2 \sinh(w h)/w`, the double exponential
  :math:`2 r/(r^2 - w^2)`, r > w; a kernel that begins at the delay, :math:`e^{-r(t - T)}`, :math:`1/(r + w)`. **The
  sign of R(w) decides, not that of the template or of its integral**: R(w) < 0 parts no amplitudes of one sign;
- *a tail* :math:`e^{rs}` *before the delay, r < w*: :math:`D_n \to (-1)^n \frac{(w + r)^n}{(w - r)^{n+1}} e^{-rT}`:
  no power of the delay, **exponent 5r/2**, r the rate at which the tail falls;
- *a tail of a power*, :math:`\rho_0(s) \approx c |s|^{-k}`: :math:`D_n \to (-1)^n c/(w T^k)`, **no exponential at
  all**: :math:`\tau \sim T^{5k/2}`. That is where (81) is needed."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from memcurse.theory.exact import exact_number, exact_positive
from memcurse.theory.notation import t
from memcurse.theory.targets.target import ExponentialSum, Target

from .delayed_part import BoxTemplate, DoubleExponentialTemplate
from .slow_manifold import drift_time

_Z = sp.Symbol("z")


def share_off(w: sp.Expr, others: Sequence[sp.Expr]) -> sp.Expr:
    """``beta``, positive."""
    return sp.Mul(*(sp.Abs((w - v) / (w + v)) for v in others))


def transform(n: int, w: sp.Expr, others: Sequence[sp.Expr], z: sp.Expr) -> sp.Expr:
    """The Laplace transform of ``e_n`` at z."""
    blaschke = sp.Mul(*(((z - v) / (z + v)) ** 2 for v in others))
    return (z - w) ** n / (z + w) ** (n + 1) * blaschke


def pole_coefficients(n: int, w: sp.Expr, others: Sequence[sp.Expr], pole: sp.Expr) -> list[sp.Expr]:
    r"""``c_k`` with ``e_n = sum_k c_k t^k e^(-pole t)`` and what other poles give; `pole` is w or one of the others."""
    return list(_coefficients(n, w, tuple(others), pole))


@functools.lru_cache(maxsize=256)
def _coefficients(n: int, w: sp.Expr, others: tuple[sp.Expr, ...], pole: sp.Expr) -> tuple[sp.Expr, ...]:
    # Ladders of delays ask for the same ones at every delay.
    order = n + 1 if pole == w else 2
    blaschke = sp.Mul(*(((_Z - v) / (1 if v == pole else _Z + v)) ** 2 for v in others))
    regular = (_Z - w) ** n / (1 if pole == w else (_Z + w) ** (n + 1)) * blaschke
    return tuple(
        sp.diff(regular, _Z, order - 1 - k).subs(_Z, -pole) / sp.factorial(order - 1 - k) / sp.factorial(k)
        for k in range(order)
    )


def overlap_off(n: int, w: sp.Expr, others: Sequence[sp.Expr], far: Target) -> sp.Expr:
    """``D_n`` for a group at w beside single units at the rates `others`, which differ from w and from each other."""
    return sp.Add(
        *(
            c * far.moment(k, pole)
            for pole in (w, *others)
            for k, c in enumerate(pole_coefficients(n, w, others, pole))
        )
    )


def drift_time_off(
    a: sp.Expr, w: sp.Expr, integral: sp.Expr, d2: sp.Expr, d3: sp.Expr, beta: sp.Expr
) -> sp.Expr:
    """The time of the drift beside other terms; for a negative far part hand in ``-d2, -d3``."""
    return beta * drift_time(a, w, integral, d2, d3)


@dataclass(frozen=True, init=False)
class DelayedTemplate(Target):
    """A nonnegative template on the line, moved to a delay, times a factor: its moments are those of `delayed_part`."""

    template: BoxTemplate | DoubleExponentialTemplate
    delay: sp.Expr
    factor: sp.Expr

    def __init__(
        self, template: BoxTemplate | DoubleExponentialTemplate, delay: Any, factor: Any = 1
    ) -> None:
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "delay", exact_positive("delay", delay))
        object.__setattr__(self, "factor", exact_number("factor", factor))

    @property
    def expression(self) -> sp.Expr:
        """The template at ``t - delay``."""
        if not isinstance(self.template, BoxTemplate):
            return self.factor * sp.exp(-self.template.rate * sp.Abs(t - self.delay))
        first, last = (
            sp.Piecewise((sp.S.One, t >= self.delay + side * self.template.half_width), (sp.S.Zero, True))
            for side in (-1, 1)
        )
        return self.factor * self.template.height * (first - last)

    def moment(self, k: int, w: sp.Expr) -> sp.Expr:
        """``L_k(w)``."""
        return self.factor * self.template.delta(k, w, self.delay)

    def squared_norm(self) -> sp.Expr:
        """On ``t >= 0``."""
        return self.factor**2 * self.template.squared_norm(self.delay)

    def scaled(self, factor: Any) -> DelayedTemplate:
        """The kernel times an exact number."""
        return DelayedTemplate(self.template, self.delay, self.factor * exact_number("factor", factor))

    def product_with(self, other: Target) -> sp.Expr | None:
        """With exponentials, and with the same template at the same delay."""
        if isinstance(other, ExponentialSum):
            return sp.Add(*(a * self.moment(0, w) for a, w in zip(other.a, other.w, strict=True)))
        if isinstance(other, DelayedTemplate) and (other.template, other.delay) == (
            self.template,
            self.delay,
        ):
            return self.factor * other.factor * self.template.squared_norm(self.delay)
        return None
