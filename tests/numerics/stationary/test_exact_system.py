"""Krawczyk's operator from expressions: on systems whose zeros are known, and the same as the objective's own."""

from __future__ import annotations

import pytest
import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import precision
from memcurse.numerics.objective.objective import Objective
from memcurse.numerics.stationary.exact_system import enclosed_zero
from memcurse.numerics.stationary.newton import certify
from memcurse.theory.notation import amplitudes, rates
from memcurse.theory.objective.continuous import gradient
from memcurse.theory.targets.target import ExponentialSum

X, Y = sp.symbols("x y", real=True)
CIRCLE = (X**2 + Y**2 - 2, X - Y)


def box(x: str, y: str, radius: float) -> list[arb]:
    return [arb(x) + arb(0, radius), arb(y) + arb(0, radius)]


def test_a_zero_that_is_known() -> None:
    image = enclosed_zero(CIRCLE, (X, Y), box("1.001", "0.999", 0.01))
    assert image is not None
    assert all(side.contains(1) for side in image)
    # A Krawczyk step squares the size of the box.
    assert all(side.rad() < 2e-4 for side in image)


@pytest.mark.parametrize(
    ("x", "y", "radius"),
    [
        ("1.02", "0.98", 0.01),  # no zero
        ("0", "0", 2.0),  # two zeros
        ("0", "0", 0.5),  # the matrix of slopes is singular at the centre
        ("1", "1", 0.0),  # one point has no interior
    ],
)
def test_nothing_is_proved_where_there_is_not_exactly_one(x: str, y: str, radius: float) -> None:
    assert enclosed_zero(CIRCLE, (X, Y), box(x, y, radius)) is None


def test_a_double_zero_is_not_proved() -> None:
    assert enclosed_zero((X**2,), (X,), [arb(0, 1e-3) + arb("1e-5")]) is None


def test_as_many_equations_as_variables() -> None:
    with pytest.raises(ValueError, match=r"`system` and `box` must be as long as `variables`, 2; got 1, 2"):
        enclosed_zero(CIRCLE[:1], (X, Y), box("1", "1", 0.1))


def test_the_same_point_as_from_the_objective() -> None:
    target = ExponentialSum([1, 2, 1], [1, 3, 7])
    a, w = amplitudes(1), rates(1)
    with precision(30):
        proof = certify(Objective(target), [arb("3.9")], [arb("2.6")], 30)
    assert proof is not None
    image = enclosed_zero(tuple(gradient(a, w, target.moment)), (*a, *w), proof.box)
    assert image is not None
    assert all(x.overlaps(y) for x, y in zip(image, (*proof.a, *proof.w), strict=True))
