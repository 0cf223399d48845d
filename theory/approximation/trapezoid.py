r"""How many exponentials a long memory needs: the trapezoid rule in the logarithm of the rate, with all constants.

A completely monotone kernel is :math:`\rho(t) = \int_0^\infty \mu(s) e^{-st}\,ds`. With :math:`s = e^x` the trapezoid
rule of step h is an exponential sum with the rates :math:`e^{jh}` and the amplitudes :math:`h\,e^{jh} \mu(e^{jh})`.
For the power law :math:`\rho = (1+t)^{-(1+\omega)}`, :math:`\mu(s) = s^\omega e^{-s}/\Gamma(1+\omega)` and
:math:`\|\rho\|_1 = 1/\omega`.

**Aliasing.** Let mu be analytic in the sector :math:`|\arg s| \le \theta < \pi/2`. By Poisson's formula the rule is
off by :math:`\sum_{n \ne 0} F_t(2\pi n/h)`, where :math:`F_t(\xi) = \int e^{-i\xi x} e^x \mu(e^x) e^{-e^x t} dx`.
Moving the line of integration by :math:`\mp i\theta` gives :math:`|F_t(\xi)| \le e^{-|\xi|\theta}
\int |\mu(s e^{\mp i\theta})| e^{-s t \cos\theta} ds`, and the integral over t together with
:math:`\sum_{n \ge 1} e^{-2\pi n\theta/h}` gives

.. math:: \|\rho - \rho_h\|_1 \le \frac{2}{e^{2\pi\theta/h} - 1}\, \frac{1}{\cos\theta}
          \max_\pm \int_0^\infty \frac{|\mu(s e^{\pm i\theta})|}{s}\,ds,

for the power law :math:`2 \cos(\theta)^{-(1+\omega)}/(\omega (e^{2\pi\theta/h} - 1))`. There even
:math:`F_t(\xi) = (1+t)^{-(1+\omega) + i\xi}\, \Gamma(1+\omega-i\xi)/\Gamma(1+\omega)`, so the relative error is at most
:math:`2 \sum_{n \ge 1} |\Gamma(1+\omega+2\pi i n/h)|/\Gamma(1+\omega)`.

**Ends.** A term has the L1 norm amplitude over rate. Without the terms j < J those that are missing add up to at most
:math:`\sum_{j<J} h e^{\omega jh}/\Gamma(1+\omega) \le e^{\omega Jh}/(\omega\,\Gamma(1+\omega))`, as
:math:`e^{\omega x}` rises. Without the terms j > K it is at most :math:`\Gamma(\omega, e^{Kh})/\Gamma(1+\omega)` if
:math:`e^{Kh} \ge \omega`, as :math:`e^{\omega x - e^x}` falls there.

**Width.** Let :math:`0 < \omega \le 1`, :math:`0 < \omega\epsilon \le 1`, and give a third of epsilon to each error:
with theta = 1 the step is :math:`h = 2\pi/\ln(1 + 6/(\omega\epsilon \cos(1)^{1+\omega}))`; the slow end is at
:math:`X = \omega^{-1} \ln(3/(\omega\epsilon\,\Gamma(1+\omega)))` below 0; the fast one at
:math:`e^Y = \max(1, \ln(3/(\epsilon\,\Gamma(1+\omega))))`, since :math:`\Gamma(\omega, z) \le e^{-z}` for z >= 1.
With :math:`J = \lfloor -X/h \rfloor`, :math:`K = \lceil Y/h \rceil` the number of terms is at most
:math:`3 + (X + Y)/h`. Let :math:`\Lambda = \ln(22/(\omega\epsilon))`. As :math:`\Gamma(1+\omega) > 0.88`,
:math:`6 \cos(1)^{-2} < 20.6` and :math:`\omega\epsilon \le 1`, we have :math:`2\pi/h \le \Lambda`,
:math:`X \le \Lambda/\omega`, and :math:`Y \le \max(0, \ln \Lambda) \le \Lambda/\omega`. Hence

.. math:: m \le 3 + \frac{1}{\pi\omega} \ln^2 \frac{22}{\omega\epsilon}.

**L2.** :math:`\|\rho_\omega\|_2^2 = 1/(1+2\omega)`, and two power laws are close where their exponents are:
:math:`\|\rho_\omega - \rho_\eta\|_2^2 = 2(\omega-\eta)^2/((1+2\omega)(1+2\eta)(1+\omega+\eta)) \le 2(\omega-\eta)^2`.
"""

from __future__ import annotations

from typing import Any, Final

import sympy as sp

from memcurse.theory.exact import exact_positive

