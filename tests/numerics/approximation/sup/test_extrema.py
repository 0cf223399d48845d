"""Extrema of an error: Newton's method leaves an end of the interval only where the error rises from it."""

from __future__ import annotations

import pytest
from flint import arb

from memcurse.numerics.approximation.sup.kernel import Difference, interval_kernel
from memcurse.numerics.approximation.sup.remez import _extremum
from memcurse.numerics.arithmetic.balls import ball_precision

#: ``t e^{-t} - a e^{-t}`` has its one extremum at 1 + a.
SMALL = "1/1024"


@pytest.mark.parametrize("scale", [1, -1], ids=["maximum", "minimum"])
@pytest.mark.parametrize(
    ("ends", "guess", "found"),
    [
        (("1/2", 3), "0.5", "1.0009765625"),
        (("1/2", 3), "0.75", "1.0009765625"),
        (("1/2", 3), "1.5", "1.0009765625"),
        (("3/2", 3), "1.5", "1.5"),
        (("1/4", "3/4"), "0.75", "0.75"),
        (("1/4", "3/2"), "1.5", "1.0009765625"),
    ],
)
def test_the_extremum_from_the_ends_and_from_within(
    ends: tuple[object, object], guess: str, found: str, scale: int
) -> None:
    kernel = interval_kernel(f"{scale}*t*exp(-t)", ends)
    with ball_precision(128):
        e = Difference(kernel, (arb(scale) / 1024,), (arb(1),))
        start, end = kernel.ends()
        assert abs(_extremum(e, arb(guess), start, end, (start, end)) - arb(found)) < arb(2) ** -60
