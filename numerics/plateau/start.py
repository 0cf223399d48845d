"""Where an escape starts on a critical manifold: the group of units that parts, and how (`theory.plateau`).

Rigour: the split is exact; signs of the far part's overlaps are decided by balls.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sympy as sp
from flint import arb

from memcurse.numerics.arguments import constant_ball, exact_parameters
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.plateau.far_overlaps import overlap_off, share_off
from memcurse.theory.plateau.split_clusters import Split, split, stable_splits
from memcurse.theory.targets.target import Target, add, split_exponentials

_SIGN_BITS: Final = 128


@dataclass(frozen=True)
class PlateauStart:
    """A start on the manifold on which a group of units is one.

    Attributes
    ----------
    rate : sympy.Expr
        Of the group's term.
    amplitudes : tuple of sympy.Expr
        Of the group's units; they sum to the term's.
    others : tuple of (amplitude, rate)
        The other short terms, one unit each.
    far : Target
    parted : Split
        The two clusters; its indices count within the group.
    sign : int
        Of D_2: -1 for a negative far part.
    """

    rate: sp.Expr
    amplitudes: tuple[sp.Expr, ...]
    others: tuple[tuple[sp.Expr, sp.Expr], ...]
    far: Target
    parted: Split
    sign: int

    @property
    def amplitude(self) -> sp.Expr:
        """Of the group's term."""
        return sp.Add(*self.amplitudes)

    @property
    def units(self) -> tuple[int, int]:
        """How many units are slow and fast."""
        slow = len(self.parted.slow)
        return slow, len(self.amplitudes) - slow

    @property
    def beta(self) -> sp.Expr:
        """What the other terms leave of the group, `theory.plateau.far_overlaps`."""
        return share_off(self.rate, [w for _, w in self.others])

    def overlap(self, n: int) -> arb:
        """``D_n`` at the precision in force."""
        return constant_ball(overlap_off(n, self.rate, [w for _, w in self.others], self.far))


def plateau_start(J: Any, a0: Any, w0: Any, slow: Sequence[int] | None = None) -> PlateauStart:
    """The start of m units that represent the short part, with one group of at least two.

    Parameters
    ----------
    J : Objective
        Of a target with exponential terms and a far part.
    a0, w0 : sequences of m numbers
        All rates are rates of terms; the amplitudes at a rate sum to the term's.
    slow : sequence of int, optional
        Which of the m units make the slow cluster; without it the one that a flow from here makes slow: for amplitudes
        of one sign the largest, for two of opposite signs the smaller.

    Raises
    ------
    TypeError, ValueError
        For other targets and starts, and for units that do not part, or part for ever.
    """
    if not isinstance(J, Objective):
        raise TypeError(f"`J` must be an Objective; got {J!r}")
    short, far = split_exponentials(J.target.parts())
    if len(short) != 1 or not far:
        raise ValueError(f"`J` must have a target with exponential terms and a far part; got {J.target!r}")
    a, w = exact_parameters(a0, w0)
    terms = list(zip(short[0].a, short[0].w, strict=True))
    members = {rate: [i for i, x in enumerate(w) if x == rate] for _, rate in terms}
    groups = [rate for rate, inside in members.items() if len(inside) > 1]
    if sum(map(len, members.values())) != len(w) or not all(members.values()) or len(groups) != 1:
        rates = ", ".join(str(rate) for _, rate in terms)
        raise ValueError(f"`w0` must hold the terms' rates {rates}, one of them twice or more; got {w0}")
    for amplitude, rate in terms:
        if sp.Add(*(a[i] for i in members[rate])) != amplitude:
            raise ValueError(
                f"`a0` must sum to the term's amplitude {amplitude} at the rate {rate}; got {a0}"
            )
    inside = members[groups[0]]
    others = tuple(term for term in terms if term[1] != groups[0])
    amplitudes = tuple(a[i] for i in inside)
    sign = _sign(groups[0], others, add(*far))
    parted = _parted(amplitudes, sign, None if slow is None else [inside.index(i) for i in slow], a0)
    return PlateauStart(groups[0], amplitudes, others, add(*far), parted, sign)


def _sign(rate: Any, others: Sequence[Any], far: Target) -> int:
    rates = [w for _, w in others]
    with ball_precision(_SIGN_BITS):
        d2, d3 = (constant_ball(overlap_off(n, rate, rates, far)) for n in (2, 3))
    if not math.isfinite(float(abs(d2).log())):
        raise ValueError("`J` must have a far part that the rate sees; got D_2 = 0 to 38 digits")
    if d2 > 0 and d3 < 0:
        return 1
    if d2 < 0 and d3 > 0:
        return -1
    raise ValueError("`J` must have a far part with D_2 > 0 > D_3 or D_2 < 0 < D_3; got other signs")


def _parted(amplitudes: tuple[Any, ...], sign: int, slow: Sequence[int] | None, a0: Any) -> Split:
    stable = stable_splits(amplitudes, sign)
    if not stable:
        wanted = "D_2 > 0" if sign < 0 else "amplitudes that are positive"
        raise ValueError(f"`J`, `a0` must have {wanted} and differ, or nothing splits; got {a0}")
    if slow is None:
        slow = _default(amplitudes, a0)
    chosen = split(amplitudes, slow)
    if chosen not in stable:
        raise ValueError(f"`slow` must be a stable cluster of {a0}; got {list(slow)}")
    if chosen.share > 1:
        raise ValueError(f"`slow` must lose its share of the amplitude; got the share {chosen.share}")
    return chosen


def _default(amplitudes: tuple[Any, ...], a0: Any) -> list[int]:
    total = sp.Add(*amplitudes)
    shares = [x / total for x in amplitudes]
    if all(x > 0 for x in shares):
        largest = max(shares)
        if shares.count(largest) > 1:
            raise ValueError(f"`a0` must be positive and differ in the largest, or nothing splits; got {a0}")
        return [shares.index(largest)]
    if len(shares) > 2:
        raise ValueError(f"`slow` must name the slow cluster for amplitudes of both signs; got {a0}")
    return [shares.index(min(shares))]
