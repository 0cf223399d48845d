r"""A lower bound on the L2 distance from every sum of m exponentials, from a kernel and its shifts to the left.

Let g be a sum of m exponentials, real or complex, or ``c^T e^{At} b`` with any stable A of order m: all shifts
``g(. + s)`` lie in one space of dimension m. For shifts :math:`0 \le \delta_1 < \dots < \delta_n` let
:math:`f_i = f(\cdot + \delta_i)` and :math:`G_{ij} = \int_0^\infty f_i f_j`. Then

.. math:: \|f - g\|^2 \ge \frac1n \sum_{k > m} \lambda_k(G).

*Proof.* Cutting off what lies before :math:`\delta_i` makes no norm larger: :math:`\|f_i - g_i\| \le \|f - g\|`. So
:math:`n \|f - g\|^2 \ge \sum_i \|f_i - g_i\|^2`, and this is at least the squared distance of the system ``(f_i)`` from
all systems of rank m, which is the sum of the other eigenvalues of its Gram matrix (Eckart, Young; Mirsky).

A float64 decomposition within r of G in the Frobenius norm moves that sum by ``sqrt(n) r`` at most, the trace norm of
what is left (Ky Fan).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

import numpy as np
import sympy as sp
from flint import arb, arb_mat

from memcurse.numerics.arithmetic.balls import rational_ball
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.notation import t
from memcurse.theory.targets.moved import moved_product
from memcurse.theory.targets.target import Target, inner_product

from .hankel_sections import singular_values

#: Numbers of shifts that are tried; fewer where every product is a quadrature.
_SHIFTS, _SHIFTS_BY_QUADRATURE = (12, 24, 48), (8,)
#: Share of the kernel's mass behind which no shift lies.
_LEFT_OUT = 1e-3
#: Two shifts, as symbols.
_MOVED = sp.symbols("x y", nonnegative=True)


def shift_bounds(target: Target, shifts: Sequence[sp.Rational]) -> list[arb]:
    """Lower bounds on the L2 distance from every sum of 0, 1, 2, ... terms.

    Parameters
    ----------
    target : Target
        The kernel.
    shifts : sequence of nonnegative rationals, increasing
        Times by which it is moved to the left.

    Notes
    -----
    Rigour: proved lower bounds at the current precision (each an exact ball), falling.
    """
    n = len(shifts)
    values, radius = singular_values(_gram(target, tuple(shifts)))
    tails = [arb(0)]
    for x in values[::-1]:
        tails.append(tails[-1] + arb(float(x)))
    least = [arb.max((tail - arb(n).sqrt() * radius) / n, arb(0)) for tail in tails[::-1]]
    return [arb(arb(x.lower()).max(arb(0)).sqrt().lower()) for x in least]


def shifted_bounds(target: Target) -> Iterator[list[arb]]:
    """`shift_bounds` for systems of equal steps, coarse ones first. Rigour: proved."""
    closed = all(part.seen_from(sp.S.Zero) is not None for part in target.parts())
    for n in _SHIFTS if closed else _SHIFTS_BY_QUADRATURE:
        for shifts in _systems(target, n):
            yield shift_bounds(target, shifts)


def _systems(target: Target, n: int) -> Iterator[tuple[sp.Rational, ...]]:
    """Equal steps up to several times; a bump is not moved past its centre."""
    limits = [float(part.delay) for part in target.parts() if hasattr(part, "delay")]
    last = Fraction(min(limits) if limits else _end(target)).limit_denominator(2**16)
    for share in (Fraction(1), Fraction(3, 4), Fraction(1, 2)):
        step = last * share / n
        if step > 0:
            yield tuple(sp.Rational(step.numerator * i, step.denominator) for i in range(n))


@functools.lru_cache(maxsize=64)
def _end(target: Target) -> float:
    """A time behind which about `_LEFT_OUT` of the mass lies; heuristic, it only steers."""
    times = np.concatenate([[0.0], np.geomspace(1e-3, 1e12, 6000)])
    with np.errstate(all="ignore"):
        values = np.abs(lower(target.expression, (t,), "float64")(times))
    values = np.where(np.isfinite(values), values, 0.0)
    masses = np.concatenate([[0.0], np.cumsum((values[1:] + values[:-1]) / 2 * np.diff(times))])
    return float(times[min(np.searchsorted(masses, (1 - _LEFT_OUT) * masses[-1]) + 1, len(times) - 1)])


def _gram(target: Target, shifts: tuple[sp.Rational, ...]) -> arb_mat:
    """``int rho(t + x_i) rho(t + x_j) dt`` over t >= 0."""
    n = len(shifts)
    product = _product(target)
    gram = arb_mat(n, n)
    for i in range(n):
        for j in range(i + 1):
            gram[i, j] = gram[j, i] = product(shifts[i], shifts[j])
    return gram


@functools.lru_cache(maxsize=64)
def _product(target: Target) -> Callable[[sp.Rational, sp.Rational], arb]:
    """The integral for two shifts: one program for all of them where the kinds allow it."""
    expression = moved_product(target, *_MOVED)
    if expression is None:
        return lambda early, late: lower(_product_of_two(target, early, late), (), "ball")()
    run = lower(expression, _MOVED, "ball")
    return lambda early, late: run(rational_ball(early), rational_ball(late))


def _product_of_two(target: Target, early: sp.Rational, late: sp.Rational) -> sp.Expr:
    p, q = target.seen_from(early), target.seen_from(late)
    if p is None or q is None:
        first, second = (target.expression.subs(t, t + x) for x in (early, late))
        return sp.Integral(first * second, (t, 0, sp.oo))
    return inner_product(p, q)
