"""Blocks: compiled code sees the same arrays and numbers as Python, and refuses what it cannot carry."""

from __future__ import annotations

import pickle
from typing import Any

import numba
import numpy as np
import pytest

from memcurse.numerics.arithmetic.compilation.blocks import Block
from memcurse.numerics.arithmetic.doubledouble import DOUBLE_DOUBLE, DoubleDouble


class Inner(Block):
    weights: Any  # (k,)


class Counted(Block):
    rows: Any  # (k,)
    capacity: int


class Outer(Block):
    matrix: Any  # (n, k)
    pairs: Any  # (n,) double-double
    counts: Any  # (1,) int64
    step: float
    limit: int
    ready: bool
    loss: DoubleDouble
    inner: Any


def outer(**changes: Any) -> Outer:
    fields: dict[str, Any] = {
        "matrix": np.arange(6.0).reshape(2, 3),
        "pairs": np.array([(1.0, 1e-20), (2.0, 0.0)], dtype=DOUBLE_DOUBLE),
        "counts": np.zeros(1, dtype=np.int64),
        "step": 0.25,
        "limit": -7,
        "ready": True,
        "loss": DoubleDouble(3.0, 1e-17),
        "inner": Inner(np.array([1.0, 10.0, 100.0])),
    }
    return Outer(**fields | changes)


@numba.njit
def read(block):
    total = block.matrix @ block.inner.weights
    return total, block.step, block.limit, block.ready, block.loss.low, block.pairs[0].low


@numba.njit
def write(block):
    block.matrix[1, 2] = 50.0
    block.counts[0] += 3
    block.step, block.limit, block.ready = 0.5, 8, False
    return block.step, block.limit, block.ready


def test_compiled_code_reads_what_python_put_in() -> None:
    total, *numbers = read(outer())
    np.testing.assert_array_equal(total, [210.0, 543.0])
    assert numbers == [0.25, -7, True, 1e-17, 1e-20]


def test_compiled_code_writes_entries_and_numbers() -> None:
    block = outer()
    assert write(block) == (0.5, 8, False)
    assert read(block)[1:4] == (0.5, 8, False)
    assert (block.matrix[1, 2], block.counts[0]) == (50.0, 3)


def test_an_allocated_block_shares_its_buffer_with_its_views() -> None:
    block = Inner.allocate(((np.float64, (3,)),))
    assert read(outer(inner=block))[0].tolist() == [0.0, 0.0]
    block.weights[:] = 1.0
    assert read(outer(inner=block))[0].tolist() == [3.0, 12.0]
    assert [x.tolist() for x in block] == [[1.0, 1.0, 1.0]]


def test_numbers_of_a_block_can_be_set_from_python() -> None:
    block = outer()
    block.assign(step=-0.5, limit=11, ready=False)
    assert read(block)[1:4] == (-0.5, 11, False)
    assert (block.step, block.limit) == (-0.5, 11)


def test_an_allocated_block_holds_numbers_beside_its_arrays() -> None:
    block = Counted.allocate(((np.float64, (2,)), (int, None)), capacity=7)
    block.rows[:] = 3.0
    assert numba.njit(lambda x: x.rows.sum() + x.capacity)(block) == 13.0
    block.clear()
    assert (block.rows.tolist(), block.capacity) == ([0.0, 0.0], 7)


def test_blocks_of_one_make_have_one_type_also_after_pickling() -> None:
    kind = numba.typeof(outer())
    assert numba.typeof(outer(step=1.0)) == kind == pickle.loads(pickle.dumps(kind))
    assert numba.typeof(outer(counts=np.zeros(2))) != kind


def test_a_changed_copy_leaves_the_block_as_it_was() -> None:
    block = outer()
    assert (block.replace(step=2.0).step, block.step) == (2.0, 0.25)


@pytest.mark.parametrize(
    "changes",
    [{"step": "1/4"}, {"matrix": np.zeros((4, 6))[:, ::2]}, {"inner": (1.0, 2.0)}, {"other": 1.0}],
)
def test_what_cannot_travel_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="must"):
        outer(**changes)


def test_an_unknown_field_is_an_error_on_both_sides() -> None:
    with pytest.raises(AttributeError):
        _ = outer().nothing
    with pytest.raises(numba.TypingError):
        numba.njit(lambda block: block.nothing)(outer())
