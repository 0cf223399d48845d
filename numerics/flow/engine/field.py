r"""Loss, gradient and Hessian along a flow, in float64 or in double-double, from one call in compiled code.

In float64 this is `kernels.evaluate`. In double-double the exponential part of the target is summed by its closed
form, and the moments of everything else (the memory) come from a table of polynomials in the rate, `MemoryTable`:
pieces of an octave, interpolated in balls at Chebyshev points. The moments ``L_0, L_1, L_2`` are then smooth and
consistent with one another to 30 digits, which matters: on the slow manifold the net force falls like ``e^{-5T/2}``
while the memory's force is ``e^{-T}``, so float64 moments, of independent rounding at each rate, would lose it
for T > 24.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
from flint import arb, arb_mat, fmpq
from numpy.typing import NDArray

from memcurse.numerics.arguments import constant_ball
from memcurse.numerics.arithmetic.balls import ball_precision, mp_precision, to_mpf
from memcurse.numerics.arithmetic.compilation.blocks import Block
from memcurse.numerics.arithmetic.compiled import compiled, overloaded, subroutine, uncounted
from memcurse.numerics.arithmetic.doubledouble import (
    DOUBLE_DOUBLE,
    cast,
    high_parts,
    horner,
    inverse,
    is_double_double,
    lift,
    mul,
    split,
    split_array,
    sub,
    value,
)
from memcurse.numerics.arithmetic.doubledouble import add as plus
from memcurse.numerics.arithmetic.lowering import lower
from memcurse.numerics.objective import kernels
from memcurse.theory.notation import w as rate_symbol
from memcurse.theory.shared_precision import PRECISION
from memcurse.theory.targets.target import ExponentialSum, Target, add

from .low_rank.field import low_rank_field

#: Octaves of the rate that a table can hold: 2^-64 to 2^64.
_LOWEST, _OCTAVES = -64, 128
_TERMS = 26
_MOST_PIECES = 512


def memory_part(target: Target) -> Target | None:
    """What remains of the target without its exponential sum; None if nothing does."""
    rest = [part for part in target.parts() if not isinstance(part, ExponentialSum)]
    return add(*rest) if rest else None


def exponential_part(target: Target) -> NDArray[np.void]:
    """Amplitudes and rates of the target's exponential sum as double-doubles, shape (terms, 2)."""
    rows = [
        (a, w)
        for part in target.parts()
        if isinstance(part, ExponentialSum)
        for a, w in zip(part.a, part.w, strict=True)
    ]
    with ball_precision(256), mp_precision(256):
        values = [[to_mpf(constant_ball(x)) for x in row] for row in rows]
    return split_array(values).reshape(len(rows), 2)


class MemoryTable:
    """Double-double moments ``L_0, L_1, L_2`` of a target without exponentials, piece by piece, made when asked for.

    Every octave of the rate is cut into equal pieces, as many as its steepest end needs; `places` says where the
    coefficients of a piece are.

    Notes
    -----
    Rigour: interpolated in balls; the truncation, estimated from the last Chebyshev terms, is below 1e-31 of the
    largest value on a piece.
    """

    def __init__(self, target: Target | None) -> None:
        self._target = target
        self._evaluate = None
        if target is not None:
            self._evaluate = lower([target.moment(k, rate_symbol) for k in range(3)], (rate_symbol,), "ball")
        self._pieces = np.zeros(_OCTAVES, dtype=np.int64)
        self._places = np.full((_OCTAVES, _MOST_PIECES), -1, dtype=np.int64)
        self._coefficients = np.zeros((0, 3, _TERMS), dtype=DOUBLE_DOUBLE)

    def cover(self, lowest: float, highest: float) -> None:
        """Make the pieces for all rates between the two. Arrays that a flow holds stay as they are."""
        with PRECISION:
            pieces, places = self._pieces.copy(), self._places.copy()
            made: list[NDArray[np.void]] = []
            for octave in range(_floor_log2(lowest), _floor_log2(highest) + 1):
                if not _LOWEST <= octave < _LOWEST + _OCTAVES:
                    continue
                row = octave - _LOWEST
                if pieces[row] == 0:
                    pieces[row] = self._needed(octave)
                n = int(pieces[row])
                for i in range(_index(lowest, octave, n), _index(highest, octave, n) + 1):
                    if places[row, i] < 0:
                        places[row, i] = len(self._coefficients) + len(made)
                        made.append(self._piece(octave, i, n)[0])
            if made:
                coefficients = np.concatenate([self._coefficients, np.array(made)])
                self._pieces, self._places, self._coefficients = pieces, places, coefficients

    def covers(self, rate: float) -> bool:
        """Whether the piece for a rate is there."""
        octave = _floor_log2(rate)
        if not _LOWEST <= octave < _LOWEST + _OCTAVES:
            return False
        row = octave - _LOWEST
        n = int(self._pieces[row])
        return n > 0 and bool(self._places[row, _index(rate, octave, n)] >= 0)

    def _needed(self, octave: int) -> int:
        n = 1 if self._target is None else 4
        while n < _MOST_PIECES and not (self._piece(octave, 0, n)[1] and self._piece(octave, n - 1, n)[1]):
            n *= 2
        return n

    def _piece(self, octave: int, i: int, pieces: int) -> tuple[NDArray[np.void], bool]:
        if self._evaluate is None:
            return np.zeros((3, _TERMS), dtype=DOUBLE_DOUBLE), True
        with ball_precision(_working_bits(octave)):
            width = arb(fmpq(2) ** octave) / pieces
            middle = arb(fmpq(2) ** octave) + width * (2 * i + 1) / 2
            rows = [self._evaluate(middle + width / 2 * u) for u in _nodes()]
            powers = _to_powers() * arb_mat(_TERMS, 3, [x for row in rows for x in row])
            largest = [max(abs(float(row[k].mid())) for row in rows) for k in range(3)]
        with mp_precision(160):
            table = split_array([[to_mpf(powers[n, k]) for n in range(_TERMS)] for k in range(3)])
        last = np.abs(high_parts(table)[:, -2:]).max(axis=1) / 2.0 ** (_TERMS - 3)
        return table, bool(np.all(last <= 1e-32 * np.array(largest)))

    @property
    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.void]]:
        """Pieces per octave (128,), `places` (128, 512) and ``coefficients`` (pieces, 3, terms), for the kernels."""
        with PRECISION:
            return self._pieces, self._places, self._coefficients


