"""Lorenz' system against SciPy's integrator, its linear case, and what it makes of bad input."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from memcurse.numerics.networks.training.lorenz96 import Lorenz96

STEP = 0.1


def by_scipy(system: Lorenz96, noise: np.ndarray) -> np.ndarray:
    """Resolved variables less their steady state, shape (steps, K), by DOP853 from corner to corner of the forcing."""
    K, J = system.sites, system.hidden
    state = np.concatenate([np.full(K, system.steady), np.full(K * J, system.h * system.steady)])
    out = []
    for first, last in itertools.pairwise(noise):

        def field(t: float, s: np.ndarray, first: float = first, last: float = last) -> np.ndarray:
            y, z = s[:K], s[K:].reshape(K, J)
            x = first + (last - first) * t / STEP
            dy = -np.roll(y, 1) * (np.roll(y, 2) - np.roll(y, -1)) - y + system.F
            dy = dy + (x if system.everywhere else x * (np.arange(K) == 0))
            if J:
                dy = dy - system.h / J * z.sum(axis=1)
            after, second, before = (np.roll(z, k, axis=1) for k in (-1, -2, 1))
            dz = -after * (second - before) - z + system.h * y[:, None]
            return np.concatenate([dy, dz.ravel()])

        state = solve_ivp(field, (0, STEP), state, method="DOP853", rtol=1e-11, atol=1e-12).y[:, -1]
        out.append(state[:K] - system.steady)
    return np.array(out)


@pytest.mark.parametrize(
    "system",
    [Lorenz96(), Lorenz96(sites=5, hidden=0, F=1.0), Lorenz96(sites=6, hidden=3, h=-0.5, F=3.0, strength=2)],
)
def test_against_another_integrator(system: Lorenz96) -> None:
    noise = system.noise(np.random.default_rng(2), 2, 12, STEP)
    found = system.responses(noise, STEP)
    for b in range(2):
        np.testing.assert_allclose(found[:, b], by_scipy(system, noise[:, b]), atol=3e-7)


def test_order_four() -> None:
    system = Lorenz96()
    noise = system.noise(np.random.default_rng(0), 8, 40, STEP)
    best = system.responses(noise, STEP, 64)
    errors = [np.abs(system.responses(noise, STEP, n) - best).max() for n in (2, 4, 8)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert (abs(orders - 4) < 0.2).all()


def test_the_same_noise_everywhere_makes_it_linear() -> None:
    """From a symmetric start all sites stay equal, and what they advect cancels."""
    system = Lorenz96(everywhere=True)
    noise = system.noise(np.random.default_rng(1), 3, 30, STEP)
    once, twice = system.responses(noise, STEP), system.responses(2 * noise, STEP)
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(once, np.repeat(once[..., :1], 8, axis=2), rtol=1e-12)
    alone = Lorenz96()
    doubled = alone.responses(2 * noise, STEP) - 2 * alone.responses(noise, STEP)
    assert np.abs(doubled).max() > 1e-2


def test_noise_has_its_variance_and_its_time() -> None:
    system = Lorenz96(strength=1.5, tau=0.3)
    x = system.noise(np.random.default_rng(4), 20_000, 10, STEP)
    assert x.std() == pytest.approx(1.5, rel=0.01)
    products = (x[2] * x[5]).mean() / 1.5**2
    assert products == pytest.approx(np.exp(-0.3 / 0.3), abs=0.03)


def test_the_task() -> None:
    task = Lorenz96().task(3, steps=20, count=40, held_out=10, seed=5)
    assert task.x.shape == (40, 20, 1)
    assert task.held_y.shape == (10, 20)
    assert (task.y**2).mean() == pytest.approx(1)
    again = Lorenz96().task(3, steps=20, count=40, held_out=10, seed=5)
    assert task.x.tobytes() == again.x.tobytes()
    assert task.held_y.tobytes() == again.held_y.tobytes()
    assert task.x.tobytes() != Lorenz96().task(3, steps=20, count=40, held_out=10, seed=6).x.tobytes()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Lorenz96(sites=3), "`sites` must be at least 4; got 3"),
        (lambda: Lorenz96(hidden=-1), "`hidden` must be at least 0; got -1"),
        (lambda: Lorenz96(tau=0), "`tau` must be positive; got 0"),
        (lambda: Lorenz96(F=float("nan")), "`F` must be finite; got nan"),
        (lambda: Lorenz96().task(8), "`site` must be"),
        (
            lambda: Lorenz96(F=20.0, hidden=0).task(0, steps=200, count=4, held_out=4),
            "must be resolved by 64 steps",
        ),
        (lambda: Lorenz96().task(0, step=-1.0), "`step` must be positive"),
        (lambda: Lorenz96(strength=1e6).task(0, steps=30, count=20), "it overflows in step"),
    ],
)
def test_bad_input(make: object, message: str) -> None:
    with pytest.raises((TypeError, ValueError, FloatingPointError), match=message):
        make()  # type: ignore[operator]


def test_unresolved_variables_are_one_linear_state_a_site() -> None:
    """From the steady state the J variables of a site stay equal: what they advect cancels, and J does not matter."""
    noise = Lorenz96().noise(np.random.default_rng(3), 4, 40, STEP)
    few, many = (Lorenz96(hidden=J).responses(noise, STEP) for J in (1, 7))
    np.testing.assert_allclose(few, many, rtol=1e-10, atol=1e-12)


def test_more_steps_where_they_are_needed() -> None:
    """At F = 4 and J = 0 eight steps of the integrator are not enough for a short path; the task finds what is."""
    system = Lorenz96(F=4.0, hidden=0)
    task = system.task(2, steps=40, count=8, held_out=8, seed=1)
    noise = system.noise(np.random.default_rng([1, 1]), 8, 40, STEP)
    scale = np.sqrt(
        (
            system.responses(system.noise(np.random.default_rng([1, 0]), 8, 40, STEP), STEP, 64)[:, :, 2] ** 2
        ).mean()
    )
    np.testing.assert_allclose(task.held_y.T * scale, system.responses(noise, STEP, 64)[:, :, 2], atol=3e-5)
