"""The flow beyond double-double, and confirmed times."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from memcurse.numerics.flow.confirmation import confirmed_event_time
from memcurse.numerics.flow.events import Displacement, LossDrop
from memcurse.numerics.flow.gradient_flow import gradient_flow, solve_at
from memcurse.numerics.flow.problem import make_problem
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.plateau.delayed_part import example_target
from memcurse.theory.targets.target import ExponentialSum

START = (["0.475", "0.525"], ["1.05", "0.95"])
DROP = LossDrop("0.03")
with mpmath.mp.workdps(40):
    TRUE = mpmath.mpf("3.80658646346311321048491590773")


def objective(T: int) -> Objective:
    return Objective(example_target(T))


@pytest.mark.parametrize("T", [8, 16])
def test_midpoints_and_double_double_agree(T: int) -> None:
    fine = gradient_flow(objective(T), *START, stop=DROP, digits=31, rtol=1e-12)
    finer = gradient_flow(objective(T), *START, stop=DROP, digits=40, rtol=1e-12)
    assert (fine.digits, finer.digits) == (31, 40)
    assert isinstance(finer.event_time, mpmath.mpf)
    assert float(finer.event_time / fine.event_time) == pytest.approx(1, abs=1e-10)
    assert np.all(np.diff(finer.loss) <= 1e-15)
    assert finer.loss[0] - finer.loss[-1] == pytest.approx(0.03, rel=1e-12)


def test_a_displacement_and_a_time_limit_with_many_digits() -> None:
    J = objective(8)
    fine = gradient_flow(J, *START, stop=Displacement("0.05"), digits=40, rtol=1e-10)
    plain = gradient_flow(J, *START, stop=Displacement("0.05"), rtol=1e-10)
    assert float(fine.event_time) == pytest.approx(plain.event_time, rel=1e-9)
    limited = gradient_flow(J, *START, stop=DROP, digits=40, until="1.5")
    assert (limited.status, limited.t[-1], limited.event_time) == ("until", 1.5, None)
    budget = gradient_flow(J, *START, stop=DROP, digits=40, max_steps=3)
    assert (budget.status, budget.steps) == ("budget", 3)


@pytest.mark.slow
@pytest.mark.parametrize(("T", "tolerance"), [(20, 1e-9), (24, 1e-9), (28, 1e-8)])
def test_confirmed_at_two_precisions_and_two_orders(T: int, tolerance: float) -> None:
    confirmed = confirmed_event_time(objective(T), *START, stop=DROP, rtol=1e-11)
    assert confirmed.spread < tolerance
    assert {digits for digits, _, _ in confirmed.runs} == {31, 43}
    assert {stages for _, stages, _ in confirmed.runs} == {5, 7}


@pytest.mark.slow
@pytest.mark.parametrize("T", [16, 24, 32, 40])
def test_times_are_good_to_the_tolerance_in_every_arithmetic(T: int) -> None:
    J = objective(T)
    best = float(gradient_flow(J, *START, stop=DROP, digits=60, rtol=1e-10).event_time)
    for rtol in (1e-4, 1e-6, 1e-8):
        run = gradient_flow(J, *START, stop=DROP, rtol=rtol)
        assert run.event_time == pytest.approx(best, rel=rtol), (rtol, run)


@pytest.mark.slow
@pytest.mark.parametrize("digits", [None, 31, 50])
def test_a_drop_beyond_the_minimum_is_called_unreachable_in_every_arithmetic(digits: int | None) -> None:
    # Two units can take at most 4.6 % off the loss at this delay.
    run = gradient_flow(objective(32), *START, stop=LossDrop(fraction="0.05"), rtol=1e-6, digits=digits)
    assert (run.status, run.event_time) == ("unreachable", None)
    assert np.linalg.eigvalsh(objective(32).hessian(run.a[-1], run.w[-1]))[0] > 0.0


def test_a_flow_that_does_not_get_there_is_not_confirmed() -> None:
    with pytest.raises(ArithmeticError, match="must reach the event"):
        confirmed_event_time(objective(8), *START, stop=DROP, until="0.5")


@pytest.mark.parametrize("digits", [25, 31, 50])
def test_tight_tolerances_are_kept(digits: int) -> None:
    """The certified time is 3.80658646346311321048491590773: a threshold of 53 bits is off by 5e-14 in the time."""
    J = Objective(ExponentialSum(["1"], ["1"]))
    for rtol in (1e-12, 1e-16, 1e-20):
        run = gradient_flow(J, ["0.3"], ["2"], stop=LossDrop(fraction="0.9"), digits=digits, rtol=rtol)
        if rtol < 1e-12 or digits > 31:
            with mpmath.mp.workdps(40):
                assert abs(run.event_time / TRUE - 1) < rtol
        assert run.steps < 100


def test_orders_observed_on_a_fixed_path() -> None:
    # The error of a coarse run falls with the tolerance at least in proportion.
    J = objective(12)
    best = gradient_flow(J, *START, stop=DROP, digits=31, rtol=1e-16).event_time
    errors = []
    for rtol in (1e-5, 1e-7, 1e-9):
        problem = make_problem(J, *START, DROP, 1e100, rtol, 1000)
        for stages in (3, 5, 7):
            time = solve_at(problem, 31, stages, False).time[-1, 0]
            errors.append(abs(time / float(best) - 1) / rtol)
    assert max(errors) < 30
