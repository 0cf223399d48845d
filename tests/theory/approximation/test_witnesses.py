"""Lower bounds against numerical minimisation, and their ingredients by quadrature."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy.optimize import brentq, linprog, minimize

from memcurse.theory.approximation import witnesses as sharpness

R = sp.Symbol("r", positive=True)
RATIO = brentq(sp.lambdify(R, sharpness.canonical_equation(R)), 2, 20)
LEAST = float(sharpness.single_error(R).subs(R, RATIO))
TIMES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def panels(end: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    edges = np.linspace(0, end, count + 1)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + TIMES)).ravel(), (half * WEIGHTS).ravel()


def test_best_exponential_by_search() -> None:
    x, weight = panels(60, 60)

    def error(p: np.ndarray) -> float:
        return float(weight @ abs(x * np.exp(-x) - p[0] * np.exp(-np.exp(p[1]) * x)))

    starts = [(a, b) for a in (0.1, 1.5) for b in (-2.0, 1.0)]
    found = min((minimize(error, s, method="Nelder-Mead") for s in starts), key=lambda r: r.fun)
    amplitude, rate = (float(v.subs(R, RATIO)) for v in sharpness.single_best(R))
    assert found.fun == pytest.approx(LEAST, abs=2e-5)
    assert found.x[0] == pytest.approx(amplitude, abs=2e-2)
    assert np.exp(found.x[1]) == pytest.approx(rate, abs=2e-2)
    assert error(np.array([amplitude, np.log(rate)])) == pytest.approx(LEAST, abs=1e-4)


def test_the_canonical_points_are_orthogonal_to_both_functions() -> None:
    first, second = (float(v.subs(R, RATIO)) for v in sharpness.canonical_points(R))
    cuts = [0, first, second, np.inf]
    for f in (lambda u: mpmath.exp(-u), lambda u: u * mpmath.exp(-u)):
        pieces = [mpmath.quad(f, [a, b]) for a, b in pairwise(cuts)]
        assert float(pieces[0] - pieces[1] + pieces[2]) == pytest.approx(0, abs=1e-12)


def test_dual_value_is_a_lower_bound_for_every_rate() -> None:
    first, second = (float(v.subs(R, RATIO)) for v in sharpness.canonical_points(R))
    x, weight = panels(60, 60)
    for rate in (0.2, 0.5, 1.0, 3.0):
        value = abs(float(sharpness.dual_value(sp.Float(1 / rate), first, second)))
        errors = [weight @ abs(x * np.exp(-x) - a * np.exp(-rate * x)) for a in np.linspace(-1, 2, 121)]
        assert value <= min(errors) + 1e-4
    assert abs(float(sharpness.dual_value(2, first, second))) == pytest.approx(LEAST, rel=1e-12)


@pytest.mark.parametrize("alpha", [1, 2, 3, 4])
def test_witness_gamma_on_a_grid(alpha: int) -> None:
    x = np.linspace(0, 60, 60001)
    sizes = [2 ** (j + 1) * np.max(abs(x - j) * np.exp(-x / 2)) for j in range(alpha + 1)]
    assert max(sizes) == pytest.approx(int(sharpness.witness_gamma(alpha)))


def test_wave_norm_and_gamma() -> None:
    nu, x = 7, None
    x, weight = panels(40, 800)
    assert weight @ abs(np.exp(-x) * np.sin(nu * x)) == pytest.approx(
        float(sharpness.wave_norm(nu)), rel=1e-4
    )
    beta = 0.9
    rho = [np.exp(-(1 - beta) * x) * np.imag((1j * nu - 1) ** j * np.exp(1j * nu * x)) for j in range(3)]
    largest = max(np.max(abs(r)) / beta ** (j + 1) for j, r in enumerate(rho))
    assert largest <= float(sharpness.wave_gamma(nu, 2, sp.Rational(9, 10)))


@pytest.mark.parametrize("m", [1, 3, 8])
def test_wave_floor_by_dropping_the_heaviest_pairs(m: int) -> None:
    nu = 11
    nodes, weights = np.polynomial.legendre.leggauss(30)
    halves = []
    for k in range(400):
        x = (k + (1 + nodes) / 2) * np.pi / nu
        halves.append(abs(np.sum(weights * np.exp(-x) * np.sin(nu * x))) * np.pi / nu / 2)
    assert sum(halves) == pytest.approx(float(sharpness.wave_norm(nu)), rel=1e-12)
    lighter = sorted(min(pair) for pair in zip(halves[::2], halves[1::2], strict=True))
    assert sum(lighter[: len(lighter) - (m - 1)]) == pytest.approx(
        float(sharpness.wave_floor(nu, m)), rel=1e-10
    )


@pytest.mark.parametrize("m", [2, 4])
def test_wave_floor_against_a_linear_program(m: int) -> None:
    """Best amplitudes for some given rates: none comes nearer than the floor."""
    nu = 20
    edges = np.arange(0, 12, np.pi / nu / 12)
    x, dx = edges[:-1] + np.diff(edges) / 2, np.diff(edges)
    rho = np.exp(-x) * np.sin(nu * x)
    rng = np.random.default_rng(m)
    for _ in range(6):
        rates = np.exp(rng.uniform(-1, 4, m))
        E = np.exp(-np.outer(x, rates))
        n = len(x)
        # minimise sum dx_i u_i with -u <= rho - E a <= u
        A = np.block([[-E, -np.eye(n)], [E, -np.eye(n)]])
        b = np.concatenate([-rho, rho])
        bounds = [(None, None)] * m + [(0, None)] * n
        best = linprog(np.concatenate([np.zeros(m), dx]), A, b, bounds=bounds).fun
        assert best >= float(sharpness.wave_floor(nu, m)) * (1 - 1e-3)


def test_function_orthogonal_to_square_rates() -> None:
    c, v = 5 * mpmath.pi / 2, sp.Rational(1, 4)
    k = c - 1j * mpmath.pi

    def g(u: mpmath.mpf) -> mpmath.mpf:
        return mpmath.im(
            k / (2 * mpmath.sqrt(mpmath.pi)) * mpmath.mpf(u) ** -1.5 * mpmath.exp(-k * k / (4 * u))
        )

    cuts = [mpmath.mpf(1) / 10, 0.3, 0.6, 1, 2, 4, 8, 16, 32, 64, 128]
    transform = [mpmath.quad(lambda u, w=w: g(u) * mpmath.exp(-w * u), cuts) for w in (1, 4, 9)]
    assert all(abs(x) < 1e-13 for x in transform)
    value = mpmath.quad(lambda u: g(u) * mpmath.exp(-u / 4), cuts)
    largest = max(abs(g(u)) for u in np.geomspace(0.5, 500, 4000))
    floor = float(sharpness.square_rates_floor(v, 5 * sp.pi / 2))
    assert floor <= float(abs(value) / largest)
    assert floor == pytest.approx(0.939, abs=1e-3)
