r"""How long gradient flow stays where one unit starts slow: a unit of rate v below the short part's, silent at first.

The target is :math:`a e^{-wt} + b(t)` with a far part b, the start :math:`a e^{-wt} + 0 \cdot e^{-vt}`, v < w. The
amplitudes and the first rate relax at rates of order one. What they leave of the loss is a function of v alone: with Q
the projection off :math:`\langle e^{-wt}, t e^{-wt}\rangle` and
:math:`g(v) = |Q e^{-vt}|^2 = f(v)^2/(2v)`, :math:`f = ((w - v)/(w + v))^2` (`natural_gradient.gram_off`),

.. math:: J(v) = |Qb|^2 - E(v), \qquad
          -E(v) = \min_x \bigl(x^2 g - 2 x \langle Qb, e^{-vt}\rangle\bigr)
                = -\frac{\langle Qb, e^{-vt}\rangle^2}{g(v)} .

The rate follows :math:`\dot v = E'(v)` (the amplitude that goes with it is as small as :math:`e^{-vT}`, so that the
length along the valley is that of v), so the time is the quadrature :math:`\int dv/|E'|`. For a bump at T the other
units see :math:`e^{-wT}`, this one :math:`\langle Qb, e^{-vt}\rangle \approx C e^{-vT}` with
:math:`C = \int b(T + s) e^{-vs} ds`; hence :math:`E \approx C^2 e^{-2vT}/g`, :math:`-E' \approx 2T E`, and

.. math:: \tau \approx \frac{g(v)\, e^{2vT}}{4 T^2 C^2} = \Bigl(\frac{w - v}{w + v}\Bigr)^4 \frac{e^{2vT}}{8 v T^2 C^2}.

**The slowest rate decides**, twice: once in what the unit can gain, once in how steeply. With :math:`v = c/T` nothing
is exponential in T: the amplitude alone gains :math:`2 v \langle b, e^{-vt}\rangle^2` or more at the rate 1/v.

Identities: the gain, the leading orders. Expansion, and measured: that the fast variables follow.
"""

from __future__ import annotations

import sympy as sp

from .natural_gradient import gram_off


def gain(v: sp.Expr, w: sp.Expr, moment: sp.Expr) -> sp.Expr:
    """``E(v)``: what a unit of rate v takes off the loss; `moment` is ``<Q b, e^{-vt}>``."""
    return moment**2 / gram_off(v, v, w)


def leading_time(delay: sp.Expr, v: sp.Expr, w: sp.Expr, C: sp.Expr) -> sp.Expr:
    """The time for large delays; `C` is the bump's moment times ``e^{vT}``."""
    return ((w - v) / (w + v)) ** 4 * sp.exp(2 * v * delay) / (8 * v * delay**2 * C**2)
