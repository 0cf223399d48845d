r"""The paper's way to long memory (eqs. 15, 16 and 67-71) with constants: truncate the power law, then approximate.

For :math:`\rho = (1+t)^{-(1+\omega)}` no exponential :math:`e^{\beta t}` is outweighed by :math:`y^{(k)} =
\rho^{(k-1)}`, so the rate theorem does not apply. The truncated kernel is :math:`\rho_T = \rho\,\chi(t/T)` with a
smooth step chi from 1 on [0, 1] down to 0 on [2, oo):
:math:`\chi(1+v) = 1 - \int_0^v x^\alpha (1-x)^\alpha dx / \mathrm B(\alpha+1, \alpha+1)`. It is in
:math:`C^\alpha`, falls, and :math:`y = \int \rho_T` is in :math:`C^{\alpha+1}`.

**Truncation (67).** :math:`\|\rho - \rho_T\|_1 \le \int_T^\infty \rho = (1+T)^{-\omega}/\omega \le T^{-\omega}/\omega`.

**Derivatives.** By Rodrigues' formula the derivative of order alpha of :math:`x^\alpha (1-x)^\alpha` is alpha! times
a Legendre polynomial on [0, 1], at most alpha! in size, so :math:`|\chi^{(\alpha+1)}| \le c := (2\alpha+1)!/\alpha!`.
As :math:`\chi', \ldots, \chi^{(\alpha)}` vanish at both ends, repeated integration from the nearer one gives
:math:`|\chi^{(j)}| \le c_j := c\,2^{-(\alpha+1-j)}/(\alpha+1-j)!` for :math:`1 \le j \le \alpha`; :math:`c_0 := 1`.
With :math:`|\rho^{(i)}| = (1+\omega)_i (1+t)^{-(1+\omega+i)} \le (1+\omega)_i` and Leibniz' rule, for T >= 1,

.. math:: |\rho_T^{(n)}| \le M_n = \sum_{j=0}^n \binom{n}{j} (1+\omega)_{n-j}\, c_j, \qquad n \le \alpha .

**Rate (68), (69).** On [0, 2T] the weight is at most :math:`e^{2\beta T}`, so for :math:`\beta \le 1` theorem 4.2
applies with :math:`\gamma = M e^{2\beta T} \beta^{-(\alpha+1)}`, :math:`M = \max_n M_n`. This is least at
:math:`\beta = (\alpha+1)/(2T)`, where it is :math:`M (2eT/(\alpha+1))^{\alpha+1}`; :math:`\beta \le 1` is
:math:`T \ge (\alpha+1)/2`.

**Sum (15), (70).** With the constant C of the rate theorem ``error <= C gamma / m^alpha`` (corrected: without the
factor :math:`1/\beta` of the printed one, see ext-thm-4.2-scaling),

.. math:: \|\rho - \hat\rho\|_1 \le \frac{T^{-\omega}}{\omega} + \frac{C M}{m^\alpha}
          \Bigl(\frac{2eT}{\alpha+1}\Bigr)^{\alpha+1} .

**Width (16), (71).** :math:`T = (\omega\epsilon/2)^{-1/\omega}` makes the first term epsilon/2, and the second is
epsilon/2 for

.. math:: m = \Bigl[\frac{2 C M}{\epsilon} \Bigl(\frac{2e}{\alpha+1}\Bigr)^{\alpha+1}\Bigr]^{1/\alpha}
          \Bigl(\frac{\omega\epsilon}{2}\Bigr)^{-(1 + 1/\alpha)/\omega} :

with fixed epsilon this grows like :math:`\exp((1+1/\alpha)\,\omega^{-1} \ln(2/(\omega\epsilon)))`.
"""

from __future__ import annotations

from functools import lru_cache

import sympy as sp

from memcurse.theory.notation import t


def kernel_derivative(omega: sp.Expr, n: int) -> sp.Expr:
    """The n-th derivative of ``(1+t)^-(1+omega)``."""
    return (-1) ** n * sp.rf(1 + omega, n) * (1 + t) ** (-(1 + omega + n))


