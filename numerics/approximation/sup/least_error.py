"""Is the least error of m terms above or below a given one? Decided by bounds only as close as the answer asks for.

A sum whose error alternates bounds the least error from below before its extrema are level (`proof`); where that does
not decide, the extrema are levelled step by step.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp
from flint import arb

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision, bits_for, hull

from .best_fit import bits_for_terms
from .kernel import IntervalKernel
from .proof import lower_bound, upper_bound
from .remez import Alternant, alternant_near, levelled
from .starts import starts

#: Bits to which the extrema are levelled, step by step, before the comparison is given up.
_LEVELS = (1, 6, 24, 96)
_GOAL = bits_for(30)


@dataclass(frozen=True)
class Trial:
    """What is proved of the least error of all sums of m terms with real rates.

    Attributes
    ----------
    m : int
        Number of terms.
    lower, upper : arb or None
        Bounds of the least error; None where none is known.
    at : Alternant or None
        The sum from which they come.
    """

    m: int
    lower: arb | None
    upper: arb | None
    at: Alternant | None

    def too_few(self, error: sp.Expr) -> bool:
        """Whether no sum of m terms comes so near, proved."""
        return self.lower is not None and bool(self.lower > constant_ball(error))

    def enough(self, error: sp.Expr) -> bool:
        """Whether this sum is as near as that, proved."""
        return self.upper is not None and bool(self.upper <= constant_ball(error))


def compared(kernel: IntervalKernel, m: int, error: sp.Expr) -> Trial:
    """Bounds of the least error of m terms, close enough to tell it from `error` where they can be.

    Rigour: proof.
    """
    undecided = Trial(m, None, None, None)
    with ball_precision(bits_for_terms(m, _GOAL)):
        for e, times in starts(kernel, m):
            at = alternant_near(e, times)
            for level in _LEVELS:
                if at is None or not all(w > 0 for w in at.e.w):
                    break
                trial = _bounded(m, at, error)
                if trial.too_few(error) or trial.enough(error):
                    return trial
                undecided = trial
                at = levelled(at.e, at.times, level)
            else:
                return undecided
    return undecided


def _bounded(m: int, at: Alternant, error: sp.Expr) -> Trial:
    low = lower_bound(at.e, at.times)
    # The sum's own error is at least its largest extremum.
    reachable = all(abs(v) <= constant_ball(error) for v in at.values)
    return Trial(m, low, upper_bound(at.e, at.times) if reachable else None, at)


def error_of_sum(at: Alternant) -> arb | None:
    """Ball of the maximum error of the sum itself; None if it is not found. Rigour: enclosure."""
    high = upper_bound(at.e, at.times)
    if high is None:
        return None
    low = arb(0)
    for x in at.times:
        low = low.max(arb(abs(at.e.value(x)).lower()))
    return hull(low, high)
