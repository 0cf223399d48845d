"""Critical points by Newton's method from many starts in float64, each then proved in balls.

The starts are reproducible and the list is a list of proofs, but nothing here shows that none is missing.
"""

from __future__ import annotations

import numpy as np
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.arguments import FloatRangeError
from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.objective.prepared import PreparedObjective
from memcurse.theory.targets.target import Target

from .newton import certify
from .points import CriticalPoint, CriticalPoints, critical_point

Array = NDArray[np.float64]

_STEPS = 80
#: Two float solutions closer than this are one candidate; whether they are one point, their balls decide.
_SAME = 1e-7
#: The largest change of a log rate in one step, and how far (in log) the starts reach from the best single rate.
_LONGEST, _REACH = 1.0, 4.0


def search(target: Target, l: int, digits: int, starts: int, seed: int) -> CriticalPoints:
    """Distinct critical points found from `starts` starts, each proved; what could not be proved is `.undecided`.

    Notes
    -----
    Rigour: proof for each point; no claim of completeness.
    """
    objective = Objective(target)
    proved: list[CriticalPoint] = []
    undecided: list[CriticalPoint] = []
    for a, w in candidates(objective, l, starts, seed):
        point = proved_point(objective, a, w, digits)
        if point is None:
            undecided.append(_unproved(objective, a, w))
        elif not any(_overlap(point, other) for other in proved):
            proved.append(point)
    reason = f"a search from {starts} starts proves what it finds, not that it finds everything"
    return CriticalPoints(proved, False, reason, undecided)


def proved_point(objective: Objective, a: Array, w: Array, digits: int) -> CriticalPoint | None:
    """The critical point near float parameters, proved to `digits`; None if no proof is found."""
    proof = certify(objective, [arb(float(x)) for x in a], [arb(float(x)) for x in w], digits)
    return None if proof is None else critical_point(proof.a, proof.w, proof.loss, proof.inertia, True)


def _unproved(objective: Objective, a: Array, w: Array) -> CriticalPoint:
    with ball_precision(64):
        balls = [arb(float(x)) for x in a], [arb(float(x)) for x in w]
        return critical_point(*balls, objective.enclose(*balls, 15).loss, None, False)


def _overlap(p: CriticalPoint, q: CriticalPoint) -> bool:
    pairs = zip((*p.enclosure.a, *p.enclosure.w), (*q.enclosure.a, *q.enclosure.w), strict=True)
    return all(x.overlaps(y) for x, y in pairs)


def candidates(objective: Objective, l: int, starts: int, seed: int) -> list[tuple[Array, Array]]:
    """Float zeros of the gradient with distinct rates, sorted by rate, each once."""
    rng = np.random.default_rng(seed)
    prepared = objective.prepare(l)
    centre = best_single_rate(objective)
    found: list[tuple[Array, Array]] = []
    for _ in range(starts):
        x = np.sort(centre + rng.uniform(-_REACH, _REACH, l))
        a = projected_amplitudes(objective, x) * rng.choice([1.0, 1.0, 0.3], l)
        solution = None if a.size == 0 else _newton(prepared, a, x)
        if solution is not None and not any(_same(solution, other) for other in found):
            found.append(solution)
    return found


def best_single_rate(objective: Objective) -> float:
    """``log w`` on a grid with the largest ``w L_0(w)^2``, the gain of a single exponential."""
    grid = np.linspace(-12.0, 12.0, 97)
    gains = np.full(len(grid), -np.inf)
    one = np.zeros(1)
    for i, x in enumerate(grid):
        try:
            # With a = 0 the derivative in a is -2 L_0.
            gains[i] = np.exp(x) * objective.gradient(one, np.exp([x]))[0] ** 2
        except FloatRangeError:
            continue
    return float(grid[int(np.argmax(gains))])


def projected_amplitudes(objective: Objective, x: Array) -> Array:
    """The best amplitudes for the rates ``exp(x)``; empty where float64 has none."""
    w, l = np.exp(x), len(x)
    try:
        moments = -objective.gradient(np.zeros(l), w)[:l] / 2
        return np.asarray(np.linalg.solve(1 / (w[:, None] + w), moments))
    except (FloatRangeError, np.linalg.LinAlgError):
        return np.empty(0)


def _newton(prepared: PreparedObjective, a: Array, x: Array) -> tuple[Array, Array] | None:
    """Newton's method in ``(a, log w)``, with short steps far away; a zero of the gradient or None."""
    l = len(a)
    for _ in range(_STEPS):
        w = np.exp(x)
        try:
            gradient, hessian = prepared.derivatives(a, w)
            scale = np.concatenate([np.ones(l), w])
            matrix = hessian * scale * scale[:, None]
            g = gradient * scale
            matrix[range(l, 2 * l), range(l, 2 * l)] += g[l:]
            step = np.linalg.solve(matrix, -g)
        except (FloatRangeError, np.linalg.LinAlgError):
            return None
        length = np.abs(step[l:]).max()
        if not np.isfinite(step).all() or np.abs(x).max() > 40:
            return None
        factor = _LONGEST / length if length > _LONGEST else 1.0
        a, x = a + factor * step[:l], x + factor * step[l:]
        if length < 1e-9 and np.abs(step[:l]).max() <= 1e-9 * np.abs(a).max():
            return _distinct(a, x)
    return None


def _distinct(a: Array, x: Array) -> tuple[Array, Array] | None:
    # Coinciding rates belong to a critical space of fewer rates, where no point is isolated.
    order = np.argsort(x)
    a, x = a[order], x[order]
    if len(x) > 1 and np.diff(x).min() < 1e-5:
        return None
    return a, np.exp(x)


def _same(p: tuple[Array, Array], q: tuple[Array, Array]) -> bool:
    size = max(np.abs(p[0]).max(), np.abs(q[0]).max())
    near = np.abs(p[0] - q[0]).max() <= _SAME * size
    return bool(near and np.abs(np.log(p[1] / q[1])).max() <= _SAME)
