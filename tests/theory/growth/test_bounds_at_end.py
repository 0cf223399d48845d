"""Powers below a growing bound: below it to the last bit, as what divides by them must not be too small."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest

from memcurse.theory.growth.bounds import Bound
from memcurse.theory.growth.bounds_at_end import End

END = End(1, Fraction(2))
#: More bits than a bound keeps.
LONG = Fraction(10**90 + 7, 3 * 10**89)


@pytest.mark.parametrize("scale", [Fraction(1), LONG])
@pytest.mark.parametrize("constant", [Fraction(0), Fraction(1), Fraction(-7, 3), Fraction(40)])
def test_a_power_times_a_constant_is_rounded_downwards(scale: Fraction, constant: Fraction) -> None:
    ((power, found),) = END._power_below(Bound(scale, Fraction(1, 2), ((Fraction(0), constant),)))
    assert power == Fraction(1, 2)
    with mpmath.workdps(120):
        true = (
            mpmath.mpf(scale.numerator)
            / scale.denominator
            * mpmath.exp(mpmath.mpf(str(constant.numerator)) / constant.denominator)
        )
        share = mpmath.mpf(found.numerator) / found.denominator / true
        assert 0 <= 1 - share < mpmath.mpf("1e-15")
        if constant or scale != 1:
            assert share < 1


def test_a_growing_exponential_is_above_half_its_exponent_squared() -> None:
    # exp(g u) >= g^2 u^2/2, with g of more bits than a bound keeps.
    ((power, found),) = END._power_below(Bound(Fraction(1), Fraction(0), ((Fraction(1), LONG),)))
    assert power == 2
    assert 0 < LONG**2 / 2 - found < Fraction(1, 10**15)
    # What falls beside it is taken off at the start, where it is largest.
    falling = ((Fraction(2), Fraction(3)), (Fraction(1), Fraction(-2)))
    ((power, found),) = END._power_below(Bound(Fraction(1), Fraction(0), falling))
    assert (power, found) == (4, Fraction(2))
