"""Values as JSON, and balls as pickles."""

from __future__ import annotations

import json
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy as sp
from flint import acb, arb, arb_mat
from hypothesis import given
from hypothesis import strategies as st

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.plain import plain
from memcurse.proofs_checks.evidence.verdicts import Verdict


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (np.bool_(False), False),
        (np.int64(3), 3),
        (1.5, 1.5),
        (float("nan"), None),
        (np.array([1.0, np.inf]), [1.0, None]),
        (1 + 2j, [1.0, 2.0]),
        (mpmath.mpf("0.25"), "0.25"),
        (mpmath.mpc(1, 2), ["1.0", "2.0"]),
        (sp.Rational(1, 3), "1/3"),
        (Fraction(1, 3), "1/3"),
        (Decimal("0.1"), "0.1"),
        (Verdict.PROVED, "PROVED"),
        ({"x": (1, 2)}, {"x": [1, 2]}),
        (arb(2), "2.0000000000000000000"),
        (arb_mat(1, 2, [1, 2]), [["1.0000000000000000000", "2.0000000000000000000"]]),
        (acb(1, 2), ["1.0000000000000000000", "2.0000000000000000000"]),
    ],
    ids=str,
)
def test_values(value: Any, expected: Any) -> None:
    assert plain(value) == expected
    json.dumps(plain(value))


def test_mpmath_numbers_keep_all_their_digits() -> None:
    with mpmath.workdps(50):
        x = mpmath.sqrt(2)
        assert mpmath.mpf(plain(x)) == x
    assert plain(x, 20) == "1.4142135623730950488"


def test_what_is_no_result_is_refused() -> None:
    with pytest.raises(TypeError, match="`value` must be"):
        plain(object())


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**9), st.integers(20, 400), st.integers(-300, 300))
def test_a_ball_comes_back_with_its_midpoint_and_a_radius_not_smaller(
    p: int, q: int, bits: int, e: int
) -> None:
    with ball_precision(bits):
        ball = arb(p) / q * arb(2) ** e
    again = pickle.loads(pickle.dumps(ball))
    assert again.mid() == ball.mid()
    assert again.contains(ball)
    if ball.is_exact():
        assert again.is_exact()
    else:
        # `rad` itself rounds up by a unit of its 30 bits.
        assert float(again.rad() / ball.rad()) < 1 + 2**-27


def test_other_balls_come_back() -> None:
    for value in (arb.pos_inf(), arb.neg_inf(), arb(0), arb(5)):
        assert pickle.loads(pickle.dumps(value)) == value
    line = pickle.loads(pickle.dumps(arb("[+/- inf]")))
    assert line.contains(arb(10) ** 1000)
    assert not line.is_nan()
    assert pickle.loads(pickle.dumps(arb("nan"))).is_nan()
    assert pickle.loads(pickle.dumps(acb(1, 2))) == acb(1, 2)
    assert pickle.loads(pickle.dumps(arb_mat(1, 2, [1, 2]))) == arb_mat(1, 2, [1, 2])
