r"""The hypothesis of theorem 4.2 for a kernel: exponential decay of its derivatives, and the constant gamma.

For one input :math:`y' = \rho`, so that (13) speaks of :math:`e^{\beta t} \rho^{(j)}` for j = 0, ..., alpha:

.. math:: e^{\beta t} \rho^{(j)}(t) \to 0, \qquad
   \gamma = \max_{0 \le j \le \alpha} \beta^{-(j+1)} \sup_{t \ge 0} |e^{\beta t} \rho^{(j)}(t)| .
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from typing import Any

import sympy as sp
from flint import arb

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision, hull, rational_ball
from memcurse.numerics.arithmetic.jets import log2
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.approximation.jackson import rate_bound
from memcurse.theory.exact import exact_integer, exact_positive
from memcurse.theory.growth.envelopes import Envelope, envelope_at_infinity
from memcurse.theory.growth.errors import GrowthError
from memcurse.theory.notation import t
from memcurse.theory.targets.recognition import as_target
from memcurse.theory.targets.target import Target

_BITS = 128
#: The supremum is enclosed to this share of itself; boxes are dropped once they cannot hold more.
_TOLERANCE = 2.0**-40
_LARGEST_BOXES = 4000
#: Powers of two at which the tail may begin.
_STARTS = range(0, 64)


def weighted_derivatives(target: Target, alpha: int, beta: Any) -> tuple[sp.Expr, ...]:
    """``e^(beta t) rho^{(j)}`` for j = 0 .. alpha, which theorem 4.2 wants bounded and vanishing at infinity.

    Parameters
    ----------
    target : Target
        The kernel.
    alpha : int
        Order of smoothness, at least 1.
    beta : number
        Rate of decay, 1/time, positive, exact.

    Raises
    ------
    TypeError, ValueError
        For input out of range; naming the hypothesis that fails: ``alpha + 1`` continuous derivatives of y, or their
        exponential decay.

    Notes
    -----
    Rigour: exact; a kernel is accepted only if `theory.growth.envelopes` proves the decay.
    """
    order, rate = exact_integer("alpha", alpha, 1), exact_positive("beta", beta)
    target = as_target(target)
    if any(part.lag != 0 for part in target.parts()):
        raise ValueError(
            f"`target` must be smooth: y in C^(alpha+1) fails where it starts; got {target.expression}"
        )
    derivatives = [target.expression]
    for _ in range(order):
        derivatives.append(sp.diff(derivatives[-1], t))
    weighted = tuple(sp.expand_mul(sp.exp(rate * t) * rho) for rho in derivatives)
    for k, weight in enumerate(weighted, start=1):
        _require_vanishing(target, weight, k, rate)
    return weighted


def _require_vanishing(target: Target, weight: sp.Expr, k: int, beta: sp.Expr) -> None:
    reason = "its bound does not tend to 0"
    # A kernel that oscillates at first, such as Airy's, shows its decay only later.
    for start in (1, 16, 1024):
        try:
            if weight == 0 or _vanishing(envelope_at_infinity(weight, sp.Integer(start))):
                return
        except GrowthError as error:
            reason = str(error)
    raise ValueError(
        f"`target` must decay exponentially: e^(beta t) y^({k}) = o(1) cannot be shown for beta = {beta} "
        f"({reason}); got {target.expression}"
    )


def _vanishing(envelope: Envelope) -> bool:
    return bool(envelope.rate > 0 or envelope.power < 0)


def decay_constant(target: Target, alpha: int, beta: Any) -> arb:
    """The smallest gamma of (13) for d = 1: ``max_j sup_t |e^(beta t) rho^{(j)}|/beta^(j+1)``, j = 0 .. alpha.

    Parameters
    ----------
    target, alpha, beta
        As `weighted_derivatives`.

    Raises
    ------
    ValueError
        If a hypothesis fails: decay, continuity at 0.

    Notes
    -----
    Rigour: enclosure, of relative radius about 1e-12. Branch and bound with mean value forms; the tail by the envelopes
    of `theory.growth.envelopes`.
    """
    rate = exact_positive("beta", beta)
    weighted = weighted_derivatives(target, alpha, rate)
    with ball_precision(_BITS):
        low = high = arb(0)
        for j, weight in enumerate(weighted):
            try:
                supremum = _supremum(weight)
            except ArithmeticError as error:
                raise ValueError(
                    f"`target` must be smooth: y^({j + 1}) is not seen to be bounded ({error}); "
                    f"got {target.expression}"
                ) from None
            value = supremum / lower(rate ** (j + 1), (), "ball")()
            low, high = arb.max(low, value.lower()), arb.max(high, value.upper())
        return hull(low, high)


def rate_bounds(target: Target, alpha: int, beta: Any, widths: Iterable[int]) -> dict[int, arb]:
    """``{m: C(alpha) gamma/(m+1)^alpha}``, theorem 4.2 corrected, for several widths. Rigour: enclosure.

    Raises
    ------
    ValueError
        As `decay_constant`: where a hypothesis fails there is no bound.
    """
    gamma = decay_constant(target, alpha, beta)
    with ball_precision(_BITS):
        return {m: lower(rate_bound(alpha, sp.S.One, m), (), "ball")() * gamma for m in widths}


def _supremum(weight: sp.Expr) -> arb:
    """Enclosure of ``sup_{t >= 0} |weight|`` for an expression in `notation.t` that vanishes at infinity."""
    if weight == 0:
        return arb(0)
    function = lower([weight, sp.diff(weight, t)], (t,), "ball")
    best = abs(function(arb(0))[0]).lower()
    for k in _STARTS:
        end = arb(2) ** k
        best = arb.max(best, abs(function(end)[0]).lower())
        tail = _largest_beyond(weight, sp.Integer(2) ** k)
        if tail < best or not best > 0:
            # In units in which float64 holds the boxes' bounds.
            unit = arb(2) ** log2(best) if best > 0 else arb(1)
            upper, best = _largest_between(_in_units(function, unit), end, best / unit)
            upper, best = upper * unit, best * unit
            if tail < best:
                return hull(best, upper)
    raise ArithmeticError("no bound on the tail falls below the largest value found")


def _in_units(function: Callable[[arb], list[arb]], unit: arb) -> Callable[[arb], list[arb]]:
    return lambda x: [y / unit for y in function(x)]


def _largest_beyond(weight: sp.Expr, start: sp.Integer) -> arb:
    """Bound on ``|weight|`` for ``t >= start``: that of its envelope, once the envelope falls."""
    try:
        envelope = envelope_at_infinity(weight, start)
    except GrowthError:
        return arb.pos_inf()
    if envelope.start > start or not _vanishing(envelope):
        return arb.pos_inf()
    X, p = rational_ball(envelope.start), rational_ball(envelope.power)
    q, r = rational_ball(envelope.rate), rational_ball(envelope.stretch)
    if envelope.power > 0 and not q * r * X**r > p:
        return arb.pos_inf()
    return constant_ball(envelope.constant) * X**p * (-q * X**r).exp()


def _largest_between(function: Callable[[arb], list[arb]], end: arb, best: arb) -> tuple[arb, arb]:
    """Upper and lower bound on ``sup |f|`` over [0, end], from ``f, f'`` on balls: boxes in order of their bounds."""
    first = _box(function, arb(0), end)
    heap = [first]
    for count in range(_LARGEST_BOXES):
        top, _, a, b = heap[0]
        if -top <= float(best.mid()) * (1 + _TOLERANCE):
            # Boxes were dropped at `best`, rounded to a float: the supremum may be that much larger.
            return arb.max(arb(-top), best * (1 + _TOLERANCE)).upper(), best
        heapq.heappop(heap)
        middle = ((a + b) / 2).mid()
        best = arb.max(best, abs(function(middle)[0]).lower())
        for u, v in ((a, middle), (middle, b)):
            bound, _, _, _ = box = _box(function, u, v, count)
            if -bound > float(best.mid()):
                heapq.heappush(heap, box)
        if not heap:
            return (best * (1 + _TOLERANCE)).upper(), best
    raise ArithmeticError(f"the largest value lies near t = {heap[0][2].str(5, radius=False)}, not resolved")


def _box(
    function: Callable[[arb], list[arb]], a: arb, b: arb, count: int = 0
) -> tuple[float, float, arb, arb]:
    """``(-bound, place, a, b)`` with a bound on ``|f|`` over [a, b]; sorted by the bound."""
    middle, half = (a + b) / 2, (b - a) / 2
    value, slope = function(hull(a, b))
    bound = abs(value).upper()
    centred = abs(function(middle)[0]) + abs(slope) * half
    if centred.is_finite():
        bound = arb.min(bound, centred.upper()) if bound.is_finite() else centred.upper()
    # Rounded up by more than the conversion can lose, underflow included.
    size = float(bound.upper()) * (1 + 2.0**-50) + 1e-300 if bound.is_finite() else float("inf")
    return -size, float(a), a, b
