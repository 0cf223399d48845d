"""The L2 distance of an exponential sum from a kernel, enclosed."""

from __future__ import annotations

from typing import Any

from flint import arb

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision, bits_for
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.exact import exact_number
from memcurse.theory.notation import w as rate
from memcurse.theory.targets.target import Target

_ROUNDS = 6


def l2_error(target: Target, a: Any, w: Any, *, digits: int = 15) -> arb:
    """Ball of the L2 norm of ``sum_k a_k e^(-w_k t) - target``, from the closed form of its square.

    Rigour: enclosure; the precision is raised until the square, a difference of large numbers, has the digits.
    """
    bits = bits_for(digits) + 64
    moment = lower(target.moment(0, rate), (rate,), "ball")
    square = lower(target.squared_norm(), (), "ball")
    loss = arb(0)
    for _ in range(_ROUNDS):
        with ball_precision(bits):
            amplitudes, rates = [_ball(x) for x in a], [_ball(x) for x in w]
            loss = square()
            for i, (x, v) in enumerate(zip(amplitudes, rates, strict=True)):
                cross = sum((y / (v + u) for y, u in zip(amplitudes[:i], rates[:i], strict=True)), arb(0))
                loss += x * (x / (2 * v) + 2 * cross - 2 * moment(v))
            if loss.rel_accuracy_bits() >= bits_for(digits):
                break
        bits *= 2
    with ball_precision(bits):
        return arb.max(loss, arb(0)).sqrt()


def _ball(x: Any) -> arb:
    return x if isinstance(x, arb) else constant_ball(exact_number("a, w", x))
