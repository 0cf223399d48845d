"""Batched derivatives against the objective; ends and times of flows against an integrator of tight tolerance."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from memcurse import DiscreteObjective, FiniteSequence
from memcurse.numerics.modes.many_flows import curvatures, derivatives, follow, slopes

RNG = np.random.default_rng(8)
C, Q = np.array([[1.0, 0.5 - 0.2j]]), np.array([[0.6 + 0.1j, -0.3j]])


def drawn(rows, count=2):
    poles = (
        0.7 * np.sqrt(RNG.uniform(size=(rows, count))) * np.exp(2j * np.pi * RNG.uniform(size=(rows, count)))
    )
    return RNG.normal(size=(rows, count)) + 1j * RNG.normal(size=(rows, count)), poles


def test_derivatives_are_those_of_the_objective():
    g, p = drawn(5)
    J = DiscreteObjective(FiniteSequence([1]), field="complex")
    target = np.tile([[1.0 + 0j]], (5, 1)), np.zeros((5, 1), dtype=complex)
    parts = derivatives(g, p, *target)
    assert parts.loss == pytest.approx(J.loss(g, p), rel=1e-12)
    loss, first = slopes(g, p, *target)
    assert loss * parts.norm == pytest.approx(parts.loss, rel=1e-12)
    assert (first == parts.slopes).all()
    real_slopes = 2 * np.concatenate([parts.slopes.real, parts.slopes.imag], 1)
    # Real parts of gains, imaginary ones, then those of the poles.
    order = [0, 1, 4, 5, 2, 3, 6, 7]
    assert real_slopes[:, order] == pytest.approx(J.gradient(g, p), rel=1e-10)


def test_hessian_is_the_difference_of_gradients():
    g, p = drawn(1)
    parts, h = derivatives(g, p, C, Q), 1e-6
    for k in range(4):
        for unit in (1, 1j):
            step = np.zeros((1, 4), dtype=complex)
            step[0, k] = h * unit
            sides = [derivatives(g + s * step[:, :2], p + s * step[:, 2:], C, Q).slopes for s in (1, -1)]
            difference = (sides[0] - sides[1])[0] / (2 * h)
            # d(slope_i) = A_ik dx_k + conj(C_ik dx_k).
            exact = parts.A[0, :, k] * unit + np.conj(parts.C[0, :, k] * unit)
            assert difference == pytest.approx(exact, rel=1e-5, abs=1e-7)


def test_curvatures_are_second_moments_of_the_residual():
    g, p = drawn(1)
    n = np.arange(200)
    residual = (g[0] * p[0] ** n[:, None]).sum(1) - (C[0] * Q[0] ** n[:, None]).sum(1)
    z = p[0].conj()[:, None]
    direct = (residual * n * (n - 1) * z ** np.maximum(n - 2, 0)).sum(1)
    assert curvatures(g, p, C, Q)[0] == pytest.approx(direct, rel=1e-10)


def real(z):
    return np.concatenate([z.real, z.imag])


def slopes_of(t, y):
    x = (y[:4] + 1j * y[4:])[None]
    d = -2 * derivatives(x[:, :2], x[:, 2:], C, Q).slopes[0]
    return real(d)


@pytest.mark.parametrize("until", [0.5, 5.0, 50.0])
def test_flow_is_that_of_an_integrator(until):
    g, p = drawn(1)
    ends = follow(g, p, C, Q, until=until, share=0.005, steps=20000, solved=0)
    start = np.concatenate([g[0], p[0]])
    run = solve_ivp(
        slopes_of, (0, until), np.concatenate([start.real, start.imag]), method="LSODA", rtol=1e-9, atol=1e-12
    )
    x = run.y[:4, -1] + 1j * run.y[4:, -1]
    assert ends.time[0] == pytest.approx(until)
    assert np.concatenate([ends.gains[0], ends.poles[0]]) == pytest.approx(x, abs=0.02)
    loss = derivatives(x[None, :2], x[None, 2:], C, Q)
    assert ends.loss[0] == pytest.approx(float(loss.loss[0] / loss.norm[0]), rel=0.03)


def test_real_runs_stay_real_and_end_where_a_network_of_one_row_ends():
    q, c = RNG.uniform(-0.9, 0.9, (6, 2)), RNG.normal(size=(6, 2))
    p, g = RNG.uniform(-0.9, 0.9, (6, 2)), RNG.normal(size=(6, 2))
    ends = follow(g, p, c, q, steps=300)
    assert not ends.poles.imag.any()
    assert (ends.loss >= 0).all()
    one = follow(g[:1], p[:1], c[:1], q[:1], steps=300)
    assert one.poles[0] == pytest.approx(ends.poles[0], rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([[1]], [[1.0]], [[1]], [[0]]), "`poles` must have moduli below 1"),
        (([[1]], [[0.5]], [[1]], [[2]]), "`target_poles` must have moduli below 1"),
        (([[1, 2]], [[0.5]], [[1]], [[0]]), "must match, one row a network"),
        (([[np.nan]], [[0.5]], [[1]], [[0]]), "`gains` must be finite"),
    ],
)
def test_bad_input(arguments, words):
    with pytest.raises(ValueError, match=words):
        follow(*arguments)
