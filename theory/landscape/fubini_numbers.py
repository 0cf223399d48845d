r"""How fast the Fubini numbers :math:`F(m) = \sum_l l!\,S(m, l)` grow: the steps, for every m >= 1.

**Generating function.** :math:`f_l = (e^x - 1)^l/l!` starts at 0 (at 1 for l = 0) and obeys :math:`f_l' = l f_l +
f_{l-1}`, the recurrence of the numbers S(m, l) in their exponential generating functions; with the geometric sum,
:math:`\sum_m F(m) x^m/m! = \sum_l (e^x - 1)^l = 1/(2 - e^x)` (`generating_function`).

**Poles.** With :math:`y = x - \ln 2` this is :math:`\tfrac14 - \tfrac14 \frac{1 + e^{-y}}{1 - e^{-y}}`. The Fourier
coefficients of :math:`e^{-ys}` on [0, 1] are :math:`(1 - e^{-y})/(y + 2\pi i k)`, and Parseval's equation for them is

.. math:: \frac{1 + e^{-y}}{1 - e^{-y}} = \sum_{k \in \mathbb Z} \frac{2y}{y^2 + 4 \pi^2 k^2}
          = \sum_{k \in \mathbb Z} \Bigl(\frac{1}{x - x_k} + \frac{1}{x - \bar x_k}\Bigr), \qquad x_k = \ln 2 + 2\pi i k

(`fourier_coefficients`, `poles`). The m-th derivative of 1/(x - c) at 0 is :math:`-m!/c^{m+1}` (`derivatives`), so

.. math:: F(m) = \frac{m!}{2} (\ln 2)^{-(m+1)} + m! \sum_{k \ge 1} \mathrm{Re}\, x_k^{-(m+1)} .

**Bound.** :math:`|x_k|^2 = (\ln 2)^2 + 4\pi^2 k^2`, powers grow with their base, and reciprocals fall (`distances`);
times :math:`2 (\ln 2)^{m+1}` the sum over k is at most the claimed bound (`law`), which tends to 0 as
:math:`\ln 2 < 2\pi`, while :math:`(\ln 2)^{-(m+1)}` tends to infinity (`constants`).
"""

from __future__ import annotations

from typing import Any, Final

import sympy as sp

Pair = tuple[sp.Expr, sp.Expr]
Step = tuple[Any, Any, Any]

_M: Final = sp.Symbol("m", integer=True, positive=True)
_K: Final = sp.Symbol("k", integer=True, positive=True)
_LN2: Final = sp.log(2)


def relative_error_bound(m: Any, zeta: Any) -> sp.Expr:
    """What ``|2 (ln 2)^(m+1) F(m)/m! - 1|`` is claimed to be at most; `zeta` is ``zeta(m + 1)``."""
    return 2 * (_LN2 / (2 * sp.pi)) ** (m + 1) * zeta


def generating_function() -> list[Pair]:
    """``f_l' = l f_l + f_(l-1)``, values at 0, and the geometric sum of ``q = e^x - 1`` from n to n + 1 terms."""
    x = sp.Symbol("x", real=True)
    q = sp.Symbol("q", positive=True)
    l, n = sp.symbols("l n", integer=True, positive=True)
    # l! = l (l-1)!
    before = sp.factorial(l - 1)
    f, less = q**l / (l * before), q ** (l - 1) / before
    partial = (1 - q**n) / (1 - q)
    inner = sp.exp(x) - 1
    return [
        # q' = 1 + q, then the derivative by the chain rule.
        (sp.diff(inner, x), 1 + inner),
        (sp.diff(f, q) * (1 + q), l * f + less),
        (inner.subs(x, 0), sp.S.Zero),
        (partial + q**n, (1 - q ** (n + 1)) / (1 - q)),
        (partial.subs(n, 1), sp.S.One),
        (1 / (1 - inner), 1 / (2 - sp.exp(x))),
    ]


