"""Quantities that are exactly 0: what certifies them, what refutes them, and what leaves them open."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
from flint import arb

from memcurse.numerics.arithmetic.balls import precision
from memcurse.proofs_checks.evidence.findings import Vanishing
from memcurse.proofs_checks.evidence.verdicts import Verdict

X, Y = sp.symbols("x y", positive=True)
#: Its one zero near (1.4, 1.4) is (sqrt 2, sqrt 2).
SYSTEM = (X**2 - 2, X - Y)
with precision(40):
    ROOT = arb(2).sqrt()
    BOX = {X: ROOT.mid() + arb(0, 1e-20), Y: ROOT.mid() + arb(0, 1e-20)}
#: A multiple of the first entry, and the second divided by a number that is not 0 there.
TIES = ((Y * (X**2 - 2), Y, 0), ((X - Y) / X, 1 / X, 1))


def route(point: Any) -> list[arb]:
    """The quantities in another order of operations."""
    x, y = point
    with precision(60):
        return [y * x * x - 2 * y, 1 - y / x]


def finding(**changes: Any) -> Vanishing:
    parts: dict[str, Any] = {"system": SYSTEM, "box": BOX, "ties": TIES, "route": route, "moved": (X, Y)}
    return Vanishing("zero", **(parts | changes))


def test_a_proved_zero_with_ties_and_a_route_that_sees() -> None:
    found = finding()
    assert found.verdict is Verdict.CERTIFIED
    assert found.held == 2
    assert found.scope.number == 2
    assert "2 balls hold 0" in found.detail


@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        # No zero in the box, though the route's ball holds 0: the box is wide, and Krawczyk's operator proves nothing.
        (
            {"system": (X**2 - 2, (X - Y) ** 3), "ties": TIES[:1], "route": lambda p: route(p)[:1]},
            1,
            "no zero",
        ),
        # What is not 0 there.
        ({"route": lambda p: [*route(p)[:1], arb("0.1")]}, 0, "entry 1 is [0.1000"),
        ({"route": lambda p: [-arb(1), *route(p)[1:]]}, 0, "entry 0 is -1"),
        # A tie that fails, and one that nothing reduces.
        ({"ties": ((Y * (X**2 - 2), X, 0), TIES[1])}, 0, "entry 0 is not tied"),
        # The routine reads another quantity off: equal to 0 at the zero, and elsewhere not what is written.
        ({"route": lambda p: [2 * x for x in route(p)]}, 0, "the route gives"),
        ({"route": lambda p: [-x for x in route(p)]}, 0, "the route gives"),
        # It sees nothing: every answer holds 0.
        ({"route": lambda p: [x + arb(0, 9) for x in route(p)]}, 1, "the route sees nothing"),
        ({"route": lambda p: [arb("nan") for _ in route(p)]}, 1, ""),
        # Moved in x alone, the second quantity is seen; in y alone the first holds 0.
        ({"moved": (Y,)}, 1, "entry 0 holds 0"),
        ({"moved": (X,)}, 4, ""),
    ],
)
def test_what_is_missing(changes: dict[str, Any], verdict: int, words: str) -> None:
    found = finding(**changes)
    assert found.verdict is Verdict(verdict)
    assert words in found.detail


def test_a_factor_that_is_not_finite_ties_nothing() -> None:
    with precision(40):
        one = {X: arb(1, 1e-20), Y: arb(1, 1e-20)}
    # (x - 1)^2 = (x - 1) (x - 1), and 1 = (x - 1)/(x - 1): the second is no tie at the zero.
    ties = (((X - 1) ** 2, X - 1, 0), (sp.S.One, 1 / (X - 1), 0))
    found = finding(system=(X - 1, Y - 1), box=one, ties=ties[1:], route=lambda p: [arb(0, 2)], moved=(X,))
    assert found.verdict is Verdict.UNDECIDED


def test_variables_are_moved_by_a_thousandth_one_at_a_time() -> None:
    asked: list[Any] = []

    def recorded(point: Any) -> list[arb]:
        asked.append(tuple(point))
        return route(point)

    assert finding(route=recorded).verdict is Verdict.CERTIFIED
    (x, _), *moved = asked
    # At the zero the image of the box is asked for, which is smaller than the box.
    assert x.rad() < BOX[X].rad()
    assert x.overlaps(ROOT)
    assert [(float(u / ROOT), float(v / ROOT)) for u, v in moved] == [
        (pytest.approx(1 + 2**-10, abs=1e-15), pytest.approx(1, abs=1e-15)),
        (pytest.approx(1, abs=1e-15), pytest.approx(1 + 2**-10, abs=1e-15)),
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ties": ()}, "must not be empty"),
        ({"system": ()}, "must not be empty"),
        ({"moved": ()}, "must not be empty"),
        ({"ties": ((X, 1, 2),)}, "entries below 2"),
        ({"ties": ((X, 1, -1),)}, "entries below 2"),
        ({"moved": (sp.Symbol("z"),)}, "move variables of the box"),
    ],
)
def test_bad_arguments(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        finding(**changes)


def test_a_rounded_number_is_refused() -> None:
    with pytest.raises(ValueError, match="must be exact"):
        finding(system=(X**2 - sp.Float(2), X - Y))


def test_a_route_that_leaves_a_quantity_out_is_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        _ = finding(route=lambda p: route(p)[:1]).verdict
