r"""Lower bounds on what sums of exponentials can do in L1: two exact witnesses for theorem 4.2.

**One term against** :math:`\rho = t e^{-t}`. A best :math:`a e^{-wt}` exists: the error is at most that of a = 0, which
is 1, and tends to 1 as w -> 0 or infinity by the bound of step 2, while it is below 1 at w = 1/2. At a minimum the
residual vanishes on a null set only, so the error is differentiable there and with
:math:`\sigma = \operatorname{sgn}(\rho - a e^{-wt})`

.. math:: \int \sigma e^{-wt}\,dt = 0, \qquad \int \sigma\,t e^{-wt}\,dt = 0 .

1. :math:`t e^{(w-1)t} = a` has at most two roots, and a function orthogonal to both at least two sign changes. So
   there are two, :math:`x_1/w < x_2/w` with :math:`e^{-x_1} - e^{-x_2} = \tfrac12`,
   :math:`x_1 e^{-x_1} = x_2 e^{-x_2}`. For :math:`r = x_2/x_1` this says :math:`x_1 = \ln r/(r-1)` and
   :math:`\varphi(r) = \ln(r-1) - \tfrac{r \ln r}{r-1} + \ln 2 = 0`; as :math:`\varphi' = \ln r/(r-1)^2 > 0` there is
   one such r, near 4.4. Meeting rho in both points asks for :math:`\ln r = (1/w - 1)(x_2 - x_1)`, and
   :math:`x_2 - x_1 = \ln r`: so w = 1/2, with the error

   .. math:: e_* = \frac{r + 1}{2(r - 1)} + \frac{r \ln r}{(r-1)^2} - 1 = 0.3573\dots

2. For any w, :math:`\sigma_w` with the changes :math:`x_i/w` shows an error of at least
   :math:`|1 - 2(1 + x_1 u)e^{-x_1 u} + 2(1 + x_2 u)e^{-x_2 u}|, u = 1/w`, which tends to 1 at both ends.

A network of width 1 has a 1 x 1 matrix, so this bounds all of them, not only sums of exponentials.

**m terms against** :math:`\rho = e^{-t} \sin \nu t`. A sum of m real exponentials has at most m - 1 sign changes. Take
the half periods in pairs (2p, 2p + 1): all but m - 1 pairs, or more, hold no change. On one half of such a pair sum and
rho have opposite signs, so that the error there is at least the integral of :math:`|\rho|` over it, which is at least
that over the later half, :math:`\kappa e^{-(2p+1)\pi/\nu}` with :math:`\kappa = \nu(1 + e^{-\pi/\nu})/(1 + \nu^2)`.
The pairs lost weigh most when they come first:

.. math:: \|\rho - \hat\rho\|_{L^1} \ge \frac{\kappa\,e^{-(2m-1)\pi/\nu}}{1 - e^{-2\pi/\nu}} .

Since :math:`|\rho^{(j)}| \le (1 + \nu^2)^{j/2} e^{-t}`, gamma is at most
:math:`(1 + \nu^2)^{\alpha/2}/\beta^{\alpha+1}` for beta < 1. With :math:`\nu = 2\pi m/\alpha` the error is at least a
constant times :math:`\gamma m^{-\alpha}`: for sums of exponentials the order of theorem 4.2 cannot be improved. (A
network whose matrix has complex eigenvalues has this kernel at width 2.)

**The rates** :math:`1, 4, 9, \dots` **against** :math:`e^{-vt}` (Muentz: their reciprocals have a finite sum). For
c > pi and :math:`k = c - i\pi`, :math:`g(t) = \operatorname{Im} \tfrac{k}{2\sqrt\pi} t^{-3/2} e^{-k^2/(4t)}` has the
Laplace transform :math:`\operatorname{Im} e^{-k\sqrt w} = e^{-c\sqrt w} \sin(\pi\sqrt w)`, zero at all squares, and

.. math:: \sup|g| \le \frac{|k|}{2\sqrt\pi} \Bigl(\frac{3}{2 e \mu}\Bigr)^{3/2}, \quad \mu = \frac{c^2 - \pi^2}4,
   \qquad \|e^{-vt} - \hat\rho\|_{L^1} \ge \frac{e^{-c\sqrt v} |\sin(\pi\sqrt v)|}{\sup|g|}

for every sum of exponentials with squares as rates.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from memcurse.theory.notation import t


def canonical_equation(r: sp.Expr) -> sp.Expr:
    """``phi(r)``, increasing for r > 1, zero at the ratio of the canonical points of ``e^(-wt), t e^(-wt)``."""
    return sp.log(r - 1) - r * sp.log(r) / (r - 1) + sp.log(2)


def canonical_points(r: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """``x_1 < x_2``, the points where the sign changes, in units of 1/w."""
    first = sp.log(r) / (r - 1)
    return first, r * first


def dual_value(u: sp.Expr, first: sp.Expr, second: sp.Expr) -> sp.Expr:
    """``int sigma t e^(-t) dt`` for sigma = 1, -1, 1 with changes at ``first u`` and ``second u``."""

    def tail(x: sp.Expr) -> sp.Expr:
        return (1 + x) * sp.exp(-x)

    return 1 - 2 * tail(first * u) + 2 * tail(second * u)


def single_error(r: sp.Expr) -> sp.Expr:
    """``e_*``: the smallest L1 distance of one exponential from ``t e^(-t)``, at the root r of `canonical_equation`."""
    return (r + 1) / (2 * (r - 1)) + r * sp.log(r) / (r - 1) ** 2 - 1


def single_best(r: sp.Expr) -> tuple[sp.Expr, sp.Rational]:
    """Amplitude and rate of that exponential: ``(2 x_1 e^(-x_1), 1/2)``."""
    first, _ = canonical_points(r)
    return 2 * first * r / (2 * (r - 1)), sp.Rational(1, 2)


def witness_gamma(alpha: int) -> sp.Integer:
    r"""gamma of ``t e^(-t)`` at beta = 1/2: :math:`\alpha\,2^{\alpha+1}`, 4 for alpha = 1.

    :math:`\rho^{(j)} = (-1)^j (t - j) e^{-t}`, and :math:`|t - j| e^{-t/2}` has its maxima at 0, where it is j, and at
    t = j + 2, where it is :math:`2 e^{-1-j/2} < 1`.
    """
    return sp.Integer(alpha) * 2 ** (alpha + 1)


def wave(nu: Any) -> sp.Expr:
    """``e^(-t) sin(nu t)``."""
    return sp.exp(-t) * sp.sin(nu * t)


def wave_norm(nu: Any) -> sp.Expr:
    """The L1 norm of `wave`: the half periods are a geometric series."""
    return _first_half_period(nu) / (1 - sp.exp(-sp.pi / nu))


def wave_gamma(nu: Any, alpha: int, beta: Any) -> sp.Expr:
    """An upper bound on gamma of `wave`, for 0 < beta < 1 and nu >= 1."""
    return (1 + nu**2) ** sp.Rational(alpha, 2) / beta ** (alpha + 1)


def wave_floor(nu: Any, m: int) -> sp.Expr:
    """Lower bound on the L1 distance of `wave` from *every* sum of m real exponentials."""
    step = sp.exp(-sp.pi / nu)
    return _first_half_period(nu) * step ** (2 * m - 1) / (1 - step**2)


def _first_half_period(nu: Any) -> sp.Expr:
    return nu * (1 + sp.exp(-sp.pi / nu)) / (1 + nu**2)


def square_rates_floor(v: Any, c: Any) -> sp.Expr:
    """Lower bound on the L1 distance of ``e^(-v t)`` from every sum with the rates ``1, 4, 9, ..``; any c > pi."""
    mu = (c**2 - sp.pi**2) / 4
    largest = sp.sqrt(c**2 + sp.pi**2) / (2 * sp.sqrt(sp.pi)) * (3 / (2 * sp.E * mu)) ** sp.Rational(3, 2)
    return sp.exp(-c * sp.sqrt(v)) * sp.Abs(sp.sin(sp.pi * sp.sqrt(v))) / largest
