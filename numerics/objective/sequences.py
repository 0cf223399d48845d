r"""Moments ``M_k(p)`` and squared norms of target sequences: certified, and fast in float64.

Closed forms where there are any. A sampled kernel is summed term by term up to an index behind which its envelope
``C t^q exp(-r t^s)`` (theory.growth.envelopes) and the powers of the pole bound the rest; a power law's squared norm
is a Hurwitz zeta function, because its terms fade too slowly to be summed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from flint import acb, arb, ctx, fmpq
from numpy.typing import NDArray

from memcurse.numerics.arguments import DIGITS_HOLD, FloatRangeError, constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision, hull, rational_ball
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.theory.growth.envelopes import envelope_at_infinity
from memcurse.theory.notation import t
from memcurse.theory.targets.kernels import PowerLaw
from memcurse.theory.targets.sequences import (
    FiniteSequence,
    GeometricSum,
    SampledTarget,
    TargetSequence,
    sampled,
)
from memcurse.theory.targets.target import ExponentialSum, Target

from .functionals import absolute_tail

Array = NDArray[np.float64]

#: Terms beyond which a sum over a sampled kernel is given up.
_MOST_TERMS = 2**18
_FIRST_TERMS = 32
_FLOAT_CHUNK = 4096
_FLOAT_ACCURACY = 1e-17


# --- samples -------------------------------------------------------------------------------------------------------


def sample(target: Target, time: sp.Rational) -> arb:
    """The kernel at an exact time, which decides exactly whether a delayed part has begun. Rigour: enclosure."""
    total = arb(0)
    for part in target.parts():
        if time >= part.lag:
            total += _value(part.undelayed)(rational_ball(time - part.lag))
    return total


@functools.lru_cache(maxsize=256)
def _value(part: Target) -> Callable[[arb], arb]:
    return lower(part.expression, (t,), "ball")


@functools.lru_cache(maxsize=32)
def _samples(sequence: SampledTarget, count: int, bits: int) -> list[arb]:
    """The first `count` terms, at `bits` bits."""
    known = _samples(sequence, count // 2, bits) if count > _FIRST_TERMS else []
    with ball_precision(bits):
        values = [arb(0)] * (count - len(known))
        for part in sequence.target.parts():
            evaluate, grid = _value(part.undelayed), _Grid.of(part, sequence.step)
            for n in range(max(len(known), grid.first), count):
                values[n - len(known)] += evaluate(arb(grid.time(n)))
        for n, value in enumerate(values, start=len(known)):
            if not value.is_finite():
                raise ArithmeticError(
                    f"`target` must have a value at every sample; got none at t = {n * sequence.step} "
                    f"of {sequence.target}"
                )
        return known + values


@dataclass(frozen=True)
class _Grid:
    """The times ``n step - delay`` of one part in integers over one denominator, and the first n not before 0."""

    each: int
    lag: int
    bottom: int

    @classmethod
    def of(cls, part: Target, step: sp.Rational) -> _Grid:
        delay = part.lag
        return cls(int(step.p * delay.q), int(delay.p * step.q), int(step.q * delay.q))

    @property
    def first(self) -> int:
        return -(-self.lag // self.each)

    def time(self, n: int) -> fmpq:
        return fmpq(self.each * n - self.lag, self.bottom)


def _bound_behind(target: Target, start: sp.Rational) -> arb:
    """Bound on ``|rho(t)|`` for all ``t >= start``, or infinity where the envelope begins later."""
    total = arb(0)
    for part in target.parts():
        begun = start - part.lag
        early = part.lag > 0 and not begun > 0
        total += arb.pos_inf() if early else _envelope_bound(part.undelayed.expression, begun)
    return total


def _envelope_bound(expression: sp.Expr, start: sp.Rational, *, falling: bool = False) -> arb:
    """Bound on ``|expression|`` from `start` on; with `falling`, infinity where its envelope still rises."""
    envelope = envelope_at_infinity(expression, start)
    if envelope.start > start or (envelope.power > 0 and envelope.rate == 0):
        return arb.pos_inf()
    T, power = rational_ball(start), rational_ball(envelope.power)
    rate, stretch = rational_ball(envelope.rate), rational_ball(envelope.stretch)
    if envelope.power > 0:
        # t^q exp(-r t^s) is largest where r s t^s = q.
        peak = (power / (rate * stretch)) ** (1 / stretch)
        if falling and not peak < T:
            return arb.pos_inf()
        T = arb.max(T, peak)
    return constant_ball(envelope.constant) * T**power * (-rate * T**stretch).exp()


# --- moments in balls ----------------------------------------------------------------------------------------------


def moments(sequence: TargetSequence, p: arb) -> list[arb]:
    """``[M_0(p), M_1(p), M_2(p)]`` at the current precision, for a ball `p` inside (-1, 1). Rigour: enclosure."""
    if isinstance(sequence, SampledTarget):
        return summed_moments(sequence, p)
    return list(_closed_moments(sequence)(p))


@functools.lru_cache(maxsize=128)
def _closed_moments(sequence: TargetSequence) -> Callable[[arb], list[arb]]:
    pole = sp.Symbol("p", real=True)
    evaluate: Callable[[arb], list[arb]] = lower(
        [sequence.moment(k, pole) for k in range(3)], (pole,), "ball"
    )
    return evaluate


def summed_moments(sequence: SampledTarget, p: arb | acb) -> list[Any]:
    """`moments` term by term, of complex poles, too. Rigour: enclosure."""
    x = abs(p).upper()
    count, error = _FIRST_TERMS, arb.pos_inf()
    while count <= _MOST_TERMS:
        bound = _bound_behind(sequence.target, count * sequence.step)
        rests = [bound * r for r in geometric_rests(x, count)]
        error = functools.reduce(arb.max, rests)
        if error < arb(2) ** (-ctx.prec):
            return _with_rests(_partial_moments(_samples(sequence, count, ctx.prec), p), rests)
        count *= 2
    raise ArithmeticError(
        f"`p` must be far enough from 1 for {_MOST_TERMS} samples of {sequence.target} to do; got {p.str(6)}"
    )


def geometric_rests(x: arb, count: int) -> list[arb]:
    """``sum_{n >= count} n (n-1) .. (n-k+1) x^(n-k)`` for k = 0, 1, 2: derivatives of ``x^count/(1 - x)``."""
    rest, n = 1 - x, arb(count)
    power = x ** (count - 2)
    return [
        power * x**2 / rest,
        n * power * x / rest + power * x**2 / rest**2,
        n * (n - 1) * power / rest + 2 * n * power * x / rest**2 + 2 * power * x**2 / rest**3,
    ]


def _partial_moments(samples: Sequence[arb], p: arb | acb) -> list[Any]:
    """The polynomial with these coefficients and its two derivatives at `p`, by Horner's rule."""
    zero = first = second = 0 * p
    for value in reversed(samples):
        second = second * p + 2 * first
        first = first * p + zero
        zero = zero * p + value
    return [zero, first, second]


