r"""The gradient flow of complex modes in discrete time by Taylor series of any order, in midpoints of balls.

``g_i' = -2 R_0(conj p_i)``, ``p_i' = -2 conj(g_i) R_1(conj p_i)``: the flow of the real and imaginary parts. In real
time t a conjugate series has the conjugate coefficients, so with all quantities as power series in t each evaluation of
the right side at one order more gives one coefficient more. Steps are as long as the last coefficients allow.

Rigour: none proved; midpoints of balls at the working precision, an error of the order of the tolerance for each step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import acb, acb_series, arb

from memcurse.numerics.arithmetic.balls import ball_precision, series_length

_MOST_STEPS = 5000
#: Halvings of the last step's length, in bits beyond the working precision.
_HALVINGS = 8


@dataclass(frozen=True)
class Passage:
    """When the flow is first at the given distance, and where (gains, then poles)."""

    time: arb
    state: tuple[acb, ...]
    steps: int


def _conjugate(x: acb_series) -> acb_series:
    return acb_series([c.conjugate() for c in x.coeffs()], x.prec)


def _slopes(z: Sequence[acb_series], c: Sequence[acb], q: Sequence[acb]) -> list[acb_series]:
    K = len(z) // 2
    gains, poles = z[:K], z[K:]
    by_gain, by_pole = [], []
    for i in range(K):
        x = _conjugate(poles[i])
        first = second = acb_series([0])
        for g, p in [
            *zip(gains, poles, strict=True),
            *((-a, acb_series([b])) for a, b in zip(c, q, strict=True)),
        ]:
            r = 1 / (1 - x * p)
            first += g * r
            second += g * p * r * r
        by_gain.append(-2 * first)
        by_pole.append(-2 * _conjugate(gains[i]) * second)
    return by_gain + by_pole


def _series(z: Sequence[acb], c: Sequence[acb], q: Sequence[acb], order: int) -> list[list[acb]]:
    """Taylor coefficients of the flow from z, `order` + 1 of each unknown."""
    coefficients = [[x] for x in z]
    for n in range(order):
        with series_length(n + 1):
            slopes = _slopes([acb_series(x, n + 1) for x in coefficients], c, q)
        for row, slope in zip(coefficients, slopes, strict=True):
            row.append(_middle(slope[n] / (n + 1)))
    return coefficients


def _middle(x: acb) -> acb:
    return acb(x.real.mid(), x.imag.mid())


def _at(coefficients: Sequence[Sequence[acb]], t: arb) -> list[acb]:
    values = []
    for row in coefficients:
        total = acb(0)
        for x in reversed(row):
            total = total * t + x
        values.append(_middle(total))
    return values


def _length(coefficients: Sequence[Sequence[acb]], order: int, tolerance: arb) -> arb:
    """A step whose last two terms are below the tolerance."""
    lengths = []
    for n in (order - 1, order):
        size = max((abs(row[n]).mid() for row in coefficients), key=float)
        if size > 0:
            lengths.append(((tolerance / size).log() / n).exp().mid())
    return min(lengths, key=float) if lengths else arb(1)


def _distance(z: Sequence[acb], centre: Sequence[acb]) -> arb:
    return sum((abs(x - y) ** 2 for x, y in zip(z, centre, strict=True)), arb(0)).sqrt().mid()


def first_passage(
    start: Sequence[acb],
    target: tuple[Sequence[acb], Sequence[acb]],
    centre: Sequence[acb],
    distance: arb,
    *,
    order: int = 20,
    tolerance: arb,
    bits: int = 128,
) -> Passage:
    """When the flow from `start` is first at that Euclidean distance from `centre`.

    Parameters
    ----------
    start, centre : sequence of 2K acb
        Gains, then poles of modulus below 1.
    target : pair of sequences of acb
        Gains and poles.
    distance : arb
        More than that of the start.
    order, tolerance, bits : int, arb, int
        Order of the series, absolute bound of their last terms, working precision.

    Raises
    ------
    ArithmeticError
        If the distance is not reached in 5000 steps.
    """
    with ball_precision(bits):
        z, time = list(start), arb(0)
        for step in range(1, _MOST_STEPS + 1):
            coefficients = _series(z, *target, order)
            h = _length(coefficients, order, tolerance)
            end = _at(coefficients, h)
            if _distance(end, centre) > distance:
                low, high = arb(0), h
                for _ in range(bits + _HALVINGS):
                    middle = ((low + high) / 2).mid()
                    beyond = _distance(_at(coefficients, middle), centre) > distance
                    low, high = (low, middle) if beyond else (middle, high)
                return Passage((time + high).mid(), tuple(_at(coefficients, high)), step)
            z, time = end, (time + h).mid()
    raise ArithmeticError(
        f"`distance` must be reached within {_MOST_STEPS} steps; got to {float(time):.6g} in time"
    )