def _working_bits(octave: int) -> int:
    # Closed forms of the moments cancel like powers of the rate.
    return 256 + max(0, 8 * octave)


@functools.cache
def _nodes() -> tuple[arb, ...]:
    with ball_precision(512):
        return tuple(arb(fmpq(2 * j + 1, 2 * _TERMS)).cos_pi() for j in range(_TERMS))


@functools.cache
def _to_powers() -> arb_mat:
    with ball_precision(512):
        return arb_mat(_TERMS, _TERMS, [x**k if k else arb(1) for x in _nodes() for k in range(_TERMS)]).inv()


@compiled
def _floor_log2(x: float) -> int:
    return math.frexp(x)[1] - 1


@compiled
def _index(w: float, octave: int, pieces: int) -> int:
    """The piece of an octave that holds the rate."""
    return min(max(int(math.ldexp(w, -octave) * pieces) - pieces, 0), pieces - 1)


@uncounted
def _memory_moments(w: Any, pieces: Any, places: Any, coefficients: Any, out: Any) -> bool:
    """Fill `out` with ``L_0, L_1, L_2`` at the double-double rate `w`; False where the table has no piece."""
    octave = _floor_log2(value(w))
    if octave < _LOWEST or octave >= _LOWEST + _OCTAVES:
        return False
    n = pieces[octave - _LOWEST]
    i = _index(value(w), octave, n)
    place = places[octave - _LOWEST, i]
    if n == 0 or place < 0:
        return False
    scale = math.ldexp(float(n), -octave)
    # u = 2 (w - left)/width - 1, exact but for the last rounding.
    u = plus(mul(w, 2.0 * scale), lift(-(2.0 * (n + i) + 1.0), w))
    # The tail is small enough for float64: a coefficient of degree 13 is below 1e-13 of the value.
    for k in range(3):
        out[k] = horner(coefficients[place, k], u, _TERMS // 2 + 3)
    return True


@uncounted
def _target_moments(w: Any, data: Any, out: Any) -> bool:
    """Fill `out` with ``L_0, L_1, L_2`` of the whole target; False where the table has no piece."""
    exponentials = data.exponentials
    if not _memory_moments(w, data.pieces, data.places, data.coefficients, out):
        return False
    for j in range(exponentials.shape[0]):
        r = inverse(plus(w, exponentials[j, 1]))
        t0 = mul(exponentials[j, 0], r)
        t1 = mul(t0, r)
        out[0], out[1] = plus(out[0], t0), plus(out[1], t1)
        out[2] = plus(out[2], mul(mul(t1, r), 2.0))
    return True


@subroutine
def _double_double(theta: Any, data: Any, gradient: Any, hessian: Any) -> Any:
    """`field` in double-double; the Hessian, in which nothing cancels, in the arithmetic of its array."""
    m = theta.shape[0] // 2
    moment = np.empty(3, dtype=DOUBLE_DOUBLE)
    loss = data.norm
    like = hessian[0, 0]
    nan = lift(math.nan, theta[0])
    for k in range(m):
        ak, wk = theta[k], theta[m + k]
        if not (value(wk) > 0.0 and value(wk) < math.inf):
            return nan
        if not _target_moments(wk, data, moment):
            data.missing[0] = value(wk)
            return nan
        r0, r1 = lift(0.0, wk), mul(moment[1], -1.0)
        r2, amplitude = mul(cast(moment[2], like), -1.0), cast(ak, like)
        for j in range(m):
            r = inverse(plus(wk, theta[m + j]))
            t0 = mul(theta[j], r)
            t1 = mul(t0, r)
            r0, r1 = plus(r0, t0), plus(r1, t1)
            quotient, slope = cast(r, like), cast(t1, like)
            t2 = mul(mul(slope, quotient), 2.0)
            r2 = plus(r2, t2)
            hessian[k, j] = mul(quotient, 2.0)
            hessian[k, m + j] = mul(slope, -2.0)
            hessian[m + j, k] = hessian[k, m + j]
            hessian[m + k, m + j] = mul(mul(amplitude, t2), 2.0)
        r0 = sub(r0, moment[0])
        loss = plus(loss, mul(ak, sub(r0, moment[0])))
        gradient[k] = mul(r0, 2.0)
        gradient[m + k] = mul(mul(ak, r1), -2.0)
        hessian[k, m + k] = plus(hessian[k, m + k], mul(cast(r1, like), -2.0))
        hessian[m + k, k] = hessian[k, m + k]
        hessian[m + k, m + k] = plus(hessian[m + k, m + k], mul(mul(amplitude, r2), 2.0))
    return loss


def field(theta: Any, data: Any, gradient: Any, hessian: Any) -> Any:
    """Loss at `theta` (2m,), nan at a bad point; fills `gradient` (2m,) and `hessian`.

    That is an array (2m, 2m), or (r + 1, 2, m) for the basis of `low_rank.field`.
    """
    raise NotImplementedError


@overloaded(field, counted=False)
def _field(theta: Any, data: Any, gradient: Any, hessian: Any) -> Any:
    if hessian.ndim == 3:
        return lambda theta, data, gradient, hessian: low_rank_field(theta, data, gradient, hessian, True)
    if is_double_double(theta.dtype):
        return lambda theta, data, gradient, hessian: _double_double(theta, data, gradient, hessian)

    def float64(theta: Any, data: Any, gradient: Any, hessian: Any) -> Any:
        m = theta.shape[0] // 2
        return kernels.evaluate(theta[:m], theta[m:], data.packed, gradient, hessian, 2)

    return float64


def slope(theta: Any, data: Any, gradient: Any, hessian: Any) -> Any:
    """`field` where the Hessian is not asked for; `hessian` may be overwritten, or left alone."""
    raise NotImplementedError


@overloaded(slope, counted=False)
def _slope(theta: Any, data: Any, gradient: Any, hessian: Any) -> Any:
    if hessian.ndim == 3:
        return lambda theta, data, gradient, hessian: low_rank_field(theta, data, gradient, hessian, False)
    if is_double_double(theta.dtype):
        return lambda theta, data, gradient, hessian: _double_double(theta, data, gradient, hessian)

    def float64(theta: Any, data: Any, gradient: Any, hessian: Any) -> Any:
        m = theta.shape[0] // 2
        return kernels.evaluate(theta[:m], theta[m:], data.packed, gradient, hessian, 1)

    return float64


class FloatData(Block):
    """What `field` takes in float64."""

    packed: Any  # the target, see `kernels.pack`
    missing: Any  # (1,) as in `PreciseArrays`


class PreciseArrays(Block):
    """What `field` takes in double-double; see `MemoryTable.arrays`."""

    exponentials: Any  # (terms, 2)
    pieces: Any
    places: Any
    coefficients: Any
    norm: Any  # squared norm of the target
    missing: Any  # (1,) receives a rate that the table does not cover


def float_data(packed: NDArray[np.float64]) -> FloatData:
    """What `field` takes in float64."""
    return FloatData(packed, np.zeros(1))


class PreciseData:
    """The double-double tables of one target, extended when a flow needs more of them."""

    def __init__(self, target: Target) -> None:
        self.exponentials = exponential_part(target)
        self.table = MemoryTable(memory_part(target))
        with ball_precision(256), mp_precision(256):
            self.norm = split(to_mpf(constant_ball(target.squared_norm())))

    @property
    def arrays(self) -> PreciseArrays:
        """What the compiled code takes."""
        return PreciseArrays(self.exponentials, *self.table.arrays, self.norm, np.zeros(1))
