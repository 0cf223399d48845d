"""Double-double arithmetic against mpmath, and complex numbers, which are something else."""

from __future__ import annotations

import operator
from typing import Any

import mpmath
import numba
import numpy as np
import pytest
from mpmath import mp
from numba.core.errors import TypingError

from memcurse.numerics.arithmetic.doubledouble import (
    DOUBLE_DOUBLE,
    EPSILON,
    DoubleDouble,
    add,
    cast,
    div,
    inverse,
    joined,
    lift,
    loaded,
    mul,
    split,
    split_array,
    sub,
    value,
)
from memcurse.numerics.arithmetic.matrices.linear_systems import factor, substitute


@numba.njit
def operations(x: Any, y: Any) -> Any:
    return add(x, y), sub(x, y), mul(x, y), div(x, y), inverse(x)


def expected(x: Any, y: Any) -> list[Any]:
    return [f(x, y) for f in (operator.add, operator.sub, operator.mul, operator.truediv)] + [1 / x]


def test_operations_agree_with_mpmath() -> None:
    rng = np.random.default_rng(1)
    with mp.workprec(300):
        for _ in range(50):
            exact = [mp.mpf(rng.normal()) * mp.mpf(10) ** int(rng.integers(-8, 9)) / 3 for _ in range(2)]
            x, y = (split(v) for v in exact)
            wanted = expected(joined(x), joined(y))
            for ours, reference in zip(operations(x, y), wanted, strict=True):
                size = abs(reference) + (abs(exact[0]) + abs(exact[1]) if ours in operations(x, y)[:2] else 0)
                assert isinstance(ours, DoubleDouble)
                assert abs(joined(ours) - reference) <= 8 * EPSILON * size
                assert ours.high == ours.high + ours.low


def test_a_complex_number_is_a_complex_number() -> None:
    """`mul(1+2j, 3+4j)` is -5+10j; read as high and low parts it would be 13."""
    for ours, exact in zip(operations(1 + 2j, 3 + 4j), expected(1 + 2j, 3 + 4j), strict=True):
        assert ours == pytest.approx(exact, rel=1e-15)
    assert operations(1 + 2j, 3 + 4j)[2] == -5 + 10j
    assert operations(3.0, 4.0)[2] == 12.0


@pytest.mark.parametrize(
    "function",
    [
        lambda x: value(x),
        lambda x: lift(1.0, x),
        lambda x: cast(x, 1.0),
        lambda x: mul(DoubleDouble(1.0, 0.0), x),
    ],
    ids=["value", "lift", "cast", "mul"],
)
def test_what_has_no_meaning_for_complex_numbers_is_refused(function: Any) -> None:
    with pytest.raises(TypingError):
        numba.njit(function)(1 + 2j)


@numba.njit
def swapped(numbers: Any) -> None:
    numbers[0], numbers[1] = loaded(numbers[1]), loaded(numbers[0])


def test_entries_of_arrays_can_be_swapped() -> None:
    with mp.workprec(200):
        numbers = split_array([mpmath.pi, mpmath.e])
        before = numbers.copy()
    swapped(numbers)
    assert numbers.dtype == DOUBLE_DOUBLE
    assert (numbers[0], numbers[1]) == (before[1], before[0])


def test_linear_systems_in_double_double_and_in_complex_numbers() -> None:
    rng = np.random.default_rng(2)
    n, pivots = 6, np.zeros(6, dtype=np.int64)
    with mp.workprec(300):
        exact = mp.matrix(n, n)
        for i in range(n):
            for j in range(n):
                exact[i, j] = mp.mpf(rng.normal()) / 3
        M, x = split_array(exact.tolist()), split_array([1] * n)
        M = M.reshape(n, n)
        exact = mp.matrix([[joined(v) for v in row] for row in M])
        assert factor(M, pivots)
        substitute(M, pivots, x)
        residual = exact * mp.matrix([joined(v) for v in x]) - mp.matrix([1] * n)
        assert mp.norm(residual, mp.inf) < 1e-28
