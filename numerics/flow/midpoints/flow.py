"""The gradient flow beyond double-double, in midpoints of balls."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from flint import arb, arb_mat

from memcurse.numerics.arguments import constant_ball, exact_parameters
from memcurse.numerics.arithmetic.balls import ball_precision, bits_for, mp_precision, to_mpf
from memcurse.numerics.arithmetic.doubledouble import high_parts, split, split_array
from memcurse.numerics.flow.engine.humps import first_hump
from memcurse.numerics.flow.engine.loop import (
    AT_THE_LIMIT,
    LEAST_ERROR,
    MOST_AT_START,
    MOST_RETRIES,
    next_factor,
    shorter,
)
from memcurse.numerics.flow.engine.machinery import Level, internal_tolerance, twins_of
from memcurse.numerics.flow.engine.scales import LOSS_ROUNDINGS, loss_size, mean_scale, set_scales
from memcurse.numerics.flow.engine.settled import at_rest, settled
from memcurse.numerics.flow.engine.solve import (
    BUDGET,
    DOUBLE_DOUBLE,
    INTERRUPTED,
    Meter,
    Problem,
    Trace,
    cover,
    make_controls,
)
from memcurse.numerics.flow.engine.state import (
    FULL,
    LOSS_DROP,
    REACHED,
    STALLED,
    T_HIGH,
    UNREACHABLE,
    UNTIL,
    make_state,
    workspace,
)
from memcurse.numerics.flow.engine.step import evaluate_start
from memcurse.numerics.flow.tableaus.radau import Radau, radau
from memcurse.theory.shared_precision import PRECISION

from .field import BallField, Point, Vector, evaluate, middle
from .local_error import local_error
from .step import NEWTON, Memory, Step, correct, predict, remember

_GUARD_BITS = 16
#: Float64 sees that a Hessian is definite above this share of its largest eigenvalue.
_DEFINITE = 1e-12


@dataclass
class _Walk:
    """A flow under way."""

    point: Point
    time: arb
    h: float
    arc: bool = False
    in_time: bool = False  # from here on: the time limit lies within a step in arclength
    memory: Memory | None = None
    speed: float = math.inf
    last_error: float = 0.0
    growth: float = 1.0
    retries: int = 0


class PreciseFlow:
    """One flow in midpoint arithmetic of a given precision; `run` follows it to its end."""

    def __init__(self, problem: Problem, digits: int, stages: int) -> None:
        self.problem, self.digits, self.stages = problem, digits, stages
        self.bits = bits_for(digits) + _GUARD_BITS
        self.rtol = internal_tolerance(problem.rtol)
        self.rejected = self.iterations = 0
        self.noise_time = 0.0
        self.closest = -math.inf

    def run(self, progress: bool = False) -> Trace:
        """Follow the flow; Ctrl-C ends it with what there is."""
        rows: list[tuple[arb, Vector, arb, Step]] = []
        code, meter = STALLED, Meter(progress)
        with ball_precision(self.bits):
            try:
                for outcome, row in self._steps():
                    code = outcome
                    if row is not None:
                        rows.append(row)
                        meter.update(1, float(row[0]))
            except KeyboardInterrupt:
                code = INTERRUPTED
            finally:
                meter.close()
            return self._trace(code, rows)

    def _begin(self) -> _Walk:
        a, w = exact_parameters(*self.problem.given)
        theta = [middle(constant_ball(x)) for x in (*a, *w)]
        self.field = BallField(self.problem.objective.target)
        point = evaluate(self.field, theta)
        if point is None:
            raise ValueError(f"`w0` must be positive; got {w}")
        self.tableau: Radau = radau(self.stages, self.bits)
        c = self.tableau.nodes
        s = self.stages
        self.coefficients = arb_mat(s, s, [x ** (k + 1) for x in c for k in range(s)]).inv()
        self.start, self.start_loss = theta, point.loss
        self.twins = twins_of(np.array([hash(str(x)) for x in theta], dtype=np.int64))
        self.natural = max(abs(float(point.gradient[k] / point.hessian[k][k])) for k in range(len(a)))
        stiffness = math.sqrt(sum(float(x) ** 2 for row in point.hessian for x in row))
        return _Walk(point, arb(0), min(0.1 / stiffness, self.problem.until))

    def _excess(self, point: Point) -> float:
        if self.problem.kind == LOSS_DROP:
            return float((self.start_loss - point.loss).mid()) - self.problem.threshold
        moved = [float((x - y).mid()) for x, y in zip(point.theta, self.start, strict=True)]
        return math.hypot(*moved) - self.problem.threshold

    def _settled(self, walk: _Walk) -> bool:
        """`engine.settled.settled` at the state rounded to double-double: enough near a strict minimum."""
        curvatures = np.linalg.eigvalsh([[float(x) for x in row] for row in walk.point.hessian])
        if not curvatures[0] > _DEFINITE * curvatures[-1]:
            return False
        problem, n = self.problem, len(self.start)
        with mp_precision(self.bits):
            theta = split_array([to_mpf(x) for x in walk.point.theta])
            loss = split(to_mpf(self.start_loss))
        cover(problem, high_parts(theta)[n // 2 :])
        state, work = make_state(theta, self.stages), workspace(n, self.stages, True, True)
        controls = make_controls(problem, DOUBLE_DOUBLE, loss)
        data = problem.data.arrays
        evaluate_start(theta, data, work)
        state.numbers[T_HIGH] = float(walk.time.mid())
        set_scales(theta, self.natural, controls, work.scale)
        return bool(settled(self._excess(walk.point), state, data, controls, work))

    def _scales(self, theta: Vector) -> list[float]:
        """`engine.scales.set_scales` with distances of rates that float64 does not hold."""
        m = len(theta) // 2
        a, w = [abs(float(x)) for x in theta[:m]], theta[m:]
        rates = []
        for k in range(m):
            others = [j for j in range(m) if self.twins[m + j] != self.twins[m + k]]
            gaps = [abs(float((w[j] - w[k]).mid())) for j in others]
            spread = sum(a[j] * gap * gap for j, gap in zip(others, gaps, strict=True))
            scale = mean_scale(min([float(w[k]), *gaps]), spread, sum(a[j] for j in others))
            rates.append(max(scale, 10.0 ** (-self.digits * 0.6) * float(w[k])))
        return [self.rtol * x for x in (*(max(x, 1e-8 * max(*a, self.natural)) for x in a), *rates)]

    def _steps(self) -> Iterator[tuple[int, tuple[arb, Vector, arb, Step] | None]]:
        walk = self._begin()
        for _ in range(self.problem.max_steps):
            slope = math.sqrt(sum(float(g) ** 2 for g in walk.point.gradient))
            if not 2.0 ** (8 - self.bits) <= 300.0 * self.problem.rtol * slope:
                left = float((arb(self.problem.until) - walk.time).mid())
                yield int(at_rest(self._excess(walk.point), slope, left)), None
                return
            if not walk.arc and self._settled(walk):
                yield UNREACHABLE, None
                return
            walk.retries = 0
            step = self._step(walk, slope)
            if step is None:
                yield STALLED, None
                return
            code, accepted = step
            yield code, (walk.time, walk.point.theta, walk.point.loss, accepted)
            if code != FULL:
                return
        yield BUDGET, None

    def _step(self, walk: _Walk, slope: float) -> tuple[int, Step] | None:
        """Take one step, shortened until it is good; the walk moves to its end."""
        while walk.retries <= (MOST_AT_START if walk.memory is None else MOST_RETRIES):
            if not walk.arc:
                walk.h = min(walk.h, float((arb(self.problem.until) - walk.time).mid()))
            trial, error = self._try(walk, slope)
            if trial is None or not error < 1.0:
                self._shorten(walk, shorter(-1.0 if trial is None else error, self.stages))
                continue
            code = self._move(walk, trial, error, slope)
            if code is not None:
                return code
        return None

    def _shorten(self, walk: _Walk, factor: float) -> None:
        walk.h *= factor
        walk.retries += 1
        walk.last_error, walk.growth = 0.0, 1.0
        self.rejected += 1

    def _time_scale(self, walk: _Walk, h: float, slope: float) -> float:
        return self.rtol * max(float(walk.time.mid()), h / slope if walk.arc else h)

    def _try(self, walk: _Walk, slope: float) -> tuple[Step | None, float]:
        theta = walk.point.theta
        scale, time_scale = self._scales(theta), self._time_scale(walk, walk.h, slope)
        trial = predict(walk.memory or Memory(), theta, walk.h, walk.arc, self.tableau)
        tangent = walk.memory.tangent if walk.memory else []
        good = self._correct(trial, theta, tangent, scale, time_scale)
        if not good:
            return None, math.inf
        return trial, local_error(self.field, walk.point, trial, walk.memory, self.tableau, scale, time_scale)

    def _correct(
        self, trial: Step, theta: Vector, tangent: Vector, scale: list[float], time_scale: float
    ) -> bool:
        good, iterations = correct(
            self.field, theta, trial, tangent, self.tableau, self.twins, scale, time_scale
        )
        self.iterations += iterations
        return good

    def _duration(self, step: Step) -> arb:
        s = self.stages
        return middle(step.h * sum((self.tableau.A[s - 1, j] * step.sigma[j] for j in range(s)), arb(0)))

    def _end(self, walk: _Walk, step: Step) -> Point | None:
        theta = [middle(x + z) for x, z in zip(walk.point.theta, step.Z[-1], strict=True)]
        return evaluate(self.field, theta)

    def _move(self, walk: _Walk, step: Step, error: float, slope: float) -> tuple[int, Step] | None:
        until = arb(self.problem.until)
        if step.arc and walk.time + self._duration(step) > until:
            walk.arc, walk.in_time, walk.h = False, True, float((until - walk.time).mid())
            return None
        hump = self._hump(walk, step)
        if hump > 0.0:
            self._shorten(walk, hump)
            return None
        end = self._end(walk, step)
        code = FULL
        if end is not None and self._excess(end) >= 0.0:
            landed = self._land(walk, step, slope)
            code, (step, end) = REACHED, landed or (step, None)
        rounding = LOSS_ROUNDINGS * 2.0**-self.bits * loss_size(float(self.start_loss))
        if end is None or not end.loss <= walk.point.loss + rounding:
            self._shorten(walk, 0.5)
            return None
        self.closest = max(self.closest, self._excess(end))
        memory = remember(step, walk.point.theta, self.coefficients)
        self.noise_time += float(self._duration(step)) * 2.0 ** (4 - self.bits) / slope
        walk.time, walk.point, walk.memory = middle(walk.time + self._duration(step)), end, memory
        if code == FULL and not step.arc and until - walk.time <= AT_THE_LIMIT * until:
            code = UNTIL
        self._plan(walk, memory.length / memory.rate, error)
        return code, step

    def _hump(self, walk: _Walk, step: Step) -> float:
        """Where the step must be cut because its distance from the start has a maximum there; 0 if it need not be."""
        if self.problem.kind == LOSS_DROP:
            return 0.0
        offset = [float((x - y).mid()) for x, y in zip(walk.point.theta, self.start, strict=True)]
        powers = remember(step, walk.point.theta, self.coefficients).powers
        floats = np.array([[float(x) for x in row] for row in powers])
        return float(first_hump(np.array(offset), floats, self.problem.threshold, 1.0)[0])

    def _land(self, walk: _Walk, step: Step, slope: float) -> tuple[Step, Point] | None:
        """The step that ends at the event: the secant method on the step's length, solving anew each time."""
        theta, scale = walk.point.theta, self._scales(walk.point.theta)
        tangent = walk.memory.tangent if walk.memory else []
        low, at_low, high, at_high = 0.0, self._excess(walk.point), step.h, math.inf
        memory = remember(step, theta, self.coefficients)
        end = self._end(walk, step)
        at_high = self._excess(end) if end is not None else math.inf
        for _ in range(60):
            h = low + (high - low) * at_low / (at_low - at_high)
            trial = _resized(step, h, memory, self.tableau)
            if not self._correct(trial, theta, tangent, scale, self._time_scale(walk, h, slope)):
                return None
            end = self._end(walk, trial)
            if end is None:
                return None
            f = self._excess(end)
            if (
                abs(f) <= 1e-14 * abs(self.problem.threshold)
                or not low < h < high
                or high - low < 1e-14 * high
            ):
                return trial, end
            if f >= 0.0:
                high, at_high, at_low = h, f, 0.5 * at_low
            else:
                low, at_low, at_high = h, f, 0.5 * at_high
        return None

    def _plan(self, walk: _Walk, speed: float, error: float) -> None:
        factor = next_factor(error, walk.last_error, walk.growth, self.stages, walk.retries == 0)
        walk.last_error, walk.growth = max(error, LEAST_ERROR), factor
        arc = speed > walk.speed and not walk.in_time
        walk.h *= factor
        if arc != walk.arc:
            walk.h = walk.h * speed if arc else walk.h / speed
            walk.last_error = 0.0
        walk.arc, walk.speed = arc, speed

    def _trace(self, code: int, rows: list[tuple[arb, Vector, arb, Step]]) -> Trace:
        s, n = self.stages, len(self.problem.start)
        with mp_precision(self.bits):
            times = [split(to_mpf(t)) for t, _, _, _ in rows]
            theta = split_array([[to_mpf(x) for x in point] for _, point, _, _ in rows])
        time = times[-1].high if times else 0.0
        stages = [[[float(z) for z in Z] for Z in step.Z] for *_, step in rows]
        columns = (
            np.array(times).reshape(len(rows), 2),
            theta.reshape(len(rows), n),
            np.array([float(loss) for _, _, loss, _ in rows]),
            np.array(stages).reshape(len(rows), s, n),
            np.array([[float(x) for x in step.sigma] for *_, step in rows]).reshape(len(rows), s),
            np.array([step.h for *_, step in rows]),
        )
        return Trace(
            level=Level("midpoints of balls", True, True, self.digits, 1.0, 0.0, 0, 0, NEWTON, 0.0),
            code=code,
            parts=(columns,),
            steps=len(rows),
            rejected=self.rejected,
            iterations=self.iterations,
            noise=self.noise_time / time if time > 0 else 0.0,
            closest=self.closest,
        )


def _resized(step: Step, h: float, memory: Memory, tableau: Radau) -> Step:
    """The stages of a step of another length, from the polynomial of this one."""
    x = h / step.h
    stages = []
    for c in tableau.nodes:
        powers = [(c * x) ** (p + 1) for p in range(len(memory.powers))]
        terms = [zip(powers, column, strict=True) for column in zip(*memory.powers, strict=True)]
        stages.append([middle(sum((q * y for y, q in term), arb(0))) for term in terms])
    return Step(h, step.arc, stages, list(step.sigma))


def solve_precisely(problem: Problem, digits: int, stages: int, progress: bool = False) -> Trace:
    """Follow a flow in midpoint arithmetic with `digits` decimal digits."""
    with PRECISION:
        return PreciseFlow(problem, digits, stages).run(progress)
