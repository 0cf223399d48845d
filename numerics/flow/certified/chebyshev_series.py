r"""Vectors of polynomials in Chebyshev's basis on [-1, 1], in balls, and how well they interpolate.

A function that is analytic inside the ellipse with foci -1, 1 and semi-axes :math:`(\rho \pm 1/\rho)/2`, and at most M
there, has Chebyshev coefficients :math:`|c_k| \le 2 M \rho^{-k}`; its interpolant at n Chebyshev points (of the first
kind) has the coefficients that alias on to k added up, so it is off by at most twice the sum of what is cut off,

.. math:: |f - p_n| \le 2 \sum_{k \ge n} |c_k| \le \frac{4 M \rho^{1-n}}{\rho - 1}

on [-1, 1] (Trefethen, Approximation Theory and Approximation Practice, theorems 8.1 and 8.2). A matrix of n rows holds
coefficients, or values at nodes in increasing order, of one polynomial a column. Everything is cached by size and bits.
"""

from __future__ import annotations

import functools
from typing import cast

from flint import arb, arb_mat, ctx, fmpq


def lobatto_nodes(degree: int) -> tuple[arb, ...]:
    """The ``degree + 1`` extreme points of ``T_degree``, from -1 to 1."""
    return _lobatto_nodes(degree, ctx.prec)


def lobatto_to_coefficients(degree: int) -> arb_mat:
    """From values at `lobatto_nodes` to coefficients."""
    return _lobatto_to_coefficients(degree, ctx.prec)


def lobatto_to_last_coefficients(degree: int) -> arb_mat:
    """From values at `lobatto_nodes` to the last two coefficients."""
    return _lobatto_to_last_coefficients(degree, ctx.prec)


def differentiation(degree: int) -> arb_mat:
    """From values at `lobatto_nodes` to the values of the derivative there."""
    return _differentiation(degree, ctx.prec)


def to_coefficients(n: int) -> arb_mat:
    """From values at the n Chebyshev points (the zeros of T_n, increasing) to coefficients."""
    return _to_coefficients(n, ctx.prec)


def values_at_points(n: int, terms: int) -> arb_mat:
    """From `terms` coefficients to values at the n Chebyshev points."""
    return _values_at_points(n, terms, ctx.prec)


def derivative(terms: int) -> arb_mat:
    """From `terms` coefficients to those of the derivative (the last of them 0)."""
    matrix = arb_mat(terms, terms)
    for k in range(1, terms):
        for j in range(k - 1, -1, -2):
            matrix[j, k] = arb(2 * k if j else k)
    return matrix


def at(x: arb, terms: int) -> arb_mat:
    """The row ``T_0(x), ..., T_(terms-1)(x)``."""
    values = [arb(1), x]
    while len(values) < terms:
        values.append(2 * x * values[-1] - values[-2])
    return arb_mat(1, terms, values[:terms])


def deviations(coefficients: arb_mat, rho: arb) -> list[arb]:
    """Upper bounds of ``|p(z) - c_0|`` on the closed ellipse `rho` (the interval itself for 1), one a column."""
    terms, columns = coefficients.nrows(), coefficients.ncols()
    sizes = arb_mat(terms, columns, [abs(x) for x in coefficients.entries()])
    weights = [arb(0), *((rho**k + rho ** (-k)) / 2 for k in range(1, terms))]
    return [x.upper() for x in (arb_mat(1, terms, weights) * sizes).entries()]


def truncation(rho: arb, n: int) -> arb:
    """How far an interpolant at n Chebyshev points is off, for a function of size 1 in the ellipse `rho`."""
    return 4 * rho ** (1 - n) / (rho - 1)


@functools.lru_cache(maxsize=64)
def _cosines(n: int, bits: int) -> list[arb]:
    """``cos(pi j/n)`` for j = 0 .. 2n - 1."""
    return [arb(fmpq(j, n)).cos_pi() for j in range(2 * n)]


@functools.lru_cache(maxsize=64)
def _lobatto_nodes(degree: int, bits: int) -> tuple[arb, ...]:
    return tuple(_cosines(degree, bits)[degree - j] for j in range(degree + 1))


@functools.lru_cache(maxsize=64)
def _lobatto_to_coefficients(degree: int, bits: int) -> arb_mat:
    cosines = _cosines(degree, bits)
    scale = [arb(1) if k in (0, degree) else arb(2) for k in range(degree + 1)]
    return arb_mat(
        degree + 1,
        degree + 1,
        [
            cosines[k * (degree - j) % (2 * degree)] * scale[k] * scale[j] / (2 * degree)
            for k in range(degree + 1)
            for j in range(degree + 1)
        ],
    )


@functools.lru_cache(maxsize=64)
def _lobatto_to_last_coefficients(degree: int, bits: int) -> arb_mat:
    return arb_mat(2, degree + 1, _lobatto_to_coefficients(degree, bits).entries()[-2 * (degree + 1) :])


@functools.lru_cache(maxsize=64)
def _differentiation(degree: int, bits: int) -> arb_mat:
    x = _lobatto_nodes(degree, bits)
    weights = [arb(2 if j in (0, degree) else 1) * (-1) ** j for j in range(degree + 1)]
    matrix = arb_mat(degree + 1, degree + 1)
    for i, at_i in enumerate(x):
        row = [weights[i] / weights[j] / (at_i - at_j) if j != i else arb(0) for j, at_j in enumerate(x)]
        row[i] = -sum(row, arb(0))
        for j, entry in enumerate(row):
            matrix[i, j] = entry
    return matrix


@functools.lru_cache(maxsize=64)
def _to_coefficients(n: int, bits: int) -> arb_mat:
    table = cast(arb_mat, _values_at_points(n, n, bits).transpose())
    return arb_mat(n, n, [table[k, j] * (2 if k else 1) / n for k in range(n) for j in range(n)])


@functools.lru_cache(maxsize=64)
def _values_at_points(n: int, terms: int, bits: int) -> arb_mat:
    cosines = _cosines(2 * n, bits)
    return arb_mat(
        n, terms, [cosines[k * (2 * n - 2 * j - 1) % (4 * n)] for j in range(n) for k in range(terms)]
    )
