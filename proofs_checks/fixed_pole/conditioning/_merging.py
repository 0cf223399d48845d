"""The package's matrix A in balls at rational poles with unit gains: its condition, enclosed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import sympy as sp
from flint import acb, acb_mat, arb

from memcurse.theory.modes.objective import Modes, gauss_newton, symbolic_modes

Pole = tuple[Fraction, Fraction]


def _ball(x: Fraction) -> arb:
    return arb(Fraction(x).numerator) / Fraction(x).denominator


def pole_ball(p: Pole) -> acb:
    """A rational pole as a ball."""
    return acb(_ball(p[0]), _ball(p[1]))


@lru_cache(maxsize=8)
def _entries(count: int) -> Callable[..., Any]:
    h = symbolic_modes(count)
    one = (sp.S.One,) * count
    A = gauss_newton(Modes(one, one, h.p, h.p_conj))
    function: Callable[..., Any] = sp.lambdify((*h.p, *h.p_conj), A.tolist(), modules=[])
    return function


def condition(poles: Sequence[Pole]) -> arb:
    """Largest over least eigenvalue of A at the current precision."""
    balls = [pole_ball(p) for p in poles]
    matrix = acb_mat(_entries(len(balls))(*balls, *(x.conjugate() for x in balls)))
    sizes = [value.real for value in matrix.eig()]
    largest, least = sizes[0], sizes[0]
    for value in sizes[1:]:
        largest, least = largest.max(value), least.min(value)
    return largest / least


def distance(poles: Sequence[Pole]) -> arb:
    """Pseudo-hyperbolic distance of the first two."""
    x, y = (pole_ball(p) for p in poles[:2])
    return abs((x - y) / (1 - x.conjugate() * y))
