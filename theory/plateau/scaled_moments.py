r"""Moments of the delayed part over what they grow and fall like, :math:`\Delta_n(w)\, e^{wT}/T^n`: they have limits.

For the Gaussian of width :math:`\sigma` and height :math:`c_0`, with :math:`E = c_0\sigma\sqrt{\pi/2}\,e^{w^2
\sigma^2/2}` taken out as well,

.. math:: m_0 = \mathrm{erfc}\frac{w\sigma^2 - T}{\sigma\sqrt2}, \quad
          m_1 = \Bigl(1 - \frac{w\sigma^2}{T}\Bigr) m_0 + \frac{\sigma}{T} \sqrt{\frac2\pi}\, e^{-(T - w\sigma^2)^2/(2
          \sigma^2)}, \quad
          m_{k+1} = \Bigl(1 - \frac{w\sigma^2}{T}\Bigr) m_k + \frac{k \sigma^2}{T^2} m_{k-1} .

In this form lemma C.1 is :math:`m_n \le C/E`, an inequality between bounded functions of w, :math:`\sigma` and T in
[1, oo], which intervals decide on the whole of it.
"""

from __future__ import annotations

import sympy as sp

from .delayed_part import delta_constant


def gaussian_scale(w: sp.Expr, width: sp.Expr, height: sp.Expr = sp.S.One) -> sp.Expr:
    """``E``: half of what ``Delta_0(w) e^(wT)`` tends to."""
    return height * width * sp.sqrt(sp.pi / 2) * sp.exp(w**2 * width**2 / 2)


def gaussian_scaled_moment(n: int, w: sp.Expr, delay: sp.Expr, width: sp.Expr) -> sp.Expr:
    """``m_n = Delta_n(w) e^(wT)/(T^n E)`` of the Gaussian."""
    centre = 1 - w * width**2 / delay
    first = sp.erfc((w * width**2 - delay) / (width * sp.sqrt(2)))
    edge = width * sp.sqrt(2 / sp.pi) * sp.exp(-(((delay - w * width**2) / width) ** 2) / 2) / delay
    moments = [first, centre * first + edge]
    for k in range(1, n):
        moments.append(centre * moments[k] + k * width**2 * moments[k - 1] / delay**2)
    return moments[n]


def gaussian_scaled_constant(n: int, w: sp.Expr, width: sp.Expr) -> sp.Expr:
    """``C/E``, a polynomial in w."""
    b = w * width**2
    terms = (
        sp.binomial(n, k) * (1 + b) ** (n - k) * sp.gamma(sp.Rational(k + 1, 2)) * (sp.sqrt(2) * width) ** k
        for k in range(n + 1)
    )
    return 2 / sp.sqrt(sp.pi) * sp.Add(*terms)


def gaussian_scaled_floor(w: sp.Expr, width: sp.Expr) -> sp.Expr:
    """``c/E`` of `delayed_part.delta_floor`, a square completed."""
    return sp.sqrt(2 / sp.pi) / width * sp.exp(-((w * width + 1 / width) ** 2) / 2)


def gaussian_late_share(w: sp.Expr, width: sp.Expr) -> sp.Expr:
    """``e^(wT) int_T^oo e^(-wt) |rho_0(t - T)| dt/E``, whatever the delay: at most m_n for every n, as t >= T there."""
    return sp.erfc(w * width / sp.sqrt(2))


def box_scaled_moment(n: int, w: sp.Expr, delay: sp.Expr, half_width: sp.Expr) -> sp.Expr:
    """``Delta_n(w) e^(wT)/T^n`` of the box of height 1."""
    first, last = (
        sp.Add(
            *(
                sp.factorial(n)
                / sp.factorial(k)
                * (1 + x / delay) ** k
                / (w ** (n - k + 1) * delay ** (n - k))
                for k in range(n + 1)
            )
        )
        * sp.exp(-w * x)
        for x in (-half_width, half_width)
    )
    return first - last


def box_scaled_constant(n: int, w: sp.Expr, half_width: sp.Expr) -> sp.Expr:
    """C of the box of height 1."""
    return delta_constant(n, sp.E, 1 / half_width**2, w)