def fourier_coefficients() -> list[Pair]:
    """Antiderivatives of ``e^(-ys - 2 pi i k s)`` and of ``e^(-2ys)`` with their values over [0, 1], and Parseval."""
    y = sp.Symbol("y", real=True, nonzero=True)
    s = sp.Symbol("s", real=True)
    k = sp.Symbol("k", integer=True)

    def over_the_interval(rate: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
        primitive = -sp.exp(-rate * s) / rate
        return sp.diff(primitive, s), primitive.subs(s, 1) - primitive.subs(s, 0)

    rate = y + 2 * sp.pi * sp.I * k
    integrand, coefficient = over_the_interval(rate)
    square, norm = over_the_interval(2 * y)
    size = (1 - sp.exp(-y)) ** 2
    return [
        (integrand, sp.exp(-y * s - 2 * sp.pi * sp.I * k * s)),
        (square, sp.exp(-y * s) ** 2),
        (sp.expand(coefficient * rate), 1 - sp.exp(-y)),
        # |c_k|^2, the conjugate having -k, and the norm over the common factor times 2y.
        ((y + 2 * sp.pi * sp.I * k) * (y - 2 * sp.pi * sp.I * k), y**2 + 4 * sp.pi**2 * k**2),
        (2 * y * norm / size, (1 + sp.exp(-y)) / (1 - sp.exp(-y))),
    ]


def poles() -> list[Pair]:
    """The function by its poles: ``1/(2 - e^x)`` with ``x = y + ln 2``, and two conjugate terms together."""
    x, y = sp.symbols("x y", real=True)
    k = sp.Symbol("k", integer=True)
    pole = _LN2 + 2 * sp.pi * sp.I * k
    pair = 1 / (x - pole) + 1 / (x - sp.conjugate(pole))
    return [
        (
            1 / (2 - sp.exp(y + _LN2)),
            sp.Rational(1, 4) - (1 + sp.exp(-y)) / (1 - sp.exp(-y)) / 4,
        ),
        (2 * y / (y**2 + 4 * sp.pi**2 * k**2), pair.subs(x, y + _LN2)),
    ]


def derivatives() -> list[Pair]:
    """``(-1)^m m!/(x - c)^(m+1)``: 1/(x - c) for m = 0, its derivative the next, its value at 0."""
    x, c = sp.symbols("x c")
    m = sp.Symbol("m", integer=True, nonnegative=True)

    def derivative(order: sp.Expr, factorial: sp.Expr) -> sp.Expr:
        return (-1) ** order * factorial / (x - c) ** (order + 1)

    factorial = sp.factorial(m)
    return [
        (derivative(sp.S.Zero, sp.S.One), 1 / (x - c)),
        (sp.diff(derivative(m, factorial), x), derivative(m + 1, (m + 1) * factorial)),
        ((-1) ** m * factorial / (-1) ** (m + 1) / c ** (m + 1), -factorial / c ** (m + 1)),
    ]


def distances() -> list[Step]:
    """``(2 pi k)^2 <= |x_k|^2``, the same for their powers by induction, reciprocals, and the real part."""
    gap = sp.Symbol("g", nonnegative=True)
    low = sp.Symbol("b", positive=True)
    u, v = sp.symbols("u v", real=True)
    real, imaginary = sp.re(_LN2 + 2 * sp.pi * sp.I * _K), sp.im(_LN2 + 2 * sp.pi * sp.I * _K)
    square = (2 * sp.pi * _K) ** 2
    extra = _LN2**2
    return [
        (square, real**2 + imaginary**2, extra),
        # (b + g)^(n+1) from (b + g)^n = b^n + h.
        (low**_M * low, (low + extra) * (low**_M + gap), low * gap + extra * (low**_M + gap)),
        (1 / (low + gap), 1 / low, gap / (low * (low + gap))),
        (u**2, u**2 + v**2, v**2),
    ]


def law(power: int = 0, factor: int = 2) -> list[Pair]:
    """The first term of ``factor (ln 2)^(m+1+power) F(m)/m!`` is 1; the sum over k >= 1 is below the claimed bound.

    The summands ``(2 pi k)^(-(m+1))``, of which ``zeta(m+1)`` is the sum without the powers of 2 pi.
    """
    scale = factor * _LN2 ** (_M + 1 + power)
    zeta = sp.Symbol("zeta", positive=True)
    return [
        (scale * _LN2 ** (-(_M + 1)) / 2, sp.S.One),
        ((2 * sp.pi * _K) ** (-(_M + 1)), (2 * sp.pi) ** (-(_M + 1)) * _K ** (-(_M + 1))),
        (scale * (2 * sp.pi) ** (-(_M + 1)) * zeta, relative_error_bound(_M, zeta)),
    ]


def constants() -> list[Step]:
    """``0 < ln 2 < 1 < 2 pi``, strictly."""
    return [(0, _LN2, _LN2), (_LN2, 1, 1 - _LN2), (1, 2 * sp.pi, 2 * sp.pi - 1)]
