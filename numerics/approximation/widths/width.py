"""A sum with a certified distance from its target: the result of `certified_width`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath
import sympy as sp
from flint import arb

from memcurse.numerics.approximation.l1.distance import l1_error
from memcurse.numerics.approximation.l2.distance import l2_error
from memcurse.numerics.approximation.sums import ExponentialFit
from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import certainly_less, precision
from memcurse.numerics.plain import plain
from memcurse.theory.targets.target import Target


@dataclass(frozen=True, repr=False)
class Width(ExponentialFit):
    """An exponential sum with a certified distance from its target, rates in increasing order.

    Attributes
    ----------
    a, w : tuple of mpmath.mpf, length m
        Amplitudes and rates (1/time): exact binary numbers, to which `error_enclosure` refers.
    error_enclosure : arb
        Ball of the distance: the L1 norm of the difference, or (norm "l2") its L2 norm, not squared.
    error : sympy.Expr
        The distance that was asked for.
    met : bool
        Whether the ball is certainly at most `error`.
    method : str
        Where the sum comes from.
    message : str
        What is proved; if `met` is False, why no better sum is given.
    """

    a: tuple[mpmath.mpf, ...]
    w: tuple[mpmath.mpf, ...]
    error_enclosure: arb
    error: sp.Expr
    met: bool
    method: str
    message: str
    norm: str
    digits: int

    def to_dict(self) -> dict[str, Any]:
        """As JSON; amplitudes and rates with all their decimals, as the distance is theirs exactly."""
        return super().to_dict() | {"a": plain(self.a), "w": plain(self.w)}

    @property
    def m(self) -> int:
        """Number of terms: at least 1, also where no term would do."""
        return len(self.w)


def certified(
    target: Target,
    parameters: tuple[list[Any], list[Any]],
    error: sp.Expr,
    norm: str,
    digits: int,
    method: str,
) -> Width:
    """A sum and the ball of its distance. Rigour: the ball is an enclosure."""
    a, v = parameters
    ball = l1_error(target, a, v, digits=digits) if norm == "l1" else l2_error(target, a, v, digits=digits)
    with precision(digits):
        met = bool(certainly_less(ball, constant_ball(error)))
    return Width(tuple(a), tuple(v), ball, error, met, method, message(met, method, len(a)), norm, digits)


def message(met: bool, method: str, m: int) -> str:
    """What is proved of a sum of m terms."""
    if met:
        terms = "1 term is" if m == 1 else f"{m} terms are"
        return f"{terms} enough, proved ({method}); that fewer are not is not"
    return f"the error asked for was not met within the budget and the reach of the search; best sum found ({method})"
