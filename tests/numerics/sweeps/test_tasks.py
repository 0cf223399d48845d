"""Addresses of tasks, and the axes of grids."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from memcurse.numerics.sweeps.tasks import axis, canonical, chunks, key_of, stamp, texts, whole_axis

JSON = st.dictionaries(
    st.text(max_size=5),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
)


@given(JSON)
def test_order_does_not_matter_and_floats_come_back(task: dict[str, Any]) -> None:
    import json

    turned = dict(reversed(list(task.items())))
    assert canonical(turned) == canonical(task)
    assert json.loads(canonical(task)) == task


@given(JSON, JSON)
def test_different_tasks_have_different_keys(one: dict[str, Any], other: dict[str, Any]) -> None:
    same = canonical(one) == canonical(other)
    assert (key_of(canonical(one), "x") == key_of(canonical(other), "x")) == same
    assert key_of(canonical(one), "x") != key_of(canonical(one), "y")


def test_the_key_is_the_hash_of_stamp_and_text() -> None:
    assert key_of('{"a":1}', "x") == hashlib.sha256(b'x\n{"a":1}').digest()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_json_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical({"x": value})


def test_the_stamp_names_sources_and_libraries() -> None:
    digest, *versions = stamp().split()
    assert len(digest) == 64
    assert len(versions) == 9


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("8:12:2", [8, 10, 12]),
        ("8:11:2", [8, 10]),
        ("0.1:0.3:0.1", ["1/10", "1/5", "3/10"]),
        ("1/2, 3", ["1/2", 3]),
        ([1, "0.5"], [1, "1/2"]),
        (7, [7]),
    ],
)
def test_axes_are_exact(values: Any, expected: list[Any]) -> None:
    assert axis("x", values) == tuple(map(sp.Rational, expected))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("8:12", "`x` must be 'first:last:step' or numbers between commas; got '8:12'"),
        ("12:8:1", "`x` must rise"),
        ("8:12:0", "`x` must rise"),
        ("0:10001:1", "`x` must hold between 1 and 10000 values"),
        ([], "`x` must hold between 1 and 10000 values; got 0"),
        ("1,2,1.0", "`x` must hold no value twice"),
        ("1,two", "`x` must be a decimal or rational number"),
        ([sp.sqrt(2)], "`x` must be rational; got sqrt"),
    ],
)
def test_bad_axes(values: Any, message: str) -> None:
    with pytest.raises(ValueError, match="`x` must") as raised:
        axis("x", values)
    assert message in str(raised.value)


def test_whole_axes_and_texts() -> None:
    assert whole_axis("m", "2:4:1", 2) == (2, 3, 4)
    with pytest.raises(ValueError, match="whole numbers; got 5/2"):
        whole_axis("m", "2.5", 2)
    with pytest.raises(ValueError, match="`m` must be at least 2; got 1"):
        whole_axis("m", "1", 2)
    assert texts("norm", "l2", ("l1", "l2")) == ("l2",)
    for bad, error in ((["l3"], ValueError), ([1], TypeError), ([], ValueError), (["l1", "l1"], ValueError)):
        with pytest.raises(error, match="`norm` must"):
            texts("norm", bad, ("l1", "l2"))


def test_chunks() -> None:
    assert list(chunks(iter(range(5)), 2)) == [[0, 1], [2, 3], [4]]
