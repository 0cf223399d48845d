r"""Approximation rates with explicit constants: the change of variables of eqs. (47)-(63) and theorem 4.2 corrected.

**Setting.** One input, kernel :math:`\rho = y'`, so the hypothesis on :math:`y^{(k)}, k = 1, \dots, \alpha + 1` is one
on :math:`\rho, \dots, \rho^{(\alpha)}`: continuous, :math:`e^{\beta t} \rho^{(j)} = o(1)` and
:math:`|e^{\beta t} \rho^{(j)}| \le \gamma \beta^{j+1}`. Put :math:`n = \alpha + 1`, :math:`s = e^{-\beta t/n}`.

**1. Change of variables.** :math:`q(s) = \rho(-(n/\beta) \ln s)/s` on (0, 1]. As
:math:`\tfrac{d}{ds} s^{-p} \rho^{(j)} = -s^{-p-1} (p\,\rho^{(j)} + \tfrac n\beta \rho^{(j+1)})`, induction gives

.. math:: q^{(k)}(s) = (-1)^k s^{-k-1} \sum_{j=0}^k c_{kj} \Bigl(\frac n\beta\Bigr)^j \rho^{(j)}, \qquad
   c_{k+1,j} = (k+1)\,c_{kj} + c_{k,j-1}, \quad \sum_j c_{kj} x^j = \prod_{i=1}^k (x + i):

unsigned Stirling numbers of the first kind. Since :math:`\rho^{(j)} = o(s^n)`, :math:`q^{(k)} = o(s^{\alpha - k})` for
:math:`k \le \alpha`: extended by 0, q is in :math:`C^\alpha[0, 1]` with :math:`q^{(k)}(0) = 0`. Nothing is known of
:math:`q^{(\alpha+1)}`, so the order is :math:`m^{-\alpha}`. If Q has degree m - 1, then :math:`s\,Q(s)` is a sum
with the rates :math:`j\beta/n, j = 1, \dots, m`, without a constant term (Q(0) may be anything), and

.. math:: \int_0^\infty |\rho - s\,Q|\,dt = \frac n\beta \int_0^1 |q - Q|\,ds .

**2. To the circle.** Let :math:`s = \cos^2(\theta/2)`. Then :math:`F(\theta) = q(s) \sin\theta` is odd, periodic and in
:math:`C^\alpha`; :math:`Q(s) \sin\theta` runs through the odd trigonometric polynomials T of degree m; and
:math:`\int_0^1 |q - Q|\,ds = \tfrac14 \int_{-\pi}^\pi |F - T|\,d\theta`. The odd part of an approximant of an odd
function is no worse. By Favard, Akhiezer and Krein, in L1 by Nikolskii (DeVore and Lorentz, *Constructive
Approximation*, 1993, chapter 7: F less its mean is the convolution of :math:`F^{(\alpha)}` with a Bernoulli kernel,
whose best L1 approximation Favard found), with the Favard constant :math:`K_\alpha`

.. math:: \min_T \|F - T\|_{L^1(-\pi,\pi)} \le \frac{K_\alpha}{(m+1)^\alpha} \|F^{(\alpha)}\|_{L^1(-\pi,\pi)},
   \qquad m = 0, 1, 2, \dots

**3. The derivative on the circle.** With :math:`\tau = \tan(\theta/2)`: :math:`F = 2 \tau \rho`,
:math:`d\tau = \tfrac{1+\tau^2}2 d\theta`, :math:`dt = \tfrac n\beta \tau\,d\theta`, and therefore

.. math:: F^{(k)} = \sum_j P_{kj}(\tau) \Bigl(\frac n\beta\Bigr)^j \rho^{(j)}, \qquad
   P_{k+1,j} = \tfrac{1+\tau^2}2 P_{kj}' + \tau P_{k,j-1}, \quad P_{00} = 2\tau,

with nonnegative coefficients. By :math:`|\rho^{(j)}| \le \gamma \beta^{j+1} s^n` and :math:`s = 1/(1 + \tau^2)`,

.. math:: \int_0^\pi |F^{(\alpha)}|\,d\theta \le \gamma \beta S_\alpha, \qquad
   S_\alpha = \int_0^\pi s^n \sum_j n^j P_{\alpha j}(\tau)\,d\theta,

a sum of Beta functions: :math:`S_1 = \pi, S_2 = 8`. Together, for every width m >= 1,

.. math:: \|\rho - \hat\rho\|_{L^1} \le \frac{C(\alpha)\,\gamma}{(m+1)^\alpha}, \qquad
   C(\alpha) = \tfrac12 (\alpha + 1)\,K_\alpha S_\alpha; \qquad C(1) = \frac{\pi^2}2,\ C(2) = \frac{3 \pi^2}2 .

The rate beta is gone: theorem 4.2 as printed divides by it once too often. For d inputs the rates are the same, so one
width-m network takes them all, and the errors add: :math:`C(\alpha)\,\gamma\,d/(m+1)^\alpha`.

**Uniform norm.** The classical way, :math:`E_N(f)_\infty \le \tfrac{\pi}{2(N+1)} E_{N-1}(f')_\infty` on [-1, 1] (Favard
for :math:`f(\cos\theta)`; iterate), asks for m >= alpha and gives `uniform_bound`, which is larger for alpha >= 2.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sympy as sp

from memcurse.theory.exact import exact_integer, exact_positive
from memcurse.theory.notation import t


def decay_variable(alpha: int, beta: Any, time: sp.Expr = t) -> sp.Expr:
    """``s = exp(-beta t/(alpha + 1))``, in which a sum with the rates ``j beta/(alpha + 1)`` is a polynomial."""
    return sp.exp(-beta * time / (alpha + 1))


def transformed_kernel(kernel: sp.Expr, alpha: int, beta: Any, s: sp.Symbol) -> sp.Expr:
    """``q(s) = rho(-(alpha + 1) ln(s)/beta)/s`` (eq. 49), for a kernel in `notation.t`."""
    return kernel.subs(t, -sp.Integer(alpha + 1) / beta * sp.log(s)) / s


@lru_cache(maxsize=64)
def transform_coefficients(k: int) -> tuple[int, ...]:
    """The integers ``c_{k0} .. c_{kk}`` of eq. (50): coefficients of ``(x + 1) .. (x + k)``, lowest power first."""
    order = exact_integer("k", k, 0)
    row: tuple[int, ...] = (1,)
    for p in range(1, order + 1):
        row = tuple(p * low + high for low, high in zip((*row, 0), (0, *row), strict=True))
    return row


def transformed_derivative(
    k: int, alpha: int, beta: Any, s: sp.Expr, derivatives: tuple[sp.Expr, ...]
) -> sp.Expr:
    """``q^{(k)}`` at `s` from ``rho, .., rho^{(k)}`` at ``t = -(alpha + 1) ln(s)/beta`` (eq. 50)."""
    ratio = sp.Integer(alpha + 1) / beta
    terms = zip(transform_coefficients(k), derivatives, strict=False)
    return (-1) ** k * s ** (-k - 1) * sp.Add(*(c * ratio**j * r for j, (c, r) in enumerate(terms)))


def transform_bound(k: int, alpha: int) -> sp.Integer:
    """The B with ``|q^{(k)}(s)| <= B gamma beta s^(alpha - k)`` (eq. 51): ``(n + 1) .. (n + k)``, n = alpha + 1."""
    return sp.prod([sp.Integer(alpha + 1 + i) for i in range(1, exact_integer("k", k, 0) + 1)], sp.S.One)


def favard_constant(r: int) -> sp.Expr:
    r"""``K_r``, the sum over n >= 0 of :math:`\tfrac4\pi (-1)^{n(r+1)} (2n+1)^{-r-1}`: a rational times ``pi^r``."""
    order = exact_integer("r", r, 0)
    if order % 2 == 0:
        return abs(sp.euler(order)) * (sp.pi / 2) ** order / sp.factorial(order)
    return 2 * (2 ** (order + 1) - 1) * abs(sp.bernoulli(order + 1)) * sp.pi**order / sp.factorial(order + 1)


@lru_cache(maxsize=64)
def circle_polynomials(k: int) -> tuple[sp.Poly, ...]:
    """``P_{k0} .. P_{kk}``: derivatives of ``F = 2 tan(theta/2) rho`` along the circle, in ``tau = tan(theta/2)``."""
    order = exact_integer("k", k, 0)
    tau = sp.Symbol("tau", positive=True)
    zero, x, half = sp.Poly(0, tau), sp.Poly(tau, tau), sp.Poly((1 + tau**2) / 2, tau)
    row: tuple[sp.Poly, ...] = (2 * x,)
    for _ in range(order):
        row = tuple(half * p.diff() + x * below for p, below in zip((*row, zero), (zero, *row), strict=True))
    return row


def circle_norm(alpha: int) -> sp.Expr:
    """``S_alpha``, with ``int_0^pi |F^{(alpha)}| <= gamma beta S_alpha``."""
    n = exact_integer("alpha", alpha, 1) + 1
    terms = [
        n**j * c * _beta_integral(2 * n - i, i)
        for j, polynomial in enumerate(circle_polynomials(alpha))
        for (i,), c in polynomial.terms()
    ]
    return sp.expand(sp.Add(*terms))


def _beta_integral(p: int, q: int) -> sp.Expr:
    """``int_0^pi cos^p(theta/2) sin^q(theta/2) dtheta`` for integers p, q >= 0."""
    x, y = sp.Rational(p + 1, 2), sp.Rational(q + 1, 2)
    return sp.gamma(x) * sp.gamma(y) / sp.gamma(x + y)


def rate_constant(alpha: int) -> sp.Expr:
    """``C(alpha)`` of the corrected theorem 4.2, exact."""
    return sp.Rational(exact_integer("alpha", alpha, 1) + 1, 2) * favard_constant(alpha) * circle_norm(alpha)


def rate_bound(alpha: int, gamma: Any, m: int, inputs: int = 1) -> sp.Expr:
    """Theorem 4.2 corrected: ``C(alpha) gamma d/(m + 1)^alpha``, for every width m >= 1."""
    d = exact_integer("inputs", inputs, 1)
    width = exact_integer("m", m, 1)
    return rate_constant(alpha) * gamma * d / sp.Integer(width + 1) ** alpha


def printed_bound(constant: Any, alpha: int, beta: Any, gamma: Any, m: int, inputs: int = 1) -> sp.Expr:
    """Theorem 4.2 as printed: ``C gamma d/(beta m^alpha)``. Not a bound: see ext-thm-4.2-scaling."""
    return constant * gamma * inputs / (beta * sp.Integer(m) ** alpha)


def uniform_bound(alpha: int, gamma: Any, m: int) -> sp.Expr:
    """By way of the uniform norm: ``n (pi/4)^alpha (n+1)..(n+alpha) gamma/(m .. (m-alpha+1))``, for m >= alpha."""
    order = exact_integer("alpha", alpha, 1)
    width = exact_integer("m", m, order)
    constant = (order + 1) * (sp.pi / 4) ** order * transform_bound(order, order)
    return constant * gamma / sp.ff(width, order)


def scaled_kernel(kernel: sp.Expr, factor: Any) -> sp.Expr:
    """``lambda rho(lambda t)``: the same L1 norm and gamma at ``lambda beta``, and memory shorter by lambda."""
    c = factor if isinstance(factor, sp.Symbol) else exact_positive("factor", factor)
    return c * kernel.subs(t, c * t)
