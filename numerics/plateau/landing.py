"""Where a flow that starts off a critical manifold comes down to it: on the short part alone, whatever the delay.

Rigour: float64 flows to a relative tolerance; the point is the limit for large times, extrapolated for two units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import sympy as sp

from memcurse.numerics.flow.events import Displacement
from memcurse.numerics.flow.gradient_flow import gradient_flow
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.plateau.slow_manifold import split_shift
from memcurse.theory.targets.target import ExponentialSum

#: When a start has come down: splits fall as the square root of the time.
_LATE: Final = 1e7
_FAR: Final = 1e6
#: A unit with less than this share has died.
_DEAD: Final = 1e-9


@dataclass(frozen=True)
class Landing:
    """The point at which a start comes down.

    Attributes
    ----------
    amplitudes : tuple of sympy.Rational
        They sum to the term's.
    slow : int
        The unit with the smallest rate on the way down.
    split : float
        Largest difference of rates when the flow was left; the shares are off by about its square, extrapolated for
        two units.
    dead : bool
        Whether a unit has died: its amplitude is 0, its rate is not the term's.
    """

    amplitudes: tuple[sp.Rational, ...]
    slow: int
    split: float
    dead: bool

    @property
    def share(self) -> sp.Rational:
        """Of the slow unit."""
        return self.amplitudes[self.slow] / sp.Add(*self.amplitudes)


def landing(short: ExponentialSum, a0: Any, w0: Any) -> Landing:
    """Where the flow on the short part takes a start, with all units at its one term.

    Parameters
    ----------
    short : ExponentialSum
        One term.
    a0, w0 : sequences of m numbers

    Raises
    ------
    TypeError, ValueError
        As `gradient_flow`, and for a short part of several terms, or a flow that does not come down to it.
    """
    if not isinstance(short, ExponentialSum) or len(short.a) != 1:
        raise ValueError(f"`short` must be one exponential; got {short!r}")
    run = gradient_flow(Objective(short), a0, w0, Displacement(_FAR), until=_LATE, rtol=1e-10)
    a, w = (np.asarray(x[-1], dtype=float) for x in (run.a, run.w))
    total, rate = float(short.a[0]), float(short.w[0])
    alive = np.abs(a) > _DEAD * abs(total)
    off = float(np.abs(w[alive] - rate).max(initial=0.0))
    if (
        run.status not in ("until", "unreachable")
        or abs(a.sum() - total) > 1e-3 * abs(total)
        or off > 0.02 * rate
    ):
        raise ValueError(f"`a0`, `w0` must come down to the short part; got {run.status}, {a}, {w}")
    split, slow = float(np.ptp(w[alive])), int(np.argmin(np.where(alive, w, np.inf)))
    if len(a) == 2 and alive.all():
        # What the share loses while a split grows from 0 it gains while the split falls.
        share = a[slow] / a.sum()
        shift = float(split_shift(short.a[0], sp.Float(share), sp.Float(split)))
        a[slow] = total * (share - shift)
        a[1 - slow] = total - a[slow]
    exact = [sp.Rational(str(x)) if live else sp.S.Zero for x, live in zip(a.tolist(), alive, strict=True)]
    last = max(range(len(exact)), key=lambda i: abs(exact[i]))
    exact[last] = short.a[0] - sp.Add(*(x for i, x in enumerate(exact) if i != last))
    return Landing(tuple(exact), slow, split, not bool(alive.all()))
