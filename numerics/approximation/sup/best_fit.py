"""The best exponential sum in the maximum norm on an interval: found by Remez' algorithm, its error enclosed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import mpmath
import sympy as sp
from flint import arb

from memcurse.numerics.approximation.sums import ExponentialFit
from memcurse.numerics.arithmetic.balls import ball_precision, bits_for, hull, to_mpf
from memcurse.theory.exact import exact_integer
from memcurse.theory.targets.target import ExponentialSum, Target

from .kernel import IntervalKernel, interval_kernel
from .proof import lower_bound, upper_bound
from .remez import Alternant, levelled
from .starts import level_sum

MAX_WIDTH, MAX_DIGITS = 16, 500
#: Bits beyond those of the digits: for every kernel, and what each term may cancel.
_GUARD, _A_TERM = 96, 24
_ROUNDS = 3
_GLOBAL = (
    "global, proved: no sum of m real exponentials has an error below the enclosure, this one none above"
)


@dataclass(frozen=True, repr=False)
class SupFit(ExponentialFit):
    """A sum of m exponentials whose largest error on an interval is the least there is, to the digits asked for.

    Attributes
    ----------
    a, w : tuple of mpmath.mpf, length m
        Amplitudes and rates (1/time), rates in increasing order. The enclosure is about exactly these numbers.
    error : mpmath.mpf
        The largest distance from the target on the interval.
    error_enclosure : arb
        Ball that holds the least error of all sums of m exponentials, and the error of this one.
    alternation : tuple of mpmath.mpf, length 2m + 1
        Times at which the error is largest, with alternating signs.
    residuals : tuple of mpmath.mpf, length 2m + 1
        Target minus fit there.
    interval : tuple of sympy.Expr
        The two ends, exact; the second may be ``oo``.
    scope : str
        What is proved.
    """

    a: tuple[mpmath.mpf, ...]
    w: tuple[mpmath.mpf, ...]
    error: mpmath.mpf
    error_enclosure: arb
    alternation: tuple[mpmath.mpf, ...]
    residuals: tuple[mpmath.mpf, ...]
    interval: tuple[sp.Expr, sp.Expr]
    scope: str
    digits: int
    norm: str = "sup"

    _told: ClassVar[tuple[str, ...]] = ("m",)


def best_sup_fit(target: Target | str | sp.Expr, m: int, digits: int, interval: Any) -> SupFit:
    """The best sum of m terms in the maximum norm; `digits` as checked by `l2.best_fit.best_fit`.

    Raises
    ------
    TypeError, ValueError
        For a kernel that is not finite on the interval, more than 16 terms, a target of no more than m terms.
    ArithmeticError
        If no sum is found whose error alternates as it must, or the bounds do not meet.

    Notes
    -----
    Rigour: the enclosure of the least error is a proof (`proof`), for all real amplitudes and rates.
    """
    m = exact_integer("m", m)
    if not 1 <= m <= MAX_WIDTH:
        raise ValueError(f"`m` must be between 1 and {MAX_WIDTH} for the norm 'sup'; got {m}")
    if digits > MAX_DIGITS:
        raise ValueError(f"`digits` must be at most {MAX_DIGITS} for the norm 'sup'; got {digits}")
    if isinstance(target, ExponentialSum) and m >= sum(1 for x in target.a if x != 0):
        raise ValueError(f"`m` must be below the target's number of terms for the norm 'sup'; got {m}")
    kernel = interval_kernel(target, interval)
    fit = proved_fit(kernel, m, digits)
    if fit is None:
        raise ArithmeticError(
            f"`m` must allow a sum whose error alternates at 2m + 1 = {2 * m + 1} times; got none for "
            f"{kernel.expression}"
        )
    return fit


def proved_fit(kernel: IntervalKernel, m: int, digits: int, near: Alternant | None = None) -> SupFit | None:
    """The best sum of m terms, from a sum near by or from any start; None if it is not found. Rigour: proof."""
    goal = bits_for(digits) + 4
    for extra in range(_ROUNDS):
        with ball_precision(bits_for_terms(m, goal) << extra):
            if near is None:
                level = level_sum(kernel, m, goal)
            else:
                level = levelled(near.e, near.times, goal)
            if level is None or not all(x > 0 for x in level.e.w):
                return None
            low = lower_bound(level.e, level.times)
            high = None if low is None else upper_bound(level.e, level.times)
            if low is None or high is None:
                continue
            error = hull(low, high)
            if error.rel_accuracy_bits() >= bits_for(digits):
                return _fit(kernel, level, error, digits)
    return None


def bits_for_terms(m: int, goal: int) -> int:
    """Bits at which the error of m terms, which may cancel, is known to the bits of the goal."""
    return goal + _GUARD + _A_TERM * m


def _fit(kernel: IntervalKernel, level: Alternant, error: arb, digits: int) -> SupFit:
    return SupFit(
        a=tuple(map(to_mpf, level.e.a)),
        w=tuple(map(to_mpf, level.e.w)),
        error=to_mpf(error),
        error_enclosure=error,
        alternation=tuple(map(to_mpf, level.times)),
        residuals=tuple(map(to_mpf, level.values)),
        interval=(kernel.start, kernel.end),
        scope=_GLOBAL,
        digits=digits,
    )
