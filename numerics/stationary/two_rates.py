r"""All critical points with two distinct rates, for an exponential sum with rational data: elimination and matching.

Let ``L_0 = N/D``, ``q = (w - w_1)(w - w_2) = w^2 - s w + p``. A fit with rates w_1, w_2 has the transform
``(b w + c)/(w^2 + s w + p)``. The gradient vanishes in one of three ways.

* Both rates interpolate L_0 and L_1: ``(b w + c) D - N (w^2 + s w + p)`` is divisible by ``q^2``. The remainder is
  linear in (b, c, 1), so its 4 x 3 matrix over Q[s, p] has vanishing minors. Resultants leave finitely many s and p; of
  their pairs in ``s, p > 0, s^2 > 4 p`` those stay at which balls do not exclude a zero of all minors. A pair holds at
  most one critical point, since rates determine amplitudes; a proof in it shows that it holds exactly one.
* One amplitude is 0: the other term is a critical point of one rate w_1, and ``a_1 D - (w + w_1) N``, with its double
  root w_1 divided out, vanishes at the idle rate.
* Both are 0: the rates are two roots of N.

If every pair that stays holds a proved point, the list is complete.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import combinations
from typing import Any

from flint import acb_poly, arb, arb_poly, fmpq_mpoly, fmpq_mpoly_ctx, fmpq_poly, fmpz_poly

from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for
from memcurse.numerics.arithmetic.roots import enclose_root, isolate_positive_roots, squarefree_part
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.targets.target import ExponentialSum

from .newton import certify
from .one_rate import RationalSum, all_critical_points
from .points import CriticalPoint, CriticalPoints, critical_point

_COMPLETE = "every pair of roots of the eliminants is excluded or holds a proved point"
_OPEN = "some candidates of the elimination could be neither proved nor excluded"
_ROUNDS = 4

Pair = tuple[arb, arb]


class UnseparatedError(ArithmeticError):
    """Roots that balls do not tell apart at the precision tried."""


def all_pairs(target: ExponentialSum, digits: int) -> CriticalPoints | None:
    """The list for two rates, complete where `.complete` says so; None if the elimination is degenerate.

    Notes
    -----
    Rigour: proof.
    """
    sums = RationalSum(target)
    minors = _minors(sums)
    eliminants = _eliminants(minors)
    if eliminants is None:
        return None
    objective, now = Objective(target), digits
    rates: list[Pair] | None = None
    proved: list[CriticalPoint | None] = []
    for _ in range(_ROUNDS):
        with ball_precision(bits_for(now) + GUARD_BITS):
            try:
                rates = [*_interpolating(minors, eliminants, now), *_idle(target, sums, now)]
            except UnseparatedError:
                rates = None
        if rates is not None:
            proved = [_proved(objective, pair, now) for pair in rates]
            if all(point is not None for point in proved):
                break
        now *= 2
    if rates is None:
        return None
    points = [point for point in proved if point is not None]
    distinct = all(_apart(p, q) for p, q in combinations(points, 2))
    left = [_unproved(pair) for pair, point in zip(rates, proved, strict=True) if point is None]
    complete = distinct and not left
    return CriticalPoints(points, complete, _COMPLETE if complete else _OPEN, left)


def _minors(sums: RationalSum) -> list[fmpq_mpoly]:
    """The 3 x 3 minors of the remainder modulo ``q^2``, as polynomials in s and p."""
    s, p = fmpq_mpoly_ctx.get(("s", "p")).gens()
    zero, one = 0 * s, 0 * s + 1
    # w^4 = -(c_0 + c_1 w + c_2 w^2 + c_3 w^3) modulo q^2.
    square = [p**2, -2 * s * p, s**2 + 2 * p, -2 * s]
    powers = [[one if i == k else zero for i in range(4)] for k in range(4)]
    for _ in range(len(sums.v)):
        last = powers[-1]
        powers.append([x - last[3] * c for x, c in zip([zero, *last[:3]], square, strict=True)])

    def remainder(coefficients: list[Any]) -> list[Any]:
        terms = [[x * y for y in row] for x, row in zip(coefficients, powers, strict=False)]
        return [sum(column, zero) for column in zip(*terms, strict=True)]

    D, N = sums.D.coeffs(), sums.full_numerator.coeffs()
    shifted = [[zero] * k + [one * c for c in N] + [zero] * (2 - k) for k in range(3)]
    right = [p * x + s * y + z for x, y, z in zip(*shifted, strict=True)]
    columns = [remainder([zero, *(one * c for c in D)]), remainder([one * c for c in D]), remainder(right)]
    rows = list(zip(*columns, strict=True))
    return [_determinant(*chosen) for chosen in combinations(rows, 3)]


def _determinant(x: Any, y: Any, z: Any) -> fmpq_mpoly:
    return (
        x[0] * (y[1] * z[2] - y[2] * z[1])
        - x[1] * (y[0] * z[2] - y[2] * z[0])
        + x[2] * (y[0] * z[1] - y[1] * z[0])
    )


def _eliminants(minors: list[fmpq_mpoly]) -> tuple[fmpz_poly, fmpz_poly] | None:
    """Squarefree polynomials that vanish at the s, and at the p, of every common zero; None if a factor is shared."""
    found = []
    for kept, gone in (("s", "p"), ("p", "s")):
        resultants = [_univariate(x.resultant(y, gone), kept == "p") for x, y in combinations(minors, 2)]
        common = reduce(lambda x, y: x.gcd(y), resultants)
        if common == 0:
            return None
        found.append(squarefree_part(common.numer()))
    return found[0], found[1]


def _univariate(f: fmpq_mpoly, second: bool) -> fmpq_poly:
    coefficients: dict[int, Any] = {int(m[int(second)]): c for m, c in f.to_dict().items()}
    return fmpq_poly([coefficients.get(k, 0) for k in range(max(coefficients, default=0) + 1)])


def _interpolating(
    minors: list[fmpq_mpoly], eliminants: tuple[fmpz_poly, fmpz_poly], digits: int
) -> Iterator[Pair]:
    """Rates of the pairs (s, p) that balls do not exclude."""
    sums, products = (
        [enclose_root(root, bits_for(digits)) for root in isolate_positive_roots(f)] for f in eliminants
    )
    for p in products:
        for s in sums:
            gap = s * s - 4 * p
            if gap <= 0 or any(not _value(f, s, p).contains(0) for f in minors):
                continue
            # Where the ball of the gap holds 0 the rates cannot be told apart: the proof will fail, and say so.
            root = gap.nonnegative_part().sqrt()
            yield (s - root) / 2, (s + root) / 2


def _value(f: fmpq_mpoly, s: arb, p: arb) -> arb:
    return sum((arb(c) * s ** int(i) * p ** int(j) for (i, j), c in f.to_dict().items()), arb(0))


def _idle(target: ExponentialSum, sums: RationalSum, digits: int) -> Iterator[Pair]:
    """Rates of the critical points with an amplitude 0."""
    one = all_critical_points(target, digits)
    N, D = arb_poly(sums.full_numerator), arb_poly(sums.D)
    for point in one:
        (a,), (w,) = point.enclosure.a, point.enclosure.w
        if a.is_zero():
            continue
        rest = (a * D - arb_poly([w, 1]) * N).coeffs()
        for _ in range(2):
            rest = _without_root(rest, w)
        yield from ((w, idle) for idle in positive_roots(rest))
    silent = [point.enclosure.w[0] for point in one if point.enclosure.a[0].is_zero()]
    yield from combinations(silent, 2)


def _without_root(coefficients: list[arb], root: arb) -> list[arb]:
    """Horner's division by ``w - root``, the remainder (which holds 0) dropped."""
    quotient = [coefficients[-1]]
    for c in reversed(coefficients[1:-1]):
        quotient.append(c + root * quotient[-1])
    return quotient[::-1]


