r"""How the natural gradient flow leaves the plateau of two exponentials: the reduced flow, solved by two quadratures.

The flow is :math:`\theta' = -G^{-1}\nabla J/2`, G the Gram matrix of the derivatives of :math:`\hat\rho`. With the
linear map D that takes :math:`\dot\theta` to :math:`\dot{\hat\rho}` it reads

.. math:: \hat\rho' = -P (\hat\rho - \rho), \qquad P = D (D^* D)^{-1} D^*,

the orthogonal projection on the tangent space :math:`V = \langle e^{-w_i t}, t e^{-w_i t}\rangle`. It is the same in
all coordinates. As :math:`\hat\rho` itself lies in V, :math:`\hat\rho' = -\hat\rho + P\rho`: **the function space
relaxes at rate 1**, whatever the delay. The target is :math:`a e^{-wt} + b(t)` with a far part b.

1. Without b all moments :math:`\sum_i a_i (w - w_i)^k - a 0^k` fall as :math:`e^{-\tau}`, to leading order in the
   split. What is left is one unit at w (its distance from w falls as :math:`e^{-\tau}`, hence its square faster) and
   one of the amplitude :math:`\epsilon \to 0` at the rate :math:`v = w - \delta`, where

   .. math:: \epsilon\,\delta^2 e^{\tau} \to M \approx \sum_i a_i (w_i - w)^2, \qquad
             \delta \to \delta_0 \approx \frac{\sum_i a_i (w - w_i)^3}{\sum_i a_i (w - w_i)^2} .

2. Put the first unit at w. Let Q project off :math:`e^{-wt}, t e^{-wt}` and :math:`f(v) = ((w - v)/(w + v))^2`, so that
   :math:`\langle Q e^{-vt}, Q e^{-ut}\rangle = f(v) f(u)/(v + u)`. With :math:`k(v) = \langle Q b, e^{-vt}\rangle/f(v)`
   the flow is (`velocities`)

   .. math:: v' = \frac{4 v^2 (k + 2 v k')}{\epsilon f}, \qquad
             (\ln \epsilon f e^{\tau})' = \frac{k + v k'}{v (k + 2 v k')}\, v' .

   So :math:`\epsilon f e^\tau = N_0 e^{y}` with :math:`y(v) = \int_{v_0}^v (k + v k')/(v (k + 2 v k'))\,dv`, and

   .. math:: e^{\tau} - 1 = N_0 \int_v^{v_0} \frac{e^{y}\,dv}{-4 v^2 (k + 2 v k')}, \qquad
             N_0 = \frac{M f(v_0)}{\delta_0^2}:

   nothing is expanded in the delay here. The integral converges as v falls: **the rate runs away in finite time**.
3. For a bump at T, with :math:`C = \int b(T + s) e^{-ws} ds`, :math:`x = \delta T` and :math:`T \to \infty`,
   :math:`k \approx 4 w^2 C e^{-wT} T^2 (e^x - 1 - x)/x^2`, and :math:`-(k + 2 v k') \approx 8 w^3 C T^3 e^{-wT} E(x)`
   where :math:`E(x) = ((x - 2) e^x + x + 2)/x^3` is the divided difference of exp at 0, 0, x, x: positive, 1/6 at 0. As
   y is of order 1/T,

   .. math:: \frac{dx}{d\tau} = \kappa e^{\tau} E(x), \quad \kappa = \frac{128 w^7 C T^4 e^{-wT}}{M}, \qquad
      e^{\tau_*} - 1 = \frac{M e^{wT}}{128 w^7 C T^4} \int_{\delta_0 T}^\infty \frac{dx}{E(x)} .

Hence :math:`\tau_* = wT - 4 \ln T + \ln M + \ln I(\delta_0 T) + c`: linear in the delay, with :math:`2 \ln s` from the
split in M. The amplitude dies as :math:`e^{-\tau}` until the pull of the bump on the rate, divided by that amplitude,
is of order one: that takes as long as the bump is deep in the tail, :math:`e^{-wT}`, and no longer.

**What is proved, what is not.** The equations of the function space, the reduced flow, its solution and the constants
are identities; I is enclosed. That the full flow comes down to the reduced one, step 1, is an expansion in the split
and measured, not proved.

With m units there are m - 1 small ones, whose moments of degree 2 to 2m - 2 fall as :math:`e^{-\tau}` while the force
turns the one of degree 2m - 1: :math:`\tau_* = wT - 2m \ln T + O(1)` (heuristic, `numerics.plateau.natural_escape`).
"""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp


class Reduced(NamedTuple):
    """Velocities of the small unit: of its amplitude, less ``-amplitude``, and of its split ``w - v``, times it."""

    amplitude: sp.Expr
    split: sp.Expr


def share_off(v: sp.Expr, w: sp.Expr) -> sp.Expr:
    """``f(v)``: ``e^{-vt}`` off the span of ``e^{-wt}, t e^{-wt}`` has the transform ``f(v) f(z)/(v + z)``."""
    return ((w - v) / (w + v)) ** 2


def gram_off(v: sp.Expr, u: sp.Expr, w: sp.Expr) -> sp.Expr:
    """Inner product of ``e^{-vt}`` and ``e^{-ut}``, both off that span."""
    return share_off(v, w) * share_off(u, w) / (v + u)


def moment_off(v: sp.Expr, w: sp.Expr, zeroth: sp.Expr, at_w: tuple[sp.Expr, sp.Expr]) -> sp.Expr:
    """``<Q b, e^{-vt}>`` from the moments ``L_0(v)`` and ``(L_0(w), L_1(w))`` of b."""
    double = 8 * w**3 * at_w[1] - 4 * w**2 * at_w[0]
    single = 2 * w * at_w[0] - double / (2 * w)
    return zeroth - single / (v + w) - double / (v + w) ** 2


def velocities(v: sp.Expr, w: sp.Expr, k: sp.Expr, slope: sp.Expr) -> Reduced:
    """The projection of b in the basis ``Q e^{-vt}, Q t e^{-vt}``, from ``k(v)`` and its derivative."""
    f = share_off(v, w)
    split = -4 * v**2 * (k + 2 * v * slope) / f
    return Reduced(4 * v * (k + v * slope) / f - 4 * w / (w**2 - v**2) * split, split)


def divided_exponential(x: sp.Expr) -> sp.Expr:
    """``E(x)``, the divided difference of exp at 0, 0, x, x; not for x = 0."""
    return ((x - 2) * sp.exp(x) + x + 2) / x**3


def pull(delay: sp.Expr, w: sp.Expr, C: sp.Expr, mass: sp.Expr) -> sp.Expr:
    """``kappa``: the velocity of ``x`` is ``kappa e^tau E(x)``; `C` is the bump's moment times ``e^{wT}``."""
    return 128 * w**7 * C * delay**4 * sp.exp(-w * delay) / mass


def first_moments(a: list[sp.Expr], split: list[sp.Expr]) -> tuple[sp.Expr, sp.Expr]:
    """``(M, delta_0)`` of a start to leading order, from amplitudes and splits ``w - w_i``."""
    second, third = (sp.Add(*(x * d**k for x, d in zip(a, split, strict=True))) for k in (2, 3))
    return second, third / second
