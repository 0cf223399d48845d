r"""The natural gradient flow ``theta' = -(G + damping I)^{-1} grad J / 2`` in midpoints of balls.

``G`` is the Gram matrix of the derivatives of the exponential sum in amplitudes and rates, Cauchy-like and as badly
conditioned as the rates are close: the digits rise until two precisions agree on the time of the event. In function
space the flow relaxes at rate 1, so that it is not stiff and an explicit pair carries it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from flint import arb, arb_mat

from memcurse.numerics.arguments import constant_ball, exact_parameters
from memcurse.numerics.arithmetic.balls import ball_precision, bits_for, mp_precision, to_mpf
from memcurse.numerics.arithmetic.doubledouble import split, split_array
from memcurse.numerics.flow.engine.humps import first_hump
from memcurse.numerics.flow.engine.loop import AT_THE_LIMIT, MOST_RETRIES, next_factor, shorter
from memcurse.numerics.flow.engine.scales import mean_scale
from memcurse.numerics.flow.engine.solve import BUDGET, Level, Problem, Trace
from memcurse.numerics.flow.engine.state import FULL, LOSS_DROP, NOISE, REACHED, STALLED, UNTIL
from memcurse.numerics.flow.tableaus.explicit_pairs import DORMAND_PRINCE_5, ExplicitPair
from memcurse.numerics.flow.tableaus.radau import radau_arrays
from memcurse.theory.shared_precision import PRECISION

from .field import BallField, Point, Vector, evaluate, middle

#: Digits of the first of the two runs that must agree, what the second has more, and the most that are tried.
FIRST_DIGITS, MORE, MOST_DIGITS = 40, 20, 400
#: Stages of the Radau polynomial in which a run keeps its steps.
STAGES = 3
#: The embedded formula may be off by this share of the tolerance: errors of all steps add up.
_ACCURACY = 1e-2


def gram_matrix(theta: Vector) -> arb_mat:
    """Inner products of the derivatives of ``sum_k a_k e^{-w_k t}`` in (a, w), shape (2m, 2m)."""
    m = len(theta) // 2
    a, w = theta[:m], theta[m:]
    G = arb_mat(2 * m, 2 * m)
    for k in range(m):
        for j in range(m):
            r = 1 / (w[k] + w[j])
            G[k, j] = middle(r)
            G[k, m + j] = G[m + j, k] = middle(-a[j] * r * r)
            G[m + k, m + j] = middle(2 * a[k] * a[j] * r * r * r)
    return G


@dataclass
class _Row:
    """An accepted step."""

    time: arb
    point: Point
    h: float
    powers: np.ndarray


class NaturalFlow:
    """One natural gradient flow at a given precision; `run` follows it to its end."""

    def __init__(self, problem: Problem, damping: Any, digits: int, pair: ExplicitPair) -> None:
        self.problem, self.damping, self.digits, self.pair = problem, damping, digits, pair
        self.bits = bits_for(digits) + 16
        self.rejected = 0

    def run(self) -> Trace:
        """Follow the flow."""
        with PRECISION, ball_precision(self.bits):
            a, w = exact_parameters(*self.problem.given)
            self.shift = middle(constant_ball(self.damping))
            self.A = [[arb(x.numerator) / x.denominator for x in row] for row in self.pair.A]
            gaps = zip(self.pair.weights, self.pair.embedded, strict=True)
            self.gaps = [arb((x - y).numerator) / (x - y).denominator for x, y in gaps]
            self.field = BallField(self.problem.objective.target)
            self.start = [middle(constant_ball(x)) for x in (*a, *w)]
            code, rows = self._follow()
            return self._trace(code, rows)

    def _velocity(self, point: Point) -> Vector | None:
        n = len(point.theta)
        G = gram_matrix(point.theta)
        for k in range(n):
            G[k, k] += self.shift
        try:
            solution = G.solve(arb_mat(n, 1, point.gradient), algorithm="approx")
        except ZeroDivisionError:
            return None
        return [middle(-x / 2) for x in solution.entries()]

    def _stages(self, point: Point, first: Vector, h: float) -> tuple[Point, list[Vector]] | None:
        """The step's end and the velocities at all stages; None where one leaves the domain."""
        slopes, end = [first], point
        for row in self.A[1:]:
            moved = [
                middle(x + h * sum((c * k[i] for c, k in zip(row, slopes, strict=True)), arb(0)))
                for i, x in enumerate(point.theta)
            ]
            at = evaluate(self.field, moved)
            slope = None if at is None else self._velocity(at)
            if at is None or slope is None:
                return None
            end = at
            slopes.append(slope)
        return end, slopes

    def _error(self, theta: Vector, h: float, slopes: list[Vector]) -> float:
        """Size of the embedded formula's difference, in units of the tolerance."""
        m = len(theta) // 2
        a, w = [abs(float(x)) for x in theta[:m]], theta[m:]
        total = 0.0
        for i in range(2 * m):
            if i < m:
                scale = max(a[i], 1e-8 * max(a), 1e-300)
            else:
                others = [j for j in range(m) if m + j != i]
                gaps = [abs(float((w[j] - theta[i]).mid())) for j in others]
                spread = sum(a[j] * gap * gap for j, gap in zip(others, gaps, strict=True))
                scale = mean_scale(min([float(theta[i]), *gaps]), spread, sum(a[j] for j in others))
                scale = max(scale, 10.0 ** (-self.digits * 0.2) * float(theta[i]))
            gap = float(sum((c * k[i] for c, k in zip(self.gaps, slopes, strict=True)), arb(0)).mid())
            total += (h * gap / (scale * self.problem.rtol * _ACCURACY)) ** 2
        size = math.sqrt(total / (2 * m))
        return size if size >= 0.0 else math.inf

    def _excess(self, point: Point) -> float:
        if self.problem.kind == LOSS_DROP:
            return float((self.start_loss - point.loss).mid()) - self.problem.threshold
        moved = [float((x - y).mid()) for x, y in zip(point.theta, self.start, strict=True)]
        return math.hypot(*moved) - self.problem.threshold

    def _powers(self, point: Point, end: Point, h: float, slopes: list[Vector]) -> np.ndarray:
        """The cubic through values and slopes at both ends: coefficients of the powers 1 to 3."""
        pairs = zip(end.theta, point.theta, strict=True)
        change = np.array([float((x - y).mid()) for x, y in pairs])
        f0, f1 = (h * np.array([float(x) for x in slopes[i]]) for i in (0, -1))
        return np.array([f0, 3 * change - 2 * f0 - f1, f0 + f1 - 2 * change])

    def _hump(self, point: Point, powers: np.ndarray) -> float:
        if self.problem.kind == LOSS_DROP:
            return 0.0
        offset = [float((x - y).mid()) for x, y in zip(point.theta, self.start, strict=True)]
        return float(first_hump(np.array(offset), powers, self.problem.threshold, 1.0)[0])

    def _land(self, point: Point, slopes: list[Vector], h: float) -> tuple[float, Point, list[Vector]] | None:
        """The step that ends at the event, by false position (Illinois) on its length."""
        low, at_low, high = 0.0, self._excess(point), h
        step = self._stages(point, slopes[0], h)
        at_high = math.inf if step is None else self._excess(step[0])
        for _ in range(80):
            length = low + (high - low) * at_low / (at_low - at_high)
            step = self._stages(point, slopes[0], length)
            if step is None:
                return None
            f = self._excess(step[0])
            if abs(f) <= 1e-14 * self.problem.threshold or not low < length < high:
                return length, *step
            if f >= 0.0:
                high, at_high, at_low = length, f, 0.5 * at_low
            else:
                low, at_low, at_high = length, f, 0.5 * at_high
        return None

    def _follow(self) -> tuple[int, list[_Row]]:
        point = evaluate(self.field, self.start)
        if point is None:
            raise ValueError(f"`w0` must be positive; got {self.problem.given[1]}")
        self.start_loss = point.loss
        first = self._velocity(point)
        rows: list[_Row] = []
        time, h, last, growth, retries = arb(0), min(1e-3, self.problem.until), 0.0, 1.0, 0
        until, order = arb(self.problem.until), self.pair.embedded_order
        while first is not None and retries <= MOST_RETRIES:
            if len(rows) >= self.problem.max_steps:
                return BUDGET, rows
            if max(abs(float(g)) for g in point.gradient) < 2.0 ** (8 - self.bits):
                return NOISE, rows
            h = min(h, float((until - time).mid()))
            step = self._stages(point, first, h)
            error = -1.0 if step is None else self._error(point.theta, h, step[1])
            hump = 0.0
            if step is not None and error < 1.0:
                hump = self._hump(point, self._powers(point, step[0], h, step[1]))
            if step is None or not error < 1.0 or hump > 0.0 or not step[0].loss <= point.loss:
                h *= hump if hump > 0.0 else shorter(error, order) if not 0.0 <= error < 1.0 else 0.5
                retries, last, self.rejected = retries + 1, 0.0, self.rejected + 1
                continue
            end, slopes, length, code = step[0], step[1], h, FULL
            if self._excess(end) >= 0.0:
                landed = self._land(point, slopes, h)
                if landed is None:
                    h, retries = 0.5 * h, retries + 1
                    continue
                length, end, slopes = landed
                code = REACHED
            time = middle(time + length)
            rows.append(_Row(time, end, length, self._powers(point, end, length, slopes)))
            if code == FULL and until - time <= AT_THE_LIMIT * until:
                code = UNTIL
            if code != FULL:
                return code, rows
            factor = next_factor(error, last, growth, order, retries == 0)
            last, growth, h, retries = max(error, 1e-12), factor, h * factor, 0
            point, first = end, slopes[-1]
        return STALLED, rows

    def _trace(self, code: int, rows: list[_Row]) -> Trace:
        n, count = len(self.start), len(rows)
        nodes = np.asarray(radau_arrays(STAGES).nodes)
        stages = [[x ** np.arange(1, 4) @ row.powers for x in nodes] for row in rows]
        with mp_precision(self.bits):
            times = [split(to_mpf(row.time)) for row in rows]
            theta = split_array([[to_mpf(x) for x in row.point.theta] for row in rows]).reshape(count, n)
        return Trace(
            level=Level("midpoints of balls", True, True, self.digits, 1.0, 0.0, 0, 0, 0.0, 0.0),
            code=code,
            time=np.array(times).reshape(count, 2),
            theta=theta,
            loss=np.array([float(row.point.loss) for row in rows]),
            stages=np.array(stages).reshape(count, STAGES, n),
            sigma=np.ones((count, STAGES)),
            step=np.array([row.h for row in rows]),
            rejected=self.rejected,
            iterations=0,
            noise=0.0,
            closest=max((self._excess(row.point) for row in rows), default=-math.inf),
        )


