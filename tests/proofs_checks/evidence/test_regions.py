"""An inequality on a box is certified only where it holds at every point."""

from __future__ import annotations

import pytest
import sympy as sp

from memcurse.proofs_checks.evidence.findings import ForAll
from memcurse.proofs_checks.evidence.scopes import narrowest
from memcurse.proofs_checks.evidence.statement import Evidence
from memcurse.proofs_checks.evidence.verdicts import Verdict

x, y = sp.symbols("x y", positive=True)
SQUARE = {x: (1, 3), y: (sp.Rational(1, 2), 4)}


def test_a_true_inequality_is_certified_on_the_whole_box() -> None:
    found = ForAll("means", 2 * x * y, x**2 + y**2 + sp.Rational(1, 100), SQUARE)
    assert found.verdict is Verdict.CERTIFIED, found.detail
    assert found.scope.to_dict() == {"kind": "region", "box": {"x": ["1", "3"], "y": ["1/2", "4"]}}
    assert Evidence([found]).scope.kind == "region"


def test_transcendental_functions() -> None:
    assert ForAll("log", sp.log(x), x - 1, {x: (sp.Rational(11, 10), 50)}).verdict is Verdict.CERTIFIED
    assert (
        ForAll("erfc", sp.erfc(x), sp.exp(-(x**2)), {x: (sp.Rational(1, 10), 8)}).verdict is Verdict.CERTIFIED
    )


def test_a_false_corner_is_found_or_stays_open() -> None:
    small = ForAll("false in a corner", x**2, 9 - sp.Rational(1, 1000), {x: (1, 3)})
    assert small.verdict is Verdict.REFUTED
    assert "at x = " in small.detail


def test_equality_at_a_point_is_never_certified() -> None:
    found = ForAll("touches", 2 * x * y, x**2 + y**2, SQUARE, budget=200)
    assert found.verdict in (Verdict.UNDECIDED, Verdict.REFUTED)
    fourth = sp.expand((3 * x - 4) ** 2)
    refuted = ForAll("touches at 4/3", 0, fourth, {x: (1, 2)})
    assert refuted.verdict is Verdict.REFUTED
    assert refuted.detail.endswith("at x = 4/3")
    assert ForAll("touches at 4/3", 0, fourth, {x: (1, 2)}, strict=False).verdict is Verdict.CERTIFIED
    irrational = ForAll("touches at a root", 0, (x**2 - 3) ** 2, {x: (1, 2)}, budget=200)
    assert irrational.verdict is Verdict.UNDECIDED
    assert "boxes remain after 200" in irrational.detail


def test_bad_boxes_are_refused() -> None:
    for box in ({}, {x: (1, 2)}, {x: (1, 2), y: (2, 1)}, {x: (1, 2), y: (1, sp.sqrt(2))}):
        with pytest.raises(ValueError, match="`box` must"):
            ForAll("bad", x, y, box)
    with pytest.raises(TypeError, match="must be a SymPy expression"):
        ForAll("float", 0.5, x, {x: (1, 2)})
    with pytest.raises(ValueError, match="`budget` must"):
        ForAll("none", 0, x, {x: (1, 2)}, budget=0)


def test_a_side_without_end_and_equality() -> None:
    late = ForAll("erfc", sp.erfc(x), sp.exp(-1) + 0 * x, {x: (1, sp.oo)})
    assert late.verdict is Verdict.CERTIFIED, late.detail
    assert late.scope.to_dict()["box"] == {"x": ["1", "oo"]}
    assert late.scope.text == "x in [1, oo)"
    touching = {x: (0, 1)}
    assert ForAll("log", sp.log(1 + x), x, touching, strict=False).verdict is Verdict.CERTIFIED
    refuted = ForAll("log", sp.log(1 + x), x, touching)
    assert refuted.verdict is Verdict.REFUTED
    assert refuted.detail.endswith("at x = 0")


def test_what_a_second_program_needs_is_kept_exactly() -> None:
    found = ForAll("kept", 1, x, {x: (sp.Rational(11, 10), 2)})
    assert (found.smaller, found.larger, found.strict) == (sp.S.One, x, True)
    assert found.box == {x: (sp.Rational(11, 10), sp.Integer(2))}
    assert found.difference == x - 1


def test_intervals_of_one_parameter_that_meet_are_one() -> None:
    parts = [ForAll("a", 0, x, {x: ends}) for ends in ((1, 2), (sp.Rational(3, 2), 3), (5, 6))]
    scope = narrowest(part.scope for part in parts)
    assert scope.box == (("x", "1", "3"), ("x", "5", "6"))
    assert scope.to_dict()["box"] == {"x": ["1", "3", "5", "6"]}
    # Of several parameters they are not put together: the product would be larger than what was shown.
    squares = [ForAll("s", 0, x + y, {x: (a, a + 1), y: (a, a + 1)}).scope for a in (1, 2)]
    assert len(narrowest(squares).box) == 4


def test_the_remaining_boxes_are_listed() -> None:
    found = ForAll("touches", 0, (x**2 - 3) ** 2, {x: (1, 2)}, budget=60)
    assert found.remaining
    assert any(low**2 <= 3 <= high**2 for box in found.remaining for low, high in box.values())
