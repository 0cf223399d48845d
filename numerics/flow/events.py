"""Events that end a gradient flow: a drop of the loss, a distance from the start."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import sympy as sp

from memcurse.numerics.arguments import constant_float
from memcurse.numerics.flow.engine.state import DISPLACEMENT, LOSS_DROP
from memcurse.theory.exact import exact_positive


@dataclass(frozen=True, init=False)
class LossDrop:
    """The event that the loss has dropped by `drop` (absolute), or by `fraction` of what it was at the start.

    Raises
    ------
    TypeError, ValueError
        Unless exactly one of the two is given, positive, and the fraction below 1.
    """

    drop: sp.Expr | None
    fraction: sp.Expr | None

    def __init__(self, drop: Any = None, *, fraction: Any = None) -> None:
        if (drop is None) == (fraction is None):
            raise TypeError(
                "`LossDrop` must be given either `drop` or `fraction`; got "
                + ("none" if drop is None else "both")
            )
        object.__setattr__(self, "drop", None if drop is None else exact_positive("drop", drop))
        share = None if fraction is None else exact_positive("fraction", fraction)
        if share is not None and not share < 1:
            raise ValueError(f"`fraction` must be below 1; got {fraction}")
        object.__setattr__(self, "fraction", share)


@dataclass(frozen=True, init=False)
class Displacement:
    """The event that the parameters are the Euclidean `distance` away from where they started."""

    distance: sp.Expr

    def __init__(self, distance: Any) -> None:
        object.__setattr__(self, "distance", exact_positive("distance", distance))


Event = LossDrop | Displacement
#: Thresholds seen before, nearest floats: an ensemble asks for the same one a thousand times.
_float = functools.lru_cache(maxsize=64)(constant_float)


def validate_event(stop: Any, loss: float) -> tuple[int, float]:
    """The kind of an event and its threshold; `loss` is that of the start.

    Raises
    ------
    TypeError, ValueError
        If `stop` is no event, or asks for more than the whole loss.
    """
    if isinstance(stop, Displacement):
        return DISPLACEMENT, _float("distance", stop.distance)
    if not isinstance(stop, LossDrop):
        raise TypeError(f"`stop` must be a LossDrop or a Displacement; got {stop!r}")
    if stop.drop is not None:
        drop = _float("drop", stop.drop)
    else:
        drop = _float("fraction", stop.fraction or sp.S.Zero) * loss
    if not drop < loss:
        raise ValueError(
            f"`stop` must ask for a loss drop that can be reached, below the loss {loss:.8g} at the start; "
            f"got {drop:.8g}"
        )
    return LOSS_DROP, drop