def natural_pair(method: Any) -> ExplicitPair:
    """The pair that `method`, already validated, stands for.

    Raises
    ------
    ValueError
        For the names of methods that know the Euclidean flow only.
    """
    if isinstance(method, ExplicitPair):
        return method
    if method != "auto":
        raise ValueError(
            f"`method` must be 'auto' or an ExplicitPair for the metric 'natural'; got {method!r}"
        )
    return DORMAND_PRINCE_5


def solve_naturally(
    problem: Problem, damping: Any, digits: int | None, pair: ExplicitPair = DORMAND_PRINCE_5
) -> Trace:
    """The natural gradient flow with the digits asked for, or with as many as two precisions need to agree.

    Notes
    -----
    Rigour: local errors are estimated. Without `digits` the two last precisions ended alike, at times that differ by
    less than the tolerance; that difference is the trace's `noise`.
    """
    if digits is not None:
        return NaturalFlow(problem, damping, digits, pair).run()
    digits = FIRST_DIGITS
    coarse = NaturalFlow(problem, damping, digits, pair).run()
    while digits < MOST_DIGITS:
        digits += MORE
        fine = NaturalFlow(problem, damping, digits, pair).run()
        if fine.code == coarse.code and len(fine.time) and len(coarse.time):
            gap = abs(float(fine.time[-1, 0] / coarse.time[-1, 0]) - 1.0)
            if fine.code in (BUDGET, NOISE) or gap <= problem.rtol:
                return replace(fine, noise=gap)
        coarse = fine
    return coarse