#: What stands under the logarithm of `width_bound` over ``omega*epsilon``.
BOUND_CONSTANT: Final = sp.Integer(22)
#: Half-angle of the sector in which the width bound moves its line of integration.
ANGLE: Final = sp.Integer(1)


def power_law_density(omega: sp.Expr, rate: sp.Expr) -> sp.Expr:
    """``mu(s)`` with ``(1+t)^-(1+omega) = int_0^oo mu(s) e^(-s t) ds``."""
    return rate**omega * sp.exp(-rate) / sp.gamma(1 + omega)


def trapezoid_term(omega: sp.Expr, step: sp.Expr, j: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """Amplitude and rate of the j-th term of the rule of this step."""
    rate = sp.exp(j * step)
    return step * rate * power_law_density(omega, rate), rate


def sector_alias_bound(mass: sp.Expr, step: sp.Expr, angle: sp.Expr) -> sp.Expr:
    """L1 error of the infinite rule for a density analytic in a sector of half-angle `angle`.

    `mass` is the larger of the two integrals ``int_0^oo |mu(s e^(+-i angle))|/s ds``.
    """
    return 2 * mass / (sp.cos(angle) * (sp.exp(2 * sp.pi * angle / step) - 1))


def alias_bound(omega: sp.Expr, step: sp.Expr, angle: sp.Expr) -> sp.Expr:
    """L1 error of the infinite rule for the power law, for any angle in ``(0, pi/2)``."""
    return sector_alias_bound(sp.cos(angle) ** (-omega) / omega, step, angle)


def slow_end_bound(omega: sp.Expr, x: sp.Expr) -> sp.Expr:
    """L1 norm of all terms with log rates below `x`, itself a point of the rule."""
    return sp.exp(omega * x) / (omega * sp.gamma(1 + omega))


def fast_end_bound(omega: sp.Expr, x: sp.Expr) -> sp.Expr:
    """L1 norm of all terms with log rates above `x`, a point of the rule with ``e^x >= omega``."""
    return sp.uppergamma(omega, sp.exp(x)) / sp.gamma(1 + omega)


def trapezoid_step(omega: sp.Expr, error: sp.Expr) -> sp.Expr:
    """Step at which `alias_bound` at the angle 1 is a third of `error`."""
    return 2 * sp.pi * ANGLE / sp.log(1 + 6 / (omega * error * sp.cos(ANGLE) ** (1 + omega)))


def slow_end(omega: sp.Expr, error: sp.Expr) -> sp.Expr:
    """``-X``, the log rate at which `slow_end_bound` is a third of `error`."""
    return -sp.log(3 / (omega * error * sp.gamma(1 + omega))) / omega


def fast_end_rate(omega: sp.Expr, error: sp.Expr) -> sp.Expr:
    """``e^Y`` unless it is below 1: for ``omega <= 1`` faster terms add up to a third of `error` at most."""
    return sp.log(3 / (error * sp.gamma(1 + omega)))


def width_bound(omega: sp.Expr, error: sp.Expr) -> sp.Expr:
    """``3 + ln(22/(omega error))^2/(pi omega)``: so many terms are enough, for ``omega <= 1, omega*error <= 1``."""
    return 3 + sp.log(BOUND_CONSTANT / (omega * error)) ** 2 / (sp.pi * omega)


def validate_bound_range(omega: Any, error: Any) -> tuple[sp.Expr, sp.Expr]:
    """Exponent and error as exact numbers for which `width_bound` is proved.

    Raises
    ------
    ValueError, TypeError
        If one is not positive, ``omega > 1``, or ``omega*error > 1``: larger than the kernel's own norm.
    """
    exponent, tolerance = exact_positive("omega", omega), exact_positive("error", error)
    if exponent > 1:
        raise ValueError(f"`omega` must be at most 1 for the bound on the width; got {omega}")
    if exponent * tolerance > 1:
        raise ValueError(f"`error` must be at most 1/omega, the norm of the kernel; got {error}")
    return exponent, tolerance


def l1_norm(omega: sp.Expr) -> sp.Expr:
    """``1/omega``, the L1 norm of ``(1+t)^-(1+omega)``; there is none for ``omega <= 0``."""
    return 1 / omega


def squared_l2_norm(omega: sp.Expr) -> sp.Expr:
    """``1/(1 + 2 omega)``, bounded as omega -> 0."""
    return 1 / (1 + 2 * omega)


def squared_l2_distance(omega: sp.Expr, eta: sp.Expr) -> sp.Expr:
    """Squared L2 distance of the power laws with the exponents `omega` and `eta`; at most ``2 (omega - eta)^2``."""
    return 2 * (omega - eta) ** 2 / ((1 + 2 * omega) * (1 + 2 * eta) * (1 + omega + eta))
