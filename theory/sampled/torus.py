r"""Koopman matrices of maps of the torus on Fourier modes.

A linear map A of the torus takes :math:`e_k(x) = e^{2 \pi i \langle k, x\rangle}` to :math:`e_{A^\top k}`: on a finite
set of modes the best K (least squares for the uniform measure) has a 1 where the image is in the set, and a column of
zeros where it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import sympy as sp


def modes(dimension: int, largest: int) -> list[tuple[int, ...]]:
    """Wave numbers with entries up to `largest` in absolute value."""
    return list(product(range(-largest, largest + 1), repeat=dimension))


def linear_map_koopman(A: Sequence[Sequence[int]], largest: int) -> sp.ImmutableDenseMatrix:
    """K of ``x -> A x mod 1``, as integers: column k is the image of mode k."""
    numbers = modes(len(A), largest)
    place = {k: i for i, k in enumerate(numbers)}
    K = sp.zeros(len(numbers), len(numbers))
    for j, k in enumerate(numbers):
        image = tuple(sum(A[i][c] * k[i] for i in range(len(A))) for c in range(len(A)))
        if image in place:
            K[place[image], j] = 1
    return sp.ImmutableDenseMatrix(K)


def rotation_koopman(angle: sp.Expr, largest: int) -> sp.ImmutableDenseMatrix:
    """K of ``x -> x + angle mod 1`` on the circle: diagonal, and exact."""
    return sp.ImmutableDenseMatrix(
        sp.diag(*[sp.exp(2 * sp.pi * sp.I * k * angle) for (k,) in modes(1, largest)])
    )
