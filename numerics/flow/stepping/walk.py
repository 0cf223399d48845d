"""A flow of any field from its start to its end: one arithmetic, the rules of `engine`.

Step control, failures, the choice between time and arclength, the cut at a maximum of what the event watches, the
landing on the event and the reasons to stop are those of `engine.advance`, and where they are formulas they are the
same functions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb
from numpy.typing import NDArray

from memcurse.numerics.arithmetic.balls import mp_precision, to_mpf
from memcurse.numerics.arithmetic.doubledouble import split, split_array
from memcurse.numerics.flow.engine.loop import (
    AT_THE_LIMIT,
    LEAST_ERROR,
    MOST_AT_START,
    MOST_RETRIES,
    next_factor,
    shorter,
)
from memcurse.numerics.flow.engine.machinery import Level
from memcurse.numerics.flow.engine.scales import LOSS_ROUNDINGS, loss_size
from memcurse.numerics.flow.engine.settled import at_rest
from memcurse.numerics.flow.engine.solve import BUDGET, INTERRUPTED, Meter, Trace
from memcurse.numerics.flow.engine.state import FULL, NOISE, REACHED, STALLED, UNREACHABLE, UNTIL
from memcurse.numerics.flow.events import Event
from memcurse.numerics.flow.fields.arithmetic import Arithmetic, Midpoints
from memcurse.numerics.flow.fields.field import Field, Point
from memcurse.numerics.flow.tableaus.choice import Integrator

from .choice import stepper_for
from .events import Watch
from .minimum import out_of_reach
from .stepper import Memory, Step

Array = NDArray[np.float64]
#: Where more digits can be had they are the better choice when rejections exceed the steps by so many, or when after so
#: many steps the round-off of the time is so many tolerances.
_IMPATIENCE, _ENOUGH, _TOO_MUCH = 40, 20, 10.0
#: Landings on the event in float64 lengths: how many at most, how close they come, for which tolerances that does; and
#: how far apart two of them must be to give a slope.
_MOST_LANDINGS, _CLOSE, _FLOATS_WILL_DO, _APART = 60, 1e-14, 1e-12, 1e-10


@dataclass(frozen=True)
class Task:
    """A flow to follow: the field, what ends it, how accurately. See `engine.solve.Problem`."""

    field: Field
    stop: Event
    kind: int
    threshold: float  # `stop` in float64
    until: float
    rtol: float
    max_steps: int
    stages: int  # of Radau IIA
    integrator: Integrator


@dataclass
class _State:
    """A flow under way."""

    point: Point
    h: float
    time: arb
    arc: bool = False
    in_time: bool = False  # from here on: the time limit lies within a step in arclength
    memory: Memory | None = None
    speed: float = math.inf
    last_error: float = 0.0
    growth: float = 1.0
    retries: int = 0


@dataclass(frozen=True)
class _Row:
    """An accepted step: the time and the point at its end, and its stages."""

    time: arb
    point: Point
    step: Step


class Walk:
    """One flow in one arithmetic; `run` follows it to its end or, if not `patient`, until more digits are better."""

    def __init__(self, task: Task, arithmetic: Arithmetic, patient: bool = True) -> None:
        self.task, self.field, self.arithmetic, self.patient = task, task.field, arithmetic, patient
        self.rejected = 0
        self.noise_time = 0.0
        self.closest = -math.inf

    def run(self, progress: bool = False) -> Trace:
        """Follow the flow; Ctrl-C ends it with what there is."""
        rows: list[_Row] = []
        code, meter = STALLED, Meter(progress)
        # Where float64 overflows, a step fails and is shortened.
        with self.arithmetic.context(), np.errstate(all="ignore"):
            try:
                for outcome, row in self._steps():
                    code = outcome
                    if row is not None:
                        rows.append(row)
                        meter.update(1, float(row.time))
            except KeyboardInterrupt:
                code = INTERRUPTED
            finally:
                meter.close()
            return self._trace(code, rows)

    def _begin(self) -> _State:
        task = self.task
        self.stepper = stepper_for(self.field, self.arithmetic, task.integrator, task.stages, task.rtol)
        self.rtol = self.stepper.rtol
        theta = self.arithmetic.exact(self.field.start)
        point = self.field.at(arb(0), theta, self.arithmetic)
        if point is None:
            raise ValueError(f"`start` must lie inside the domain of the field; got {list(self.field.start)}")
        self.watch = Watch(self.field, self.arithmetic, task.stop, point)
        self.first_energy, self.least = float(point.energy), point.energy
        stiffness = float(np.linalg.norm(self.arithmetic.floats(point.jacobian)))
        h = 0.1 / stiffness if stiffness > 0.0 else 0.1
        return _State(point, min(h, self.task.until), arb(0))

    def _left(self, state: _State) -> float:
        return float((arb(self.task.until) - state.time).mid())

    def _steps(self) -> Iterator[tuple[int, _Row | None]]:
        state = self._begin()
        for taken in range(self.task.max_steps):
            code = self._end_here(state, taken)
            if code is not None:
                yield code, None
                return
            state.retries = 0
            step = self._step(state, taken)
            if step is None:
                yield STALLED, None
                return
            code, accepted = step
            yield code, _Row(state.time, state.point, accepted)
            if code != FULL:
                return
        yield BUDGET, None

    def _end_here(self, state: _State, taken: int) -> int | None:
        """A reason to stop before the next step, if there is one."""
        point = state.point
        excess = self.watch.excess(point)
        speed = float(np.linalg.norm(self.arithmetic.floats(point.velocity)))
        if not state.arc and out_of_reach(self.field, self.arithmetic, point, self.watch):
            return UNREACHABLE
        if not point.noise < speed:
            return self._hidden(point, speed + point.noise, excess, self._left(state))
        hopeless = taken >= _ENOUGH and self.noise_time > _TOO_MUCH * self.task.rtol * float(state.time)
        return NOISE if hopeless and not self.patient else None

    def _hidden(self, point: Point, most: float, excess: float, left: float) -> int:
        """What to say where round-off hides the velocity, whose size is `most` at most.

        A metric that is nearly singular hides velocities that are far from 0: nothing is at rest there.
        """
        code = int(at_rest(excess, most, left))
        size = float(np.linalg.norm(self.arithmetic.floats(point.theta)))
        return STALLED if code == NOISE and most > math.sqrt(self.arithmetic.unit) * size else code

    # --- one step -----------------------------------------------------------------------------------------------

    def _step(self, state: _State, taken: int) -> tuple[int, Step] | None:
        """Take one step, shortened until it is good; the state moves to its end."""
        first = state.memory is None
        while state.retries <= (MOST_AT_START if first else MOST_RETRIES):
            if not self.patient and self.rejected > taken + _IMPATIENCE + (MOST_AT_START if first else 0):
                return None
            if not state.arc:
                state.h = min(state.h, self._left(state))
            scale, time_scale = self._scales(state)
            state.h = min(state.h, self.stepper.longest(state.point, scale))
            trial, error = self.stepper.attempt(
                state.time, state.point, state.h, state.arc, state.memory, scale, time_scale
            )
            if trial is None or not error < 1.0:
                self._shorten(state, shorter(-1.0 if trial is None else error, self.stepper.control))
                continue
            code = self._move(state, trial, error, scale, time_scale)
            if code is not None:
                return code
        return None

    def _shorten(self, state: _State, factor: float) -> None:
        state.h *= factor
        state.retries += 1
        state.last_error, state.growth = 0.0, 1.0
        self.rejected += 1

    def _scales(self, state: _State) -> tuple[Array, float]:
        """Sizes of errors that count as 1, of the variables and of the time."""
        point, speed = state.point, float(np.linalg.norm(self.arithmetic.floats(state.point.velocity)))
        h = state.h / speed if state.arc else state.h
        scale = self.field.scales_at(point, self.arithmetic)
        return self.rtol * scale, self.rtol * max(float(state.time.mid()), h)

    def _move(
        self, state: _State, step: Step, error: float, scale: Array, time_scale: float
    ) -> tuple[int, Step] | None:
        until = arb(self.task.until)
        if step.arc and state.time + self.stepper.duration(step) > until:
            state.arc, state.in_time, state.h = False, True, self._left(state)
            return None
        memory = self.stepper.remember(step)
        hump = self.watch.hump(state.point, step, self.stepper.method)
        if hump > 0.0:
            self._shorten(state, hump)
            return None
        end, code = self._end(state, step), FULL
        if end is not None and self.watch.excess(end) >= 0.0:
            landed = self._land(state, step, end, scale, time_scale)
            code, (step, end) = REACHED, landed or (step, None)
        if end is None or not self._falls(state.point, end) or (end.theta == state.point.theta).all():
            self._shorten(state, 0.5)
            return None
        if code == REACHED:
            memory = self.stepper.remember(step)
        self._arrive(state, step, end, memory)
        if code == FULL and not step.arc and until - state.time <= AT_THE_LIMIT * until:
            code = UNTIL
        self._plan(state, memory, error)
        return code, step

    def _arrive(self, state: _State, step: Step, end: Point, memory: Memory) -> None:
        duration = self.stepper.duration(step)
        speed = float(np.linalg.norm(self.arithmetic.floats(state.point.velocity)))
        self.noise_time += float(duration) * state.point.noise / speed
        self.closest = max(self.closest, self.watch.excess(end))
        self.least = end.energy if end.energy < self.least else self.least
        state.time, state.point, state.memory = (state.time + duration).mid(), end, memory

    def _falls(self, before: Point, after: Point) -> bool:
        """Whether what never rises has not risen, beyond its round-off, above the least that it was."""
        rounding = LOSS_ROUNDINGS * self.arithmetic.unit * loss_size(self.first_energy)
        if not self.field.monotone:  # the error of each step shows in the energy of an oscillation
            return bool(float(after.energy - before.energy) <= rounding + self.rtol * float(before.energy))
        return bool(float(after.energy - self.least) <= rounding)

    def _end(self, state: _State, step: Step) -> Point | None:
        if step.end is not None:
            return step.end
        theta = self.arithmetic.rounded(state.point.theta + step.Z[-1])
        return self.field.at(state.time + self.stepper.duration(step), theta, self.arithmetic)

    def _land(
        self, state: _State, step: Step, end: Point, scale: Array, time_scale: float
    ) -> tuple[Step, Point] | None:
        """The step that ends at the event: false position (Illinois) on its length, solving anew each time.

        Lengths are float64: where the tolerance asks for more, a secant follows in the arithmetic.
        """
        low, at_low, high, at_high = 0.0, self.watch.excess(state.point), step.h, self.watch.excess(end)
        best, other, past = (step, end), (0.0, state.point), None
        for _ in range(_MOST_LANDINGS):
            h = low + (high - low) * at_low / (at_low - at_high)
            if not low < h < high:
                break
            there = self._resized(state, step, h, scale, time_scale)
            if there is None:
                return None
            moved = abs(h - best[0].h)
            if moved > _APART * h:
                other = best[0].h, best[1]
            best, f = there, self.watch.excess(there[1])
            if moved <= _CLOSE * h or abs(f) <= _CLOSE * self.watch.threshold:
                break
            again = (f >= 0.0) is past
            past = f >= 0.0
            if past:
                high, at_high, at_low = h, f, 0.5 * at_low if again else at_low
            else:
                low, at_low, at_high = h, f, 0.5 * at_high if again else at_high
        if self.task.rtol >= _FLOATS_WILL_DO:
            return best
        at, before = self.watch.gap(best[1]), self.watch.gap(other[1])
        move = at * (best[0].h - other[0]) / (at - before)
        return self._resized(state, step, (best[0].h - move).mid(), scale, time_scale)

    def _resized(
        self, state: _State, step: Step, h: Any, scale: Array, time_scale: float
    ) -> tuple[Step, Point] | None:
        """The step taken anew with another length, and its end."""
        trial = self.stepper.resized(state.time, state.point, step, h, state.memory, scale, time_scale)
        end = None if trial is None else self._end(state, trial)
        return None if trial is None or end is None else (trial, end)

    def _plan(self, state: _State, memory: Memory, error: float) -> None:
        """Length of the next step, and whether it runs in time or, where the flow speeds up, in arclength."""
        factor = next_factor(error, state.last_error, state.growth, self.stepper.control, state.retries == 0)
        state.last_error, state.growth = max(error, LEAST_ERROR), factor
        speed = memory.speed
        curved = self.stepper.curved and self.field.curve and self.field.autonomous
        arc = curved and speed > state.speed and not state.in_time
        state.h *= factor
        if arc != state.arc:
            state.h = state.h * speed if arc else state.h / speed
            state.last_error = 0.0
        state.arc, state.speed = arc, speed

    # --- the record ---------------------------------------------------------------------------------------------

    def _trace(self, code: int, rows: list[_Row]) -> Trace:
        s, n, count = self.stepper.stages, len(self.field.start), len(rows)
        floats = self.arithmetic.floats
        fine = isinstance(self.arithmetic, Midpoints)
        with mp_precision(max(200, getattr(self.arithmetic, "bits", 0))):
            times = [split(to_mpf(row.time)) for row in rows]
            theta: Any = np.array([floats(row.point.theta) for row in rows])
            if fine:
                theta = split_array([[to_mpf(x) for x in row.point.theta] for row in rows])
        end = times[-1].high if times else 0.0
        level = Level(self.arithmetic.name, fine, fine, self.arithmetic.digits, 1.0, 0.0, 0, 0, 0.0, 0.0)
        columns = (
            np.array(times).reshape(count, 2),
            theta.reshape(count, n),
            np.array([float(row.point.values.loss) for row in rows]),
            np.array([floats(row.step.Z) for row in rows]).reshape(count, s, n),
            np.array([floats(row.step.sigma) for row in rows]).reshape(count, s),
            np.array([float(row.step.h) for row in rows]),
        )
        return Trace(
            level=level,
            code=code,
            parts=(columns,),
            steps=count,
            rejected=self.rejected,
            iterations=self.stepper.iterations,
            noise=self.noise_time / end if end > 0.0 else 0.0,
            closest=self.closest,
        )