@lru_cache(maxsize=16)
def smooth_step(alpha: int, v: sp.Symbol) -> sp.Expr:
    """``chi(1 + v)`` on [0, 1]: a polynomial of degree ``2 alpha + 1`` from 1 down to 0, flat to order alpha."""
    power = sp.integrate(sp.expand(v**alpha * (1 - v) ** alpha), v)
    return sp.expand(1 - power / power.subs(v, 1))


def step_derivative_bound(alpha: int, j: int) -> sp.Expr:
    """``c_j``, a bound on the j-th derivative of chi, for ``j <= alpha + 1``."""
    if j == 0:
        return sp.S.One
    left = alpha + 1 - j
    top = sp.factorial(2 * alpha + 1) / sp.factorial(alpha)
    return top / (2**left * sp.factorial(left))


def truncated_kernel(omega: sp.Expr, T: sp.Expr, alpha: int) -> sp.Expr:
    """``rho_T`` between T and 2T; before that it is the power law, behind it 0."""
    v = sp.Symbol("v")
    return (1 + t) ** (-(1 + omega)) * smooth_step(alpha, v).subs(v, t / T - 1)


def kernel_tail(omega: sp.Expr, T: sp.Expr) -> sp.Expr:
    """``int_T^oo (1+t)^-(1+omega) dt``, which the truncation error does not exceed."""
    return (1 + T) ** (-omega) / omega


def truncation_bound(omega: sp.Expr, T: sp.Expr) -> sp.Expr:
    """``T^-omega/omega``, the first term of (15)."""
    return T ** (-omega) / omega


def derivative_bound(omega: sp.Expr, alpha: int, n: int) -> sp.Expr:
    """``M_n``, a bound on the n-th derivative of the truncated kernel for T >= 1 and ``n <= alpha``."""
    terms = (
        sp.binomial(n, j) * sp.rf(1 + omega, n - j) * step_derivative_bound(alpha, j) for j in range(n + 1)
    )
    return sp.Add(*terms)


def largest_derivative_bound(omega: sp.Expr, alpha: int) -> sp.Expr:
    """M, the largest of the ``M_n``."""
    return sp.Max(*(derivative_bound(omega, alpha, n) for n in range(alpha + 1)))


def gamma_bound(M: sp.Expr, T: sp.Expr, alpha: sp.Expr, beta: sp.Expr) -> sp.Expr:
    """gamma of theorem 4.2 for the truncated kernel, for ``beta <= 1``."""
    return M * sp.exp(2 * beta * T) / beta ** (alpha + 1)


def best_beta(T: sp.Expr, alpha: sp.Expr) -> sp.Expr:
    """The beta at which `gamma_bound` is least."""
    return (alpha + 1) / (2 * T)


def error_bound(omega: sp.Expr, T: sp.Expr, alpha: sp.Expr, m: sp.Expr, CM: sp.Expr) -> sp.Expr:
    """Right side of (15): truncation, then approximation; `CM` is the rate theorem's constant times M."""
    growth = (2 * sp.E * T / (alpha + 1)) ** (alpha + 1)
    return truncation_bound(omega, T) + CM * growth / m**alpha


def truncation_time(omega: sp.Expr, error: sp.Expr) -> sp.Expr:
    """T at which the first term of (15) is half of `error`."""
    return (omega * error / 2) ** (-1 / omega)


def width_bound(omega: sp.Expr, error: sp.Expr, alpha: sp.Expr, CM: sp.Expr) -> sp.Expr:
    """Right side of (16): the (real) width at which (15) is `error` at `truncation_time`."""
    constant = 2 * CM / error * (2 * sp.E / (alpha + 1)) ** (alpha + 1)
    return constant ** (1 / alpha) * (omega * error / 2) ** (-(1 + 1 / alpha) / omega)


def log_width_bound(omega: sp.Expr, error: sp.Expr, alpha: sp.Expr, CM: sp.Expr) -> sp.Expr:
    """Logarithm of `width_bound`, which itself soon is too large to write down."""
    constant = sp.log(2 * CM / error) + (alpha + 1) * sp.log(2 * sp.E / (alpha + 1))
    return constant / alpha - (1 + 1 / alpha) / omega * sp.log(omega * error / 2)
