"""Three arithmetics and direct sums at random instances: widths to 8, poles as near the circle as 1e-6.

The direct route sums (or integrates) the squared residual itself, by doubling: the sum over 2N terms is that over N
times ``1 + x^N``, and the integral over [0, 2T] that over [0, T] times ``1 + e^{-xT}``. No closed form of a geometric
sum or an exponential's integral is used.
"""

from __future__ import annotations

import functools

import mpmath
import numpy as np
import pytest
from mpmath import mp

import memcurse as mc
from memcurse.numerics.arithmetic.balls import to_mpf
from memcurse.numerics.objective.complex_modes.assembly import assemble_complex

DIGITS = 60


@functools.cache
def gauss_legendre() -> list[tuple[mpmath.mpf, mpmath.mpf]]:
    """Nodes and weights on [0, 1], exact for polynomials of degree 59."""
    nodes = np.polynomial.legendre.leggauss(30)[0]
    with mp.workdps(DIGITS + 10):
        rule = []
        for start in nodes:
            x = mpmath.findroot(lambda v: mpmath.legendre(30, v), mpmath.mpf(float(start)))
            slope = 30 * (x * mpmath.legendre(30, x) - mpmath.legendre(29, x)) / (x**2 - 1)
            rule.append(((x + 1) / 2, 1 / ((1 - x**2) * slope**2)))
    assert abs(sum(v for _, v in rule) - 1) < mpmath.mpf(10) ** -DIGITS
    return rule


def doubled(time: str, x: mpmath.mpc) -> mpmath.mpc:
    """Sum of x^n, or integral of e^{-xt}, by doubling until nothing is added."""
    if time == "discrete":
        total, power = mpmath.mpc(1), x
    else:
        span = 1 / (2 * abs(x))
        total = span * mpmath.fsum(v * mpmath.exp(-x * span * u) for u, v in gauss_legendre())
        power = mpmath.exp(-x * span)
    while abs(power) > mpmath.mpf(10) ** -(DIGITS + 10):
        total, power = total * (1 + power), power * power
    return total


def direct(time: str, a: list, x: list, b: list, y: list) -> mpmath.mpf:
    """The squared distance of the two sums of modes."""
    c, z = [*a, *(-v for v in b)], [*x, *y]
    join = (lambda u, v: mpmath.conj(u) * v) if time == "discrete" else (lambda u, v: mpmath.conj(u) + v)
    pairs = [(i, j) for i in range(len(c)) for j in range(i, len(c))]
    terms = [
        (1 if i == j else 2) * (mpmath.conj(c[i]) * c[j] * doubled(time, join(z[i], z[j]))).real
        for i, j in pairs
    ]
    return mpmath.fsum(terms)


def instance(time: str, seed: int) -> tuple:
    """Amplitudes and modes, and the target's; one mode lies near one of the target, two near each other."""
    rng = np.random.default_rng([7, seed])

    def numbers(n: int) -> np.ndarray:
        return rng.normal(size=n) + 1j * rng.normal(size=n)

    def modes(n: int) -> np.ndarray:
        gap = 10.0 ** (-6 * rng.random(n))
        if time == "discrete":
            return (1 - gap) * np.exp(2j * np.pi * rng.random(n))
        return gap + 1j * rng.normal(size=n)

    m, count = 1 + seed % 8, int(rng.integers(1, 4))
    a, x, b, y = numbers(m), modes(m), numbers(count), modes(count)
    if m >= 3:
        small = x.real.min() if time == "continuous" else 1 - abs(x).max()
        x[1] = x[0] + 0.1j * small if time == "continuous" else x[0] * np.exp(0.1j * small)
        x[2] = y[0]
    return a, x, b, y


def kernel(b: np.ndarray, y: np.ndarray) -> tuple[mc.Target, list, list]:
    """A real kernel with these complex rates: the real part of the sum, as a target and as its own modes."""
    wave = mc.DampedOscillations([0] * len(y), y.real, -y.imag, b.real, -b.imag)
    both = [*(b / 2), *(b.conj() / 2)]
    return wave, both, [*y, *y.conj()]