def _with_rests(values: Sequence[Any], rests: Sequence[arb]) -> list[Any]:
    around = [hull(-r.upper(), r.upper()) for r in rests]
    return [x + (acb(r, r) if isinstance(x, acb) else r) for x, r in zip(values, around, strict=True)]


# --- squared norms -------------------------------------------------------------------------------------------------


def squared_norm(sequence: TargetSequence) -> arb:
    """``sum_n rho_n^2`` at the current precision. Rigour: enclosure.

    Raises
    ------
    ArithmeticError
        For a sampled kernel with an algebraic tail other than sums of power laws and exponentials.
    """
    if not isinstance(sequence, SampledTarget):
        return constant_ball(sequence.squared_norm())
    parts = sequence.target.parts()
    total = arb(0)
    for i, x in enumerate(parts):
        for y in parts[i:]:
            total += (1 if x is y else 2) * _product(x, y, sequence.step)
    return total


def _product(x: Target, y: Target, step: sp.Rational) -> arb:
    """``sum_n x(n step) y(n step)``."""
    for p, q in ((x, y), (y, x)):
        if isinstance(p, ExponentialSum):
            other, pairs = sampled(q, step), zip(p.a, p.w, strict=True)
            return sum(
                (constant_ball(a) * moments(other, constant_ball(sp.exp(-w * step)))[0] for a, w in pairs),
                arb(0),
            )
    if isinstance(x, PowerLaw) and isinstance(y, PowerLaw):
        s, h = constant_ball(2 + x.omega + y.omega), rational_ball(step)
        return constant_ball(x.amplitude * y.amplitude) * h ** (-s) * s.zeta(1 / h)
    return _summed_product(x, y, step)


