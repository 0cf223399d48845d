"""What the statements on eqs. (15) and (16) share: enclosures of the truncated power law, and of its derivatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp
from flint import acb, arb, ctx

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import hull
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective.functionals import fraction_ball
from memcurse.theory.approximation import truncation as theory
from memcurse.theory.approximation.jackson import rate_constant
from memcurse.theory.notation import t

#: ``(omega, T, alpha)`` with T >= (alpha + 1)/2.
INSTANCES = (
    ("1", 1, 1),
    ("1/2", 2, 1),
    ("1/5", 3, 1),
    ("1/10", 8, 1),
    ("1/2", 2, 2),
    ("1/10", 5, 2),
    ("1/4", 3, 3),
)
_PIECES = 24


@dataclass(frozen=True)
class Instance:
    """A power law, where it is truncated, and the order of smoothness."""

    omega: sp.Rational
    T: sp.Integer
    alpha: int

    @property
    def beta(self) -> sp.Expr:
        """The beta that the bound is least at."""
        return theory.best_beta(self.T, sp.Integer(self.alpha))

    @property
    def M(self) -> sp.Expr:
        """Bound on the derivatives of the truncated kernel."""
        return theory.largest_derivative_bound(self.omega, self.alpha)

    @property
    def CM(self) -> sp.Expr:
        """The rate theorem's constant times `M`."""
        return rate_constant(self.alpha) * self.M

    def pieces(self, n: int) -> Iterator[tuple[sp.Expr, sp.Expr, sp.Expr]]:
        """The n-th derivative of the truncated kernel: ``(expression, start, end)`` before T and behind it."""
        yield theory.kernel_derivative(self.omega, n), sp.S.Zero, self.T
        yield sp.diff(_late(self), t, n), self.T, 2 * self.T


def instances(quick: bool) -> list[Instance]:
    """The instances of a run."""
    chosen = INSTANCES[::3] if quick else INSTANCES[::2]
    return [Instance(sp.Rational(omega), sp.Integer(T), alpha) for omega, T, alpha in chosen]


@lru_cache(maxsize=64)
def _late(instance: Instance) -> sp.Expr:
    return theory.truncated_kernel(instance.omega, instance.T, instance.alpha)


def supremum(expression: sp.Expr, start: Fraction, end: Fraction) -> Any:
    """Upper bound, close to the least one, of ``|expression|`` over [start, end]: balls of pieces and their centres.

    Rigour: upper bound.
    """

    value, slope = (lower(f, (t,), "ball") for f in (expression, sp.diff(expression, t)))
    largest, width = arb(0), (end - start) / _PIECES
    for k in range(_PIECES):
        a, b = start + k * width, start + (k + 1) * width
        box = hull(fraction_ball(a), fraction_ball(b))
        # By the mean value theorem: f at the centre, and the slope over the piece.
        around = value(fraction_ball((a + b) / 2)) + slope(box) * (box - fraction_ball((a + b) / 2))
        largest = arb.max(largest, arb(abs(around).abs_upper()))
    return largest


def gamma_enclosed(instance: Instance, beta: sp.Expr | None = None) -> Any:
    """Upper bound by balls of ``sup |e^(beta t) y^(k)|/beta^k`` over t and k = 1 .. alpha + 1; y' is the kernel."""

    rate = instance.beta if beta is None else beta
    largest = arb(0)
    for k in range(1, instance.alpha + 2):
        for expression, start, end in instance.pieces(k - 1):
            weighted = sp.exp(rate * t) * expression / rate**k
            largest = arb.max(largest, supremum(weighted, Fraction(int(start)), Fraction(int(end))))
    return largest


def truncation_error(instance: Instance) -> Any:
    """Ball of ``int (rho - rho_T)``: Arb's integrator up to 2T, the tail behind."""
    T = instance.T
    missing = theory.kernel_derivative(instance.omega, 0) - _late(instance)
    return _integral(missing, t, constant_ball(T), constant_ball(2 * T)) + constant_ball(
        theory.kernel_tail(instance.omega, 2 * T)
    )


def approximation_error(instance: Instance, m: int) -> Any:
    """Upper bound by balls of the L1 distance of rho_T from an explicit sum of m terms.

    With ``s = e^(-beta t/n)``, n = alpha + 1, the sum is s times the Legendre polynomial sum of degree m - 1 of
    ``q(s) = rho_T/s`` on [0, 1], and by Cauchy and Schwarz the distance is at most
    ``(n/beta) sqrt(int q^2 - sum c_k^2)``.
    """

    square = sum((_integral(q**2, s, low, high) for q, s, low, high in _in_s(instance)), arb(0))
    rest = square - sum(((2 * k + 1) * _legendre(instance, k) ** 2 for k in range(m)), arb(0))
    return constant_ball(_scale(instance)) * arb.max(rest, arb(0)).sqrt()


def approximation_floor(instance: Instance, m: int) -> Any:
    """Lower bound by balls of the same distance: ``(n/beta) |c_k|`` for k = m .. m + 2, as ``|P_k| <= 1``.

    The sum has no share in these moments.
    """
    largest = arb(0)
    for k in range(m, m + 3):
        largest = arb.max(largest, abs(_legendre(instance, k)))
    return constant_ball(_scale(instance)) * largest


def _scale(instance: Instance) -> sp.Expr:
    return sp.Integer(instance.alpha + 1) / instance.beta


def _in_s(instance: Instance) -> Iterator[tuple[sp.Expr, sp.Symbol, Any, Any]]:
    """``q(s) = rho_T/s`` on its pieces: ``(expression, s, start, end)``."""
    s, scale = sp.Symbol("s", positive=True), _scale(instance)
    for expression, start, end in instance.pieces(0):
        if start != end:
            q = expression.xreplace({t: -scale * sp.log(s)}) / s
            yield q, s, constant_ball(sp.exp(-end / scale)), constant_ball(sp.exp(-start / scale))


def _legendre(instance: Instance, k: int) -> Any:
    """``c_k``: the moment of q with the Legendre polynomial of degree k."""
    return _legendre_at(instance, k, ctx.prec)


@lru_cache(maxsize=512)
def _legendre_at(instance: Instance, k: int, bits: int) -> Any:
    return sum((_integral(q, s, low, high, k) for q, s, low, high in _in_s(instance)), arb(0))


def _integral(f: sp.Expr, x: sp.Symbol, low: Any, high: Any, degree: int | None = None) -> Any:
    """``int f(x) dx``, times the Legendre polynomial ``P_degree(2x - 1)`` if there is one; f analytic for Re x > 0."""

    value = lower(f, (x,), "integrand")

    def integrand(z: Any, analytic: bool) -> Any:
        if analytic and not z.real > 0:
            return acb(arb.nan())
        factor = 1 if degree is None else (2 * z - 1).legendre_p(arb(degree))
        return value(z) * factor

    return acb.integral(integrand, acb(low), acb(high)).real