def positive_roots(coefficients: list[arb]) -> list[arb]:
    """Balls of the positive roots of a polynomial with ball coefficients.

    Raises
    ------
    UnseparatedError
        If the roots cannot be told apart, or from 0, at the current precision.

    Notes
    -----
    Rigour: proof. Each ball isolates a root; one that meets no mirror image but its own holds a real root.
    """
    if len(coefficients) < 2:
        return []
    try:
        roots = acb_poly(coefficients).roots()
    except ValueError as error:
        raise UnseparatedError(
            f"`coefficients` must have roots that balls tell apart; got {coefficients}"
        ) from error
    real = [z.real for z in roots if z.imag.contains(0)]
    if any(x.contains(0) for x in real) or any(x.overlaps(y) for x, y in combinations(real, 2)):
        raise UnseparatedError(f"`coefficients` must have roots that balls tell apart; got {coefficients}")
    return [x for x in real if x > 0]


def _proved(objective: Objective, pair: Pair, digits: int) -> CriticalPoint | None:
    """The critical point at two rates, proved; None if there is no proof, or it is of another point."""
    with ball_precision(bits_for(digits) + GUARD_BITS):
        w = [x.mid() for x in pair]
        if not (w[0] > 0 and w[1] > 0) or w[0] == w[1]:
            return None
        at = objective.enclose([arb(0), arb(0)], w, digits)
        L = [-at.gradient[k, 0] / 2 for k in range(2)]
        r = 1 / (w[0] + w[1])
        x, y = 1 / (2 * w[0]), 1 / (2 * w[1])
        determinant = x * y - r * r
        a = [((y * L[0] - r * L[1]) / determinant).mid(), ((x * L[1] - r * L[0]) / determinant).mid()]
        proof = certify(objective, a, w, digits)
        if proof is None or not all(ball.overlaps(rate) for ball, rate in zip(proof.w, pair, strict=True)):
            return None
        return critical_point(proof.a, proof.w, proof.loss, proof.inertia, True)


def _apart(p: CriticalPoint, q: CriticalPoint) -> bool:
    return any(not x.overlaps(y) for x, y in zip(p.enclosure.w, q.enclosure.w, strict=True))


def _unproved(pair: Pair) -> CriticalPoint:
    return critical_point([arb(0), arb(0)], pair, arb(0, float("inf")), None, False)
