"""Which arithmetic and how many stages a flow takes, and when an arithmetic has carried it to its end."""

from __future__ import annotations

from typing import Any

from memcurse.numerics.flow.engine.solve import BUDGET, INTERRUPTED
from memcurse.numerics.flow.engine.state import DISPLACEMENT, LOSS_DROP, NOISE, STALLED, UNREACHABLE

#: A threshold missed by so many tolerances is tried again with a tolerance smaller by this factor.
A_FEW, FINER = 30.0, 1e-4


def choose_stages(rtol: float, m: int) -> int:
    """Stages of the method: more for tight tolerances, fewer where the linear systems are large."""
    if rtol >= (3e-6 if m <= 4 else 3e-8):
        return 3
    return 5 if rtol >= 1e-10 else 7


def missed_nearly(closest: float, kind: int, threshold: float, rtol: float) -> bool:
    """Whether the distance from the start rose to within a few tolerances of the threshold, and fell again."""
    return kind == DISPLACEMENT and 0.0 > closest > -A_FEW * rtol * threshold


def hidden_in_float64(kind: int, threshold: Any, loss: Any, rtol: float) -> Any:
    """Whether a drop of the loss is so near float64's round-off of it that float64 cannot see it."""
    return (kind == LOSS_DROP) & (threshold < 1e-15 / rtol * loss)


def carried(code: int, noise: float, rtol: float) -> bool:
    """Whether an arithmetic carried a flow to its end: how it ended, and the round-off of the time."""
    if code in (INTERRUPTED, BUDGET, UNREACHABLE):
        return True
    return code not in (NOISE, STALLED) and noise <= rtol
