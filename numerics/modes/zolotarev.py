r"""Zolotarev's poles for a segment, in balls: the K real poles whose Blaschke product is least on [-s, s].

With the modulus :math:`k = s^2` and the nome :math:`q = \exp(-\pi K(k')/K(k))` the poles are
:math:`s\, \mathrm{sn}((2j - K - 1) K(k)/K, k)`, :math:`j = 1, \dots, K`. Jacobi's sn is a quotient of theta functions.
"""

from __future__ import annotations

from flint import acb, arb


def segment_nome(s: arb) -> arb:
    """The nome q of the modulus ``s^2``, 0 < s < 1."""
    if not (s > 0 and s < 1):
        raise ValueError(f"`s` must lie certainly between 0 and 1; got {s}")
    m = s**4
    return (-arb.pi() * acb(1 - m).elliptic_k().real / acb(m).elliptic_k().real).exp()


def segment_poles(s: arb, count: int) -> list[arb]:
    """The `count` optimal poles."""
    return [s * _sn(s, arb(2 * j - count - 1) / count) for j in range(1, count + 1)]


def segment_extrema(s: arb, count: int) -> list[arb]:
    """The `count` + 1 points at which the product has its largest modulus, with alternating signs."""
    return [s * _sn(s, arb(2 * j - count) / count) for j in range(count + 1)]


def segment_width(s: arb, count: int) -> arb:
    """The largest modulus: ``theta_2(Q)/theta_3(Q)`` with ``Q = q^count``."""
    _, theta2, theta3, _ = _thetas(arb(0), segment_nome(s) ** count)
    return theta2 / theta3


def _thetas(z: arb, nome: arb) -> tuple[arb, ...]:
    """theta_1, ..., theta_4 at z (in units of pi) with a real nome."""
    tau = acb(0, -nome.log() / arb.pi())
    return tuple(value.real for value in acb(z).modular_theta(tau))


def _sn(s: arb, x: arb) -> arb:
    """``sn(x K(k), k)`` for the modulus k = s^2: the period of theta_1 is 4 K."""
    nome = segment_nome(s)
    _, zero2, zero3, _ = _thetas(arb(0), nome)
    theta1, _, _, theta4 = _thetas(x / 2, nome)
    return zero3 / zero2 * theta1 / theta4
