r"""The integrators' orders, observed on a gradient flow with a known solution: width 1 and the target 0.

There ``J = a^2/(2w)``, so ``a' = -a/w`` and ``w' = a^2/(2 w^2)``, which keeps ``a^2 + 2 w^2 = 2 kappa^2``. With
``w = kappa tanh y`` the time is ``kappa (y - tanh y)`` and a constant. The project's own steps are called with fixed
lengths: the compiled one of `step` in double-double, in which errors can be followed from 1e-2 to 1e-31, and that
of `stepping` with 60 digits.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from flint import arb
from mpmath import mp, mpf

from memcurse.numerics.arithmetic.balls import ball_precision, to_mpf
from memcurse.numerics.arithmetic.doubledouble import high_parts, joined, split_array
from memcurse.numerics.flow.engine.field import PreciseData
from memcurse.numerics.flow.engine.state import Method, method, workspace
from memcurse.numerics.flow.engine.step import CONVERGED, solve_stages
from memcurse.numerics.flow.fields.arithmetic import Midpoints
from memcurse.numerics.flow.fields.real_modes import RateField
from memcurse.numerics.flow.stepping.implicit_step import RadauStepper
from memcurse.numerics.flow.stepping.stepper import Memory, Step
from memcurse.numerics.flow.tableaus.explicit_pairs import DORMAND_PRINCE_5
from memcurse.numerics.flow.tableaus.radau import radau
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.targets.target import ExponentialSum

ZERO = ExponentialSum(["0"], ["1"])
A0, W0, END = mpf(1), mpf(1), mpf("0.5")
BITS = 240


def solution(t: Any) -> tuple[Any, Any]:
    """Amplitude and rate at time `t`, to 60 digits."""
    kappa = mpmath.sqrt(A0**2 / 2 + W0**2)
    y0 = mpmath.atanh(W0 / kappa)
    end = y0 - mpmath.tanh(y0) + t / kappa
    y = mpmath.findroot(lambda y: y - mpmath.tanh(y) - end, end + mpf("0.9"), tol=mpf(10) ** -120)
    return mpmath.sqrt(2) * kappa / mpmath.cosh(y), kappa * mpmath.tanh(y)


def slope(theta: Any) -> Any:
    a, w = theta
    return [-a / w, (a / w) ** 2 / 2]


def distance(theta: Any, time: Any) -> Any:
    return max(abs(x - y) for x, y in zip(theta, solution(time), strict=True))


def test_the_solution_solves_the_flow_of_the_objective() -> None:
    J, t, gap = Objective(ZERO), mpf("0.7"), mpf(10) ** -15
    with mp.workprec(BITS):
        theta, later, earlier = solution(t), solution(t + gap), solution(t - gap)
        gradient = J.gradient(*([mpmath.nstr(x, 60)] for x in theta), digits=50)
        for k in range(2):
            assert abs((later[k] - earlier[k]) / (2 * gap) + gradient[k]) < 1e-28
            assert abs(slope(theta)[k] + gradient[k]) < 1e-48


@functools.cache
def field_data() -> Any:
    target = PreciseData(ZERO)
    target.table.cover(0.5, 2.0)
    return target.arrays


def compiled_error(steps: int, arc: bool, tableau: Method) -> Any:
    """Distance from the solution after steps of ``END/steps``, in time or in the projection on the tangent."""
    stages, h, data = len(tableau.nodes), float(END / steps), field_data()
    work, theta, time = workspace(2, stages, True, True), [A0, W0], mpf(0)
    for _ in range(steps):
        velocity = np.array(slope(theta), dtype=float)
        speed = np.linalg.norm(velocity)
        work.u[:] = split_array(velocity / speed)
        unit = 1.0 / speed if arc else 1.0
        work.sigma[:] = (unit, 0.0)
        work.Z[:] = split_array(h * unit * np.outer(high_parts(tableau.nodes), velocity))
        start = split_array(theta)
        # Scales of 1: Newton's method goes on until its next correction is below 1e-31.
        outcome, _ = solve_stages(start, h, arc, 1.0, 1e-31, data, tableau, np.arange(2), work)
        assert outcome == CONVERGED
        theta = [joined(x) + joined(z) for x, z in zip(start, work.Z[-1], strict=True)]
        time += h * sum(joined(b) * joined(x) for b, x in zip(tableau.A[-1], work.sigma, strict=True))
    return distance(theta, time)


def midpoint_error(steps: int, arc: bool, stages: int) -> Any:
    """The same with `stepping` in midpoints of balls."""
    arithmetic, h = Midpoints(70), float(END / steps)
    field = RateField(Objective(ZERO), [1], [1])
    stepper, time = RadauStepper(field, arithmetic, stages, 1e-20), arb(0)
    theta, one = arithmetic.exact(field.start), arithmetic.array(1.0)[()]
    for _ in range(steps):
        point = field.at(time, theta, arithmetic)
        assert point is not None
        velocity = arithmetic.floats(point.velocity)
        speed = float(np.linalg.norm(velocity))
        unit = 1.0 / speed if arc else 1.0
        tangent = arithmetic.array(velocity / speed)
        stage = arithmetic.rounded(stepper.method.nodes[:, None] * h * unit * arithmetic.array(velocity))
        step = Step(h, arc, stage, arithmetic.array(np.full(stages, unit)), [])
        memory = Memory(stage, tangent, tangent, one, 1.0, 1.0)
        # The second call repeats Newton's method on what the first one left.
        for _ in range(2):
            assert stepper._correct(time, point, step, memory, np.full(2, 1e-12), 1e-12)
        theta, time = arithmetic.rounded(theta + step.Z[-1]), time + stepper.duration(step)
    return distance([to_mpf(x) for x in theta], to_mpf(time.mid()))


def observed_order(error: Callable[[int], Any], steps: tuple[int, int]) -> float:
    with mp.workprec(BITS), ball_precision(BITS):
        coarse, fine = (error(n) for n in steps)
        return float(mpmath.log(coarse / fine) / mpmath.log(mpf(steps[1]) / steps[0]))


MODES = pytest.mark.parametrize("arc", [False, True], ids=["time", "arclength"])
#: Few steps for a high order, whose errors soon meet the round-off. With 9 stages they do so before the slope settles:
#: see the midpoints for those.
STEPS = {1: (16, 32), 3: (16, 32), 5: (16, 32), 7: (8, 16)}


@MODES
@pytest.mark.parametrize("stages", list(STEPS))
def test_observed_order_of_the_compiled_radau_step(stages: int, arc: bool) -> None:
    tableau = method(stages, True)
    order = observed_order(lambda steps: compiled_error(steps, arc, tableau), STEPS[stages])
    assert order == pytest.approx(radau(stages).order, abs=0.2)


@MODES
@pytest.mark.parametrize("stages", [5, 9])
def test_observed_order_of_the_step_in_midpoints(stages: int, arc: bool) -> None:
    order = observed_order(lambda steps: midpoint_error(steps, arc, stages), (16, 24))
    assert order == pytest.approx(radau(stages).order, abs=0.2)


@MODES
def test_a_wrong_coefficient_costs_the_order(arc: bool) -> None:
    tableau = method(5, True)
    tableau.inverse["high"][2, 1] *= 1 + 1e-6
    try:
        assert observed_order(lambda steps: compiled_error(steps, arc, tableau), STEPS[5]) < 2
    finally:
        tableau.inverse["high"][2, 1] /= 1 + 1e-6


def explicit_error(steps: int, weights: list[Fraction]) -> Any:
    """Distance from the solution with the stages of the pair and the weights given."""
    h, theta = END / steps, [A0, W0]

    def moved(row: Any, k: Any) -> Any:
        return [
            x + h * sum(mpf(b.numerator) / b.denominator * v[i] for b, v in zip(row, k, strict=False))
            for i, x in enumerate(theta)
        ]

    for _ in range(steps):
        k: list[Any] = []
        for row in DORMAND_PRINCE_5.A:
            k.append(slope(moved(row, k)))
        theta = moved(weights, k)
    return distance(theta, END)


def test_observed_orders_of_the_explicit_pair() -> None:
    pair = DORMAND_PRINCE_5
    for weights, order in ((pair.weights, pair.order), (pair.embedded, pair.embedded_order)):
        seen = observed_order(lambda steps, weights=weights: explicit_error(steps, weights), (32, 64))
        assert seen == pytest.approx(order, abs=0.2)
