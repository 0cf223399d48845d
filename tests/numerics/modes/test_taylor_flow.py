"""Passages by Taylor series: against an integrator of another family, and against themselves at other orders."""

from __future__ import annotations

import numpy as np
import pytest
from flint import acb, arb, ctx
from scipy.integrate import solve_ivp

from memcurse.numerics.modes.many_flows import derivatives
from memcurse.numerics.modes.taylor_flow import first_passage

C, Q = np.array([1.0, 0.5 - 0.25j]), np.array([0.5 + 0.125j, -0.25j])
START = np.array([0.5, -0.25 + 0.5j, 0.25 + 0.25j, -0.5])


def passage(distance, order=16, bits=100, tolerance="1e-14"):
    balls = [[acb(complex(x)) for x in part] for part in (START, C, Q)]
    return first_passage(
        balls[0],
        (balls[1], balls[2]),
        balls[0],
        arb(distance),
        order=order,
        tolerance=arb(tolerance),
        bits=bits,
    )


def test_time_is_that_of_another_integrator():
    def slopes(_, y):
        x = (y[:4] + 1j * y[4:])[None]
        d = -2 * derivatives(x[:, :2], x[:, 2:], C[None], Q[None]).slopes[0]
        return np.concatenate([d.real, d.imag])

    start = np.concatenate([START.real, START.imag])

    def far(_, y):
        return float(np.linalg.norm(y - start)) - 0.5

    far.terminal = True
    run = solve_ivp(slopes, (0, 100), start, method="Radau", rtol=1e-10, atol=1e-12, events=far)
    found = passage(0.5)
    assert float(found.time) == pytest.approx(run.t_events[0][0], rel=1e-8)
    state = np.array([complex(x) for x in found.state])
    assert abs(state - START) @ abs(state - START) == pytest.approx(0.25, rel=1e-12)


def test_time_does_not_depend_on_the_order():
    times = [
        float(passage(0.3, order, bits, tolerance).time)
        for order, bits, tolerance in ((10, 80, "1e-16"), (24, 160, "1e-20"))
    ]
    assert times[0] == pytest.approx(times[1], rel=1e-13)


def test_globals_are_restored_and_a_distance_out_of_reach_is_said():
    before = ctx.prec, ctx.cap
    passage(0.1)
    assert (ctx.prec, ctx.cap) == before
    exact = [acb(1), acb(0.5)]
    with pytest.raises(ArithmeticError, match="`distance` must be reached"):
        first_passage(exact, ([acb(1)], [acb(0.5)]), exact, arb(1), order=2, tolerance=arb("1e-3"))
