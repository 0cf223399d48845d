"""The compiled objective as Python calls it: one point or many, and a verdict on each loss.

A loss of which cancellation left too few digits is not returned, but marked as `LOST`.
"""

from __future__ import annotations

from typing import Any, Final

from memcurse.numerics.arithmetic.compiled import compiled, subroutine

from .kernels import SIZE, UNIT, evaluate

#: Instead of a loss: too few of its digits are left; the arrays do not fit together.
LOST: Final = -1.0
MISFIT: Final = -2.0


@subroutine
def is_lost(loss: float, a: Any, w: Any, p: Any) -> bool:
    """Whether too little of the loss is left of the terms it is the difference of.

    By Cauchy and Schwarz those are at most ``(sum_k ||a_k e_k|| + sum ||parts||)^2``, and that at most ``m + 1`` times
    the sum of the squares.
    """
    size = p[SIZE]
    for k in range(a.shape[0]):
        size += 0.5 * a[k] * a[k] / w[k]
    return loss <= p[UNIT] * (a.shape[0] + 1) * size


@compiled
def judged(a: Any, w: Any, p: Any, gradient: Any, hessian: Any, judge: int) -> float:
    """`evaluate` of order 2, or what is wrong: `MISFIT`, nan, or, if asked to `judge`, `LOST`.

    Without `judge` any positive number stands for the loss.
    """
    m = a.shape[0]
    if gradient.shape[0] != 2 * m or w.shape[0] != m:
        return MISFIT
    loss = evaluate(a, w, p, gradient, hessian, 2)
    if judge == 0:
        return 1.0 if loss == loss else loss
    size = p[SIZE]
    for k in range(m):
        # As `is_lost`; the diagonal holds 1/w_k.
        size += 0.5 * a[k] * a[k] * hessian[k, k]
    return LOST if loss <= p[UNIT] * (m + 1) * size else loss


@compiled
def evaluate_batch(a: Any, w: Any, p: Any, loss: Any, gradient: Any, hessian: Any, order: int) -> None:
    """`evaluate` for every row of `a` and `w`, shape (n, m), into `loss` (n,), `gradient` and `hessian`.

    A loss that lost its digits is `LOST`.
    """
    for i in range(a.shape[0]):
        at = i if order >= 1 else 0
        of = i if order == 2 else 0
        loss[i] = evaluate(a[i], w[i], p, gradient[at], hessian[of], order)
        if is_lost(loss[i], a[i], w[i], p):
            loss[i] = LOST
