r"""Newton's method in many digits, and Krawczyk's proof that a box holds exactly one critical point of the loss.

Krawczyk's operator on a box X about x is ``K = x - Y g(x) + (1 - Y H(X)) (X - x)``, with Y an approximate inverse of
the Hessian. If K lies in the interior of X, the gradient has exactly one zero in X, it lies in K, and every matrix in
``H(X)`` is invertible (Krawczyk 1969, Moore 1977; strict interior as in Rump 1983).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flint import arb, arb_mat

from memcurse.numerics.arithmetic.balls import GUARD_BITS, ball_precision, bits_for
from memcurse.numerics.arithmetic.matrices.inertia import ball_inertia
from memcurse.numerics.objective.objective import Enclosure, Objective
from memcurse.theory.landscape.equivalent_parameters import Inertia

#: Newton steps in one precision before it counts as lost, and doublings of the digits before a proof is given up.
_STEPS, _ROUNDS = 12, 5
#: Digits above which Newton's method first runs at half of them.
_LADDER = 100
#: Times that a box is inflated before its centre counts as too far from a zero.
_INFLATIONS = 3


@dataclass(frozen=True)
class Proof:
    """A box with exactly one critical point in it.

    Attributes
    ----------
    a, w : tuple of arb, length l
        Balls of the amplitudes and of the rates (1/time): the image under Krawczyk's operator.
    box : tuple of arb, length 2l
        The box, amplitudes first, in whose interior the image lies; the point is the only one in the box.
    loss : arb
        Ball of the loss at the critical point.
    inertia : Inertia or None
        Of the Hessian there; None if balls did not decide a sign.
    """

    a: tuple[arb, ...]
    w: tuple[arb, ...]
    box: tuple[arb, ...]
    loss: arb
    inertia: Inertia | None


def newton_point(
    objective: Objective, a: Sequence[arb], w: Sequence[arb], digits: int
) -> tuple[list[arb], list[arb]] | None:
    """Amplitudes and rates (exact balls) to about `digits` after Newton's method on the gradient; None if it strays.

    Notes
    -----
    Rigour: none; `prove` decides what the point is worth.
    """
    l, x = len(a), [*a, *w]
    schedule = [digits]
    while schedule[0] > _LADDER:
        schedule.insert(0, schedule[0] // 2 + 10)
    moved: list[arb] | None = None
    for now in schedule:
        # What a lower precision cannot carry is left to the next.
        moved = _newton(objective, x, now)
        x = x if moved is None else moved
    return None if moved is None else (x[:l], x[l:])


def _newton(objective: Objective, x: list[arb], digits: int) -> list[arb] | None:
    """Newton steps in one precision until they are settled; None if they do not settle or lead to a rate below 0."""
    l, bits = len(x) // 2, bits_for(digits) + GUARD_BITS
    with ball_precision(bits):
        for _ in range(_STEPS):
            at = objective.enclose(x[:l], x[l:], digits)
            step = _solve(at.hessian, at.gradient)
            if step is None or not all(s.is_finite() for s in step):
                return None
            x = [(value - s).mid() for value, s in zip(x, step, strict=True)]
            if not all(rate > 0 for rate in x[l:]):
                return None
            # Half the digits are right, so the step just taken has made all of them right.
            if _small(step, x, at.loss, bits // 2):
                return x
    return None


def _solve(matrix: arb_mat, right: arb_mat) -> list[arb] | None:
    try:
        solution = matrix.mid().solve(right.mid(), algorithm="approx")
    except ZeroDivisionError:
        return None
    return [solution[i, 0].mid() for i in range(solution.nrows())]


def _small(step: Sequence[arb], x: Sequence[arb], loss: arb, bits: int) -> bool:
    scale = arb(2) ** (-bits)
    return all(abs(s) <= scale * size for s, size in zip(step, _sizes(x, loss), strict=True))


def _sizes(x: Sequence[arb], loss: arb) -> list[arb]:
    """What errors of amplitudes and rates are relative to: the largest amplitude, and each rate.

    Where every amplitude is 0, or all but, the target's own size stands in: the loss is then its squared norm.
    """
    l = len(x) // 2
    own = (abs(loss) * max(x[l:], key=float)).sqrt().mid()
    largest = max((abs(a).mid() for a in x[:l]), key=float)
    if largest <= own * arb(2) ** -64:
        largest = own
    return [largest] * l + [abs(w).mid() for w in x[l:]]


def prove(objective: Objective, a: Sequence[arb], w: Sequence[arb], digits: int) -> Proof | None:
    """One Krawczyk step about an exact point at one precision; None if it proves nothing.

    Notes
    -----
    Rigour: proof. What is returned holds exactly one critical point, with the loss and the inertia stated.
    """
    with ball_precision(bits_for(digits) + GUARD_BITS):
        l, x = len(a), [*a, *w]
        n = 2 * l
        at = objective.enclose(a, w, digits)
        try:
            inverse = at.hessian.mid().inv().mid()
        except ZeroDivisionError:
            return None
        step = inverse * at.gradient
        radii = _radii(step, x, at.loss, digits)
        identity = arb_mat(n, n, [int(i == j) for i in range(n) for j in range(n)])
        for _ in range(_INFLATIONS):
            box = [value + arb(0, radius) for value, radius in zip(x, radii, strict=True)]
            if not all(rate > 0 for rate in box[l:]):
                return None
            hessian = objective.enclose(box[:l], box[l:], digits).hessian
            offset = arb_mat(n, 1, [arb(0, radius) for radius in radii])
            shift = (identity - inverse * hessian) * offset - step
            image = [x[i] + shift[i, 0] for i in range(n)]
            if all(outer.contains_interior(inner) for outer, inner in zip(box, image, strict=True)):
                return _proof(box, image, at, hessian, shift)
            radii = [8 * radius for radius in radii]
    return None


def _radii(step: arb_mat, x: Sequence[arb], loss: arb, digits: int) -> list[arb]:
    """Radii for a first box: twice what the Newton step may still be, and never less than the last digits."""
    last = arb(2) ** (-bits_for(digits) - GUARD_BITS // 2)
    return [(2 * abs(step[i, 0]) + last * size).abs_upper() for i, size in enumerate(_sizes(x, loss))]


def _proof(box: list[arb], image: list[arb], at: Enclosure, hessian: arb_mat, shift: arb_mat) -> Proof:
    l = len(box) // 2
    # Taylor with the Hessian over the box: the loss is flat there, its own enclosure over the box is not.
    first = (at.gradient.transpose() * shift)[0, 0]
    second = (shift.transpose() * hessian * shift)[0, 0] / 2
    loss = at.loss + first + second
    return Proof(tuple(image[:l]), tuple(image[l:]), tuple(box), loss, ball_inertia(hessian))


def certify(objective: Objective, a: Sequence[arb], w: Sequence[arb], digits: int) -> Proof | None:
    """Polish a point near a critical point and prove it, to `digits` relative to the rates and the largest amplitude.

    The working digits are doubled until proof and accuracy are there.

    Notes
    -----
    Rigour: proof. None is no statement: the point may be degenerate, or no critical point at all.
    """
    goal, now = bits_for(digits), digits
    for _ in range(_ROUNDS):
        point = newton_point(objective, a, w, now)
        if point is not None:
            proof = prove(objective, *point, now)
            if proof is not None and proof.inertia is not None and _accurate(proof, goal):
                return proof
            a, w = point
        now = now + max(10, now // 2)
    return None


def _accurate(proof: Proof, bits: int) -> bool:
    scale = arb(2) ** (-bits)
    x = (*proof.a, *proof.w)
    return all(ball.rad() <= scale * size for ball, size in zip(x, _sizes(x, proof.loss), strict=True))
