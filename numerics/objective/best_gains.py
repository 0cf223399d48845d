"""`best_gains`: the gains that minimise the objective for fixed rates or poles, a convex quadratic problem."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import mpmath
from flint import acb, arb, arb_mat
from mpmath import mp

from memcurse.numerics.arithmetic.balls import (
    GUARD_BITS,
    ball_precision,
    bits_for,
    mp_digits,
    to_mpf,
    validate_digits,
)
from memcurse.numerics.plain import JsonResult
from memcurse.theory.exact import exact_complex_vector, is_real
from memcurse.theory.targets.sequences import TargetSequence
from memcurse.theory.targets.target import Target

from .discrete import DiscreteObjective
from .objective import Objective

_ROUNDS = 5


@dataclass(frozen=True, repr=False)
class BestGains(JsonResult):
    """`gains` (m balls: arb, or acb with complex poles), `loss` (arb), and the Gram matrix's `condition` (2-norm)."""

    gains: tuple[arb | acb, ...]
    loss: arb
    condition: mpmath.mpf

    _told: ClassVar[tuple[str, ...]] = ("error",)

    @property
    def error(self) -> arb:
        """The L2 (l2) distance: the root of the loss; None of its digits where the ball of the loss reaches 0."""
        bits = max((x.bits() for x in (self.loss.mid(),)), default=0)
        with ball_precision(int(bits) + GUARD_BITS):
            return self.loss.nonnegative_part().sqrt()

    def __repr__(self) -> str:
        return f"BestGains(m={len(self.gains)}, l2 error {self.error.str(6)})"


def best_gains(target: Target | TargetSequence | str, modes: Sequence[Any], digits: int = 30) -> BestGains:
    """The minimum over the gains at fixed rates of a kernel, or fixed poles of a sequence.

    Parameters
    ----------
    target : Target, TargetSequence or str
        A text is that of a kernel.
    modes : sequence of m distinct exact numbers
        Rates of a kernel with positive real parts, or poles of a sequence in the unit disc.
    digits : int
        Digits aimed at for the gains, at least 15.

    Raises
    ------
    TypeError, ValueError
        For other targets or modes, and for two that are equal: the Gram matrix is then singular.
    ArithmeticError
        If modes lie too near each other for the precision tried.

    Notes
    -----
    Rigour: gains and loss are enclosures; the condition is of the matrix of midpoints, not certified.
    """
    digits = validate_digits(digits)
    numbers = exact_complex_vector("modes", modes)
    for i, x in enumerate(numbers):
        if x in numbers[:i]:
            raise ValueError(f"`modes` must be distinct; got {x} at indices {numbers.index(x)} and {i}")
    objective, field = _objective(target, numbers)
    count = len(numbers) if field == "real" else 2 * len(numbers)
    extra = 0
    for _ in range(_ROUNDS):
        with ball_precision(bits_for(digits + extra) + GUARD_BITS):
            balls = objective.enclose([0] * len(numbers), numbers, digits + extra)
            gram = arb_mat(
                count, count, [balls.hessian[i, j] / 2 for i in range(count) for j in range(count)]
            )
            right = arb_mat(count, 1, [-balls.gradient[i, 0] / 2 for i in range(count)])
            try:
                gains = gram.solve(right).entries()
            except ZeroDivisionError:
                gains = []
            size = max((abs(x) for x in gains), key=lambda x: float(x.mid()), default=arb(0))
            if gains and all(x.rad() <= size * arb(10) ** -digits for x in gains):
                loss = balls.loss - sum((x * y for x, y in zip(gains, right.entries(), strict=True)), arb(0))
                return BestGains(_paired(gains, field), loss, _condition(gram))
        extra += digits + 10 * len(numbers)
    raise ArithmeticError(f"`modes` must be apart enough for {digits + extra} digits; got {list(numbers)}")


def _objective(
    target: Any, modes: Sequence[Any]
) -> tuple[Objective | DiscreteObjective, Literal["real", "complex"]]:
    if isinstance(target, str | Target):
        field: Literal["real", "complex"] = "real" if all(map(is_real, modes)) else "complex"
        return Objective(target, field=field), field
    if not isinstance(target, TargetSequence):
        raise TypeError(f"`target` must be a kernel or a target sequence; got {target!r}")
    if target.is_real and all(map(is_real, modes)):
        return DiscreteObjective(target), "real"
    return DiscreteObjective(target, field="complex"), "complex"


def _paired(gains: list[arb], field: str) -> tuple[arb | acb, ...]:
    if field == "real":
        return tuple(gains)
    m = len(gains) // 2
    return tuple(acb(gains[k], gains[m + k]) for k in range(m))


def _condition(gram: arb_mat) -> mpmath.mpf:
    n = gram.nrows()
    with mp_digits(60 + 10 * n):
        rows = [[to_mpf(gram[i, j].mid()) for j in range(n)] for i in range(n)]
        values = mp.eigsy(mpmath.matrix(rows), eigvals_only=True)
        return max(values) / min(values)