def _summed_product(x: Target, y: Target, step: sp.Rational) -> arb:
    """Term by term, with a bound on the rest."""
    count = _FIRST_TERMS
    while count <= _MOST_TERMS:
        rest = _product_rest(x, y, step, count)
        if rest < arb(2) ** (-ctx.prec):
            left, right = (_samples(SampledTarget(z, step), count, ctx.prec) for z in (x, y))
            total = sum((u * v for u, v in zip(left, right, strict=True)), arb(0))
            return total + hull(-rest.upper(), rest.upper())
        count *= 2
    raise ArithmeticError(
        f"`target` must have a sum of squared samples that can be certified; got {x} times {y}"
    )


def _product_rest(x: Target, y: Target, step: sp.Rational, count: int) -> arb:
    """Bound on ``sum_{n >= count} |x y|``: where the envelope falls, its first term and its integral over the step."""
    delays = [z.lag for z in (x, y)]
    begun = max(delays)
    product = sp.Mul(
        *(z.undelayed.expression.subs(t, t + begun - lag) for z, lag in zip((x, y), delays, strict=True))
    )
    start = count * step - begun
    if not start > 0:
        return arb.pos_inf()
    first = _envelope_bound(product, start, falling=True)
    return first + absolute_tail(product, start) / rational_ball(step) if first.is_finite() else first


# --- float64 -------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=16)
def float_samples(sequence: SampledTarget, count: int) -> Array:
    """The first `count` terms in float64; delays are counted in exact steps."""
    values = np.zeros(count)
    for part in sequence.target.parts():
        grid = _Grid.of(part, sequence.step)
        first = min(count, grid.first)
        # Quotients of integers are rounded once.
        times = np.array([(grid.each * n - grid.lag) / grid.bottom for n in range(first, count)])
        if len(times):
            with np.errstate(all="ignore"):
                found = lower(part.undelayed.expression, (t,), "float64")(times)
            values[first:] += np.broadcast_to(found, times.shape)
    if not np.isfinite(values).all():
        raise FloatRangeError(
            f"`target` must have samples within float64; got {sequence.target}; {DIGITS_HOLD}"
        )
    return values


def terms_needed(largest: float) -> int:
    """How many powers of a pole of this size count in float64.

    Raises
    ------
    FloatRangeError
        If there are too many.
    """
    if largest == 0:
        return _FIRST_TERMS
    count = _FIRST_TERMS + int(np.log(_FLOAT_ACCURACY * (1 - largest) ** 3) / np.log(largest))
    if count > _MOST_TERMS:
        raise FloatRangeError(
            f"`p` must be small enough for {_MOST_TERMS} samples to do; got {largest}; use `digits`"
        )
    return count


def float_moments(samples: Array, p: NDArray[Any]) -> list[NDArray[Any]]:
    """``M_0, M_1, M_2`` of a finite sequence at poles of shape (...), real or complex."""
    found = [np.zeros(p.shape, dtype=p.dtype) for _ in range(3)]
    for start in range(0, len(samples), _FLOAT_CHUNK):
        n = np.arange(start, min(start + _FLOAT_CHUNK, len(samples)))
        x = samples[n]
        found[0] += (p[..., None] ** n) @ x
        found[1] += (p[..., None] ** np.maximum(n - 1, 0)) @ (n * x)
        found[2] += (p[..., None] ** np.maximum(n - 2, 0)) @ (n * (n - 1) * x)
    return found


def is_rational(sequence: TargetSequence) -> bool:
    """Whether moments and norm are rational at rational poles."""
    if isinstance(sequence, GeometricSum):
        return all(isinstance(x, sp.Rational) for x in (*sequence.a, *sequence.p))
    return isinstance(sequence, FiniteSequence) and all(isinstance(x, sp.Rational) for x in sequence.values)


def rational_moments(sequence: TargetSequence, p: sp.Rational) -> list[Any]:
    """``[M_0(p), M_1(p), M_2(p)]`` as SymPy rationals, for a sequence with `is_rational`. Rigour: exact."""
    return [sequence.moment(k, p) for k in range(3)]