def compare(time: str, seed: int) -> tuple[float, float, float]:
    """Largest errors of float64, relative to the terms, in loss, gradient and Hessian; asserts the rest."""
    a, x, b, y = instance(time, seed)
    if time == "discrete":
        objective = mc.DiscreteObjective(mc.GeometricSum(b, y), field="complex")
    else:
        target, b, y = kernel(b, y)
        objective = mc.Objective(target, field="complex")
    balls = objective.enclose(a, x, 40)
    with mp.workdps(DIGITS):
        A, X, B, Y = ([mpmath.mpc(complex(v)) for v in values] for values in (a, x, b, y))
        exact = to_mpf(balls.loss)
        gradient = [to_mpf(v) for v in balls.gradient.entries()]
        n = len(gradient)
        hessian = [[to_mpf(balls.hessian[i, j]) for j in range(n)] for i in range(n)]
        # mpmath, by the same form.
        sign = 1 if time == "discrete" else -1
        moments = [
            [
                mpmath.factorial(k)
                * mpmath.fsum(
                    c * q**k / (1 - q * z) ** (k + 1) if sign == 1 else c / (q + z) ** (k + 1)
                    for c, q in zip(B, Y, strict=True)
                )
                for k in range(3)
            ]
            for z in map(mpmath.conj, X)
        ]
        parts = assemble_complex(time, A, X, moments, direct(time, [], [], B, Y))
        size = abs(mpmath.fsum(abs(v) for v in (parts.loss, to_mpf(balls.loss))))
        assert abs(parts.loss - exact) < mpmath.mpf(10) ** -30 * size
        entries = zip([*gradient, *(v for row in hessian for v in row)], _flat(parts), strict=True)
        largest = max(abs(v) for row in hessian for v in row)
        assert all(abs(u - v) < mpmath.mpf(10) ** -30 * largest for u, v in entries)
        # The sum itself, and its differences along one direction.
        assert abs(direct(time, A, X, B, Y) - exact) < mpmath.mpf(10) ** -32 * size
        rng = np.random.default_rng(seed)
        step = mpmath.mpf(10) ** -25
        v = [mpmath.mpf(float(u)) for u in rng.normal(size=n)]
        m = n // 4
        moved = []
        for h in (-step, 0, step):
            at = [mpmath.mpc(v[i], v[m + i]) * h + A[i] for i in range(m)]
            xt = [mpmath.mpc(v[2 * m + i], v[3 * m + i]) * h + X[i] for i in range(m)]
            moved.append(direct(time, at, xt, B, Y))
        slope, bend = (moved[2] - moved[0]) / (2 * step), (moved[2] - 2 * moved[1] + moved[0]) / step**2
        expected = mpmath.fsum(g * u for g, u in zip(gradient, v, strict=True))
        assert abs(slope - expected) < mpmath.mpf(10) ** -15 * (abs(expected) + largest)
        expected = mpmath.fsum(v[i] * hessian[i][j] * v[j] for i in range(n) for j in range(n))
        assert abs(bend - expected) < mpmath.mpf(10) ** -5 * largest
        return _float_errors(objective, time, a, x, parts, float(parts.loss), gradient, hessian)


def _flat(parts) -> list:
    return [*parts.real_gradient(), *(v for row in parts.real_hessian() for v in row)]


def _float_errors(objective, time, a, x, parts, exact, gradient, hessian) -> tuple[float, float, float]:
    """Errors relative to what Cauchy and Schwarz say the terms may be."""
    loss, slopes, curved = objective.evaluate(a, x)
    prepared = objective.prepare(len(a))(a, x)
    assert loss == pytest.approx(prepared[0], rel=1e-11)
    np.testing.assert_allclose(prepared[2], curved, rtol=1e-11, atol=1e-11 * np.abs(curved).max())
    m = len(a)
    diagonal = np.array([float(parts.gram[k][k].real) for k in range(2 * m)])
    norms = np.sqrt(diagonal)
    both = np.concatenate([norms[:m], norms[:m], norms[m:], norms[m:]])
    size = np.sqrt(abs(float(objective.loss(np.zeros(1), x[:1])))) + float((np.abs(a) * norms[:m]).sum())
    in_loss = abs(loss - exact) / size**2
    in_gradient = (np.abs(slopes - np.array([float(v) for v in gradient])) / (both * size)).max()
    scale = np.outer(both, both)
    for k in range(m):
        once = norms[m + k] / abs(a[k])
        for i in (k, m + k):
            for j in (2 * m + k, 3 * m + k):
                scale[i, j] += once * size
                scale[j, i] += once * size
        for i in (2 * m + k, 3 * m + k):
            for j in (2 * m + k, 3 * m + k):
                scale[i, j] += 3 * abs(a[k]) * once**2 / norms[k] * size
    in_hessian = (np.abs(curved - np.array(hessian, dtype=float)) / scale).max()
    return in_loss, in_gradient, in_hessian


@pytest.mark.parametrize("time", ["discrete", "continuous"])
@pytest.mark.parametrize("seed", [0, 2, 5])
def test_three_arithmetics_and_direct_sums_agree(time: str, seed: int) -> None:
    assert max(compare(time, seed)) < 1e-14


@pytest.mark.slow
@pytest.mark.parametrize("time", ["discrete", "continuous"])
def test_agreement_at_many_instances(time: str) -> None:
    assert max(max(compare(time, seed)) for seed in range(100)) < 1e-14
