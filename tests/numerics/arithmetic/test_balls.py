"""Balls: decimals that hold them."""

from flint import arb

from memcurse.numerics.arithmetic.balls import ball_precision, ends_text


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
