r"""Functionals ``H_t(x) = int_0^oo rho(s) x_{t-s} ds`` tried on inputs of size at most 1, in balls.

An input is given by what it was at the age `s`: ``g(s) = x_{t-s}``, straight lines between knots, so that it
is continuous and the answer is exact up to the radius of a ball.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any, Final

from flint import arb

from memcurse.numerics.arithmetic.balls import ball_precision, hull
from memcurse.numerics.objective.functionals import Kernel, Piece, fraction_ball
from memcurse.proofs_checks.evidence.findings import BallInequalities, Identities, Inequalities
from memcurse.theory.networks import functionals

if TYPE_CHECKING:
    from memcurse.proofs_checks.evidence.finding import Finding

#: Zeros are isolated, and the kernel is cut, to about this many bits; balls work with more.
BITS: Final = 40
WORKING_BITS: Final = 110
#: Ramps of width 2^-k and memories of length 2^(k-3) that the inputs which approach the norm have.
_EXPONENTS: Final = (4, 5, 6, 7)


@dataclass(frozen=True)
class Input:
    """Ages at which straight lines meet, starting at 0, and the values there; constant behind the last."""

    knots: tuple[Fraction, ...]
    values: tuple[Fraction, ...]


Functional = Callable[[Input], arb]


def functional(kernel: Kernel) -> Functional:
    """The functional of a kernel."""
    return lambda x: kernel.answer(x.knots, x.values)


def random_inputs(seed: int, count: int) -> list[Input]:
    """Continuous inputs of size at most 1 that vanish at infinity: random values on a grid of ages."""
    random = Random(seed)
    knots = tuple(Fraction(k, 2) for k in range(11))
    values = [tuple(Fraction(random.randint(-8, 8), 8) for _ in knots[1:]) for _ in range(count)]
    return [Input(knots, (*row, Fraction(0))) for row in values]


def spikes(exponents: Sequence[int], age: Fraction) -> list[Input]:
    """Spikes of height 1 and half-width ``2^-k`` around an age: they tend to 0 everywhere but there."""
    found = []
    for k in exponents:
        e = Fraction(1, 2**k)
        left = (Fraction(0), age - e) if age > e else (Fraction(0),)
        zeros = [Fraction(0)] * len(left)
        found.append(
            Input((*left, age, age + e), (*zeros, Fraction(1), Fraction(0)))
            if age
            else Input((Fraction(0), e), (Fraction(1), Fraction(0)))
        )
    return found


def sign_inputs(kernel: Kernel) -> list[tuple[Input, arb]]:
    """Continuous inputs that follow the sign of the kernel ever closer, and what each may miss of the norm.

    The miss is at most ``2 sup|rho|`` over the ramps times their length, and twice the tail behind the
    memory.
    """
    pieces, _ = kernel.pieces(BITS)
    found = []
    for k in _EXPONENTS:
        ramp, memory = Fraction(1, 2**k), Fraction(2 ** (k - 3))
        knots, values = [Fraction(0)], [Fraction(_first_sign(pieces))]
        missed = arb(0)
        for zero, before, after in _changes(pieces):
            if knots[-1] < zero - ramp and zero + ramp < memory:
                knots += [zero - ramp, zero + ramp]
                values += [Fraction(before), Fraction(after)]
                box = hull(fraction_ball(zero - ramp), fraction_ball(zero + ramp))
                missed += 2 * abs(kernel.value(box)).upper() * fraction_ball(2 * ramp)
            elif zero - ramp < memory:
                # Too close to its neighbour or to the end: nothing is promised from here on.
                missed += 2 * _tail_bound(kernel, knots[-1])
        knots += [memory, memory + 1]
        values += [values[-1], Fraction(0)]
        found.append((Input(tuple(knots), tuple(values)), missed + 2 * _tail_bound(kernel, memory)))
    return found


def _first_sign(pieces: Sequence[Piece]) -> int:
    return next((piece.sign for piece in pieces if piece.sign), 1)


def _changes(pieces: Sequence[Piece]) -> list[tuple[Fraction, int, int]]:
    """Where the sign changes, with the signs on both sides."""
    signed = [piece for piece in pieces if piece.sign]
    return [
        ((p.end + q.start) / 2, p.sign, q.sign) for p, q in itertools.pairwise(signed) if p.sign != q.sign
    ]


def _tail_bound(kernel: Kernel, start: Fraction) -> arb:
    """Bound on ``int_start^oo |rho|``: signed tails up to the cut, and the envelope behind it."""
    pieces, beyond = kernel.pieces(BITS)
    total = beyond
    for piece in pieces:
        a = max(piece.start, start)
        if piece.end <= start:
            continue
        if piece.sign:
            total += piece.sign * (kernel.tail(a) - kernel.tail(piece.end))
        else:
            box = hull(fraction_ball(a), fraction_ball(piece.end))
            total += abs(kernel.value(box)).upper() * fraction_ball(piece.end - a)
    return total.upper()


def norm_of_every_kernel() -> list[Finding]:
    """``sup |H(x)| = ||rho||_L1`` for every integrable kernel: under the integral, for all values of the kernel."""
    return [
        Inequalities("no input of size 1 gives more than the L1 norm", functionals.norm_from_above()),
        Inequalities("inputs of size 1 approach it", functionals.norm_approached()),
        Identities("their size, and the integral of what they miss", functionals.size_of_approaching()),
        Inequalities("what all of it costs", functionals.costs()),
    ]


def norm_findings(
    name: str,
    answer: Functional,
    norm: arb,
    approaching: Sequence[tuple[Input, arb]],
    others: Sequence[Input],
) -> tuple[list[Finding], list[tuple[Any, ...]]]:
    """The claim ``sup |H(x)| = norm`` over inputs of size 1: never exceeded, but approached."""
    answers = [(x, answer(x), missed) for x, missed in approaching]
    tried = [abs(answer(x)) for x in others] + [abs(value) for _, value, _ in answers]
    gaps = [missed for _, _, missed in answers]
    findings: list[Finding] = [
        BallInequalities(
            f"{name}: no input of size 1 gives more than the norm", [(y, norm) for y in tried], strict=False
        ),
        BallInequalities(
            f"{name}: norm less an answer <= what the input may miss",
            [(norm - value, missed) for _, value, missed in answers],
            strict=False,
        ),
        BallInequalities(
            f"{name}: what the inputs may miss tends to 0",
            [(y, x * 3 / 4) for x, y in itertools.pairwise(gaps)],
        ),
    ]
    rows = [
        (name, 2**-k, float(value), float(norm), float(missed))
        for k, (_, value, missed) in zip(_EXPONENTS, answers, strict=False)
    ]
    return findings, rows


def with_precision(function: Callable[[], Any]) -> Any:
    """`function()` at the working precision of this module."""
    with ball_precision(WORKING_BITS):
        return function()
