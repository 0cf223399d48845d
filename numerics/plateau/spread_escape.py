r"""Time at which gradient flow leaves when one unit starts slow and silent, at any delay, without following it.

`theory.plateau.spread_rates`: the fast variables follow, the slow rate moves by :math:`\dot v = E'(v)`, and the time is
a quadrature. Nothing is expanded in the delay here.
"""

from __future__ import annotations

from typing import Any, Final

import mpmath

from memcurse.numerics.arithmetic.balls import mp_digits
from memcurse.theory.targets.target import Target

from .natural_escape import Pull, panel_rule

__all__ = ["silent_unit_time"]

_DIGITS: Final = 40
#: Length of a panel in units of one over the memory, the share at which the rest is nothing, panels at most.
_PANEL, _NEGLIGIBLE, _MOST_PANELS = 0.2, 1e-18, 2000
#: Halvings of the panel in which the event comes.
_HALVINGS: Final = 60


def silent_unit_time(far: Target, rate: Any, drop: Any) -> mpmath.mpf:
    """Time of a drop of the loss, for the target ``e^{-t} + far`` from ``e^{-t} + 0 e^{-rate t}``.

    Parameters
    ----------
    far : Target
        The far part; it must pull towards slower rates.
    rate : number
        Between 0 and 1.
    drop : number
        Loss, absolute, positive: the event.

    Raises
    ------
    ValueError
        For a rate outside these bounds, a drop that the start gains at once, or one that the rate comes to rest short
        of.

    Notes
    -----
    Rigour: heuristic reduction (the fast variables follow); Gauss-Legendre panels in 40 digits.
    """
    with mp_digits(_DIGITS):
        v, goal, pull = mpmath.mpf(rate), mpmath.mpf(drop), Pull(far)
        if not 0 < v < 1:
            raise ValueError(f"`rate` must lie between 0 and 1; got {rate}")
        if not _gain(pull, v)[0] < goal:
            raise ValueError(f"`drop` must be more than the start gains at once; got {drop}")
        return +_followed(pull, v, goal)


def _followed(pull: Pull, v: Any, goal: Any) -> Any:
    """``int dv/|E'|`` downwards from v until the gain is `goal`, or until nothing more adds up."""
    nodes, weights, _ = panel_rule()

    def panel(start: Any, h: Any) -> Any:
        slopes = [_gain(pull, start - h * x)[1] for x in nodes]
        if not all(slope < 0 for slope in slopes):
            raise ValueError("`drop` must come before the rate is at rest; it does not")
        return h * mpmath.fsum(weight / -slope for weight, slope in zip(weights, slopes, strict=True))

    total = mpmath.mpf(0)
    for _ in range(_MOST_PANELS):
        h = min(_PANEL / pull.memory, v / 8)
        if _gain(pull, v - h)[0] >= goal:
            return total + panel(v, _reached(pull, v, h, goal))
        share = panel(v, h)
        total, v = total + share, v - h
        if share < _NEGLIGIBLE * total:
            return total
    raise ArithmeticError(f"the time must converge in {_MOST_PANELS} panels; it did not")


def _reached(pull: Pull, v: Any, h: Any, goal: Any) -> Any:
    """How far below v the gain is `goal`, by bisection of ``[0, h]``."""
    low, high = mpmath.mpf(0), h
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _gain(pull, v - middle)[0] >= goal else (middle, high)
    return high


def _gain(pull: Pull, v: Any) -> tuple[Any, Any]:
    """``E`` and ``E'``."""
    off, slope = pull.off(v)
    share = ((1 - v) / (1 + v)) ** 2
    found = off**2 * 2 * v / share**2
    # The logarithm of the share falls by 4/(1 - v^2).
    return found, found * (2 * slope / off + 1 / v + 8 / (1 - v**2))
