"""Subroutines: part of the compiled functions that call them, without machine code of their own."""

from __future__ import annotations

import math
import sys
from typing import Any

import numba
import numpy as np
import pytest
from llvmlite.binding import Linkage
from numba.core.compiler import Flags

from memcurse.numerics.arithmetic.compilation.parts import Entry, Part, Settled, below
from memcurse.numerics.arithmetic.compiled import compiled, overloaded, subroutine, uncounted


@subroutine
def half(x: float) -> float:
    return 0.5 * x


@subroutine
def hypotenuse(x: float, y: float) -> float:
    return math.hypot(half(x), half(y))


def kind(x):
    """1 for numbers, 2 for arrays."""
    raise NotImplementedError


@overloaded(kind)
def _kind(x):
    return (lambda x: 2) if isinstance(x, numba.types.Array) else (lambda x: 1)


def test_subroutines_of_subroutines_are_part_of_their_callers() -> None:
    @numba.njit
    def caller(x, y):
        return hypotenuse(x, y) + half(1.0)

    assert caller(6.0, 8.0) == 5.5
    assert all(isinstance(result.library, Part) for result in hypotenuse.overloads.values())
    # What the second caller takes is what was made for the first.
    assert numba.njit(lambda x: hypotenuse(x, x))(2.0) == math.sqrt(2.0)
    assert len(hypotenuse.overloads) == 1


def test_a_part_that_is_reached_in_two_ways_is_taken_in_once() -> None:
    @subroutine
    def left(x):
        return half(x) + 1.0

    @subroutine
    def right(x):
        return hypotenuse(half(x), x)

    @compiled
    def both(x):
        return left(x) + right(x) + half(x)

    assert both(4.0) == 5.0 + math.sqrt(5.0)
    (made,) = both.overloads.values()
    assert isinstance(made.library, Entry)
    names = [library.name for library in below(made.library._linking_libraries)]
    assert len(names) == len(set(names))


def test_what_an_entry_made_of_a_part_is_found_by_no_other_library() -> None:
    @subroutine
    def apart(unused, x, values):
        # It calls itself: no caller can take all of it in.
        if len(values) < 2:
            return x
        half = len(values) // 2
        return math.sin(apart(unused, x, values[:half])) + math.cos(apart(unused, x, values[half:]))

    @compiled
    def entry(x, values):
        return apart(values, x, values) - apart(values, 2.0 * x, values)

    @numba.njit
    def other(x, values):
        return apart(values, x, values) - apart(values, 2.0 * x, values)

    values = np.linspace(0.1, 0.7, 5)
    assert entry(0.5, values) == pytest.approx(other(0.5, values), rel=1e-12)
    (made,) = entry.overloads.values()
    kept = [f for f in made.library._final_module.functions if "apart" in f.name and not f.is_declaration]
    assert {f.linkage for f in kept} == {Linkage.private}


def test_an_entry_may_call_an_entry() -> None:
    @compiled
    def inner(x):
        return half(x) + 1.0

    @compiled
    def outer(x):
        return inner(x) * inner(x)

    assert inner(4.0) == 3.0
    assert outer(4.0) == 9.0
    assert inner(6.0) == 4.0


def test_settled_flags_stand_for_equal_ones_and_do_not_change() -> None:
    first, second = Flags(), Flags()
    first.error_model = second.error_model = "numpy"
    settled = Settled.of(first)
    assert settled == second
    assert hash(settled) == hash(second) == hash(first)
    assert Settled.of(second) is settled
    with pytest.raises(TypeError):
        settled.error_model = "python"


def test_python_may_call_them_before_and_after() -> None:
    @subroutine
    def twice(x):
        return x + x

    assert twice(1.0) == 2.0
    assert numba.njit(lambda x: twice(x))(3.0) == 6.0
    assert twice(1.0) == 2.0
    np.testing.assert_array_equal(twice(np.ones(3)), [2.0, 2.0, 2.0])


def test_overloads_choose_by_type() -> None:
    @numba.njit
    def kinds(x):
        return kind(x), kind(x[0])

    assert kinds(np.ones(2)) == (2, 1)


def test_errors_come_out() -> None:
    @subroutine
    def refuse(x):
        if x < 0.0:
            raise ValueError("negative")
        return x

    @numba.njit
    def caller(x):
        return refuse(x)

    assert caller(1.0) == 1.0
    with pytest.raises(ValueError, match="negative"):
        caller(-1.0)


def test_a_part_without_counts_may_be_called_with_views_but_makes_no_array() -> None:
    @uncounted
    def total(x: Any) -> float:
        y = 0.0
        for k in range(x.shape[0]):
            y += x[k]
        return y

    @uncounted
    def makes(n: int) -> float:
        return float(np.ones(n)[0])

    @subroutine
    def counted(n: int) -> float:
        return float(np.ones(n)[0])

    @uncounted
    def calls(n: int) -> float:
        return 2.0 * counted(n)

    x = np.arange(12.0).reshape(3, 4)
    before = sys.getrefcount(x)
    assert numba.njit(lambda x: total(x[1]) + total(x[2]))(x) == 60.0
    assert sys.getrefcount(x) == before
    assert numba.njit(lambda n: calls(n))(3) == 2.0
    with pytest.raises(numba.core.errors.NumbaError):
        numba.njit(lambda n: makes(n))(3)
