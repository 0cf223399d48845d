r"""Two exponentials near the manifold on which they are one: what is left of the flow, and the time that it takes.

The target is :math:`a e^{-wt} + b(t)` with a far part b, and the start is :math:`a_1 + a_2 = a`, :math:`w_1 = w_2 = w`.
Write :math:`w_i = w + d_i` and :math:`\mu_k = \sum_i a_i d_i^k`. The model is
:math:`e^{-wt} \sum_k \mu_k (-t)^k/k!`, so the loss is quadratic in the :math:`\mu_k`. With the orthonormal functions
:math:`\sqrt{2w}\, e^{-wt} L_n(2wt)` (Laguerre) and :math:`D_n = \int_0^\infty e^{-wt} L_n(2wt)\, b(t)\, dt`:

1. :math:`\mu_0, \mu_1` relax at rates of order one to what minimises the loss for the others. What
   :math:`t^2 e^{-wt}` adds to the span of :math:`e^{-wt}, t e^{-wt}` is :math:`e^{-wt} L_2(2wt)/(2w^2)`, so that

   .. math:: E = \frac{\mu_2^2}{32 w^5} - \frac{\mu_2 D_2}{2 w^2} + \dots
      \quad\text{is least at}\quad \mu_2 = 8 w^3 D_2 .

   The split :math:`s = w_2 - w_1` grows and stops there: with :math:`\mu_1 = 0`,
   :math:`\mu_2 = a_1 a_2 s^2/a`, hence :math:`s \sim T e^{-wT/2}`. The value of E there, :math:`-2w D_2^2`, does not
   depend on the amplitudes: nothing yet moves along the manifold.
2. What :math:`t^3 e^{-wt}` adds is :math:`-\tfrac{3}{4w^3} e^{-wt} L_3(2wt)`, which gives the first term that does:

   .. math:: E_3 = -\frac{D_3}{4 w^3} \mu_3, \qquad
      \mu_3 = \frac{\mu_2^{3/2}}{\sqrt a} \frac{2p - 1}{\sqrt{p(1-p)}}, \qquad p = a_1/a,

   of order :math:`T^3 e^{-wT} (T^2 e^{-wT})^{3/2} = T^6 e^{-5wT/2}`. Here index 1 is the slower exponential: the
   first step, :math:`\dot w_k \propto -a_k`, makes that the one with the larger amplitude.
3. Along the manifold :math:`|d\theta|^2 = 2 a^2 dp^2`, so :math:`2 a^2 \dot p = -E_3'(p)`. The share p of the slower
   exponential falls from :math:`p_0` to 0 in a finite time, and as it falls the split :math:`s \sim p^{-1/2}` grows
   until the slow exponential reaches the bump:

   .. math:: \tau = \frac{16 w^3 a^{5/2}}{-D_3 (8 w^3 D_2)^{3/2}} \int_0^{p_0} (p(1-p))^{3/2} dp .

For a bump of height c and width sigma at T, :math:`D_n \approx C L_n(2wT) e^{-wT}` with
:math:`C = c \sigma \sqrt{2\pi}\, e^{w^2\sigma^2/2}`, hence :math:`D_2 \approx 2 w^2 T^2 C e^{-wT}`,
:math:`D_3 \approx -\tfrac43 w^3 T^3 C e^{-wT}` and, with :math:`\omega = 1/T`,

.. math:: \tau \approx \frac{3}{16} \frac{a^{5/2} \mathrm B(p_0; \tfrac52, \tfrac52)}{C^{5/2} w^{15/2}}\,
          \omega^6 e^{5w/(2\omega)} .

What is neglected is of relative order :math:`d_i T \sim T^2 e^{-wT/2}`. The start enters through :math:`p_0` alone.
More units, both signs and other starts are in `split_clusters`, several short terms and other templates in
`far_overlaps`.
A start with :math:`p_0 = 1/2` never splits, and amplitudes of opposite signs leave :math:`\mu_2` on the wrong side.
"""

from __future__ import annotations

import sympy as sp

from memcurse.theory.targets.target import Target


def overlap(n: int, w: sp.Expr, far: Target) -> sp.Expr:
    """``D_n``, the integral of ``e^(-wt) L_n(2wt)`` times the far part of the target."""
    x = sp.Symbol("x")
    coefficients = sp.Poly(sp.laguerre(n, x), x).all_coeffs()[::-1]
    return sp.Add(*(c * (2 * w) ** k * far.moment(k, w) for k, c in enumerate(coefficients)))


def saturated_moment(w: sp.Expr, d2: sp.Expr) -> sp.Expr:
    """``mu_2`` at which the split stops growing."""
    return 8 * w**3 * d2


def drift_energy(p: sp.Expr, a: sp.Expr, w: sp.Expr, d2: sp.Expr, d3: sp.Expr) -> sp.Expr:
    """``E_3(p)``: the loss along the manifold, up to a constant."""
    mu3 = saturated_moment(w, d2) ** sp.Rational(3, 2) / sp.sqrt(a) * (2 * p - 1) / sp.sqrt(p * (1 - p))
    return -d3 * mu3 / (4 * w**3)


def drift_integral(share: sp.Expr) -> sp.Expr:
    """``int_0^share (p(1-p))^(3/2) dp``, an incomplete beta function, in elementary terms."""
    y = 1 - 2 * share
    root = sp.sqrt(1 - y**2)
    antiderivative = (y * root * (5 - 2 * y**2) + 3 * sp.asin(y)) / 8
    return (3 * sp.pi / 16 - antiderivative) / 16


def drift_time(a: sp.Expr, w: sp.Expr, integral: sp.Expr, d2: sp.Expr, d3: sp.Expr) -> sp.Expr:
    """Time in which the slower exponential loses its share of the amplitude; `integral` is `drift_integral` of it."""
    slope = -d3 * saturated_moment(w, d2) ** sp.Rational(3, 2)
    return 16 * w**3 * a ** sp.Rational(5, 2) * integral / slope


def bump_strength(w: sp.Expr, width: sp.Expr, height: sp.Expr) -> sp.Expr:
    """``C`` of the module's head."""
    return height * width * sp.sqrt(2 * sp.pi) * sp.exp(w**2 * width**2 / 2)


def escape_law(
    a: sp.Expr, w: sp.Expr, integral: sp.Expr, width: sp.Expr, height: sp.Expr, delay: sp.Expr
) -> sp.Expr:
    """Leading form of the escape time, ``constant * omega^6 exp(5 w/(2 omega))`` with ``omega = 1/delay``.

    `integral` is `drift_integral` of the share.
    """
    strength = bump_strength(w, width, height)
    constant = sp.Rational(3, 16) * (a / strength) ** sp.Rational(5, 2) / w ** sp.Rational(15, 2)
    return constant * integral * delay**-6 * sp.exp(sp.Rational(5, 2) * w * delay)


def split_shift(a: sp.Expr, share: sp.Expr, split: sp.Expr) -> sp.Expr:
    r"""What the share loses while the split grows from 0.

    With :math:`E_k = \partial E/\partial\mu_k` the flow is :math:`\dot a_i = -\sum_k E_k d_i^k`,
    :math:`\dot d_i = -a_i \sum_k k E_k d_i^{k-1}`. Holding :math:`\mu_0, \mu_1` fixed determines :math:`E_0, E_1`
    from :math:`E_2`, and what remains is :math:`dp/ds = -s (2p - 1)/(4 a^2 p (1-p))` for small s.
    """
    return -(split**2) * (2 * share - 1) / (8 * a**2 * share * (1 - share))
