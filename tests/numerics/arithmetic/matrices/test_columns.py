"""Columns: one formula at many points is the formula at each of them."""

from collections.abc import Iterable
from fractions import Fraction

import pytest
import sympy as sp
from flint import arb, arb_mat

from memcurse.numerics.arithmetic.balls import ball_precision
from memcurse.numerics.arithmetic.lowering import lower, lower_columns
from memcurse.numerics.arithmetic.matrices.columns import Column
from memcurse.numerics.flow.certified.gradient_system import GradientSystem, in_rows
from memcurse.numerics.objective.assembly import assemble
from memcurse.numerics.objective.objective import Objective
from memcurse.theory.notation import w
from memcurse.theory.plateau.delayed_part import example_target


def ends(balls: Iterable[arb]) -> list[tuple[arb, arb]]:
    """Midpoints and radii: balls that are not exact are not equal, even to themselves."""
    return [(ball.mid(), ball.rad()) for ball in balls]


def test_rational_arithmetic_entry_by_entry() -> None:
    x = Column([Fraction(1, 2), Fraction(3), Fraction(-2)])
    y = Column([Fraction(5), Fraction(1, 3), Fraction(7)])
    found = -(2 / x - 3 * y * x + (1 - y) / 4) + x - 1 + (y - x)
    for a, b, c in zip(x, y, found, strict=True):
        assert c == -(2 / a - 3 * b * a + (1 - b) / 4) + a - 1 + (b - a)
    assert len(found) == 3


def test_gram_form_in_columns_is_that_of_the_points() -> None:
    points = [([Fraction(k, 3), Fraction(2, k)], [Fraction(k, 5), Fraction(k + 1, 2)]) for k in range(1, 5)]
    moments = [[[Fraction(k + j + n, 7) for n in range(3)] for j in range(2)] for k in range(4)]
    columns = assemble(
        "continuous",
        [Column([a[j] for a, _ in points]) for j in range(2)],
        [Column([x[j] for _, x in points]) for j in range(2)],
        [[Column([moments[k][j][n] for k in range(4)]) for n in range(3)] for j in range(2)],
        Fraction(3),
    )
    for k, (a, x) in enumerate(points):
        single = assemble("continuous", a, x, moments[k], Fraction(3))
        assert [column.values[k] for column in columns.distinct()] == list(single.distinct())


@pytest.mark.parametrize("text", ["exp(-w)*erf(w) + w**3/7 - 2", "7/3", "sqrt(w) + log(w + 1)"])
def test_programs_in_columns(text: str) -> None:
    expressions = {
        "exp(-w)*erf(w) + w**3/7 - 2": sp.exp(-w) * sp.erf(w) + w**3 / 7 - 2,
        "7/3": sp.Rational(7, 3),
        "sqrt(w) + log(w + 1)": sp.sqrt(w) + sp.log(w + 1),
    }
    points = [arb(k) / 3 for k in range(1, 6)]
    both = [expressions[text], w * expressions[text]]
    columns, single = lower_columns(both, (w,), "ball")([points]), lower(both, (w,), "ball")
    for point, row in zip(points, zip(*columns, strict=True), strict=True):
        assert ends(row) == ends(single(point))


def test_gradients_along_a_path_hold_those_at_its_points() -> None:
    with ball_precision(150):
        system = GradientSystem(Objective(example_target(6)), 2)
        rows = [[arb(k + i + 1) / 5 for i in range(4)] for k in range(3)]
        along = system.parts_along(arb_mat(3, 4, [x for row in rows for x in row]))
        single = [system.parts(row) for row in rows]
        assert ends(in_rows(along.gradient)) == ends(x for parts in single for x in parts.gradient)
        assert ends(along.loss) == ends(parts.loss for parts in single)
