"""Balls: decimals that hold them."""

import mpmath
import pytest
from flint import arb

from memcurse.numerics.arithmetic.balls import (
    ball_precision,
    bits_for,
    certain_sign,
    certainly_less,
    ends_text,
    from_mpf,
    hull,
    precision,
    relative_accuracy,
    to_mpf,
)


def test_decimals_around_a_ball_hold_it_at_any_working_precision():
    with ball_precision(200):
        x = arb("29.452369174958458794", "1e-20")
    below, above = ends_text(x)
    assert below.startswith("29.4523691749584587")
    with ball_precision(200):
        assert arb(below) <= x.lower()
        assert x.upper() <= arb(above)
        assert arb(above) - arb(below) < 3e-20
    assert ends_text(arb(0))[0] == "0"


@pytest.mark.parametrize(
    ("mantissa", "exponent"), [(3, 70), (-5, -90), (1, 0), (-(2**52) - 1, 3), (0, 0), (7, 4000)]
)
def test_binary_numbers_go_over_exactly_and_come_back(mantissa, exponent):
    number = mpmath.ldexp(mpmath.mpf(mantissa), exponent)
    ball = from_mpf(number)
    assert ball.is_exact()
    assert ball == arb(mantissa) * arb(2) ** exponent
    assert to_mpf(ball) == number


def test_signs_and_order_are_certain_or_open():
    half, around = arb("0.5"), arb(0, 1)
    assert [certain_sign(x) for x in (half, -half, arb(0), around)] == [1, -1, 0, None]
    assert certainly_less(arb(1), arb(2)) is True
    assert certainly_less(arb(2), arb(1)) is False
    assert certainly_less(arb(1), arb(1)) is False
    assert certainly_less(around, arb(1) / 2) is None
    assert hull(arb(1), arb(3)).contains(arb(2))
    assert relative_accuracy(arb(8, 1)) in (2, 3, 4)


def test_a_precision_holds_its_digits():
    assert [bits_for(d) for d in (15, 50)] == [50, 167]
    with precision(50):
        third = arb(1) / 3
    assert 166 < third.rel_accuracy_bits() < 230
